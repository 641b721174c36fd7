import { describe, expect, it } from "vitest";
import type { LookEntry } from "../src/api";
import { LookQueue, type LookServer } from "../src/state/second-look";

const entry = (id: number): LookEntry => ({
  id, rank: id, kind: "doubt", question: "class", given: "a", suggested: "b", p_given: 0.1, p_suggested: 0.8, reason: "", items: [], near: [],
});
const look = { at: "", seq: 1, n_labels: 40, n_wrong: 3, n_doubts: 12, n_conflicts: 0 };

/* Twelve entries, in pages of ten, and what was said of them. */
function server(): LookServer & { calls: string[]; failing: boolean } {
  const all = Array.from({ length: 12 }, (_, i) => entry(i + 1));
  const calls: string[] = [];
  const hear = async (what: string) => { if (fake.failing) throw new Error("offline"); calls.push(what); };
  const fake = {
    calls, failing: false,
    secondLook: async (_: number, after: number | null, limit: number) => {
      const entries = all.filter((e) => e.rank > (after ?? 0)).slice(0, limit);
      return { look, entries, next: entries.length === limit ? entries.at(-1)!.rank : null };
    },
    keepLabel: (_: number, e: number, id: string) => hear(`keep ${e} ${id}`),
    fixLabel: (_: number, e: number, id: string, value: string | string[]) => hear(`fix ${e} ${id} ${value}`),
    undoSecondLook: (_: number, e: number, id: string) => hear(`undo ${e} ${id}`),
  };
  return fake;
}

async function queue() {
  const fake = server();
  let n = 0;
  const q = new LookQueue(1, fake, () => `id${(n += 1)}`);
  await q.load();
  return { q, fake };
}

describe("the queue of labels worth a second look", () => {
  it("goes on with the next when one is kept or fixed", async () => {
    const { q, fake } = await queue();
    expect(q.current.value?.id).toBe(1);
    await q.keep();
    await q.fix("b");
    expect(q.current.value?.id).toBe(3);
    expect(fake.calls).toEqual(["keep 1 id1", "fix 2 id2 b"]);
    expect(q.done.value).toBe(2);
  });

  it("fetches more before the page is used up, and ends", async () => {
    const { q } = await queue();
    for (let i = 0; i < 7; i += 1) await q.keep();
    expect(q.entries.value.map((e) => e.id)).toEqual([8, 9, 10, 11, 12]);
    for (let i = 0; i < 5; i += 1) await q.keep();
    expect(q.current.value).toBeNull();
    await q.keep();
    expect(q.done.value).toBe(12);
  });

  it("takes back what was said last, also of the one before", async () => {
    const { q, fake } = await queue();
    await q.keep();
    q.leave();
    await q.undo(); // it was only left: nothing to be said
    expect(q.current.value?.id).toBe(2);
    await q.undo();
    expect(q.current.value?.id).toBe(1);
    await q.undo(); // nothing more
    expect(fake.calls).toEqual(["keep 1 id1", "undo 1 id2"]);
    expect(q.done.value).toBe(0);
  });

  it("stays where it is when the server does not hear", async () => {
    const { q, fake } = await queue();
    fake.failing = true;
    await expect(q.fix("b")).rejects.toThrow("offline");
    expect(q.current.value?.id).toBe(1);
    expect(q.busy.value).toBe(false);
    fake.failing = false;
    await q.fix("b");
    expect(q.current.value?.id).toBe(2);
  });

  it("hears one word at a time", async () => {
    const { q, fake } = await queue();
    await Promise.all([q.keep(), q.keep(), q.fix("b")]);
    expect(fake.calls).toEqual(["keep 1 id1"]);
  });
});
