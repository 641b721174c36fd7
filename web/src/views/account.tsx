/* One's own account: the password, tokens for scripts, the way out. */
import { useState } from "preact/hooks";
import { app, attempt, say } from "../app";
import * as api from "../api";
import { plural } from "../format";
import { go, href } from "../router";
import { Field, Form } from "../ui/field";
import { ProviderPanel } from "./provider";
import { Page } from "../ui/shell";
import { Tokens } from "./tokens";

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
        <Sessions />
        <MyTokens />
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

const MINE = { list: api.listTokens, make: api.createToken, revoke: api.revokeToken };

function MyTokens() {
  return (
    <section class="panel" aria-labelledby="tokens-heading">
      <h2 id="tokens-heading">Tokens for scripts</h2>
      <p class="hint">A token lets a script act as you: <code>Authorization: Bearer …</code></p>
      <Tokens source={MINE} />
    </section>
  );
}

function Sessions() {
  const leave = () => attempt(async () => {
    await app.session.signOut("everywhere");
    go("/");
  });
  return (
    <section class="panel" aria-labelledby="sessions-heading">
      <h2 id="sessions-heading">Other devices</h2>
      <p class="hint">Ends your sessions in every browser, this one too. Tokens go on.</p>
      <div class="row"><button type="button" onClick={() => void leave()}>Sign out everywhere</button></div>
    </section>
  );
}
