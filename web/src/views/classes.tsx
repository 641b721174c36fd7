/* The classes of a project: their names, keys and colours. */
import { useState } from "preact/hooks";
import { say } from "../app";
import { changeProject, type ClassDef, type NewQuestion, type Project, type Question } from "../api";
import { Form } from "../ui/field";
import { CrossIcon, PlusIcon } from "../ui/icons";

interface Props { project: Project; changed(p: Project): void }

export function Classes({ project, changed }: Props) {
  const [editing, setEditing] = useState(false);
  return (
    <section class="panel" aria-labelledby="classes-heading">
      <div class="row">
        <h2 id="classes-heading" class="grow">Classes</h2>
        {!editing && <button type="button" onClick={() => setEditing(true)}>Change</button>}
      </div>
      {editing
        ? <Editor project={project} done={(p) => {
            setEditing(false);
            if (p) changed(p);
          }} />
        : <ClassList project={project} />}
    </section>
  );
}

/* The classes of each question, to read. */
export const ClassList = ({ project }: { project: Project }) => (
  <>
    {project.questions.map((q) => (
      <div key={q.name}>
        {project.questions.length > 1 && <h3>{q.name}</h3>}
        <ul class="class-list">
          {q.classes.map((c) => (
            <li key={c.name} class="class-chip" style={{ "--class-color": c.color }} title={c.description || undefined}>
              <span class="choice-color" />{c.name}{c.key && <kbd>{c.key.toUpperCase()}</kbd>}
            </li>
          ))}
        </ul>
        {q.multiple && <p class="hint">Several may fit one item.</p>}
      </div>
    ))}
  </>
);

type Draft = Partial<ClassDef> & { name: string };

function Editor({ project, done }: { project: Project; done(p: Project | null): void }) {
  const [questions, setQuestions] = useState<(Omit<Question, "classes"> & { classes: Draft[] })[]>(project.questions);
  const change = (at: number, classes: Draft[]) =>
    setQuestions(questions.map((q, i) => (i === at ? { ...q, classes } : q)));
  const send = async () => {
    const changed = await changeProject(project.id, { questions: questions.map((q) => ({
      name: q.name, type: "choice", multiple: q.multiple, classes: q.classes.filter((c) => c.name.trim()).map(tidy),
    })) satisfies NewQuestion[] });
    say("The classes are changed.");
    done(changed);
  };
  return (
    <Form send={send}>
      {(busy) => <>
        {questions.map((q, i) => <QuestionEditor key={q.name} question={q} change={(classes) => change(i, classes)} alone={questions.length === 1} />)}
        <div class="row end">
          <button type="button" class="quiet" onClick={() => done(null)}>Cancel</button>
          <button class="primary" disabled={busy}>Save</button>
        </div>
      </>}
    </Form>
  );
}

/* What is left empty the server fills in. */
const tidy = (c: Draft): Partial<ClassDef> => ({
  name: c.name.trim(),
  ...(c.color ? { color: c.color } : {}),
  ...(c.key?.trim() ? { key: c.key.trim().toLowerCase() } : {}),
  ...(c.description?.trim() ? { description: c.description.trim() } : {}),
});

function QuestionEditor({ question: q, change, alone }: { question: { name: string; classes: Draft[] }; change(c: Draft[]): void; alone: boolean }) {
  const set = (at: number, part: Partial<Draft>) => change(q.classes.map((c, i) => (i === at ? { ...c, ...part } : c)));
  return (
    <fieldset class="class-editor">
      <legend class={alone ? "sr" : ""}>{q.name}</legend>
      {q.classes.map((c, i) => (
        <div class="class-row" key={i}>
          <input type="color" aria-label={`Colour of ${c.name || "the new class"}`} value={c.color ?? "#888888"} onInput={(e) => set(i, { color: e.currentTarget.value })} />
          <input class="grow" aria-label={`Name of class ${i + 1}`} value={c.name} maxLength={100} required onInput={(e) => set(i, { name: e.currentTarget.value })} />
          <input class="key-input" aria-label={`Key of ${c.name || "the new class"}`} value={c.key ?? ""} maxLength={1} placeholder="key" onInput={(e) => set(i, { key: e.currentTarget.value })} />
          <input class="grow wide-only" aria-label={`Description of ${c.name || "the new class"}`} value={c.description ?? ""} placeholder="What belongs here" onInput={(e) => set(i, { description: e.currentTarget.value })} />
          <button type="button" class="quiet square" aria-label={`Remove ${c.name || "the new class"}`} onClick={() => change(q.classes.filter((_, j) => j !== i))}><CrossIcon /></button>
        </div>
      ))}
      <button type="button" onClick={() => change([...q.classes, { name: "" }])}><PlusIcon />Add a class</button>
    </fieldset>
  );
}
