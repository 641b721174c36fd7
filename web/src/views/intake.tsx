/* Bringing files in: the drop zone, what to do with folders and columns, and the upload under way. */
import { useMemo, useState } from "preact/hooks";
import { app } from "../app";
import type { Project } from "../api";
import { count, plural, size, things } from "../format";
import { folderClasses, type Found } from "../state/files";
import type { ProjectState } from "../state/project";
import type { Sending } from "../state/uploads";
import { Dialog } from "../ui/dialog";
import { DropZone } from "../ui/dropzone";
import { Check, Form, Select } from "../ui/field";
import { Progress } from "../ui/progress";
import { useColumns } from "./new-project";

export function Intake({ project, state }: { project: Project; state: ProjectState }) {
  const [found, setFound] = useState<Found[] | null>(null);
  const sending = app.uploads.of(project.id);
  const start = (files: Found[], options: Sending["options"]) =>
    void app.uploads.start(project.id, files, options, (job) => state.take(job));
  const took = (files: Found[]) => {
    const asks = folderClasses(files.map((f) => f.path)).length > 0 || files.some((f) => /\.(csv|tsv|jsonl|ndjson|zip|tar|t?gz)$/i.test(f.path));
    if (asks) setFound(files);
    else start(files, { labelsFromFolder: false, addClasses: false, textColumn: null });
  };
  const empty = project.counts.items === 0;
  return (
    <section class="panel bare" aria-labelledby="intake-heading">
      {!empty && <h2 id="intake-heading">Bring in more</h2>}
      <DropZone took={took} {...(empty ? { size: "large" as const } : {})}>
        {empty ? <><h2 id="intake-heading">Drop your {things(project)} here</h2><p class="hint">{hintFor(project)}</p></>
          : <p>Drop files or folders here. <span class="hint">{hintFor(project)}</span></p>}
      </DropZone>
      {sending && <UploadState sending={sending} again={(files) => start(files, sending.options)} />}
      {found && <Ask found={found} close={() => setFound(null)} start={start} />}
    </section>
  );
}

const hintFor = (p: Project): string => (p.kind === "image" ? "JPEG, PNG, WebP, or a zip of them." : "CSV, TSV, JSONL, text files, or a zip of them.");

function Ask({ found, close, start }: { found: Found[]; close(): void; start(f: Found[], o: Sending["options"]): void }) {
  const folders = useMemo(() => folderClasses(found.map((f) => f.path)), [found]);
  const archive = found.some((f) => /\.(zip|tar|t?gz)$/i.test(f.path));
  const [labelled, setLabelled] = useState(false);
  const [names, column, setColumn] = useColumns(found);
  const send = async () => {
    start(found, { labelsFromFolder: labelled, addClasses: labelled, textColumn: names.length ? column : null });
    close();
  };
  return (
    <Dialog title={`Bring in ${plural(found.length, "file")}`} close={close}>
      <Form send={send}>
        {() => <>
          {(folders.length > 0 || archive) && (
            <Check label="Take the folder names as labels" checked={labelled} set={setLabelled}
              hint={folders.length ? `Folders: ${folders.slice(0, 8).join(", ")}${folders.length > 8 ? " …" : ""}. Classes that are missing are added.`
                : "For archives whose folders are the classes. Classes that are missing are added."} />
          )}
          {names.length > 1 && <Select label="Column with the text" value={column} set={setColumn}
            options={names.map((n) => [n, n] as const)} hint="The other columns are kept beside it." />}
          <div class="row end">
            <button type="button" class="quiet" onClick={close}>Cancel</button>
            <button class="primary" autoFocus>Bring in</button>
          </div>
        </>}
      </Form>
    </Dialog>
  );
}

function UploadState({ sending: s, again }: { sending: Sending; again(files: Found[]): void }) {
  const active = s.state === "sending" || s.state === "retrying";
  const unsent = s.failures.flatMap((f) => f.found);
  if (!active && unsent.length === 0) return null;
  return (
    <div class="upload">
      <div class="row">
        <p class="grow" role="status">
          {active ? `Sending: ${count(s.filesSent)} of ${plural(s.files, "file")}, ${size(s.bytesSent)} of ${size(s.bytes)}` : `${plural(unsent.length, "file")} not sent`}
          {s.state === "retrying" && <span class="hint"> · the connection faltered, trying again</span>}
        </p>
        {active && <button type="button" class="quiet" onClick={() => app.uploads.stop(s.project)}>Stop</button>}
      </div>
      {active && <Progress labelled={s.bytesSent} items={s.bytes} label="Sent" />}
      {s.failures.map((f, i) => (
        <p key={i} class="failure">{f.found[0]?.path}{f.found.length > 1 && ` and ${count(f.found.length - 1)} more`}: {f.sentence}</p>
      ))}
      {!active && (
        <div class="row end">
          <button type="button" class="quiet" onClick={() => app.uploads.forget(s.project)}>Leave them out</button>
          <button type="button" onClick={() => again(unsent)}>Send them again</button>
        </div>
      )}
    </div>
  );
}
