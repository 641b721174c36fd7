/* Doing one thing to many items: those that were chosen, or all that were found; and undoing it. */
import { useEffect, useState } from "preact/hooks";
import { attempt, say } from "../app";
import * as api from "../api";
import type { Bulk, BulkAction, NewBulk, Project, Values } from "../api";
import { count, nThings, when } from "../format";
import { bulkFilter, type Filter } from "../state/grid";
import type { ProjectState } from "../state/project";
import { mayIn } from "../state/session";
import { AnswerField } from "../ui/answer";
import { Dialog } from "../ui/dialog";
import { Field, Form, NumberField } from "../ui/field";

/* "all": everything that the filter finds, also what was not fetched yet. */
export type Chosen = ReadonlySet<number> | "all";

interface BarProps {
  project: Project; state: ProjectState; chosen: Chosen; found: number | null; filter: Filter;
  choose(chosen: Chosen): void; leave(): void;
}

const ACTIONS: readonly (readonly [Exclude<BulkAction, "undo">, string])[] = [
  ["label", "Label …"], ["reject", "Reject …"], ["withdraw", "Take decisions back …"], ["priority", "Priority …"],
];

export function BulkBar({ project, state, chosen, found, filter, choose, leave }: BarProps) {
  const [doing, setDoing] = useState<Exclude<BulkAction, "undo"> | null>(null);
  const n = chosen === "all" ? found : chosen.size;
  const words = chosen === "all" ? (found === null ? "All that were found" : `All ${nThings(found, project)} that were found`) : `${nThings(chosen.size, project)} chosen`;
  const act = async (what: Omit<NewBulk, "items" | "filter">) => {
    const which = chosen === "all" ? { filter: bulkFilter(filter) } : { items: [...chosen] };
    const { job } = await api.beginBulk(project.id, { ...what, ...which });
    setDoing(null);
    leave();
    void state.ended(job).then((ended) => {
      say(ended.state === "done" ? `${ended.message}. It can be undone below.` : (ended.message ?? "It was stopped."), ended.state === "failed" ? "bad" : "plain");
      void state.grid.again();
    });
  };
  return (
    <div class="bulk-bar" role="group" aria-label="What is chosen">
      <p class="grow" role="status">{words}</p>
      {chosen !== "all" && <button type="button" class="quiet" onClick={() => choose("all")}>Choose all that were found</button>}
      {ACTIONS.filter(([action]) => action !== "priority" || mayIn(project, "manager")).map(([action, name]) => (
        <button type="button" key={action} disabled={n === 0} onClick={() => setDoing(action)}>{name}</button>
      ))}
      <button type="button" class="quiet" onClick={leave}>Done</button>
      {doing && <Ask action={doing} project={project} words={words} close={() => setDoing(null)} act={act} />}
    </div>
  );
}

interface AskProps {
  action: Exclude<BulkAction, "undo">; project: Project; words: string; close(): void; act(what: Omit<NewBulk, "items" | "filter">): Promise<void>;
}

const TITLES = { label: "Label them", reject: "Reject them", withdraw: "Take decisions back", priority: "How soon they come" };
const MEANINGS = {
  label: "This is your decision for each of them. It stands above the labels of others, which stay as they are.",
  reject: "Your decision for each of them: it cannot be labelled. Labels stay as they are.",
  withdraw: "Reviewers' decisions for them are taken back, so the labels count again.",
  priority: "Of open items, those of the highest priority are handed out first. 0 is every item's.",
};

function Ask({ action, project, words, close, act }: AskProps) {
  const [values, setValues] = useState<Values>({});
  const [note, setNote] = useState("");
  const [priority, setPriority] = useState("5");
  const answers = Object.fromEntries(project.questions.map((q) => [q.name, values[q.name] ?? (q.multiple ? [] : (q.classes[0]?.name ?? ""))]));
  const send = () => act({
    action, ...(action === "label" ? { values: answers } : {}), ...(action === "priority" ? { priority: Number(priority) } : {}),
    ...(note.trim() && action !== "priority" ? { note: note.trim() } : {}),
  });
  return (
    <Dialog title={TITLES[action]} close={close}>
      <p><strong>{words}.</strong> {MEANINGS[action]}</p>
      <Form send={send}>
        {(busy) => <>
          {action === "label" && project.questions.map((q) => (
            <AnswerField key={q.name} question={q} value={answers[q.name]!} set={(v) => setValues({ ...values, [q.name]: v })} />
          ))}
          {action === "priority" && <NumberField label="Priority, from 0 to 9" value={priority} set={setPriority} min={0} max={9} />}
          {action !== "priority" && <Field label="Note, if there is something to say" value={note} set={setNote} maxLength={500} />}
          <p class="hint">It can be undone as a whole.</p>
          <div class="row end">
            <button type="button" class="quiet" onClick={close}>Cancel</button>
            <button class="primary" disabled={busy}>{TITLES[action]}</button>
          </div>
        </>}
      </Form>
    </Dialog>
  );
}

const DONE: Record<BulkAction, string> = { label: "labelled", reject: "rejected", withdraw: "decisions taken back", priority: "given a priority", undo: "undone" };

/* What was done lately to many items, each with its undoing. */
export function BulkHistory({ project, state }: { project: Project; state: ProjectState }) {
  const [list, setList] = useState<Bulk[]>([]);
  const ended = state.jobs.value.filter((j) => j.kind === "bulk" && j.finished_at !== null).length;
  const load = () => attempt(async () => setList(await api.listBulk(project.id)));
  useEffect(() => { void load(); }, [project.id, ended]);
  const undo = (b: Bulk) => attempt(async () => {
    const { job } = await api.undoBulk(project.id, b.id);
    await load();
    void state.ended(job).then((now) => {
      say(now.state === "done" ? `Undone: ${now.message}.` : (now.message ?? "The undoing was stopped."), now.state === "failed" ? "bad" : "plain");
      void state.grid.again();
    });
  });
  const actions = list.filter((b) => b.action !== "undo");
  if (actions.length === 0) return null;
  return (
    <details class="earlier" open={list[0]?.undone_by === null}>
      <summary>Done to many items at once</summary>
      <ul class="lines">
        {actions.map((b) => (
          <li key={b.id} class="line">
            <span class="grow">{count(b.items)} {DONE[b.action]} by {b.user?.name ?? "somebody"} <span class="hint">{when(b.created_at)}</span></span>
            {b.undone_by === null
              ? (b.action !== "priority" || mayIn(project, "manager")) && <button type="button" aria-label={`Undo: ${count(b.items)} ${DONE[b.action]}`} onClick={() => void undo(b)}>Undo</button>
              : <span class="hint">undone</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}
