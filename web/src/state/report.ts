/* What the page of a report reads out of it: no page in here, so that it can be tested alone. */
import type { ReportCell, ReportOfModel, ReportSlice } from "../api";

/* More classes than this do not fit a grid: then the mistakes are a list. */
export const GRID_CLASSES = 12;

/* One row for each class that an item is, one place for each that it is called; empty ones are null. */
export function grid(report: ReportOfModel): (ReportCell | null)[][] {
  const rows = report.classes.map(() => report.classes.map((): ReportCell | null => null));
  for (const cell of report.confusion) rows[cell.truth]![cell.said] = cell;
  return rows;
}

/* Which of six shades a cell has: by its share of its row, so that rare classes are seen too. */
export function shade(cell: ReportCell | null, row: readonly (ReportCell | null)[]): number {
  const all = row.reduce((sum, c) => sum + (c?.n ?? 0), 0);
  return cell === null || all === 0 ? 0 : Math.min(5, 1 + Math.floor((5 * cell.n) / all));
}

/* What was taken for something else, the most frequent first. */
export const mistakes = (report: ReportOfModel): ReportCell[] =>
  report.confusion.filter((c) => c.truth !== c.said).sort((a, b) => b.n - a.n);

export const cellInWords = (report: ReportOfModel, c: ReportCell): string => {
  const truth = report.classes[c.truth]!;
  return c.truth === c.said ? `${c.n} of ${truth}, named rightly` : `${c.n} of ${truth}, taken for ${report.classes[c.said]}`;
};

/* Slices by their key, the worst key first; within a key as they come, the worst first. */
export function byKey(slices: readonly ReportSlice[]): [string, ReportSlice[]][] {
  const keys = new Map<string, ReportSlice[]>();
  for (const s of slices) keys.set(s.key, [...(keys.get(s.key) ?? []), s]);
  return [...keys];
}
