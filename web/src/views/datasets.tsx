/* Frozen versions of the answers: the list, a form that freezes one, and each with its datasheet. */
import { useEffect, useState } from "preact/hooks";
import { attempt, say } from "../app";
import * as api from "../api";
import type { Dataset, DatasetDiff, DatasetUse, Datasheet, Part } from "../api";
import { count, percent, plural, when } from "../format";
import { href } from "../router";
import { isActive } from "../state/project";
import { shares, specOf, EMPTY, type Wish } from "../state/datasets";
import { mayIn } from "../state/session";
import { Dialog } from "../ui/dialog";
import { Check, Field, Form, NumberField, Select } from "../ui/field";
import { Progress } from "../ui/progress";
import { Waiting } from "../ui/shell";
import { Behind } from "./trace";
import type { PageProps } from "./project-pages";

const PARTS: readonly Part[] = ["train", "validation", "test"];
const titleOf = (d: { id: number; name: string }): string => d.name || `Version ${d.id}`;

export function Datasets({ project, state }: PageProps) {
  const [list, setList] = useState<Dataset[] | null>(null);
  const [asking, setAsking] = useState(false);
  const job = state.jobs.value.find((j) => j.kind === "freeze");
  const busy = job !== undefined && isActive(job);
  const load = () => attempt(async () => setList(await api.listDatasets(project.id)));
  useEffect(() => { void load(); }, [project.id, job?.id, busy]);

  if (list === null) return <Waiting />;
  return (
    <>
      <section class="panel" aria-labelledby="datasets-heading">
        <div class="row wrap filter-head">
          <h2 id="datasets-heading">Data sets</h2>
          {mayIn(project, "manager") && <button type="button" class="primary" disabled={busy} onClick={() => setAsking(true)}>Freeze a data set</button>}
        </div>
        <p class="hint">A data set is what the project says at one moment: each item, its answer and its part. It never changes, and equal inputs give the same fingerprint.</p>
        {busy && <><p class="hint" role="status">Freezing: {job.progress.what || "waiting for its turn"} …</p><Progress labelled={job.progress.done} items={job.progress.total ?? 0} label="Freezing" /></>}
        {job?.state === "failed" && <p class="failure">{job.message ?? "Freezing failed."}</p>}
        {list.length > 0 && (
          <ul class="lines">{list.map((d) => (
            <li key={d.id} class="line">
              <a class="grow" href={href(`/p/${project.id}/datasets/${d.id}`)}>{d.id}. {titleOf(d)}</a>
              <span>{d.state === "frozen" ? plural(d.items, "item") : d.state}</span>
              <span class="hint">{when(d.created_at)}{d.user?.name ? `, ${d.user.name}` : ""}</span>
              {d.hash && <code title="Fingerprint of the content">{d.hash.slice(0, 12)}</code>}
            </li>
          ))}</ul>
        )}
      </section>
      {asking && <FreezeDialog project={project.id} list={list} classes={project.questions[0]?.classes.map((c) => c.name) ?? []}
        close={() => setAsking(false)} done={(j) => { state.take(j); setAsking(false); say("Freezing has begun."); }} />}
    </>
  );
}

function FreezeDialog({ project, list, classes, close, done }: {
  project: number; list: Dataset[]; classes: string[]; close(): void; done(job: api.Job): void;
}) {
  const frozen = list.filter((d) => d.state === "frozen");
  const [wish, setWish] = useState<Wish>({ ...EMPTY, like: frozen[0] ? String(frozen[0].id) : "" });
  const set = <K extends keyof Wish>(key: K) => (value: Wish[K]) => setWish((w) => ({ ...w, [key]: value }));
  const send = async () => done((await api.freezeDataset(project, { name: wish.name, ...specOf(wish, classes) })).job);
  return (
    <Dialog title="Freeze a data set" close={close}>
      <Form send={send}>{(busy) => <>
        <Field label="Name" value={wish.name} set={set("name")} maxLength={200} placeholder="for the first model" />
        <fieldset class="form">
          <legend>Parts, in per cent</legend>
          <div class="row wrap">
            <NumberField label="Train" value={wish.train} set={set("train")} min={0} max={100} />
            <NumberField label="Validation" value={wish.validation} set={set("validation")} min={0} max={100} />
            <NumberField label="Test" value={wish.test} set={set("test")} min={0} max={100} />
          </div>
          <p class="hint">{shares(wish)}</p>
        </fieldset>
        <fieldset class="form">
          <legend>Keep on one side, so that nothing leaks</legend>
          <Check label="Near-duplicates" hint="What looks or reads almost the same, as a burst of photos does." checked={wish.duplicates} set={set("duplicates")} />
          <Check label="Each folder or table" checked={wish.folder_together} set={set("folder_together")} />
          <Check label="What one person labelled in one sitting" checked={wish.session} set={set("session")} />
          <Field label="Equal metadata" hint="Names of columns, with commas: camera, patient" value={wish.keys} set={set("keys")} />
        </fieldset>
        {frozen.length > 0 && (
          <Select label="Keep the parts of" value={wish.like} set={set("like")} hint="What was in its test part stays in the test part."
            options={[["", "no other data set"], ...frozen.map((d) => [String(d.id), `${d.id}. ${titleOf(d)}`] as const)]} />
        )}
        <details class="goes-by">
          <summary>Only some of the items</summary>
          <div>
            <Field label="Paths that begin with" value={wish.folder} set={set("folder")} />
            <NumberField label="Answers of at least so many people" value={wish.people} set={set("people")} min={1} max={100} />
            <fieldset class="form"><legend>Answers</legend>{classes.slice(0, 50).map((name) => (
              <Check key={name} label={name} checked={!wish.without.includes(name)}
                set={(on) => set("without")(on ? wish.without.filter((c) => c !== name) : [...wish.without, name])} />
            ))}</fieldset>
          </div>
        </details>
        <div class="row end"><button type="button" class="quiet" onClick={close}>Cancel</button><button class="primary" disabled={busy}>Freeze</button></div>
      </>}</Form>
    </Dialog>
  );
}

export function DatasetPage({ project, state, of }: PageProps & { of: string }) {
  const [data, setData] = useState<(Dataset & { sheet: Datasheet | null }) | null>(null);
  const [others, setOthers] = useState<Dataset[]>([]);
  const id = Number(of);
  const busy = state.jobs.value.some((j) => j.kind === "freeze" && isActive(j));
  const load = async () => { setData(await api.getDataset(project.id, id)); setOthers(await api.listDatasets(project.id)); };
  useEffect(() => { void attempt(load); }, [project.id, id, busy]);
  if (data === null) return <Waiting />;
  return (
    <>
      <section class="panel" aria-labelledby="dataset-heading">
        <p><a href={href(`/p/${project.id}/datasets`)}>All data sets</a></p>
        <h2 id="dataset-heading">{data.id}. {titleOf(data)}</h2>
        {data.state !== "frozen" ? <p role="status">{data.state === "freezing" ? "It is being frozen." : "It could not be frozen."}</p> : <>
          <p>{plural(data.items, "item")} as the project stood at ledger no. {count(data.ledger_seq)}, frozen {when(data.created_at)}{data.user?.name ? ` by ${data.user.name}` : ""} as ledger no. {count(data.event_seq ?? 0)}.</p>
          <p class="hint">Fingerprint</p>
          <code class="fingerprint">{data.hash}</code>
          <Downloads project={project.id} data={data} manager={mayIn(project, "manager")} />
        </>}
      </section>
      {data.sheet && <Sheet sheet={data.sheet} />}
      {data.state === "frozen" && <Compare project={project.id} data={data} others={others.filter((d) => d.id !== data.id && d.state === "frozen")} />}
      {data.state === "frozen" && <Behind project={project} load={(after) => api.traceDataset(project.id, data.id, after)} title="The labels it was made of" />}
    </>
  );
}

function Downloads({ project, data, manager }: { project: number; data: Dataset; manager: boolean }) {
  const [uses, setUses] = useState<DatasetUse[] | null>(null);
  const [asking, setAsking] = useState(false);
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const load = () => attempt(async () => setUses(await api.listUses(project, data.id)));
  useEffect(() => { void load(); }, [project, data.id]);
  const send = async () => { await api.openTest(project, data.id, reason); setOpen(true); setAsking(false); await load(); };
  const link = (part: string, format: string, words: string) => <a class="button" href={api.datasetUrl(project, data.id, format, part)} download>{words}</a>;
  return (
    <>
      <div class="row wrap">
        {link("learning", "jsonl", "Train and validation, JSON Lines")}
        {link("learning", "csv", "CSV")}
        {open ? <>{link("test", "jsonl", "Test part, JSON Lines")}{link("test", "csv", "CSV of the test part")}</>
          : manager && <button type="button" onClick={() => setAsking(true)}>Open the test part</button>}
      </div>
      <p class="hint">{uses === null || uses.length === 0 ? "The test part was never opened." : `The test part was opened ${plural(uses.length, "time")}:`}</p>
      {uses !== null && uses.length > 0 && (
        <ul class="lines">{uses.map((u) => (
          <li key={u.id} class="line"><span class="grow">{u.reason}</span><span class="hint">{u.user?.name || "the command line"}, {when(u.at)}</span></li>
        ))}</ul>
      )}
      {asking && (
        <Dialog title="Open the test part" close={() => setAsking(false)}>
          <p>A test set that is looked at often is worth less. Who opens it and why is kept with the data set for good; it is open to you for an hour then.</p>
          <Form send={send}>{(busy) => <>
            <Field label="What for" value={reason} set={setReason} required maxLength={500} autoFocus />
            <div class="row end"><button type="button" class="quiet" onClick={() => setAsking(false)}>Cancel</button><button class="primary" disabled={busy}>Open</button></div>
          </>}</Form>
        </Dialog>
      )}
    </>
  );
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

function Sheet({ sheet }: { sheet: Datasheet }) {
  const { agreement: g, drawn, left_out: out } = sheet;
  const rows = [...sheet.classes.map((name, k) => [name, k] as const), ["no class", sheet.classes.length] as const]
    .filter(([, k]) => k < sheet.classes.length || PARTS.some((p) => sheet.counts[p][k]));
  const left = ([["without an answer", out.open], ["flagged", out.flagged], ["rejected", out.rejected], ["people do not agree", out.undecided], ["outside the query", out.query]] as const).filter(([, n]) => n > 0);
  return (
    <section class="panel" aria-labelledby="sheet-heading">
      <h2 id="sheet-heading">Datasheet</h2>
      {sheet.gaps.length > 0 && <><h3>Known gaps</h3><ul class="bullets">{sheet.gaps.map((s) => <li key={s}>{s}</li>)}</ul></>}
      <h3>Balance</h3>
      <div class="scroll" role="region" aria-label="Items of each class and part" tabIndex={0}><table class="figures-table">
        <thead><tr><th scope="col">{sheet.question}</th>{PARTS.map((p) => <th key={p} scope="col">{p}</th>)}</tr></thead>
        <tbody>{rows.map(([name, k]) => <tr key={name}><th scope="row">{name}</th>{PARTS.map((p) => <td key={p}>{count(sheet.counts[p][k] ?? 0)}</td>)}</tr>)}
          <tr><th scope="row">together</th>{PARTS.map((p) => <td key={p}>{count(sum(sheet.counts[p]))}</td>)}</tr></tbody>
      </table></div>
      <h3>Who labelled, and how they agree</h3>
      <p>{plural(sheet.labels, "label")}{sheet.first_at ? ` from ${when(sheet.first_at)} to ${when(sheet.last_at)}` : ""}. {g.items === 0 ? "No item was answered by two people."
        : `Of ${plural(g.items, "item")} with two people or more, all agree on ${percent(g.unanimous / g.items)}; on average ${percent(g.support)} of them say the answer.`}</p>
      <ul class="lines">{sheet.people.map((p) => <li key={p.user?.id ?? 0} class="line"><span class="grow">{p.user?.name || "somebody who was erased"}</span><span>{plural(p.labels, "label")}</span></li>)}</ul>
      <h3>How the items came</h3>
      <p>{count(drawn.random)} drawn at random, {count(drawn.picked)} picked for what they teach, {count(drawn.other)} otherwise. {plural(sheet.groups.n, "group")} stay together, the largest of {plural(sheet.groups.largest, "item")}.</p>
      {left.length > 0 && <><h3>Left out</h3><ul class="lines">{left.map(([why, n]) => <li key={why} class="line"><span class="grow">{why}</span><span>{count(n)}</span></li>)}</ul></>}
    </section>
  );
}

function Compare({ project, data, others }: { project: number; data: Dataset; others: Dataset[] }) {
  const [other, setOther] = useState("");
  const [diff, setDiff] = useState<DatasetDiff | null>(null);
  if (others.length === 0) return null;
  const choose = (value: string) => {
    setOther(value);
    setDiff(null);
    if (value) void attempt(async () => setDiff(await api.diffDatasets(project, data.id, Number(value))));
  };
  const kinds = diff && ([["here and not there", diff.added], ["there and not here", diff.removed], ["answered otherwise", diff.answered_otherwise], ["in another part", diff.in_another_part]] as const);
  return (
    <section class="panel" aria-labelledby="compare-heading">
      <h2 id="compare-heading">Compare</h2>
      <Select label="With" value={other} set={choose} options={[["", "choose a data set"], ...others.map((d) => [String(d.id), `${d.id}. ${titleOf(d)}`] as const)]} />
      {diff?.equal && <p role="status">They hold the same.</p>}
      {kinds && !diff.equal && <ul class="lines">{kinds.map(([words, d]) => (
        <li key={words} class="line"><span class="grow">{words}</span><span>{plural(d.n, "item")}</span>
          {d.items.slice(0, 8).map((i) => <a key={i} href={href(`/p/${project}/items/${i}`)}>{i}</a>)}</li>
      ))}</ul>}
    </section>
  );
}
