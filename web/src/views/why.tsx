/*
 * Why a version answers as it does: the part of a picture, or the words of a text, that carried the answer.
 * A button, and below it what the server found by covering parts, or leaving words out (api.explainItem).
 */
import { useState } from "preact/hooks";
import { attempt } from "../app";
import * as api from "../api";
import type { Why as Explanation, WhyRegion } from "../api";
import { percent } from "../format";
import { carrying, cells, place, stretches } from "../state/why";

interface WhyProps { project: number; version: number; item: number; text: string | null } // text: of one that is a text

export function Why({ project, version, item, text }: WhyProps) {
  const [found, setFound] = useState<Explanation | null>(null);
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const ask = async () => {
    setOpen(!open);
    if (open || found !== null) return;
    setBusy(true);
    if (!(await attempt(async () => setFound(await api.explainItem(project, version, item))))) setOpen(false);
    setBusy(false);
  };
  return (
    <div class="because">
      <button type="button" class="quiet" aria-expanded={open} disabled={busy} onClick={() => void ask()}>{busy ? "Looking …" : "Why?"}</button>
      {open && found !== null && <Found found={found} item={item} text={text} />}
    </div>
  );
}

function Found({ found, item, text }: { found: Explanation; item: number; text: string | null }) {
  return (
    <div class="because-found" role="status">
      {found.region && <Region region={found.region} found={found} item={item} />}
      {found.words && text !== null && <Words found={found} text={text} />}
      {found.unknown && <p class="hint">It is unlike anything this version was taught.</p>}
    </div>
  );
}

const answer = (found: Explanation): string => `${found.class} (${percent(found.probability)})`;

function Region({ region, found, item }: { region: WhyRegion; found: Explanation; item: number }) {
  const all = cells(region);
  if (all === null) return <p class="hint">No part alone carried {answer(found)}: whichever is covered, the answer stays.</p>;
  return (
    <>
      <div class="because-picture">
        <img src={api.thumbUrl(item)} alt={`Item ${item}`} />
        <svg viewBox={`0 0 ${region.columns} ${region.rows}`} preserveAspectRatio="none" shape-rendering="crispEdges" aria-hidden="true">
          {all.map((c) => <rect key={`${c.x} ${c.y}`} x={c.x} y={c.y} width="1" height="1" fill-opacity={(0.8 * (1 - c.strength)).toFixed(2)} />)}
        </svg>
      </div>
      <p class="hint">What carried {answer(found)} lies {place(region)}: the brighter, the more is lost when it is covered.</p>
    </>
  );
}

function Words({ found, text }: { found: Explanation; text: string }) {
  const first = carrying(text, found.words ?? [], 3);
  return (
    <>
      <p class="because-text">{stretches(text, found.words ?? []).map((s, i) =>
        s.level === 0 ? s.text : <mark key={i} class={s.level < 0 ? "against" : `for-${s.level}`}>{s.text}</mark>)}</p>
      <p class="hint">{first.length === 0 ? `No word alone carried ${answer(found)}.`
        : `${answer(found)} was carried most by ${first.map((w) => `“${w}”`).join(", ")}. Struck through: what speaks against it.`}</p>
    </>
  );
}
