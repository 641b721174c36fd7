/*
 * What people say about an item, and the item itself with the places they mean: boxes on a picture,
 * marked words of a text. A new place is dragged or selected; on a picture also set by keyboard.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { app, attempt } from "../app";
import * as api from "../api";
import type { Comment, Item, Project, Region } from "../api";
import { plural, when } from "../format";
import { mayIn } from "../state/session";
import { uuid } from "../state/uuid";

type Box = Extract<Region, { x: number }>;
type Span = Extract<Region, { start: number }>;
const isBox = (r: Region | null): r is Box => r !== null && "x" in r;
const isSpan = (r: Region | null): r is Span => r !== null && "start" in r;

/* The item's comments, and the place that is being marked for a new one. */
export interface Talk {
  comments: readonly Comment[];
  reload(): Promise<void>;
  place: Region | null;
  setPlace(place: Region | null): void;
  marking: boolean;
  setMarking(on: boolean): void;
}

export function useTalk(item: Item): Talk {
  const [comments, setComments] = useState<readonly Comment[]>([]);
  const [place, setPlace] = useState<Region | null>(null);
  const [marking, setMarking] = useState(false);
  const reload = async () => { setComments(await api.listComments(item.id)); };
  useEffect(() => {
    setPlace(null);
    setMarking(false);
    void attempt(reload);
  }, [item.id]);
  return { comments, reload, place, setPlace, marking, setMarking };
}

const pathOf = (item: Item): string => (typeof item.meta["path"] === "string" ? item.meta["path"] : `Item ${item.id}`);

/* The item with the open comments' places on it. */
export function Marked({ item, talk }: { item: Item; talk: Talk }) {
  return item.kind === "image" ? <MarkedPicture item={item} talk={talk} /> : <MarkedText item={item} talk={talk} />;
}

/* A small picture is shown larger, a tiny one pixel by pixel. */
const shownWidth = (w: number, h: number): number | undefined => {
  const most = Math.max(w, h);
  return most <= 64 ? w * Math.floor(320 / most) : most <= 320 ? 2 * w : undefined;
};

const clamp = (v: number, low: number, high: number): number => Math.min(high, Math.max(low, v));

function MarkedPicture({ item, talk }: { item: Item; talk: Talk }) {
  const w = item.width ?? 1;
  const h = item.height ?? 1;
  const svg = useRef<SVGSVGElement>(null);
  const from = useRef<{ x: number; y: number } | null>(null);
  const point = (e: PointerEvent) => {
    const p = new DOMPoint(e.clientX, e.clientY).matrixTransform(svg.current!.getScreenCTM()!.inverse());
    return { x: clamp(Math.round(p.x), 0, w - 1), y: clamp(Math.round(p.y), 0, h - 1) };
  };
  const boxTo = (b: { x: number; y: number }): Box => {
    const a = from.current!;
    return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), w: Math.max(1, Math.abs(a.x - b.x)), h: Math.max(1, Math.abs(a.y - b.y)) };
  };
  const start = { x: Math.round(w * 0.375), y: Math.round(h * 0.375), w: Math.max(1, Math.round(w / 4)), h: Math.max(1, Math.round(h / 4)) };
  /* Arrows move the box, with Shift they change its size: a hundredth of the picture at a time. */
  const move = (e: KeyboardEvent) => {
    const step = Math.max(1, Math.round(Math.max(w, h) / 100));
    const dx = e.key === "ArrowRight" ? step : e.key === "ArrowLeft" ? -step : 0;
    const dy = e.key === "ArrowDown" ? step : e.key === "ArrowUp" ? -step : 0;
    if (!talk.marking || (!dx && !dy)) return;
    e.preventDefault();
    e.stopPropagation();
    const b = isBox(talk.place) ? talk.place : start;
    talk.setPlace(e.shiftKey
      ? { ...b, w: clamp(b.w + dx, 1, w - b.x), h: clamp(b.h + dy, 1, h - b.y) }
      : { ...b, x: clamp(b.x + dx, 0, w - b.w), y: clamp(b.y + dy, 0, h - b.h) });
  };
  const shown = talk.comments.filter((c) => !c.closed_at && isBox(c.region));
  return (
    <div class="marked">
      <img class={`marked-picture ${Math.max(w, h) <= 64 ? "pixels" : ""}`} width={shownWidth(w, h)} src={api.mediaUrl(item, 1200)} alt={`Item ${item.id}: ${pathOf(item)}`} />
      <svg ref={svg} class={`marks ${talk.marking ? "marking" : ""}`} viewBox={`0 0 ${w} ${h}`}
        {...(talk.marking ? { tabindex: 0, role: "application", "aria-label": "The place of the comment: arrow keys move it, with Shift they change its size" } : { "aria-hidden": true })}
        onKeyDown={move}
        onPointerDown={(e) => {
          if (!talk.marking) return;
          from.current = point(e);
          svg.current!.setPointerCapture(e.pointerId);
          talk.setPlace(boxTo(from.current));
        }}
        onPointerMove={(e) => { if (from.current) talk.setPlace(boxTo(point(e))); }}
        onPointerUp={() => { from.current = null; }}>
        {shown.map((c) => isBox(c.region) && <rect key={c.id} class="mark" x={c.region.x} y={c.region.y} width={c.region.w} height={c.region.h} />)}
        {isBox(talk.place) && <rect class="mark new" x={talk.place.x} y={talk.place.y} width={talk.place.w} height={talk.place.h} />}
      </svg>
    </div>
  );
}

/* Pieces of the text, cut where a mark begins or ends; offsets are code points, as the server counts. */
export function pieces(text: string, spans: readonly Span[]): { text: string; marked: boolean }[] {
  const points = Array.from(text);
  const cuts = [...new Set([0, points.length, ...spans.flatMap((s) => [s.start, s.end])])].filter((c) => c <= points.length).sort((a, b) => a - b);
  return cuts.slice(1).map((end, i) => {
    const start = cuts[i]!;
    return { text: points.slice(start, end).join(""), marked: spans.some((s) => s.start <= start && s.end >= end) };
  });
}

function MarkedText({ item, talk }: { item: Item; talk: Talk }) {
  const box = useRef<HTMLParagraphElement>(null);
  const text = item.text ?? "";
  const spans = talk.comments.flatMap((c) => (!c.closed_at && isSpan(c.region) ? [c.region] : []));
  const place = isSpan(talk.place) ? talk.place : null;
  /* What is selected in it, in code points. */
  const take = () => {
    const selection = getSelection();
    if (!talk.marking || !selection || selection.isCollapsed || !box.current?.contains(selection.anchorNode) || !box.current.contains(selection.focusNode)) return;
    const range = selection.getRangeAt(0);
    const before = document.createRange();
    before.selectNodeContents(box.current);
    before.setEnd(range.startContainer, range.startOffset);
    const start = Array.from(before.toString()).length;
    talk.setPlace({ start, end: start + Array.from(range.toString()).length });
  };
  return (
    <div class="marked-text" tabIndex={0} role="region" aria-label="The text" onPointerUp={take} onKeyUp={take}>
      <p ref={box} class={`text-item ${text.length < 200 ? "short" : ""}`} dir="auto">
        {pieces(text, place ? [...spans, place] : spans).map((p, i) => (p.marked ? <mark key={i}>{p.text}</mark> : p.text))}
      </p>
    </div>
  );
}

const quoteOf = (item: Item, r: Region | null): string | null =>
  isSpan(r) ? `“${Array.from(item.text ?? "").slice(r.start, r.end).join("")}”`
    : isBox(r) ? `${r.w} × ${r.h} pixels at ${r.x}, ${r.y}` : null;

export function Comments({ item, project, talk }: { item: Item; project: Project; talk: Talk }) {
  const [text, setText] = useState("");
  const send = () => attempt(async () => {
    await api.addComment(item.id, uuid(), text.trim(), talk.place);
    setText("");
    talk.setPlace(null);
    talk.setMarking(false);
    await talk.reload();
  });
  const open = talk.comments.filter((c) => !c.closed_at).length;
  return (
    <section class="comments" aria-labelledby="comments-heading">
      <h3 id="comments-heading">Comments{open > 0 && <span class="hint"> · {plural(open, "open one")}</span>}</h3>
      {talk.comments.length > 0 && (
        <ul class="lines">
          {talk.comments.map((c) => <Line key={c.id} comment={c} item={item} project={project} reload={talk.reload} />)}
        </ul>
      )}
      <form class="form" onSubmit={(e) => { e.preventDefault(); void send(); }}>
        <div class="field">
          <label for="new-comment">Say something about this item</label>
          <textarea id="new-comment" rows={2} maxLength={2000} value={text} onInput={(e) => setText(e.currentTarget.value)} />
        </div>
        <div class="row wrap">
          <button type="button" aria-pressed={talk.marking} onClick={() => {
            talk.setMarking(!talk.marking);
            talk.setPlace(null);
          }}>{talk.marking ? "About the whole item" : "Mark a place"}</button>
          <button class="primary" disabled={!text.trim()}>Comment</button>
          {talk.marking && <p class="hint">{quoteOf(item, talk.place)
            ?? (item.kind === "image" ? "Drag a box on the picture, or go to it with Shift and Tab and use the arrow keys." : "Select the words that you mean.")}</p>}
        </div>
      </form>
    </section>
  );
}

function Line({ comment: c, item, project, reload }: { comment: Comment; item: Item; project: Project; reload(): Promise<void> }) {
  const quote = quoteOf(item, c.region);
  const mayClose = mayIn(project, "reviewer") || c.user.id === app.session.user.value?.id;
  const close = () => attempt(async () => {
    await api.closeComment(item.id, c.id, !c.closed_at);
    await reload();
  });
  return (
    <li class={`line comment ${c.closed_at ? "closed" : ""}`}>
      <div class="grow">
        <p><strong>{c.user.name || "Somebody"}</strong> <span class="hint">{when(c.at)}{c.closed_at && ` · settled by ${c.closed_by?.name || "somebody"}`}</span></p>
        {quote && <p class="hint comment-quote" dir="auto">{quote}</p>}
        <p class="comment-text" dir="auto">{c.text}</p>
      </div>
      {mayClose && <button type="button" class="quiet" onClick={() => void close()}>{c.closed_at ? "Open again" : "Settled"}</button>}
    </li>
  );
}
