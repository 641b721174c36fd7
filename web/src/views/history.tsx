/* What became of an item: who answered what and when, why it came to them, what reviewers made of it; and any
 * earlier answer brought back, as a new event. */
import { useState } from "preact/hooks";
import { attempt, say } from "../app";
import * as api from "../api";
import type { History, Item, ItemEvent, Project } from "../api";
import { answerInWords, when } from "../format";
import { href } from "../router";
import { mayIn } from "../state/session";
import { uuid } from "../state/uuid";

const nameOf = (p: { name: string } | null): string => p?.name || "somebody who left";

function said(e: ItemEvent): string {
  const who = e.user?.name || "Somebody who left";
  switch (e.kind) {
    case "label": return `${who} answered: ${answerInWords(e.answer, e.values)}`;
    case "retract": return `${who} took answer no. ${e.of} back`;
    case "return": return `${who} sent answer no. ${e.of} back to ${nameOf(e.to)}`;
    case "decide":
      if (e.answer === null) return `${who} withdrew the decision`;
      return `${who} decided: ${answerInWords(e.answer, e.values)}${e.of ? `, as answer no. ${e.of}` : e.restores ? `, restored from no. ${e.restores}` : ""}`;
    default: return `${who}: ${e.kind}`;
  }
}

/* What stands now: the decision, else the labels that count. */
export function Standing({ history }: { history: History }) {
  const d = history.decision;
  if (d) return <p class="standing-line"><strong>{answerInWords(d.answer, d.values)}</strong>, decided by {nameOf(d.user)}, {when(d.at)}{d.note && <>: <span dir="auto">{d.note}</span></>}</p>;
  if (history.answers.length === 0) return <p class="hint">No answer stands.</p>;
  return (
    <ul class="lines">
      {history.answers.map((a) => <li key={a.id} class="line"><span class="grow"><strong>{answerInWords(a.answer, a.values)}</strong> · {nameOf(a.user)}</span><span class="hint">no. {a.seq}, {when(a.at)}</span></li>)}
    </ul>
  );
}

export function HistoryList({ history, item, project, reload }: { history: History; item: Item; project: Project; reload(): Promise<void> }) {
  const events = [...history.events].reverse();
  if (events.length === 0) return <p class="hint">Nobody has answered yet.</p>;
  const current = new Set([history.decision?.seq, ...(history.decision ? [] : history.answers.map((a) => a.seq))]);
  return (
    <ol class="lines history" aria-label="Newest first">
      {events.map((e) => <Event key={e.seq} event={e} stands={current.has(e.seq)} item={item} project={project} reload={reload} />)}
    </ol>
  );
}

function Event({ event: e, stands, item, project, reload }: { event: ItemEvent; stands: boolean; item: Item; project: Project; reload(): Promise<void> }) {
  const [asked, setAsked] = useState(false);
  const mayRestore = mayIn(project, "reviewer") && !stands && (e.answer === "accept" || e.answer === "reject");
  const restore = () => attempt(async () => {
    const { seq } = await api.decide(project.id, { id: uuid(), item: item.id, restores: e.seq });
    say(`Restored: the decision is no. ${seq} of the ledger.`);
    await reload();
  });
  return (
    <li class={`line event ${e.kind}`}>
      <div class="grow">
        <p>{said(e)}{stands && <span class="stands">stands now</span>}</p>
        {(e.note ?? e.reason) && <p class="comment-quote" dir="auto">{e.note ?? e.reason}</p>}
        <p class="hint">no. {e.seq}, {when(e.at)}{e.receipt && <> · {e.receipt.reason}</>}
          {e.kind === "label" && e.id && mayIn(project, "reviewer") && <> · <a href={href(`/p/${project.id}/trace/${e.id}`)}>What came of it</a></>}</p>
      </div>
      {mayRestore && (asked
        ? <div class="row tight wrap"><button type="button" class="primary" onClick={() => void restore()}>Restore it</button><button type="button" class="quiet" onClick={() => setAsked(false)}>Cancel</button></div>
        : <button type="button" class="quiet" aria-label={`Restore answer no. ${e.seq}`} onClick={() => setAsked(true)}>Restore</button>)}
    </li>
  );
}
