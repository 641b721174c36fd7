/*
 * The queue of labels worth a second look, one at a time: keep it, fix it, leave it for later, or take
 * back what was said last. No DOM; the page shows the signals.
 *
 *     const queue = new LookQueue(projectId, api, newId);
 *     await queue.load();  queue.current.value;  await queue.keep();  await queue.fix("sandal");
 */
import { computed, signal } from "@preact/signals";
import type { Look, LookEntry } from "../api";

const PAGE = 10;
const LOW = 4; // entries left at which more are fetched

export interface LookServer {
  secondLook(project: number, after: number | null, limit: number): Promise<{ look: Look | null; entries: LookEntry[]; next: number | null }>;
  keepLabel(project: number, entry: number, id: string): Promise<unknown>;
  fixLabel(project: number, entry: number, id: string, value: string | string[]): Promise<unknown>;
  undoSecondLook(project: number, entry: number, id: string): Promise<unknown>;
}

export interface Said { entry: LookEntry; what: "kept" | "fixed" | "left"; value?: string | string[] }

export class LookQueue {
  readonly look = signal<Look | null | undefined>(undefined); // undefined: not asked yet
  readonly entries = signal<readonly LookEntry[]>([]);
  readonly said = signal<readonly Said[]>([]);
  readonly busy = signal(false);
  readonly current = computed<LookEntry | null>(() => this.entries.value[0] ?? null);
  /* Kept or fixed on this visit. */
  readonly done = computed(() => this.said.value.filter((s) => s.what !== "left").length);
  private next: number | null = null;

  constructor(readonly project: number, private readonly server: LookServer, private readonly newId: () => string) {}

  async load(): Promise<void> {
    const page = await this.server.secondLook(this.project, null, PAGE);
    this.look.value = page.look;
    this.entries.value = page.entries;
    this.next = page.next;
    this.said.value = [];
  }

  keep(): Promise<void> {
    return this.act("kept", (entry, id) => this.server.keepLabel(this.project, entry, id));
  }

  fix(value: string | string[]): Promise<void> {
    return this.act("fixed", (entry, id) => this.server.fixLabel(this.project, entry, id, value), value);
  }

  /* Nothing is said of it: it waits for the next visit. */
  leave(): void {
    const entry = this.current.value;
    if (!entry || this.busy.value) return;
    this.pass({ entry, what: "left" });
  }

  async undo(): Promise<void> {
    const last = this.said.value.at(-1);
    if (!last || this.busy.value) return;
    await this.alone(async () => {
      if (last.what !== "left") await this.server.undoSecondLook(this.project, last.entry.id, this.newId());
      this.said.value = this.said.value.slice(0, -1);
      this.entries.value = [last.entry, ...this.entries.value];
    });
  }

  private async act(what: "kept" | "fixed", send: (entry: number, id: string) => Promise<unknown>, value?: string | string[]): Promise<void> {
    const entry = this.current.value;
    if (!entry || this.busy.value) return;
    await this.alone(async () => {
      await send(entry.id, this.newId());
      this.pass(value === undefined ? { entry, what } : { entry, what, value });
    });
    if (this.entries.value.length < LOW && this.next !== null) await this.more();
  }

  private pass(said: Said): void {
    this.said.value = [...this.said.value, said];
    this.entries.value = this.entries.value.slice(1);
  }

  private async more(): Promise<void> {
    const after = this.next;
    if (after === null) return;
    this.next = null; // asked for once
    try {
      const page = await this.server.secondLook(this.project, after, PAGE);
      const known = new Set(this.entries.value.map((e) => e.id));
      this.entries.value = [...this.entries.value, ...page.entries.filter((e) => !known.has(e.id))];
      this.next = page.next;
    } catch (failure) {
      this.next = after;
      throw failure;
    }
  }

  private async alone(work: () => Promise<void>): Promise<void> {
    this.busy.value = true;
    try {
      await work();
    } finally {
      this.busy.value = false;
    }
  }
}
