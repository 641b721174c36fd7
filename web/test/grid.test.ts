import { describe, expect, it } from "vitest";
import type { ListedItem } from "../src/api";
import { filterOf, Grid, PAGE, queryOf, type Fetch, type Page } from "../src/state/grid";

const item = (id: number) => ({ id, kind: "text", meta: {}, label: null, state: "open" }) as unknown as ListedItem;
const from = (first: number, n: number) => Array.from({ length: n }, (_, i) => item(first + i));
const page = (items: ListedItem[], next: number | null, matches: Page["matches"] = null): Page => ({ items, next, matches });

describe("a filter in the address", () => {
  it("is read and written in one order, without what is empty", () => {
    expect(filterOf("text=red+car&meta.site=7&state=")).toEqual({ text: "red car", "meta.site": "7" });
    expect(queryOf({ text: "red & car", folder: "a/b", state: "" })).toBe("folder=a%2Fb&text=red+%26+car");
    expect(queryOf(filterOf("b=1&a=2"))).toBe(queryOf(filterOf("a=2&b=1")));
  });
});

describe("the grid", () => {
  it("fetches a page, then the next", async () => {
    const asked: (number | null)[] = [];
    const grid = new Grid(async (_f, after) => {
      asked.push(after);
      return after === null ? page(from(1, PAGE), PAGE, { n: 50, exact: true }) : page(from(PAGE + 1, 2), null);
    });
    await grid.show({ text: "x" });
    expect(grid.items.value).toHaveLength(PAGE);
    expect(grid.matches.value).toEqual({ n: 50, exact: true });
    await grid.more();
    expect(grid.items.value).toHaveLength(PAGE + 2);
    expect(grid.next.value).toBe(null);
    expect(grid.matches.value).toEqual({ n: 50, exact: true });
    expect(asked).toEqual([null, PAGE]);
  });

  it("goes on by itself while a page is not full", async () => {
    const asked: [number | null, number][] = [];
    const grid = new Grid(async (_f, after, limit) => {
      asked.push([after, limit]);
      return after === null ? page([], 1000) : after === 1000 ? page(from(1001, 3), 2000) : page([], null);
    });
    await grid.show({ text: "rare" });
    expect(asked).toEqual([[null, PAGE], [1000, PAGE], [2000, PAGE - 3]]);
    expect(grid.items.value).toHaveLength(3);
  });

  it("keeps what was fetched when one comes back, and fetches anew for another filter", async () => {
    let n = 0;
    const grid = new Grid(async () => { n += 1; return page(from(1, 2), null); });
    await grid.show({ text: "a" });
    await grid.show({ text: "a" });
    expect(n).toBe(1);
    await grid.show({ text: "b" });
    expect(n).toBe(2);
    await grid.again();
    expect(n).toBe(3);
  });

  it("leaves out an answer that comes too late", async () => {
    const answers: ((p: Page) => void)[] = [];
    const grid = new Grid((() => new Promise<Page>((done) => answers.push(done))) as Fetch);
    const first = grid.show({ text: "a" });
    const second = grid.show({ text: "b" });
    answers[1]!(page([item(2)], null));
    answers[0]!(page([item(1)], null));
    await Promise.all([first, second]);
    expect(grid.items.value?.map((i) => i.id)).toEqual([2]);
    expect(grid.busy.value).toBe(false);
  });

  it("says what went wrong, and may be asked again", async () => {
    let fails = true;
    const grid = new Grid(async () => {
      if (fails) throw new Error("text: a * needs at least 3 letters before it");
      return page([item(1)], null);
    });
    await grid.show({ text: "a*" });
    expect(grid.trouble.value).toContain("3 letters");
    fails = false;
    await grid.show({ text: "a*" });
    expect(grid.trouble.value).toBe("");
    expect(grid.items.value).toHaveLength(1);
  });
});
