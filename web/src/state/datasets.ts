/* What the form that freezes a data set asks, and what is sent for it. No DOM. */
import type { DatasetSpec } from "../api";

export interface Wish {
  name: string; train: string; validation: string; test: string; duplicates: boolean; folder_together: boolean; session: boolean;
  keys: string; like: string; folder: string; people: string; without: string[]; // classes that are left out
}

export const EMPTY: Wish = {
  name: "", train: "80", validation: "10", test: "10", duplicates: true, folder_together: false, session: false,
  keys: "", like: "", folder: "", people: "1", without: [],
};

const parts = (w: Wish): number[] => [w.train, w.validation, w.test].map((text) => Math.max(0, Number(text) || 0));

/* The shares need not add up to a hundred: only their proportions count. */
export function shares(w: Wish): string {
  const all = parts(w);
  const sum = all.reduce((a, b) => a + b, 0);
  if (sum === 0) return "One of them must be more than 0.";
  if (sum === 100) return "Classes get the same shares in each part.";
  return `Together ${sum}: that makes ${all.map((n) => `${Math.round((100 * n) / sum)} %`).join(", ")}.`;
}

export function specOf(w: Wish, classes?: string[]): DatasetSpec {
  const [train = 0, validation = 0, test = 0] = parts(w).map((n) => n / 100);
  const together = [w.duplicates && "duplicates", w.folder_together && "folder", w.session && "session"].filter((x): x is string => x !== false);
  for (const key of w.keys.split(",").map((k) => k.trim()).filter(Boolean)) together.push(`meta:${key}`);
  const kept = w.without.length ? (classes ?? []).filter((c) => !w.without.includes(c)) : [];
  return {
    query: { classes: kept, folder: w.folder, people_min: Number(w.people) || 1 },
    split: { train, validation, test, keep_together: together, like: Number(w.like) || 0 },
  };
}
