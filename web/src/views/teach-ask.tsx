/* "Ask me": of what nobody has named yet, the program picks what would teach it the most. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { app } from "../app";
import * as api from "../api";
import type { Project } from "../api";
import { plural, things } from "../format";
import { Labelling } from "../state/labelling";
import type { ProjectState } from "../state/project";
import { DropZone } from "../ui/dropzone";
import { picture } from "../ui/pictures";

const timing = {
  now: () => performance.now(),
  after: (ms: number, work: () => void) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
const server = { ...api, prepare: (l: api.Lease) => { if (l.item.kind === "image") picture(l.item); } };

export function AskMe({ project, state }: { project: Project; state: ProjectState }) {
  const [asking, setAsking] = useState(false);
  const { open } = project.counts;
  const bring = (
    <DropZone took={(found) => void app.uploads.start(project.id, found, { labelsFromFolder: false, addClasses: false, textColumn: null }, (job) => state.take(job))}>
      <p>{open > 0 ? `More ${things(project)} that nobody has named.` : `Drop ${things(project)} here that nobody has named yet: it will ask about those that teach it the most.`}</p>
    </DropZone>
  );
  return (
    <section class="panel ask-me" aria-labelledby="ask-heading">
      <h2 id="ask-heading">Ask me</h2>
      {open > 0 && !asking && <div class="row wrap"><button type="button" onClick={() => setAsking(true)}>Ask me</button><span class="hint">{plural(open, project.kind === "image" ? "picture" : "text")} without a name</span></div>}
      {open > 0 && asking && <Asking project={project} />}
      {bring}
      <p class="hint">Some of them are drawn by chance: those never teach, they tell you honestly how good a version is.</p>
    </section>
  );
}

function Asking({ project }: { project: Project }) {
  const user = app.session.user.value!.id;
  const labelling = useMemo(() => new Labelling(project, user, app.outbox, server, timing), []);
  useEffect(() => {
    void labelling.start();
    return () => labelling.stop();
  }, [labelling]);
  const s = labelling.shown.value;
  if (!s) return <p role="status" class="hint">{labelling.phase.value === "finished" ? "You have named them all." : labelling.notice.value ?? "One moment …"}</p>;
  const { item } = s.lease;
  return (
    <div class="asked">
      {item.text === undefined ? <img class="asked-picture" src={api.mediaUrl(item, 640)} alt={`Item ${item.id}, to be named`} /> : <p class="asked-text">{item.text}</p>}
      {s.lease.receipt && <p class="hint">{s.lease.receipt.reason}</p>}
      <div class="row wrap" role="group" aria-label="What is it?">
        {project.questions[0]!.classes.map((c) => <button type="button" key={c.name} onClick={() => labelling.choose(c.name)}>{c.name}</button>)}
        <button type="button" class="quiet" onClick={() => labelling.give("skip")}>I do not know</button>
        <button type="button" class="quiet" disabled={labelling.history.value.length === 0} onClick={() => labelling.undo()}>Undo</button>
      </div>
    </div>
  );
}
