import { describe, expect, it } from "vitest";
// @ts-expect-error: the types of Node are not among ours
import { readFileSync } from "node:fs";
import type { AuditRow } from "../src/api";
import { deedOf, hasWords, whoOf } from "../src/state/audit";

const row = (action: string, more: Partial<AuditRow> = {}): AuditRow => ({
  seq: 1, at: "2026-01-01T00:00:00.000Z", user: { id: 2, name: "Ada" }, via: "browser", token: null, action, project: null,
  subject: { id: 3, kind: "user", name: "Grace" }, details: {}, hash: "", signature: "", ...more,
});

describe("the audit log in words", () => {
  it("has words for every action of the server", () => {
    const source = readFileSync("../server/domain/audit.c", "utf8") as string;
    const start = source.indexOf("ACTIONS[]");
    const list = source.slice(start, source.indexOf("};", start));
    const actions = [...list.matchAll(/^\s*"([a-z_.]+)"/gm)].map((m) => m[1]!);
    expect(actions.length).toBeGreaterThan(20);
    expect(actions.filter((a) => !hasWords(a))).toEqual([]);
  });
  it("names who did what to whom", () => {
    expect(deedOf(row("user.changed", { details: { role: "admin" } }))).toBe("made Grace an administrator");
    expect(deedOf(row("member.set", { details: { role: "reviewer" } }))).toBe("made Grace a reviewer of the project");
    expect(deedOf(row("user.password_set"))).toBe("set Grace’s password");
    expect(deedOf(row("user.password_set", { subject: { id: 2, kind: "user", name: "Ada" } }))).toBe("set their password");
    expect(deedOf(row("project.changed", { details: { name: "Hats", overlap: 3, questions: 2 } }))).toBe("changed the name to Hats, people for each item to 3, the classes");
    expect(deedOf(row("user.sign_in_failed", { subject: null }))).toBe("failed to sign in as a name that is nobody’s");
  });
  it("says who it was when nobody was signed in", () => {
    expect(whoOf(row("x", { user: null, via: "command" }))).toBe("The command line");
    expect(whoOf(row("x", { user: null }))).toBe("Somebody not signed in");
    expect(whoOf(row("x", { user: { id: 7, name: null } }))).toBe("Person 7");
  });
  it("shows an action it does not know as it is called", () => expect(deedOf(row("moon.landed"))).toBe("moon.landed"));
});
