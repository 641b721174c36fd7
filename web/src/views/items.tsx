/* The items of a project: found by filters, as a grid of pictures or a list of texts. */
import { useEffect, useId, useState } from "preact/hooks";
import { attempt } from "../app";
import * as api from "../api";
import type { Facets, ItemState, Project } from "../api";
import { capital, count, nThings } from "../format";
import { goOn, href } from "../router";
import { filterOf, queryOf, type Filter, type Grid } from "../state/grid";
import { mayIn } from "../state/session";
import { Select } from "../ui/field";
import { Trouble } from "../ui/shell";
import { BulkBar, BulkHistory, type Chosen } from "./bulk";
import { Entry, type Choosing } from "./item";
import type { PageProps } from "./project-pages";
import { SavedViews } from "./saved-views";

const STATES: readonly (ItemState | "all")[] = ["all", "labelled", "open", "flagged", "rejected"];
const TYPING_MS = 350; // a pause in typing; Enter does not wait for it

const NONE: ReadonlySet<number> = new Set();

/* With all chosen, one less is those that are on the page but it. */
function toggled(chosen: Chosen, id: number, shown: readonly number[]): ReadonlySet<number> {
  const next = new Set(chosen === "all" ? shown : chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}

export function Items({ project, state, query }: PageProps) {
  const grid = state.grid;
  const filter = filterOf(query);
  const set = (change: Filter) => goOn(`/p/${project.id}/items?${queryOf({ ...filter, ...change })}`);
  useEffect(() => { void grid.show(filter); }, [grid, query]);
  /* While an import fills the first page, it is fetched again. */
  const few = Math.min(project.counts.items, 48);
  useEffect(() => { if (grid.items.value && grid.items.value.length < few) void grid.again(); }, [few]);

  const [chosen, setChosen] = useState<Chosen | null>(null); // null: not choosing
  useEffect(() => { if (chosen !== null) setChosen(NONE); }, [query]);
  const choosing = (id: number): Choosing | undefined => chosen === null ? undefined : {
    is: chosen === "all" || chosen.has(id),
    toggle: () => setChosen(toggled(chosen, id, grid.items.value?.map((i) => i.id) ?? [])),
  };
  const reviewer = mayIn(project, "reviewer");
  const found = grid.matches.value?.exact ? grid.matches.value.n : Object.keys(filter).length === 0 ? project.counts.items : null;

  return (
    <section class="panel" aria-labelledby="items-heading">
      <h2 id="items-heading" class="sr">Items</h2>
      <SavedViews project={project} filter={filter} />
      <div class="row wrap filter-head">
        <Search text={filter["text"] ?? ""} set={(text) => set({ text })} />
        <States project={project} chosen={filter["state"] ?? "all"} set={(s) => set({ state: s === "all" ? "" : s })} />
      </div>
      <Filters project={project} filter={filter} set={set} />
      <div class="row wrap">
        <Found grid={grid} project={project} filter={filter} />
        {reviewer && chosen === null && <button type="button" class="quiet" onClick={() => setChosen(NONE)}>Choose several</button>}
      </div>
      {chosen !== null && <BulkBar project={project} state={state} chosen={chosen} found={found} filter={filter} choose={setChosen} leave={() => setChosen(null)} />}
      <ul class={project.kind === "image" ? "thumbs" : "texts"}>
        {grid.items.value?.map((item) => <Entry key={item.id} item={item} project={project} choosing={choosing(item.id)} />)}
      </ul>
      {grid.trouble.value && <Trouble text={grid.trouble.value} again={() => void grid.again()} />}
      {grid.next.value !== null && !grid.trouble.value && (
        <button type="button" disabled={grid.busy.value} onClick={() => void grid.more()}>Show more</button>
      )}
      {reviewer && <BulkHistory project={project} state={state} />}
    </section>
  );
}

function Search({ text, set }: { text: string; set(text: string): void }) {
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => set(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <form class="search" role="search" onSubmit={(e) => { e.preventDefault(); set(typed); }}>
      <input type="search" aria-label="Search the items" placeholder='Words, "a phrase", begin*' value={typed} maxLength={1000}
        onInput={(e) => setTyped(e.currentTarget.value)} />
    </form>
  );
}

function States({ project: { counts }, chosen, set }: { project: Project; chosen: string; set(state: string): void }) {
  const numbers = { all: counts.items, labelled: counts.labelled, open: counts.open, flagged: counts.flagged, rejected: counts.rejected };
  return (
    <div class="tabs" role="group" aria-label="Which items">
      {STATES.filter((s) => s === "all" || s === chosen || numbers[s] > 0).map((s) => (
        <button type="button" key={s} class="tab" aria-pressed={s === chosen} onClick={() => set(s)}>{capital(s)} {count(numbers[s])}</button>
      ))}
    </div>
  );
}

interface FilterProps { project: Project; filter: Filter; set(change: Filter): void }

/* What there is to filter by, once it is known; nothing where there is nothing. */
function Filters({ project, filter, set }: FilterProps) {
  const [facets, setFacets] = useState<Facets | null>(null);
  useEffect(() => { void attempt(async () => setFacets(await api.listFacets(project.id))); }, [project.id, project.counts.items]);
  const used = Object.keys(filter).filter((name) => name !== "text" && name !== "state" && name !== "question").length;
  const [open] = useState(used > 0); // at first; then it is the reader's
  if (!facets) return null;
  const { folders, metadata, classes = [], people = [] } = facets;
  const keys = metadata.filter((m) => !m.all || m.values.length > 1);
  const several = new Set(classes.map((c) => c.question)).size > 1;
  if (folders.length < 2 && keys.length === 0 && classes.length === 0 && people.length === 0) return null;
  return (
    <details class="filters" open={open}>
      <summary>Filters{used > 0 && ` (${used})`}</summary>
      <div class="filter-fields">
        {folders.length > 1 && <Choice label="Folder" value={filter["folder"]} set={(folder) => set({ folder })} options={folders.map((f) => [f.value, `${f.value} (${count(f.items)})`])} />}
        {classes.length > 0 && (
          <Choice label="Somebody says" value={filter["class"] && `${filter["question"] ?? ""}/${filter["class"]}`}
            set={(value) => set({ question: value.slice(0, value.indexOf("/")), class: value.slice(value.indexOf("/") + 1) })}
            options={classes.filter((c) => c.items > 0).map((c) => [`${c.question}/${c.class}`, `${several ? `${c.question}: ` : ""}${c.class} (${count(c.items)})`])} />
        )}
        {people.length > 0 && <Choice label="Labelled by" value={filter["person"]} set={(person) => set({ person })} options={people.map((p) => [String(p.id), `${p.name ?? "somebody who left"} (${count(p.labels)})`])} />}
        {keys.map((m) => (m.all
          ? <Choice key={m.key} label={m.key} value={filter[`meta.${m.key}`]} set={(value) => set({ [`meta.${m.key}`]: value })} options={m.values.map((v) => [v.value, `${v.value} (${count(v.items)})`])} />
          : <Exact key={m.key} label={m.key} value={filter[`meta.${m.key}`] ?? ""} set={(value) => set({ [`meta.${m.key}`]: value })} />))}
      </div>
    </details>
  );
}

interface ChoiceProps { label: string; value: string | undefined; set(value: string): void; options: (readonly [string, string])[] }

function Choice({ label, value = "", set, options }: ChoiceProps) {
  const known = value === "" || options.some(([v]) => v === value);
  return <Select label={label} value={value} set={set} options={[["", "Any"], ...(known ? [] : [[value, value] as const]), ...options]} />;
}

/* Of a key with too many values to list them: typed in full. */
function Exact({ label, value, set }: { label: string; value: string; set(value: string): void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} value={value} placeholder="Exactly" maxLength={200} onChange={(e) => set(e.currentTarget.value.trim())} />
    </div>
  );
}

function Found({ grid, project, filter }: { grid: Grid; project: Project; filter: Filter }) {
  const { items, matches, busy } = grid;
  const filtered = Object.keys(filter).some((name) => name !== "state");
  if (items.value === null || (!filtered && items.value.length > 0)) return <span class="grow" />;
  const words = items.value.length === 0 ? (busy.value ? "Looking …" : "Nothing found.")
    : matches.value === null ? "" : matches.value.exact ? `${nThings(matches.value.n, project)} found.` : `At least ${nThings(matches.value.n, project)} found.`;
  return (
    <p class="hint grow" role="status">
      {words} {filtered && <a href={href(`/p/${project.id}/items`)}>Show all</a>}
    </p>
  );
}
