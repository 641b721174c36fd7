import { describe, expect, it, vi } from "vitest";
import { ApiError, type Job } from "../src/api";
import { parse } from "../src/router";
import { KEYMAP, meaning } from "../src/state/keymap";
import { BATCH_BYTES, BATCH_FILES, columns, cut, folderClasses, guessColumn, guessKind, isClutter, suggestName } from "../src/state/files";
import { Uploads, type Send } from "../src/state/uploads";
import { uuid } from "../src/state/uuid";
import { accuracyInWords, agreementInWords, chance, driftInWords, influenceInWords, size } from "../src/format";
import { choice, classDef } from "./fakes";

describe("the router", () => {
  it.each([
    ["", { page: "home" }], ["#/", { page: "home" }], ["#/p/12", { page: "project", id: 12, tab: "", of: null, query: "" }],
    ["#/p/12/", { page: "project", id: 12, tab: "", of: null, query: "" }], ["#/p/12/items", { page: "project", id: 12, tab: "items", of: null, query: "" }],
    ["#/p/12/items/7", { page: "project", id: 12, tab: "items", of: "7", query: "" }],
    ["#/p/12/items?text=a/b?&state=open", { page: "project", id: 12, tab: "items", of: null, query: "text=a/b?&state=open" }],
    ["#/p/12/items/7/8", { page: "missing" }], ["#/p/12/It", { page: "missing" }], ["#/p/12/items/a%2f", { page: "missing" }],
    ["#/p/12/label", { page: "label", id: 12 }], ["#/setup/abc_-9", { page: "setup", token: "abc_-9" }], ["#/people", { page: "people" }],
    ["#/account", { page: "account" }], ["#/audit", { page: "audit" }], ["#/p/0", { page: "missing" }], ["#/p/x", { page: "missing" }], ["#/p/1/label/2", { page: "missing" }],
    ["#/setup", { page: "missing" }], ["#/constructor", { page: "missing" }],
  ])("reads %s", (hash, route) => expect(parse(hash)).toEqual(route));
});

describe("the keymap", () => {
  const press = (key: string, more = {}) => ({ key, code: "", ctrlKey: false, metaKey: false, altKey: false, ...more });
  const questions = [choice("class")];
  const shoes = { className: "shoes", question: 0 };
  it("finds a class by its key", () => expect(meaning(press("2"), questions, 0)).toEqual(shoes));
  it("finds a class of any question, that in hand first", () => {
    const two = [choice("a"), { ...choice("b"), classes: [classDef("late", "3"), classDef("soon", "7")] }];
    expect(meaning(press("7"), two, 0)).toEqual({ className: "soon", question: 1 });
    expect(meaning(press("3"), two, 0)).toEqual({ className: "shirt", question: 0 });
    expect(meaning(press("3"), two, 1)).toEqual({ className: "late", question: 1 });
  });
  it("finds every action by each of its keys", () => {
    for (const b of KEYMAP) {
      for (const key of b.keys) {
        const ctrl = key.startsWith("Ctrl+");
        expect(meaning(press(ctrl ? key.slice(5) : key, { ctrlKey: ctrl }), questions, 0)).toEqual({ action: b.action });
      }
    }
  });
  it("takes a capital for its letter", () => expect(meaning(press("S"), [], 0)).toEqual({ action: "skip" }));
  it("goes by the key's place where the layout writes something else", () => {
    expect(meaning(press("ы", { code: "KeyS" }), [], 0)).toEqual({ action: "skip" }); // Russian
    expect(meaning(press("é", { code: "Digit2" }), questions, 0)).toEqual(shoes); // French
  });
  it("leaves the browser's own shortcuts alone", () => {
    expect(meaning(press("s", { ctrlKey: true }), questions, 0)).toBe(null);
    expect(meaning(press("1", { altKey: true }), questions, 0)).toBe(null);
    expect(meaning(press("Shift"), questions, 0)).toBe(null);
  });
  it("uses no key twice", () => {
    const keys = KEYMAP.flatMap((b) => b.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("files", () => {
  const found = (path: string, bytes = 1) => ({ path, file: { size: bytes } as File });
  it("takes class names from the folders that hold the files", () => {
    expect(folderClasses(["t/train/hat/1.jpg", "t/test/hat/2.jpg", "t/train/shoe/3.png", "t/README.md"])).toEqual(["hat", "shoe"]);
    expect(folderClasses(["photos/1.jpg", "photos/2.jpg"])).toEqual([]);
    expect(folderClasses(["1.jpg"])).toEqual([]);
  });
  it("guesses the kind and a name", () => {
    expect(guessKind(["a/1.JPG", "a/readme.md"])).toBe("image");
    expect(guessKind(["tickets.csv"])).toBe("text");
    expect(guessKind(["archive.zip"])).toBe(null);
    expect(suggestName(["my-photos/a/1.jpg", "my-photos/b/2.jpg"])).toBe("My photos");
    expect(suggestName(["tickets.csv"])).toBe("Tickets");
    expect(suggestName(["a/1.jpg", "b/2.jpg"])).toBe("");
  });
  it("knows clutter", () => {
    expect(["a/.DS_Store", "__MACOSX/a.jpg", "Thumbs.db"].every(isClutter)).toBe(true);
    expect(isClutter("a/b.jpg")).toBe(false);
  });
  it("cuts by number and by bytes, and sends archives and tables alone", () => {
    const many = Array.from({ length: BATCH_FILES + 1 }, (_, i) => found(`${i}.jpg`));
    expect(cut(many).map((b) => b.found.length)).toEqual([BATCH_FILES, 1]);
    expect(cut([found("a.jpg", BATCH_BYTES - 1), found("b.jpg", 2), found("c.jpg", 5)]).map((b) => b.found.length)).toEqual([1, 2]);
    expect(cut([found("a.jpg"), found("b.zip"), found("c.csv"), found("d.jpg")]).map((b) => b.type)).toEqual([null, "application/zip", "text/csv"]);
    expect(cut([found("huge.jpg", BATCH_BYTES * 3)]).length).toBe(1);
  });
  it("reads the columns of tables", () => {
    expect(columns("a.csv", '\uFEFFid,"the, text",""\r\n1,2')).toEqual(["id", "the, text"]);
    expect(columns("a.tsv", "id\ttext\n")).toEqual(["id", "text"]);
    expect(columns("a.jsonl", '{"id":1,"body":"x"}\n')).toEqual(["id", "body"]);
    expect(columns("a.jsonl", "nonsense")).toEqual([]);
    expect(guessColumn(["id", "Review", "stars"])).toBe("Review");
    expect(guessColumn(["a", "b"])).toBe("a");
    expect(guessColumn([])).toBe(null);
  });
});

describe("uploads", () => {
  const files = (n: number, kind = "jpg") => Array.from({ length: n }, (_, i) => ({ path: `p/${i}.${kind}`, file: new File(["x"], `${i}.${kind}`) }));
  const options = { labelsFromFolder: false, addClasses: false, textColumn: null };
  const job = (id: number) => ({ job: { id } as Job });
  const instantly = () => Promise.resolve();

  it("sends every batch, one after the other, with the paths as names", async () => {
    const names: string[][] = [];
    const send: Send = async (_p, upload) => {
      names.push((upload.body as FormData).getAll("file").map((f) => (f as File).name));
      return job(names.length);
    };
    const uploads = new Uploads(send, instantly);
    await uploads.start(1, files(BATCH_FILES + 6), options, () => undefined);
    expect(names.map((n) => n.length)).toEqual([BATCH_FILES, 6]);
    expect(names[0]?.[0]).toBe("p/0.jpg");
    expect(uploads.of(1)).toMatchObject({ state: "done", filesSent: BATCH_FILES + 6, jobs: [1, 2], failures: [] });
  });

  it("tries again what failed for now", async () => {
    const send = vi.fn<Send>().mockRejectedValueOnce(new ApiError(0, "offline", "gone")).mockRejectedValueOnce(new ApiError(503, "busy", "busy")).mockResolvedValue(job(1));
    const uploads = new Uploads(send, instantly);
    await uploads.start(1, files(2), options, () => undefined);
    expect(send).toHaveBeenCalledTimes(3);
    expect(uploads.of(1)?.failures).toEqual([]);
  });

  it("names what could not be sent and goes on with the rest", async () => {
    const send = vi.fn<Send>().mockRejectedValueOnce(new ApiError(413, "too_large", "A request may have 8 GiB.")).mockResolvedValue(job(2));
    const uploads = new Uploads(send, instantly);
    await uploads.start(1, files(BATCH_FILES + 6), options, () => undefined);
    expect(uploads.of(1)?.failures.map((f) => [f.found.length, f.sentence])).toEqual([[BATCH_FILES, "A request may have 8 GiB."]]);
    expect(uploads.of(1)?.jobs).toEqual([2]);
  });

  it("stops when nothing would fare better", async () => {
    const send = vi.fn<Send>().mockRejectedValue(new ApiError(403, "denied", "Only a manager may."));
    const uploads = new Uploads(send, instantly);
    await uploads.start(1, files(200), options, () => undefined);
    expect(send).toHaveBeenCalledTimes(1);
  });

  it("queues a second drop behind the first", async () => {
    const sizes: number[] = [];
    const send: Send = async (_p, upload) => {
      await new Promise((r) => setTimeout(r, 2));
      sizes.push((upload.body as FormData).getAll("file").length);
      return job(1);
    };
    const uploads = new Uploads(send, instantly);
    const first = uploads.start(1, files(3), options, () => undefined);
    await uploads.start(1, files(5), options, () => undefined);
    await first;
    expect(sizes).toEqual([3, 5]);
  });
});

describe("uuid", () => {
  it("has the form of version 4 without crypto.randomUUID, and does not repeat", () => {
    const plain = { getRandomValues: crypto.getRandomValues.bind(crypto) };
    const made = new Set(Array.from({ length: 500 }, () => uuid(plain)));
    expect(made.size).toBe(500);
    for (const one of made) expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe("words", () => {
  it("says accuracy with its interval", () =>
    expect(accuracyInWords({ value: 0.784, low: 0.7, high: 0.85, n: 1200 })).toContain("78 % of the time: between 70 % and 85 %, judged on 1,200"));
  it("says small chances with two figures", () => expect([0.9013, 0.00292, 0.1, 0].map(chance)).toEqual(["90 %", "0.29 %", "10 %", "0 %"]));
  it("says sizes", () => expect([size(0), size(999), size(1500), size(32e6), size(8.2e9)]).toEqual(["0 bytes", "999 bytes", "1.5 kB", "32 MB", "8.2 GB"]));
});

describe("what is said of agreement", () => {
  const alpha = (value: number | null, low = value, high = value) => agreementInWords({ value, low, high });
  it("relies on labels whose interval lies above 0.8 alone", () => {
    expect(alpha(0.85, 0.81, 0.9)).toContain("relied on");
    expect(alpha(0.85, 0.7, 0.95)).toContain("would make it sure");
  });
  it("concludes nothing below 0.667", () => {
    expect(alpha(0.7, 0.6, 0.8)).toContain("tentative");
    expect(alpha(0.66, 0.6, 0.7)).toContain("too little");
    expect(alpha(null)).toContain("not defined");
  });
  it("says what labels change only beyond two errors", () => {
    const x = (difference: number, error: number) => influenceInWords({ user: 1, n: 50, with: 0.8, without: 0.7, difference, error });
    expect(x(-0.1, 0.03)).toBe("Without these labels the model would be better by 10.0 ± 6.0 points.");
    expect(x(0.1, 0.03)).toContain("worse by");
    expect(x(0.05, 0.03)).toContain("about as good");
  });
  it("tells a drift beyond three errors only", () => {
    expect(driftInWords({ z: -3.2, groups: [] })).toContain("less and less");
    expect(driftInWords({ z: 3.2, groups: [] })).toContain("more and more");
    expect(driftInWords({ z: -2.9, groups: [] }) + driftInWords({ z: null, groups: [] })).toBe("");
  });
});
