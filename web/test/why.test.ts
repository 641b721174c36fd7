import { describe, expect, it } from "vitest";
import { carrying, cells, place, stretches } from "../src/state/why";

const corner = (at: number) => ({ rows: 3, columns: 3, weights: Array.from({ length: 9 }, (_, i) => (i === at ? 2 : i === 4 ? -1 : 0)) });

describe("why a version answered so", () => {
  it("measures each part of a picture by the weightiest, and none below nothing", () => {
    const all = cells(corner(2))!;
    expect(all[2]).toEqual({ x: 2, y: 0, strength: 1 });
    expect(all[4]!.strength).toBe(0);
  });

  it("says where the part lies", () => {
    expect(place(corner(2))).toBe("at the top right");
    expect(place(corner(7))).toBe("at the bottom");
    expect(place({ rows: 3, columns: 3, weights: Array.from({ length: 9 }, (_, i) => (i === 4 ? 1 : 0)) })).toBe("in the middle");
  });

  it("shows no part where none carries anything alone", () => {
    expect(cells({ rows: 1, columns: 2, weights: [0.05, -3] })).toBeNull();
  });

  it("marks words by code points, and leaves what is between as it is", () => {
    const words = [{ start: 3, end: 7, weight: 2 }, { start: 8, end: 11, weight: -1 }, { start: 12, end: 14, weight: 0.05 }];
    expect(stretches("😀, free mum ok!", words)).toEqual([
      { text: "😀, ", level: 0 }, { text: "free", level: 3 }, { text: " ", level: 0 }, { text: "mum", level: -1 }, { text: " ", level: 0 },
      { text: "ok", level: 0 }, { text: "!", level: 0 },
    ]);
    expect(carrying("😀, free mum ok!", words, 3)).toEqual(["free"]);
  });
});
