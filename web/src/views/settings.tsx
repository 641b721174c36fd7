/* What a manager decides about a project, with what each choice means; its classes, who works on it, and who labels what. */
import { useState } from "preact/hooks";
import { say } from "../app";
import { changeProject, type Project, type ProjectSettings } from "../api";
import { things } from "../format";
import { Check, Field, Form, NumberField } from "../ui/field";
import { Assignments } from "./assignments";
import { ProjectAudit } from "./audit";
import { Classes } from "./classes";
import { Members } from "./members";
import type { PageProps } from "./project-pages";

export function Settings({ project, state }: PageProps) {
  const changed = (p: Project) => (state.project.value = p);
  return (
    <>
      <Asking key={project.id} project={project} changed={changed} />
      <Classes project={project} changed={changed} />
      <Members project={project} />
      <Assignments project={project} state={state} />
      <ProjectAudit project={project} />
    </>
  );
}

interface AskingProps { project: Project; changed(p: Project): void }

/* Each as its field shows it: shares are percents there. */
const draftOf = (p: Project) => ({
  name: p.name, overlap: String(p.overlap), overlap_max: String(Math.max(p.overlap, p.overlap_max)), explore: String(Math.round(p.explore * 100)),
  quota: String(p.quota), gold: percentOf(p.gold_rate), again: percentOf(p.repeat_rate), feedback: p.feedback ? "yes" : "no",
});
const percentOf = (share: number | null) => String(Math.round((share ?? 0) * 100));

function Asking({ project, changed }: AskingProps) {
  const [draft, setDraft] = useState(draftOf(project));
  const before = draftOf(project);
  const set = (name: keyof typeof draft) => (value: string) => setDraft({ ...draft, [name]: value });
  const isChanged = Object.keys(before).some((k) => before[k as keyof typeof before] !== draft[k as keyof typeof draft]);
  const send = async () => {
    const overlap = Number(draft.overlap);
    const change: ProjectSettings = {
      ...(draft.name !== before.name ? { name: draft.name.trim() } : {}),
      ...(draft.overlap !== before.overlap ? { overlap } : {}),
      ...(draft.overlap_max !== before.overlap_max ? { overlap_max: Number(draft.overlap_max) > overlap ? Number(draft.overlap_max) : 0 } : {}),
      ...(draft.explore !== before.explore ? { explore: Number(draft.explore) / 100 } : {}),
      ...(draft.quota !== before.quota ? { quota: Number(draft.quota) } : {}),
      ...(draft.gold !== before.gold ? { gold_rate: Number(draft.gold) / 100 } : {}),
      ...(draft.again !== before.again ? { repeat_rate: Number(draft.again) / 100 } : {}),
      ...(draft.feedback !== before.feedback ? { feedback: draft.feedback === "yes" } : {}),
    };
    const fresh = await changeProject(project.id, change);
    changed(fresh);
    setDraft(draftOf(fresh));
    say("The settings are stored.");
  };
  const what = things(project);
  return (
    <section class="panel" aria-labelledby="asking-heading">
      <h2 id="asking-heading">How it is labelled</h2>
      <Form send={send}>
        {(busy) => <>
          <Field label="Name of the project" value={draft.name} set={set("name")} required maxLength={200} />
          <NumberField label="People for each item" value={draft.overlap}
            set={(v) => setDraft({ ...draft, overlap: v, overlap_max: Number(draft.overlap_max) < Number(v) ? v : draft.overlap_max })} min={1} max={100}
            hint={`So many people answer each of the ${what}, without seeing each other's answers. One is quickest; two or three show how far people agree. It may be raised later: ${what} that then need more answers open again, and nothing is lost.`} />
          <NumberField label="At most, while they disagree" value={draft.overlap_max} set={set("overlap_max")} min={Number(draft.overlap) || 1} max={100}
            hint="While the answers to an item differ, or a model was nearly sure of another class, one more person is asked, up to this number. The same number as above asks nobody more." />
          <NumberField label="Drawn at random, in percent" value={draft.explore} set={set("explore")} min={0} max={100}
            hint="This share of the items comes by chance instead of being picked. They alone measure how good the model is; at 0 its accuracy is not known. 10 is a good start." />
          <NumberField label="Answers from one person, at most" value={draft.quota} set={set("quota")} min={0} max={1000000000}
            hint="Whoever has given so many gets no more here. 0 sets no limit." />
          <NumberField label="Known answers mixed in, in percent" value={draft.gold} set={set("gold")} min={0} max={50}
            hint={`This share of what people get are ${what} whose answer a reviewer has set as known. Nobody is told which. While this or the next is above 0, annotators see no reasons and no guesses, and counts are rounded: each would give a check away.`} />
          <NumberField label="Asked again, in percent" value={draft.again} set={set("again")} min={0} max={50}
            hint="This share are items that the same person answered before, to see whether they agree with themselves. Their first answer stays." />
          <Check label="Tell people after a known answer" checked={draft.feedback === "yes"} set={(on) => set("feedback")(on ? "yes" : "no")}
            hint="Whoever answered an item with a known answer sees afterwards whether it was right, and what is." />
          <div class="row end"><button class="primary" disabled={busy || !isChanged}>Save</button></div>
        </>}
      </Form>
    </section>
  );
}
