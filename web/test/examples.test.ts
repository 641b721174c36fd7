import "fake-indexeddb/auto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, type ExampleRow } from "../src/api";
import { Examples, linesOf, pack, PARCEL_BYTES, PARCEL_FILES, type Taken } from "../src/state/examples";
import { memoryParcels, openParcels, type Parcel, type ParcelShelf } from "../src/state/parcels";
import { columnOf, guessSeparator, likelyText, readTable } from "../src/state/table";
import { momentsOf } from "../src/ui/frames";
import { draftInWords } from "../src/views/teach";
import { nameOf } from "../src/views/teach-new";

const here = <T>(work: () => Promise<T>) => work();
const row = (seq: number): ExampleRow => ({ path: "a", outcome: "added", item: seq, label: `l${seq}`, seq, reason: null });
const part = (name: string, size = 10) => ({ name, blob: new Blob([new Uint8Array(size)]) });

class Post {
  log: string[] = [];
  failure: unknown = null;
  user: number | null = 7;
  send = async (p: Parcel): Promise<{ examples: ExampleRow[] }> => {
    if (this.failure) throw this.failure;
    this.log.push(`${p.id.length > 10 ? "id" : p.id} ${p.className} ${p.parts.map((x) => x.name).join(",")}${p.texts.join(",")}`);
    return { examples: [row(this.log.length)] };
  };
  owner = async () => this.user;
}

async function rig(shelf: ParcelShelf = memoryParcels(), post = new Post(), user: number | null = 7) {
  const examples = new Examples(shelf, post, here);
  const taken: Taken[] = [];
  examples.hear((t) => taken.push(t));
  await examples.start(user);
  return { examples, post, shelf, taken };
}
const gift = (className: string, texts: string[]) => ({ project: 1, className, parts: [], texts, burst: null });

let databases = 0;
const shelves: [string, () => Promise<ParcelShelf>][] = [
  ["in memory", async () => memoryParcels()],
  ["in IndexedDB", async () => {
    const { IDBFactory } = await import("fake-indexeddb");
    databases += 1;
    return openParcels(new IDBFactory() as unknown as globalThis.IDBFactory);
  }],
];

afterEach(() => vi.useRealTimers());

describe.each(shelves)("examples on their way, their shelf %s,", (_name, open) => {
  it("are sent in the order they were given, and leave the shelf", async () => {
    const { examples, post, shelf, taken } = await rig(await open());
    await examples.give(gift("a", ["one"]));
    await examples.give(gift("b", ["two"]));
    await examples.idle();
    expect(post.log).toEqual(["id a one", "id b two"]);
    expect(await shelf.all()).toEqual([]);
    expect(taken.map((t) => t.className)).toEqual(["a", "b"]);
  });

  it("wait through a lost connection and a reload, under the same id", async () => {
    const shelf = await open();
    const { examples, post } = await rig(shelf);
    post.failure = new ApiError(0, "offline", "away");
    await examples.give(gift("a", ["one"]));
    await examples.idle();
    expect(examples.waiting(1)).toBe(1);
    expect(examples.trouble.value).toBe("away");
    const [kept] = await shelf.all();
    const again = new Post();
    let sent = "";
    again.send = async (p) => { sent = p.id; return { examples: [row(1)] }; };
    const later = await rig(shelf, again);
    await later.examples.idle();
    expect(sent).toBe(kept!.id);
    expect(await shelf.all()).toEqual([]);
  });

  it("are never sent under another login", async () => {
    const shelf = await open();
    const { examples, post } = await rig(shelf);
    post.user = 8;
    await examples.give(gift("a", ["one"]));
    await examples.idle();
    expect(post.log).toEqual([]);
    const other = await rig(shelf, new Post(), 8);
    await other.examples.idle();
    expect(other.post.log).toEqual([]);
    expect(other.examples.waiting(1)).toBe(0);
  });

  it("that are refused are named, and can be sent again or left out", async () => {
    const { examples, post } = await rig(await open());
    post.failure = new ApiError(422, "invalid", "there is no class 'a'");
    await examples.give(gift("a", ["one"]));
    await examples.idle();
    expect(examples.refused(1).map((p) => p.refused)).toEqual(["there is no class 'a'"]);
    post.failure = null;
    await examples.sendAgain(examples.refused(1)[0]!);
    await examples.idle();
    expect(post.log).toEqual(["id a one"]);
    post.failure = new ApiError(422, "invalid", "no");
    await examples.give(gift("a", ["two"]));
    await examples.idle();
    await examples.forget(examples.refused(1)[0]!);
    expect(examples.refused(1)).toEqual([]);
  });
});

describe("what is given", () => {
  it("is cut into parcels by number and by size", () => {
    expect(pack(Array.from({ length: PARCEL_FILES + 1 }, (_, i) => part(`${i}`)), []).map((p) => p.parts.length)).toEqual([PARCEL_FILES, 1]);
    expect(pack([part("a", PARCEL_BYTES), part("b", 1), part("c", 1)], []).map((p) => p.parts.map((x) => x.name).join(""))).toEqual(["a", "bc"]);
  });
  it("as lines loses blanks and doubles", () => {
    expect(linesOf(" one \r\n\ntwo\none")).toEqual(["one", "two"]);
  });
  it("as a table keeps quoted commas, quotes and line breaks", () => {
    expect(readTable('a,b\n"x, y","say ""hi"""\n"two\nlines",z\n\n', ",")).toEqual([["a", "b"], ["x, y", 'say "hi"'], ["two\nlines", "z"]]);
  });
  it("out of a spreadsheet is separated by tabs, else by what the first line has most of", () => {
    expect(guessSeparator("a\tb,c,d")).toBe("\t");
    expect(guessSeparator("a;b;c,d")).toBe(";");
  });
  it("has its text where the cells are longest", () => {
    const t = readTable("id,words\n1,a long sentence\n2,another one", ",");
    expect(likelyText(t)).toBe(1);
    expect(columnOf(t, 1, "header")).toEqual(["a long sentence", "another one"]);
    expect(columnOf(t, 0, "text")).toEqual(["id", "1", "2"]);
  });
  it("as a video is looked at twice a second, and sixty times at most", () => {
    expect(momentsOf(2)).toEqual([0.25, 0.75, 1.25, 1.75]);
    expect(momentsOf(0.1)).toHaveLength(1);
    expect(momentsOf(3600)).toHaveLength(60);
  });
});

describe("the teach page in words", () => {
  const project = { kind: "image" as const, questions: [] };
  const draft = (a: number, b: number, more = {}) => ({ state: "ready" as const, progress: null, examples: a + b, learned: a + b, seq: 1, encoder: "e", message: null,
    classes: [{ class: "a", examples: a }, { class: "b", examples: b }], ...more });
  it("asks for examples, then for another class", () => {
    expect(draftInWords(project, draft(0, 0))).toMatch(/few pictures/);
    expect(draftInWords(project, draft(3, 0))).toMatch(/another class/);
  });
  it("says that it is too early below ten a class, and only then", () => {
    expect(draftInWords(project, draft(10, 9))).toMatch(/too early to tell/);
    expect(draftInWords(project, draft(10, 10))).not.toMatch(/too early/);
  });
  it("names a project by its classes", () => {
    expect(nameOf(["shoe", "hat"])).toBe("Shoe or hat");
    expect(nameOf(["a", "b", "c", "d"])).toBe("A, b, c …");
  });
});
