/* A labelled input with an optional hint, and the button that waits for its own work. */
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";

interface FieldProps {
  label: string; hint?: string; value: string; set(value: string): void; type?: "text" | "password"; required?: boolean;
  minLength?: number; maxLength?: number; autoComplete?: string; autoFocus?: boolean; placeholder?: string;
  among?: readonly string[]; // suggested; anything else may be typed
}

export function Field({ label, hint, value, set, type = "text", among, ...input }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input {...input} type={type as "text"} id={id} value={value} aria-describedby={hint ? `${id}-hint` : undefined}
        list={among ? `${id}-among` : undefined} onInput={(e) => set(e.currentTarget.value)} />
      {among && <datalist id={`${id}-among`}>{among.map((x) => <option key={x} value={x} />)}</datalist>}
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

interface NumberProps { label: string; hint?: string; value: string; set(value: string): void; min: number; max: number }

/* A whole number. */
export function NumberField({ label, hint, value, set, min, max }: NumberProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input class="number" type="number" inputMode="numeric" required id={id} value={value} min={min} max={max} step={1}
        aria-describedby={hint ? `${id}-hint` : undefined} onInput={(e) => set(e.currentTarget.value)} />
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

interface SelectProps { label: string; value: string; set(value: string): void; options: readonly (readonly [string, string])[]; hint?: string }

export function Select({ label, value, set, options, hint }: SelectProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(e) => set(e.currentTarget.value)}
        aria-describedby={hint ? `${id}-hint` : undefined}>
        {options.map(([key, text]) => <option key={key} value={key} selected={key === value}>{text}</option>)}
      </select>
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

interface CheckProps { label: string; hint?: string; checked: boolean; set(checked: boolean): void }

export function Check({ label, hint, checked, set }: CheckProps) {
  const id = useId();
  return (
    <div class="check">
      <input type="checkbox" id={id} checked={checked} aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(e) => set(e.currentTarget.checked)} />
      <div>
        <label for={id}>{label}</label>
        {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      </div>
    </div>
  );
}

/* A form whose failures are shown in it, in the server's words, and read out. */
export function Form({ send, children, class: name }: {
  send(): Promise<void>; children: (busy: boolean) => ComponentChildren; class?: string;
}) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const submit = async (e: Event) => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure("");
    try {
      await send();
    } catch (problem) {
      setFailure(problem instanceof Error ? problem.message : String(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class={name ?? "form"} onSubmit={(e) => void submit(e)}>
      {children(busy)}
      <p class="failure" role="alert">{failure}</p>
    </form>
  );
}

/* A secret to hand on: shown once, with a button that copies it. */
export function Secret({ label, value }: { label: string; value: string }) {
  const [copied, setCopied] = useState(false);
  const id = useId();
  const copy = async () => {
    const input = document.getElementById(id) as HTMLInputElement;
    input.select();
    /* The clipboard needs https or localhost; elsewhere the text is at least selected. */
    try {
      await navigator.clipboard.writeText(value);
    } catch {
      document.execCommand("copy");
    }
    setCopied(true);
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="row">
        <input id={id} class="mono grow" readOnly value={value} />
        <button type="button" class="primary" onClick={() => void copy()}>{copied ? "Copied" : "Copy"}</button>
      </div>
    </div>
  );
}
