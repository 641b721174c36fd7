/* What the program is doing for this project, and what became of each file. */
import { useEffect, useState } from "preact/hooks";
import { attempt } from "../app";
import * as api from "../api";
import type { Job, Outcome, ReportRow } from "../api";
import { capital, count, jobInWords, plural, when } from "../format";
import { isActive, type ProjectState } from "../state/project";
import { mayIn } from "../state/session";
import { Dialog } from "../ui/dialog";
import { Progress } from "../ui/progress";

const total = (jobs: readonly Job[], what: "imported" | "duplicate" | "refused"): number =>
  jobs.reduce((sum, j) => sum + (j.counts?.[what] ?? 0), 0);

const LISTED = 50; // the server lists no more; what came before is in the figures above

export function Jobs({ state }: { state: ProjectState }) {
  const jobs = state.jobs.value;
  const [report, setReport] = useState<Job[] | null>(null);
  if (jobs.length === 0) return null;
  const active = jobs.filter(isActive);
  const imports = jobs.filter((j) => j.counts !== null);
  const failed = jobs.filter((j) => j.state === "failed");
  const refused = total(imports, "refused");
  return (
    <section class="panel jobs" aria-labelledby="jobs-heading">
      <h2 id="jobs-heading">What came in</h2>
      {imports.length > 0 && (
        <p class="jobs-sum">
          {jobs.length >= LISTED && `In the latest ${count(imports.length)} imports: `}
          {count(total(imports, "imported"))} imported
          {total(imports, "duplicate") > 0 && ` · ${plural(total(imports, "duplicate"), "duplicate")} kept once`}
          {refused > 0 && <> · <strong>{count(refused)} refused</strong></>}
          {" "}<button type="button" class="link" onClick={() => setReport(imports)}>{refused > 0 ? "See why" : "See the report"}</button>
        </p>
      )}
      {active.map((j) => <Running key={j.id} job={j} state={state} />)}
      {failed.map((j) => <p key={j.id} class="failure">{jobInWords(j)} failed: {j.message ?? "no reason was given."}</p>)}
      {jobs.length > active.length && (
        <details class="earlier">
          <summary>{plural(jobs.length - active.length, "finished job")}</summary>
          <ul class="lines">
            {jobs.filter((j) => !isActive(j)).map((j) => (
              <li key={j.id} class="line">
                <span class="grow">{jobInWords(j)} · {j.state}{j.message ? `: ${j.message}` : ""}</span>
                <span class="hint">{when(j.finished_at)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      {report && <Report jobs={report} close={() => setReport(null)} />}
    </section>
  );
}

function Running({ job, state }: { job: Job; state: ProjectState }) {
  const { done, total: all, what } = job.progress;
  const cancel = () => attempt(async () => state.take(await api.cancelJob(job.id)));
  return (
    <div class="running">
      <div class="row">
        <p class="grow">{jobInWords(job)}: {job.state === "queued" ? "waiting for its turn" : `${count(done)}${all ? ` of ${count(all)}` : ""} ${what}`}</p>
        {mayIn(state.project.value, "manager") && <button type="button" class="quiet" aria-label={`Cancel: ${jobInWords(job)}`} onClick={() => void cancel()}>Cancel</button>}
      </div>
      <Progress labelled={done} items={all ?? 0} label={jobInWords(job)} />
    </div>
  );
}

/* Refused first, for that is what somebody has to do something about. */
const OUTCOMES: readonly Outcome[] = ["refused", "duplicate", "imported"];

function Report({ jobs, close }: { jobs: Job[]; close(): void }) {
  const first = OUTCOMES.find((o) => total(jobs, o) > 0) ?? "imported";
  const [outcome, setOutcome] = useState<Outcome>(first);
  const [rows, setRows] = useState<ReportRow[]>([]);
  /* The page to fetch next: of which job, after what; null when all is shown. */
  const [next, setNext] = useState<{ job: number; after: string | number | null } | null>(null);
  const having = jobs.filter((j) => (j.counts?.[outcome] ?? 0) > 0);

  const fetchPage = (at: { job: number; after: string | number | null }, before: ReportRow[]) => attempt(async () => {
    const page = await api.jobReport(having[at.job]!.id, outcome, at.after);
    setRows([...before, ...page.rows]);
    if (page.next !== null) setNext({ job: at.job, after: page.next });
    else setNext(at.job + 1 < having.length ? { job: at.job + 1, after: null } : null);
  });
  useEffect(() => {
    setRows([]);
    setNext(null);
    if (having.length) void fetchPage({ job: 0, after: null }, []);
  }, [outcome]);
  return (
    <Dialog title="Report" close={close} wide="wide">
      <div class="tabs" role="group" aria-label="Outcome">
        {OUTCOMES.map((o) => (
          <button type="button" key={o} class="tab" aria-pressed={o === outcome} onClick={() => setOutcome(o)}>
            {capital(o)} {count(total(jobs, o))}
          </button>
        ))}
      </div>
      {rows.length === 0 ? <p class="hint">None.</p> : (
        <table class="report">
          <thead><tr><th scope="col">File</th><th scope="col">Row</th><th scope="col">{outcome === "imported" ? "Item" : "Reason"}</th></tr></thead>
          <tbody>{rows.map((r, i) => (
            <tr key={i}><td class="path">{r.path}</td><td>{r.row}</td><td>{r.reason ?? (r.item ? `Item ${r.item}` : "")}</td></tr>
          ))}</tbody>
        </table>
      )}
      {next && <button type="button" onClick={() => void fetchPage(next, rows)}>Show more</button>}
    </Dialog>
  );
}
