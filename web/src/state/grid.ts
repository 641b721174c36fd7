/*
 * The items of a project that fit a filter, as far as they were fetched. It stays while one looks at
 * an item, so that going back shows what was there.
 *
 *     grid.show({ state: "open", text: "red car" });
 *     grid.items.value, grid.matches.value
 *     grid.more();
 */
import { signal } from "@preact/signals";
import type { BulkFilter, ListedItem } from "../api";
import { sentence } from "../api";

/* As in the address and in the server's query: text, state, folder, class, question, person, meta.KEY. */
export type Filter = Record<string, string>;
export interface Matches { n: number; exact: boolean }
export interface Page { items: ListedItem[]; next: number | null; matches: Matches | null }
export type Fetch = (filter: Filter, after: number | null, limit: number) => Promise<Page>;

export const PAGE = 48;

export function filterOf(query: string): Filter {
  const filter: Filter = {};
  for (const [name, value] of new URLSearchParams(query)) if (value) filter[name] = value;
  return filter;
}

/* In one order, so that equal filters are equal texts. */
export function queryOf(filter: Filter): string {
  return new URLSearchParams(Object.entries(filter).filter(([, value]) => value).sort(([a], [b]) => (a < b ? -1 : 1))).toString();
}

/* The same filter as a bulk action takes it. */
export function bulkFilter(filter: Filter): BulkFilter {
  const made: BulkFilter = {};
  for (const [name, value] of Object.entries(filter)) {
    if (name.startsWith("meta.")) (made.meta ??= {})[name.slice(5)] = value;
    else if (name === "person") made.person = Number(value);
    else if (name === "text" || name === "state" || name === "folder" || name === "class" || name === "question") made[name] = value;
  }
  return made;
}

export class Grid {
  readonly items = signal<readonly ListedItem[] | null>(null);
  readonly next = signal<number | null>(null);
  readonly matches = signal<Matches | null>(null);
  readonly trouble = signal("");
  readonly busy = signal(false);
  private shown: string | null = null;
  private turn = 0;

  constructor(private readonly fetchPage: Fetch) {}

  /* Fetches the first page, unless it is there already. */
  async show(filter: Filter): Promise<void> {
    const query = queryOf(filter);
    if (query === this.shown && !this.trouble.value) return;
    this.shown = query;
    await this.load(null);
  }

  more(): Promise<void> {
    return this.load(this.next.value);
  }

  /* The same filter again: something changed. */
  again(): Promise<void> {
    return this.shown === null ? Promise.resolve() : this.load(null);
  }

  /* A page that the server had no time to fill goes on where it stopped, until it is full. */
  private async load(after: number | null): Promise<void> {
    const turn = ++this.turn;
    const filter = filterOf(this.shown ?? "");
    this.busy.value = true;
    this.trouble.value = "";
    let items = after === null ? [] : [...(this.items.value ?? [])];
    const wanted = items.length + PAGE;
    try {
      do {
        const page = await this.fetchPage(filter, after, wanted - items.length);
        if (turn !== this.turn) return; // another filter was asked for meanwhile
        if (after === null) this.matches.value = page.matches;
        items = [...items, ...page.items];
        after = page.next;
        this.items.value = items;
        this.next.value = after;
      } while (after !== null && items.length < wanted);
    } catch (failure) {
      if (turn !== this.turn) return;
      this.trouble.value = sentence(failure);
      if (items.length === 0) this.items.value = [];
      this.next.value = after;
    } finally {
      if (turn === this.turn) this.busy.value = false;
    }
  }
}
