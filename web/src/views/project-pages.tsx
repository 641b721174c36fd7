/*
 * The pages of a project, in the order of its navigation. A page that is added here has its place:
 * the address `/p/{project}/{path}`, a line in the navigation for those who may and when it has
 * something to show, and its title.
 */
import type { ComponentChild } from "preact";
import type { Project, Role } from "../api";
import type { ProjectState } from "../state/project";
import { DatasetPage, Datasets } from "./datasets";
import { LazyEndpoint, LazyEndpoints } from "./endpoints-lazy";
import { ItemPage } from "./item";
import { Items } from "./items";
import { ModelPage, Models } from "./models";
import { Overview } from "./overview";
import { Quality } from "./quality";
import { SecondLook } from "./second-look";
import { ReviewPage } from "./review";
import { Settings } from "./settings";
import { isTeachable, Teach } from "./teach";
import { TracePage } from "./trace";

/* `of` is the part of the address behind the page's path, `query` what follows its question mark. */
export interface PageProps { project: Project; state: ProjectState; of: string | null; query: string }

export interface ProjectPage {
  path: string;
  title: string;
  least: Role; // in the project
  shown?(project: Project): boolean; // whether there is anything to see; without it, always
  view(props: PageProps): ComponentChild;
  below?(props: PageProps & { of: string }): ComponentChild; // `/p/{project}/{path}/{of}`; without it there is no such page
}

const hasItems = (p: Project): boolean => p.counts.items > 0;

export const PROJECT_PAGES: readonly ProjectPage[] = [
  { path: "", title: "Overview", least: "annotator", view: (p) => <Overview {...p} /> },
  { path: "teach", title: "Teach", least: "manager", shown: isTeachable, view: (p) => <Teach {...p} /> },
  { path: "items", title: "Items", least: "annotator", shown: hasItems, view: (p) => <Items {...p} />, below: (p) => <ItemPage {...p} /> },
  { path: "review", title: "Review", least: "reviewer", shown: hasItems, view: (p) => <ReviewPage {...p} /> },
  { path: "quality", title: "Quality", least: "reviewer", shown: hasItems, view: (p) => <Quality {...p} /> },
  { path: "second-look", title: "Second look", least: "reviewer", shown: hasItems, view: (p) => <SecondLook {...p} /> },
  { path: "models", title: "Classifier", least: "reviewer", shown: hasItems, view: (p) => <Models {...p} />, below: (p) => <ModelPage {...p} /> },
  { path: "datasets", title: "Data sets", least: "reviewer", shown: hasItems, view: (p) => <Datasets {...p} />, below: (p) => <DatasetPage {...p} /> },
  { path: "endpoints", title: "Endpoints", least: "reviewer", shown: hasItems, view: (p) => <LazyEndpoints {...p} />, below: (p) => <LazyEndpoint {...p} /> },
  { path: "trace", title: "Trace", least: "reviewer", shown: () => false, view: (p) => <Datasets {...p} />, below: (p) => <TracePage {...p} /> },
  { path: "settings", title: "Settings", least: "manager", view: (p) => <Settings {...p} /> },
];
