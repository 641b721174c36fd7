/*
 * Labels that may be wrong, one at a time: what it is, what was said of it and by whom, what models that
 * had not seen the label would say, and the nearest labelled items. One key keeps it, the key of a
 * class fixes it. All behaviour is in state/second-look.ts.
 */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { attempt, say } from "../app";
import * as api from "../api";
import type { Item, LookEntry, LookItem, Project, Question } from "../api";
import { capital, count, percent, plural, valuesInWords, when } from "../format";
import { href } from "../router";
import { meaning } from "../state/keymap";
import { isActive } from "../state/project";
import { LookQueue } from "../state/second-look";
import { uuid } from "../state/uuid";
import { CheckIcon, SkipIcon, UndoIcon } from "../ui/icons";
import { Waiting } from "../ui/shell";
import { isTiny, pathOf } from "./item";
import type { PageProps } from "./project-pages";

export function SecondLook({ project, state }: PageProps) {
  const queue = useMemo(() => new LookQueue(project.id, api, uuid), [project.id]);
  const job = state.jobs.value.find((j) => j.kind === "second-look" && isActive(j));
  const running = job !== undefined;
  /* At first, and whenever a search has ended. */
  useEffect(() => { if (!running) void attempt(() => queue.load()); }, [queue, running]);
  const again = () => attempt(async () => state.take((await api.lookAgain(project.id)).job));
  return (
    <>
      <section class="look-head" aria-labelledby="look-heading">
        <h2 id="look-heading" class="sr">Labels worth a second look</h2>
        <Found queue={queue} running={running} />
        <button type="button" disabled={running} onClick={() => void again()}>{running ? "Looking …" : "Look again"}</button>
      </section>
      <Desk queue={queue} project={project} />
    </>
  );
}

function Found({ queue, running }: { queue: LookQueue; running: boolean }) {
  const look = queue.look.value;
  if (look === undefined) return <Waiting />;
  if (look === null) {
    return <p class="hint" role="status">{running ? "The labels are being looked at for the first time."
      : "Nobody has looked yet. It is done by itself once there are 30 labels, and again with every quarter more."}</p>;
  }
  return (
    <p class="hint" role="status">
      {running && "Looking again. "}
      {when(look.at)}: of {plural(look.n_labels, "label")} {look.n_doubts === 0 ? "none" : count(look.n_doubts)} {look.n_doubts === 1 ? "looks" : "look"} wrong
      to models that had not seen them.{look.n_conflicts > 0 && ` ${plural(look.n_conflicts, "group")} of near duplicates ${look.n_conflicts === 1 ? "was" : "were"} answered differently.`}
      {queue.done.value > 0 && ` ${plural(queue.done.value, "of them is", "of them are")} done on this visit.`}
    </p>
  );
}

function Desk({ queue, project }: { queue: LookQueue; project: Project }) {
  const entry = queue.current.value;
  const question = project.questions.find((q) => q.name === entry?.question);
  const heading = useRef<HTMLHeadingElement>(null);
  const act = actions(queue, entry);
  useKeys(question, act);
  useEffect(() => { for (const item of queue.entries.value[1]?.items ?? []) if (item.kind === "image") new Image().src = api.mediaUrl(item, 1200); }, [entry]);
  /* The button that had the focus belongs to the one before. */
  useEffect(() => { if (queue.said.value.length > 0) heading.current?.focus(); }, [entry?.id]);
  if (!queue.look.value) return null;
  if (!entry || !question) {
    return (
      <section class="panel" aria-label="Nothing left">
        <h2 tabIndex={-1} ref={heading}>{queue.done.value > 0 ? "That was the last one" : "Nothing is left to look at"}</h2>
        <p class="lead">Kept labels come back only when something about them changes.</p>
        <div class="row"><UndoButton queue={queue} undo={act.undo} /></div>
      </section>
    );
  }
  return (
    <section class="panel look" aria-labelledby="entry-heading">
      <div class="look-what">
        <h2 id="entry-heading" class="sr" tabIndex={-1} ref={heading}>
          {entry.kind === "doubt" ? `Given ${entry.given}, models say ${entry.suggested}` : entry.reason}
        </h2>
        {entry.kind === "doubt" ? <Shown item={entry.items[0]!} /> : <Alike entry={entry} project={project} question={question} />}
      </div>
      <div class="look-side">
        {entry.kind === "doubt" && <Versus entry={entry} question={question} />}
        <p>{entry.reason}</p>
        {entry.kind === "doubt" && <Labels item={entry.items[0]!} />}
        <Choices queue={queue} entry={entry} question={question} act={act} />
      </div>
      {entry.near.length > 0 && <div class="look-near"><Near entry={entry} project={project} question={question} /></div>}
    </section>
  );
}

interface Acts { keep(): void; fix(value: string | string[]): void; leave(): void; undo(): void }

function actions(queue: LookQueue, entry: LookEntry | null): Acts {
  const them = entry?.kind === "conflict" ? `All ${entry.items.length}` : "It";
  return {
    keep: () => void attempt(async () => { await queue.keep(); say(entry?.kind === "conflict" ? "Kept as they are" : `Kept: ${entry?.given}`); }),
    fix: (value) => {
      if (value === entry?.given) return void attempt(async () => { await queue.keep(); say(`Kept: ${entry.given}`); });
      void attempt(async () => { await queue.fix(value); say(`${them} ${entry?.kind === "conflict" ? "are" : "is"} ${words(value)} now`); });
    },
    leave: () => queue.leave(),
    undo: () => void attempt(() => queue.undo()),
  };
}

const words = (value: string | string[]): string => (Array.isArray(value) ? value.join(" and ") || "none of the classes" : value);

function useKeys(question: Question | undefined, act: Acts): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      const typing = e.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName);
      if (e.defaultPrevented || e.repeat || typing || document.querySelector("dialog[open]")) return;
      const meant = meaning(e, question && !question.multiple ? [question] : [], 0);
      if (!meant || (e.key === "Enter" && e.target instanceof Element && e.target.closest("button,a,summary"))) return;
      if ("className" in meant) latest.current.fix(meant.className);
      else if (meant.action === "submit") latest.current.keep();
      else if (meant.action === "undo") latest.current.undo();
      else if (meant.action === "skip") latest.current.leave();
      else return;
      e.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [question]);
}

function Shown({ item }: { item: Item }) {
  return item.kind === "image"
    ? <img class={`item-picture ${isTiny(item) ? "pixels" : ""}`} src={api.mediaUrl(item, 1200)} alt={`Item ${item.id}: ${pathOf(item)}`} />
    : <p class="text-item short" dir="auto">{item.text}</p>;
}

const colorOf = (question: Question, name: string | null): string =>
  question.classes.find((c) => c.name === name)?.color ?? "transparent";

/* The two classes and how likely the models find each. */
function Versus({ entry, question }: { entry: LookEntry; question: Question }) {
  const row = (role: string, name: string, p: number) => (
    <div class="versus-row" style={{ "--class-color": colorOf(question, name) }}>
      <dt>{role}</dt>
      <dd><span class="choice-color" /><strong>{name}</strong><meter min={0} max={1} value={p} aria-label={`${name}: probability`} /><span class="versus-p">{percent(p)}</span></dd>
    </div>
  );
  return <dl class="versus">{row("Given", entry.given ?? "", entry.p_given)}{row("Models say", entry.suggested ?? "", entry.p_suggested)}</dl>;
}

const answerInWords = (answer: api.Answer, values: api.Values): string => (answer === "accept" ? valuesInWords(values) : answer);

function Labels({ item }: { item: LookItem }) {
  if (item.labels.length === 0) return null;
  return (
    <p class="hint">
      {item.labels.map((l) => `${l.user?.name ?? "Somebody"}: ${answerInWords(l.answer, l.values)} (${when(l.at)})`).join("; ")}
    </p>
  );
}

function Choices({ queue, entry, question, act }: { queue: LookQueue; entry: LookEntry; question: Question; act: Acts }) {
  const busy = queue.busy.value;
  return (
    <>
      <button type="button" class="primary" disabled={busy} aria-keyshortcuts="Enter" onClick={act.keep}>
        <CheckIcon />{entry.kind === "doubt" ? `Keep ${entry.given}` : "Keep as they are"}<kbd>Enter</kbd>
      </button>
      <fieldset class="question">
        <legend>{entry.kind === "doubt" ? "Or it is" : "Or all of them are"}</legend>
        <div class={`choices ${question.classes.length > 6 ? "many" : ""}`}>
          {question.multiple ? valuesOf(entry).map((value) => (
            <button type="button" key={words(value)} class="choice" disabled={busy} onClick={() => act.fix(value)}><span class="choice-name">{words(value)}</span></button>
          )) : question.classes.filter((c) => c.name !== entry.given).map((c) => (
            <button type="button" key={c.name} class="choice" disabled={busy} title={c.description || undefined} aria-keyshortcuts={c.key || undefined}
              style={{ "--class-color": c.color }} onClick={() => act.fix(c.name)}>
              <span class="choice-color" /><span class="choice-name">{c.name}</span>{c.key && <kbd>{c.key.toUpperCase()}</kbd>}
            </button>
          ))}
        </div>
      </fieldset>
      <div class="row wrap">
        <button type="button" class="quiet" disabled={busy} aria-keyshortcuts="s" onClick={act.leave}><SkipIcon />Later<kbd>S</kbd></button>
        <UndoButton queue={queue} undo={act.undo} />
      </div>
    </>
  );
}

function UndoButton({ queue, undo }: { queue: LookQueue; undo(): void }) {
  return (
    <button type="button" class="quiet" disabled={queue.busy.value || queue.said.value.length === 0} aria-keyshortcuts="u" onClick={undo}><UndoIcon />Undo<kbd>U</kbd></button>
  );
}

/* What the members of a conflict were answered, each once. */
function valuesOf(entry: LookEntry): string[][] {
  const all = entry.items.map((i) => i.values[entry.question]).filter((v): v is string[] => Array.isArray(v));
  return [...new Map(all.map((v) => [JSON.stringify(v), v])).values()];
}

interface TileProps { item: Item; tag: string; color: string; project: Project; note?: string }

function Tile({ item, tag, color, project, note }: TileProps) {
  return (
    <li>
      <a class="button entry" href={href(`/p/${project.id}/items/${item.id}`)} title={note}>
        {item.kind === "image"
          ? <img src={api.mediaUrl(item, 256)} alt={`Item ${item.id}: ${pathOf(item)}`} loading="lazy" decoding="async" class={isTiny(item) ? "pixels" : ""} />
          : <span class="entry-text" dir="auto">{item.text}</span>}
        <span class="tag" style={{ "--class-color": color }}>{tag}</span>
      </a>
    </li>
  );
}

function Alike({ entry, project, question }: { entry: LookEntry; project: Project; question: Question }) {
  return (
    <>
      <h3 id="alike-heading">{plural(entry.items.length, "near duplicate")}</h3>
      <ul class={project.kind === "image" ? "thumbs alike" : "texts"} aria-labelledby="alike-heading">
        {entry.items.map((i) => {
          const value = i.values[question.name];
          const said = i.answer === "accept" ? words(value ?? "no answer") : capital(i.answer ?? "no answer");
          return <Tile key={i.id} item={i} project={project} tag={`${said} · ${people(i)}`} color={colorOf(question, typeof value === "string" ? value : null)} />;
        })}
      </ul>
    </>
  );
}

const people = (item: LookItem): string => item.labels.map((l) => l.user?.name ?? "somebody").join(", ");

function Near({ entry, project, question }: { entry: LookEntry; project: Project; question: Question }) {
  return (
    <>
      <h3 id="near-heading">The nearest labelled {project.kind === "image" ? "pictures" : "texts"}</h3>
      <ul class={project.kind === "image" ? "thumbs near" : "texts"} aria-labelledby="near-heading">
        {entry.near.map((i) => <Tile key={i.id} item={i} project={project} tag={i.class} color={colorOf(question, i.class)} />)}
      </ul>
    </>
  );
}
