/* The labels the server refused, each with its sentence: nothing disappears without a word. */
import { app, attempt } from "../app";
import { valuesInWords } from "../format";
import { Dialog } from "./dialog";

export function Refused({ close }: { close(): void }) {
  const entries = app.outbox.refused.value;
  return (
    <Dialog title="Labels the server did not accept" close={close}>
      {entries.length === 0 && <p>There are none any more.</p>}
      <ul class="lines">
        {entries.map((e) => (
          <li key={e.id} class="line">
            <div class="grow">
              <p><strong>Item {e.item}</strong> · {e.kind === "retract" ? "undo" : valuesInWords(e.label?.values ?? null) || e.label?.answer}</p>
              <p class="hint">{e.refused}</p>
            </div>
            <button type="button" onClick={() => void attempt(() => app.outbox.retry(e))}>Try again</button>
            <button type="button" class="quiet" onClick={() => void attempt(() => app.outbox.dismiss(e))}>Remove</button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
