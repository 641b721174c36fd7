/* One class of a teach project: its examples, and the ways to give more. */
import { useRef, useState } from "preact/hooks";
import { app, attempt, say } from "../app";
import { changeProject, mediaUrl, sendImport, type ClassDef, type Item, type NewQuestion, type Project } from "../api";
import { count, plural } from "../format";
import { href } from "../router";
import { linesOf } from "../state/examples";
import { extension, isTable, type Found } from "../state/files";
import type { ProjectState } from "../state/project";
import { columnOf, guessSeparator, likelyText, readTable, width, type Table } from "../state/table";
import { uuid } from "../state/uuid";
import { BurstCamera } from "../ui/camera";
import { Dialog } from "../ui/dialog";
import { carriesFiles, filesOfDrop, filesOfPicker } from "../ui/drop";
import { Check, Form, Select } from "../ui/field";
import { framesOf } from "../ui/frames";

interface Props { project: Project; state: ProjectState; definition: ClassDef; examples: number; thumbs: readonly Item[] }

const VIDEOS = new Set(["mp4", "m4v", "webm", "mov", "mkv", "ogv"]);
const ARCHIVES = new Set(["zip", "tar", "gz", "tgz"]);
const isVideo = (f: Found): boolean => VIDEOS.has(extension(f.path)) || f.file.type.startsWith("video/");

export function ClassCard({ project, state, definition: c, examples, thumbs }: Props) {
  const [camera, setCamera] = useState(false);
  const [table, setTable] = useState<Table | null>(null);
  const [renaming, setRenaming] = useState(false);
  const [over, setOver] = useState(false);
  const [busy, setBusy] = useState("");
  const waiting = app.examples.waiting(project.id, c.name);
  const took = (found: Found[]) => void attempt(async () => {
    const sheet = project.kind === "text" ? found.find((f) => isTable(f.path) && !/jsonl|ndjson/.test(extension(f.path))) : undefined;
    if (sheet) setTable(readTable(await sheet.file.text(), extension(sheet.path) === "tsv" ? "\t" : guessSeparator(await sheet.file.text())));
    await giveFiles(project, c.name, found.filter((f) => f !== sheet), state, setBusy);
  }).finally(() => setBusy(""));
  const drop = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    if (e.dataTransfer) void filesOfDrop(e.dataTransfer, () => undefined).then(took, () => say("The browser could not read that folder. Choose it with the button instead.", "bad"));
  };
  return (
    <section class={`panel class-card ${over ? "over" : ""}`} style={{ "--class-color": c.color }} aria-label={`Class ${c.name}`}
      onDragEnter={(e) => { if (carriesFiles(e)) { e.preventDefault(); setOver(true); } }}
      onDragOver={(e) => { if (carriesFiles(e)) { e.preventDefault(); e.dataTransfer!.dropEffect = "copy"; } }}
      onDragLeave={(e) => { if (!e.currentTarget.contains(e.relatedTarget as Node | null)) setOver(false); }}
      onDrop={drop}>
      <div class="row">
        <span class="choice-color" />
        <h3 class="grow">{c.name}</h3>
        <span class="class-count" role="status">{plural(examples, "example")}{waiting > 0 && <span class="hint"> + {count(waiting)} on the way</span>}</span>
        <button type="button" class="quiet" onClick={() => setRenaming(true)}>Rename<span class="sr"> {c.name}</span></button>
      </div>
      {thumbs.length > 0 && <Thumbs project={project} className={c.name} items={thumbs} />}
      {project.kind === "image"
        ? <PictureWays className={c.name} took={took} camera={() => setCamera(true)} cameraOpen={camera} />
        : <SentenceWays project={project} className={c.name} took={took} table={setTable} />}
      {busy && <p class="hint" role="status">{busy}</p>}
      {camera && <BurstCamera className={c.name} close={() => setCamera(false)} took={(frames, burst) => void giveFrames(project, c.name, frames, burst, "camera")} />}
      {table && <ChooseColumn table={table} className={c.name} project={project} close={() => setTable(null)} />}
      {renaming && <Rename project={project} state={state} name={c.name} close={() => setRenaming(false)} />}
    </section>
  );
}

function Thumbs({ project, className, items }: { project: Project; className: string; items: readonly Item[] }) {
  const all = href(`/p/${project.id}/items?class=${encodeURIComponent(className)}&question=${encodeURIComponent(project.questions[0]!.name)}`);
  return (
    <div class="class-examples">
      <ul class={project.kind === "image" ? "thumb-row" : "sentence-row"} aria-label={`Some examples of ${className}`}>
        {items.map((i) => (
          <li key={i.id}><a href={href(`/p/${project.id}/items/${i.id}`)} aria-label={project.kind === "image" ? `Example ${i.id} of ${className}` : undefined}>
            {i.text === undefined ? <img src={mediaUrl(i, 256)} alt="" loading="lazy" /> : i.text.slice(0, 160)}
          </a></li>
        ))}
      </ul>
      <a class="hint" href={all}>All of them</a>
    </div>
  );
}

function PictureWays({ className, took, camera, cameraOpen }: { className: string; took(f: Found[]): void; camera(): void; cameraOpen: boolean }) {
  const files = useRef<HTMLInputElement>(null);
  const video = useRef<HTMLInputElement>(null);
  const photo = useRef<HTMLInputElement>(null);
  const pick = (input: HTMLInputElement) => {
    took(filesOfPicker(input.files));
    input.value = "";
  };
  return (
    <div class="row wrap ways">
      <button type="button" onClick={() => files.current?.click()}>Choose pictures<span class="sr"> of {className}</span></button>
      {!cameraOpen && <button type="button" onClick={camera}>Camera<span class="sr"> for {className}</span></button>}
      <button type="button" class="quiet touch-only" onClick={() => photo.current?.click()}>Take a photo<span class="sr"> of {className}</span></button>
      <button type="button" class="quiet" onClick={() => video.current?.click()}>Video<span class="sr"> of {className}</span></button>
      <span class="hint wide-only">or drop pictures, folders or a zip here</span>
      <input ref={files} type="file" multiple hidden accept="image/jpeg,image/png,image/webp,.zip" aria-label={`Pictures of ${className}`} onChange={(e) => pick(e.currentTarget)} />
      <input ref={photo} type="file" hidden accept="image/*" capture="environment" aria-label={`A photo of ${className}`} onChange={(e) => pick(e.currentTarget)} />
      <input ref={video} type="file" hidden accept="video/*" aria-label={`A video of ${className}`} onChange={(e) => pick(e.currentTarget)} />
    </div>
  );
}

function SentenceWays({ project, className, took, table }: { project: Project; className: string; took(f: Found[]): void; table(t: Table): void }) {
  const [text, setText] = useState("");
  const file = useRef<HTMLInputElement>(null);
  const lines = linesOf(text);
  const give = () => {
    void app.examples.give({ project: project.id, className, parts: [], texts: lines, burst: null });
    setText("");
  };
  /* Cells out of a spreadsheet come with tabs between them: ask which column is meant. */
  const pasted = (e: ClipboardEvent) => {
    const cells = e.clipboardData?.getData("text/plain") ?? "";
    if (!cells.includes("\t")) return;
    e.preventDefault();
    table(readTable(cells, "\t"));
  };
  return (
    <div class="sentence-ways">
      <textarea rows={3} value={text} aria-label={`Sentences of ${className}, one on each line`} placeholder="Paste or type sentences, one on each line"
        onPaste={pasted} onInput={(e) => setText(e.currentTarget.value)}
        onKeyDown={(e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && lines.length) { e.preventDefault(); give(); } }} />
      <div class="row wrap">
        <button type="button" class={lines.length ? "primary" : ""} disabled={!lines.length} onClick={give}>
          {lines.length > 1 ? `Give ${count(lines.length)} examples` : "Give as example"}<span class="sr"> of {className}</span></button>
        <button type="button" onClick={() => file.current?.click()}>From a table<span class="sr"> for {className}</span></button>
        <input ref={file} type="file" multiple hidden accept=".csv,.tsv,.txt,.jsonl,.zip" aria-label={`Tables and texts of ${className}`}
          onChange={(e) => { took(filesOfPicker(e.currentTarget.files)); e.currentTarget.value = ""; }} />
      </div>
    </div>
  );
}

function ChooseColumn({ table, className, project, close }: { table: Table; className: string; project: Project; close(): void }) {
  const [column, setColumn] = useState(String(likelyText(table)));
  const [header, setHeader] = useState(true);
  const cells = columnOf(table, Number(column), header ? "header" : "text");
  const options = Array.from({ length: width(table) }, (_, i) => [String(i), (header && table[0]?.[i]) || `Column ${i + 1}`] as const);
  const send = async () => {
    if (!cells.length) throw new Error("There is nothing in that column.");
    await app.examples.give({ project: project.id, className, parts: [], texts: cells, burst: null });
    close();
  };
  return (
    <Dialog title={`Examples of ${className} from a table`} close={close}>
      <Form send={send}>
        {(busy) => <>
          <Select label="Which column holds the text" value={column} set={setColumn} options={options} />
          <Check label="The first line names the columns" checked={header} set={setHeader} />
          <ul class="sentence-row" aria-label="The first of them">{cells.slice(0, 4).map((c) => <li key={c}>{c.slice(0, 160)}</li>)}</ul>
          <div class="row end">
            <button type="button" class="quiet" onClick={close}>Cancel</button>
            <button class="primary" disabled={busy}>Give {plural(cells.length, "example")}</button>
          </div>
        </>}
      </Form>
    </Dialog>
  );
}

function Rename({ project, state, name, close }: { project: Project; state: ProjectState; name: string; close(): void }) {
  const [wanted, setWanted] = useState(name);
  const q = project.questions[0]!;
  const send = async () => {
    const next = wanted.trim();
    if (next && next !== name) {
      state.project.value = await changeProject(project.id, { questions: [{ name: q.name, type: "choice", multiple: q.multiple,
        classes: q.classes.map((c) => (c.name === name ? { ...c, name: next } : c)) }] satisfies NewQuestion[] });
    }
    close();
  };
  return (
    <Dialog title={`Rename ${name}`} close={close}>
      <Form send={send}>
        {(busy) => <>
          <input aria-label="New name" value={wanted} required maxLength={100} onInput={(e) => setWanted(e.currentTarget.value)} />
          <p class="hint">A name that examples bear already stays with them, because labels are never rewritten: then add a class and give them to it.</p>
          <div class="row end">
            <button type="button" class="quiet" onClick={close}>Cancel</button>
            <button class="primary" disabled={busy}>Rename</button>
          </div>
        </>}
      </Form>
    </Dialog>
  );
}

/* Pictures as they are; of a video its stills, as one burst; an archive through the import. */
export async function giveFiles(project: Project, className: string, found: Found[], state: ProjectState, busy: (words: string) => void = () => undefined): Promise<void> {
  const archives = found.filter((f) => ARCHIVES.has(extension(f.path)));
  const videos = found.filter((f) => project.kind === "image" && isVideo(f));
  const plain = found.filter((f) => !archives.includes(f) && !videos.includes(f));
  if (plain.length) {
    await app.examples.give({ project: project.id, className, burst: null, texts: [],
      parts: plain.map((f) => ({ name: f.path.replace(/^.*\//, ""), blob: f.file })) });
  }
  for (const v of videos) {
    const frames = await framesOf(v.file, (done, of) => busy(`Looking through ${v.path}: ${done} of ${of} stills`));
    await giveFrames(project, className, frames, uuid(), v.path.replace(/^.*\//, "").replace(/\.[^.]+$/, ""));
  }
  for (const a of archives) {
    const options = { labelsFromFolder: false, addClasses: false, textColumn: null, className };
    const { job } = await sendImport(project.id, { body: a.file, type: "application/zip", filename: a.path }, options,
      (bytes) => busy(`Sending ${a.path}: ${Math.round((100 * bytes) / Math.max(1, a.file.size))} %`), new AbortController().signal);
    state.take(job);
    busy(`Unpacking ${a.path} …`);
    const ended = await state.ended(job);
    say(ended.message ?? `${a.path} is read.`);
    await state.loadDraft();
  }
}

export const giveFrames = (project: Project, className: string, frames: readonly Blob[], burst: string, from: string): Promise<void> =>
  app.examples.give({ project: project.id, className, burst, texts: [],
    parts: frames.map((blob, i) => ({ name: `${from}-${burst.slice(0, 8)}-${String(i + 1).padStart(3, "0")}.jpg`, blob })) });
