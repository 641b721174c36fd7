// One class, one home: all style sheets are on every page, so that a name used twice dresses both.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const folder = new URL("../src/style/", import.meta.url);

/** The classes that a sheet styles by their name alone (".name {"), not inside of something else. */
function alone(css: string): string[] {
  const rules = css.replace(/\/\*[\s\S]*?\*\//g, "").match(/[^{}]+(?=\{)/g) ?? [];
  return rules.flatMap((rule) => rule.split(",")).flatMap((selector) => /^\s*\.([\w-]+)\s*$/.exec(selector)?.[1] ?? []);
}

describe("style sheets", () => {
  it("give a class its look in one place", () => {
    const home = new Map<string, string>();
    const twice: string[] = [];
    for (const sheet of readdirSync(folder).sort())
      for (const name of new Set(alone(readFileSync(new URL(sheet, folder), "utf8")))) {
        if (home.has(name)) twice.push(`.${name}: ${home.get(name)} and ${sheet}`);
        home.set(name, sheet);
      }
    expect(twice).toEqual([]);
  });
});
