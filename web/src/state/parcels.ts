/*
 * Where examples wait until the server has them: IndexedDB, which keeps files as they are, so that
 * they survive a reload; or plain memory in a browser that has none to give (`lasting` says which).
 * All tabs share one shelf. `n` is the order of giving.
 */
export interface Part { name: string; blob: Blob }

export interface Parcel {
  n: number;
  id: string; // client-made: the same parcel sent again gives the same ledger numbers
  user: number; // who gave it: it is never sent under another login
  project: number;
  className: string;
  burst: string | null; // names the burst or the video that these are frames of
  parts: Part[]; // pictures; empty for texts
  texts: string[]; // sentences; empty for pictures
  refused: string | null; // the server's sentence
}
export type NewParcel = Omit<Parcel, "n" | "refused">;

export interface ParcelShelf {
  readonly lasting: boolean;
  add(parcel: NewParcel): Promise<Parcel>;
  all(): Promise<Parcel[]>;
  refuse(n: number, why: string | null): Promise<void>;
  remove(n: number): Promise<void>;
}

const result = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The browser's storage failed."));
  });

export async function openParcels(factory: IDBFactory | undefined): Promise<ParcelShelf> {
  if (!factory) return memoryParcels();
  try {
    const request = factory.open("exemplar-examples", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("parcels", { keyPath: "n", autoIncrement: true });
    return databaseParcels(await result(request));
  } catch {
    return memoryParcels(); // some private windows refuse
  }
}

function databaseParcels(db: IDBDatabase): ParcelShelf {
  async function within<T>(mode: IDBTransactionMode, work: (s: IDBObjectStore) => Promise<T>): Promise<T> {
    const t = db.transaction("parcels", mode);
    const done = new Promise<void>((resolve, reject) => {
      t.oncomplete = () => resolve();
      t.onabort = t.onerror = () => reject(t.error ?? new Error("The browser's storage failed."));
    });
    done.catch(() => undefined); // the work below reports the same failure first
    const value = await work(t.objectStore("parcels"));
    await done;
    return value;
  }
  return {
    lasting: true,
    add: (parcel) => within("readwrite", async (s) => {
      const whole = { ...parcel, refused: null };
      return { ...whole, n: (await result(s.add(whole))) as number };
    }),
    all: () => within("readonly", (s) => result(s.getAll() as IDBRequest<Parcel[]>)),
    refuse: (n, why) => within("readwrite", async (s) => {
      const parcel = (await result(s.get(n))) as Parcel | undefined;
      if (parcel) await result(s.put({ ...parcel, refused: why }));
    }),
    remove: (n) => within("readwrite", async (s) => void (await result(s.delete(n)))),
  };
}

export function memoryParcels(): ParcelShelf {
  const parcels = new Map<number, Parcel>();
  let last = 0;
  return {
    lasting: false,
    async add(parcel) {
      const whole = { ...parcel, refused: null, n: ++last };
      parcels.set(whole.n, whole);
      return whole;
    },
    all: async () => [...parcels.values()],
    async refuse(n, why) {
      const parcel = parcels.get(n);
      if (parcel) parcels.set(n, { ...parcel, refused: why });
    },
    remove: async (n) => void parcels.delete(n),
  };
}
