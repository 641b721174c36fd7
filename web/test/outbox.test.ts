import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../src/api";
import { memoryShelf, openShelf, type NewEntry, type Shelf } from "../src/state/shelf";
import { browser, FakeReceiver, offline, rig } from "./fakes";

const entry = (item: number, name = "hat", lease: number | null = item): NewEntry => ({
  id: `id-${item}-${name}`, user: 7, project: 1, item, kind: "label", target: null,
  label: { id: `id-${item}-${name}`, item, lease, answer: "accept", values: { class: name }, elapsed_ms: 5 },
});
const undoOf = (e: NewEntry): NewEntry => ({ ...e, id: `undo-${e.id}`, kind: "retract", label: null, target: e.id });

let databases = 0;
const shelves: [string, () => Promise<Shelf>][] = [
  ["in memory", async () => memoryShelf()],
  ["in IndexedDB", async () => {
    /* A database of its own for each test, under the name the module opens. */
    const { IDBFactory } = await import("fake-indexeddb");
    databases += 1;
    return openShelf(new IDBFactory() as unknown as globalThis.IDBFactory);
  }],
];

afterEach(() => vi.useRealTimers());

describe.each(shelves)("the outbox, its shelf %s,", (_name, open) => {
  it("sends labels in the order they were made and keeps none", async () => {
    const { outbox, receiver, shelf, news } = await rig(await open());
    void outbox.add(entry(1));
    void outbox.add(entry(2, "shoes"));
    await outbox.add(entry(3));
    await outbox.idle();
    expect(receiver.log).toEqual(["label 1 hat lease 1", "label 2 shoes lease 2", "label 3 hat lease 3"]);
    expect(await shelf.all()).toEqual([]);
    expect(news.map((n) => n.what === "stored" && n.seq)).toEqual([1, 2, 3]);
    expect(outbox.waiting.value).toEqual([]);
  });

  it("has the label on the shelf before it is sent", async () => {
    const shelf = await open();
    const receiver = new FakeReceiver();
    let kept = 0;
    const send = receiver.label.bind(receiver);
    receiver.label = async (e) => {
      kept = (await shelf.all()).length;
      return send(e);
    };
    const { outbox } = await rig(shelf, browser(), receiver);
    await outbox.add(entry(1));
    await outbox.idle();
    expect(kept).toBe(1);
  });

  it("counts a label as waiting in the very tick it was given", async () => {
    const { outbox } = await rig(await open());
    const added = outbox.add(entry(1));
    expect(outbox.waiting.value.length).toBe(1);
    await added;
    await outbox.idle();
    expect(outbox.waiting.value.length).toBe(0);
  });

  it("keeps a label through a lost connection and sends it after a reload", async () => {
    const shelf = await open();
    const first = await rig(shelf);
    first.receiver.failures.push(offline());
    await first.outbox.add(entry(1));
    await first.outbox.idle();
    expect(first.outbox.trouble.value).toBe("no answer");
    expect(first.outbox.waiting.value.map((e) => e.item)).toEqual([1]);
    const second = await rig(shelf); // the page was loaded anew
    await second.outbox.idle();
    expect(second.receiver.log).toEqual(["label 1 hat lease 1"]);
    expect(await shelf.all()).toEqual([]);
  });

  it("stops at the first label that cannot be sent, so that order is kept", async () => {
    const { outbox, receiver } = await rig(await open());
    receiver.failures.push(new ApiError(503, "busy", "busy"));
    await outbox.add(entry(1));
    await outbox.idle();
    await outbox.add(entry(2));
    await outbox.idle();
    expect(receiver.log).toEqual([]);
    receiver.failures.push(new ApiError(500, "io", "disk"));
    outbox.retryNow();
    await outbox.idle();
    expect(receiver.log).toEqual([]);
    outbox.retryNow();
    await outbox.idle();
    expect(receiver.log.map((l) => l.slice(0, 7))).toEqual(["label 1", "label 2"]);
  });

  it("sets a refused label aside with the server's sentence and goes on", async () => {
    const { outbox, receiver, news } = await rig(await open());
    receiver.failures.push(new ApiError(409, "conflict", "The item was given to somebody else."));
    await outbox.add(entry(1));
    await outbox.add(entry(2));
    await outbox.idle();
    expect(outbox.refused.value.map((e) => [e.item, e.refused])).toEqual([[1, "The item was given to somebody else."]]);
    expect(receiver.log).toEqual(["label 2 hat lease 2"]);
    expect(news[0]).toMatchObject({ what: "refused", item: 1 });
    await outbox.retry(outbox.refused.value[0]!);
    await outbox.idle();
    expect(receiver.log).toEqual(["label 2 hat lease 2", "label 1 hat lease 1"]);
    expect(outbox.refused.value).toEqual([]);
  });

  it("loses nothing when the session ends, and goes on for the same user only", async () => {
    const { outbox, receiver } = await rig(await open());
    receiver.failures.push(new ApiError(401, "unauthorised", "Sign in."));
    await outbox.add(entry(1));
    await outbox.idle();
    expect(outbox.waiting.value).toHaveLength(1);
    await outbox.changeLogin(async () => ({ user: 8, value: null }));
    await outbox.start(8);
    await outbox.idle();
    expect(receiver.log).toEqual([]);
    expect(outbox.waiting.value).toEqual([]); // another person's labels are not shown either
    await outbox.changeLogin(async () => ({ user: 7, value: null }));
    await outbox.start(7);
    await outbox.idle();
    expect(receiver.log).toEqual(["label 1 hat lease 1"]);
  });

  it("sends nothing from a tab whose user was signed out in another", async () => {
    const shelf = await open();
    const tabs = browser();
    const a = await rig(shelf, tabs);
    const b = await rig(shelf, tabs);
    await b.outbox.changeLogin(async () => ({ user: 8, value: null }));
    await a.outbox.add(entry(1));
    await a.outbox.idle();
    expect(a.receiver.log).toEqual([]);
    expect(await shelf.all()).toHaveLength(1);
    expect(a.news.at(-1)).toEqual({ what: "login" }); // so that the tab asks who is signed in now
  });

  it("sends each label once from two tabs", async () => {
    const shelf = await open();
    const tabs = browser();
    const receiver = new FakeReceiver();
    const a = await rig(shelf, tabs, receiver);
    const b = await rig(shelf, tabs, receiver);
    for (let item = 1; item <= 10; item += 1) void (item % 2 ? a : b).outbox.add(entry(item));
    await a.outbox.idle();
    await b.outbox.idle();
    await a.outbox.idle();
    expect(receiver.sent.map((e) => e.item).sort((x, y) => x - y)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await shelf.all()).toEqual([]);
  });

  it("undoes a label that never left without a word to the server", async () => {
    const { outbox, receiver } = await rig(await open());
    receiver.failures.push(offline());
    await outbox.add(entry(1)); // attempted, still waiting: the line is blocked
    await outbox.idle();
    const second = entry(2);
    await outbox.add(second);
    expect(await outbox.undo(second.id, 2, undoOf(second))).toBe(true);
    await outbox.idle();
    outbox.retryNow();
    await outbox.idle();
    expect(receiver.log).toEqual(["label 1 hat lease 1"]);
  });

  it("retracts a label that left, and sends the new answer under the new lease", async () => {
    const { outbox, receiver } = await rig(await open());
    const first = entry(4);
    await outbox.add(first);
    await outbox.idle();
    void outbox.undo(first.id, 4, undoOf(first)).then((kept) => expect(kept).toBe(false));
    await outbox.add(entry(4, "shoes", null));
    await outbox.idle();
    expect(receiver.log).toEqual(["label 4 hat lease 4", "retract 4", "label 4 shoes lease 904"]);
  });

  it("gives the old lease to a new answer when the undone label never left", async () => {
    const { outbox, receiver } = await rig(await open());
    receiver.failures.push(offline());
    await outbox.add(entry(1));
    await outbox.idle();
    const second = entry(2);
    void outbox.add(second);
    void outbox.undo(second.id, 2, undoOf(second));
    await outbox.add(entry(2, "shirt", null));
    await outbox.idle();
    outbox.retryNow();
    await outbox.idle();
    expect(receiver.log).toEqual(["label 1 hat lease 1", "label 2 shirt lease 2"]);
  });

  it("forgets the undo of a label that was refused", async () => {
    const { outbox, receiver } = await rig(await open());
    const first = entry(1);
    receiver.failures.push(new ApiError(422, "invalid", "no such class"), new ApiError(404, "not_found", "no such label"));
    await outbox.add(first);
    await outbox.undo(first.id, 1, undoOf(first));
    await outbox.idle();
    expect(outbox.refused.value.map((e) => e.kind)).toEqual(["label"]);
    await outbox.dismiss(outbox.refused.value[0]!);
    expect(outbox.refused.value).toEqual([]);
  });
});

describe("waiting for the connection", () => {
  beforeEach(() => vi.useFakeTimers());
  it("tries again after 1, 2, 4 ... seconds, at most 30 apart", async () => {
    const { outbox, receiver } = await rig();
    let calls = 0;
    receiver.label = async () => {
      calls += 1;
      throw offline();
    };
    await outbox.add(entry(1));
    await vi.advanceTimersByTimeAsync(100);
    const at: number[] = [];
    for (let second = 1; second <= 120; second += 1) {
      const before = calls;
      await vi.advanceTimersByTimeAsync(1000);
      if (calls > before) at.push(second);
    }
    expect(at.slice(0, 5)).toEqual([1, 3, 7, 15, 31]);
    expect(at[6]! - at[5]!).toBe(30);
  });
});

it("says when the browser cannot keep a label, and offers it again", async () => {
  const shelf = memoryShelf();
  const { outbox, receiver } = await rig(shelf);
  const add = shelf.add;
  shelf.add = () => Promise.reject(new Error("the disk is full"));
  await outbox.add(entry(1));
  expect(outbox.refused.value[0]?.refused).toContain("the disk is full");
  shelf.add = add;
  await outbox.retry(outbox.refused.value[0]!);
  await outbox.idle();
  expect(receiver.log).toEqual(["label 1 hat lease 1"]);
  expect(outbox.refused.value).toEqual([]);
});
