/*
 * Hash routes. `route` is the page on show, `go("/p/3")` moves on, `href("/p/3")` is for links.
 * Tokens stand behind the hash, so they are never sent to a server or written into its log.
 */
import { signal } from "@preact/signals";

export type Route =
  | { page: "home" | "people" | "account" | "missing" }
  | { page: "setup"; token: string }
  | { page: "project" | "label"; id: number };

const PLAIN = { "": "home", people: "people", account: "account" } as const;

export function parse(hash: string): Route {
  const [first = "", second = "", third = "", ...rest] = hash.replace(/^#?\/?/, "").replace(/\/$/, "").split("/");
  if (rest.length === 0) {
    if (second === "" && Object.hasOwn(PLAIN, first)) return { page: PLAIN[first as keyof typeof PLAIN] };
    if (first === "setup" && second && !third) return { page: "setup", token: second };
    if (first === "p" && /^[1-9]\d{0,15}$/.test(second)) {
      if (!third) return { page: "project", id: Number(second) };
      if (third === "label") return { page: "label", id: Number(second) };
    }
  }
  return { page: "missing" };
}

export const route = signal<Route>({ page: "home" });

export const href = (path: string): string => `#${path}`;

export function go(path: string): void {
  location.hash = path;
}

export function startRouter(): void {
  const follow = () => { route.value = parse(location.hash); };
  addEventListener("hashchange", follow);
  follow();
}
