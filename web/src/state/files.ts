/*
 * What to do with a heap of files before they are sent: name their folders, guess their kind, read a
 * table's columns, and cut them into requests. Pure functions; the dropping is in ui/drop.ts.
 */
import type { Kind } from "../api";

export interface Found { path: string; file: File }
export interface Batch { found: Found[]; type: string | null; bytes: number } // type: a raw body, sent alone

/* One request is one import job: few enough jobs for 100,000 small pictures to read, and small enough
 * that a request that fails costs little to send again. */
export const BATCH_FILES = 500;
export const BATCH_BYTES = 32 * 1024 * 1024;

/* Sent whole, as the body itself: the server streams them. */
const RAW: Record<string, string> = {
  zip: "application/zip", tar: "application/x-tar", gz: "application/gzip", tgz: "application/gzip", csv: "text/csv",
  tsv: "text/tab-separated-values", jsonl: "application/jsonl", ndjson: "application/x-ndjson",
};
const IMAGES = new Set(["jpg", "jpeg", "png", "webp"]);
const TABLES = new Set(["csv", "tsv", "jsonl", "ndjson"]);
const TEXTS = new Set([...TABLES, "txt"]);

export const extension = (path: string): string => /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
export const isTable = (path: string): boolean => TABLES.has(extension(path));

/* Files that systems leave in folders and nobody means: .DS_Store, Thumbs.db, __MACOSX. */
export const isClutter = (path: string): boolean =>
  path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX" || part === "Thumbs.db" || part === "desktop.ini");

export function guessKind(paths: readonly string[]): Kind | null {
  let images = 0;
  let texts = 0;
  for (const path of paths) {
    if (IMAGES.has(extension(path))) images += 1;
    else if (TEXTS.has(extension(path))) texts += 1;
  }
  if (images === 0 && texts === 0) return null;
  return images >= texts ? "image" : "text";
}

/*
 * The class names that the folders suggest: the names of the folders that hold the files directly,
 * when there are at least two of them. "train/hat/1.jpg" and "test/hat/2.jpg" both say hat.
 */
export function folderClasses(paths: readonly string[]): string[] {
  const names = new Set<string>();
  for (const path of paths) {
    if (!IMAGES.has(extension(path)) && extension(path) !== "txt") continue;
    const folder = path.split("/").at(-2);
    if (folder) names.add(folder);
  }
  return names.size >= 2 && names.size <= 60 ? [...names].sort((a, b) => a.localeCompare(b)) : [];
}

export function suggestName(paths: readonly string[]): string {
  const roots = new Set(paths.map((p) => p.split("/")[0] ?? ""));
  const only = roots.size === 1 ? [...roots][0]! : "";
  const plain = only.replace(/\.[^.]+$/, "").replace(/[-_]+/g, " ").trim();
  return plain ? plain.charAt(0).toUpperCase() + plain.slice(1) : "";
}

export function cut(found: readonly Found[]): Batch[] {
  const batches: Batch[] = [];
  let open: Batch | null = null;
  for (const one of found) {
    const type = RAW[extension(one.path)];
    if (type) {
      batches.push({ found: [one], type, bytes: one.file.size });
      continue;
    }
    if (!open || open.found.length >= BATCH_FILES || open.bytes + one.file.size > BATCH_BYTES) {
      open = { found: [], type: null, bytes: 0 };
      batches.push(open);
    }
    open.found.push(one);
    open.bytes += one.file.size;
  }
  return batches;
}

function csvRow(line: string, separator: string): string[] {
  const cells: string[] = [];
  for (const part of line.matchAll(new RegExp(`(?:^|${separator})(?:"((?:[^"]|"")*)"|([^${separator}]*))`, "g"))) {
    cells.push((part[1]?.replace(/""/g, '"') ?? part[2] ?? "").trim());
  }
  return cells;
}

/* The columns of a table, from its first lines. */
export function columns(path: string, head: string): string[] {
  const first = head.replace(/^\uFEFF/, "").split(/\r?\n/, 1)[0] ?? "";
  if (extension(path) === "csv") return csvRow(first, ",").filter(Boolean);
  if (extension(path) === "tsv") return csvRow(first, "\t").filter(Boolean);
  try {
    const row: unknown = JSON.parse(first);
    return row && typeof row === "object" && !Array.isArray(row) ? Object.keys(row) : [];
  } catch {
    return [];
  }
}

const USUAL = ["text", "sentence", "content", "body", "review", "comment", "message", "document", "title"];

export const guessColumn = (names: readonly string[]): string | null =>
  USUAL.map((usual) => names.find((n) => n.toLowerCase() === usual)).find(Boolean) ?? names[0] ?? null;
