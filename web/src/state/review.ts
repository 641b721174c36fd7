/*
 * One reviewer going through what is to be reviewed: the item on show, the ones behind it, and the way back.
 *
 *     const r = new Review(project, server, say);
 *     await r.start();      r.accept();      r.choose("shoes");      r.undo();
 *
 * Deciding never waits: the decision is sent, and the next item is on show in the same tick. One that the
 * server refuses comes back with its reason.
 */
import { signal } from "@preact/signals";
import { sentence, type ItemAnswer, type ItemToReview, type NewDecision, type Project, type Values } from "../api";
import * as answers from "./answers";
import { uuid } from "./uuid";

export interface ReviewServer {
  listToReview(project: number, after: string | null, limit: number):
    Promise<{ items: ItemToReview[]; to_review: number; disputed: number; next: string | null }>;
  decide(project: number, decision: NewDecision): Promise<{ seq: number }>;
  returnLabel(project: number, label: string, id: string, comment: string): Promise<{ seq: number }>;
}

interface Done { item: ItemToReview; sent: Promise<number | null> } // ledger number of the decision; null: refused

const PAGE = 20;
const REFILL = 5;

/* Where most people are; -1 when no answer has more than the others, or it decides nothing. */
export function mostSaid(list: readonly ItemAnswer[]): number {
  const said = (a: ItemAnswer) => JSON.stringify([a.answer, a.values]);
  const votes = list.map((a) => list.filter((b) => said(a) === said(b)).length);
  const most = Math.max(0, ...votes);
  const first = votes.indexOf(most);
  if (first === -1 || list[first]!.answer === "flag") return -1;
  return list.every((a, i) => votes[i] !== most || said(a) === said(list[first]!)) ? first : -1;
}

export class Review {
  readonly phase = signal<"loading" | "ready" | "finished" | "failed">("loading");
  readonly item = signal<ItemToReview | null>(null);
  readonly selected = signal(-1);
  readonly values = signal<Values>({});
  readonly question = signal(0);
  readonly toReview = signal(0);
  readonly disputed = signal(0);
  readonly done = signal<readonly Done[]>([]);
  readonly passed = signal(0);
  readonly notice = signal<string | null>(null);
  private ahead: ItemToReview[] = [];
  private next: string | null = null;
  private filling = false;

  constructor(readonly project: Project, private readonly server: ReviewServer, private readonly complain: (text: string) => void) {}

  start(): Promise<void> {
    this.ahead = [];
    this.next = null;
    this.passed.value = 0;
    this.item.value = null;
    this.phase.value = "loading";
    return this.fill();
  }

  select(at: number): void {
    const n = this.item.value?.answers.length ?? 0;
    if (n) this.selected.value = Math.min(n - 1, Math.max(0, at));
    this.notice.value = null;
  }

  /* The selected answer is taken as it is. */
  accept(at = this.selected.value): void {
    const item = this.item.value;
    const answer = item?.answers[at];
    if (!item) return;
    if (!answer) this.notice.value = "No answer has a majority: choose one with the arrow keys, or a class.";
    else if (answer.answer === "flag") this.notice.value = "A flag decides nothing: choose a class, or reject the item.";
    else this.send(item, { accepts: answer.seq });
  }

  /* A better answer; with one question of one class it is sent at once. */
  choose(name: string, question = this.question.value): void {
    const item = this.item.value;
    const q = this.project.questions[question];
    if (!item || !q || !q.classes.some((c) => c.name === name)) return;
    this.question.value = question;
    this.notice.value = null;
    this.values.value = answers.choose(q, this.values.value, name);
    if (answers.sendsItself(this.project.questions, this.values.value)) this.fix();
    else if (!q.multiple) this.question.value = answers.nextQuestion(this.project.questions, this.values.value, question);
  }

  isFixing(): boolean {
    return Object.keys(this.values.value).length > 0;
  }

  fix(): void {
    const item = this.item.value;
    const open = answers.missing(this.project.questions, this.values.value);
    if (!item) return;
    if (open) this.notice.value = `Choose an answer to "${open.name}" first.`;
    else this.send(item, { answer: "accept", values: answers.complete(this.project.questions, this.values.value) });
  }

  reject(): void {
    const item = this.item.value;
    if (item) this.send(item, { answer: "reject" });
  }

  /* Not now: it stays in the list. */
  later(): void {
    if (!this.item.value) return;
    this.passed.value += 1;
    this.advance();
  }

  /* The label goes back to its person, and the item with it. */
  async giveBack(answer: ItemAnswer, comment: string): Promise<void> {
    const item = this.item.value;
    await this.server.returnLabel(this.project.id, answer.id, uuid(), comment);
    if (!item || this.item.value?.id !== item.id) return;
    this.leave(item);
    this.advance();
  }

  /* The last decision is withdrawn, and its item is on show again. */
  async undo(): Promise<void> {
    const last = this.done.value.at(-1);
    if (!last) return;
    this.done.value = this.done.value.slice(0, -1);
    const seq = await last.sent;
    if (seq === null) return;
    try {
      await this.server.decide(this.project.id, { id: uuid(), item: last.item.id, answer: null, replaces: seq });
      this.comeBack(last.item);
    } catch (failure) {
      this.complain(sentence(failure));
    }
  }

  private send(item: ItemToReview, what: Omit<NewDecision, "id" | "item">): void {
    const sent = this.server.decide(this.project.id, { id: uuid(), item: item.id, replaces: 0, ...what })
      .then((r) => r.seq, (failure) => {
        this.complain(sentence(failure));
        this.done.value = this.done.value.filter((d) => d.sent !== sent);
        return null;
      });
    this.done.value = [...this.done.value, { item, sent }];
    this.leave(item);
    this.advance();
  }

  private leave(item: ItemToReview): void {
    this.toReview.value = Math.max(0, this.toReview.value - 1);
    if (item.disputed) this.disputed.value = Math.max(0, this.disputed.value - 1);
  }

  private comeBack(item: ItemToReview): void {
    this.toReview.value += 1;
    if (item.disputed) this.disputed.value += 1;
    if (this.item.value) this.ahead.unshift(this.item.value);
    this.show(item);
  }

  private advance(): void {
    const next = this.ahead.shift();
    if (next) this.show(next);
    else {
      this.item.value = null;
      this.phase.value = this.next === null && !this.filling ? "finished" : "loading";
    }
    if (this.ahead.length < REFILL && this.next !== null) void this.fill();
  }

  private show(item: ItemToReview): void {
    this.notice.value = null;
    this.values.value = {};
    this.question.value = 0;
    this.selected.value = mostSaid(item.answers);
    this.phase.value = "ready";
    this.item.value = item;
  }

  private async fill(): Promise<void> {
    if (this.filling) return;
    this.filling = true;
    const first = this.next === null;
    try {
      const page = await this.server.listToReview(this.project.id, this.next, PAGE);
      this.next = page.next;
      this.ahead.push(...page.items);
      if (first) {
        this.toReview.value = page.to_review;
        this.disputed.value = page.disputed;
      }
    } catch (failure) {
      this.next = null;
      this.notice.value = sentence(failure);
      if (!this.item.value) this.phase.value = "failed";
      return;
    } finally {
      this.filling = false;
    }
    if (!this.item.value) this.advance();
  }
}
