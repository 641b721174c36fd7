/* Stand-ins for what the state modules are given: a server that remembers, a clock that waits. */
import { ApiError, type ClassDef, type Lease, type Project, type Question } from "../src/api";
import { Outbox, type Channel, type Lock, type News, type Receiver } from "../src/state/outbox";
import { memoryShelf, type Entry, type Shelf } from "../src/state/shelf";

export const classDef = (name: string, key: string): ClassDef => ({ name, key, color: "#777777", description: "" });
export const CLASSES = [classDef("hat", "1"), classDef("shoes", "2"), classDef("shirt", "3")];
export const choice = (name: string, multiple: "one" | "several" = "one"): Question =>
  ({ name, type: "choice", multiple: multiple === "several", classes: CLASSES });

export const project = (items: number, questions: Question[] = [choice("class")]): Project => ({
  id: 1, name: "Clothes", kind: "image", questions, question_version: 1, overlap: 1, explore: 0.1, overlap_max: 0, quota: 0, feedback: false, expectations: {}, gold_rate: 0, repeat_rate: 0, created_at: "", role: "manager",
  counts: { items, labelled: 0, open: items, flagged: 0, rejected: 0, to_review: null, disputed: null, labels: 0, mine: 0 },
  latents: { encoder: null, items_encoded: 0, state: "none" }, accuracy: null, model: null, picking: null,
});

export const leaseOf = (id: number, item: number): Lease => ({
  id, expires_at: "", item: { id: item, kind: "image", media_url: "", width: 10, height: 10, meta: {} }, returned: null, prediction: null,
  receipt: { strategy: "random", score: null, rank: 1, pool_size: 1, propensity: 1, model: null, encoder: null, seed: "1", round: null, reason: "" },
});

export const offline = () => new ApiError(0, "offline", "no answer");

export class FakeReceiver implements Receiver {
  log: string[] = [];
  sent: Entry[] = [];
  seq = 0;
  failures: Error[] = []; // thrown by the next calls, in order
  async label(entry: Entry) {
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.log.push(`label ${entry.item} ${String(entry.label!.values["class"] ?? entry.label!.answer)} lease ${entry.label!.lease}`);
    this.sent.push(entry);
    return { seq: ++this.seq };
  }
  async retract(entry: Entry) {
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.log.push(`retract ${entry.item}`);
    return { seq: ++this.seq, lease: leaseOf(900 + entry.item, entry.item) };
  }
}

/* A lock and a channel that several outboxes share, as tabs of one browser do. */
export function browser() {
  let tail: Promise<unknown> = Promise.resolve();
  const lock: Lock = (work) => {
    const next = tail.then(work);
    tail = next.catch(() => undefined);
    return next;
  };
  const listeners: ((news: News) => void)[] = [];
  const channel = (): Channel => {
    let own: ((news: News) => void) | undefined;
    return {
      post: (news) => { for (const l of listeners) if (l !== own) l(news); },
      hear: (l) => listeners.push((own = l)),
    };
  };
  return { lock, channel };
}

export interface Rig { outbox: Outbox; receiver: FakeReceiver; shelf: Shelf; news: News[] }

export async function rig(shelf: Shelf = memoryShelf(), tabs = browser(), receiver = new FakeReceiver(), user = 7): Promise<Rig> {
  const made = { receiver, shelf, news: [] as News[] } as unknown as Rig;
  made.outbox = new Outbox(shelf, receiver, tabs.lock, tabs.channel());
  made.outbox.listen((n) => made.news.push(n));
  await made.outbox.changeLogin(async () => ({ user, value: null }));
  await made.outbox.start(user);
  return made;
}
