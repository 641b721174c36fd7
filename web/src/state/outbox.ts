/*
 * The outbox: every label is kept here before it is sent, and leaves only when the server has said
 * "stored as no. N" or has refused it for good.
 *
 *     outbox.add({ id, user, project, item, kind: "label", label, target: null });
 *     outbox.undo(id, ...)                     takes it back, or sends a retraction behind it
 *
 * Labels go out one at a time, in the order they were made, across reloads and tabs. A lock keeps two
 * tabs from sending at once (client-made ids make even that harmless). Whoever signs in or out does
 * it under the same lock and leaves the user's id on the shelf, so an entry is only ever sent by the
 * login that made it.
 */
import { computed, signal } from "@preact/signals";
import { ApiError, sentence, type Feedback, type Lease } from "../api";
import type { Entry, NewEntry, Shelf } from "./shelf";

export interface Receiver {
  label(entry: Entry): Promise<{ seq: number; feedback?: Feedback | null }>;
  retract(entry: Entry): Promise<{ seq: number; lease: Lease }>;
}
export type Lock = <T>(work: () => Promise<T>) => Promise<T>;
export type News =
  | { what: "stored"; id: string; item: number; project: number; seq: number; feedback: Feedback | null }
  | { what: "refused"; id: string; item: number; project: number; sentence: string }
  | { what: "retracted"; item: number; project: number; lease: Lease }
  | { what: "changed" }
  | { what: "login" }; // another tab signed in or out
/* Tells the other tabs; what they tell comes back through `hear`. */
export interface Channel { post(news: News): void; hear(listener: (news: News) => void): void }

const FIRST_WAIT_MS = 1000;
const LAST_WAIT_MS = 30_000;

/* What waiting can cure: no answer, a timeout, too many requests, a server in trouble. */
const isPassing = (e: unknown) =>
  !(e instanceof ApiError) || e.status === 0 || e.status === 408 || e.status === 429 || e.status >= 500;

export class Outbox {
  private readonly entries = signal<Entry[]>([]);
  readonly user = signal<number | null>(null);
  readonly waiting = computed(() => this.entries.value.filter((e) => e.user === this.user.value && e.refused === null));
  readonly refused = computed(() => this.entries.value.filter((e) => e.user === this.user.value && e.refused !== null));
  /* The sentence of the last attempt that failed for now; null while all goes well. */
  readonly trouble = signal<string | null>(null);
  private listeners = new Set<(news: News) => void>();
  private tail: Promise<unknown> = Promise.resolve();
  private unkept: Entry[] = [];
  private draining = false;
  private again = false;
  private wait_ms = FIRST_WAIT_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly shelf: Shelf,
    private readonly receiver: Receiver,
    private readonly lock: Lock,
    private readonly channel: Channel,
  ) {
    channel.hear((news) => {
      void this.refresh();
      this.tell(news);
    });
  }

  listen(listener: (news: News) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /* Runs a sign-in or sign-out so that no label is under way, and notes whose session it then is. */
  changeLogin<T>(work: () => Promise<{ user: number | null; value: T }>): Promise<T> {
    return this.lock(async () => {
      const { user, value } = await work();
      if ((await this.shelf.owner()) !== user) {
        await this.shelf.setOwner(user);
        this.channel.post({ what: "login" });
      }
      return value;
    });
  }

  /* Begins (or goes on) sending what this user made. */
  async start(user: number | null): Promise<void> {
    this.user.value = user;
    await this.refresh();
    if (user !== null) this.retryNow();
  }

  add(entry: NewEntry): Promise<void> {
    const shown: Entry = { ...entry, n: Number.MAX_SAFE_INTEGER, attempted: false, refused: null };
    this.unkept.push(shown);
    this.entries.value = [...this.entries.value, shown];
    return this.inOrder(async () => {
      try {
        await this.shelf.add(entry);
        this.unkept = this.unkept.filter((e) => e !== shown);
      } catch (failure) {
        shown.refused = `This browser could not keep it: ${sentence(failure)} Try again before you go on.`;
      }
      await this.refresh();
      this.drainSoon();
    });
  }

  /*
   * Undoes a label. Either it never left: then `lease` is still ours, and true comes back; or a
   * retraction is sent behind it, and the news will bring a new lease.
   */
  undo(label: string, lease: number, retraction: NewEntry): Promise<boolean> {
    return this.inOrder(async () => {
      const kept = await this.shelf.takeBack(label);
      if (kept) await this.giveLease(retraction, lease);
      else await this.shelf.add(retraction);
      await this.refresh();
      this.channel.post({ what: "changed" });
      this.drainSoon();
      return kept;
    });
  }

  /* One more try for a refused entry. */
  retry(entry: Entry): Promise<void> {
    this.dropUnkept(entry);
    return this.inOrder(async () => {
      if (entry.n === Number.MAX_SAFE_INTEGER) await this.shelf.add(entry);
      else await this.shelf.update(entry.n, { refused: null });
      await this.refresh();
      this.drainSoon();
    });
  }

  dismiss(entry: Entry): Promise<void> {
    this.dropUnkept(entry);
    return this.inOrder(async () => {
      await this.shelf.remove(entry.n);
      await this.refresh();
    });
  }

  retryNow(): void {
    this.wait_ms = FIRST_WAIT_MS;
    void this.drain();
  }

  /* Settles when nothing more can be done for now: all sent, or waiting for the next try. */
  async idle(): Promise<void> {
    await this.tail;
    while (this.draining) await new Promise((r) => setTimeout(r, 1));
  }

  private dropUnkept(entry: Entry): void {
    this.unkept = this.unkept.filter((e) => e !== entry);
  }

  private inOrder<T>(work: () => Promise<T>): Promise<T> {
    const next = this.tail.then(work);
    this.tail = next.catch(() => undefined);
    return next;
  }

  private async refresh(): Promise<void> {
    const kept = await this.shelf.all();
    this.entries.value = [...kept, ...this.unkept.filter((e) => !kept.some((k) => k.id === e.id))];
  }

  private tell(news: News): void {
    for (const listener of this.listeners) listener(news);
  }

  private announce(news: News): void {
    this.tell(news);
    this.channel.post(news);
  }

  private async drain(): Promise<void> {
    if (this.draining) {
      this.again = true;
      return;
    }
    this.draining = true;
    clearTimeout(this.timer);
    this.timer = undefined;
    try {
      let through: boolean;
      do {
        this.again = false;
        through = await this.lock(() => this.sendAll());
      } while (through && this.again);
    } finally {
      this.draining = false;
    }
  }

  /* Something new is on the shelf. While a lost connection is waited for, it waits too. */
  private drainSoon(): void {
    if (this.timer === undefined) void this.drain();
  }

  /* Sends what there is; false when the line is blocked. */
  private async sendAll(): Promise<boolean> {
    for (;;) {
      const user = this.user.value;
      if (user === null || (await this.shelf.owner()) !== user) return false;
      const next = (await this.shelf.all()).find((e) => e.user === user && e.refused === null);
      if (!next) return true;
      if (!(await this.sendOne(next))) return false;
    }
  }

  /* Sends the entry; false when there is no point in going on with the next one now. */
  private async sendOne(entry: Entry): Promise<boolean> {
    const claimed = await this.shelf.update(entry.n, { attempted: true });
    if (!claimed) return true; // undone in this very moment
    try {
      if (entry.kind === "label") await this.sendLabel(claimed);
      else await this.sendRetraction(claimed);
      this.trouble.value = null;
      this.wait_ms = FIRST_WAIT_MS;
    } catch (failure) {
      if (failure instanceof ApiError && failure.status === 401) return false; // until somebody signs in again
      if (isPassing(failure)) {
        this.tryLater(sentence(failure));
        return false;
      }
      await this.refuse(entry, sentence(failure));
    }
    await this.refresh();
    return true;
  }

  private async sendLabel(entry: Entry): Promise<void> {
    const { seq, feedback } = await this.receiver.label(entry);
    await this.shelf.remove(entry.n);
    this.announce({ what: "stored", id: entry.id, item: entry.item, project: entry.project, seq, feedback: feedback ?? null });
  }

  private async sendRetraction(entry: Entry): Promise<void> {
    const { lease } = await this.receiver.retract(entry);
    await this.giveLease(entry, lease.id);
    await this.shelf.remove(entry.n);
    this.announce({ what: "retracted", item: entry.item, project: entry.project, lease });
  }

  /* The item is ours again: an answer given meanwhile goes out under this lease. */
  private async giveLease(undone: NewEntry, lease: number): Promise<void> {
    const waits = (e: NewEntry) => e.item === undone.item && e.user === undone.user && e.label?.lease === null;
    for (const e of this.unkept) if (waits(e)) e.label!.lease = lease; // its add() is still to run, on this very label
    for (const e of await this.shelf.all()) {
      if (waits(e)) await this.shelf.update(e.n, { label: { ...e.label!, lease } });
    }
  }

  private async refuse(entry: Entry, why: string): Promise<void> {
    const all = await this.shelf.all();
    if (entry.kind === "retract" && all.some((e) => e.id === entry.target && e.refused !== null)) {
      await this.shelf.remove(entry.n); // the label was refused already: there is nothing to retract
      return;
    }
    await this.shelf.update(entry.n, { refused: why });
    this.announce({ what: "refused", id: entry.id, item: entry.item, project: entry.project, sentence: why });
  }

  private tryLater(why: string): void {
    this.trouble.value = why;
    this.timer = setTimeout(() => void this.drain(), this.wait_ms);
    this.wait_ms = Math.min(this.wait_ms * 2, LAST_WAIT_MS);
  }
}

/* The lock all tabs share; where the browser has none (plain http on a network), one for this tab. */
export function sharedLock(locks: LockManager | undefined, name = "exemplar-outbox"): Lock {
  if (locks) return <T>(work: () => Promise<T>) => locks.request(name, work) as Promise<T>;
  let tail: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>) => {
    const next = tail.then(work);
    tail = next.catch(() => undefined);
    return next;
  };
}

export function sharedChannel(): Channel {
  const channel = new BroadcastChannel("exemplar-outbox");
  return {
    post: (news) => channel.postMessage(news),
    hear: (listener) => { channel.onmessage = (e: MessageEvent<News>) => listener(e.data); },
  };
}
