/* Signing in by an identity provider: leaving for it, coming back, and connecting it to one's account. */
import { useState } from "preact/hooks";
import { app, attempt, say } from "../app";
import * as api from "../api";
import type { ProviderAnswer } from "../api";
import { go } from "../router";
import { Form } from "../ui/field";

const PAGE = "exemplar.page"; // where somebody was when they left; in this tab only

async function leave(what: { invitation?: string; connect?: boolean }): Promise<void> {
  const location = await api.beginAtProvider(what);
  sessionStorage.setItem(PAGE, what.invitation ? "" : globalThis.location.hash);
  globalThis.location.assign(location);
}

/* What stands in the query of the page if the browser has just come back, and null otherwise. Taken
   out of the address at once: it is of use once, and nothing to bookmark. */
export function answerOfProvider(): ProviderAnswer | null {
  const query = new URLSearchParams(location.search);
  const state = query.get("state");
  if (!state || !(query.has("code") || query.has("error"))) return null;
  const answer: ProviderAnswer = { state };
  for (const name of ["code", "iss", "error"] as const) if (query.has(name)) answer[name] = query.get(name)!;
  history.replaceState(null, "", location.pathname + (sessionStorage.getItem(PAGE) ?? ""));
  sessionStorage.removeItem(PAGE);
  return answer;
}

/* The button, with what was wrong the last time. */
export function ProviderButton({ invitation, connect }: { invitation?: string; connect?: boolean }) {
  const provider = app.session.provider.value;
  if (!provider) return null;
  const what = invitation ? { invitation } : connect ? { connect } : {};
  return (
    <Form send={() => leave(what)}>
      {(busy) => <button class="wide-button" disabled={busy}>{connect ? `Connect ${provider.name}` : `Sign in with ${provider.name}`}</button>}
    </Form>
  );
}

export function ProviderRefusal() {
  const text = app.session.refused.value;
  return text ? <p class="notice" role="alert">{text}</p> : null;
}

export function ProviderPanel() {
  const provider = app.session.provider.value;
  const [asked, setAsked] = useState(false);
  if (!provider) return null;
  const part = () => attempt(async () => {
    await api.partFromProvider();
    await app.session.load();
    say(`${provider.name} is no longer connected. Sign in by password.`);
    go("/");
  });
  return (
    <section class="panel" aria-labelledby="provider-heading">
      <h2 id="provider-heading">{provider.name}</h2>
      <ProviderRefusal />
      {provider.connected
        ? <>
          <p>You may sign in with {provider.name}.</p>
          {asked
            ? <div class="row">
              <button type="button" onClick={() => void part()}>Disconnect and sign out everywhere</button>
              <button type="button" class="quiet" onClick={() => setAsked(false)}>Keep it</button>
            </div>
            : <div class="row"><button type="button" onClick={() => setAsked(true)}>Disconnect …</button></div>}
        </>
        : <>
          <p class="hint">Connect it once, then sign in without a password of ours.</p>
          <ProviderButton connect />
        </>}
    </section>
  );
}
