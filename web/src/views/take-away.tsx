/* A version as one file that runs elsewhere: made small first, then downloaded in the form that is wanted. */
import { useEffect, useState } from "preact/hooks";
import { attempt, say } from "../app";
import * as api from "../api";
import type { Project, Taken } from "../api";
import { isActive } from "../state/project";
import type { ProjectState } from "../state/project";
import { mayIn } from "../state/session";
import { Progress } from "../ui/progress";

const FORMS = [["web", "Web page"], ["onnx", "ONNX"], ["c", "C file"]] as const;

export function TakeAway({ project, state, version }: { project: Project; state: ProjectState; version: number }) {
  const [taken, setTaken] = useState<Taken | null>(null);
  const job = state.jobs.value.find((j) => j.kind === "take");
  const busy = job !== undefined && isActive(job);
  useEffect(() => { void attempt(async () => setTaken(await api.getTaken(project.id, version))); }, [project.id, version, job?.id, busy]);
  const make = () => attempt(async () => { state.take((await api.makeTaken(project.id, version)).job); say("The small model is being made."); });
  if (taken === null) return null;
  return (
    <section class="panel" aria-labelledby="take-heading">
      <div class="row wrap filter-head">
        <h2 id="take-heading">Take it away</h2>
        {mayIn(project, "manager") && <button type="button" disabled={busy} onClick={() => void make()}>{busy ? "Making it …" : taken.made ? "Make it again" : "Make it small"}</button>}
      </div>
      <p class="hint">As one file that needs neither this server nor a network: a small model that this version teaches. It is another model, and says itself how good it is.</p>
      {busy && <><p class="hint" role="status">{job.progress.what || "Waiting for its turn"} …</p><Progress labelled={job.progress.done} items={job.progress.total ?? 0} label="Making the small model" /></>}
      {job?.state === "failed" && <p class="failure">{job.message ?? "It could not be made."}</p>}
      {taken.made && <p>{taken.int8.sentence}</p>}
      <p class="row wrap">
        {taken.made && FORMS.map(([as, words]) => <a key={as} class="button" href={api.takenUrl(project.id, version, as)} download>{words}</a>)}
        <a class="button" href={api.takenUrl(project.id, version, "model")} download>This version itself, for another Exemplar</a>
      </p>
    </section>
  );
}
