/* The answer to one question as a field of a form; "" is a choice that was not made yet. */
import type { Question } from "../api";
import { Check, Select } from "./field";

interface Props { question: Question; value: string | string[]; set(v: string | string[]): void }

export function AnswerField({ question: q, value, set }: Props) {
  const classes = q.classes.map((c) => c.name);
  if (!q.multiple) {
    const options = classes.map((name) => [name, name] as const);
    return <Select label={q.name} value={String(value)} set={set} options={value === "" ? [["", "Choose …"], ...options] : options} />;
  }
  const chosen = new Set(value);
  return (
    <fieldset class="field">
      <legend>{q.name}</legend>
      {classes.map((name) => (
        <Check key={name} label={name} checked={chosen.has(name)}
          set={(on) => set(classes.filter((other) => (other === name ? on : chosen.has(other))))} />
      ))}
    </fieldset>
  );
}
