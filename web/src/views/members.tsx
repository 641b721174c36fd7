/* Who works on one project, for those who manage it: adding people, their roles, taking them off. */
import { useEffect, useRef, useState } from "preact/hooks";
import { app, attempt, say } from "../app";
import * as api from "../api";
import type { Member, Members as Lists, MemberRole, Project } from "../api";
import { Form, Select } from "../ui/field";
import { Waiting } from "../ui/shell";

const ROLES: readonly (readonly [MemberRole, string])[] = [
  ["annotator", "Annotator: labels items"], ["reviewer", "Reviewer: labels, and sees all labels"],
  ["manager", "Manager: changes the project"],
];

export function Members({ project }: { project: Project }) {
  const [lists, setLists] = useState<Lists | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const load = () => attempt(async () => setLists(await api.listMembers(project.id)));
  useEffect(() => { void load(); }, [project.id]);

  const change = (m: Member, role: MemberRole) => attempt(async () => {
    try {
      await api.setMember(project.id, m.id, role);
    } finally {
      await load(); // after a refusal the list must show what still holds
    }
  });
  const remove = (m: Member) => attempt(async () => {
    await api.removeMember(project.id, m.id);
    await load();
    say(`${m.name} no longer works on this project. The labels stay.`);
    heading.current?.focus(); // the button that had it is gone
  });
  return (
    <section class="panel" aria-labelledby="members-heading">
      <h2 id="members-heading" tabIndex={-1} ref={heading}>Who works on it</h2>
      {lists === null ? <Waiting /> : <>
        {lists.members.length > 0 && (
          <ul class="lines">
            {lists.members.map((m) => <Row key={m.id} member={m} project={project} change={change} remove={remove} />)}
          </ul>
        )}
        {lists.others.length > 0
          ? <Add key={lists.others.map((o) => o.id).join()} others={lists.others} add={async (id, role) => {
              await api.setMember(project.id, id, role);
              await load();
            }} />
          : <p class="hint">Everybody who has an account works on it already; administrators need not be added.</p>}
      </>}
    </section>
  );
}

interface RowProps { member: Member; project: Project; change(m: Member, role: MemberRole): void; remove(m: Member): void }

function Row({ member: m, project, change, remove }: RowProps) {
  const me = app.session.user.value?.id === m.id;
  const fixed = me && project.role !== "admin"; // nobody shuts themselves out by a slip
  return (
    <li class={`line person ${m.disabled ? "disabled" : ""}`}>
      <p class="grow"><strong>{m.name}</strong>{me && <span class="hint"> · you</span>}{m.disabled && <span class="hint"> · account closed</span>}</p>
      <select aria-label={`Role of ${m.name} here`} disabled={fixed} value={m.role} onChange={(e) => change(m, e.currentTarget.value as MemberRole)}>
        {ROLES.map(([role, words]) => <option key={role} value={role} selected={role === m.role}>{words.split(":")[0]}</option>)}
      </select>
      <button type="button" class="quiet" disabled={fixed} aria-label={`Take off: ${m.name}`} onClick={() => remove(m)}>Take off</button>
    </li>
  );
}

function Add({ others, add }: { others: readonly Member[]; add(id: number, role: MemberRole): Promise<void> }) {
  const [id, setId] = useState(String(others[0]?.id));
  const chosen = others.find((o) => String(o.id) === id);
  const [role, setRole] = useState<string | null>(null); // null: that of the account
  const here = role ?? chosen?.role ?? "annotator";
  return (
    <Form class="form add-member" send={() => add(Number(id), here as MemberRole)}>
      {(busy) => (
        <div class="row wrap">
          <Select label="Somebody else" value={id} set={setId} options={others.map((o) => [String(o.id), o.name] as const)} />
          <Select label="Role here" value={here} set={setRole} options={ROLES} />
          <button disabled={busy}>Add to the project</button>
        </div>
      )}
    </Form>
  );
}
