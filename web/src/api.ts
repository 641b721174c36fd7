/*
 * The server's API, one typed function per route. Nothing else in the client calls fetch.
 *
 *     const { leases, left } = await api.lease(projectId, 6);
 *
 * Every failure is an ApiError. Its message is the server's own sentence and may be shown as it is;
 * status 0 means that no answer came at all (offline, or the program is not running).
 */

export type Role = "annotator" | "reviewer" | "manager" | "admin";
export type Kind = "image" | "text";
export type Answer = "accept" | "skip" | "reject" | "flag";
export type Values = Record<string, string | string[]>;

/* A service is a program's account: it works by tokens and cannot sign in. */
export interface User { id: number; name: string; role: Role; disabled: boolean; service: boolean; created_at: string }
/* Of a person in one project; an administrator needs none. */
export type MemberRole = Exclude<Role, "admin">;
export interface Member { id: number; name: string; role: Role; disabled: boolean }
export interface Members { members: Member[]; others: Member[] }
export interface ClassDef { name: string; color: string; key: string; description: string }
export interface Question { name: string; type: string; multiple: boolean; classes: ClassDef[] }
export interface NewQuestion { name: string; type: "choice"; multiple: boolean; classes: (string | Partial<ClassDef>)[] }
export interface Counts {
  items: number; labelled: number; open: number; flagged: number; rejected: number;
  to_review: number | null; disputed: number | null; labels: number; mine: number;
}
export interface Latents { encoder: string | null; items_encoded: number; state: "none" | "training" | "encoding" | "ready" }
export interface Accuracy { value: number; low: number; high: number; n: number }
/* What ranks the items now, and what it goes by: the parts of the encoder, the heaviest first. */
export interface ModelPart { name: string; sees: string; weight: number }
export interface ModelQuestion { question: string; chosen: boolean; why: string; parts: ModelPart[]; held_out: Accuracy | null }
export interface Model { name: string; encoder: string; questions: ModelQuestion[] }
/* Whether picked items teach more than drawn ones: accuracies of models taught by as many of each. */
export interface Picking { losing: boolean; picked: number; by_chance: number; error: number; n_taught: number; n_drawn: number }
/* What examples must be like before a model is trained. */
export type ExpectationKind = "side_min" | "class_min" | "blank_max" | "chars_min" | "chars_max" | "shortcuts_max";
export interface Expectation { value: number; then?: "flag" | "stop" }
export type Expectations = Partial<Record<ExpectationKind, Expectation>>;
export interface Project {
  id: number; name: string; kind: Kind; questions: Question[]; question_version: number; overlap: number;
  explore: number; overlap_max: number; quota: number; feedback: boolean; expectations: Expectations;
  gold_rate: number | null; repeat_rate: number | null; created_at: string; role: Role; counts: Counts; latents: Latents; accuracy: Accuracy | null;
  model: Model | null; picking: Picking | null;
}
export interface Item {
  id: number; kind: Kind; text?: string; media_url?: string; width: number | null; height: number | null;
  meta: Record<string, unknown>; unlike?: number | null;
}
/* What is known of an item that was answered, where the project tells its people. */
export interface Feedback { right: boolean; values: Values }
export type ItemState = "open" | "labelled" | "flagged" | "rejected";
export interface ItemLabel { answer: Answer; values: Values }
export type ListedItem = Item & { label: ItemLabel | null; state: ItemState };
export type SimilarItem = ListedItem & { distance: number };
export interface Receipt {
  strategy: string; score: number | null; rank: number; pool_size: number; propensity: number; model: string | null;
  encoder: string | null; seed: string; round: number | null; reason: string; reads?: string;
}
export interface Prediction { class: string; probability: number; model: string }
export interface Lease { id: number; expires_at: string; item: Item; prediction: Prediction | null; receipt: Receipt | null; returned: Returned | null }
export interface JobProgress { done: number; total: number | null; what: string }
export interface Job {
  id: number; project: number; kind: "import" | "sample" | "encode" | "duplicates" | "second-look" | "quality" | "watch" | "advise" | "steer" | "bulk" | "freeze" | "gate" | "export" | "train" | "evaluate" | "take";
  state: "queued" | "running" | "done" | "failed" | "cancelled"; progress: JobProgress; message: string | null;
  created_at: string; started_at: string | null; finished_at: string | null;
  counts: { imported: number; duplicate: number; refused: number } | null;
}
/* A statistic, or a share or median of n, with its 95 % interval; null where it is not defined. */
export interface Estimate { value: number | null; low: number | null; high: number | null }
export interface Share extends Estimate { n: number }
export interface AgreementQuestion {
  question: string; multiple: boolean; n_items: number; n_answers: number; percent: Estimate; fleiss: Estimate; alpha: Estimate;
  classes: { class: string; n: number; positive: Estimate; fleiss: Estimate; alpha: Estimate }[];
  pairs: { a: number; b: number; n: number; percent: Estimate; kappa: Estimate }[]; n_pairs: number;
  confused?: { a: string; b: string; n: number }[];
  consensus: { n_items: number; n_several: number; n_tied: number; n_trust_differs: number; n_dawid_skene_differs: number | null };
}
export interface Drift { z: number | null; groups: { from: string; to: string; others: Share; seconds: Share }[] }
export interface PersonQuality {
  user: number; labels: number; skips: number; flags: number; rejects: number; quarantined: boolean; others: Share; reviewers: Share; gold: Share; self: Share; seconds: Share; drift: Drift;
  questions: { question: string; skill: { value: number | null; error: number | null } | null; takes?: { is: string; said: string; share: number; error: number }[] }[];
}
export interface Quarantine { user: number; on: boolean; reason: string; by: number | null; at: string | null; seq: number }
/* The model's accuracy on drawn items, taught with and without this person's labels. */
export interface Influence { user: number; n: number; with: number | null; without: number | null; difference: number | null; error: number | null }
export interface Quality {
  agreement: { at: string; seq: number; labels_since: number;
    result: { seq: number; n_items: number; n_labels: number; questions: AgreementQuestion[]; people: PersonQuality[] } } | null;
  influence: { at: string; labels_since: number; result: { n_drawn: number; people: Influence[] } } | null;
  people: { id: number; name: string | null }[];
  quarantines: Quarantine[];
}
export type Outcome = "refused" | "duplicate" | "imported";
export interface ReportRow { row: number; path: string; outcome: Outcome; item: number | null; reason: string | null }
export interface Person { id: number; name: string }
/* One thing that happened to an item: of is the label it took, took back or returned, restores the earlier answer it brought back. */
export interface ItemEvent {
  seq: number; at: string; kind: string; user: Person | null; id: string | null; answer: Answer | null;
  values: Values | null; reason: string | null; note: string | null; of: number | null; restores: number | null;
  to: Person | null; receipt: Receipt | null;
}
export interface ItemAnswer {
  id: string; seq: number; user: Person; answer: Answer; values: Values; reason: string | null; at: string; elapsed_ms: number;
}
export interface Decision {
  id: string; seq: number; item: number; user: Person; answer: Answer; values: Values; note: string | null;
  accepts: number | null; restores: number | null; at: string;
}
export interface History { state: ItemState; decision: Decision | null; answers: ItemAnswer[]; events: ItemEvent[] }
export type ItemToReview = Item & { state: ItemState; disputed: boolean; answers: ItemAnswer[] };
/* One of: an answer with its values (null withdraws), a current label that is accepted, an event that is restored. */
export interface NewDecision {
  id: string; item: number; answer?: "accept" | "reject" | null; values?: Values; accepts?: number; restores?: number;
  replaces?: number; note?: string;
}
/* Pixels of the upright picture, or code points of the text. */
export type Region = { x: number; y: number; w: number; h: number } | { start: number; end: number };
export interface Comment {
  id: number; user: Person; text: string; region: Region | null; at: string; closed_at: string | null; closed_by: Person | null;
}
export interface Returned { by: Person; at: string; comment: string; answer: Answer; values: Values }
export interface NewLabel {
  id: string; item: number; lease: number | null; answer: Answer; values: Values; reason?: string; elapsed_ms: number;
}
export const SCOPES = ["read", "label", "import", "export", "manage", "predict"] as const;
export type Scope = (typeof SCOPES)[number];
export interface Token { id: number; name: string; scopes: Scope[]; project: number | null; created_at: string; last_used_at: string | null }
export interface TokenWish { name: string; scopes: Scope[]; project?: number }
interface Named { id: number; name: string | null }
export interface AuditRow {
  seq: number; at: string; user: Named | null; via: "browser" | "token" | "command" | "program"; token: number | null;
  action: string; project: Named | null; subject: { id: number | null; kind: string; name: string | null } | null;
  details: Record<string, unknown>; hash: string; signature: string;
}
export interface AuditPage { rows: AuditRow[]; next: number | null }
/* Where people may sign in by another server. connected: known of whoever is signed in. */
export interface Provider { name: string; connected?: boolean }
export interface ProviderAnswer { state: string; code?: string; iss?: string; error?: string }
/* Who is given what; user null: everybody who has no assignment of their own. `items` were found so far, `filled`: all were looked at. */
export interface Assignment {
  id: number; user: Person | null; key: string | null; value: string | null; folder: string | null; quota: number;
  items: number; open: number; filled: boolean; created_at: string;
}
export interface NewAssignment { user: number | null; folder?: string; key?: string; value?: string; quota?: number }
export interface KnownAnswer { item: number; values: Values; seq: number; at: string }
/* Of the known items that somebody answered, how many rightly; of those asked again, how many as before. */
export interface PersonChecks { user: Person; gold: number; right: number; again: number; agree: number }
export interface Invitation { link: string; expires_at: string }

export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly setup = false, readonly provider: Provider | null = null) {
    super(message);
  }
}

/* Where the sentence of any failure is read. */
export const sentence = (failure: unknown): string =>
  failure instanceof Error ? failure.message : "Something unexpected happened. Try it again.";

const BASE = "/api/v1";
const PATIENCE_MS = 30_000; // a connection that died silently must not hold the outbox for ever
const OFFLINE = "The server does not answer. Check the connection; nothing you did is lost.";

async function problem(status: number, body: string): Promise<ApiError> {
  try {
    const p = JSON.parse(body) as { code?: string; detail?: string; title?: string; setup?: boolean; provider?: Provider };
    return new ApiError(status, p.code ?? "unknown", p.detail ?? p.title ?? `The server answered ${status}.`, p.setup, p.provider);
  } catch {
    return new ApiError(status, "unknown", `The server answered ${status}. Try it again.`);
  }
}

/* Called when the server no longer knows us, whatever was asked of it. */
let signedOut = () => {};
export const onSignedOut = (work: () => void): void => { signedOut = work; };
const isDoor = (path: string) => path === "/session" || path.startsWith("/session/provider") || path.startsWith("/setup");

async function call<T>(method: string, path: string, body?: unknown, options: RequestInit = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-Exemplar"] = "1";
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const init: RequestInit = { method, headers, credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS), ...options };
  if (body !== undefined) init.body = JSON.stringify(body);
  let reply: Response;
  let text: string;
  try {
    reply = await fetch(BASE + path, init);
    text = await reply.text();
  } catch {
    throw new ApiError(0, "offline", OFFLINE);
  }
  if (!reply.ok) {
    const failure = await problem(reply.status, text);
    if (reply.status === 401 && !isDoor(path)) signedOut();
    throw failure;
  }
  return (text ? JSON.parse(text) : undefined) as T;
}

const get = <T>(path: string) => call<T>("GET", path);
const post = <T>(path: string, body: unknown = {}) => call<T>("POST", path, body);

function query(values: Record<string, string | number | boolean | null | undefined>): string {
  const q = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === false) continue;
    q.set(name, value === true ? "1" : String(value));
  }
  const text = q.toString();
  return text ? `?${text}` : "";
}

/* Signing in */
export const checkInvitation = (token: string) => post<{ role: Role; name: string | null }>("/setup/check", { token });
export const acceptInvitation = (token: string, name: string | null, password: string) =>
  post<{ user: User }>("/setup", name === null ? { token, password } : { token, name, password });
export const signIn = (name: string, password: string) => post<{ user: User }>("/session", { name, password });
export const whoAmI = () => get<{ user: User; version: string; provider?: Provider }>("/session");
export const signOut = () => call<void>("DELETE", "/session");
export const beginAtProvider = (what: { invitation?: string; connect?: boolean }) =>
  post<{ location: string }>("/session/provider", what).then((r) => r.location);
export const endAtProvider = (answer: ProviderAnswer) => post<{ user: User }>("/session/provider/answer", answer);
export const partFromProvider = () => call<void>("DELETE", "/session/provider");
export const changePassword = (old: string, fresh: string) =>
  call<void>("PUT", "/session/password", { old, new: fresh });

/* People and tokens */
export const listUsers = () => get<{ users: User[] }>("/users").then((r) => r.users);
export const inviteUser = (name: string, role: Role) => post<{ user: User } & Invitation>("/users", { name, role });
export const addService = (name: string, role: Role) => post<{ user: User }>("/users", { name, role, service: true });
export const changeUser = (id: number, change: { role?: Role; disabled?: boolean }) =>
  call<User>("PATCH", `/users/${id}`, change);
export const renewInvitation = (id: number) => post<Invitation>(`/users/${id}/invite`);
export const eraseUser = (id: number) => call<void>("DELETE", `/users/${id}`);
export const signOutUser = (id: number) => call<void>("DELETE", `/users/${id}/sessions`);
export const signOutEverywhere = () => call<void>("DELETE", "/sessions");
export const listTokensOf = (id: number) => get<{ tokens: Token[] }>(`/users/${id}/tokens`).then((r) => r.tokens);
export const createTokenOf = (id: number, wish: TokenWish) => post<{ id: number; token: string }>(`/users/${id}/tokens`, wish);
export const revokeTokenOf = (id: number, token: number) => call<void>("DELETE", `/users/${id}/tokens/${token}`);
export const listAudit = (user: number | null, after: number | null) => get<AuditPage>(`/audit${query({ user, after })}`);
export const listProjectAudit = (project: number, after: number | null) => get<AuditPage>(`/projects/${project}/audit${query({ after, limit: 20 })}`);
export const auditUrl = (format: "csv" | "jsonl") => `${BASE}/audit/export${query({ format })}`;
export const listTokens = () => get<{ tokens: Token[] }>("/tokens").then((r) => r.tokens);
export const createToken = (wish: TokenWish) => post<{ id: number; token: string }>("/tokens", wish);
export const revokeToken = (id: number) => call<void>("DELETE", `/tokens/${id}`);

/* Projects */
export const listProjects = () => get<{ projects: Project[] }>("/projects").then((r) => r.projects);
export const getProject = (id: number) => get<Project>(`/projects/${id}`);
export const createProject = (p: { name: string; kind: Kind; questions: NewQuestion[]; members: "everybody" | "me" }) =>
  post<Project>("/projects", p);
export interface ProjectSettings {
  name?: string; questions?: NewQuestion[]; overlap?: number; overlap_max?: number; explore?: number;
  quota?: number; feedback?: boolean; expectations?: Expectations; gold_rate?: number; repeat_rate?: number;
}
export const changeProject = (id: number, change: ProjectSettings) =>
  call<Project>("PATCH", `/projects/${id}`, change);
export const createSample = (kind: Kind) => post<{ project: Project; job: Job }>("/projects/samples", { kind });
export const exportUrl = (id: number, format: string) => `${BASE}/projects/${id}/export${query({ format })}`;

export const listMembers = (id: number) => get<Members>(`/projects/${id}/members`);
export interface Working { id: number; name: string | null; items: number; last_at: string }
export const listWorking = (id: number) => get<{ people: Working[] }>(`/projects/${id}/working`).then((r) => r.people);
export const setMember = (id: number, user: number, role: MemberRole) =>
  call<void>("PUT", `/projects/${id}/members/${user}`, { role });
export const removeMember = (id: number, user: number) => call<void>("DELETE", `/projects/${id}/members/${user}`);

/* Items */
export interface ItemPage { items: ListedItem[]; next: number | null; matches: { n: number; exact: boolean } | null }
export const listItems = (id: number, filter: Record<string, string>, after: number | null, limit: number) =>
  get<ItemPage>(`/projects/${id}/items${query({ ...filter, after, limit })}`);
export interface View { id: number; name: string; query: string }
export const listViews = (id: number) => get<{ views: View[] }>(`/projects/${id}/views`).then((r) => r.views);
export const keepView = (id: number, name: string, q: string) => post<View>(`/projects/${id}/views`, { name, query: q });
export const removeView = (id: number, view: number) => call<void>("DELETE", `/projects/${id}/views/${view}`);

/* One action on many items: by id, or what a filter finds. */
export type BulkAction = "label" | "reject" | "withdraw" | "priority" | "undo";
export interface Bulk {
  id: number; action: BulkAction; undoes: number | null; undone_by: number | null; items: number; created_at: string;
  user?: { id: number; name: string } | null;
}
export interface BulkFilter {
  text?: string; state?: string; folder?: string; class?: string; question?: string; person?: number; meta?: Record<string, string>;
}
export interface NewBulk { action: BulkAction; values?: Values; note?: string; priority?: number; items?: number[]; filter?: BulkFilter }
export const listBulk = (id: number) => get<{ bulk: Bulk[] }>(`/projects/${id}/bulk`).then((r) => r.bulk);
export const beginBulk = (id: number, what: NewBulk) => post<{ bulk: Bulk; job: Job }>(`/projects/${id}/bulk`, what);
export const undoBulk = (id: number, bulk: number) => post<{ bulk: Bulk; job: Job }>(`/projects/${id}/bulk/${bulk}/undo`);

export interface Facet { value: string; items: number }
/* What items may be filtered by; classes and people are there for reviewers alone. */
export interface Facets {
  folders: Facet[]; metadata: { key: string; all: boolean; values: Facet[] }[];
  classes?: { question: string; class: string; items: number; labels: number }[];
  people?: { id: number; name: string | null; labels: number }[];
}
export const listFacets = (id: number) => get<Facets>(`/projects/${id}/facets`);
export const listSimilar = (project: number, item: number, n: number) =>
  get<{ items: SimilarItem[]; encoder: string | null }>(`/projects/${project}/items/${item}/similar${query({ n })}`);
export const getItem = (id: number) => get<Item>(`/items/${id}`);
export const itemHistory = (id: number) => get<History>(`/items/${id}/history`);
export const mediaUrl = (item: Item, width?: number) =>
  (item.media_url ?? `${BASE}/items/${item.id}/media`) + query({ w: width });
export const originalUrl = (id: number) => `${BASE}/items/${id}/original`;

/* Review and comments */
export const listToReview = (project: number, after: string | null, limit: number) =>
  get<{ items: ItemToReview[]; to_review: number; disputed: number; next: string | null }>(`/projects/${project}/review${query({ after, limit })}`);
export const decide = (project: number, decision: NewDecision) =>
  post<{ id: string; seq: number }>(`/projects/${project}/decisions`, decision);
export const returnLabel = (project: number, label: string, id: string, comment: string) =>
  post<{ id: string; seq: number }>(`/projects/${project}/labels/${label}/return`, { id, comment });
export const listComments = (item: number) => get<{ comments: Comment[] }>(`/items/${item}/comments`).then((r) => r.comments);
export const addComment = (item: number, id: string, text: string, region: Region | null) =>
  post<Comment>(`/items/${item}/comments`, region ? { id, text, region } : { id, text });
export const closeComment = (item: number, comment: number, closed: boolean) =>
  call<void>("PATCH", `/items/${item}/comments/${comment}`, { closed });

/* Jobs */
export const listJobs = (project: number) => get<{ jobs: Job[] }>(`/jobs${query({ project })}`).then((r) => r.jobs);
export const cancelJob = (id: number) => post<Job>(`/jobs/${id}/cancel`);
export const jobReport = (id: number, outcome: Outcome, after: string | number | null = null, limit = 100) =>
  get<{ rows: ReportRow[]; next: string | number | null }>(`/jobs/${id}/report${query({ outcome, after, limit })}`);
export const encode = (project: number) => post<{ job: Job }>(`/projects/${project}/encode`, { retrain: false });

/* Quality */
/* What the last look at the examples found, and what to do next. */
export interface Alarm { kind: string; feature?: string; class?: string; then?: "flag" | "stop"; sentence: string; advice?: string }
export interface Step { kind: "early" | "weak" | "confused" | "mislabelled" | "go_on" | "enough"; class: string | null; other: string | null; n: number; sentence: string }
export interface Band { n?: number; value: number; low: number; high: number }
export interface LearningCurve { points: { n: number; accuracy: number }[]; now: Band; next: Band; gain: Band; more: number }
export interface AdviceResult { seq: number; data: { examples: number }; stop: string | null; alarms: Alarm[]; advice: Step[]; curve: LearningCurve | null }
export interface Advice { at: string; seq: number; labels_since: number; result: AdviceResult }
export const getAdvice = (project: number) => get<{ advice: Advice | null }>(`/projects/${project}/advice`).then((r) => r.advice);
export const askAdvice = (project: number) => post<{ job: Job }>(`/projects/${project}/advice`, {});
export const getQuality = (project: number) => get<Quality>(`/projects/${project}/quality`);
export const measureQuality = (project: number, measure: "agreement" | "influence") =>
  post<{ job: Job }>(`/projects/${project}/quality`, { measure });
export const setQuarantine = (project: number, user: number, on: boolean, reason: string) =>
  call<Quarantine>("PUT", `/projects/${project}/quarantine/${user}`, { on, reason });

/* Known answers */
export const listKnown = (project: number, after: number | null, limit: number) =>
  get<{ gold: KnownAnswer[]; next: number | null }>(`/projects/${project}/gold${query({ after, limit })}`);
/* The list is in order of item. */
export const knownAnswerOf = (project: number, item: number) =>
  listKnown(project, item - 1, 1).then(({ gold: [first] }) => (first?.item === item ? first : null));
export const setKnown = (item: number, values: Values) => call<void>("PUT", `/items/${item}/gold`, { values });
export const unsetKnown = (item: number) => call<void>("DELETE", `/items/${item}/gold`);
export const listChecks = (project: number) => get<{ people: PersonChecks[] }>(`/projects/${project}/checks`).then((r) => r.people);

/* Labels worth a second look */
export interface LookItem extends Item {
  answer: Answer | null; values: Values;
  labels: { user: { id: number; name: string | null } | null; answer: Answer; values: Values; at: string }[];
}
export interface LookEntry {
  id: number; rank: number; kind: "doubt" | "conflict"; question: string; given: string | null; suggested: string | null;
  p_given: number; p_suggested: number; reason: string; items: LookItem[]; near: (Item & { class: string })[];
}
export interface Look { at: string; seq: number; n_labels: number; n_wrong: number; n_doubts: number; n_conflicts: number }
export const secondLook = (project: number, after: number | null, limit: number) =>
  get<{ look: Look | null; entries: LookEntry[]; next: number | null }>(`/projects/${project}/second-look${query({ after, limit })}`);
export const lookAgain = (project: number) => post<{ job: Job }>(`/projects/${project}/second-look`);
export const keepLabel = (project: number, entry: number, id: string) =>
  post<void>(`/projects/${project}/second-look/${entry}/keep`, { id });
export const fixLabel = (project: number, entry: number, id: string, value: string | string[]) =>
  post<void>(`/projects/${project}/second-look/${entry}/fix`, { id, value });
export const undoSecondLook = (project: number, entry: number, id: string) =>
  post<void>(`/projects/${project}/second-look/${entry}/undo`, { id });

/* The queue and the labels */
export const listAssignments = (project: number) =>
  get<{ assignments: Assignment[] }>(`/projects/${project}/assignments`).then((r) => r.assignments);
export const makeAssignment = (project: number, wish: NewAssignment) => post<Assignment>(`/projects/${project}/assignments`, wish);
export const endAssignment = (project: number, id: number) => call<void>("DELETE", `/projects/${project}/assignments/${id}`);
export const lease = (project: number, n: number, skipped: boolean) =>
  post<{ leases: Lease[]; left: number; items: number }>(`/projects/${project}/leases`, { n, skipped });
export const renewLeases = (project: number, leases: number[]) =>
  post<{ leases: { id: number; expires_at: string }[] }>(`/projects/${project}/leases/renew`, { leases })
    .then((r) => r.leases);
/* keepalive: the page may be gone before the answer comes. */
export const releaseLeases = (project: number, leases: number[]) =>
  call<void>("POST", `/projects/${project}/leases/release`, { leases }, { keepalive: true });
export const sendLabel = (project: number, label: NewLabel) =>
  post<{ id: string; seq: number; feedback: Feedback | null }>(`/projects/${project}/labels`, label);
export const retractLabel = (project: number, label: string, id: string) =>
  post<{ id: string; seq: number; lease: Lease }>(`/projects/${project}/labels/${label}/retract`, { id });

/*
 * What changes in a project, as it happens; returns the function that stops listening. `open` is
 * called whenever the stream begins, also after it broke: what happened before is to be fetched.
 */
export function watchProject(id: number, on: { open(): void; project(p: Project): void; job(j: Job): void; draft(d: Draft): void; lost(): void }): () => void {
  const events = new EventSource(`${BASE}/projects/${id}/events`);
  events.addEventListener("open", () => on.open());
  events.addEventListener("project", (e) => on.project(JSON.parse((e as MessageEvent<string>).data) as Project));
  events.addEventListener("job", (e) => on.job(JSON.parse((e as MessageEvent<string>).data) as Job));
  events.addEventListener("draft", (e) => on.draft(JSON.parse((e as MessageEvent<string>).data) as Draft));
  events.addEventListener("error", () => on.lost());
  return () => events.close();
}

export interface ImportOptions {
  labelsFromFolder: boolean; addClasses: boolean; textColumn: string | null;
  className?: string; // of all that is brought in
}
export interface Upload { body: FormData | Blob; type: string | null; filename: string | null }

/*
 * One import request. XMLHttpRequest, because fetch cannot tell how much of a body has been sent.
 * `sent` is called with bytes; the signal abandons the upload.
 */
export function sendImport(project: number, upload: Upload, options: ImportOptions,
                           sent: (bytes: number) => void, signal: AbortSignal): Promise<{ job: Job }> {
  const path = `/projects/${project}/import${query({
    labels_from: options.labelsFromFolder ? "folder" : null,
    add_classes: options.addClasses,
    class: options.className,
    text_column: upload.body instanceof Blob ? options.textColumn : null,
    filename: upload.filename,
  })}`;
  return new Promise((resolve, reject) => {
    const x = new XMLHttpRequest();
    x.open("POST", BASE + path);
    x.setRequestHeader("X-Exemplar", "1");
    x.setRequestHeader("Accept", "application/json");
    if (upload.type) x.setRequestHeader("Content-Type", upload.type);
    x.upload.onprogress = (e) => sent(e.loaded);
    x.onerror = () => reject(new ApiError(0, "offline", OFFLINE));
    x.onabort = () => reject(new ApiError(0, "cancelled", "The upload was stopped."));
    x.onload = () => {
      if (x.status >= 200 && x.status < 300) resolve(JSON.parse(x.responseText) as { job: Job });
      else void problem(x.status, x.responseText).then(reject);
    };
    if (signal.aborted) return x.onabort?.(new ProgressEvent("abort"));
    signal.addEventListener("abort", () => x.abort(), { once: true });
    x.send(upload.body);
  });
}

/* Teaching by example */
export type ExampleOutcome = "added" | "corrected" | "known" | "refused";
export interface ExampleRow { path: string; outcome: ExampleOutcome; item: number | null; label: string | null; seq: number | null; reason: string | null }
const UPLOAD_PATIENCE_MS = 300_000;

async function sendBytes<T>(path: string, body: FormData | Blob): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", "X-Exemplar": "1" };
  if (body instanceof Blob) headers["Content-Type"] = body.type;
  return call<T>("POST", path, undefined, { headers, body, signal: AbortSignal.timeout(UPLOAD_PATIENCE_MS) });
}

/* What the classifier behind the teach page knows by now, and what it is at. */
export interface Draft {
  state: "empty" | "looking" | "learning" | "ready"; progress: number | null; examples: number; learned: number;
  classes: { class: string; examples: number }[]; seq: number | null; encoder: string | null; message: string | null;
}
export interface Guess { class: string; probability: number; unknown: boolean; classes: { class: string; probability: number }[] }
/* A version of what is taught: of all that is labelled now, and measured. */
export const makeVersion = (project: number) => post<{ model: { id: number }; job: Job }>(`/projects/${project}/models`);
export const getDraft = (project: number) => get<Draft>(`/projects/${project}/draft`);
export const guess = (project: number, of: Blob | string): Promise<Guess> =>
  typeof of === "string" ? post<Guess>(`/projects/${project}/draft/predict`, { text: of }) : sendBytes<Guess>(`/projects/${project}/draft/predict`, of);

/* Pictures as they are, or sentences; `id` makes a retry harmless. */
export const giveExamples = (project: number, what: { id: string; class: string; burst: string | null }, body: FormData | Blob) =>
  sendBytes<{ examples: ExampleRow[] }>(`/projects/${project}/examples${query({ ...what, filename: body instanceof Blob ? "typed.jsonl" : null })}`, body);

/* Frozen data sets, and what came of what */
export type Part = "train" | "validation" | "test";
export interface DatasetSpec {
  query?: { classes?: string[]; folder?: string; meta?: Record<string, string>; people_min?: number; support_min?: number };
  split?: { train?: number; validation?: number; test?: number; keep_together?: string[]; like?: number; seed?: number };
}
export interface Dataset {
  id: number; name: string; state: "freezing" | "frozen" | "failed"; ledger_seq: number; hash: string | null; items: number;
  event_seq: number | null; created_at: string; spec: DatasetSpec; user: { id: number; name: string } | null;
}
export interface Datasheet {
  people: { user: { id: number; name: string } | null; labels: number }[]; question: string; classes: string[]; counts: Record<Part, number[]>;
  labels: number; first_at: string | null; last_at: string | null; agreement: { items: number; unanimous: number; support: number };
  groups: { n: number; largest: number; moved: number }; drawn: { random: number; picked: number; other: number };
  left_out: { open: number; flagged: number; rejected: number; undecided: number; query: number }; gaps: string[];
}
export interface Difference { n: number; items: number[] }
export interface DatasetDiff { id: number; with: number; equal: boolean; added: Difference; removed: Difference; answered_otherwise: Difference; in_another_part: Difference }
export interface DatasetUse { id: number; user: { id: number; name: string } | null; reason: string; at: string }
export interface TracedLabel { id: string; seq: number; item: number; user: { id: number; name: string } | null; at: string; answer: Answer | null; values: Values | null }
export interface TracedRound { id: number; model: string | null; reads: string | null; strategy: string; ledger_seq: number; labels: number; at: string }
export interface LabelTrace extends TracedLabel {
  until_seq: number | null; round: number | null; receipt: Receipt | null; datasets: { id: number; name: string; ledger_seq: number; hash: string }[];
  models: { id: number; name: string; state: string; taught: boolean }[];
  n_rounds: number; rounds: TracedRound[];
}
export interface Behind { labels: TracedLabel[]; next: number | null }
export const listDatasets = (p: number) => get<{ datasets: Dataset[] }>(`/projects/${p}/datasets`).then((r) => r.datasets);
export const freezeDataset = (p: number, what: DatasetSpec & { name: string }) => post<{ dataset: Dataset; job: Job }>(`/projects/${p}/datasets`, what);
export const getDataset = (p: number, d: number) => get<Dataset & { sheet: Datasheet | null }>(`/projects/${p}/datasets/${d}`);
export const diffDatasets = (p: number, d: number, other: number) => get<DatasetDiff>(`/projects/${p}/datasets/${d}/diff${query({ with: other })}`);
export const listUses = (p: number, d: number) => get<{ uses: DatasetUse[] }>(`/projects/${p}/datasets/${d}/uses`).then((r) => r.uses);
export const openTest = (p: number, d: number, reason: string) => post<{ open_until: string }>(`/projects/${p}/datasets/${d}/uses`, { reason });
export const datasetUrl = (p: number, d: number, format: string, part: string) => `${BASE}/projects/${p}/datasets/${d}/export${query({ format, part })}`;
export const traceDataset = (p: number, d: number, after: number | null) => get<Behind>(`/projects/${p}/datasets/${d}/trace${query({ after, limit: 20 })}`);
export const traceLabel = (p: number, label: string) => get<LabelTrace>(`/projects/${p}/labels/${label}/trace`);
export const traceVersion = (p: number, v: number, after: number | null) => get<Behind>(`/projects/${p}/models/${v}/trace${query({ after, limit: 20 })}`);
export const traceRound = (p: number, round: number, after: number | null) =>
  get<Behind & { round: TracedRound; encoder: string | null }>(`/projects/${p}/rounds/${round}/trace${query({ after, limit: 20 })}`);

/* A version of the classifier. `id` is its number in the project. */
export interface Version {
  id: number; name: string; state: "training" | "trained" | "failed"; why: string | null; question: string; classes: string[]; taught: number;
  accuracy: (Accuracy & { source: "honest" | "examples" | null }) | null; words: string | null; dataset: number; encoder: string | null; seed: number;
  hash: string | null; bytes: number; seconds: number; user: { id: number; name: string } | null; created_at: string; trained_at: string | null;
}
export const listVersions = (p: number) => get<{ models: Version[] }>(`/projects/${p}/models`).then((r) => r.models);
export const trainVersion = (p: number) => post<{ model: Version; job: Job }>(`/projects/${p}/models`);

/* The account of a version: server/domain/report.h */
export interface ReportCell { truth: number; said: number; n: number; items: number[] }
export interface ReportClass { class: string; taught: number; n: number; said: number; right: number; precision: Share; recall: Share; early: boolean; words: string }
export interface ReportSlice { key: string; value: string; n: number; right: number; accuracy: Share; elsewhere: Share; p: number; worse: boolean; items: number[] }
export interface ReportOfModel {
  model: number; source: "honest" | "examples"; n: number; at: string; ledger_seq: number; classes: string[]; accuracy: Share; sentences: string[]; limits: string[];
  by_class: ReportClass[]; confusion: ReportCell[]; slices: ReportSlice[]; unknown: { n: number; wrong: number };
  calibration: { expected_error: number; z: number; bins: { sure: number; right: number; n: number }[] };
  sure_and_wrong: { item: number; truth: string; said: string; probability: number }[];
  suspects: { item: number; given: string; suggested: string; reason: string; near: { class: string; item: number }[] }[]; n_suspects: number; alarms: { kind: string; sentence: string }[];
  honest: { n: number; new: number; related: number; enough: number };
}
export interface ReportDiff {
  model: number; with: number; n: number; both: number; neither: number; n_fixed: number; n_broken: number; fixed: number[]; broken: number[];
  difference: { value: number; low: number; high: number }; p: number; words: string;
}
export interface ModelCard { intended_use: string | null }
export const thumbUrl = (item: number) => `${BASE}/items/${item}/media?w=256`;
export const getReport = (p: number, version: number) => get<ReportOfModel>(`/projects/${p}/models/${version}/report`);
/* Why a version answers as it does: server/api/why.c */
export interface WhyRegion { rows: number; columns: number; weights: number[] } // row by row, over the whole picture
export interface WhyWord { start: number; end: number; weight: number } // code points
export interface Why { class: string; probability: number; unknown: boolean; region?: WhyRegion; words?: WhyWord[] }
export const explainItem = (p: number, version: number, item: number) => post<Why>(`/projects/${p}/models/${version}/explain`, { item });
export const measureModel = (p: number, version: number) => post<{ job: Job }>(`/projects/${p}/models/${version}/report`);
export const diffModels = (p: number, version: number, other: number) => get<ReportDiff>(`/projects/${p}/models/${version}/diff${query({ with: other })}`);
export const getCard = (p: number, version: number) => get<ModelCard>(`/projects/${p}/models/${version}/card${query({ as: "json" })}`);
export const cardUrl = (p: number, version: number, as: "json" | "markdown") => `${BASE}/projects/${p}/models/${version}/card${query({ as })}`;
export interface TakenFacts { sentence?: string; accuracy?: number; interval?: [number, number]; n?: number }
export interface Taken { version: number; made: boolean; int8: TakenFacts; f32: TakenFacts }
export const getTaken = (p: number, version: number) => get<Taken>(`/projects/${p}/models/${version}/take`);
export const makeTaken = (p: number, version: number) => post<{ job: Job }>(`/projects/${p}/models/${version}/take`);
export const takenUrl = (p: number, version: number, as: "onnx" | "c" | "web" | "model") => `${BASE}/projects/${p}/models/${version}/take${query({ as })}`;
export const setPurpose = (p: number, text: string) => call<{ text: string }>("PUT", `/projects/${p}/purpose`, { text });

/* -- endpoints -- */
export interface VersionBrief { id: number; name: string; accuracy: string }
type Somebody = { id: number; name: string } | null;
export interface EndpointSettings {
  public: boolean; frame_ancestors: string[]; per_minute: number; margin: number;
  floors: { classes: Record<string, number>; slices: { key: string; value: string; floor: number }[] };
  retrain: { days: number; labels: number; publish: boolean };
}
export interface Endpoint {
  id: number; name: string; live: VersionBrief | null; before: VersionBrief | null; shadow: VersionBrief | null; retraining: VersionBrief | null;
  settings: EndpointSettings; created_at: string; user: Somebody;
}
export interface GateVerdict { id: number; model: VersionBrief | null; live: VersionBrief | null; verdict: "go" | "no-go" | "more"; sentence: string; needs: number; items: number; user: Somebody; at: string }
export interface Publication { id: number; model: VersionBrief | null; previous: VersionBrief | null; how: "gate" | "override" | "rollback"; reason: string | null; user: Somebody; at: string }
export interface EndpointDay {
  day: string; model: VersionBrief | null; requests: number; predictions: number; unknown: number; limited: number; ms: number;
  shadow: VersionBrief | null; shadowed: number; agreed: number; passed: number;
}
export interface EndpointToken { id: number; name: string; user: Somebody; created_at: string; last_used_at: string | null }
export interface EndpointWhole extends Endpoint { gates: GateVerdict[]; history: Publication[]; days: EndpointDay[]; tokens: EndpointToken[]; versions: VersionBrief[] }
const endpoint = (p: number, name: string) => `/projects/${p}/endpoints/${encodeURIComponent(name)}`;
export const listEndpoints = (p: number) => get<{ endpoints: Endpoint[] }>(`/projects/${p}/endpoints`).then((r) => r.endpoints);
export const makeEndpoint = (p: number, name: string) => post<Endpoint>(`/projects/${p}/endpoints`, { name });
export const getEndpoint = (p: number, name: string) => get<EndpointWhole>(endpoint(p, name));
export const changeEndpoint = (p: number, name: string, change: { settings?: EndpointSettings; shadow?: number | null }) => call<Endpoint>("PATCH", endpoint(p, name), change);
export const askGate = (p: number, name: string, model: number, publish: boolean) => post<{ job: Job }>(`${endpoint(p, name)}/gate`, { model, publish });
export const publishVersion = (p: number, name: string, model: number, override: string) => post<Endpoint>(`${endpoint(p, name)}/publish`, { model, override });
export const rollBack = (p: number, name: string) => post<Endpoint>(`${endpoint(p, name)}/rollback`, {});
export const makeEndpointToken = (p: number, name: string, label: string) => post<{ token: string }>(`${endpoint(p, name)}/tokens`, { name: label });
export const revokeEndpointToken = (p: number, name: string, token: number) => call<void>("DELETE", `${endpoint(p, name)}/tokens/${token}`);
/* People behind an endpoint, and its days. */
export interface EarnedClass {
  class: string; alone: boolean; threshold: number; checked: number; wrong: number; wrong_high: number; needed: number;
  audited: number; audited_wrong: number; since: string; sentence: string;
}
export interface AskedRow {
  item: number; why: "no-model" | "unknown" | "unsure" | "audit"; state: "waiting" | "answered" | "declined"; guess: string | null;
  probability: number | null; class: string | null; asked_at: string; answered_at: string | null;
}
export interface PeopleBehind { on: boolean; wait_s: number; wrong_in: number; audit: number; waiting: number; classes: EarnedClass[]; requests: AskedRow[] }
export interface Delivery { id: string; state: "waiting" | "arrived" | "given-up"; tries: number; status: number | null; why: string | null; created_at: string; next_at: string | null }
export interface Webhook { id: number; url: string; user: { id: number; name: string } | null; created_at: string; deliveries: Delivery[] }
export interface WatchReport {
  seen: number; unknown: number; confidence: number; classes: Record<string, number>; drift: { p: number; share: number } | null;
  audit: { checked: number; wrong: number } | null; features: { compared: number; different: number } | null; alarms: { kind: string; sentence: string }[];
}
export interface WatchDay { day: string; model: number | null; report: WatchReport; at: string }
const behind = (p: number, endpoint: string) => `/projects/${p}/endpoints/${encodeURIComponent(endpoint)}`;
export const getPeopleBehind = (p: number, e: string) => get<PeopleBehind>(`${behind(p, e)}/people`);
export const setPeopleBehind = (p: number, e: string, x: Partial<PeopleBehind>) => call<PeopleBehind>("PATCH", `${behind(p, e)}/people`, x);
export const listWebhooks = (p: number, e: string) => get<{ webhooks: Webhook[] }>(`${behind(p, e)}/webhooks`).then((r) => r.webhooks);
export const makeWebhook = (p: number, e: string, url: string) => call<{ id: number; url: string; secret: string }>("POST", `${behind(p, e)}/webhooks`, { url });
export const removeWebhook = (p: number, e: string, id: number) => call<void>("DELETE", `${behind(p, e)}/webhooks/${id}`);
export const getWatch = (p: number, e: string) => get<{ days: WatchDay[] }>(`${behind(p, e)}/watch`).then((r) => r.days);
export const startWatch = (p: number, e: string) => call<{ job: Job }>("POST", `${behind(p, e)}/watch`, {});
