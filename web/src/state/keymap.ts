/*
 * The one table of keys: it drives the shortcuts and the help sheet alike. Class keys come from the
 * project and never collide with it (the server keeps these letters free).
 */
import type { Question } from "../api";

export type Action = "submit" | "undo" | "skip" | "skip-why" | "flag" | "reject" | "why" | "help";
export interface Binding { action: Action; keys: string[]; hint: string; where: "label" | "everywhere" }

export const KEYMAP: readonly Binding[] = [
  { action: "submit", keys: ["Enter"], where: "label", hint: "Send the answer where several classes may be chosen" },
  { action: "undo", keys: ["u", "Ctrl+z", "Backspace", "z"], where: "label", hint: "Undo: the last item comes back, as often as you like" },
  { action: "skip", keys: ["s"], where: "label", hint: "Skip: somebody else may take this one" },
  { action: "skip-why", keys: ["."], where: "label", hint: "Skip, and say why" },
  { action: "flag", keys: ["f"], where: "label", hint: "Flag: this item needs a second look" },
  { action: "reject", keys: ["r"], where: "label", hint: "Reject: this item cannot be labelled" },
  { action: "why", keys: ["i"], where: "label", hint: "Show or hide why this item came" },
  { action: "help", keys: ["?"], where: "everywhere", hint: "This sheet" },
];

export interface Press { key: string; code: string; ctrlKey: boolean; metaKey: boolean; altKey: boolean }

/* "Ctrl+z" for the press; a Latin letter or digit by its place when the layout has another there. */
function names(press: Press): string[] {
  if (press.altKey) return [];
  const place = /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(press.code);
  const placed = place ? (place[1] ?? place[2] ?? "").toLowerCase() : null;
  const typed = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  const prefix = press.ctrlKey || press.metaKey ? "Ctrl+" : "";
  return placed !== null && placed !== typed ? [prefix + typed, prefix + placed] : [prefix + typed];
}

export type Meaning = { action: Action } | { className: string; question: number };

/*
 * What a press means on the labelling page. The typed character wins over the key's place, and the
 * question in hand (`at`) over the others, should two of them share a key.
 */
export function meaning(press: Press, questions: readonly Question[], at: number): Meaning | null {
  const order = [at, ...questions.keys()].filter((q) => q in questions);
  for (const name of names(press)) {
    for (const question of order) {
      const chosen = questions[question]!.classes.find((c) => c.key.toLowerCase() === name);
      if (chosen) return { className: chosen.name, question };
    }
    const binding = KEYMAP.find((b) => b.keys.includes(name));
    if (binding) return { action: binding.action };
  }
  return null;
}

export const firstKey = (action: Action): string => KEYMAP.find((b) => b.action === action)!.keys[0]!.toUpperCase();
