/* Who labels what: the assignments of a project with how far each is, for those who manage it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { attempt, say } from "../app";
import * as api from "../api";
import type { Assignment, Facets, Member } from "../api";
import { assignmentOf, NOTHING, progressInWords, whichInWords, whoInWords } from "../state/assignments";
import { things } from "../format";
import { isActive } from "../state/project";
import { Field, Form, NumberField, Select } from "../ui/field";
import { Progress } from "../ui/progress";
import { Waiting } from "../ui/shell";
import type { PageProps } from "./project-pages";

export function Assignments({ project, state }: Pick<PageProps, "project" | "state">) {
  const [list, setList] = useState<Assignment[] | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const ended = state.jobs.value.filter((j) => j.kind === "steer" && !isActive(j)).length; // each found items
  const load = () => attempt(async () => setList(await api.listAssignments(project.id)));
  useEffect(() => { void load(); }, [project.id, ended, project.counts.labels, project.counts.items]);
  const end = (a: Assignment) => attempt(async () => {
    await api.endAssignment(project.id, a.id);
    await load();
    say("It is ended. What somebody holds of it may still be finished.");
    heading.current?.focus(); // the button that had it is gone
  });
  return (
    <section class="panel" aria-labelledby="assignments-heading">
      <h2 id="assignments-heading" tabIndex={-1} ref={heading}>Who labels what</h2>
      <p class="hint">Whoever is given some of the {things(project)} gets those alone. What everybody else is given is for those who have nothing of their own. Without any of it, all get everything.</p>
      {list === null ? <Waiting /> : list.length > 0 && (
        <ul class="lines">{list.map((a) => <Row key={a.id} assignment={a} end={() => void end(a)} />)}</ul>
      )}
      <Add project={project} add={load} />
    </section>
  );
}

function Row({ assignment: a, end }: { assignment: Assignment; end(): void }) {
  const words = `${whoInWords(a)}: ${whichInWords(a)}`;
  return (
    <li class="line assignment">
      <div class="grow">
        <p><strong>{whoInWords(a)}</strong> · <span dir="auto">{whichInWords(a)}</span></p>
        {a.items > 0 && <Progress labelled={a.items - a.open} items={a.items} label={`Done of ${words}`} />}
        <p class="hint">{progressInWords(a)}</p>
      </div>
      <button type="button" class="quiet" aria-label={`End: ${words}`} onClick={end}>End</button>
    </li>
  );
}

function Add({ project, add }: Pick<PageProps, "project"> & { add(): Promise<unknown> }) {
  const [draft, setDraft] = useState(NOTHING);
  const [members, setMembers] = useState<readonly Member[]>([]);
  const [facets, setFacets] = useState<Facets>({ folders: [], metadata: [] });
  useEffect(() => { void attempt(async () => setMembers((await api.listMembers(project.id)).members)); }, [project.id]);
  useEffect(() => { void attempt(async () => setFacets(await api.listFacets(project.id))); }, [project.id, project.counts.items]);
  const set = (name: keyof typeof draft) => (value: string) => setDraft({ ...draft, [name]: value });
  const send = async () => {
    await api.makeAssignment(project.id, assignmentOf(draft));
    await add();
    setDraft({ ...NOTHING, user: draft.user });
    say("It holds from now on.");
  };
  const people = members.filter((m) => !m.disabled).map((m) => [String(m.id), m.name] as const);
  const values = facets.metadata.find((m) => m.key === draft.key.trim())?.values ?? [];
  return (
    <Form send={send}>
      {(busy) => <>
        <div class="filter-fields">
          <Select label="Who" value={draft.user} set={set("user")} options={[["", "Everybody else"], ...people]} />
          <Field label="Folder, with all below it" value={draft.folder} set={set("folder")} maxLength={1000} among={facets.folders.map((f) => f.value)} />
          <Field label="Metadata key" value={draft.key} set={set("key")} maxLength={1000} among={facets.metadata.map((m) => m.key)} />
          <Field label="Value of the key" value={draft.value} set={set("value")} maxLength={1000} among={values.map((v) => v.value)} />
        </div>
        <NumberField label="Answers from each person, at most" value={draft.quota} set={set("quota")} min={0} max={1000000000} hint="0 sets no limit." />
        <div class="row end"><button disabled={busy}>Give these items</button></div>
      </>}
    </Form>
  );
}
