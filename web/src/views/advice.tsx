/* What to do next with the examples, in words: what is wrong with them, what would help, and what more of them should buy. */
import { useEffect, useState } from "preact/hooks";
import { attempt } from "../app";
import * as api from "../api";
import type { Advice as Found, LearningCurve, Project } from "../api";
import { count, percent, plural, when } from "../format";
import { isActive, type ProjectState } from "../state/project";
import { Progress } from "../ui/progress";

export function Advice({ project, state }: { project: Project; state: ProjectState }) {
  const [found, setFound] = useState<Found | null | undefined>(undefined);
  const job = state.jobs.value.find((j) => j.kind === "advise");
  const busy = job !== undefined && isActive(job);
  useEffect(() => { void attempt(async () => setFound(await api.getAdvice(project.id))); }, [project.id, job?.id, busy]);
  const ask = () => attempt(async () => state.take((await api.askAdvice(project.id)).job));
  if (found === undefined) return null;
  return (
    <section class="panel" aria-labelledby="advice-heading">
      <div class="row wrap filter-head">
        <h2 id="advice-heading">What to do next</h2>
        <button type="button" disabled={busy || project.counts.labelled === 0} onClick={() => void ask()}>{found ? "Look again" : "Look now"}</button>
      </div>
      <p class="hint" role="status">{busy ? `Looking: ${job.progress.what || "waiting for its turn"} …`
        : found ? `${plural(found.result.data.examples, "example")} looked at ${when(found.at)}. ${found.labels_since === 0 ? "No label came since." : `${plural(found.labels_since, "label")} came since.`}`
        : "Looks your examples over: what gives a class away that should not, blank and odd ones, which classes need more, and what more would bring."}</p>
      {busy && <Progress labelled={job.progress.done} items={job.progress.total ?? 0} label="Looking" />}
      {job?.state === "failed" && <p class="failure">{job.message ?? "Looking failed."}</p>}
      {found && <Words found={found} project={project} />}
      {found?.result.curve && <Curve curve={found.result.curve} />}
    </section>
  );
}

function Words({ found, project }: { found: Found; project: Project }) {
  const { alarms, advice, stop } = found.result;
  return (
    <>
      {stop && <p class="failure">A training would stop: {stop}.</p>}
      {alarms.length > 0 && (
        <ul class="lines" aria-label="Alarms">{alarms.map((a) => (
          <li key={a.kind + (a.feature ?? "") + a.sentence} class="line"><span><strong>{a.kind === "shortcut" ? "Shortcut: " : "Look: "}</strong>{a.sentence}{a.advice && ` ${a.advice}`}</span></li>
        ))}</ul>
      )}
      <ul class="lines" aria-label="Advice">{advice.map((s) => (
        <li key={s.sentence} class="line"><span>{s.sentence}{s.kind === "mislabelled" && <> <a href={`#/p/${project.id}/second-look`}>Second look</a></>}</span></li>
      ))}</ul>
      {alarms.length + advice.length === 0 && <p>Nothing stands out.</p>}
    </>
  );
}

function Curve({ curve }: { curve: LearningCurve }) {
  const rows = [...curve.points.map((p) => ({ n: p.n, text: percent(p.accuracy), value: p.accuracy })),
    ...[curve.now, curve.next].map((b, i) => ({ n: b.n ?? 0, value: b.value, text: `${percent(b.value)} (${percent(b.low)} to ${percent(b.high)}), ${i === 0 ? "expected of all there are" : `with ${curve.more} more`}` }))];
  return (
    <details class="goes-by">
      <summary>How accuracy grew with the examples</summary>
      <div class="scroll" role="region" aria-label="Learning curve" tabIndex={0}><table class="figures-table">
        <thead><tr><th scope="col">Examples</th><th scope="col">Right, of those held out</th></tr></thead>
        <tbody>{rows.map((r) => (
          <tr key={r.n}><th scope="row">{count(r.n)}</th><td><meter min={0} max={1} value={r.value} aria-hidden="true" /> {r.text}</td></tr>
        ))}</tbody>
      </table></div>
      <p class="hint">Measured on your own examples, each judged by models that had not seen it; material from elsewhere may do worse.</p>
    </details>
  );
}
