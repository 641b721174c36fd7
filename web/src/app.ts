/* The few things there is one of, made once by main.tsx and used by the views. */
import { effect, signal } from "@preact/signals";
import * as api from "./api";
import { Examples } from "./state/examples";
import { Outbox, sharedChannel, sharedLock } from "./state/outbox";
import { openParcels, type Parcel } from "./state/parcels";
import { Session } from "./state/session";
import { openShelf } from "./state/shelf";
import { Uploads } from "./state/uploads";

export interface App { outbox: Outbox; session: Session; uploads: Uploads; examples: Examples }

export let app: App;

function parcelBody(parcel: Parcel): FormData | Blob {
  if (parcel.texts.length) {
    return new Blob([parcel.texts.map((text) => JSON.stringify({ text })).join("\n")], { type: "application/jsonl" });
  }
  const form = new FormData();
  for (const { name, blob } of parcel.parts) form.append("file", blob, name);
  return form;
}

export async function makeApp(): Promise<App> {
  const shelf = await openShelf(globalThis.indexedDB);
  const session = new Session(() => app.outbox);
  const outbox = new Outbox(shelf, {
    label: (e) => api.sendLabel(e.project, e.label!),
    retract: (e) => api.retractLabel(e.project, e.target!, e.id),
  }, sharedLock(navigator.locks), sharedChannel());
  const uploads = new Uploads(api.sendImport, (ms) => new Promise((r) => setTimeout(r, ms)));
  const examples = new Examples(await openParcels(globalThis.indexedDB), {
    send: (p) => api.giveExamples(p.project, { id: p.id, class: p.className, burst: p.burst }, parcelBody(p)),
    owner: () => shelf.owner(),
  }, sharedLock(navigator.locks, "exemplar-examples"));
  effect(() => void examples.start(session.user.value?.id ?? null));
  api.onSignedOut(() => session.lost());
  outbox.listen((news) => { if (news.what === "login") void session.load(); });
  app = { outbox, session, uploads, examples };
  return app;
}

/* One short sentence for the eye and the screen reader, gone by itself. */
export const toast = signal<{ text: string; bad: boolean } | null>(null);
let toastTimer: ReturnType<typeof setTimeout> | undefined;
export function say(text: string, tone: "plain" | "bad" = "plain"): void {
  toast.value = { text, bad: tone === "bad" };
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (toast.value = null), tone === "bad" ? 9000 : 4000);
}

/* Runs what a button asked for; a failure is said (a lost session leads to the sign-in anyway). */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (failure) {
    if (!(failure instanceof api.ApiError) || failure.status !== 401) say(api.sentence(failure), "bad");
    return false;
  }
}
