/*
 * A table as people have it: a CSV or TSV file, or cells copied out of a spreadsheet. Pure.
 *
 *     const t = readTable(text, guessSeparator(text));     t.rows[0] is the first line
 *     columnOf(t, 1, "header")                             the cells below it, blanks left out
 */
export type Table = string[][];

/* The separator that the first line has most of; tabs win, because spreadsheets copy with them. */
export function guessSeparator(text: string): string {
  const first = text.split(/\r?\n/, 1)[0] ?? "";
  if (first.includes("\t")) return "\t";
  return (first.match(/;/g)?.length ?? 0) > (first.match(/,/g)?.length ?? 0) ? ";" : ",";
}

/* Quoted cells may hold the separator, line breaks and doubled quotes (RFC 4180). */
export function readTable(text: string, separator: string): Table {
  const rows: Table = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const endCell = () => {
    row.push(cell.trim());
    cell = "";
  };
  const endRow = () => {
    endCell();
    if (row.some(Boolean)) rows.push(row);
    row = [];
  };
  const body = text.replace(/^\uFEFF/, "");
  for (let i = 0; i < body.length; i += 1) {
    const c = body[i]!;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (body[i + 1] === '"') { cell += '"'; i += 1; }
      else quoted = false;
    } else if (c === '"' && !cell.trim()) { cell = ""; quoted = true; }
    else if (c === separator) endCell();
    else if (c === "\n") endRow();
    else if (c !== "\r") cell += c;
  }
  if (cell || row.length) endRow();
  return rows;
}

export const width = (t: Table): number => t.reduce((most, row) => Math.max(most, row.length), 0);

export const columnOf = (t: Table, column: number, first: "header" | "text"): string[] =>
  [...new Set(t.slice(first === "header" ? 1 : 0).map((row) => row[column] ?? "").filter(Boolean))];

/* The column with the longest cells is most likely the text. */
export function likelyText(t: Table): number {
  let best = 0;
  let longest = -1;
  for (let c = 0; c < width(t); c += 1) {
    const total = t.slice(1, 50).reduce((n, row) => n + (row[c]?.length ?? 0), 0);
    if (total > longest) [best, longest] = [c, total];
  }
  return best;
}
