/* One item of a project: large, with what is known of it, what happened to it, and what is like it. */
import { useEffect, useState } from "preact/hooks";
import { attempt } from "../app";
import * as api from "../api";
import type { History as ItemHistory, Item, ListedItem, Project, SimilarItem } from "../api";
import { capital, valuesInWords } from "../format";
import { href } from "../router";
import { mayIn } from "../state/session";
import { Trouble, Waiting } from "../ui/shell";
import { Comments, Marked, useTalk } from "./comments";
import { HistoryList, Standing } from "./history";
import { Known } from "./known";
import type { PageProps } from "./project-pages";

const SIMILAR = 8;
const TINY = 64; // pixels: shown as they are, not smoothed

export const pathOf = (item: Item): string => (typeof item.meta["path"] === "string" ? item.meta["path"] : `Item ${item.id}`);

export const isTiny = (item: Item): boolean => Math.max(item.width ?? 999, item.height ?? 999) <= TINY;

const wordsOf = (item: ListedItem): string =>
  item.state === "flagged" || item.state === "rejected" ? capital(item.state) : valuesInWords(item.label?.values ?? null);

/* Whether an item of a list is chosen, and choosing it. */
export interface Choosing { is: boolean; toggle(): void }

/* One item in a list, which leads to its page; or is chosen instead. */
export function Entry({ item, project, choosing }: { item: ListedItem; project: Project; choosing?: Choosing | undefined }) {
  const words = wordsOf(item);
  const first = Object.values(item.label?.values ?? {}).flat()[0];
  const color = project.questions.flatMap((q) => q.classes).find((c) => c.name === first)?.color;
  const tag = words && <span class={`tag ${item.state}`} style={{ "--class-color": color ?? "transparent" }}>{words}</span>;
  const inside = (
    <>
      {item.kind === "image"
        ? <img src={api.mediaUrl(item, 256)} alt={`Item ${item.id}: ${pathOf(item)}`} loading="lazy" decoding="async" class={isTiny(item) ? "pixels" : ""} />
        : <span class="entry-text" dir="auto">{item.text}</span>}
      {tag}
    </>
  );
  if (!choosing) return <li><a class="button entry" href={href(`/p/${project.id}/items/${item.id}`)}>{inside}</a></li>;
  return (
    <li>
      <label class={`button entry choosing ${choosing.is ? "chosen" : ""}`}>
        <input type="checkbox" checked={choosing.is} onChange={choosing.toggle} aria-label={`Item ${item.id}${item.kind === "text" ? `: ${(item.text ?? "").slice(0, 60)}` : `: ${pathOf(item)}`}`} />
        {inside}
      </label>
    </li>
  );
}

export function ItemPage({ project, of }: PageProps & { of: string }) {
  const id = Number(of);
  const [item, setItem] = useState<Item | null>(null);
  const [trouble, setTrouble] = useState("");
  const load = () => {
    setTrouble("");
    setItem(null);
    api.getItem(id).then(setItem, (e) => setTrouble(api.sentence(e)));
  };
  useEffect(load, [id]);
  if (trouble) return <Trouble text={trouble} again={load} />;
  if (!item) return <Waiting />;
  return <Shown key={item.id} item={item} project={project} />;
}

function Shown({ item, project }: { item: Item; project: Project }) {
  const meta = Object.entries(item.meta).filter(([name]) => name !== "path");
  const talk = useTalk(item);
  const [history, setHistory] = useState<ItemHistory | null>(null);
  const reload = async () => { setHistory(await api.itemHistory(item.id)); };
  useEffect(() => { void attempt(reload); }, [item.id]);
  return (
    <>
      <section class="panel" aria-labelledby="item-heading">
        <h2 id="item-heading" class="path">{pathOf(item)}</h2>
        <div class="review-room">
          <div class="review-item">
            <Marked item={item} talk={talk} />
            <dl class="why-details">
              <div><dt>Item</dt><dd>{item.id}</dd></div>
              {item.width && item.height && <div><dt>Size</dt><dd>{item.width} × {item.height} pixels</dd></div>}
              {meta.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd></div>)}
            </dl>
            <p><a href={api.originalUrl(item.id)} download>The original file</a></p>
          </div>
          <div class="review-answers">
            {history && <><h3>{history.decision ? "The decision" : mayIn(project, "reviewer") ? "Answers" : "Your answer"}</h3><Standing history={history} /></>}
            {mayIn(project, "reviewer") && <Known item={item} project={project} history={history} />}
            <Comments item={item} project={project} talk={talk} />
          </div>
        </div>
      </section>
      <section class="panel" aria-labelledby="history-heading">
        <h2 id="history-heading">History</h2>
        {history === null ? <p class="hint">One moment …</p> : <HistoryList history={history} item={item} project={project} reload={reload} />}
      </section>
      <Similar item={item} project={project} />
    </>
  );
}

function Similar({ item, project }: { item: Item; project: Project }) {
  const [similar, setSimilar] = useState<SimilarItem[]>([]);
  useEffect(() => { void attempt(async () => setSimilar((await api.listSimilar(project.id, item.id, SIMILAR)).items)); }, [item.id]);
  if (similar.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="similar-heading">
      <h2 id="similar-heading">Similar items</h2>
      <ul class={project.kind === "image" ? "thumbs" : "texts"} aria-labelledby="similar-heading">
        {similar.map((other) => <Entry key={other.id} item={other} project={project} />)}
      </ul>
    </section>
  );
}
