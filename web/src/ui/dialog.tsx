/*
 * A modal dialog: the browser's own <dialog>, so focus is kept inside, Escape closes it, and focus
 * returns to where it was.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { CrossIcon } from "./icons";

interface Props { title: string; close(): void; children: ComponentChildren; wide?: "wide" }

export function Dialog({ title, close, children, wide }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={box} class={`dialog ${wide ?? ""}`} aria-labelledby={heading}
      onCancel={(e) => { e.preventDefault(); close(); }}
      onClick={(e) => { if (e.target === box.current) close(); }}>
      <div class="dialog-inner">
        <header class="dialog-head">
          <h2 id={heading}>{title}</h2>
          <button type="button" class="quiet square" aria-label="Close" onClick={close}><CrossIcon /></button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
