/* One's own account: the password, tokens for scripts, the way out. */
import { useEffect, useState } from "preact/hooks";
import { app, attempt, say } from "../app";
import * as api from "../api";
import type { Token } from "../api";
import { plural, when } from "../format";
import { go, href } from "../router";
import { Field, Form, Secret } from "../ui/field";
import { ProviderPanel } from "./provider";
import { Page } from "../ui/shell";

export function Account() {
  const user = app.session.user.value!;
  const waiting = app.outbox.waiting.value.length;
  const leave = () => attempt(async () => {
    await app.session.signOut();
    go("/");
  });
  return (
    <Page heading={user.name} title={<a class="back" href={href("/")}>Projects</a>}
      actions={<button type="button" onClick={() => void leave()}>Sign out</button>}>
      <div class="stack">
        {waiting > 0 && <p class="notice">{plural(waiting, "label")} of yours wait to be stored. They stay in this browser and are sent when you sign in again.</p>}
        <Password />
        <ProviderPanel />
        <Tokens />
        <p class="hint">Exemplar {app.session.version.value}</p>
      </div>
    </Page>
  );
}

function Password() {
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const send = async () => {
    await api.changePassword(old, fresh);
    setOld("");
    setFresh("");
    say("Your password is changed.");
  };
  return (
    <section class="panel" aria-labelledby="password-heading">
      <h2 id="password-heading">Password</h2>
      <Form send={send} class="form narrow">
        {(busy) => <>
          <Field label="Present password" type="password" value={old} set={setOld} required autoComplete="current-password" />
          <Field label="New password" type="password" value={fresh} set={setFresh} required minLength={8} autoComplete="new-password" hint="At least 8 characters." />
          <div class="row"><button disabled={busy}>Change password</button></div>
        </>}
      </Form>
    </section>
  );
}

function Tokens() {
  const [tokens, setTokens] = useState<Token[]>([]);
  const [name, setName] = useState("");
  const [made, setMade] = useState<string | null>(null);
  const load = async () => setTokens(await api.listTokens());
  useEffect(() => { void attempt(load); }, []);
  const create = async () => {
    setMade((await api.createToken(name.trim())).token);
    setName("");
    await load();
  };
  const revoke = (t: Token) => attempt(async () => {
    await api.revokeToken(t.id);
    await load();
  });
  return (
    <section class="panel" aria-labelledby="tokens-heading">
      <h2 id="tokens-heading">Tokens for scripts</h2>
      <p class="hint">A token lets a script act as you: <code>Authorization: Bearer …</code></p>
      {tokens.length > 0 && (
        <ul class="lines">
          {tokens.map((t) => (
            <li key={t.id} class="line">
              <div class="grow"><p><strong>{t.name}</strong></p><p class="hint">made {when(t.created_at)}, last used {when(t.last_used_at)}</p></div>
              <button type="button" class="quiet" aria-label={`Revoke ${t.name}`} onClick={() => void revoke(t)}>Revoke</button>
            </li>
          ))}
        </ul>
      )}
      {made && <div class="notice"><p>Copy it now: it is shown this once.</p><Secret label="New token" value={made} /></div>}
      <Form send={create} class="form narrow">
        {(busy) => <>
          <Field label="Name of a new token" value={name} set={setName} required maxLength={100} placeholder="nightly export" />
          <div class="row"><button disabled={busy}>Make a token</button></div>
        </>}
      </Form>
    </section>
  );
}
