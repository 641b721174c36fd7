/* All projects; and on the first day, the quickest ways to have one. */
import { useEffect, useState } from "preact/hooks";
import { app, attempt } from "../app";
import { createSample, listProjects, sentence, type Kind, type Project } from "../api";
import { count, nThings, percent, things } from "../format";
import { go, href } from "../router";
import type { Found } from "../state/files";
import { DropZone } from "../ui/dropzone";
import { PictureIcon, PlusIcon, TextIcon } from "../ui/icons";
import { Progress } from "../ui/progress";
import { Page, Trouble, Waiting } from "../ui/shell";
import { NewProject } from "./new-project";
import { NewTeach } from "./teach-new";

export function Home() {
  const [projects, setProjects] = useState<Project[] | null>(null);
  const [trouble, setTrouble] = useState("");
  const [making, setMaking] = useState<Found[] | null>(null);
  const [teaching, setTeaching] = useState(false);
  const load = () => {
    setTrouble("");
    listProjects().then(setProjects, (e) => setTrouble(sentence(e)));
  };
  useEffect(load, []);
  const manager = app.session.isManager.value;
  const actions = manager && projects !== null && projects.length > 0 && (
    <>
      <button type="button" onClick={() => setTeaching(true)}>Teach by example</button>
      <button type="button" class="primary" onClick={() => setMaking([])}><PlusIcon />New project</button>
    </>
  );
  return (
    <Page heading={projects?.length === 0 && manager ? "Welcome" : "Projects"} actions={actions}>
      {trouble ? <Trouble text={trouble} again={load} />
        : projects === null ? <Waiting />
        : projects.length === 0 ? <Empty manager={manager} make={setMaking} teach={() => setTeaching(true)} />
        : <>
            <ul class="cards">{projects.map((p) => <Card key={p.id} project={p} />)}</ul>
            {manager && <Samples quiet />}
          </>}
      {making && <NewProject found={making} close={() => setMaking(null)} />}
      {teaching && <NewTeach close={() => setTeaching(false)} />}
    </Page>
  );
}

function Empty({ manager, make, teach }: { manager: boolean; make(found: Found[]): void; teach(): void }) {
  if (!manager) return <p class="lead">You work on no project yet. As soon as somebody adds you to one, it appears here.</p>;
  return (
    <div class="empty">
      <section class="panel start-teach" aria-labelledby="start-teach">
        <div class="row wrap">
          <div class="grow">
            <h2 id="start-teach">Teach by example</h2>
            <p class="hint">Show it a few photos or sentences of each kind. It learns while you watch, and you try it out at once. Nothing to write, nothing leaves this machine.</p>
          </div>
          <button type="button" class="primary big" onClick={teach}>Teach by example</button>
        </div>
      </section>
      <p class="lead">Or bring in what you want labelled. Exemplar looks at it first, and then asks you about the items that teach the most.</p>
      <DropZone took={make} size="large">
        <h2>Drop a folder of photos or a spreadsheet of texts here</h2>
        <p class="hint">JPEG, PNG, WebP, text files, CSV, TSV, JSONL, or a zip of them. Nothing leaves this machine.</p>
      </DropZone>
      <div class="row center wrap"><button type="button" onClick={() => make([])}><PlusIcon />New project</button></div>
      <Samples />
    </div>
  );
}

function Samples({ quiet }: { quiet?: boolean }) {
  const [busy, setBusy] = useState(false);
  const begin = async (kind: Kind) => {
    setBusy(true);
    await attempt(async () => go(`/p/${(await createSample(kind)).project.id}`));
    setBusy(false);
  };
  return (
    <section class={`samples ${quiet ? "quiet-samples" : ""}`} aria-label="Sample projects">
      <p class="hint">{quiet ? "To show somebody how it works:" : "Nothing at hand? Begin with items the program makes up."}</p>
      <div class="row center wrap">
        <button type="button" disabled={busy} onClick={() => void begin("image")}><PictureIcon />Try it with generated pictures</button>
        <button type="button" disabled={busy} onClick={() => void begin("text")}><TextIcon />… with generated sentences</button>
      </div>
    </section>
  );
}

function Card({ project: p }: { project: Project }) {
  const { items, labelled, open } = p.counts;
  return (
    <li class="card">
      <span class="card-kind">{p.kind === "image" ? <PictureIcon /> : <TextIcon />}{nThings(items, p)}</span>
      <h2><a class="card-link" href={href(`/p/${p.id}`)}>{p.name}</a></h2>
      <Progress labelled={labelled} flagged={p.counts.flagged} rejected={p.counts.rejected} items={items} />
      <p class="card-words">
        {items === 0 ? `No ${things(p)} yet` : <><strong>{percent(labelled / items)}</strong> labelled · {count(open)} open</>}
      </p>
      {open > 0 && <a class="button card-action" href={href(`/p/${p.id}/label`)} aria-label={`Label ${p.name}`}>Label</a>}
    </li>
  );
}
