import { describe, expect, it } from "vitest";
import { floorsOf, floorsText, snippets } from "../src/state/endpoints";

const settings = (floors: ReturnType<typeof floorsOf>) => ({ public: false, frame_ancestors: [], per_minute: 1, margin: 0.05, floors, retrain: { days: 0, labels: 0, publish: false } });

describe("floors as lines", () => {
  it("reads classes and metadata, and writes them back", () => {
    const floors = floorsOf("shoe: 80\n\n camera=3: 62.5 %\nno: other: 10");
    expect(floors).toEqual({ classes: { shoe: 0.8, "no: other": 0.1 }, slices: [{ key: "camera", value: "3", floor: 0.625 }] });
    expect(floorsOf(floorsText(settings(floors)))).toEqual(floors);
  });
  it("says which line is none", () => {
    expect(() => floorsOf("shoe: 80\nboot")).toThrow("“boot” is no floor");
    expect(() => floorsOf("shoe: 800")).toThrow("“shoe: 800”");
  });
});

describe("how it is called", () => {
  it("names the address, the token unless it is public, and the kind of input", () => {
    const [[, shell] = ["", ""]] = snippets("http://h", "shop", "image", false, "secret");
    expect(shell).toContain("http://h/api/v1/endpoints/shop/predict");
    expect(shell).toContain("Bearer secret");
    expect(shell).toContain("@photo.jpg");
    expect(snippets("http://h", "shop", "text", true, "").map(([, s]) => s).join()).not.toContain("Bearer");
  });
});
