import { describe, expect, it } from "vitest";
import type { Assignment } from "../src/api";
import { assignmentOf, NOTHING, progressInWords, whichInWords, whoInWords } from "../src/state/assignments";

const made = (more: Partial<Assignment>): Assignment => ({
  id: 1, user: null, key: null, value: null, folder: null, quota: 0, items: 0, open: 0, filled: true, created_at: "", ...more,
});

describe("the form that says who labels what", () => {
  it("sends what was filled in, and nothing else", () => {
    expect(assignmentOf({ ...NOTHING, folder: "camera3/" })).toEqual({ user: null, folder: "camera3" });
    expect(assignmentOf({ user: "7", folder: "", key: " site ", value: "north", quota: "50" })).toEqual({ user: 7, key: "site", value: "north", quota: 50 });
  });
  it("says what is missing", () => {
    expect(() => assignmentOf(NOTHING)).toThrow("Say which items");
    expect(() => assignmentOf({ ...NOTHING, folder: "/" })).toThrow("Say which items");
    expect(() => assignmentOf({ ...NOTHING, key: "site" })).toThrow("a key needs its value");
    expect(() => assignmentOf({ ...NOTHING, folder: "a", value: "north" })).toThrow("which metadata key");
  });
});

describe("an assignment in words", () => {
  it("says who, and which items", () => {
    const bea = made({ user: { id: 2, name: "Bea" }, folder: "a", key: "site", value: "north" });
    expect([whoInWords(bea), whichInWords(bea)]).toEqual(["Bea", "folder a, site = north"]);
    expect([whoInWords(made({})), whichInWords(made({}))]).toEqual(["Everybody else", "items by number"]);
    expect(whoInWords(made({ user: { id: 2, name: "" } }))).toBe("Somebody who left");
  });
  it("says how far it is", () => {
    expect(progressInWords(made({ items: 1200, open: 200 }))).toBe("1,000 of 1,200 items done.");
    expect(progressInWords(made({ items: 5, open: 5, filled: false, quota: 1 }))).toBe("0 of 5 items found so far done. At most 1 answer from each person.");
    expect(progressInWords(made({ items: 1, user: { id: 2, name: "Bea" }, quota: 9 }))).toBe("1 of 1 item done. At most 9 answers.");
    expect(progressInWords(made({ filled: false }))).toContain("being looked for");
    expect(progressInWords(made({}))).toContain("No item fits yet");
  });
});
