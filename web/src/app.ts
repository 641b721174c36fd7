/* The few things there is one of, made once by main.tsx and used by the views. */
import { signal } from "@preact/signals";
import * as api from "./api";
import { Outbox, sharedChannel, sharedLock } from "./state/outbox";
import { Session } from "./state/session";
import { openShelf } from "./state/shelf";
import { Uploads } from "./state/uploads";

export interface App { outbox: Outbox; session: Session; uploads: Uploads }

export let app: App;

export async function makeApp(): Promise<App> {
  const shelf = await openShelf(globalThis.indexedDB);
  const session = new Session(() => app.outbox);
  const outbox = new Outbox(shelf, {
    label: (e) => api.sendLabel(e.project, e.label!),
    retract: (e) => api.retractLabel(e.project, e.target!, e.id),
  }, sharedLock(navigator.locks), sharedChannel());
  const uploads = new Uploads(api.sendImport, (ms) => new Promise((r) => setTimeout(r, ms)));
  api.onSignedOut(() => session.lost());
  outbox.listen((news) => { if (news.what === "login") void session.load(); });
  app = { outbox, session, uploads };
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
