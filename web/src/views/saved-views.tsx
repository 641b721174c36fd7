/* Filters that one gave a name: one click away, and kept on the server for this person alone. */
import { useEffect, useState } from "preact/hooks";
import { attempt, say } from "../app";
import * as api from "../api";
import type { Project, View } from "../api";
import { href } from "../router";
import { filterOf, queryOf, type Filter } from "../state/grid";
import { Dialog } from "../ui/dialog";
import { Field, Form } from "../ui/field";
import { CrossIcon } from "../ui/icons";

export function SavedViews({ project, filter }: { project: Project; filter: Filter }) {
  const [views, setViews] = useState<View[]>([]);
  const [naming, setNaming] = useState(false);
  const load = () => attempt(async () => setViews(await api.listViews(project.id)));
  useEffect(() => { void load(); }, [project.id]);
  const here = queryOf(filter);
  const shown = views.find((v) => queryOf(filterOf(v.query)) === here);
  const remove = (v: View) => attempt(async () => {
    await api.removeView(project.id, v.id);
    await load();
    say(`The view ${v.name} is no longer kept.`);
  });
  if (views.length === 0 && !here) return null;
  return (
    <div class="row wrap tight views" role="group" aria-label="Saved views">
      {views.map((v) => (
        <a key={v.id} class="button tab" aria-current={v === shown ? "true" : undefined} href={href(`/p/${project.id}/items?${v.query}`)}>{v.name}</a>
      ))}
      {shown && <button type="button" class="quiet tab" aria-label={`Remove the view ${shown.name}`} onClick={() => void remove(shown)}><CrossIcon /></button>}
      {here && !shown && <button type="button" class="link" onClick={() => setNaming(true)}>Keep this view</button>}
      {naming && <Name project={project} query={here} close={() => setNaming(false)} done={() => { setNaming(false); void load(); }} />}
    </div>
  );
}

function Name({ project, query, close, done }: { project: Project; query: string; close(): void; done(): void }) {
  const [name, setName] = useState("");
  const send = async () => {
    await api.keepView(project.id, name.trim(), query);
    done();
  };
  return (
    <Dialog title="Keep this view" close={close}>
      <Form send={send}>
        {(busy) => <>
          <Field label="Its name" value={name} set={setName} required maxLength={100} autoFocus hint="For yourself. A view of the same name is replaced." />
          <div class="row end">
            <button type="button" class="quiet" onClick={close}>Cancel</button>
            <button class="primary" disabled={busy}>Keep it</button>
          </div>
        </>}
      </Form>
    </Dialog>
  );
}
