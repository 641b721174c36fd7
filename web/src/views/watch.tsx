/* People behind an endpoint, whom it tells of their answers, and what was found in its days. */
import { useEffect, useState } from "preact/hooks";
import { attempt, say } from "../app";
import * as api from "../api";
import type { AskedRow, EarnedClass, PeopleBehind as Behind, WatchDay, Webhook } from "../api";
import { percent, plural, when } from "../format";
import { href } from "../router";
import { isActive } from "../state/project";
import { mayIn } from "../state/session";
import { Dialog } from "../ui/dialog";
import { Check, Field, Form, NumberField } from "../ui/field";
import { Waiting } from "../ui/shell";
import type { PageProps } from "./project-pages";

type Props = Pick<PageProps, "project" | "state"> & { endpoint: string };

const WHY: Record<AskedRow["why"], string> = {
  "no-model": "no version answered yet", unknown: "like nothing it was taught", unsure: "not sure enough", audit: "answered alone, to be checked",
};

export function PeopleBehind({ project, endpoint }: Props) {
  const [now, setNow] = useState<Behind | null>(null);
  const [changing, setChanging] = useState(false);
  const load = () => attempt(async () => setNow(await api.getPeopleBehind(project.id, endpoint)));
  useEffect(() => { void load(); }, [project.id, endpoint]);
  if (now === null) return <Waiting />;
  const manager = mayIn(project, "manager");
  return (
    <section class="panel" aria-labelledby="behind-heading">
      <div class="row wrap filter-head">
        <h2 id="behind-heading">People behind it</h2>
        {manager && <button type="button" class={now.on ? "" : "primary"} onClick={() => setChanging(true)}>{now.on ? "Change" : "Put people behind it"}</button>}
      </div>
      {now.on ? <>
        <p>What the model is not sure of comes first in people’s queue, and their answer is the caller’s. {now.waiting === 0 ? "Nothing waits." : `${plural(now.waiting, "request")} ${now.waiting === 1 ? "waits" : "wait"} for people.`}</p>
        {now.classes.length === 0 ? <p class="hint">No class has any evidence yet: everything goes to people.</p>
          : <ul class="lines">{now.classes.map((c) => <Earned key={c.class} c={c} />)}</ul>}
        {now.requests.length > 0 && <Requests list={now.requests} project={project.id} />}
      </> : <p class="hint">Off: what the model is not sure of is answered by the model all the same. With people behind it an address answers from the first minute, even without a version.</p>}
      {manager && now.on && <Webhooks project={project.id} endpoint={endpoint} />}
      {changing && <Change now={now} close={() => setChanging(false)} save={async (x) => { setNow(await api.setPeopleBehind(project.id, endpoint, x)); setChanging(false); }} />}
    </section>
  );
}

const Earned = ({ c }: { c: EarnedClass }) => (
  <li class="line"><strong>{c.class}</strong> <span class="grow">{c.sentence}{c.alone && ` Since then ${plural(c.audited, "answer")} checked, ${c.audited_wrong} wrong.`}</span></li>
);

function Requests({ list, project }: { list: AskedRow[]; project: number }) {
  return (
    <details>
      <summary>The newest {plural(list.length, "request")}</summary>
      <ul class="lines">{list.map((r, i) => (
        <li key={i} class="line">
          <a href={href(`/p/${project}/items/${r.item}`)}>Item {r.item}</a>
          <span class="grow">{r.state === "waiting" ? "waits" : r.state === "declined" ? "people could not say" : `“${r.class}”`}{r.guess ? `; the model would have said “${r.guess}”, ${percent(r.probability ?? 0)} sure` : ""}</span>
          <span class="hint">{WHY[r.why]}, {when(r.asked_at)}</span>
        </li>
      ))}</ul>
    </details>
  );
}

function Change({ now, close, save }: { now: Behind; close(): void; save(x: Partial<Behind>): Promise<void> }) {
  const [on, setOn] = useState(true);
  const [wait, setWait] = useState(String(now.wait_s));
  const [wrong, setWrong] = useState(String(now.wrong_in));
  const [audit, setAudit] = useState(String(Math.round(now.audit * 100)));
  const send = () => save({ on, wait_s: Number(wait), wrong_in: Number(wrong), audit: Number(audit) / 100 });
  return (
    <Dialog title="People behind this address" close={close}>
      <Form send={send}>{(busy) => <>
        <Check label="People answer what the model is not sure of" checked={on} set={setOn} />
        <NumberField label="Seconds a caller waits" value={wait} set={setWait} min={0} max={60} hint="Then it is told where to ask again." />
        <NumberField label="At most one wrong answer in" value={wrong} set={setWrong} min={3} max={10000} hint="Class by class the model answers alone once people’s answers show it. 200 takes about 900 answers without a mistake, 20 about 90." />
        <NumberField label="Per cent of its own answers that people check" value={audit} set={setAudit} min={1} max={100} hint="When they show more mistakes, the class goes back to people." />
        <div class="row end"><button type="button" class="quiet" onClick={close}>Cancel</button><button class="primary" disabled={busy}>Save</button></div>
      </>}</Form>
    </Dialog>
  );
}

function Webhooks({ project, endpoint }: { project: number; endpoint: string }) {
  const [list, setList] = useState<Webhook[]>([]);
  const [asking, setAsking] = useState(false);
  const load = () => attempt(async () => setList(await api.listWebhooks(project, endpoint)));
  useEffect(() => { void load(); }, [project, endpoint]);
  const remove = (w: Webhook) => attempt(async () => { await api.removeWebhook(project, endpoint, w.id); say("The webhook was removed."); await load(); });
  return (
    <>
      <h3>Webhooks</h3>
      <p class="hint">An address of yours that is told of each answer, signed, until it arrives.</p>
      {list.length > 0 && <ul class="lines">{list.map((w) => (
        <li key={w.id} class="line">
          <span class="grow break">{w.url}</span>
          <span class="hint">{w.deliveries.length === 0 ? "nothing was sent yet" : w.deliveries[0]!.state === "arrived" ? "the last message arrived" : `the last message: ${w.deliveries[0]!.why ?? "on its way"}`}</span>
          <button type="button" class="quiet" onClick={() => void remove(w)}>Remove</button>
        </li>
      ))}</ul>}
      <button type="button" onClick={() => setAsking(true)}>Add a webhook</button>
      {asking && <NewWebhook project={project} endpoint={endpoint} close={() => { setAsking(false); void load(); }} />}
    </>
  );
}

function NewWebhook({ project, endpoint, close }: { project: number; endpoint: string; close(): void }) {
  const [url, setUrl] = useState("");
  const [secret, setSecret] = useState("");
  const send = async () => setSecret((await api.makeWebhook(project, endpoint, url.trim())).secret);
  if (secret) return (
    <Dialog title="The secret, shown once" close={close}>
      <p>Messages are signed with it: <code class="break">{secret}</code></p>
      <div class="row end"><button type="button" class="primary" onClick={close}>I have kept it</button></div>
    </Dialog>
  );
  return (
    <Dialog title="Add a webhook" close={close}>
      <Form send={send}>{(busy) => <>
        <Field label="Address" value={url} set={setUrl} required maxLength={2000} autoFocus placeholder="https://example.org/answers" hint="https, and of the open internet." />
        <div class="row end"><button type="button" class="quiet" onClick={close}>Cancel</button><button class="primary" disabled={busy}>Add</button></div>
      </>}</Form>
    </Dialog>
  );
}

export function Watch({ project, state, endpoint }: Props) {
  const [days, setDays] = useState<WatchDay[] | null>(null);
  const job = state.jobs.value.find((j) => j.kind === "watch");
  const busy = job !== undefined && isActive(job);
  const load = () => attempt(async () => setDays(await api.getWatch(project.id, endpoint)));
  useEffect(() => { void load(); }, [project.id, endpoint, job?.id, busy]);
  const look = () => attempt(async () => state.take((await api.startWatch(project.id, endpoint)).job));
  if (days === null) return <Waiting />;
  return (
    <section class="panel" aria-labelledby="watch-heading">
      <div class="row wrap filter-head">
        <h2 id="watch-heading">Its days</h2>
        {mayIn(project, "manager") && <button type="button" disabled={busy} onClick={() => void look()}>{busy ? "Looking …" : "Look at today now"}</button>}
      </div>
      <p class="hint">Each day a random sample of what was asked is compared with what the version was taught, with the days before and with people. Only inputs that people were asked about are kept.</p>
      {job?.state === "failed" && <p class="failure">{job.message}</p>}
      {days.length === 0 ? <p>No day was looked at yet.</p> : <ul class="lines">{days.map((d) => <Day key={d.day} d={d} />)}</ul>}
    </section>
  );
}

function Day({ d }: { d: WatchDay }) {
  const r = d.report;
  return (
    <li>
      <p><strong>{d.day.slice(0, 10)}</strong> {r.seen === 0 ? "Nothing was asked of a version." : `${plural(r.seen, "sampled answer")}, ${percent(r.confidence)} sure on average, ${r.unknown} like nothing it was taught.`}
        {r.audit && r.audit.checked > 0 ? ` People checked ${r.audit.checked}, ${r.audit.wrong} were wrong.` : ""}
        {r.features && r.features.compared > 0 && r.features.different === 0 ? ` ${plural(r.features.compared, "input")} had the very numbers of training.` : ""}
        {r.seen > 0 && r.alarms.length === 0 ? " Nothing unusual." : ""}</p>
      {r.alarms.map((a) => <p key={a.sentence} class="failure" role="alert">{a.sentence}</p>)}
    </li>
  );
}
