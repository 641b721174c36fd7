/*
 * Teaching by example, on one page: the classes and what belongs to them, what the program makes of it
 * while one watches, and what it would like to be told next.
 */
import { useEffect, useMemo, useState } from "preact/hooks";
import { app, attempt, say } from "../app";
import { changeProject, getItem, listItems, makeVersion, type Draft, type Item, type NewQuestion, type Project } from "../api";
import { count, plural, things } from "../format";
import { go } from "../router";
import { folderClasses, type Found } from "../state/files";
import { sizeOf, type Taken } from "../state/examples";
import type { ProjectState } from "../state/project";
import { DropZone } from "../ui/dropzone";
import { Form } from "../ui/field";
import { PlusIcon } from "../ui/icons";
import { Progress } from "../ui/progress";
import { Advice } from "./advice";
import { AskMe } from "./teach-ask";
import { ClassCard, giveFiles } from "./teach-class";
import { TryIt } from "./teach-try";

interface Props { project: Project; state: ProjectState }

export const isTeachable = (p: Project): boolean => p.questions.length === 1 && !p.questions[0]!.multiple;

export function Teach({ project, state }: Props) {
  const thumbs = useThumbs(project);
  const draft = state.draft.value;
  useEffect(() => { void state.loadDraft(); }, [project.id]);
  useEffect(() => app.examples.hear((t) => {
    if (t.project !== project.id) return;
    const refused = t.rows.filter((r) => r.outcome === "refused");
    if (refused.length) say(`${plural(refused.length, "example")} not taken. ${refused[0]!.path}: ${refused[0]!.reason ?? ""}`, "bad");
    void thumbs.add(t);
    void state.loadDraft();
  }), [project.id, thumbs]);
  const classes = project.questions[0]!.classes;
  const n = (name: string) => draft?.classes.find((c) => c.class === name)?.examples ?? 0;
  return (
    <div class="teach">
      <Work project={project} draft={draft} />
      <div class="teach-columns">
        <section class="stack" aria-labelledby="teach-classes">
          <h2 id="teach-classes">Classes</h2>
          {project.kind === "image" && <WholeFolders project={project} state={state} />}
          {classes.map((c) => (
            <ClassCard key={c.name} project={project} state={state} definition={c} examples={n(c.name)} thumbs={thumbs.of(c.name)} />
          ))}
          <AddClass project={project} state={state} />
        </section>
        <div class="stack">
          <TryIt project={project} draft={draft} />
          <AskMe key={project.question_version} project={project} state={state} />
          {(draft?.learned ?? 0) > 0 && <Advice project={project} state={state} />}
          <Version project={project} state={state} learned={draft?.learned ?? 0} />
        </div>
      </div>
    </div>
  );
}

/* What is under way: sending, looking, learning. One bar, and one sentence. */
function Work({ project, draft }: { project: Project; draft: Draft | null }) {
  const sending = app.examples.waiting(project.id);
  const refused = app.examples.refused(project.id);
  const { trouble } = app.examples;
  return (
    <section class="panel teach-work" aria-label="How far it is">
      <p role="status">{draft ? draftInWords(project, draft) : "One moment …"}</p>
      <Progress labelled={draft?.progress === null || !draft ? (draft?.state === "ready" ? 1 : 0) : draft.progress} items={1} label="Learning" />
      {sending > 0 && <p class="hint">{count(sending)} on the way{trouble.value && ". The connection faltered; trying again"}. They are kept in this browser until the server has them.
        {trouble.value && <> <button type="button" class="link" onClick={() => app.examples.retryNow()}>Try now</button></>}
        {!app.examples.shelf.lasting && " This browser would lose them if you closed the page."}</p>}
      {refused.map((p) => (
        <div key={p.n} class="row wrap"><p class="failure grow">{plural(sizeOf(p), "example")} of {p.className}: {p.refused}</p>
          <button type="button" onClick={() => void app.examples.sendAgain(p)}>Send again</button>
          <button type="button" class="quiet" onClick={() => void app.examples.forget(p)}>Leave out</button></div>
      ))}
    </section>
  );
}

/* The draft made lasting: measured, with its report, ready to be published. */
function Version({ project, state, learned }: Props & { learned: number }) {
  const [busy, setBusy] = useState(false);
  const train = async () => {
    setBusy(true);
    await attempt(async () => {
      const { model, job } = await makeVersion(project.id);
      const ended = await state.ended(job);
      if (ended.state !== "done") throw new Error(ended.message ?? "The version could not be made.");
      go(`/p/${project.id}/models/${model.id}`);
    });
    setBusy(false);
  };
  return (
    <section class="panel" aria-labelledby="version-heading">
      <h2 id="version-heading">Make a version</h2>
      <p class="hint">What it knows now, kept for good and measured: with a report that says how often it is right, and what to do about it.</p>
      <div class="row wrap">
        <button type="button" class="primary" disabled={busy || learned === 0} onClick={() => void train()}>{busy ? "Making a version …" : "Make a version"}</button>
        {busy && <span class="hint" role="status">{state.jobs.value.find((j) => j.state === "running")?.progress.what}</span>}
      </div>
    </section>
  );
}

export function draftInWords(p: Pick<Project, "kind" | "questions">, d: Draft): string {
  const known = d.classes.filter((c) => c.examples > 0).length;
  if (known === 0) return `Give each class a few ${p.kind === "image" ? "pictures" : "sentences"}. It learns by itself as they come in.`;
  if (known === 1) return "Now give examples of another class: there must be something to tell apart.";
  if (d.message) return d.message;
  const least = Math.min(...d.classes.map((c) => c.examples));
  const early = least < 10 ? " With fewer than ten examples in a class it is too early to tell how good it is." : "";
  switch (d.state) {
    case "looking": return `Looking at your ${things(p)} for the first time …`;
    case "learning": return d.learned > 0 ? `Learning from ${plural(d.examples, "example")} …` : "Learning from your first examples …";
    case "ready": return `It has learned from ${plural(d.learned, "example")}. Try it.${early}`;
    default: return "One moment …";
  }
}

/* A few pictures or sentences of each class: those that came last, first. */
const SHOWN = 6;

class Thumbs {
  constructor(private readonly all: Map<string, Item[]>, private readonly changed: () => void) {}
  of(name: string): readonly Item[] { return this.all.get(name) ?? []; }
  async add(taken: Taken): Promise<void> {
    const ids = taken.rows.flatMap((r) => (r.item !== null && r.outcome !== "known" ? [r.item] : [])).slice(-SHOWN).reverse();
    const items = await Promise.all(ids.map(getItem)).catch(() => []);
    for (const [name, list] of this.all) this.all.set(name, list.filter((i) => !ids.includes(i.id)));
    this.all.set(taken.className, [...items, ...this.of(taken.className)].slice(0, SHOWN));
    this.changed();
  }
  async load(project: Project): Promise<void> {
    for (const c of project.questions[0]!.classes) {
      if (this.all.has(c.name)) continue;
      const { items } = await listItems(project.id, { class: c.name }, null, SHOWN).catch(() => ({ items: [] }));
      if (!this.all.has(c.name)) this.all.set(c.name, items);
    }
    this.changed();
  }
}

function useThumbs(project: Project): Thumbs {
  const [, redraw] = useState(0);
  const thumbs = useMemo(() => new Thumbs(new Map(), () => redraw((x) => x + 1)), [project.id]);
  useEffect(() => void thumbs.load(project), [thumbs, project.question_version]);
  return thumbs;
}

/* Folders whose names are the classes, all at once. */
function WholeFolders({ project, state }: Props) {
  const took = (found: Found[]) => void attempt(async () => {
    const names = folderClasses(found.map((f) => f.path));
    if (!names.length) throw new Error("Drop one folder that holds a folder for each class; or drop pictures on the class they belong to.");
    const missing = names.filter((n) => !project.questions[0]!.classes.some((c) => c.name === n));
    if (missing.length) state.project.value = await addClasses(project, missing);
    for (const name of names) await giveFiles(project, name, found.filter((f) => f.path.split("/").at(-2) === name), state);
  });
  return (
    <DropZone only="folder" took={took}>
      <p>Sorted already? Drop the folder that holds a folder for each class.</p>
    </DropZone>
  );
}

export const addClasses = (project: Project, names: readonly string[]): Promise<Project> => {
  const q = project.questions[0]!;
  return changeProject(project.id, { questions: [{ name: q.name, type: "choice", multiple: q.multiple,
    classes: [...q.classes, ...names.map((name) => ({ name }))] }] satisfies NewQuestion[] });
};

function AddClass({ project, state }: Props) {
  const [name, setName] = useState("");
  const send = async () => {
    const wanted = name.trim();
    if (!wanted) throw new Error("Give the new class a name.");
    if (project.questions[0]!.classes.some((c) => c.name === wanted)) throw new Error(`There is a class ${wanted} already.`);
    state.project.value = await addClasses(project, [wanted]);
    setName("");
    void state.loadDraft();
  };
  return (
    <Form class="form add-class" send={send}>
      {(busy) => (
        <div class="row">
          <input class="grow" aria-label="Name of a new class" placeholder="Another class" value={name} maxLength={100} onInput={(e) => setName(e.currentTarget.value)} />
          <button disabled={busy}><PlusIcon />Add class</button>
        </div>
      )}
    </Form>
  );
}
