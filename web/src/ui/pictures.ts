/*
 * Pictures fetched and decoded before they are needed. The decoded element itself is put on the
 * page, so that showing it paints at once.
 */
import { mediaUrl, type Item } from "../api";

export interface Picture { element: HTMLImageElement; ready: Promise<"shown" | "failed"> }

const KEPT = 32; // the ones ahead, and enough behind for undo
const pictures = new Map<number, Picture>();

/* Enough pixels for the widest this screen can show it. */
const wanted = (): number => Math.ceil(Math.min(Math.max(innerWidth, innerHeight), 1600) * Math.min(devicePixelRatio, 2));

export function picture(item: Item): Picture {
  const known = pictures.get(item.id);
  if (known) return known;
  const element = new Image();
  element.decoding = "async";
  element.src = mediaUrl(item, wanted());
  const made: Picture = { element, ready: element.decode().then(() => "shown" as const,
    () => (element.complete && element.naturalWidth > 0 ? "shown" as const : "failed" as const)) };
  pictures.set(item.id, made);
  for (const old of pictures.keys()) {
    if (pictures.size <= KEPT) break;
    pictures.delete(old);
  }
  return made;
}

/* After a failure: fetched anew. */
export function forgetPicture(item: Item): void {
  pictures.delete(item.id);
}

const PIXEL_ART = 64;
const SMALL = 320;

/*
 * How large a picture of w by h is shown in a box. Not beyond its own size, for that only blurs, or
 * twice that if it is small; a tiny one is shown pixel by pixel, a whole number of times larger.
 */
export function shownSize(w: number, h: number, boxW: number, boxH: number): { w: number; h: number; pixels: boolean } {
  if (Math.max(w, h) <= PIXEL_ART) {
    const times = Math.max(1, Math.min(Math.floor(boxW / w), Math.floor(boxH / h), Math.floor(480 / Math.max(w, h))));
    return { w: w * times, h: h * times, pixels: true };
  }
  const scale = Math.min(Math.max(w, h) < SMALL ? 2 : 1, boxW / w, boxH / h);
  return { w: Math.max(1, Math.round(w * scale)), h: Math.max(1, Math.round(h * scale)), pixels: false };
}
