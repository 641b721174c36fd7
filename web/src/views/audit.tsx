/* Who administered what: the audit log, newest first, for administrators; a project's for its managers. */
import { useEffect, useState } from "preact/hooks";
import { app, attempt } from "../app";
import * as api from "../api";
import type { AuditRow, Project, User } from "../api";
import { when } from "../format";
import { href } from "../router";
import { deedOf, whoOf } from "../state/audit";
import { Select } from "../ui/field";
import { Page, Waiting } from "../ui/shell";

export function Audit() {
  const [people, setPeople] = useState<User[]>([]);
  const [who, setWho] = useState("");
  useEffect(() => { void attempt(async () => setPeople(await api.listUsers())); }, []);
  if (!app.session.isAdmin.value) {
    return <Page heading="Audit log"><p class="lead">Only an administrator can read what was done in the whole program.</p></Page>;
  }
  return (
    <Page heading="Audit log" title={<a class="back" href={href("/people")}>People</a>} actions={<>
      <a class="button" href={api.auditUrl("csv")} download>Download as CSV</a>
      <a class="button" href={api.auditUrl("jsonl")} download>as JSON Lines</a>
    </>}>
      <div class="stack">
        <p class="lead">Everything people did beside labelling. Nobody can change it: every line is signed, and <code>exemplar verify</code> checks them all.</p>
        <div class="form narrow">
          <Select label="Done by" value={who} set={setWho} options={[["", "Everybody"], ...people.map((u) => [String(u.id), u.name] as const)]} />
        </div>
        <Rows key={who} list={(after) => api.listAudit(who ? Number(who) : null, after)} />
      </div>
    </Page>
  );
}

/* In the settings of a project. */
export function ProjectAudit({ project }: { project: Project }) {
  return (
    <section class="panel" aria-labelledby="audit-heading">
      <h2 id="audit-heading">Who changed what</h2>
      <Rows list={(after) => api.listProjectAudit(project.id, after)} within={project.id} />
    </section>
  );
}

function Rows({ list, within }: { list(after: number | null): Promise<api.AuditPage>; within?: number }) {
  const [rows, setRows] = useState<AuditRow[] | null>(null);
  const [next, setNext] = useState<number | null>(null);
  const more = (after: number | null) => attempt(async () => {
    const page = await list(after);
    setRows((before) => [...(after === null ? [] : before ?? []), ...page.rows]);
    setNext(page.next);
  });
  useEffect(() => { void more(null); }, [within]);
  if (rows === null) return <Waiting />;
  if (rows.length === 0) return <p class="hint">Nothing yet.</p>;
  return (
    <>
      <ol class={within ? "lines" : "lines panel"}>
        {rows.map((row) => <Row key={row.seq} row={row} within={within} />)}
      </ol>
      {next !== null && <div class="row"><button type="button" onClick={() => void more(next)}>Earlier ones</button></div>}
    </>
  );
}

const VIA: Partial<Record<AuditRow["via"], string>> = { token: "by a token" };

function Row({ row, within }: { row: AuditRow; within: number | undefined }) {
  const place = row.project && row.project.id !== within ? row.project : null;
  return (
    <li class="line deed">
      <p class="grow"><strong>{whoOf(row)}</strong> {deedOf(row)}
        {place && <> · <a href={href(`/p/${place.id}`)}>{place.name ?? `project ${place.id}`}</a></>}</p>
      <p class="hint">{VIA[row.via] && <>{VIA[row.via]} · </>}<time dateTime={row.at}>{when(row.at)}</time> · no. {row.seq}</p>
    </li>
  );
}
