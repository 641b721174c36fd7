/* The items of a project, with their labels: a grid of pictures or a list of texts. */
import { useEffect, useState } from "preact/hooks";
import { attempt } from "../app";
import * as api from "../api";
import type { ItemState, ListedItem } from "../api";
import { capital, count } from "../format";
import { Entry } from "./item";
import type { PageProps } from "./project-pages";

const FIRST_PAGE = 48;
const STATES: readonly (ItemState | "all")[] = ["all", "labelled", "open", "flagged", "rejected"];

export function Items({ project }: PageProps) {
  const [state, setState] = useState<ItemState | "all">("all");
  const [items, setItems] = useState<ListedItem[] | null>(null);
  const [next, setNext] = useState<string | number | null>(null);
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
        {items?.map((item) => <Entry key={item.id} item={item} project={project} />)}
      </ul>
      {next !== null && items && <button type="button" onClick={() => void load(next, items)}>Show more</button>}
    </section>
  );
}
