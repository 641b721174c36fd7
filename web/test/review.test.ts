import { describe, expect, it } from "vitest";
import type { Answer, ItemAnswer, ItemToReview, NewDecision, Values } from "../src/api";
import { mostSaid, Review, type ReviewServer } from "../src/state/review";
import { pieces } from "../src/views/comments";
import { project } from "./fakes";

let seq = 0;
const answer = (cls: string | null, kind: Answer = "accept"): ItemAnswer => {
  seq += 1;
  const values: Values = cls === null ? {} : { class: cls };
  return { id: `l${seq}`, seq, user: { id: seq, name: `P${seq}` }, answer: kind, values, reason: null, at: "", elapsed_ms: 0 };
};
const item = (id: number, answers: ItemAnswer[]): ItemToReview =>
  ({ id, kind: "image", width: 8, height: 8, meta: {}, state: "labelled", disputed: false, answers });

class Server implements ReviewServer {
  sent: NewDecision[] = [];
  returned: string[] = [];
  refuse = "";
  constructor(readonly pages: ItemToReview[][]) {}
  listToReview(_project: number, after: string | null) {
    const at = after === null ? 0 : Number(after);
    const items = this.pages[at] ?? [];
    return Promise.resolve({ items, to_review: this.pages.flat().length, disputed: 0, next: at + 1 < this.pages.length ? String(at + 1) : null });
  }
  decide(_project: number, d: NewDecision) {
    this.sent.push(d);
    return this.refuse ? Promise.reject(new Error(this.refuse)) : Promise.resolve({ seq: 100 + this.sent.length });
  }
  returnLabel(_project: number, label: string) {
    this.returned.push(label);
    return Promise.resolve({ seq: 1 });
  }
}

async function begun(pages: ItemToReview[][]) {
  const server = new Server(pages);
  const said: string[] = [];
  const review = new Review(project(6), server, (t) => said.push(t));
  await review.start();
  return { server, review, said };
}

describe("which answer is marked", () => {
  it("is what most people said", () => {
    expect(mostSaid([answer("a"), answer("b"), answer("b")])).toBe(1);
    expect(mostSaid([answer("a")])).toBe(0);
  });
  it("is none when nobody has a majority, or it is a flag", () => {
    expect(mostSaid([answer("a"), answer("b")])).toBe(-1);
    expect(mostSaid([answer(null, "flag")])).toBe(-1);
    expect(mostSaid([])).toBe(-1);
  });
});

describe("reviewing", () => {
  it("takes the marked answer and shows the next item in the same tick", async () => {
    const { server, review } = await begun([[item(1, [answer("a")]), item(2, [answer("b")])]]);
    const first = review.item.value!.answers[0]!.seq;
    review.accept();
    expect(review.item.value?.id).toBe(2);
    expect(server.sent[0]).toMatchObject({ item: 1, accepts: first, replaces: 0 });
    expect(review.toReview.value).toBe(1);
  });

  it("asks for a choice where people are divided, and sends nothing", async () => {
    const { server, review } = await begun([[item(1, [answer("a"), answer("b")])]]);
    review.accept();
    expect(server.sent).toHaveLength(0);
    expect(review.notice.value).toMatch(/majority/);
    review.select(1);
    review.accept();
    expect(server.sent).toHaveLength(1);
  });

  it("gives a better answer with one key", async () => {
    const { server, review } = await begun([[item(1, [answer("a")])]]);
    const other = review.project.questions[0]!.classes[1]!.name;
    review.choose(other);
    expect(server.sent[0]).toMatchObject({ item: 1, answer: "accept", values: { class: other } });
    expect(review.phase.value).toBe("finished");
  });

  it("brings the last item back when a decision is undone, by its own number", async () => {
    const { server, review } = await begun([[item(1, [answer("a")]), item(2, [answer("b")])]]);
    review.accept();
    await review.undo();
    expect(server.sent[1]).toMatchObject({ item: 1, answer: null, replaces: 101 });
    expect(review.item.value?.id).toBe(1);
    expect(review.toReview.value).toBe(2);
    review.later();
    expect(review.item.value?.id).toBe(2);
  });

  it("says why a decision was refused", async () => {
    const { server, review, said } = await begun([[item(1, [answer("a")])]]);
    server.refuse = "item 1 was decided meanwhile";
    review.accept();
    await Promise.resolve();
    await Promise.resolve();
    expect(said).toEqual(["item 1 was decided meanwhile"]);
    expect(review.done.value).toHaveLength(0);
  });

  it("sends a label back and goes on", async () => {
    const { server, review } = await begun([[item(1, [answer("a")]), item(2, [answer("b")])]]);
    const label = review.item.value!.answers[0]!;
    await review.giveBack(label, "Look again.");
    expect(server.returned).toEqual([label.id]);
    expect(review.item.value?.id).toBe(2);
  });

  it("reads on page by page", async () => {
    const { review } = await begun([[item(1, [answer("a")])], [item(2, [answer("a")])], [item(3, [answer("a")])]]);
    const seen: number[] = [];
    for (let k = 0; k < 3; k += 1) {
      seen.push(review.item.value!.id);
      review.accept();
      await new Promise((done) => setTimeout(done));
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(review.phase.value).toBe("finished");
  });
});

describe("marks in a text", () => {
  it("are counted in code points, not in halves of a character", () => {
    expect(pieces("a😀bc", [{ start: 1, end: 3 }])).toEqual([{ text: "a", marked: false }, { text: "😀b", marked: true }, { text: "c", marked: false }]);
  });
});
