/* The people, for the administrator: inviting, roles, closing an account. */
import { useEffect, useState } from "preact/hooks";
import { app, attempt, say } from "../app";
import * as api from "../api";
import type { Role, TokenWish, User } from "../api";
import { when } from "../format";
import { href } from "../router";
import { Dialog } from "../ui/dialog";
import { Check, Field, Form, Secret, Select } from "../ui/field";
import { PlusIcon } from "../ui/icons";
import { Page, Waiting } from "../ui/shell";
import { Tokens } from "./tokens";

const ROLES: readonly (readonly [Role, string])[] = [
  ["annotator", "Annotator: labels items"], ["reviewer", "Reviewer: labels, and reviews labels"],
  ["manager", "Manager: runs projects"], ["admin", "Administrator: everything, people too"],
];
interface Link { name: string; link: string; expires_at: string }

export function People() {
  const [users, setUsers] = useState<User[] | null>(null);
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState<Link | null>(null);
  const [managed, setManaged] = useState<User | null>(null);
  const load = () => attempt(async () => setUsers(await api.listUsers()));
  useEffect(() => { void load(); }, []);

  const change = (user: User, what: { role?: Role; disabled?: boolean }) => attempt(async () => {
    try {
      await api.changeUser(user.id, what);
    } finally {
      await load(); // after a refusal the list must show what still holds
    }
  });
  if (!app.session.isAdmin.value) {
    return <Page heading="People"><p class="lead">Only an administrator can see and change who works here.</p></Page>;
  }
  return (
    <Page heading="People" title={<a class="back" href={href("/")}>Projects</a>}
      actions={<>
        <a class="button" href={href("/audit")}>Audit log</a>
        <button type="button" class="primary" onClick={() => setInviting(true)}><PlusIcon />Invite somebody</button>
      </>}>
      {users === null ? <Waiting /> : (
        <ul class="lines panel">
          {users.map((u) => <Person key={u.id} user={u} change={change} more={setManaged} />)}
        </ul>
      )}
      {managed && (
        <Manage user={managed} close={() => setManaged(null)} change={change} linked={(made) => {
          setManaged(null);
          setLink(made);
        }} gone={() => {
          setManaged(null);
          void load();
        }} />
      )}
      {inviting && <Invite close={() => setInviting(false)} made={(made) => {
        setInviting(false);
        if (made) setLink(made);
        void load();
      }} />}
      {link && (
        <Dialog title={`A link for ${link.name}`} close={() => setLink(null)}>
          <p>It works once, until {when(link.expires_at)}. Whoever opens it chooses the password, so hand it on privately.</p>
          <Secret label="One-use link" value={location.origin + link.link} />
        </Dialog>
      )}
    </Page>
  );
}

interface PersonProps { user: User; change(u: User, what: { role?: Role; disabled?: boolean }): void; more(u: User): void }

function Person({ user: u, change, more }: PersonProps) {
  const me = app.session.user.value?.id === u.id;
  return (
    <li class={`line person ${u.disabled ? "disabled" : ""}`}>
      <div class="grow">
        <p><strong>{u.name}</strong>{me && <span class="hint"> · you</span>}{u.service && <span class="hint"> · service account</span>}
          {u.disabled && <span class="hint"> · account closed</span>}</p>
        <p class="hint">since {when(u.created_at)}</p>
      </div>
      <select aria-label={`Role of ${u.name}`} disabled={me} value={u.role} onChange={(e) => change(u, { role: e.currentTarget.value as Role })}>
        {ROLES.map(([role, words]) => <option key={role} value={role} selected={role === u.role}>{words.split(":")[0]}</option>)}
      </select>
      <button type="button" aria-label={`Manage ${u.name}`} onClick={() => more(u)}>Manage</button>
    </li>
  );
}

interface ManageProps { user: User; close(): void; change(u: User, what: { disabled: boolean }): void; linked(link: Link): void; gone(): void }

/* What is done to one account, each with what it means. */
function Manage({ user: u, close, change, linked, gone }: ManageProps) {
  const me = app.session.user.value?.id === u.id;
  const renew = () => attempt(async () => linked({ name: u.name, ...(await api.renewInvitation(u.id)) }));
  const signOut = () => attempt(async () => {
    await api.signOutUser(u.id);
    say(`${u.name} is signed out everywhere.`);
    close();
  });
  return (
    <Dialog title={u.name} close={close}>
      {u.service ? <Tokens source={tokensOf(u.id)} /> : <>
        <Deed words="Makes a one-use link by which they choose a new password. Until then the old one works." act="New link" run={() => void renew()} />
        <Deed words="Ends their sessions in every browser. Their tokens go on." act="Sign out everywhere" run={() => void signOut()} />
      </>}
      {!me && <>
        <Deed words={u.disabled ? "Lets them in again, with the password and the tokens they had." : "Shuts them out at once; what they had in hand goes to others. What they labelled stays."}
          act={u.disabled ? "Open again" : "Close account"} run={() => { change(u, { disabled: !u.disabled }); close(); }} />
        <Erase user={u} gone={gone} />
      </>}
    </Dialog>
  );
}

const tokensOf = (id: number) => ({
  list: () => api.listTokensOf(id), make: (wish: TokenWish) => api.createTokenOf(id, wish), revoke: (token: number) => api.revokeTokenOf(id, token),
});

function Deed({ words, act, run }: { words: string; act: string; run(): void }) {
  return <div class="line deed-choice"><p class="grow hint">{words}</p><button type="button" onClick={run}>{act}</button></div>;
}

/* For good, so it is asked twice: the name has to be typed. */
function Erase({ user: u, gone }: { user: User; gone(): void }) {
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState("");
  const words = "Forgets who they were, for good: name, password, sessions and tokens go. What they labelled stays, under a number.";
  if (!asking) return <Deed words={words} act="Erase …" run={() => setAsking(true)} />;
  const send = async () => {
    await api.eraseUser(u.id);
    say("Erased. What was labelled stays.");
    gone();
  };
  return (
    <Form send={send} class="form notice bad">
      {(busy) => <>
        <p>{words} This cannot be undone.</p>
        <Field label={`Type “${u.name}” to erase it`} value={typed} set={setTyped} autoComplete="off" autoFocus />
        <button disabled={busy || typed.trim() !== u.name}>Erase for good</button>
      </>}
    </Form>
  );
}

const SERVICE = "A program: works by tokens, cannot sign in";

function Invite({ close, made }: { close(): void; made(link: Link | null): void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<string>("annotator");
  const [service, setService] = useState(false);
  const send = async () => {
    if (service) {
      await api.addService(name.trim(), role as Role);
      return made(null);
    }
    const { link, expires_at } = await api.inviteUser(name.trim(), role as Role);
    made({ name: name.trim(), link, expires_at });
  };
  return (
    <Dialog title="Invite somebody" close={close}>
      <Form send={send}>
        {(busy) => <>
          <Field label="Their name" value={name} set={setName} required maxLength={100} autoFocus />
          <Select label="Role" value={role} set={setRole} options={ROLES} />
          <Check label={SERVICE} checked={service} set={setService} hint="Its tokens are made under Manage. It joins a project like anybody, in the project’s settings." />
          <div class="row end">
            <button type="button" class="quiet" onClick={close}>Cancel</button>
            <button class="primary" disabled={busy}>{service ? "Make the account" : "Make the link"}</button>
          </div>
        </>}
      </Form>
    </Dialog>
  );
}
