/* What an explanation says, made ready to be drawn: no page in here, so that it can be tested alone. */
import type { WhyRegion, WhyWord } from "../api";

/* Log-odds: a part that moves the answer by less carries nothing that could be shown. */
const LEAST = 0.1;

export interface Cell { x: number; y: number; strength: number } // 0 nothing .. 1 the part that carries most

/* Every cell of the grid, by its share of the weightiest one; null when no part carries anything alone. */
export function cells(region: WhyRegion): Cell[] | null {
  const most = Math.max(...region.weights);
  if (!(most >= LEAST)) return null;
  return region.weights.map((w, i) => ({
    x: i % region.columns, y: Math.floor(i / region.columns), strength: Math.max(0, w) / most,
  }));
}

const third = (share: number, names: readonly [string, string, string]): string => names[Math.min(2, Math.floor(3 * share))]!;

/* Where it lies, for whoever cannot see it: "in the middle", "at the top left". */
export function place(region: WhyRegion): string {
  const all = cells(region);
  if (all === null) return "";
  const sum = all.reduce((s, c) => s + c.strength ** 2, 0);
  const across = all.reduce((s, c) => s + (c.x + 0.5) * c.strength ** 2, 0) / sum / region.columns;
  const down = all.reduce((s, c) => s + (c.y + 0.5) * c.strength ** 2, 0) / sum / region.rows;
  const words = [third(down, ["top", "", "bottom"]), third(across, ["left", "", "right"])].filter((w) => w !== "");
  return words.length === 0 ? "in the middle" : `at the ${words.join(" ")}`;
}

/* A stretch of the text: level 0 says nothing, 1 to 3 speak for the class, -1 against it. */
export interface Stretch { text: string; level: number }

export function stretches(text: string, words: readonly WhyWord[]): Stretch[] {
  const points = Array.from(text);
  const most = Math.max(LEAST, ...words.map((w) => Math.abs(w.weight)));
  const out: Stretch[] = [];
  let at = 0;
  for (const w of words) {
    if (w.start > at) out.push({ text: points.slice(at, w.start).join(""), level: 0 });
    out.push({ text: points.slice(w.start, w.end).join(""), level: level(w.weight, most) });
    at = w.end;
  }
  if (at < points.length) out.push({ text: points.slice(at).join(""), level: 0 });
  return out;
}

function level(weight: number, most: number): number {
  const share = weight / most;
  if (Math.abs(weight) < LEAST || Math.abs(share) < 0.15) return 0;
  return share < 0 ? -1 : Math.min(3, 1 + Math.floor(3 * share));
}

/* The words that carried it, the weightiest first. */
export const carrying = (text: string, words: readonly WhyWord[], n: number): string[] =>
  words.filter((w) => w.weight >= LEAST).sort((a, b) => b.weight - a.weight).slice(0, n)
    .map((w) => Array.from(text).slice(w.start, w.end).join(""));
