/*
 * The review page: an item, what everybody answered side by side, and one key to take an answer, give a
 * better one, or send it back. Its behaviour is in state/review.ts; here are its looks and keys.
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { attempt, say } from "../app";
import * as api from "../api";
import type { ItemAnswer, ItemToReview, Project } from "../api";
import { answerInWords, count, plural, seconds, when } from "../format";
import { href } from "../router";
import { isChosen } from "../state/answers";
import { meaning } from "../state/keymap";
import { Review } from "../state/review";
import { Dialog } from "../ui/dialog";
import { Trouble, Waiting } from "../ui/shell";
import { Comments, Marked, useTalk } from "./comments";
import type { PageProps } from "./project-pages";

export const REVIEW_KEYS: readonly (readonly [string, string])[] = [
  ["Enter", "Take the answer that is marked"],
  ["← →", "Mark another answer"],
  ["1–9, letters", "Give the class with that key instead"],
  ["F", "Send the marked answer back to its person"],
  ["R", "Reject: the item cannot be labelled"],
  ["S", "Leave the item for later"],
  ["U", "Undo the last decision"],
];

export function ReviewPage({ project }: PageProps) {
  const review = useMemo(() => new Review(project, api, (text) => say(text, "bad")), [project.id]);
  const [back, setBack] = useState<ItemAnswer | null>(null);
  const item = review.item.value;
  useEffect(() => { void review.start(); }, [review]);
  const sendBack = () => {
    const answer = item?.answers[review.selected.value];
    if (answer) setBack(answer);
    else review.notice.value = "Mark the answer that goes back, with the arrow keys.";
  };
  useReviewKeys(review, sendBack);
  return (
    <section class="panel review" aria-labelledby="review-heading">
      <div class="row wrap">
        <h2 id="review-heading" class="grow">
          {plural(review.toReview.value, "item")} to review
          {review.disputed.value > 0 && <span class="hint"> · people disagree on {count(review.disputed.value)}</span>}
        </h2>
        <Keys />
      </div>
      {item ? <OnShow key={item.id} item={item} review={review} project={project} sendBack={setBack} /> : <Nothing review={review} project={project} />}
      {back && <SendBack answer={back} review={review} close={() => setBack(null)} />}
    </section>
  );
}

function Keys() {
  return (
    <details class="review-keys">
      <summary>Keys</summary>
      <dl>{REVIEW_KEYS.map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>)}</dl>
    </details>
  );
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

function useReviewKeys(review: Review, sendBack: () => void): void {
  const latest = useRef(sendBack);
  latest.current = sendBack;
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (e.defaultPrevented || e.repeat || isTyping(e.target) || document.querySelector("dialog[open]")) return;
      const onControl = e.target instanceof Element && e.target.closest("button,a,summary");
      if (e.key === "Enter" && onControl) return;
      if (e.key === "ArrowLeft" || e.key === "ArrowRight") review.select(review.selected.value + (e.key === "ArrowRight" ? 1 : -1));
      else if (e.key === "Enter") review.isFixing() ? review.fix() : review.accept();
      else if (!act(review, e, latest.current)) return;
      e.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [review]);
}

/* The letters of the labelling page where they mean the same; F sends back, as it would flag there. */
function act(review: Review, e: KeyboardEvent, sendBack: () => void): boolean {
  const meant = meaning(e, review.project.questions, review.question.value);
  if (!meant) return false;
  if ("className" in meant) review.choose(meant.className, meant.question);
  else if (meant.action === "undo") void review.undo();
  else if (meant.action === "skip") review.later();
  else if (meant.action === "reject") review.reject();
  else if (meant.action === "flag") sendBack();
  else return false;
  return true;
}

function OnShow({ item, review, project, sendBack }: {
  item: ItemToReview; review: Review; project: Project; sendBack(answer: ItemAnswer): void;
}) {
  const talk = useTalk(item);
  return (
    <div class="review-room">
      <div class="review-item">
        <Marked item={item} talk={talk} />
        <p class="hint path">
          <a href={href(`/p/${project.id}/items/${item.id}`)}>{typeof item.meta["path"] === "string" ? item.meta["path"] : `Item ${item.id}`}</a>
        </p>
        <Comments item={item} project={project} talk={talk} />
      </div>
      <div class="review-answers">
        <p class="sr" role="status" aria-live="polite">
          {`Item ${item.id}, ${plural(item.answers.length, "answer")}${item.disputed ? ", people disagree" : ""}.`}
        </p>
        <h3>{item.disputed ? "People disagree" : item.answers.length === 1 ? "One answer" : "All agree"}</h3>
        <ul class="sides" aria-label="What people answered">
          {item.answers.map((a, at) => (
            <Side key={a.id} answer={a} review={review} at={at} project={project} sendBack={() => sendBack(a)} />
          ))}
        </ul>
        <h3>Another answer</h3>
        {project.questions.map((q, at) => (
          <fieldset key={q.name} class="question">
            <legend class={project.questions.length === 1 && !q.multiple ? "sr" : ""}>{q.name}{q.multiple && <span class="hint"> · all that apply</span>}</legend>
            <div class="review-choices">
              {q.classes.map((c) => (
                <button type="button" key={c.name} class="choice" aria-pressed={isChosen(q, review.values.value, c.name)}
                  aria-keyshortcuts={c.key || undefined} style={{ "--class-color": c.color }} onClick={() => review.choose(c.name, at)}>
                  <span class="choice-color" /><span class="choice-name">{c.name}</span>{c.key && <kbd>{c.key.toUpperCase()}</kbd>}
                </button>
              ))}
            </div>
          </fieldset>
        ))}
        {review.notice.value && <p class="notice-line" role="alert">{review.notice.value}</p>}
        <div class="row wrap">
          {project.questions.some((q) => q.multiple) && <button type="button" disabled={!review.isFixing()} onClick={() => review.fix()}>Give this answer<kbd>Enter</kbd></button>}
          <button type="button" class="quiet" onClick={() => review.reject()}>Reject<kbd>R</kbd></button>
          <button type="button" class="quiet" onClick={() => review.later()}>Later<kbd>S</kbd></button>
          <button type="button" class="quiet" disabled={review.done.value.length === 0} onClick={() => void review.undo()}>Undo<kbd>U</kbd></button>
        </div>
      </div>
    </div>
  );
}

function Side({ answer: a, review, at, project, sendBack }: {
  answer: ItemAnswer; review: Review; at: number; project: Project; sendBack(): void;
}) {
  const marked = review.selected.value === at;
  const first = Object.values(a.values).flat()[0];
  const color = project.questions.flatMap((q) => q.classes).find((c) => c.name === first)?.color;
  return (
    <li class={`side ${marked ? "chosen" : ""}`} style={{ "--class-color": color ?? "transparent" }} aria-current={marked ? "true" : undefined}>
      <p class="side-who"><strong>{a.user.name || "Somebody"}</strong> <span class="hint">{when(a.at)}{a.elapsed_ms > 0 && `, in ${seconds(a.elapsed_ms)}`}</span></p>
      <p class="side-said"><span class="choice-color" />{answerInWords(a.answer, a.values)}</p>
      {a.reason && <p class="hint" dir="auto">{a.reason}</p>}
      <div class="row tight wrap">
        <button type="button" class={marked ? "primary" : ""} disabled={a.answer === "flag"} onClick={() => review.accept(at)}>
          Take it<span class="sr"> from {a.user.name || "somebody"}</span>{marked && <kbd>Enter</kbd>}</button>
        <button type="button" class="quiet" onClick={sendBack}>Send back<span class="sr"> to {a.user.name || "somebody"}</span>{marked && <kbd>F</kbd>}</button>
      </div>
    </li>
  );
}

function SendBack({ answer, review, close }: { answer: ItemAnswer; review: Review; close(): void }) {
  const [comment, setComment] = useState("");
  const send = async () => {
    if (await attempt(() => review.giveBack(answer, comment.trim()))) {
      say(`Sent back to ${answer.user.name}, who is asked again first.`);
      close();
    }
  };
  return (
    <Dialog title={`Send back to ${answer.user.name || "somebody"}`} close={close}>
      <form class="form" onSubmit={(e) => { e.preventDefault(); void send(); }}>
        <p>Their answer, {answerInWords(answer.answer, answer.values)}, counts no more. They see the item again, before all others, with your comment.</p>
        <div class="field">
          <label for="send-back">What to look at again</label>
          <textarea id="send-back" rows={3} maxLength={2000} value={comment} autoFocus onInput={(e) => setComment(e.currentTarget.value)}
            onKeyDown={(e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && comment.trim()) void send(); }} />
        </div>
        <div class="row end">
          <button type="button" class="quiet" onClick={close}>Cancel</button>
          <button class="primary" disabled={!comment.trim()}>Send back</button>
        </div>
      </form>
    </Dialog>
  );
}

function Nothing({ review, project }: { review: Review; project: Project }) {
  if (review.phase.value === "loading") return <Waiting />;
  if (review.phase.value === "failed") return <Trouble text={review.notice.value ?? "The list could not be read."} again={() => void review.start()} />;
  return (
    <div class="nothing">
      <h3>{review.passed.value > 0 ? `${plural(review.passed.value, "item")} left for later` : "Nothing to review now"}</h3>
      <p class="lead">Items come here when {project.overlap === 1 ? "somebody has" : `${count(project.overlap)} people have`} answered them. The ones people disagree on come first.</p>
      <div class="row center wrap">
        {review.done.value.length > 0 && <button type="button" onClick={() => void review.undo()}>Undo the last decision<kbd>U</kbd></button>}
        <button type="button" class="primary" onClick={() => void review.start()}>Look again</button>
      </div>
    </div>
  );
}
