/* Where the client begins: makes the few global things, then shows the page of the route. */
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { app, makeApp } from "./app";
import { href, route, startRouter, type Route } from "./router";
import { meaning } from "./state/keymap";
import { helpOpen, HelpSheet } from "./ui/help";
import { Page, Toast, Trouble, Waiting } from "./ui/shell";
import { startTheme } from "./ui/theme";
import { Account } from "./views/account";
import { Audit } from "./views/audit";
import { SetUp, SignIn } from "./views/door";
import { Home } from "./views/home";
import { LabelPage } from "./views/label";
import { answerOfProvider } from "./views/provider";
import { People } from "./views/people";
import { ProjectPage } from "./views/project";
import "./style/tokens.css";
import "./style/base.css";
import "./style/pages.css";
import "./style/label.css";
import "./style/datasets.css";
import "./style/second-look.css";
import "./style/review.css";
import "./style/report.css";
import "./style/teach.css";

const TITLES: Partial<Record<Route["page"], string>> = { home: "Projects", people: "People", account: "Account", audit: "Audit log", label: "Labelling", setup: "Welcome" };

/* What makes it another page: a filter in the address does not. */
const placeOf = (r: Route): string => (r.page === "project" ? `project ${r.tab} ${r.of ?? ""}` : r.page);

function View() {
  const { session } = app;
  const here = route.value;
  if (here.page === "setup") return <SetUp token={here.token} />;
  if (session.trouble.value) {
    return <main class="page" id="main" tabIndex={-1}><h1>Exemplar</h1><Trouble text={session.trouble.value} again={() => void session.load()} /></main>;
  }
  if (session.user.value === undefined) return <main class="page" id="main" tabIndex={-1}><Waiting /></main>;
  if (session.user.value === null) return <SignIn />;
  switch (here.page) {
    case "project": return <ProjectPage key={here.id} here={here} />;
    case "label": return <LabelPage key={here.id} id={here.id} />;
    case "people": return <People />;
    case "account": return <Account />;
    case "audit": return <Audit />;
    case "missing": return <Page heading="There is nothing here"><p class="lead">The address may be mistyped. <a href={href("/")}>To the projects</a></p></Page>;
    default: return <Home />;
  }
}

function App() {
  const { page } = route.value;
  const place = placeOf(route.value);
  useEffect(() => {
    if (page !== "project") document.title = TITLES[page] ? `${TITLES[page]} · Exemplar` : "Exemplar";
    /* A new page is read from its beginning. */
    document.getElementById("main")?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [place]);
  return (
    <>
      <a class="skip-link" href="#main" onClick={(e) => {
        e.preventDefault();
        document.getElementById("main")?.focus();
      }}>To the content</a>
      <View />
      <HelpSheet />
      <Toast />
    </>
  );
}

function listenForHelp(): void {
  addEventListener("keydown", (e) => {
    const typing = e.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName);
    const meant = typing || document.querySelector("dialog[open]") ? null : meaning(e, [], 0);
    if (!meant || !("action" in meant) || meant.action !== "help") return;
    e.preventDefault();
    helpOpen.value = true;
  });
}

async function begin(): Promise<void> {
  startTheme();
  await makeApp();
  const answer = answerOfProvider();
  startRouter();
  listenForHelp();
  addEventListener("online", () => {
    app.outbox.retryNow();
    app.examples.retryNow();
  });
  /* Files being sent would be cut off; labels are safe in any case. */
  addEventListener("beforeunload", (e) => { if (app.uploads.busy.value || (app.examples.busy.value && !app.examples.shelf.lasting)) e.preventDefault(); });
  render(<App />, document.getElementById("app")!);
  if (answer) await app.session.arrive(answer);
  await app.session.load();
}

void begin();
