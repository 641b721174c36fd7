/* How well people agree, and how each of them answers: for those who review or manage. */
import { useEffect, useState } from "preact/hooks";
import { attempt, say } from "../app";
import * as api from "../api";
import type { AgreementQuestion, Estimate, PersonQuality, Project, Quality as Report } from "../api";
import { agreementInWords, count, driftInWords, influenceInWords, percent, plural, range, when } from "../format";
import { isActive } from "../state/project";
import { mayIn } from "../state/session";
import { Dialog } from "../ui/dialog";
import { Field, Form } from "../ui/field";
import { Progress } from "../ui/progress";
import { Waiting } from "../ui/shell";
import { KnownAnswers } from "./known";
import type { PageProps } from "./project-pages";

export function Quality({ project, state }: PageProps) {
  const [report, setReport] = useState<Report | null>(null);
  const job = state.jobs.value.find((j) => j.kind === "quality");
  const busy = job !== undefined && isActive(job);
  const load = () => attempt(async () => setReport(await api.getQuality(project.id)));
  useEffect(() => { void load(); }, [project.id, job?.id, busy]);
  const measure = (what: "agreement" | "influence") => attempt(async () => state.take((await api.measureQuality(project.id, what)).job));

  if (report === null) return <Waiting />;
  const found = report.agreement;
  return (
    <>
      <section class="panel" aria-labelledby="measured-heading">
        <div class="row wrap filter-head">
          <h2 id="measured-heading">How good the labels are</h2>
          <button type="button" class="primary" disabled={busy || project.counts.labels === 0} onClick={() => void measure("agreement")}>{found ? "Measure again" : "Measure now"}</button>
        </div>
        <p class="hint" role="status">{busy ? `Measuring: ${job.progress.what || "waiting for its turn"} …`
          : found ? `${plural(found.result.n_labels, "label")} of ${plural(found.result.people.length, "person", "people")}, measured ${when(found.at)}. ${sinceInWords(found.labels_since)}`
          : "Nothing was measured yet. It takes a moment for thousands of labels, a minute for a million."}</p>
        {busy && <Progress labelled={job.progress.done} items={job.progress.total ?? 0} label="Measuring" />}
        {job?.state === "failed" && <p class="failure">{job.message ?? "Measuring failed."}</p>}
      </section>
      {found?.result.questions.map((q) => <QuestionPanel key={q.question} q={q} report={report} project={project} />)}
      {found && <People report={report} project={project} load={load} busy={busy} weigh={() => void measure("influence")} />}
      <KnownAnswers project={project} />
    </>
  );
}

const sinceInWords = (n: number): string => (n === 0 ? "No label came since." : `${plural(n, "label")} came since.`);

const nameOf = (report: Report, id: number): string =>
  report.people.find((p) => p.id === id)?.name ?? `Person ${id}`;

function QuestionPanel({ q, report, project }: { q: AgreementQuestion; report: Report; project: Project }) {
  const { consensus } = q;
  const several = project.questions.length > 1;
  return (
    <section class="panel" aria-label={`Agreement on ${q.question}`}>
      <h2>{several ? `Agreement: ${q.question}` : "Agreement"}</h2>
      {q.n_items === 0 ? (
        <p class="hint">Nobody can agree yet: no item was answered by two people. Ask for more people per item in the settings.</p>
      ) : <>
        <div class="figures">
          <Figure name="Krippendorff's alpha" x={q.alpha} />
          <Figure name="pairs that agree" x={q.percent} as={percent} />
          <Figure name="Fleiss' kappa" x={q.fleiss} />
        </div>
        <p>{agreementInWords(q.alpha)}</p>
        <p class="hint">
          {plural(q.n_items, "item")} with several answers. {consensus.n_tied === 0 ? "None is tied" : `${plural(consensus.n_tied, "item")} tied`}
          {consensus.n_dawid_skene_differs ? `; on ${count(consensus.n_dawid_skene_differs)} a vote that knows people's mistakes (Dawid and Skene) says otherwise than the majority.` : "."}
        </p>
        <Classes q={q} />
        {(q.confused?.length ?? 0) > 0 && (
          <details class="goes-by">
            <summary>Which classes people tell apart worst</summary>
            <ul class="lines">{q.confused!.slice(0, 10).map((c) => (
              <li key={`${c.a}/${c.b}`} class="line"><span class="grow">{c.a} or {c.b}</span><span>{plural(c.n, "time")}</span></li>
            ))}</ul>
          </details>
        )}
        {q.pairs.length > 0 && <Pairs q={q} report={report} />}
      </>}
    </section>
  );
}

function Figure({ name, x, as = (v: number) => v.toFixed(2) }: { name: string; x: Estimate; as?(v: number): string }) {
  return <p class="figure"><strong>{x.value === null ? "–" : as(x.value)}</strong><span>{name}{x.low !== null && <><br />{range(x, as)}</>}</span></p>;
}

function Classes({ q }: { q: AgreementQuestion }) {
  if (q.classes.length === 0) return null;
  const rows = [...q.classes].sort((a, b) => (a.positive.value ?? 2) - (b.positive.value ?? 2));
  return (
    <>
      <p class="hint">When one person says a class, how often does another? The hardest first.</p>
      <div class="scroll" role="region" aria-label={`Classes of ${q.question}`} tabIndex={0}><table class="figures-table">
        <thead><tr><th scope="col">Class</th><th scope="col">Another says it too</th><th scope="col">Alpha</th><th scope="col">Answers</th></tr></thead>
        <tbody>{rows.map((c) => (
          <tr key={c.class}>
            <th scope="row">{c.class}</th>
            <td>{c.positive.value === null ? "–" : <><meter min={0} max={1} value={c.positive.value} aria-hidden="true" /> {percent(c.positive.value)} <span class="hint">{range(c.positive, percent)}</span></>}</td>
            <td>{c.alpha.value?.toFixed(2) ?? "–"}</td><td>{count(c.n)}</td>
          </tr>
        ))}</tbody>
      </table></div>
    </>
  );
}

const PAIRS_SHOWN = 20;

function Pairs({ q, report }: { q: AgreementQuestion; report: Report }) {
  const worst = [...q.pairs].sort((a, b) => (a.kappa.value ?? 2) - (b.kappa.value ?? 2)).slice(0, PAIRS_SHOWN);
  return (
    <details class="goes-by">
      <summary>Pairs of people{q.n_pairs > PAIRS_SHOWN && `, the ${PAIRS_SHOWN} that agree least`}</summary>
      <div class="scroll" role="region" aria-label="Pairs of people" tabIndex={0}>
        <table class="figures-table">
          <thead><tr><th scope="col">Two people</th><th scope="col">Cohen's kappa</th><th scope="col">Agree</th><th scope="col">Items</th></tr></thead>
          <tbody>{worst.map((p) => (
            <tr key={`${p.a}/${p.b}`}>
              <th scope="row">{nameOf(report, p.a)} and {nameOf(report, p.b)}</th>
              <td>{p.kappa.value?.toFixed(2) ?? "–"} <span class="hint">{range(p.kappa, (v) => v.toFixed(2))}</span></td>
              <td>{p.percent.value === null ? "–" : percent(p.percent.value)}</td><td>{count(p.n)}</td>
            </tr>
          ))}</tbody>
        </table>
      </div>
    </details>
  );
}

interface PeopleProps { report: Report; project: Project; load(): Promise<unknown> }

function People({ report, project, load, busy, weigh }: PeopleProps & { busy: boolean; weigh(): void }) {
  const people = [...report.agreement!.result.people].sort((a, b) => b.labels - a.labels);
  return (
    <section class="panel" aria-labelledby="each-heading">
      <h2 id="each-heading">Each person</h2>
      <ul class="lines">{people.map((p) => <Person key={p.user} person={p} report={report} project={project} load={load} />)}</ul>
      <p class="hint">{report.influence
        ? `What the labels change in the model was measured ${when(report.influence.at)} on ${plural(report.influence.result.n_drawn, "item")} drawn at random. `
        : "What each person's labels change in the model can be measured on the items drawn at random; that takes minutes. "}
        <button type="button" class="link" disabled={busy} onClick={weigh}>{report.influence ? "Measure that again" : "Measure that"}</button></p>
    </section>
  );
}

function Person({ person: p, report, project, load }: PeopleProps & { person: PersonQuality }) {
  const [asking, setAsking] = useState(false);
  const name = nameOf(report, p.user);
  const put = report.quarantines.find((x) => x.user === p.user && x.on);
  const letIn = () => attempt(async () => {
    await api.setQuarantine(project.id, p.user, false, "");
    await load();
    say(`The labels of ${name} count again.`);
  });
  const influence = report.influence?.result.people.find((x) => x.user === p.user);
  const takes = p.questions.flatMap((q) => q.takes ?? []);
  return (
    <li class="line quality-person">
      <div class="grow">
        <p><strong>{name}</strong> <span class="hint">{plural(p.labels, "label")}{p.skips > 0 && `, ${plural(p.skips, "skip")}`}</span></p>
        <p>{p.others.value === null ? "Nobody else answered the same items."
          : <><meter min={0} max={1} value={p.others.value} aria-hidden="true" /> agrees with most others {percent(p.others.value)} of the time <span class="hint">{range(p.others, percent)}, of {count(p.others.n)}</span></>}</p>
        <p class="hint">
          {p.gold.value !== null && `Right on ${percent(p.gold.value)} of ${plural(p.gold.n, "item")} whose answer is known (${range(p.gold, percent)}). `}
          {p.self.value !== null && `Said the same again ${percent(p.self.value)} of the time (${range(p.self, percent)}, of ${count(p.self.n)}). `}
          {p.reviewers.value !== null && `Reviewers decided the same ${percent(p.reviewers.value)} of the time (${range(p.reviewers, percent)}, of ${count(p.reviewers.n)}). `}
          {p.seconds.value !== null && `${p.seconds.value.toFixed(1)} s an answer (${range(p.seconds, (s) => `${s.toFixed(1)} s`)}). `}
          {driftInWords(p.drift)}
          {takes.length > 0 && ` Takes ${takes.slice(0, 2).map((t) => `${t.is} for ${t.said} (${percent(t.share)})`).join(" and ")}.`}
          {influence && ` ${influenceInWords(influence)}`}
        </p>
        {put && <p class="warn-line">Left out since {when(put.at)}: {put.reason}</p>}
      </div>
      {p.drift.groups.length > 1 && <Spark person={p} name={name} />}
      {mayIn(project, "manager") && (put
        ? <button type="button" aria-label={`Let the labels of ${name} in again`} onClick={() => void letIn()}>Let in again</button>
        : <button type="button" class="quiet" aria-label={`Leave out the labels of ${name}`} onClick={() => setAsking(true)}>Leave out …</button>)}
      {asking && <LeaveOut name={name} close={() => setAsking(false)} send={async (reason) => {
        await api.setQuarantine(project.id, p.user, true, reason);
        setAsking(false);
        await load();
        say(`The labels of ${name} are left out from now on.`);
      }} />}
    </li>
  );
}

const WIDTH = 120;
const HEIGHT = 36;

/* Agreement over time: a line in its band of uncertainty. The sentence beside it says the same. */
function Spark({ person, name }: { person: PersonQuality; name: string }) {
  const groups = person.drift.groups.filter((g) => g.others.value !== null);
  const x = (i: number) => (2 + (i * (WIDTH - 4)) / Math.max(1, groups.length - 1)).toFixed(1);
  const y = (share: number | null) => (2 + (1 - (share ?? 0)) * (HEIGHT - 4)).toFixed(1);
  const band = [...groups.map((g, i) => `${x(i)},${y(g.others.high)}`), ...groups.map((g, i) => `${x(i)},${y(g.others.low)}`).reverse()];
  return (
    <svg class="spark" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img"
      aria-label={`${name}, from first to last: ${groups.map((g) => percent(g.others.value!)).join(", ")}`}>
      <polygon class="spark-band" points={band.join(" ")} />
      <polyline class="spark-line" points={groups.map((g, i) => `${x(i)},${y(g.others.value)}`).join(" ")} />
    </svg>
  );
}

function LeaveOut({ name, close, send }: { name: string; close(): void; send(reason: string): Promise<void> }) {
  const [reason, setReason] = useState("");
  return (
    <Dialog title={`Leave out the labels of ${name}?`} close={close}>
      <p>They stay where they are, in the record and in exports, and can be let in again. Until then they decide no item, teach no model and count in no figure.</p>
      <Form send={() => send(reason.trim())}>
        {(busy) => <>
          <Field label="Why" hint="Kept for ever, and seen by reviewers." value={reason} set={setReason} required maxLength={500} autoFocus />
          <div class="row end">
            <button type="button" onClick={close}>Cancel</button>
            <button class="primary" disabled={busy || !reason.trim()}>Leave them out</button>
          </div>
        </>}
      </Form>
    </Dialog>
  );
}
