/* The first page of a project: how far it is, what comes in, what goes out. */
import { attempt } from "../app";
import * as api from "../api";
import type { Model, Project } from "../api";
import { accuracyInWords, capital, count, heldOutInWords, latentsInWords, nThings, percent, pickingInWords, plural, things } from "../format";
import { isActive, type ProjectState } from "../state/project";
import { mayIn } from "../state/session";
import { DownloadIcon } from "../ui/icons";
import { Progress } from "../ui/progress";
import { Advice } from "./advice";
import { ClassList } from "./classes";
import { Intake } from "./intake";
import { Jobs } from "./jobs";
import { Balance, Now } from "./now";
import type { PageProps } from "./project-pages";

export function Overview({ project, state }: PageProps) {
  const manager = mayIn(project, "manager");
  const empty = project.counts.items === 0;
  return (
    <>
      {!empty && <Standing project={project} state={state} />}
      {!empty && mayIn(project, "reviewer") && <Now project={project} state={state} />}
      {!empty && mayIn(project, "reviewer") && <Advice project={project} state={state} />}
      {manager && <Intake project={project} state={state} />}
      <Jobs state={state} />
      <section class="panel" aria-labelledby="classes-heading">
        <h2 id="classes-heading">Classes</h2>
        <ClassList project={project} />
        {!empty && mayIn(project, "reviewer") && <Balance project={project} />}
      </section>
      {!empty && mayIn(project, "reviewer") && <Exports project={project} />}
      {empty && !manager && <p class="lead">There are no {things(project)} here yet.</p>}
    </>
  );
}

function Standing({ project: p, state }: { project: Project; state: ProjectState }) {
  const { items, labelled, open, flagged, rejected } = p.counts;
  const encoding = state.jobs.value.some((j) => j.kind === "encode" && isActive(j));
  const look = () => attempt(async () => state.take((await api.encode(p.id)).job));
  return (
    <section class="standing" aria-label="How far it is">
      <div class="figures">
        <Figure value={items ? percent(labelled / items) : "–"} name={`${count(labelled)} of ${nThings(items, p)} labelled`} />
        <Figure value={count(open)} name="open" />
        {flagged > 0 && <Figure value={count(flagged)} name="flagged" />}
        {rejected > 0 && <Figure value={count(rejected)} name="rejected" />}
        <Figure value={count(p.counts.mine)} name="by you" />
      </div>
      <Progress labelled={labelled} flagged={flagged} rejected={rejected} items={items} />
      <p class="standing-line" role="status">
        {latentsInWords(p, state.jobs.value)}
        {p.latents.state === "none" && !encoding && mayIn(p, "manager") && items > 0 && (
          <> <button type="button" class="link" onClick={() => void look()}>Look at them now</button></>
        )}
      </p>
      <p class="standing-line">{p.accuracy ? accuracyInWords(p.accuracy)
        : "How good the model's guesses are shows after ten labels on randomly chosen items."}</p>
      {p.picking?.losing && <p class="standing-line">{pickingInWords(p.picking)}</p>}
      {p.model && <WhatItGoesBy model={p.model} />}
    </section>
  );
}

/* What the model looks at, and why: a sentence, and on request the weights. */
function WhatItGoesBy({ model }: { model: Model }) {
  const several = model.questions.length > 1;
  return (
    <details class="goes-by">
      <summary>{model.questions.map((q) => (several ? `${q.question}: ${q.why}` : q.why)).join(" ")}</summary>
      {model.questions.map((q) => (
        <div key={q.question}>
          {several && <h3>{q.question}</h3>}
          {q.held_out && <p class="hint">{heldOutInWords(q.held_out)}</p>}
          <ul class="weights" aria-label={`What the model reads${several ? ` for ${q.question}` : ""}`}>
            {q.parts.map((part) => (
              <li key={part.name}>
                <span>{capital(part.sees)}</span>
                <meter min={0} max={1} value={part.weight} aria-label={part.sees}>{percent(part.weight)}</meter>
                <span>{percent(part.weight)}</span>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <p class="hint">Seen through {model.encoder}, mixed as {model.name}.</p>
    </details>
  );
}

const Figure = ({ value, name }: { value: string; name: string }) => (
  <p class="figure"><strong>{value}</strong><span>{name}</span></p>
);

function Exports({ project: p }: { project: Project }) {
  const link = (format: string, name: string) => (
    <a class="button" href={api.exportUrl(p.id, format)} download><DownloadIcon />{name}</a>
  );
  return (
    <section class="panel" aria-labelledby="export-heading">
      <h2 id="export-heading">Take the labels out</h2>
      <p class="hint">{plural(p.counts.labels, "label")} so far: each with its file, person, time, number, and why the item came.</p>
      <div class="row wrap">
        {link("csv", "Spreadsheet (CSV)")}
        {link("jsonl", "JSON lines")}
        {p.kind === "image" && link("imagefolder", "Folders of pictures (zip)")}
      </div>
    </section>
  );
}
