/* The addresses of a project: the list, a form that makes one, and each with what answers there, what its
 * gate said, its history, settings, tokens and how it is called. */
import { useEffect, useState } from "preact/hooks";
import { attempt, say } from "../app";
import * as api from "../api";
import type { Endpoint, EndpointSettings, EndpointWhole, GateVerdict, VersionBrief } from "../api";
import { count, percent, plural, when } from "../format";
import { href } from "../router";
import { floorsOf, floorsText, snippets } from "../state/endpoints";
import { isActive } from "../state/project";
import { mayIn } from "../state/session";
import { Dialog } from "../ui/dialog";
import { Check, Field, Form, NumberField, Select } from "../ui/field";
import { Progress } from "../ui/progress";
import { Waiting } from "../ui/shell";
import type { PageProps } from "./project-pages";
import { PeopleBehind, Watch } from "./watch";

const title = (v: VersionBrief): string => (v.name ? `Version ${v.id}, ${v.name}` : `Version ${v.id}`);
const VERDICTS: Record<GateVerdict["verdict"], string> = { go: "Go", "no-go": "No-go", more: "Not told yet" };
const HOW: Record<string, string> = { gate: "published", override: "published against the gate", rollback: "gone back to" };

export function Endpoints({ project }: PageProps) {
  const [list, setList] = useState<Endpoint[] | null>(null);
  const [asking, setAsking] = useState(false);
  const load = () => attempt(async () => setList(await api.listEndpoints(project.id)));
  useEffect(() => { void load(); }, [project.id]);
  if (list === null) return <Waiting />;
  return (
    <section class="panel" aria-labelledby="endpoints-heading">
      <div class="row wrap filter-head">
        <h2 id="endpoints-heading">Endpoints</h2>
        {mayIn(project, "manager") && <button type="button" class="primary" onClick={() => setAsking(true)}>Make an address</button>}
      </div>
      <p class="hint">An endpoint is an address at which a version of the classifier answers. A version goes live there only through its gate, and one press goes back.</p>
      {list.length > 0 && <ul class="lines">{list.map((e) => (
        <li key={e.id} class="line">
          <a class="grow" href={href(`/p/${project.id}/endpoints/${e.name}`)}>{e.name}</a>
          <span class="hint">{e.live ? `${title(e.live)} answers` : "nothing answers there yet"}</span>
        </li>
      ))}</ul>}
      {asking && <NewEndpoint project={project.id} close={() => setAsking(false)} done={() => { setAsking(false); void load(); }} />}
    </section>
  );
}

function NewEndpoint({ project, close, done }: { project: number; close(): void; done(): void }) {
  const [name, setName] = useState("");
  const send = async () => { await api.makeEndpoint(project, name.trim()); done(); };
  return (
    <Dialog title="Make an address" close={close}>
      <Form send={send}>{(busy) => <>
        <Field label="Name" value={name} set={setName} required maxLength={60} autoFocus placeholder="shoes-or-not"
          hint="Small letters, digits and hyphens. It becomes part of the address and is never given to another." />
        <div class="row end"><button type="button" class="quiet" onClick={close}>Cancel</button><button class="primary" disabled={busy}>Make it</button></div>
      </>}</Form>
    </Dialog>
  );
}

export function EndpointPage({ project, state, of }: PageProps & { of: string }) {
  const [e, setE] = useState<EndpointWhole | null>(null);
  const job = state.jobs.value.find((j) => j.kind === "gate");
  const busy = job !== undefined && isActive(job);
  const load = () => attempt(async () => setE(await api.getEndpoint(project.id, of)));
  useEffect(() => { void load(); }, [project.id, of, job?.id, busy]);
  if (e === null) return <Waiting />;
  const manager = mayIn(project, "manager");
  const props = { project: project.id, e, manager, load };
  return (
    <>
      <section class="panel" aria-labelledby="endpoint-heading">
        <p><a href={href(`/p/${project.id}/endpoints`)}>All endpoints</a></p>
        <h2 id="endpoint-heading">{e.name}</h2>
        {e.live ? <p><strong>{title(e.live)}</strong> answers. {e.live.accuracy}</p> : <p>Nothing answers there yet: publish a version.</p>}
        {e.shadow && <Shadow e={e} />}
        {e.retraining && <p role="status">{title(e.retraining)} is being made by itself.</p>}
        {busy && <><p class="hint" role="status">Asking the gate: {job.progress.what || "waiting for its turn"} …</p><Progress labelled={job.progress.done} items={job.progress.total ?? 0} label="Asking the gate" /></>}
        {!busy && job?.state === "failed" && <p class="failure">{job.message}</p>}
        {manager && <GoLive {...props} busy={busy} take={(j) => state.take(j)} />}
      </section>
      <Verdicts e={e} />
      <Calls {...props} kind={project.kind} />
      <PeopleBehind project={project} state={state} endpoint={e.name} />
      <Watch project={project} state={state} endpoint={e.name} />
      <History e={e} />
      {manager && <Settings key={JSON.stringify(e.settings)} {...props} classes={project.questions[0]?.classes.map((c) => c.name) ?? []} />}
    </>
  );
}

function Shadow({ e }: { e: EndpointWhole }) {
  const days = e.days.filter((d) => d.shadow?.id === e.shadow?.id);
  const asked = days.reduce((n, d) => n + d.shadowed, 0);
  const agreed = days.reduce((n, d) => n + d.agreed, 0);
  return <p>{title(e.shadow!)} is asked too, and never heard. {asked === 0 ? "It was asked nothing yet." : `Of ${plural(asked, "input")} it answered ${percent(agreed / asked)} as the live one did.`}</p>;
}

interface Props { project: number; e: EndpointWhole; manager: boolean; load(): Promise<unknown> }

function GoLive({ project, e, load, busy, take }: Props & { busy: boolean; take(job: api.Job): void }) {
  const others = e.versions.filter((v) => v.id !== e.live?.id);
  const [chosen, setChosen] = useState("");
  const [overriding, setOverriding] = useState(false);
  const model = Number(chosen || others[0]?.id);
  const gate = (publish: boolean) => attempt(async () => take((await api.askGate(project, e.name, model, publish)).job));
  const back = () => attempt(async () => { await api.rollBack(project, e.name); say("The version before answers again."); await load(); });
  const shadow = (id: number | null) => attempt(async () => { await api.changeEndpoint(project, e.name, { shadow: id }); await load(); });
  return (
    <>
      {others.length === 0 ? <p class="hint">{e.versions.length === 0 ? "There is no trained version yet." : "There is no other trained version."}</p> : <>
        <Select label="Version" value={chosen || String(others[0]!.id)} set={setChosen} options={others.map((v) => [String(v.id), title(v)] as const)} />
        <div class="row wrap">
          <button type="button" class="primary" disabled={busy} onClick={() => void gate(true)}>Publish, if the gate says go</button>
          <button type="button" disabled={busy} onClick={() => void gate(false)}>Ask the gate</button>
          <button type="button" onClick={() => void shadow(model)}>Ask it as a shadow</button>
          <button type="button" class="quiet" onClick={() => setOverriding(true)}>Publish against the gate</button>
        </div>
      </>}
      <div class="row wrap">
        {e.before && <button type="button" onClick={() => void back()}>Go back to {title(e.before).toLowerCase()}</button>}
        {e.shadow && <button type="button" class="quiet" onClick={() => void shadow(null)}>End the shadow</button>}
      </div>
      {overriding && <Override project={project} e={e} model={model} close={() => setOverriding(false)} done={() => { setOverriding(false); void load(); }} />}
    </>
  );
}

function Override({ project, e, model, close, done }: { project: number; e: Endpoint; model: number; close(): void; done(): void }) {
  const [reason, setReason] = useState("");
  const send = async () => { await api.publishVersion(project, e.name, model, reason); done(); };
  return (
    <Dialog title={`Publish version ${model} against the gate`} close={close}>
      <p>Nothing shows that it is as good as what answers now. Who did this and why is kept for good.</p>
      <Form send={send}>{(busy) => <>
        <Field label="Why" value={reason} set={setReason} required maxLength={500} autoFocus />
        <div class="row end"><button type="button" class="quiet" onClick={close}>Cancel</button><button class="primary" disabled={busy}>Publish</button></div>
      </>}</Form>
    </Dialog>
  );
}

function Verdicts({ e }: { e: EndpointWhole }) {
  if (e.gates.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="gate-heading">
      <h2 id="gate-heading">What the gate said</h2>
      <ul class="lines">{e.gates.slice(0, 8).map((g) => (
        <li key={g.id} class="line">
          <strong>{VERDICTS[g.verdict]}</strong>
          <span class="grow">{g.model ? `${title(g.model)}: ` : ""}{g.sentence.replace(/^(Go|No-go): /, "")}</span>
          <span class="hint">{when(g.at)}{g.user ? `, ${g.user.name}` : ""}</span>
        </li>
      ))}</ul>
    </section>
  );
}

function History({ e }: { e: EndpointWhole }) {
  if (e.history.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="history-heading">
      <h2 id="history-heading">History</h2>
      <ul class="lines">{e.history.map((h) => (
        <li key={h.id} class="line">
          <span class="grow">{h.model ? title(h.model) : "A version"} {HOW[h.how]}{h.reason ? `: “${h.reason}”` : ""}</span>
          <span class="hint">{when(h.at)}{h.user ? `, ${h.user.name}` : ", by itself"}</span>
        </li>
      ))}</ul>
      {e.days.length > 0 && <>
        <h3>What was asked</h3>
        <div class="scroll" role="region" aria-label="What was asked, by day" tabIndex={0}><table class="figures-table">
          <thead><tr>{["day", "version", "asked", "none of these", "over the limit", "ms each"].map((h) => <th key={h} scope="col">{h}</th>)}</tr></thead>
          <tbody>{e.days.map((d) => <tr key={`${d.day} ${d.model?.id}`}>
            <th scope="row">{d.day.slice(0, 10)}</th><td>{d.model?.id}</td><td>{count(d.predictions)}</td><td>{count(d.unknown)}</td><td>{count(d.limited)}</td><td>{d.ms.toFixed(1)}</td>
          </tr>)}</tbody>
        </table></div>
      </>}
    </section>
  );
}

function Calls({ project, e, manager, load, kind }: Props & { kind: api.Project["kind"] }) {
  const [made, setMade] = useState("");
  const [name, setName] = useState("");
  const make = async () => { setMade((await api.makeEndpointToken(project, e.name, name.trim())).token); setName(""); await load(); };
  const revoke = (id: number) => attempt(async () => { await api.revokeEndpointToken(project, e.name, id); await load(); });
  return (
    <section class="panel" aria-labelledby="call-heading">
      <h2 id="call-heading">How to ask it</h2>
      <p><a href={`/e/${e.name}`} target="_blank" rel="noopener">A page to try it on</a></p>
      {snippets(location.origin, e.name, kind, e.settings.public, made).map(([language, text]) => (
        <details key={language} class="goes-by" open={language === "Shell"}><summary>{language}</summary><pre class="snippet" tabIndex={0}>{text}</pre></details>
      ))}
      {manager && <>
        <h3>Tokens</h3>
        {made && <p role="status">The token, shown once: <code class="fingerprint">{made}</code></p>}
        {e.tokens.length > 0 && <ul class="lines">{e.tokens.map((t) => (
          <li key={t.id} class="line"><span class="grow">{t.name}</span><span class="hint">last used {when(t.last_used_at)}</span>
            <button type="button" class="quiet" onClick={() => void revoke(t.id)}>Revoke</button></li>
        ))}</ul>}
        <Form send={make}>{(busy) => <div class="row wrap"><Field label="Who asks" value={name} set={setName} required maxLength={100} placeholder="the web shop" /><button disabled={busy}>Make a token</button></div>}</Form>
      </>}
    </section>
  );
}

function Settings({ project, e, load, classes }: Props & { classes: string[] }) {
  const s = e.settings;
  const [open, setOpen] = useState(s.public);
  const [frames, setFrames] = useState(s.frame_ancestors.join(" "));
  const [limit, setLimit] = useState(String(s.per_minute));
  const [margin, setMargin] = useState(String(Math.round(s.margin * 100)));
  const [floors, setFloors] = useState(floorsText(s));
  const [days, setDays] = useState(String(s.retrain.days));
  const [labels, setLabels] = useState(String(s.retrain.labels));
  const [publish, setPublish] = useState(s.retrain.publish);
  const send = async () => {
    const settings: EndpointSettings = {
      public: open, frame_ancestors: frames.split(/[\s,]+/).filter(Boolean), per_minute: Number(limit), margin: Number(margin) / 100,
      floors: floorsOf(floors), retrain: { days: Number(days), labels: Number(labels), publish },
    };
    await api.changeEndpoint(project, e.name, { settings });
    say("The settings are kept.");
    await load();
  };
  return (
    <section class="panel" aria-labelledby="endpoint-settings-heading">
      <h2 id="endpoint-settings-heading">Settings</h2>
      <Form send={send}>{(busy) => <>
        <fieldset class="form">
          <legend>The gate</legend>
          <NumberField label="A loss you would not mind, in points of accuracy" value={margin} set={setMargin} min={0} max={50} hint="The larger, the sooner the gate can tell." />
          <div class="field">
            <label for="floors">Floors</label>
            <textarea id="floors" rows={3} value={floors} aria-describedby="floors-hint" onInput={(event) => setFloors(event.currentTarget.value)} placeholder={`${classes[0] ?? "shoe"}: 80`} />
            <p class="hint" id="floors-hint">One a line: a class and the share of it, in per cent, that must be found; or metadata and the share that must be right, as camera=3: 70.</p>
          </div>
        </fieldset>
        <fieldset class="form">
          <legend>Teach it anew</legend>
          <NumberField label="Every so many days" value={days} set={setDays} min={0} max={366} hint="0: not by time." />
          <NumberField label="After so many new labels" value={labels} set={setLabels} min={0} max={10000000} hint="0: not by labels." />
          <Check label="And publish it when the gate says go" checked={publish} set={setPublish} />
        </fieldset>
        <fieldset class="form">
          <legend>Who may ask</legend>
          <Check label="Anybody, without a token" hint="Else it needs a token, or somebody of this project." checked={open} set={setOpen} />
          <NumberField label="Predictions a minute, for each token or caller" value={limit} set={setLimit} min={1} max={10000000} />
          <Field label="Sites that may show the page in a frame" value={frames} set={setFrames} placeholder="https://example.org" />
        </fieldset>
        <div class="row end"><button class="primary" disabled={busy}>Keep the settings</button></div>
      </>}</Form>
    </section>
  );
}
