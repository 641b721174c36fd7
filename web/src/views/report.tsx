/*
 * The honest account of a version of the classifier: what it can do, in sentences; what it takes for what,
 * as a grid of the items themselves; where it does worse; what it was sure of and wrong about. Loaded when
 * it is looked at (report-lazy.tsx).
 */
import { useEffect, useState } from "preact/hooks";
import { attempt, say } from "../app";
import * as api from "../api";
import type { Item, Project, ReportCell, ReportDiff, ReportOfModel, ReportSlice, Share } from "../api";
import { count, percent, plural, when } from "../format";
import { href } from "../router";
import { byKey, cellInWords, grid, GRID_CLASSES, mistakes, shade } from "../state/report";
import { mayIn } from "../state/session";
import { Select } from "../ui/field";
import { Waiting } from "../ui/shell";
import { Why } from "./why";

export interface ReportProps {
  project: Project; version: number;
  others: readonly number[]; // trained versions it may be compared with
  busy: boolean; // it is being measured again
  measuring(job: api.Job): void;
}

export function Report({ project, version, others, busy, measuring }: ReportProps) {
  const [report, setReport] = useState<ReportOfModel | null>(null);
  useEffect(() => { void attempt(async () => setReport(await api.getReport(project.id, version))); }, [project.id, version, busy]);
  if (report === null) return <Waiting />;
  return (
    <>
      <Account {...{ project, version, busy, measuring, report }} />
      {report.n > 0 && <Confusion project={project} report={report} />}
      <Classes report={report} />
      {report.slices.length > 0 && <Slices project={project} slices={report.slices} />}
      {report.n > 0 && <Wrong project={project} version={version} report={report} />}
      <Suspects project={project} report={report} />
      {others.length > 0 && <Compare project={project} version={version} others={others} />}
      <Purpose project={project} version={version} />
    </>
  );
}

const isHonest = (r: ReportOfModel): boolean => r.source === "honest";

function Account({ project, version, busy, measuring, report }: Omit<ReportProps, "others"> & { report: ReportOfModel }) {
  const again = () => attempt(async () => measuring((await api.measureModel(project.id, version)).job));
  const missing = report.honest.enough - report.honest.n;
  return (
    <section class="panel" aria-labelledby="account-heading">
      <div class="row wrap filter-head">
        <h2 id="account-heading">How good it is</h2>
        {mayIn(project, "manager") && <button type="button" disabled={busy} onClick={() => void again()}>{busy ? "Measuring …" : "Measure again"}</button>}
      </div>
      {report.accuracy.value !== null && <Figure share={report.accuracy} />}
      <ul class="bullets">{report.sentences.map((s) => <li key={s}>{s}</li>)}</ul>
      {report.alarms.map((a) => <p key={a.sentence} class="notice">{a.sentence}</p>)}
      {!isHonest(report) && missing > 0 && <p class="notice">An honest figure needs {plural(missing, "more item")} that {missing === 1 ? "was" : "were"} drawn at random and labelled by people.</p>}
      <p class="hint">Measured {when(report.at)}.
        {report.honest.new > 0 && ` ${plural(report.honest.new, "item")} of classes it was never taught ${report.honest.new === 1 ? "is" : "are"} left out.`}
        {report.honest.related > 0 && ` ${plural(report.honest.related, "item")} ${report.honest.related === 1 ? "is" : "are"} left out because a near duplicate taught it.`}</p>
    </section>
  );
}

/* The figure with its interval as a bar. */
function Figure({ share }: { share: Share }) {
  return (
    <p class="report-figure">
      <strong>{percent(share.value ?? 0)}</strong>
      <span>right, between {percent(share.low ?? 0)} and {percent(share.high ?? 1)} <span class="hint">({plural(share.n, "item")})</span></span>
      <meter min={0} max={1} value={share.value ?? 0} aria-label="Share named rightly" />
    </p>
  );
}

/* -- what it takes for what */

function Confusion({ project, report }: { project: Project; report: ReportOfModel }) {
  const [open, setOpen] = useState<ReportCell | null>(null);
  const wrong = mistakes(report);
  return (
    <section class="panel" aria-labelledby="grid-heading">
      <h2 id="grid-heading">What it takes for what</h2>
      {report.classes.length <= GRID_CLASSES ? <Grid {...{ project, report, open, setOpen }} /> : (
        wrong.length === 0 ? <p class="hint">Nothing was taken for anything else.</p> : (
          <ul class="lines">{wrong.slice(0, 30).map((c) => (
            <li key={`${c.truth}-${c.said}`} class="line"><button type="button" class="quiet grow" aria-expanded={open === c} onClick={() => setOpen(open === c ? null : c)}>{cellInWords(report, c)}</button></li>
          ))}</ul>
        )
      )}
      {open && <div class="cell-items" role="region" aria-label={cellInWords(report, open)}>
        <h3>{cellInWords(report, open)}</h3>
        <Things project={project} ids={open.items} />
        {open.n > open.items.length && <p class="hint">The first {count(open.items.length)} of {count(open.n)}.</p>}
      </div>}
    </section>
  );
}

function Grid({ project, report, open, setOpen }: { project: Project; report: ReportOfModel; open: ReportCell | null; setOpen(c: ReportCell | null): void }) {
  return (
    <>
      <p class="hint">A row is what the items are, a column what it called them; right ones lie on the diagonal. Press a cell to see its items.</p>
      <div class="grid-scroll" tabIndex={0} role="region" aria-label="Grid of confusions">
        <table class="confusion">
          <thead><tr><td />{report.classes.map((name) => <th key={name} scope="col"><span title={name}>{name}</span></th>)}</tr></thead>
          <tbody>{grid(report).map((row, truth) => (
            <tr key={report.classes[truth]}>
              <th scope="row"><span title={report.classes[truth]}>{report.classes[truth]}</span></th>
              {row.map((cell, said) => (
                <td key={said}>{cell && (
                  <button type="button" class={`cell shade-${shade(cell, row)} ${truth === said ? "right" : "wrong"}`} aria-pressed={open === cell}
                    aria-label={cellInWords(report, cell)} title={cellInWords(report, cell)} onClick={() => setOpen(open === cell ? null : cell)}>
                    {project.kind === "image" && cell.items[0] !== undefined && <img src={api.thumbUrl(cell.items[0])} alt="" loading="lazy" />}
                    <span>{count(cell.n)}</span>
                  </button>
                )}</td>
              ))}
            </tr>
          ))}</tbody>
        </table>
      </div>
    </>
  );
}

/* -- items, as pictures or as texts */

export interface Told { id: number; words?: string; more?: string }

/* With a version, each can be asked why it answered so. */
interface ThingsProps { project: Project; ids?: readonly number[]; told?: readonly Told[]; version?: number }

function Things({ project, ids, told, version }: ThingsProps) {
  const all: readonly Told[] = told ?? (ids ?? []).map((id) => ({ id }));
  return project.kind === "image" ? <Pictures {...{ project, all, version }} /> : <Texts {...{ project, all, version }} />;
}

interface ToldProps { project: Project; all: readonly Told[]; version: number | undefined }

function Pictures({ project, all, version }: ToldProps) {
  return (
    <ul class="thumbs plain">{all.map(({ id, words, more }) => (
      <li key={id} class="report-item">
        <a class="entry" href={href(`/p/${project.id}/items/${id}`)}><img src={api.thumbUrl(id)} alt={`Item ${id}`} loading="lazy" />{words && <span class="tag">{words}</span>}</a>
        {more && <p class="hint">{more}</p>}
        {(words || more) && <a href={href(`/p/${project.id}/items/${id}`)}>Look at it</a>}
        {version !== undefined && <Why project={project.id} version={version} item={id} text={null} />}
      </li>
    ))}</ul>
  );
}

const TEXTS = 12; // each is asked for by itself

function Texts({ project, all, version }: ToldProps) {
  const [items, setItems] = useState<Map<number, Item>>(new Map());
  const shown = all.slice(0, TEXTS);
  const ids = shown.map((t) => t.id).join();
  useEffect(() => {
    void attempt(async () => setItems(new Map((await Promise.all(shown.map((t) => api.getItem(t.id)))).map((i) => [i.id, i]))));
  }, [ids]);
  return (
    <ul class="lines">{shown.map(({ id, words, more }) => (
      <li key={id} class="report-line">
        <p class="entry-text">{items.get(id)?.text ?? "…"}</p>
        {words && <p><strong>{words}</strong></p>}
        {more && <p class="hint">{more}</p>}
        <a href={href(`/p/${project.id}/items/${id}`)}>Look at it</a>
        {version !== undefined && <Why project={project.id} version={version} item={id} text={items.get(id)?.text ?? null} />}
      </li>
    ))}</ul>
  );
}

/* -- class by class, slices, what went wrong */

function Classes({ report }: { report: ReportOfModel }) {
  return (
    <section class="panel" aria-labelledby="classes-heading">
      <h2 id="classes-heading">Class by class</h2>
      <ul class="class-words">{report.by_class.map((c) => (
        <li key={c.class} class={c.early ? "early" : undefined}>
          <h3>{c.class} <span class="hint">{plural(c.taught, "example")}</span></h3>
          <p>{c.words}</p>
          <div class="report-bars">
            <Bar label="Its name can be trusted" share={c.precision} />
            <Bar label="Of its items it finds" share={c.recall} />
          </div>
        </li>
      ))}</ul>
    </section>
  );
}

function Bar({ label, share }: { label: string; share: Share }) {
  if (share.value === null) return null;
  return <div class="report-bar"><span>{label}</span><meter min={0} max={1} value={share.value} aria-label={label} /><span>{percent(share.value)}</span></div>;
}

function Slices({ project, slices }: { project: Project; slices: readonly ReportSlice[] }) {
  const worse = slices.filter((s) => s.worse);
  return (
    <section class="panel" aria-labelledby="slices-heading">
      <h2 id="slices-heading">Where it does worse</h2>
      {worse.length === 0 && <p>Nowhere beyond luck, of {plural(slices.length, "slice")} by folder, metadata, size and day.</p>}
      {worse.map((s) => (
        <div key={`${s.key} ${s.value}`} class="slice">
          <p><strong>{s.key}: {s.value}</strong>: {percent(s.accuracy.value ?? 0)} right there, {percent(s.elsewhere.value ?? 0)} elsewhere ({plural(s.n, "item")}).</p>
          <Things project={project} ids={s.items} />
        </div>
      ))}
      <details><summary>All slices</summary>
        {byKey(slices).map(([key, list]) => (
          <div key={key} class="slice"><h3>{key}</h3>
            <ul class="lines">{list.map((s) => <li key={s.value} class="line"><span class="grow">{s.value}</span><span>{percent(s.accuracy.value ?? 0)}</span><span class="hint">{s.right} of {s.n}</span></li>)}</ul>
          </div>
        ))}
      </details>
    </section>
  );
}

function Wrong({ project, version, report }: { project: Project; version: number; report: ReportOfModel }) {
  const told = report.sure_and_wrong.map((w) => ({ id: w.item, words: `${w.said} ${percent(w.probability)}`, more: `is ${w.truth}` }));
  return (
    <section class="panel" aria-labelledby="wrong-heading">
      <h2 id="wrong-heading">Sure of, and wrong</h2>
      {told.length === 0 ? <p>It was never sure (80 % and more) and wrong.</p> : <>
        <p class="hint">It gave these 80 % or more. Either it has something to learn from them, or their label is wrong.</p>
        <Things project={project} told={told} version={version} />
      </>}
    </section>
  );
}

function Suspects({ project, report }: { project: Project; report: ReportOfModel }) {
  if (report.suspects.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="suspects-heading">
      <h2 id="suspects-heading">Labels that look wrong</h2>
      <p class="hint">Models that had not seen these labels would give another one. {mayIn(project, "reviewer") && <a href={href(`/p/${project.id}/second-look`)}>Go through them</a>}</p>
      <Things project={project} told={report.suspects.slice(0, 12).map((s) => ({ id: s.item, words: `${s.given}?`, more: `rather ${s.suggested}` }))} />
    </section>
  );
}

/* -- against another version */

function Compare({ project, version, others }: { project: Project; version: number; others: readonly number[] }) {
  const [other, setOther] = useState("");
  const [diff, setDiff] = useState<ReportDiff | null>(null);
  useEffect(() => {
    setDiff(null);
    if (other) void attempt(async () => setDiff(await api.diffModels(project.id, version, Number(other))));
  }, [project.id, version, other]);
  return (
    <section class="panel" aria-labelledby="versus-heading">
      <h2 id="versus-heading">Against another version</h2>
      <Select label="Compare with" value={other} set={setOther} options={[["", "choose a version"], ...others.map((v) => [String(v), `version ${v}`] as const)]} />
      {diff && <div role="status">
        <p>{diff.words}</p>
        {diff.n > 0 && <p class="hint">Difference: {points(diff.difference.value)}, between {points(diff.difference.low)} and {points(diff.difference.high)}.</p>}
        {diff.fixed.length > 0 && <><h3>Right now, wrong before ({count(diff.n_fixed)})</h3><Things project={project} ids={diff.fixed} /></>}
        {diff.broken.length > 0 && <><h3>Wrong now, right before ({count(diff.n_broken)})</h3><Things project={project} ids={diff.broken} /></>}
      </div>}
    </section>
  );
}

const points = (x: number): string => `${x > 0 ? "+" : ""}${(100 * x).toFixed(1)} points`;

/* -- the card */

function Purpose({ project, version }: { project: Project; version: number }) {
  const [text, setText] = useState<string | null>(null);
  const [saved, setSaved] = useState("");
  useEffect(() => {
    void attempt(async () => {
      const use = (await api.getCard(project.id, version)).intended_use ?? "";
      setText(use);
      setSaved(use);
    });
  }, [project.id, version]);
  const save = () => attempt(async () => { setSaved((await api.setPurpose(project.id, text ?? "")).text); say("The card says so now."); });
  return (
    <section class="panel" aria-labelledby="card-heading">
      <h2 id="card-heading">The card of this version</h2>
      <p class="hint">What it is, what it was made of and by whom, how good it is and for what it is not good: written by itself, but for one thing.</p>
      {mayIn(project, "manager") && text !== null && <>
        <label class="field"><span>What is it for, and what is it not for?</span>
          <textarea rows={3} maxLength={1000} value={text} onInput={(e) => setText(e.currentTarget.value)} /></label>
        <button type="button" disabled={text === saved} onClick={() => void save()}>Keep</button>
      </>}
      <p class="row wrap">
        <a class="button" href={api.cardUrl(project.id, version, "markdown")} download={`version-${version}.md`}>Card, Markdown</a>
        <a class="button" href={api.cardUrl(project.id, version, "json")} download={`version-${version}.json`}>Card, JSON</a>
      </p>
    </section>
  );
}
