/* A new teach project, in two fields: what the things are, and what the classes are called. */
import { useState } from "preact/hooks";
import { ApiError, createProject, type Kind, type Project } from "../api";
import { go } from "../router";
import { Dialog } from "../ui/dialog";
import { Form } from "../ui/field";
import { readClasses } from "./new-project";

const NAME_MAX = 60;

/* "Shoe or hat"; many classes: the first three. */
export function nameOf(classes: readonly string[]): string {
  const some = classes.slice(0, 3);
  const words = classes.length > 3 ? `${some.join(", ")} …` : some.join(" or ");
  return (words.charAt(0).toUpperCase() + words.slice(1)).slice(0, NAME_MAX);
}

async function makeWith(name: string, kind: Kind, classes: readonly string[]): Promise<Project> {
  for (let n = 1; ; n += 1) {
    try {
      return await createProject({ name: n === 1 ? name : `${name} ${n}`, kind, members: "me",
        questions: [{ name: "class", type: "choice", multiple: false, classes: [...classes] }] });
    } catch (failure) {
      if (!(failure instanceof ApiError) || failure.status !== 409 || n === 50) throw failure;
    }
  }
}

export function NewTeach({ close }: { close(): void }) {
  const [kind, setKind] = useState<Kind>("image");
  const [classes, setClasses] = useState("");
  const send = async () => {
    const list = readClasses(classes);
    if (list.length < 2) throw new Error("Name at least two classes: there must be something to tell apart.");
    const project = await makeWith(nameOf(list), kind, list);
    close();
    go(`/p/${project.id}/teach`);
  };
  return (
    <Dialog title="Teach by example" close={close}>
      <Form send={send}>
        {(busy) => <>
          <fieldset class="segments">
            <legend>What are your things?</legend>
            {(["image", "text"] as const).map((k) => (
              <label key={k} class="segment"><input type="radio" name="teach-kind" checked={kind === k} onChange={() => setKind(k)} />
                <span>{k === "image" ? "Photos" : "Sentences"}</span></label>
            ))}
          </fieldset>
          <div class="field">
            <label for="teach-classes-field">What are the classes called?</label>
            <textarea id="teach-classes-field" rows={3} value={classes} autoFocus onInput={(e) => setClasses(e.currentTarget.value)}
              placeholder={kind === "image" ? "shoe, hat" : "question, complaint"} aria-describedby="teach-classes-hint" />
            <p class="hint" id="teach-classes-hint">Separated by commas, or one on each line. You can add more at any time.</p>
          </div>
          <div class="row end">
            <button type="button" class="quiet" onClick={close}>Cancel</button>
            <button class="primary" disabled={busy}>{busy ? "One moment …" : "Begin"}</button>
          </div>
        </>}
      </Form>
    </Dialog>
  );
}
