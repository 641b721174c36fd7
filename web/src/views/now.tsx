/* What a project's people should look at now, who is at work, and how the classes are spread. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import * as api from "../api";
import type { Facets, Look, Project, Quality, Working } from "../api";
import { count, jobInWords, percent, plural, things } from "../format";
import { href } from "../router";
import { isActive, type ProjectState } from "../state/project";
import { PROJECT_PAGES } from "./project-pages";

const EVERY_MS = 15_000;
const STALE_SHARE = 0.2; // labels since the quality was measured, of those there were
const LOW_ALPHA = 0.667; // below it not even tentative conclusions hold (Krippendorff 2004)

/* What is read quietly, again and again: a failure leaves what was there. */
function useNow<T>(read: () => Promise<T>, deps: unknown[]): T | null {
  const [value, setValue] = useState<T | null>(null);
  useEffect(() => {
    let here = true;
    const look = () => {
      if (!document.hidden) read().then((v) => { if (here) setValue(v); }, () => undefined);
    };
    look();
    const timer = setInterval(look, EVERY_MS);
    return () => {
      here = false;
      clearInterval(timer);
    };
  }, deps);
  return value;
}

export function Now({ project: p, state }: { project: Project; state: ProjectState }) {
  const working = useNow(() => api.listWorking(p.id), [p.id]);
  const quality = useNow(() => (p.counts.labels > 0 ? api.getQuality(p.id) : Promise.resolve(null)), [p.id]);
  const look = useNow(() => api.secondLook(p.id, null, 1).then((r) => (r.entries.length > 0 ? r.look : null)), [p.id]);
  return (
    <section class="panel now" aria-label="What is going on">
      <div>
        <h2>Needs attention now</h2>
        <Attention project={p} state={state} quality={quality} look={look} working={working} />
      </div>
      <div>
        <h2>Working now</h2>
        {working === null ? <p class="hint">One moment …</p> : working.length === 0 ? <p class="hint">Nobody.</p> : (
          <ul>{working.map((w) => <li key={w.id}>{w.name ?? "Somebody"} <span class="hint">· {plural(w.items, "item")} in hand</span></li>)}</ul>
        )}
      </div>
      {quality?.agreement && (
        <div>
          <h2>Agreement</h2>
          <ul>
            {quality.agreement.result.questions.map((q) => (
              <li key={q.question}>
                <a href={href(`/p/${p.id}/quality`)}>{quality.agreement!.result.questions.length > 1 ? `${q.question}: ` : ""}alpha {q.alpha.value?.toFixed(2) ?? "not defined"}</a>
                {q.alpha.low !== null && q.alpha.high !== null && <span class="hint"> · {q.alpha.low.toFixed(2)} to {q.alpha.high.toFixed(2)}</span>}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

interface AttentionProps { project: Project; state: ProjectState; quality: Quality | null; look: Look | null; working: Working[] | null }

function Attention({ project: p, state, quality, look, working }: AttentionProps) {
  const { disputed, flagged, open } = p.counts;
  const to = (page: string, words: ComponentChildren) =>
    (PROJECT_PAGES.some((t) => t.path !== "" && page.startsWith(t.path)) ? <a href={href(`/p/${p.id}/${page}`)}>{words}</a> : <>{words}</>);
  const lines: ComponentChildren[] = [];
  if (disputed) lines.push(<>{to("review", plural(disputed, "item"))} {disputed === 1 ? "has" : "have"} answers that differ.</>);
  if (flagged > 0) lines.push(<>{to("items?state=flagged", plural(flagged, "item"))} {flagged === 1 ? "is" : "are"} flagged.</>);
  if (look) lines.push(<>{to("second-look", "Labels")} are worth a second look.</>);
  const low = quality?.agreement?.result.questions.filter((q) => q.alpha.value !== null && q.alpha.value < LOW_ALPHA) ?? [];
  if (low.length > 0) lines.push(<>People agree too little {low.length === 1 ? `about ${low[0]!.question}` : "about some questions"}: {to("quality", "see where")}.</>);
  const measured = quality?.agreement;
  if (measured && measured.labels_since > STALE_SHARE * measured.result.n_labels) lines.push(<>{plural(measured.labels_since, "label")} came since the {to("quality", "quality")} was measured.</>);
  const failed = state.jobs.value.find((j, i, all) => j.state === "failed" && all.findIndex((k) => k.kind === j.kind) === i);
  if (failed) lines.push(<>{jobInWords(failed)} failed; why stands below.</>);
  if (open > 0 && working?.length === 0 && !state.jobs.value.some(isActive)) lines.push(<>Nobody is working, and {count(open)} {things(p)} are open.</>);
  if (lines.length === 0) return <p class="hint">Nothing.</p>;
  return <ul>{lines.map((line, i) => <li key={i}>{line}</li>)}</ul>;
}

/* Of each question, how often each class was given: from counters, whatever the number of items. */
export function Balance({ project }: { project: Project }) {
  const facets = useNow<Facets>(() => api.listFacets(project.id), [project.id]);
  const counts = facets?.classes?.filter((c) => c.items > 0) ?? [];
  if (counts.length === 0) return null;
  return (
    <>
      {project.questions.map((q) => {
        const given = q.classes.map((c) => ({ name: c.name, n: counts.find((k) => k.question === q.name && k.class === c.name)?.items ?? 0 }));
        const most = Math.max(...given.map((g) => g.n));
        const all = given.reduce((sum, g) => sum + g.n, 0);
        if (all === 0) return null;
        return (
          <div key={q.name}>
            <h3>How often each {q.name === "class" ? "class" : q.name} was given</h3>
            <ul class="balance">
              {[...given].sort((a, b) => b.n - a.n).map((g) => (
                <li key={g.name}>
                  <span>{g.n > 0 ? <a href={href(`/p/${project.id}/items?${new URLSearchParams({ class: g.name, question: q.name }).toString()}`)}>{g.name}</a> : g.name}</span>
                  <meter min={0} max={most} value={g.n} aria-label={g.name}>{g.n}</meter>
                  <span>{count(g.n)} <span class="hint">{percent(g.n / all)}</span></span>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </>
  );
}
