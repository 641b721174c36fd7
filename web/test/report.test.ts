import { describe, expect, it } from "vitest";
import type { ReportOfModel, ReportSlice } from "../src/api";
import { byKey, cellInWords, grid, mistakes, shade } from "../src/state/report";

const report = {
  classes: ["shoe", "boot", "hat"],
  confusion: [
    { truth: 0, said: 0, n: 90, items: [1] }, { truth: 0, said: 1, n: 10, items: [2] },
    { truth: 1, said: 1, n: 30, items: [3] }, { truth: 2, said: 0, n: 12, items: [4] },
  ],
} as unknown as ReportOfModel;

describe("the report of a version", () => {
  it("lays the cells out by what items are and what they were called", () => {
    const rows = grid(report);
    expect(rows[0]!.map((c) => c?.n ?? 0)).toEqual([90, 10, 0]);
    expect(rows[2]!.map((c) => c?.n ?? 0)).toEqual([12, 0, 0]);
  });

  it("shades a cell by its share of its row, so that a rare class is seen", () => {
    const rows = grid(report);
    expect(rows[0]!.map((c) => shade(c, rows[0]!))).toEqual([5, 1, 0]);
    expect(shade(rows[2]![0]!, rows[2]!)).toBe(5);
    expect(shade(null, [])).toBe(0);
  });

  it("tells the mistakes, the most frequent first, in words", () => {
    expect(mistakes(report).map((c) => cellInWords(report, c))).toEqual(["12 of hat, taken for shoe", "10 of shoe, taken for boot"]);
    expect(cellInWords(report, report.confusion[2]!)).toBe("30 of boot, named rightly");
  });

  it("keeps slices together by key, the worst key first", () => {
    const slice = (key: string, value: string) => ({ key, value }) as ReportSlice;
    const keys = byKey([slice("camera", "old"), slice("day", "1"), slice("camera", "new")]);
    expect(keys.map(([key, list]) => `${key}: ${list.map((s) => s.value).join()}`)).toEqual(["camera: old,new", "day: 1"]);
  });
});
