/* What a manager decides about a project: its classes, and who works on it. */
import { Classes } from "./classes";
import { Members } from "./members";
import type { PageProps } from "./project-pages";

export function Settings({ project, state }: PageProps) {
  return (
    <>
      <Classes project={project} changed={(p) => (state.project.value = p)} />
      <Members project={project} />
    </>
  );
}
