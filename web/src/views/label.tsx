/*
 * The labelling page: the item, the question, and nothing in between. All of its behaviour is in
 * state/labelling.ts; here are its looks, its keys and its voice.
 */
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { app, attempt } from "../app";
import * as api from "../api";
import type { ClassDef, Item, Lease, Project, Question, Returned } from "../api";
import { answerInWords, chance, count, nThings, percent, plural, things } from "../format";
import { href } from "../router";
import { isChosen } from "../state/answers";
import { firstKey, meaning, type Action } from "../state/keymap";
import { Labelling } from "../state/labelling";
import { Dialog } from "../ui/dialog";
import { helpOpen } from "../ui/help";
import { FlagIcon, InfoIcon, RejectIcon, ReturnIcon, SkipIcon, UndoIcon } from "../ui/icons";
import { forgetPicture, picture, shownSize } from "../ui/pictures";
import { Progress } from "../ui/progress";
import { OutboxState, TopBar, Trouble, Waiting } from "../ui/shell";

const timing = {
  now: () => performance.now(),
  after: (ms: number, work: () => void) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
const server = {
  ...api,
  prepare: (lease: Lease) => { if (lease.item.kind === "image") picture(lease.item); },
};

export function LabelPage({ id }: { id: number }) {
  const [project, setProject] = useState<Project | null>(null);
  const [trouble, setTrouble] = useState("");
  const load = () => {
    setTrouble("");
    api.getProject(id).then(setProject, (e) => setTrouble(api.sentence(e)));
  };
  useEffect(load, [id]);
  if (project) return <Room key={project.id} project={project} />;
  return <><TopBar /><main class="page" id="main" tabIndex={-1}><h1 class="sr">Labelling</h1>{trouble ? <Trouble text={trouble} again={load} /> : <Waiting />}</main></>;
}

function Room({ project }: { project: Project }) {
  const user = app.session.user.value!.id;
  const labelling = useMemo(() => new Labelling(project, user, app.outbox, server, timing), [project, user]);
  const [why, setWhy] = useState(false);
  const [asking, setAsking] = useState<"skip" | "reject" | null>(null);
  const main = useRef<HTMLElement>(null);

  const act: Record<Action, () => void> = {
    submit: () => labelling.submit(),
    undo: () => labelling.undo(),
    skip: () => labelling.give("skip"),
    flag: () => labelling.give("flag"),
    "skip-why": () => { if (labelling.shown.value) setAsking("skip"); },
    reject: () => { if (labelling.shown.value) setAsking("reject"); },
    why: () => setWhy((w) => !w),
    help: () => (helpOpen.value = true),
  };
  useStay(labelling);
  useKeys(labelling, act);
  useEffect(() => main.current?.focus(), []);

  const s = labelling.shown.value;
  return (
    <div class="room">
      <TopBar title={<a class="back" href={href(`/p/${project.id}`)}>{project.name}</a>}>
        <Count labelling={labelling} />
      </TopBar>
      <main class="room-main" id="main" tabIndex={-1} ref={main} aria-label="Labelling">
        <Progress labelled={labelling.total.value - (labelling.left.value ?? labelling.total.value)} items={labelling.total.value}
          label="Items done" />
        <h1 class="sr">Label {project.name}</h1>
        <section class="stage" aria-label="Item">
          {s ? <Stage item={s.lease.item} number={s.at} /> : <Nothing labelling={labelling} project={project} />}
        </section>
        {s && <Why lease={s.lease} project={project} open={why} toggle={() => setWhy(!why)} />}
        <section class="answers" aria-label="Answer">
          {s?.lease.returned && <SentBack returned={s.lease.returned} />}
          {s && project.questions.map((q, i) => (
            <QuestionBox key={q.name} question={q} labelling={labelling} at={i} alone={project.questions.length === 1} />
          ))}
          {labelling.notice.value && <p class="notice-line" role="alert">{labelling.notice.value}</p>}
          <Actions act={act} labelling={labelling} multiple={project.questions.some((q) => q.multiple)} />
          <Told labelling={labelling} />
          <OutboxState stored={labelling.stored.value} />
        </section>
      </main>
      <Voice labelling={labelling} />
      {asking && <ReasonDialog answer={asking} close={() => setAsking(null)} send={(reason) => {
        setAsking(null);
        labelling.give(asking, reason);
      }} />}
    </div>
  );
}

/* Leases are kept while the page is looked at, and given back when it is left. */
function useStay(labelling: Labelling): void {
  useEffect(() => {
    const seen = () => (document.visibilityState === "visible" ? labelling.resume() : labelling.pause());
    const left = () => labelling.stop();
    const back = (e: PageTransitionEvent) => { if (e.persisted) void labelling.start(); };
    const online = () => {
      app.outbox.retryNow();
      labelling.resume();
    };
    void labelling.start();
    document.addEventListener("visibilitychange", seen);
    addEventListener("pagehide", left);
    addEventListener("pageshow", back);
    addEventListener("online", online);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      removeEventListener("pagehide", left);
      removeEventListener("pageshow", back);
      removeEventListener("online", online);
      labelling.stop();
    };
  }, [labelling]);
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

function useKeys(labelling: Labelling, act: Record<Action, () => void>): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (e.defaultPrevented || isTyping(e.target) || document.querySelector("dialog[open]")) return;
      const meant = meaning(e, labelling.project.questions, labelling.question.value);
      /* A focused button or link keeps its own Enter. */
      if (!meant || (e.key === "Enter" && e.target instanceof Element && e.target.closest("button,a,summary"))) return;
      if ("action" in meant && meant.action === "help") return; // everywhere: main.tsx
      e.preventDefault();
      /* A key held down must not label twenty items; undo alone may repeat. */
      if (e.repeat && !("action" in meant && meant.action === "undo")) return;
      if ("className" in meant) labelling.choose(meant.className, meant.question);
      else latest.current[meant.action]();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [labelling]);
}

function Count({ labelling }: { labelling: Labelling }) {
  const left = labelling.left.value;
  const s = labelling.shown.value;
  if (left === null) return null;
  return (
    <p class="count">
      {s && <><strong>{count(s.at)}</strong><span class="wide-only"> of {count(labelling.total.value)}</span> · </>}{count(left)} left
    </p>
  );
}

function Stage({ item, number }: { item: Item; number: number }) {
  return item.kind === "image" ? <ImageItem key={item.id} item={item} number={number} /> : <TextItem key={item.id} item={item} />;
}

const pathOf = (item: Item): string => (typeof item.meta["path"] === "string" ? item.meta["path"] : `number ${item.id}`);

function ImageItem({ item, number }: { item: Item; number: number }) {
  const box = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<"waiting" | "shown" | "failed">("waiting");
  const [attempt, setAttempt] = useState(0);
  useLayoutEffect(() => {
    const place = box.current!;
    const { element, ready } = picture(item);
    element.alt = `Item ${number}: ${pathOf(item)}`;
    const fit = () => {
      const size = shownSize(item.width ?? element.naturalWidth, item.height ?? element.naturalHeight, place.clientWidth, place.clientHeight);
      element.style.width = `${size.w}px`;
      element.style.height = `${size.h}px`;
      element.classList.toggle("pixels", size.pixels);
    };
    fit();
    place.replaceChildren(element);
    let gone = false;
    void ready.then((outcome) => {
      if (gone) return;
      setState(outcome);
      fit();
    });
    const watch = new ResizeObserver(fit);
    watch.observe(place);
    return () => {
      gone = true;
      watch.disconnect();
    };
  }, [item.id, attempt]);
  return (
    <>
      <div ref={box} class={`picture ${state}`} />
      {state === "failed" && (
        <div class="picture-failed">
          <p>This picture could not be loaded.</p>
          <button type="button" onClick={() => { forgetPicture(item); setState("waiting"); setAttempt(attempt + 1); }}>Load it again</button>
        </div>
      )}
    </>
  );
}

function TextItem({ item }: { item: Item }) {
  const text = item.text ?? "";
  return (
    <div class="text-scroll" tabIndex={0} role="region" aria-label="The text to label">
      <p class={`text-item ${text.length < 200 ? "short" : ""}`} dir="auto">{text}</p>
    </div>
  );
}

/* A reviewer asks again: what was said, and what the answer had been. */
function SentBack({ returned: r }: { returned: Returned }) {
  return (
    <div class="sent-back" role="note" aria-label={`Sent back by ${r.by.name || "a reviewer"}`}>
      <p><strong>{r.by.name || "A reviewer"}</strong> asks you to look again:</p>
      <p class="comment-quote" dir="auto">{r.comment}</p>
      <p class="hint">You had answered: {answerInWords(r.answer, r.values)}</p>
    </div>
  );
}

/*
 * Why this item, and what the model would say. The guess is a quiet line of text and nothing more: it is
 * never preselected and no key accepts it, because people who are handed an answer tend to take it,
 * and the labels are there to correct the model.
 */
function Why({ lease, project, open, toggle }: { lease: Lease; project: Project; open: boolean; toggle(): void }) {
  const { receipt: r, prediction, item } = lease;
  const path = typeof item.meta["path"] === "string" ? item.meta["path"] : null;
  if (!r) return null; // not told where work is checked
  return (
    <section class="why" aria-label="Why this item">
      <button type="button" class="why-line" aria-expanded={open} aria-keyshortcuts="i" onClick={toggle}>
        <InfoIcon /><span class="why-reason">{r.reason}</span>
        {prediction && <span class="why-guess">Guess: {prediction.class}, {percent(prediction.probability)}</span>}
      </button>
      {open && (
        <dl class="why-details">
          <div><dt>Item</dt><dd><a href={href(`/p/${project.id}/items/${item.id}`)}>Comments and history</a></dd></div>
          {path && <Detail name="File" value={path} />}
          {item.width && item.height && <Detail name="Size" value={`${item.width} × ${item.height} pixels`} />}
          <Detail name="Strategy" value={r.strategy} />
          <Detail name="Score" value={r.score === null ? "none" : r.score.toPrecision(4)} />
          <Detail name="Rank" value={`${count(r.rank)} of ${count(r.pool_size)} open items`} />
          <Detail name="Chance of coming" value={chance(r.propensity)} />
          <Detail name="Model" value={r.model ?? "none yet"} />
          {r.reads && <Detail name="It reads" value={r.reads} />}
          <Detail name="Encoder" value={r.encoder ?? "none yet"} />
          {r.round !== null && <Detail name="Round" value={String(r.round)} />}
          <Detail name="Seed" value={r.seed} />
        </dl>
      )}
    </section>
  );
}

const Detail = ({ name, value }: { name: string; value: string }) => <div><dt>{name}</dt><dd>{value}</dd></div>;

function QuestionBox({ question, labelling, at, alone }: { question: Question; labelling: Labelling; at: number; alone: boolean }) {
  const active = labelling.question.value === at;
  const values = labelling.shown.value?.values ?? {};
  return (
    <fieldset class={`question ${active && !alone ? "active" : ""}`}>
      <legend class={alone && !question.multiple ? "sr" : ""}>
        {question.name}{question.multiple && <span class="hint"> · all that apply</span>}
      </legend>
      <div class={`choices ${question.classes.length > 12 ? "many" : ""}`}>
        {question.classes.map((c) => (
          <Choice key={c.name} of={c} chosen={isChosen(question, values, c.name)}
            choose={() => labelling.choose(c.name, at)} />
        ))}
      </div>
    </fieldset>
  );
}

function Choice({ of, chosen, choose }: { of: ClassDef; chosen: boolean; choose(): void }) {
  return (
    <button type="button" class="choice" aria-pressed={chosen} title={of.description || undefined}
      aria-keyshortcuts={of.key || undefined} style={{ "--class-color": of.color }}
      onClick={(e) => {
        choose();
        /* After a click the keys should go to the page again; a keyboard user keeps the place. */
        if (e.detail > 0) e.currentTarget.blur();
      }}>
      <span class="choice-color" /><span class="choice-name">{of.name}</span>{of.key && <kbd>{of.key.toUpperCase()}</kbd>}
    </button>
  );
}

function Actions({ act, labelling, multiple }: { act: Record<Action, () => void>; labelling: Labelling; multiple: boolean }) {
  const none = labelling.shown.value === null;
  const button = (action: "undo" | "skip" | "skip-why" | "flag" | "reject", name: string, icon: JSX.Element, disabled: boolean) => (
    <button type="button" class="quiet action" disabled={disabled} aria-keyshortcuts={firstKey(action).toLowerCase()} onClick={act[action]}>
      {icon}<span>{name}</span><kbd>{firstKey(action)}</kbd>
    </button>
  );
  return (
    <div class="actions" role="group" aria-label="Other answers">
      {multiple && (
        <button type="button" class="primary action-done" disabled={none} aria-keyshortcuts="Enter" onClick={act.submit}><ReturnIcon />Done<kbd>Enter</kbd></button>
      )}
      {button("undo", "Undo", <UndoIcon />, labelling.history.value.length === 0)}
      {button("skip", "Skip", <SkipIcon />, none)}
      {button("flag", "Flag", <FlagIcon />, none)}
      {button("reject", "Reject", <RejectIcon />, none)}
      {button("skip-why", "Skip, why", <SkipIcon />, none)}
    </div>
  );
}

function Nothing({ labelling, project }: { labelling: Labelling; project: Project }) {
  const again = <button type="button" onClick={() => void attempt(() => labelling.again())}>Show the ones I skipped</button>;
  switch (labelling.phase.value) {
    case "finished":
      return (
        <div class="nothing">
          <h2>{project.counts.items === 0 ? `There are no ${things(project)} here yet` : "That was the last one"}</h2>
          <p class="lead">{project.counts.items === 0 ? "Bring some in on the project's page."
            : `Nothing is left for you in ${project.name}. You answered ${nThings(labelling.history.value.length, project)} on this visit${labelling.skipped.value ? ` and skipped ${count(labelling.skipped.value)} of them` : ""}.`}</p>
          <div class="row center wrap">
            {again}
            <a class="button primary" href={href(`/p/${project.id}`)}>To the project</a>
          </div>
        </div>
      );
    case "elsewhere":
      return (
        <div class="nothing">
          <h2>The rest is in other hands</h2>
          <p class="lead">{plural(labelling.left.value ?? 0, "item")} left, all with other people or set aside at the moment. This page looks again by itself.</p>
          <div class="row center wrap">{again}<button type="button" onClick={() => void labelling.lookAgain()}>Look now</button></div>
        </div>
      );
    case "failed":
      return (
        <div class="nothing">
          <h2>The next item is not here yet</h2>
          <p class="lead">Your labels are safe. The page tries again by itself.</p>
          <button type="button" onClick={() => void labelling.lookAgain()}>Try now</button>
        </div>
      );
    default:
      return <Waiting />;
  }
}

/* What a screen reader says: the item that came, and that the last label is stored. */
function Voice({ labelling }: { labelling: Labelling }) {
  const s = labelling.shown.value;
  const seq = labelling.stored.value;
  return (
    <>
      <p class="sr" role="status" aria-live="polite">
        {s ? `Item ${count(s.at)} of ${count(labelling.total.value)}.` : ""}
      </p>
      <p class="sr" role="status" aria-live="polite">{seq === null ? "" : `Stored as number ${seq}.`}</p>
    </>
  );
}

/* What is known of the item before, where the project tells its people. */
function Told({ labelling }: { labelling: Labelling }) {
  const f = labelling.feedback.value;
  const known = f && Object.values(f.values).flat().join(", ");
  return (
    <p class="told" role="status" aria-live="polite">
      {f && (f.right ? "The item before: right." : `The item before is known to be: ${known}.`)}
    </p>
  );
}

const ASKED = {
  skip: { title: "Skip this item", label: "Why you skip it", button: "Skip" },
  reject: { title: "Reject this item", label: "Why it cannot be labelled", button: "Reject" },
};

function ReasonDialog({ answer, close, send }: { answer: "skip" | "reject"; close(): void; send(reason: string): void }) {
  const [reason, setReason] = useState("");
  const { title, label, button } = ASKED[answer];
  return (
    <Dialog title={title} close={close}>
      <form class="form" onSubmit={(e) => { e.preventDefault(); send(reason.trim()); }}>
        <div class="field">
          <label for="reason">{label} <span class="hint">(may stay empty)</span></label>
          <input id="reason" maxLength={500} value={reason} autoFocus onInput={(e) => setReason(e.currentTarget.value)} />
        </div>
        <div class="row end">
          <button type="button" class="quiet" onClick={close}>Cancel</button>
          <button class="primary">{button}</button>
        </div>
      </form>
    </Dialog>
  );
}
