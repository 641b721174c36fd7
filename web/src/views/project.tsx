/* The frame of every page of a project: its name, the way to its other pages, and the page itself. */
import { useEffect, useMemo } from "preact/hooks";
import type { Project } from "../api";
import { href, type Route } from "../router";
import { ProjectState } from "../state/project";
import { mayIn } from "../state/session";
import { Page, TopBar, Trouble, Waiting } from "../ui/shell";
import { PROJECT_PAGES, type ProjectPage as Tab } from "./project-pages";

type Here = Extract<Route, { page: "project" }>;

export function ProjectPage({ here }: { here: Here }) {
  const { id } = here;
  const state = useMemo(() => new ProjectState(id), [id]);
  useEffect(() => {
    void state.open();
    return () => state.close();
  }, [state]);
  const project = state.project.value;
  const tab = PROJECT_PAGES.find((t) => t.path === here.tab);
  useEffect(() => {
    document.title = [tab?.path && tab.title, project?.name ?? "Project", "Exemplar"].filter(Boolean).join(" · ");
  }, [tab, project?.name]);
  if (!project) {
    return (
      <><TopBar /><main class="page" id="main" tabIndex={-1}>
        <h1 class="sr">Project {id}</h1>
        {state.trouble.value ? <Trouble text={state.trouble.value} again={() => void state.open()} /> : <Waiting />}
      </main></>
    );
  }
  return (
    <Page heading={project.name} title={<a class="back" href={href("/")}>Projects</a>} actions={here.tab !== "teach" && <Start project={project} />}>
      <Navigation project={project} here={here} />
      <div class="stack"><Content tab={tab} project={project} state={state} here={here} /></div>
    </Page>
  );
}

function Start({ project }: { project: Project }) {
  if (project.counts.items === 0) return null;
  const begun = project.counts.mine > 0;
  return <a class="button primary big" href={href(`/p/${project.id}/label`)}>{begun ? "Go on labelling" : "Start labelling"}</a>;
}

const isListed = (tab: Tab, project: Project): boolean => mayIn(project, tab.least) && (tab.shown?.(project) ?? true);

function Navigation({ project, here }: { project: Project; here: Here }) {
  const tabs = PROJECT_PAGES.filter((t) => isListed(t, project));
  if (tabs.length < 2) return null;
  return (
    <nav class="project-nav" aria-label="Pages of this project">
      <ul>{tabs.map((t) => (
        <li key={t.path}>
          <a href={href(t.path ? `/p/${project.id}/${t.path}` : `/p/${project.id}`)}
            aria-current={t.path !== here.tab ? undefined : here.of === null ? "page" : "true"}>{t.title}</a>
        </li>
      ))}</ul>
    </nav>
  );
}

function Content({ tab, project, state, here }: { tab: Tab | undefined; project: Project; state: ProjectState; here: Here }) {
  const props = { project, state, query: here.query };
  if (tab && !mayIn(project, tab.least)) return <p class="lead">Only a {tab.least} of this project can see this page.</p>;
  if (tab && here.of === null) return <>{tab.view({ ...props, of: null })}</>;
  if (tab?.below && here.of !== null) return <>{tab.below({ ...props, of: here.of })}</>;
  return (
    <section class="panel">
      <h2>There is nothing here</h2>
      <p>The address may be mistyped. <a href={href(`/p/${project.id}`)}>To the overview of this project</a></p>
    </section>
  );
}
