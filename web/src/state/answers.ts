/*
 * What a person has answered so far about one item: which question is asked now, what a chosen class
 * does, and when everything needed is there. Pure functions.
 */
import type { Question, Values } from "../api";

export const isAnswered = (q: Question, values: Values): boolean => q.multiple || q.name in values;

/* The question a key answers now: the first single choice still open, else the one last in hand. */
export function nextQuestion(questions: readonly Question[], values: Values, at: number): number {
  const open = questions.findIndex((q, i) => i >= at && !isAnswered(q, values));
  const stop = questions.findIndex((q, i) => i > at && q.multiple);
  if (stop !== -1 && (open === -1 || stop < open)) return stop;
  if (open !== -1) return open;
  const earlier = questions.findIndex((q) => !isAnswered(q, values));
  return earlier === -1 ? at : earlier;
}

export function choose(q: Question, values: Values, name: string): Values {
  if (!q.multiple) return { ...values, [q.name]: name };
  const chosen = values[q.name];
  const list = Array.isArray(chosen) ? chosen : [];
  const next = list.includes(name) ? list.filter((c) => c !== name) : [...list, name];
  /* In the order of the classes, whatever the order of the keys. */
  return { ...values, [q.name]: q.classes.map((c) => c.name).filter((c) => next.includes(c)) };
}

export const isChosen = (q: Question, values: Values, name: string): boolean => {
  const value = values[q.name];
  return Array.isArray(value) ? value.includes(name) : value === name;
};

/* Nothing is left to ask: no Enter is needed when every question takes one class. */
export const sendsItself = (questions: readonly Question[], values: Values): boolean =>
  questions.every((q) => !q.multiple && q.name in values);

export const missing = (questions: readonly Question[], values: Values): Question | undefined =>
  questions.find((q) => !isAnswered(q, values));

/* The values as they are sent: an untouched multiple choice is an empty list, said on purpose. */
export const complete = (questions: readonly Question[], values: Values): Values =>
  Object.fromEntries(questions.map((q) => [q.name, values[q.name] ?? (q.multiple ? [] : "")]));

export const isEmptyChoice = (questions: readonly Question[], values: Values): boolean =>
  questions.some((q) => q.multiple && ((values[q.name] as string[] | undefined) ?? []).length === 0);
