/* The help sheet: made from the keymap, so that it cannot disagree with the keys. */
import { signal } from "@preact/signals";
import { KEYMAP } from "../state/keymap";
import { Dialog } from "./dialog";

export const helpOpen = signal(false);

const shown = (key: string): string => (key.length === 1 ? key.toUpperCase() : key.replace("+z", " + Z"));

export function HelpSheet() {
  if (!helpOpen.value) return null;
  return (
    <Dialog title="Keys and help" close={() => (helpOpen.value = false)}>
      <p class="lead">One key answers, and the next item is there. Labels are kept in this browser until the server has stored them.</p>
      <table class="keys">
        <caption class="sr">Keys</caption>
        <tbody>
          <tr><th scope="row"><kbd>1</kbd> – <kbd>9</kbd>, letters</th><td>Choose the class with that key</td></tr>
          {KEYMAP.map((b) => (
            <tr key={b.action}>
              <th scope="row">{b.keys.map((k, i) => <span key={k}>{i > 0 && " or "}<kbd>{shown(k)}</kbd></span>)}</th>
              <td>{b.hint}</td>
            </tr>
          ))}
          <tr><th scope="row"><kbd>Esc</kbd></th><td>Close a sheet like this one</td></tr>
        </tbody>
      </table>
      <p class="hint">The order of the items is chosen so that few labels teach the most; every item says why it came.
        Some come at random, on purpose: only those measure how good the model's guesses are.</p>
    </Dialog>
  );
}
