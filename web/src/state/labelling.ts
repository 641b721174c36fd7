/*
 * One person labelling one project: the item on show, the ones behind it, and the way back.
 *
 *     const l = new Labelling(project, userId, outbox, server, clock);
 *     await l.start();      l.choose("shoes");      l.undo();      l.stop();
 *
 * Answering never waits: the label goes to the outbox and the next item, leased and prepared
 * beforehand, is on show in the same tick.
 */
import { computed, signal, type Signal } from "@preact/signals";
import { sentence, type Answer, type Feedback, type Lease, type Project, type Values } from "../api";
import * as answers from "./answers";
import type { News, Outbox } from "./outbox";
import { uuid } from "./uuid";

export interface Server {
  lease(project: number, n: number, skipped: boolean): Promise<{ leases: Lease[]; left: number; items: number }>;
  renewLeases(project: number, leases: number[]): Promise<{ id: number }[]>;
  releaseLeases(project: number, leases: number[]): Promise<void>;
  /* Fetches and decodes what the item shows, so that it appears at once. Never fails. */
  prepare(lease: Lease): void;
}
export interface Timing { now(): number; after(ms: number, work: () => void): () => void }

/* An item in hand. `lease.id` is 0 while an undone item waits to be leased to us again. */
interface Shown { lease: Lease; values: Values; at: number; since: number; spent_ms: number }
interface Done { id: string; shown: Shown; answer: Answer }
export type Phase = "loading" | "ready" | "finished" | "elsewhere" | "failed";

export const AHEAD = 6; // leased behind the one on show: enough to outrun a slow network ...
export const REFILL = 4; // ... and few enough that the order stays fresh
const RENEW_MS = 60_000; // leases last five minutes
const LOOK_AGAIN_MS = 15_000;
const FIRST_RETRY_MS = 1000;

export class Labelling {
  readonly phase = signal<Phase>("loading");
  readonly shown = signal<Shown | null>(null);
  readonly question = signal(0);
  readonly left = signal<number | null>(null);
  readonly history = signal<readonly Done[]>([]);
  readonly stored = signal<number | null>(null);
  readonly notice = signal<string | null>(null);
  /* What the project says about the last answer that was stored; null: nothing. */
  readonly feedback = signal<Feedback | null>(null);
  readonly skipped = signal(0);
  /* All items; more may have come in since the project was read. */
  readonly total: Signal<number>;
  readonly number = computed(() => Math.max(1, this.total.value - (this.left.value ?? 0) + 1));
  private ahead: Lease[] = [];
  private filling = false;
  private asked = false; // for more, while filling
  private withSkipped = false;
  private answered = 0; // answers given, to notice those given while a request was under way
  private stopped = false;
  private retry_ms = FIRST_RETRY_MS;
  private cancelRetry = () => {};
  private cancelRenew = () => {};
  private forget = () => {};

  constructor(readonly project: Project, private readonly user: number, private readonly outbox: Outbox,
              private readonly server: Server, private readonly timing: Timing) {
    this.total = signal(project.counts.items);
  }

  start(): Promise<void> {
    this.stopped = false;
    this.forget = this.outbox.listen((news) => this.hear(news));
    this.renewLater();
    return this.fill();
  }

  /* Gives everything back that nobody has answered. */
  stop(): void {
    this.stopped = true;
    this.cancelRetry();
    this.cancelRenew();
    this.forget();
    const held = this.held();
    this.ahead = [];
    this.shown.value = null;
    if (held.length) void this.server.releaseLeases(this.project.id, held).catch(() => undefined);
  }

  /* The page is out of sight: time spent elsewhere is not spent on the item. */
  pause(): void {
    this.cancelRenew();
    const s = this.shown.value;
    if (s) this.shown.value = { ...s, spent_ms: this.spent(s), since: Number.NaN };
  }

  resume(): void {
    const s = this.shown.value;
    if (s && Number.isNaN(s.since)) this.shown.value = { ...s, since: this.timing.now() };
    void this.renew();
    if (!this.shown.value) void this.fill();
  }

  choose(name: string, question = this.question.value): void {
    const s = this.shown.value;
    const q = this.project.questions[question];
    if (!s || !q || !q.classes.some((c) => c.name === name)) return;
    this.question.value = question;
    this.notice.value = null;
    const values = answers.choose(q, s.values, name);
    this.shown.value = { ...s, values };
    if (answers.sendsItself(this.project.questions, values)) this.accept();
    else if (!q.multiple) this.question.value = answers.nextQuestion(this.project.questions, values, this.question.value);
  }

  /* Enter: on to the next question, or the whole answer. */
  submit(): void {
    const s = this.shown.value;
    const questions = this.project.questions;
    if (!s || !questions.some((q) => q.multiple)) return;
    const last = this.question.value >= questions.length - 1;
    if (!last) {
      this.question.value = answers.nextQuestion(questions, s.values, this.question.value + 1);
      return;
    }
    const open = answers.missing(questions, s.values);
    if (open) {
      this.question.value = questions.indexOf(open);
      this.notice.value = `Choose an answer to "${open.name}" first.`;
      return;
    }
    /* An empty list is an answer, but rarely what a single stray Enter meant. */
    if (answers.isEmptyChoice(questions, s.values) && this.notice.value === null) {
      this.notice.value = "Nothing is chosen. Press Enter once more to say that none of them applies.";
      return;
    }
    this.accept();
  }

  give(answer: Exclude<Answer, "accept">, reason = ""): void {
    const s = this.shown.value;
    if (s) this.finish(s, answer, {}, reason);
  }

  undo(): void {
    const done = this.history.value.at(-1);
    if (!done) return;
    this.history.value = this.history.value.slice(0, -1);
    if (this.shown.value) this.ahead.unshift(this.shown.value.lease);
    const lease = { ...done.shown.lease, id: 0 };
    this.answered += 1;
    this.left.value = (this.left.value ?? 0) + 1;
    if (done.answer === "skip") this.skipped.value -= 1;
    this.show({ ...done.shown, lease, since: this.timing.now() });
    const { project, user } = this;
    void this.outbox.undo(done.id, done.shown.lease.id, {
      id: uuid(), user, project: project.id, item: lease.item.id, kind: "retract", label: null, target: done.id,
    }).then((kept) => { if (kept) this.leased(lease.item.id, done.shown.lease.id); });
  }

  /* Also those this person skipped. */
  again(): Promise<void> {
    this.withSkipped = true;
    return this.fill();
  }

  lookAgain(): Promise<void> {
    return this.fill();
  }

  private accept(): void {
    const s = this.shown.value;
    if (s) this.finish(s, "accept", answers.complete(this.project.questions, s.values), "");
  }

  private finish(s: Shown, answer: Answer, values: Values, reason: string): void {
    const id = uuid();
    const label = {
      id, item: s.lease.item.id, lease: s.lease.id || null, answer, values,
      elapsed_ms: Math.round(this.spent(s)), ...(reason ? { reason } : {}),
    };
    void this.outbox.add({
      id, user: this.user, project: this.project.id, item: label.item, kind: "label", label, target: null,
    });
    this.history.value = [...this.history.value, { id, shown: { ...s, spent_ms: this.spent(s) }, answer }];
    this.answered += 1;
    if (answer === "skip") this.skipped.value += 1;
    if (this.left.value !== null) this.left.value = Math.max(0, this.left.value - 1);
    this.advance();
  }

  private advance(): void {
    const next = this.ahead.shift();
    if (next) this.show({ lease: next, values: {}, at: 0, since: this.timing.now(), spent_ms: 0 });
    else {
      this.shown.value = null;
      this.phase.value = "loading";
    }
    if (this.ahead.length < REFILL) void this.fill();
  }

  private show(shown: Shown): void {
    this.notice.value = null;
    this.question.value = 0;
    this.phase.value = "ready";
    this.shown.value = { ...shown, at: this.number.value };
  }

  private spent(s: Shown): number {
    return s.spent_ms + (Number.isNaN(s.since) ? 0 : this.timing.now() - s.since);
  }

  private held(): number[] {
    const current = this.shown.value ? [this.shown.value.lease] : [];
    return [...current, ...this.ahead].map((l) => l.id).filter((id) => id !== 0);
  }

  private isInHand(item: number): boolean {
    return this.shown.value?.lease.item.id === item || this.ahead.some((l) => l.item.id === item)
      || this.outbox.waiting.value.some((e) => e.item === item && e.project === this.project.id);
  }

  private async fill(): Promise<void> {
    this.asked = this.filling; // what is under way was answered before what we now know
    if (this.filling || this.stopped) return;
    this.filling = true;
    this.cancelRetry();
    const answered = this.answered;
    const settled = this.outbox.waiting.value.length === 0;
    try {
      const { leases, left, items } = await this.server.lease(this.project.id, AHEAD + 1 - this.ahead.length, this.withSkipped);
      this.retry_ms = FIRST_RETRY_MS;
      if (this.stopped) {
        if (leases.length) void this.server.releaseLeases(this.project.id, leases.map((l) => l.id)).catch(() => undefined);
        return;
      }
      /* The server's count is right unless answers were under way; then what is done is our own
         count. Both numbers change together: more items may be coming in. */
      const own = this.left.value === null || (settled && answered === this.answered) ? null : this.total.value - this.left.value;
      this.left.value = own === null ? left : Math.max(0, items - own);
      this.total.value = items;
      this.take(leases, left);
    } catch (failure) {
      this.failed(sentence(failure));
    } finally {
      this.filling = false;
    }
    if (this.asked && !this.shown.value) await this.fill();
  }

  private take(leases: Lease[], left: number): void {
    const fresh = leases.filter((l) => !this.isInHand(l.item.id));
    for (const lease of fresh) this.server.prepare(lease);
    this.ahead.push(...fresh);
    if (this.shown.value) return;
    if (this.ahead.length) this.advance();
    else if (left === 0) this.phase.value = "finished";
    else {
      /* Our own last answers may still be under way; then nobody else has the rest. */
      this.phase.value = this.outbox.waiting.value.length > 0 ? "loading" : "elsewhere";
      this.lookLater(LOOK_AGAIN_MS);
    }
  }

  private failed(why: string): void {
    if (this.stopped) return;
    if (!this.shown.value) {
      this.phase.value = "failed";
      this.notice.value = why;
    }
    this.lookLater(this.retry_ms);
    this.retry_ms = Math.min(this.retry_ms * 2, 30_000);
  }

  private lookLater(ms: number): void {
    this.cancelRetry();
    this.cancelRetry = this.timing.after(ms, () => void this.fill());
  }

  private renewLater(): void {
    this.cancelRenew();
    this.cancelRenew = this.timing.after(RENEW_MS, () => void this.renew());
  }

  /* Keeps what is on show, behind it, and answered but not yet stored. */
  private async renew(): Promise<void> {
    this.renewLater();
    const held = this.held();
    const unsent = this.outbox.waiting.value.flatMap((e) =>
      e.project === this.project.id && e.label?.lease ? [e.label.lease] : []);
    if (this.stopped || held.length + unsent.length === 0) return;
    try {
      const kept = new Set((await this.server.renewLeases(this.project.id, [...held, ...unsent])).map((l) => l.id));
      this.dropLost(held.filter((id) => !kept.has(id)));
    } catch {
      /* The next renewal, or the server's own deadline, will settle it. */
    }
  }

  private dropLost(lost: number[]): void {
    if (lost.length === 0 || this.stopped) return;
    this.ahead = this.ahead.filter((l) => !lost.includes(l.id));
    const s = this.shown.value;
    if (s && lost.includes(s.lease.id)) {
      this.advance();
      this.notice.value = "The item before went back to the queue while the page was away. Here is the next one.";
    }
    if (this.ahead.length < REFILL) void this.fill();
  }

  private hear(news: News): void {
    if (news.what === "changed" || news.what === "login" || news.project !== this.project.id) return;
    if (news.what === "stored") {
      if (this.history.value.some((d) => d.id === news.id)) {
        this.stored.value = news.seq;
        this.feedback.value = news.feedback;
      }
      if (!this.shown.value) void this.fill();
    } else if (news.what === "retracted") this.leased(news.item, news.lease.id);
    else this.stored.value = null;
  }

  /* The undone item is leased to us again. */
  private leased(item: number, lease: number): void {
    const s = this.shown.value;
    if (s && s.lease.item.id === item && s.lease.id === 0) this.shown.value = { ...s, lease: { ...s.lease, id: lease } };
    this.ahead = this.ahead.map((l) => (l.item.id === item && l.id === 0 ? { ...l, id: lease } : l));
  }
}
