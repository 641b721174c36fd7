/* A new project: its name, its kind, its classes; what was dropped suggests all three. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { app } from "../app";
import { createProject, type ClassDef, type Kind } from "../api";
import { count, plural } from "../format";
import { go } from "../router";
import { columns, folderClasses, guessColumn, guessKind, isTable, suggestName, type Found } from "../state/files";
import { Dialog } from "../ui/dialog";
import { Check, Field, Form, Select } from "../ui/field";

/* One class a line or separated by commas; doubles and blanks fall away. */
export const readClasses = (text: string): string[] =>
  [...new Set(text.split(/[\n,;]/).map((c) => c.trim()).filter(Boolean))];

/* The columns of the first table among the files. */
export function useColumns(found: readonly Found[]): [string[], string, (column: string) => void] {
  const [names, setNames] = useState<string[]>([]);
  const [chosen, setChosen] = useState("");
  useEffect(() => {
    const table = found.find((f) => isTable(f.path));
    setNames([]);
    if (!table) return;
    void table.file.slice(0, 65_536).text().then((head) => {
      const list = columns(table.path, head);
      setNames(list);
      setChosen(guessColumn(list) ?? "");
    });
  }, [found]);
  return [names, chosen, setChosen];
}

const MEMBERS = [["everybody", "Everybody who has an account"], ["me", "Only me for now"]] as const;

export function NewProject({ found, close }: { found: Found[]; close(): void }) {
  /* Once, not at each letter typed: there may be sixty thousand of them. */
  const paths = useMemo(() => found.map((f) => f.path), [found]);
  const folders = useMemo(() => folderClasses(paths), [paths]);
  const [name, setName] = useState(() => suggestName(paths));
  const [kind, setKind] = useState<Kind>(() => guessKind(paths) ?? "image");
  const [classes, setClasses] = useState(folders.join("\n"));
  const [multiple, setMultiple] = useState(false);
  const [labelled, setLabelled] = useState(false);
  const [members, setMembers] = useState("everybody");
  const [names, column, setColumn] = useColumns(found);

  const send = async () => {
    const list: Partial<ClassDef>[] = readClasses(classes).map((c) => ({ name: c }));
    if (list.length < 2) throw new Error("Name at least two classes, one on each line: there must be something to choose between.");
    const project = await createProject({
      name: name.trim(), kind, questions: [{ name: "class", type: "choice", multiple, classes: list }],
      members: members === "me" ? "me" : "everybody",
    });
    if (found.length) {
      const options = { labelsFromFolder: labelled, addClasses: labelled, textColumn: names.length ? column : null };
      void app.uploads.start(project.id, found, options, () => undefined);
    }
    close();
    go(`/p/${project.id}`);
  };
  return (
    <Dialog title="New project" close={close}>
      {found.length > 0 && <p class="lead">{plural(found.length, "file")} to bring in.</p>}
      <Form send={send}>
        {(busy) => <>
          <Field label="Name" value={name} set={setName} required maxLength={100} autoFocus />
          <fieldset class="segments">
            <legend>What is to be labelled</legend>
            {(["image", "text"] as const).map((k) => (
              <label key={k} class="segment"><input type="radio" name="kind" checked={kind === k} onChange={() => setKind(k)} />
                <span>{k === "image" ? "Pictures" : "Texts"}</span></label>
            ))}
          </fieldset>
          <ClassesField value={classes} set={setClasses}
            hint={folders.length ? `Suggested by your ${count(folders.length)} folders. Change them as you like.` : undefined} />
          <Check label="Several classes may fit one item" checked={multiple} set={setMultiple} />
          {folders.length > 0 && <Check label="The folders are right already: take their names as labels" checked={labelled} set={setLabelled}
            hint="Otherwise the folders are only remembered, and you label from scratch." />}
          {names.length > 1 && <Select label="Column with the text" value={column} set={setColumn} options={names.map((n) => [n, n] as const)}
            hint="The other columns are kept beside it." />}
          <Select label="Who works on it" value={members} set={setMembers} options={MEMBERS}
            hint="You can add people and take them off at any time." />
          <div class="row end">
            <button type="button" class="quiet" onClick={close}>Cancel</button>
            <button class="primary" disabled={busy}>{busy ? "One moment …" : found.length ? "Create and bring in" : "Create"}</button>
          </div>
        </>}
      </Form>
    </Dialog>
  );
}

function ClassesField({ value, set, hint }: { value: string; set(v: string): void; hint?: string | undefined }) {
  return (
    <div class="field">
      <label for="new-classes">Classes</label>
      <textarea id="new-classes" rows={5} value={value} aria-describedby="new-classes-hint"
        onInput={(e) => set(e.currentTarget.value)} placeholder={"One on each line, such as\nshirt\ntrousers\nshoes"} />
      <p class="hint" id="new-classes-hint">{hint ?? "One on each line. You can add more at any time."}</p>
    </div>
  );
}
