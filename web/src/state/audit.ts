/* A row of the audit log as a sentence: "Ada made Grace a manager". */
import type { AuditRow } from "../api";

export function whoOf(row: AuditRow): string {
  if (row.user) return row.user.name ?? `Person ${row.user.id}`;
  if (row.via === "command") return "The command line";
  return row.via === "program" ? "The program" : "Somebody not signed in";
}

const oneself = (row: AuditRow) => row.subject?.kind === "user" && row.subject.id === row.user?.id;
const whom = (row: AuditRow) => (row.subject?.kind === "user" ? row.subject.name ?? `person ${row.subject.id}` : "somebody");
const theirs = (row: AuditRow, what: string) => (oneself(row) ? `their ${what}` : `${whom(row)}’s ${what}`);
const detail = (row: AuditRow, key: string) => String(row.details[key] ?? "");
const a = (word: string) => (/^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`);
const ROLE_NAMES: Record<string, string> = { admin: "administrator" };
const role = (row: AuditRow) => a(ROLE_NAMES[detail(row, "role")] ?? detail(row, "role"));

const SETTINGS: Record<string, string> = {
  name: "the name", overlap: "people for each item", overlap_max: "people at most", explore: "the share drawn at random", questions: "the classes",
  quota: "the quota", gold_rate: "the share of known items", repeat_rate: "the share asked twice", feedback: "feedback",
};
const settings = (row: AuditRow) => Object.entries(row.details)
  .map(([key, value]) => (key === "questions" ? "the classes" : `${SETTINGS[key] ?? key} to ${String(value)}`)).join(", ");

const someone = (row: AuditRow) => (row.details.user ? `person no. ${detail(row, "user")}` : "everybody");

const JOBS: Record<string, string> = { import: "an import", encode: "looking at the items", sample: "making a sample", duplicates: "looking for duplicates" };
const job = (row: AuditRow) => JOBS[detail(row, "kind")] ?? `the job “${detail(row, "kind")}”`;

const WORDS: Record<string, (row: AuditRow) => string> = {
  "user.invited": (r) => `invited ${r.subject ? whom(r) : "the first administrator"} as ${role(r)}`,
  "user.link_made": (r) => `made a link by which ${whom(r)} can set a new password`,
  "user.joined": (r) => `came in by a link, as ${role(r)}`,
  "user.added": (r) => `added ${whom(r)} as ${role(r)}`,
  "user.signed_in": (r) => `signed in${r.details.by ? " by the identity provider" : ""}`,
  "user.sign_in_failed": (r) => `failed to sign in as ${r.subject ? whom(r) : "a name that is nobody’s"}`,
  "user.signed_out": () => "signed out",
  "user.signed_out_everywhere": (r) => `ended all ${theirs(r, "sessions")}`,
  "user.erased": (r) => `erased a person, now “${whom(r)}”`,
  "user.password_set": (r) => `set ${theirs(r, "password")}`,
  "user.connected": (r) => `connected ${theirs(r, "account")} to an identity provider`,
  "user.parted": (r) => `parted ${theirs(r, "account")} from an identity provider`,
  "user.changed": (r) => `made ${whom(r)} ${role(r)}`,
  "user.disabled": (r) => `closed ${theirs(r, "account")}`,
  "user.enabled": (r) => `opened ${theirs(r, "account")} again`,
  "token.made": (r) => `made the token no. ${r.subject?.id}`,
  "token.revoked": (r) => `revoked the token no. ${r.subject?.id}`,
  "member.set": (r) => `made ${whom(r)} ${role(r)} of the project`,
  "member.removed": (r) => `took ${whom(r)} off the project`,
  "project.made": () => "made the project",
  "project.archived": () => "put the whole project into an archive",
  "project.restored": () => "made this folder from the archive of a project",
  "project.changed": (r) => `changed ${settings(r)}`,
  "job.queued": (r) => `asked for ${job(r)}`,
  "job.cancelled": (r) => `stopped ${job(r)}`,
  "assignment.made": (r) => `gave ${someone(r)} items of their own`,
  "assignment.ended": (r) => `ended what was given to ${someone(r)}`,
  "labels.exported": (r) => `downloaded the labels as ${detail(r, "format")}`,
  "folder.backed_up": () => "made a backup",
  "endpoint.people_set": (r) => (r.details.on ? "put people behind an endpoint" : "took people away from behind an endpoint"),
  "endpoint.class_taken": (r) => `let the model answer “${detail(r, "class")}” alone`,
  "endpoint.class_returned": (r) => `gave “${detail(r, "class")}” back to people: the model was wrong too often`,
  "endpoint.webhook_made": () => "made a webhook of an endpoint",
  "endpoint.webhook_removed": () => "removed a webhook of an endpoint",
  "endpoint.made": (r) => `made the endpoint no. ${r.subject?.id}`,
  "endpoint.changed": (r) => `changed the settings of the endpoint no. ${r.subject?.id}`,
  "endpoint.removed": (r) => `removed the endpoint no. ${r.subject?.id}`,
  "endpoint.shadowed": (r) => (r.details.version ? `set version ${detail(r, "version")} as the shadow of the endpoint no. ${r.subject?.id}` : `took the shadow off the endpoint no. ${r.subject?.id}`),
  "endpoint.gated": (r) => `asked the gate of the endpoint no. ${r.subject?.id} about version ${detail(r, "version")}: ${detail(r, "verdict") === "more" ? "it needs more labels to tell" : detail(r, "verdict")}`,
  "endpoint.published": (r) => `published version ${detail(r, "version")} at the endpoint no. ${r.subject?.id}${r.details.how === "override" ? ", against its gate" : ""}`,
  "endpoint.rolled_back": (r) => `went back to version ${detail(r, "version")} at the endpoint no. ${r.subject?.id}`,
  "endpoint.retrained": (r) => `began version ${detail(r, "version")} for the endpoint no. ${r.subject?.id}`,
  "dataset.exported": () => "downloaded a data set",
  "dataset.test_opened": () => "opened the test set of a data set",
  "model.taken": () => "took a version of the classifier away",
  "model.begun": () => "began to train a version of the classifier",
  "model.trained": () => "trained a version of the classifier",
  "purpose.set": () => "said what the classifier is for",
};

export const hasWords = (action: string): boolean => Object.hasOwn(WORDS, action);

/* What was done, to follow the name of who did it. An action of a newer server is shown as it is called there. */
export const deedOf = (row: AuditRow): string => WORDS[row.action]?.(row) ?? row.action;
