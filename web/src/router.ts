/*
 * Hash routes. `route` is the page on show, `go("/p/3")` moves on, `href("/p/3")` is for links.
 * Tokens stand behind the hash, so they are never sent to a server or written into its log.
 *
 * Of the address of a page in a project, `/p/3/items/7?flagged=1`, the router knows the form alone:
 * project 3, page "items", of thing 7, and what follows the question mark, which the page reads.
 * Which pages there are is said in views/project-pages.tsx.
 */
import { signal } from "@preact/signals";

export type Route =
  | { page: "home" | "people" | "account" | "audit" | "missing" }
  | { page: "setup"; token: string }
  | { page: "label"; id: number }
  | { page: "project"; id: number; tab: string; of: string | null; query: string };

const PLAIN = { "": "home", people: "people", account: "account", audit: "audit" } as const;
const NUMBER = /^[1-9]\d{0,15}$/;

export function parse(hash: string): Route {
  const [path = "", ...query] = hash.replace(/^#?\/?/, "").split("?");
  const [first = "", second = "", third = "", fourth = "", ...rest] = path.replace(/\/$/, "").split("/");
  if (rest.length > 0) return { page: "missing" };
  if (first === "p" && NUMBER.test(second)) return inProject(Number(second), third, fourth, query.join("?"));
  if (fourth) return { page: "missing" };
  if (second === "" && Object.hasOwn(PLAIN, first)) return { page: PLAIN[first as keyof typeof PLAIN] };
  if (first === "setup" && second && !third) return { page: "setup", token: second };
  return { page: "missing" };
}

function inProject(id: number, tab: string, of: string, query: string): Route {
  if (tab === "label" && !of) return { page: "label", id };
  if (tab === "label" || !/^[a-z-]*$/.test(tab) || !/^[\w-]*$/.test(of)) return { page: "missing" };
  return { page: "project", id, tab, of: of || null, query };
}

export const route = signal<Route>({ page: "home" });

export const href = (path: string): string => `#${path}`;

export function go(path: string): void {
  location.hash = path;
}

/* The same page with another address: going back does not step through each. */
export function goOn(path: string): void {
  location.replace(`#${path}`);
}

export function startRouter(): void {
  const follow = () => { route.value = parse(location.hash); };
  addEventListener("hashchange", follow);
  follow();
}
