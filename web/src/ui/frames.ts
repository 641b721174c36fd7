/*
 * Still frames: of the camera, of a video file that the browser itself decodes, of a picture file.
 * Everything stays in this browser until a frame is given as an example.
 */
const EXAMPLE_SIDE = 640; // the encoder looks at 128; this is for people, and for encoders to come
const GUESS_SIDE = 256;
const QUALITY = 0.9;

type Source = HTMLVideoElement | ImageBitmap;
const sizeOf = (s: Source) => (s instanceof HTMLVideoElement ? { w: s.videoWidth, h: s.videoHeight } : { w: s.width, h: s.height });

/* A JPEG of what the source shows now; null while it shows nothing. */
export function frameOf(source: Source, use: "example" | "guess"): Promise<Blob | null> {
  const { w, h } = sizeOf(source);
  if (!w || !h) return Promise.resolve(null);
  const scale = Math.min(1, (use === "example" ? EXAMPLE_SIDE : GUESS_SIDE) / Math.max(w, h));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(w * scale));
  canvas.height = Math.max(1, Math.round(h * scale));
  const paper = canvas.getContext("2d");
  if (!paper) return Promise.resolve(null);
  paper.drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

export const cameraIsPossible = (): boolean => typeof navigator.mediaDevices?.getUserMedia === "function";

export function openCamera(facing: "environment" | "user"): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: facing, width: { ideal: 640 }, height: { ideal: 480 } } });
}

export function closeCamera(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/* Why the camera does not open, in words. */
export function cameraTrouble(failure: unknown): string {
  const name = failure instanceof DOMException ? failure.name : "";
  if (name === "NotAllowedError") return "The browser was not allowed to use the camera. Allow it in the address bar, then try again.";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "There is no camera on this device. Choose pictures instead.";
  if (name === "NotReadableError") return "Another program is using the camera. Close it, then try again.";
  return "The camera cannot be opened. Choose pictures instead.";
}

const seeked = (video: HTMLVideoElement, to: number): Promise<void> =>
  new Promise((resolve, reject) => {
    video.onseeked = () => resolve();
    video.onerror = () => reject(new Error("The video broke off."));
    video.currentTime = to;
  });

const STEP_S = 0.5;
export const FRAMES_MAX = 60;

/* When to look: twice a second, and of a long video at most FRAMES_MAX times, evenly. */
export function momentsOf(seconds: number): number[] {
  const n = Math.max(1, Math.min(FRAMES_MAX, Math.floor(seconds / STEP_S)));
  return Array.from({ length: n }, (_, i) => ((i + 0.5) * seconds) / n);
}

export async function framesOf(file: File, progress: (done: number, of: number) => void): Promise<Blob[]> {
  const video = document.createElement("video");
  const url = URL.createObjectURL(file);
  const frames: Blob[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      video.onloadeddata = () => resolve();
      video.onerror = () => reject(new Error(`This browser cannot play ${file.name}. Try MP4 or WebM, or choose pictures.`));
      video.muted = true;
      video.preload = "auto";
      video.src = url;
    });
    /* Recorders leave the length out; far behind the end it becomes known. */
    if (!Number.isFinite(video.duration)) await seeked(video, 1e7);
    const moments = momentsOf(Number.isFinite(video.duration) ? video.duration : video.currentTime);
    for (const [i, moment] of moments.entries()) {
      await seeked(video, moment);
      const frame = await frameOf(video, "example");
      if (frame) frames.push(frame);
      progress(i + 1, moments.length);
    }
  } finally {
    video.removeAttribute("src");
    URL.revokeObjectURL(url);
  }
  return frames;
}
