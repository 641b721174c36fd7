/* What surrounds every page: the top bar, the state of the outbox, the toast. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { app, toast } from "../app";
import { href } from "../router";
import { plural } from "../format";
import { Refused } from "./refused";
import { CheckIcon, CloudIcon, HelpIcon, Mark, MoonIcon, OfflineIcon, PeopleIcon, PersonIcon, SunIcon } from "./icons";
import { helpOpen } from "./help";
import { chooseTheme, theme } from "./theme";

export function ThemeButton() {
  const dark = theme.value === "dark";
  return (
    <button type="button" class="quiet square extra" aria-label={dark ? "Light colours" : "Dark colours"}
      title={dark ? "Light colours" : "Dark colours"} onClick={() => chooseTheme(dark ? "light" : "dark")}>
      {dark ? <SunIcon /> : <MoonIcon />}
    </button>
  );
}

/* "3 labels waiting for the connection": only while there is something to say. */
export function OutboxState({ stored }: { stored?: number | null }) {
  const [open, setOpen] = useState(false);
  const { waiting, refused, trouble } = app.outbox;
  const n = waiting.value.length;
  return (
    <div class="outbox">
      {trouble.value !== null && n > 0 ? (
        <span class="outbox-line warn" title={trouble.value}>
          <OfflineIcon />{plural(n, "label")} waiting for the connection
          <button type="button" class="link" onClick={() => app.outbox.retryNow()}>Try now</button>
        </span>
      ) : n > 0 ? <span class="outbox-line"><CloudIcon />Storing {plural(n, "label")} …</span>
        : stored ? <span class="outbox-line good"><CheckIcon />Stored as no. {stored}</span> : null}
      {refused.value.length > 0 && (
        <button type="button" class="outbox-line bad link" onClick={() => setOpen(true)}>
          {plural(refused.value.length, "label")} not accepted
        </button>
      )}
      {!app.outbox.shelf.lasting && n > 0 && <span class="outbox-line warn">Not kept if you close this page</span>}
      {open && <Refused close={() => setOpen(false)} />}
    </div>
  );
}

interface BarProps { title?: ComponentChildren; children?: ComponentChildren }

export function TopBar({ title, children }: BarProps) {
  const user = app.session.user.value;
  return (
    <header class="topbar">
      <a class="brand" href={href("/")} aria-label="Exemplar: all projects"><Mark /><span class="brand-name">Exemplar</span></a>
      {title && <div class="topbar-title">{title}</div>}
      <div class="grow" />
      {children}
      <nav class="row tight" aria-label="You and the program">
        {app.session.isAdmin.value && (
          <a class="button quiet square extra" href={href("/people")} aria-label="People" title="People"><PeopleIcon /></a>
        )}
        <button type="button" class="quiet square" aria-label="Help and keys" title="Help and keys (?)"
          onClick={() => (helpOpen.value = true)}><HelpIcon /></button>
        <ThemeButton />
        {user && (
          <a class="button quiet square" href={href("/account")} aria-label={`Your account: ${user.name}`} title={user.name}><PersonIcon /></a>
        )}
      </nav>
    </header>
  );
}

export function Page({ title, heading, children, actions }: {
  title?: ComponentChildren; heading: string; children: ComponentChildren; actions?: ComponentChildren;
}) {
  return (
    <>
      <TopBar title={title}><OutboxState /></TopBar>
      <main class="page" id="main" tabIndex={-1}>
        <div class="page-head"><h1>{heading}</h1>{actions && <div class="row wrap">{actions}</div>}</div>
        {children}
      </main>
    </>
  );
}

export function Toast() {
  const t = toast.value;
  return <div class="toast-place" role="status" aria-live="polite">{t && <p class={`toast ${t.bad ? "bad" : ""}`}>{t.text}</p>}</div>;
}

export const Trouble = ({ text, again }: { text: string; again(): void }) => (
  <div class="notice bad" role="alert">
    <p>{text}</p>
    <button type="button" onClick={again}>Try again</button>
  </div>
);

export const Waiting = () => <p class="waiting" role="status">One moment …</p>;
