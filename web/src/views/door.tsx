/* The ways in: a one-use link, a name and a password, or what to do when there is nobody yet. */
import { useEffect, useState } from "preact/hooks";
import { app } from "../app";
import { checkInvitation, sentence, type Role } from "../api";
import { go } from "../router";
import { Field, Form } from "../ui/field";
import { Mark } from "../ui/icons";
import { ThemeButton, Waiting } from "../ui/shell";
import { ProviderButton, ProviderRefusal } from "./provider";
import type { ComponentChildren } from "preact";

const Door = ({ heading, children }: { heading: string; children: ComponentChildren }) => (
  <>
    <div class="door-corner"><ThemeButton /></div>
    <main class="door" id="main" tabIndex={-1}>
      <div class="door-brand"><Mark /><span class="brand-name">Exemplar</span></div>
      <h1>{heading}</h1>
      {children}
    </main>
  </>
);

const PASSWORD_MIN = 8;
const ROLE_WORDS: Record<Role, string> = {
  annotator: "You will label items.", reviewer: "You will label items and review labels.",
  manager: "You will run projects and label.", admin: "You will look after projects and people.",
};

export function SetUp({ token }: { token: string }) {
  const [invitation, setInvitation] = useState<{ role: Role; name: string | null } | null>(null);
  const [refused, setRefused] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  useEffect(() => {
    setInvitation(null);
    setRefused("");
    checkInvitation(token).then(setInvitation, (e) => setRefused(sentence(e)));
  }, [token]);
  if (refused) {
    return (
      <Door heading="This link does not work">
        <p class="lead" role="alert">{refused}</p>
        <a class="button primary wide-button" href="#/">Go to sign-in</a>
      </Door>
    );
  }
  if (!invitation) return <Door heading="Welcome"><Waiting /></Door>;
  const send = async () => {
    await app.session.accept(token, invitation.name === null ? name.trim() : null, password);
    go("/");
  };
  return (
    <Door heading={invitation.name === null ? "Welcome" : `Welcome, ${invitation.name}`}>
      <p class="lead">{invitation.name === null ? "Choose how you are called here, and a password." : "Choose a password."} {ROLE_WORDS[invitation.role]}</p>
      <Form send={send}>
        {(busy) => <>
          {invitation.name === null
            ? <Field label="Your name" value={name} set={setName} required maxLength={100} autoComplete="username" autoFocus />
            : <input type="text" hidden readOnly autoComplete="username" value={invitation.name} />}
          <Field label="Password" type="password" value={password} set={setPassword} required minLength={PASSWORD_MIN}
            autoComplete="new-password" hint={`At least ${PASSWORD_MIN} characters. A few words in a row are easy to keep in mind.`} />
          <button class="primary wide-button" disabled={busy}>{busy ? "One moment …" : "Begin"}</button>
        </>}
      </Form>
      {invitation.name !== null && <ProviderButton invitation={token} />}
    </Door>
  );
}

export function SignIn() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  if (app.session.fresh.value) {
    return (
      <Door heading="Almost ready">
        <p class="lead">Nobody has an account here yet. The program printed a one-use link when it started: open it to become the first administrator.</p>
        <p class="hint">It looks like <code>{location.origin}/#/setup/…</code> and stands in the terminal, or the log, of the program. Starting the program again prints a new one.</p>
        <button type="button" class="wide-button" onClick={() => void app.session.load()}>I have opened it: look again</button>
      </Door>
    );
  }
  return (
    <Door heading="Sign in">
      <ProviderRefusal />
      <ProviderButton />
      <Form send={() => app.session.signIn(name.trim(), password)}>
        {(busy) => <>
          <Field label="Your name" value={name} set={setName} required autoComplete="username" autoFocus />
          <Field label="Password" type="password" value={password} set={setPassword} required autoComplete="current-password" />
          <button class="primary wide-button" disabled={busy}>{busy ? "One moment …" : "Sign in"}</button>
        </>}
      </Form>
      <p class="hint">Forgotten it? An administrator can make a new link for you.</p>
    </Door>
  );
}
