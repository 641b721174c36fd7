import { describe, expect, it } from "vitest";
import type { Answer, Decision, History, ItemAnswer, PersonChecks, Values } from "../src/api";
import { byTrouble, proposed, shareInWords } from "../src/state/known";
import { choice } from "./fakes";

const said = (values: Values, answer: Answer = "accept") => ({ answer, values }) as ItemAnswer;
const history = (answers: ItemAnswer[], decision: ItemAnswer | null = null): History =>
  ({ state: "open", decision: decision as Decision | null, answers, events: [] });

describe("what is proposed as the known answer", () => {
  const questions = [choice("class"), { ...choice("parts"), multiple: true }];
  it("is the decision, whatever people said", () =>
    expect(proposed(questions, history([said({ class: "hat" })], said({ class: "shoes", parts: ["hat"] })))).toEqual({ class: "shoes", parts: ["hat"] }));
  it("is what everybody says, question by question", () => {
    const two = [said({ class: "hat", parts: ["hat"] }), said({ class: "hat", parts: [] })];
    expect(proposed(questions, history(two))).toEqual({ class: "hat" });
  });
  it("is nothing where nobody answered, somebody rejected, or the class is no more", () => {
    expect(proposed(questions, null)).toEqual({});
    expect(proposed(questions, history([]))).toEqual({});
    expect(proposed(questions, history([said({ class: "hat" }), said({}, "reject")]))).toEqual({});
    expect(proposed(questions, history([said({ class: "glove" })]))).toEqual({});
  });
});

describe("how people do", () => {
  const person = (id: number, gold: number, right: number): PersonChecks => ({ user: { id, name: "" }, gold, right, again: 0, agree: 0 });
  it("puts who errs most first, and who was not asked last", () =>
    expect(byTrouble([person(1, 0, 0), person(2, 10, 9), person(3, 4, 1), person(4, 20, 18)]).map((p) => p.user.id)).toEqual([3, 4, 2, 1]));
  it("says a share, and nothing of none", () =>
    expect([shareInWords(8, 10), shareInWords(0, 3), shareInWords(0, 0)]).toEqual(["8 of 10 (80 %)", "0 of 3 (0 %)", "–"]));
});
