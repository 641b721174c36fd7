/* The versions of the classifier: the list, and each with its head and its report. */
import { useEffect, useState } from "preact/hooks";
import { attempt, say } from "../app";
import * as api from "../api";
import type { Version } from "../api";
import { count, plural, seconds, size, when } from "../format";
import { href } from "../router";
import { isActive } from "../state/project";
import { mayIn } from "../state/session";
import { Progress } from "../ui/progress";
import { Waiting } from "../ui/shell";
import type { PageProps } from "./project-pages";
import { LazyReport } from "./report-lazy";
import { Behind } from "./trace";
import { TakeAway } from "./take-away";

const titleOf = (v: Version): string => (v.name ? `${v.id}. ${v.name}` : `Version ${v.id}`);

export function Models({ project, state }: PageProps) {
  const [list, setList] = useState<Version[] | null>(null);
  const job = state.jobs.value.find((j) => j.kind === "train");
  const busy = job !== undefined && isActive(job);
  useEffect(() => { void attempt(async () => setList(await api.listVersions(project.id))); }, [project.id, job?.id, busy]);
  const train = () => attempt(async () => { state.take((await api.trainVersion(project.id)).job); say("Training has begun."); });
  if (list === null) return <Waiting />;
  return (
    <section class="panel" aria-labelledby="models-heading">
      <div class="row wrap filter-head">
        <h2 id="models-heading">Versions of the classifier</h2>
        {mayIn(project, "manager") && <button type="button" class="primary" disabled={busy} onClick={() => void train()}>{busy ? "Training …" : "Train a version"}</button>}
      </div>
      <p class="hint">A version is taught by the examples as they stand, and never changes. What is drawn at random never teaches: it measures.</p>
      {busy && <><p class="hint" role="status">{job.progress.what || "Waiting for its turn"} …</p><Progress labelled={job.progress.done} items={job.progress.total ?? 0} label="Training" /></>}
      {job?.state === "failed" && <p class="failure">{job.message ?? "Training failed."}</p>}
      {list.length === 0 ? <p>There is none yet.</p> : (
        <ul class="lines">{list.map((v) => (
          <li key={v.id} class="report-line">
            <p class="row wrap"><a class="grow" href={href(`/p/${project.id}/models/${v.id}`)}>{titleOf(v)}</a><span class="hint">{when(v.created_at)}</span></p>
            <p>{v.state === "trained" ? v.words : v.state === "failed" ? `Failed: ${v.why ?? "nobody knows why"}` : "It is being trained."}</p>
          </li>
        ))}</ul>
      )}
    </section>
  );
}

export function ModelPage({ project, state, of }: PageProps & { of: string }) {
  const [list, setList] = useState<Version[] | null>(null);
  const busy = state.jobs.value.some((j) => j.kind === "evaluate" && isActive(j));
  const training = state.jobs.value.some((j) => j.kind === "train" && isActive(j));
  useEffect(() => { void attempt(async () => setList(await api.listVersions(project.id))); }, [project.id, of, busy, training]);
  if (list === null) return <Waiting />;
  const v = list.find((one) => one.id === Number(of));
  if (v === undefined) return <p class="failure">There is no version {of}. <a href={href(`/p/${project.id}/models`)}>All versions</a></p>;
  const others = list.filter((one) => one.state === "trained" && one.id !== v.id).map((one) => one.id);
  return (
    <>
      <section class="panel" aria-labelledby="version-heading">
        <p><a href={href(`/p/${project.id}/models`)}>All versions</a></p>
        <h2 id="version-heading">{titleOf(v)}</h2>
        {v.state === "trained" ? <>
          <p>{v.words}</p>
          <p class="hint">Taught by {plural(v.taught, "example")} of {plural(v.classes.length, "class", "classes")}, <a href={href(`/p/${project.id}/datasets/${v.dataset}`)}>data set {v.dataset}</a>, on {v.encoder ?? "no encoder"};
            seed {v.seed}, {seconds(1000 * v.seconds)}, {size(v.bytes)}{v.user?.name ? `, by ${v.user.name}` : ""}.</p>
          {v.hash && <code class="fingerprint">{v.hash}</code>}
        </> : <p role="status">{v.state === "failed" ? `Failed: ${v.why ?? "nobody knows why"}` : `It is being trained on ${count(v.taught)} examples.`}</p>}
      </section>
      {v.state === "trained" && <LazyReport project={project} version={v.id} others={others} busy={busy} measuring={(job) => state.take(job)} />}
      {v.state === "trained" && <Behind key={v.id} project={project} load={(after) => api.traceVersion(project.id, v.id, after)} title="The labels behind it" />}
      {v.state === "trained" && mayIn(project, "reviewer") && <TakeAway project={project} state={state} version={v.id} />}
    </>
  );
}
