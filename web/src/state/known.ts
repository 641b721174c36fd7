/* Known answers: what to propose as one, and how people did on them, in words. */
import type { History, PersonChecks, Question, Values } from "../api";
import { count, percent } from "../format";

/* What is said of the item already: the decision, else what everybody who answered said. Classes
 * that are no more are left out; what people said differently stays open. */
export function proposed(questions: readonly Question[], history: History | null): Values {
  const said = history?.decision ? [history.decision] : (history?.answers ?? []);
  const [first, ...others] = said.filter((a) => a.answer === "accept").map((a) => a.values);
  if (!first || said.some((a) => a.answer !== "accept")) return {};
  const values: Values = {};
  for (const q of questions) {
    const value = first[q.name];
    if (value === undefined || others.some((o) => JSON.stringify(o[q.name]) !== JSON.stringify(value))) continue;
    const names = q.classes.map((c) => c.name);
    if ([value].flat().every((name) => names.includes(name))) values[q.name] = value;
  }
  return values;
}

/* "8 of 10 (80 %)"; a dash where nothing was asked. */
export const shareInWords = (n: number, of: number): string => (of === 0 ? "–" : `${count(n)} of ${count(of)} (${percent(n / of)})`);

/* Who errs most comes first; who was asked nothing of the kind, last. */
export function byTrouble(people: readonly PersonChecks[]): PersonChecks[] {
  const share = (p: PersonChecks) => (p.gold === 0 ? 2 : p.right / p.gold);
  return [...people].sort((a, b) => share(a) - share(b) || b.gold - a.gold || a.user.id - b.user.id);
}
