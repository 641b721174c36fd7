/*
 * Examples on their way: what is given is cut into parcels, kept on a shelf that survives a reload, and
 * sent one parcel after the other. A parcel leaves the shelf only when the server has said what became
 * of each of its pictures or sentences, or when the person gives it up.
 *
 *     await examples.give({ project: 3, className: "shoe", parts, texts: [], burst: null });
 *     examples.of(3)          what is on its way for a project, and what was refused
 *     examples.hear(n => ...) what became of a parcel
 */
import { computed, signal } from "@preact/signals";
import { ApiError, sentence, type ExampleRow } from "../api";
import type { Lock } from "./outbox";
import type { Parcel, ParcelShelf, Part } from "./parcels";
import { uuid } from "./uuid";

export interface Gift { project: number; className: string; parts: Part[]; texts: string[]; burst: string | null }
export interface Taken { project: number; className: string; rows: ExampleRow[] }
export interface Post { send(parcel: Parcel): Promise<{ examples: ExampleRow[] }>; owner(): Promise<number | null> }

/* Small enough to be answered within a second or two. */
export const PARCEL_FILES = 12;
export const PARCEL_BYTES = 12 * 1024 * 1024;
export const PARCEL_TEXTS = 200;
const FIRST_WAIT_MS = 1000;
const LAST_WAIT_MS = 30_000;

const isPassing = (e: unknown) =>
  !(e instanceof ApiError) || e.status === 0 || e.status === 408 || e.status === 429 || e.status >= 500;

export const sizeOf = (p: Pick<Parcel, "parts" | "texts">): number => p.parts.length + p.texts.length;

/* In the order given; a file that is too large for any parcel travels alone, and the server says so. */
export function pack(parts: readonly Part[], texts: readonly string[]): { parts: Part[]; texts: string[] }[] {
  const packed: { parts: Part[]; texts: string[] }[] = [];
  let bytes = 0;
  for (const part of parts) {
    const open = packed.at(-1);
    if (!open || open.parts.length >= PARCEL_FILES || bytes + part.blob.size > PARCEL_BYTES) {
      packed.push({ parts: [part], texts: [] });
      bytes = part.blob.size;
    } else {
      open.parts.push(part);
      bytes += part.blob.size;
    }
  }
  for (let i = 0; i < texts.length; i += PARCEL_TEXTS) packed.push({ parts: [], texts: texts.slice(i, i + PARCEL_TEXTS) });
  return packed;
}

/* Sentences pasted one a line; blank lines and doubles fall away. */
export const linesOf = (pasted: string): string[] => [...new Set(pasted.split(/\r?\n/).map((l) => l.trim()).filter(Boolean))];

export class Examples {
  private readonly parcels = signal<readonly Parcel[]>([]);
  private readonly user = signal<number | null>(null);
  readonly trouble = signal<string | null>(null);
  private readonly mine = computed(() => this.parcels.value.filter((p) => p.user === this.user.value));
  readonly busy = computed(() => this.mine.value.some((p) => p.refused === null));
  private listeners = new Set<(taken: Taken) => void>();
  private draining = false;
  private again = false;
  private wait_ms = FIRST_WAIT_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly shelf: ParcelShelf, private readonly post: Post, private readonly lock: Lock) {}

  hear(listener: (taken: Taken) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /* Goes on with what this person gave before. */
  async start(user: number | null): Promise<void> {
    this.user.value = user;
    await this.refresh();
    if (user !== null) this.retryNow();
  }

  /* Settles once everything is on the shelf. */
  async give(gift: Gift): Promise<void> {
    const user = this.user.value;
    if (user === null) return;
    for (const { parts, texts } of pack(gift.parts, gift.texts)) {
      await this.shelf.add({ id: uuid(), user, project: gift.project, className: gift.className, burst: gift.burst, parts, texts });
    }
    await this.refresh();
    if (this.timer === undefined) void this.drain();
  }

  /* How many pictures or sentences are still on their way: of a project, or of one of its classes. */
  waiting(project: number, className?: string): number {
    return this.mine.value
      .filter((p) => p.project === project && p.refused === null && (className === undefined || p.className === className))
      .reduce((n, p) => n + sizeOf(p), 0);
  }

  refused(project: number): Parcel[] {
    return this.mine.value.filter((p) => p.project === project && p.refused !== null);
  }

  async sendAgain(parcel: Parcel): Promise<void> {
    await this.shelf.refuse(parcel.n, null);
    await this.refresh();
    this.retryNow();
  }

  async forget(parcel: Parcel): Promise<void> {
    await this.shelf.remove(parcel.n);
    await this.refresh();
  }

  retryNow(): void {
    this.wait_ms = FIRST_WAIT_MS;
    void this.drain();
  }

  /* Settles when nothing more can be done for now. */
  async idle(): Promise<void> {
    while (this.draining) await new Promise((r) => setTimeout(r, 1));
  }

  private async refresh(): Promise<void> {
    this.parcels.value = await this.shelf.all();
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

  /* False when the line is blocked. */
  private async sendAll(): Promise<boolean> {
    for (;;) {
      const user = this.user.value;
      if (user === null || (await this.post.owner()) !== user) return false;
      const next = (await this.shelf.all()).find((p) => p.user === user && p.refused === null);
      if (!next) return true;
      if (!(await this.sendOne(next))) return false;
    }
  }

  private async sendOne(parcel: Parcel): Promise<boolean> {
    try {
      const { examples } = await this.post.send(parcel);
      await this.shelf.remove(parcel.n);
      this.trouble.value = null;
      this.wait_ms = FIRST_WAIT_MS;
      for (const listener of this.listeners) listener({ project: parcel.project, className: parcel.className, rows: examples });
    } catch (failure) {
      if (failure instanceof ApiError && failure.status === 401) return false; // until somebody signs in again
      if (isPassing(failure)) {
        this.tryLater(sentence(failure));
        return false;
      }
      await this.shelf.refuse(parcel.n, sentence(failure));
    }
    await this.refresh();
    return true;
  }

  private tryLater(why: string): void {
    this.trouble.value = why;
    this.timer = setTimeout(() => void this.drain(), this.wait_ms);
    this.wait_ms = Math.min(this.wait_ms * 2, LAST_WAIT_MS);
  }
}
