/* The pages of endpoints, fetched when one is looked at: most visits never do. */
import { useEffect, useState } from "preact/hooks";
import { attempt } from "../app";
import { Waiting } from "../ui/shell";
import type * as Pages from "./endpoints";
import type { PageProps } from "./project-pages";

function usePages(): typeof Pages | null {
  const [pages, setPages] = useState<typeof Pages | null>(null);
  useEffect(() => { void attempt(async () => setPages(await import("./endpoints"))); }, []);
  return pages;
}

export function LazyEndpoints(props: PageProps) {
  const pages = usePages();
  return pages ? <pages.Endpoints {...props} /> : <Waiting />;
}

export function LazyEndpoint(props: PageProps & { of: string }) {
  const pages = usePages();
  return pages ? <pages.EndpointPage {...props} /> : <Waiting />;
}
