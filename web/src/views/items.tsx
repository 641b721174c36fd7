/* The items of a project, with their labels: a grid of pictures or a list of texts. */
import { useEffect, useState } from "preact/hooks";
import { attempt } from "../app";
import * as api from "../api";
import type { ItemEvent, ItemState, ListedItem, Project, SimilarItem } from "../api";
import { capital, count, valuesInWords, when } from "../format";
import { Dialog } from "../ui/dialog";

const FIRST_PAGE = 48;
const SIMILAR = 8;
const STATES: readonly (ItemState | "all")[] = ["all", "labelled", "open", "flagged", "rejected"];

export function Items({ project }: { project: Project }) {
  const [state, setState] = useState<ItemState | "all">("all");
  const [items, setItems] = useState<ListedItem[] | null>(null);
  const [next, setNext] = useState<string | number | null>(null);
  const [open, setOpen] = useState<ListedItem | null>(null);
  const { counts } = project;
  const numbers = { all: counts.items, labelled: counts.labelled, open: counts.open, flagged: counts.flagged, rejected: counts.rejected };

  const load = (after: string | number | null, before: ListedItem[]) => attempt(async () => {
    const page = await api.listItems(project.id, state, after, FIRST_PAGE);
    setItems([...before, ...page.items]);
    setNext(page.next);
  });
  /* While an import fills the first page, it is fetched again. */
  useEffect(() => { void load(null, []); }, [state, project.id, Math.min(counts.items, FIRST_PAGE)]);

  return (
    <section class="panel" aria-labelledby="items-heading">
      <div class="row wrap">
        <h2 id="items-heading" class="grow">Items</h2>
        <div class="tabs" role="group" aria-label="Which items">
          {STATES.filter((s) => s === "all" || s === state || numbers[s] > 0).map((s) => (
            <button type="button" key={s} class="tab" aria-pressed={s === state} onClick={() => setState(s)}>{capital(s)} {count(numbers[s])}</button>
          ))}
        </div>
      </div>
      {items?.length === 0 && <p class="hint">None of this kind.</p>}
      <ul class={project.kind === "image" ? "thumbs" : "texts"}>
        {items?.map((item) => <Entry key={item.id} item={item} project={project} open={() => setOpen(item)} />)}
      </ul>
      {next !== null && items && <button type="button" onClick={() => void load(next, items)}>Show more</button>}
      {open && <ItemDialog item={open} project={project} show={setOpen} close={() => setOpen(null)} />}
    </section>
  );
}

const pathOf = (item: ListedItem): string => (typeof item.meta["path"] === "string" ? item.meta["path"] : `Item ${item.id}`);

const wordsOf = (item: ListedItem): string =>
  item.state === "flagged" || item.state === "rejected" ? capital(item.state) : valuesInWords(item.label?.values ?? null);

function Entry({ item, project, open }: { item: ListedItem; project: Project; open(): void }) {
  const words = wordsOf(item);
  const first = Object.values(item.label?.values ?? {}).flat()[0];
  const color = project.questions.flatMap((q) => q.classes).find((c) => c.name === first)?.color;
  const tag = words && <span class={`tag ${item.state}`} style={{ "--class-color": color ?? "transparent" }}>{words}</span>;
  return (
    <li>
      <button type="button" class="entry" onClick={open}>
        {item.kind === "image"
          ? <img src={api.mediaUrl(item, 256)} alt={`Item ${item.id}: ${pathOf(item)}`} loading="lazy" decoding="async" class={Math.max(item.width ?? 999, item.height ?? 999) <= 64 ? "pixels" : ""} />
          : <span class="entry-text" dir="auto">{item.text}</span>}
        {tag}
      </button>
    </li>
  );
}

function ItemDialog({ item, project, show, close }: { item: ListedItem; project: Project; show(other: ListedItem): void; close(): void }) {
  const [events, setEvents] = useState<ItemEvent[] | null>(null);
  const [similar, setSimilar] = useState<SimilarItem[]>([]);
  useEffect(() => { void attempt(async () => setEvents(await api.itemHistory(item.id))); }, [item.id]);
  useEffect(() => {
    let shown = true;
    setSimilar([]);
    void attempt(async () => {
      const { items } = await api.listSimilar(project.id, item.id, SIMILAR);
      if (shown) setSimilar(items);
    });
    return () => { shown = false; };
  }, [item.id]);
  const meta = Object.entries(item.meta).filter(([name]) => name !== "path");
  return (
    <Dialog title={pathOf(item)} close={close} wide="wide">
      <div class="item-view">
        {item.kind === "image"
          ? <img class={`item-picture ${Math.max(item.width ?? 999, item.height ?? 999) <= 64 ? "pixels" : ""}`} src={api.mediaUrl(item, 1200)} alt={`Item ${item.id}: ${pathOf(item)}`} />
          : <p class="text-item short" dir="auto">{item.text}</p>}
        <dl class="why-details">
          <div><dt>Item</dt><dd>{item.id}</dd></div>
          {item.width && item.height && <div><dt>Size</dt><dd>{item.width} × {item.height} pixels</dd></div>}
          {meta.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd></div>)}
        </dl>
        <h3>History</h3>
        {events === null ? <p class="hint">One moment …</p> : events.length === 0 ? <p class="hint">Nobody has answered yet.</p> : (
          <ol class="lines">
            {events.map((e) => (
              <li key={e.seq} class="line">
                <span class="grow">{e.user?.name ?? "Somebody"}: {e.kind === "retract" || e.answer === null ? e.kind : e.answer}{valuesInWords(e.values) && ` · ${valuesInWords(e.values)}`}</span>
                <span class="hint">no. {e.seq}, {when(e.at)}</span>
              </li>
            ))}
          </ol>
        )}
        {similar.length > 0 && (
          <>
            <h3 id="similar-heading">Similar items</h3>
            <ul class={project.kind === "image" ? "thumbs" : "texts"} aria-labelledby="similar-heading">
              {similar.map((other) => <Entry key={other.id} item={other} project={project} open={() => show(other)} />)}
            </ul>
          </>
        )}
        <a href={api.originalUrl(item.id)} download>The original file</a>
      </div>
    </Dialog>
  );
}
