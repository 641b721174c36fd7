/*
 * Where labels wait until the server has them: IndexedDB, so that they survive a reload, or plain
 * memory in a browser that has none to give (`lasting` says which).
 *
 * All tabs share one shelf, and every method is one transaction. `n` is the order of making.
 */
import type { NewLabel } from "../api";

export interface Entry {
  n: number;
  id: string; // the client-made id of the label or of the retraction
  user: number; // who made it: it is never sent under another login
  project: number;
  item: number;
  kind: "label" | "retract";
  label: NewLabel | null; // kind "label"
  target: string | null; // kind "retract": the label's id
  attempted: boolean; // it may have reached the server
  refused: string | null; // the server's sentence
}
export type NewEntry = Omit<Entry, "n" | "attempted" | "refused">;

export interface Shelf {
  readonly lasting: boolean;
  add(entry: NewEntry): Promise<Entry>;
  all(): Promise<Entry[]>;
  /* Changes the entry if it is still there; null when somebody took it away meanwhile. */
  update(n: number, change: Partial<Entry>): Promise<Entry | null>;
  remove(n: number): Promise<void>;
  /* Removes the entry only if it was never attempted; says whether it did. */
  takeBack(id: string): Promise<boolean>;
  /* The user whose session this browser holds; null when signed out. */
  owner(): Promise<number | null>;
  setOwner(user: number | null): Promise<void>;
}

const fresh = (entry: NewEntry) => ({ ...entry, attempted: false, refused: null });

const result = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The browser's storage failed."));
  });

export async function openShelf(factory: IDBFactory | undefined): Promise<Shelf> {
  if (!factory) return memoryShelf();
  try {
    const request = factory.open("exemplar", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("outbox", { keyPath: "n", autoIncrement: true }).createIndex("id", "id");
      request.result.createObjectStore("notes");
    };
    return databaseShelf(await result(request));
  } catch {
    return memoryShelf(); // some private windows refuse
  }
}

function databaseShelf(db: IDBDatabase): Shelf {
  /* Runs the work in one transaction and waits until it is on disk, not only queued. */
  async function within<T>(mode: IDBTransactionMode, name: string, work: (s: IDBObjectStore) => Promise<T>): Promise<T> {
    const t = db.transaction(name, mode, { durability: "strict" });
    const done = new Promise<void>((resolve, reject) => {
      t.oncomplete = () => resolve();
      t.onabort = t.onerror = () => reject(t.error ?? new Error("The browser's storage failed."));
    });
    done.catch(() => undefined); // the work below reports the same failure first
    const value = await work(t.objectStore(name));
    await done;
    return value;
  }
  return {
    lasting: true,
    add: (entry) => within("readwrite", "outbox", async (s) => {
      const whole = fresh(entry);
      return { ...whole, n: (await result(s.add(whole))) as number };
    }),
    all: () => within("readonly", "outbox", (s) => result(s.getAll() as IDBRequest<Entry[]>)),
    update: (n, change) => within("readwrite", "outbox", async (s) => {
      const entry = (await result(s.get(n))) as Entry | undefined;
      if (!entry) return null;
      const changed = { ...entry, ...change };
      await result(s.put(changed));
      return changed;
    }),
    remove: (n) => within("readwrite", "outbox", async (s) => void (await result(s.delete(n)))),
    takeBack: (id) => within("readwrite", "outbox", async (s) => {
      const entry = (await result(s.index("id").get(id))) as Entry | undefined;
      if (!entry || entry.attempted) return false;
      await result(s.delete(entry.n));
      return true;
    }),
    owner: () => within("readonly", "notes", async (s) => ((await result(s.get("owner"))) as number | undefined) ?? null),
    setOwner: (user) => within("readwrite", "notes", async (s) => void (await result(s.put(user, "owner")))),
  };
}

export function memoryShelf(): Shelf {
  const entries = new Map<number, Entry>();
  let last = 0;
  let owner: number | null = null;
  return {
    lasting: false,
    async add(entry) {
      const whole = { ...fresh(entry), n: ++last };
      entries.set(whole.n, whole);
      return { ...whole };
    },
    all: async () => [...entries.values()].map((e) => ({ ...e })),
    async update(n, change) {
      const entry = entries.get(n);
      if (!entry) return null;
      Object.assign(entry, change);
      return { ...entry };
    },
    remove: async (n) => void entries.delete(n),
    async takeBack(id) {
      const entry = [...entries.values()].find((e) => e.id === id);
      return entry !== undefined && !entry.attempted && entries.delete(entry.n);
    },
    owner: async () => owner,
    setOwner: async (user) => void (owner = user),
  };
}
