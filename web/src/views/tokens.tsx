/* Tokens, of oneself or of a service account: what each may do, when it was used, making one, revoking. */
import { useEffect, useState } from "preact/hooks";
import { attempt } from "../app";
import * as api from "../api";
import { SCOPES, type Project, type Scope, type Token, type TokenWish } from "../api";
import { when } from "../format";
import { Check, Field, Form, Secret, Select } from "../ui/field";

const MEANING: Record<Scope, string> = {
  read: "Read: items, projects, progress", label: "Label: take items and answer them", import: "Import: add items",
  export: "Export: download labels", manage: "Manage: change settings, people and the rest",
  predict: "Predict: ask endpoints",
};

interface Source { list(): Promise<Token[]>; make(wish: TokenWish): Promise<{ token: string }>; revoke(id: number): Promise<void> }

export function Tokens({ source }: { source: Source }) {
  const [tokens, setTokens] = useState<Token[]>([]);
  const [projects, setProjects] = useState<Project[]>([]);
  const [made, setMade] = useState<string | null>(null);
  const load = async () => setTokens(await source.list());
  useEffect(() => { void attempt(async () => { await load(); setProjects(await api.listProjects()); }); }, []);
  const revoke = (t: Token) => attempt(async () => {
    await source.revoke(t.id);
    await load();
  });
  const nameOf = (id: number) => projects.find((p) => p.id === id)?.name ?? `project ${id}`;
  return (
    <>
      {tokens.length > 0 && (
        <ul class="lines">
          {tokens.map((t) => (
            <li key={t.id} class="line">
              <div class="grow">
                <p><strong>{t.name}</strong></p>
                <p class="hint">{t.scopes.length === SCOPES.length ? "may do everything" : `may ${t.scopes.join(", ")}`}{t.project !== null && `, in ${nameOf(t.project)} alone`}</p>
                <p class="hint">made {when(t.created_at)}, last used {when(t.last_used_at)}</p>
              </div>
              <button type="button" class="quiet" aria-label={`Revoke ${t.name}`} onClick={() => void revoke(t)}>Revoke</button>
            </li>
          ))}
        </ul>
      )}
      {made && <div class="notice"><p>Copy it now: it is shown this once.</p><Secret label="New token" value={made} /></div>}
      <NewToken projects={projects} make={async (wish) => {
        setMade((await source.make(wish)).token);
        await load();
      }} />
    </>
  );
}

function NewToken({ projects, make }: { projects: readonly Project[]; make(wish: TokenWish): Promise<void> }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>(["read", "export"]);
  const [project, setProject] = useState("");
  const toggle = (scope: Scope) => (on: boolean) => setScopes(SCOPES.filter((s) => (s === scope ? on : scopes.includes(s))));
  const send = async () => {
    await make({ name: name.trim(), scopes: [...scopes], ...(project ? { project: Number(project) } : {}) });
    setName("");
  };
  return (
    <Form send={send} class="form narrow">
      {(busy) => <>
        <Field label="Name of a new token" value={name} set={setName} required maxLength={100} placeholder="nightly export" />
        <fieldset class="scopes">
          <legend>It may</legend>
          {SCOPES.map((s) => <Check key={s} label={MEANING[s]} checked={scopes.includes(s)} set={toggle(s)} />)}
        </fieldset>
        <Select label="Where" value={project} set={setProject} options={[["", "In every project of the account"], ...projects.map((p) => [String(p.id), `In ${p.name} alone`] as const)]} />
        <div class="row"><button disabled={busy || scopes.length === 0}>Make a token</button></div>
      </>}
    </Form>
  );
}
