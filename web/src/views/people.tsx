/* The people, for the administrator: inviting, roles, closing an account. */
import { useEffect, useState } from "preact/hooks";
import { app, attempt } from "../app";
import * as api from "../api";
import type { Role, User } from "../api";
import { when } from "../format";
import { href } from "../router";
import { Dialog } from "../ui/dialog";
import { Field, Form, Secret, Select } from "../ui/field";
import { PlusIcon } from "../ui/icons";
import { Page, Waiting } from "../ui/shell";

const ROLES: readonly (readonly [Role, string])[] = [
  ["annotator", "Annotator: labels items"], ["reviewer", "Reviewer: labels, and reviews labels"],
  ["manager", "Manager: runs projects"], ["admin", "Administrator: everything, people too"],
];
interface Link { name: string; link: string; expires_at: string }

export function People() {
  const [users, setUsers] = useState<User[] | null>(null);
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState<Link | null>(null);
  const load = () => attempt(async () => setUsers(await api.listUsers()));
  useEffect(() => { void load(); }, []);

  const change = (user: User, what: { role?: Role; disabled?: boolean }) => attempt(async () => {
    try {
      await api.changeUser(user.id, what);
    } finally {
      await load(); // after a refusal the list must show what still holds
    }
  });
  const renew = (user: User) => attempt(async () => setLink({ name: user.name, ...(await api.renewInvitation(user.id)) }));
  if (!app.session.isAdmin.value) {
    return <Page heading="People"><p class="lead">Only an administrator can see and change who works here.</p></Page>;
  }
  return (
    <Page heading="People" title={<a class="back" href={href("/")}>Projects</a>}
      actions={<button type="button" class="primary" onClick={() => setInviting(true)}><PlusIcon />Invite somebody</button>}>
      {users === null ? <Waiting /> : (
        <ul class="lines panel">
          {users.map((u) => <Person key={u.id} user={u} change={change} renew={renew} />)}
        </ul>
      )}
      {inviting && <Invite close={() => setInviting(false)} made={(made) => {
        setInviting(false);
        setLink(made);
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

interface PersonProps { user: User; change(u: User, what: { role?: Role; disabled?: boolean }): void; renew(u: User): void }

function Person({ user: u, change, renew }: PersonProps) {
  const me = app.session.user.value?.id === u.id;
  const toggle = u.disabled ? "Open again" : "Close account";
  return (
    <li class={`line person ${u.disabled ? "disabled" : ""}`}>
      <div class="grow">
        <p><strong>{u.name}</strong>{me && <span class="hint"> · you</span>}{u.disabled && <span class="hint"> · account closed</span>}</p>
        <p class="hint">since {when(u.created_at)}</p>
      </div>
      <select aria-label={`Role of ${u.name}`} disabled={me} value={u.role} onChange={(e) => change(u, { role: e.currentTarget.value as Role })}>
        {ROLES.map(([role, words]) => <option key={role} value={role} selected={role === u.role}>{words.split(":")[0]}</option>)}
      </select>
      <button type="button" onClick={() => renew(u)} aria-label={`New link for ${u.name}`}>New link</button>
      <button type="button" class="quiet" disabled={me} aria-label={`${toggle}: ${u.name}`}
        onClick={() => change(u, { disabled: !u.disabled })}>{toggle}</button>
    </li>
  );
}

function Invite({ close, made }: { close(): void; made(link: Link): void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<string>("annotator");
  const send = async () => {
    const { link, expires_at } = await api.inviteUser(name.trim(), role as Role);
    made({ name: name.trim(), link, expires_at });
  };
  return (
    <Dialog title="Invite somebody" close={close}>
      <Form send={send}>
        {(busy) => <>
          <Field label="Their name" value={name} set={setName} required maxLength={100} autoFocus />
          <Select label="Role" value={role} set={setRole} options={ROLES} />
          <div class="row end">
            <button type="button" class="quiet" onClick={close}>Cancel</button>
            <button class="primary" disabled={busy}>Make the link</button>
          </div>
        </>}
      </Form>
    </Dialog>
  );
}
