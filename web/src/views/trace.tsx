/* What came of a label, and what a data set or a round was made of. */
import { useEffect, useState } from "preact/hooks";
import { attempt } from "../app";
import * as api from "../api";
import type { LabelTrace, Project, TracedLabel, TracedRound } from "../api";
import { count, plural, valuesInWords, when } from "../format";
import { href } from "../router";
import { Waiting } from "../ui/shell";
import type { PageProps } from "./project-pages";

const ROUND = /^round-([1-9]\d*)$/;

/* `of` is a label's id, or round-12. */
export function TracePage({ project, of }: PageProps & { of: string }) {
  const round = ROUND.exec(of);
  return round ? <RoundTrace project={project} id={Number(round[1])} /> : <ForwardTrace project={project} id={of} />;
}

const said = (l: TracedLabel): string => (l.answer === "accept" ? valuesInWords(l.values) || "nothing" : l.answer ?? "nothing");
const by = (l: TracedLabel): string => l.user?.name || "somebody who was erased";

function ForwardTrace({ project, id }: { project: Project; id: string }) {
  const [t, setT] = useState<LabelTrace | null>(null);
  useEffect(() => { void attempt(async () => setT(await api.traceLabel(project.id, id))); }, [project.id, id]);
  if (t === null) return <Waiting />;
  return (
    <>
      <section class="panel" aria-labelledby="trace-heading">
        <h2 id="trace-heading">Label no. {count(t.seq)}: {said(t)}</h2>
        <p>{by(t)} said so of <a href={href(`/p/${project.id}/items/${t.item}`)}>item {t.item}</a> on {when(t.at)}.
          {t.until_seq === null ? " It is in force." : ` It was in force until ledger no. ${count(t.until_seq)} replaced it or took it back.`}</p>
        <p class="hint">{t.receipt ? t.receipt.reason : "Nobody picked the item: it was imported with its label, or answered out of turn."}
          {t.round !== null && <> <a href={href(`/p/${project.id}/trace/round-${t.round}`)}>Round {t.round}</a></>}</p>
      </section>
      <section class="panel" aria-labelledby="came-heading">
        <h2 id="came-heading">What came of it</h2>
        <h3>Data sets</h3>
        {t.datasets.length === 0 ? <p class="hint">It is in no data set.</p> : (
          <ul class="lines">{t.datasets.map((d) => (
            <li key={d.id} class="line"><a class="grow" href={href(`/p/${project.id}/datasets/${d.id}`)}>{d.id}. {d.name || `Version ${d.id}`}</a><code>{d.hash.slice(0, 12)}</code></li>
          ))}</ul>
        )}
        <h3>Versions of the classifier</h3>
        {t.models.length === 0 ? <p class="hint">None.</p> : (
          <ul class="lines">{t.models.map((m) => (
            <li key={m.id} class="line"><a class="grow" href={href(`/p/${project.id}/models/${m.id}`)}>{m.name ? `${m.id}. ${m.name}` : `Version ${m.id}`}</a><span class="hint">{m.taught ? "It was taught by this." : "It was measured on this: the item was drawn at random."}</span></li>
          ))}</ul>
        )}
        <h3>Rounds whose model learned from it</h3>
        {t.n_rounds === 0 ? <p class="hint">None.</p> : <Rounds project={project} rounds={t.rounds} all={t.n_rounds} />}
      </section>
    </>
  );
}

function Rounds({ project, rounds, all }: { project: Project; rounds: TracedRound[]; all: number }) {
  return (
    <>
      <ul class="lines">{rounds.slice(0, 20).map((r) => (
        <li key={r.id} class="line"><a class="grow" href={href(`/p/${project.id}/trace/round-${r.id}`)}>Round {r.id}</a><span>{r.model}</span><span class="hint">{plural(r.labels, "label")}, {when(r.at)}</span></li>
      ))}</ul>
      {all > 20 && <p class="hint">The newest 20 of {count(all)}.</p>}
    </>
  );
}

function RoundTrace({ project, id }: { project: Project; id: number }) {
  const [t, setT] = useState<Awaited<ReturnType<typeof api.traceRound>> | null>(null);
  useEffect(() => { void attempt(async () => setT(await api.traceRound(project.id, id, null))); }, [project.id, id]);
  if (t === null) return <Waiting />;
  return (
    <>
      <section class="panel" aria-labelledby="round-heading">
        <h2 id="round-heading">Round {t.round.id}</h2>
        <p>{t.round.model ? `Its model, ${t.round.model}, learned from ${plural(t.round.labels, "label")} up to ledger no. ${count(t.round.ledger_seq)}.` : "It had no model yet."} {when(t.round.at)}.</p>
        <p class="hint">Items were chosen by {t.round.strategy}{t.encoder ? `, seen by the encoder ${t.encoder}` : ""}.</p>
      </section>
      <Behind project={project} load={(after) => api.traceRound(project.id, id, after)} title="The labels in force then" />
    </>
  );
}

/* A list that grows by a page each time. */
export function Behind({ project, load, title }: { project: Project; load(after: number | null): Promise<api.Behind>; title: string }) {
  const [labels, setLabels] = useState<TracedLabel[]>([]);
  const [next, setNext] = useState<number | null>(0);
  const more = () => attempt(async () => {
    const page = await load(next || null);
    setLabels((l) => [...l, ...page.labels]);
    setNext(page.next);
  });
  return (
    <section class="panel" aria-label={title}>
      <h2>{title}</h2>
      {labels.length > 0 && <ul class="lines">{labels.map((l) => (
        <li key={l.id} class="line">
          <a href={href(`/p/${project.id}/trace/${l.id}`)}>no. {count(l.seq)}</a><span class="grow">{said(l)}</span>
          <a href={href(`/p/${project.id}/items/${l.item}`)}>item {l.item}</a><span class="hint">{by(l)}, {when(l.at)}</span>
        </li>
      ))}</ul>}
      {next !== null && <div><button type="button" onClick={() => void more()}>{labels.length ? "More" : "Show them"}</button></div>}
    </section>
  );
}
