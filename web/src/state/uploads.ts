/*
 * Sending files to a project, one request after the other, while the person looks at other pages.
 * A request that fails for now is tried again; one that fails for good is named, the others go on,
 * and what was not sent can be sent once more. (Sending a file twice is harmless: it is a duplicate.)
 */
import { computed, signal } from "@preact/signals";
import { ApiError, sentence, sendImport, type ImportOptions, type Job } from "../api";
import { cut, type Batch, type Found } from "./files";

export interface Failure { found: Found[]; sentence: string }
export interface Sending {
  project: number; options: ImportOptions; files: number; bytes: number; filesSent: number; bytesSent: number;
  jobs: number[]; failures: Failure[]; state: "sending" | "retrying" | "done" | "stopped";
}
export type Send = typeof sendImport;

const TRIES = 5;
const FIRST_WAIT_MS = 1000;
const isPassing = (e: unknown) => e instanceof ApiError && e.code !== "cancelled" && (e.status === 0 || e.status === 408 || e.status === 429 || e.status >= 500);
/* Nothing that follows would fare better. */
const isHopeless = (e: unknown) => e instanceof ApiError && ([401, 403, 404].includes(e.status) || e.code === "cancelled");

export class Uploads {
  readonly all = signal<readonly Sending[]>([]);
  readonly busy = computed(() => this.all.value.some((s) => s.state === "sending" || s.state === "retrying"));
  private stops = new Map<number, AbortController>();

  constructor(private readonly send: Send, private readonly wait: (ms: number) => Promise<void>) {}

  of(project: number): Sending | undefined {
    return this.all.value.find((s) => s.project === project);
  }

  stop(project: number): void {
    this.stops.get(project)?.abort();
  }

  forget(project: number): void {
    this.all.value = this.all.value.filter((s) => s.project !== project);
  }

  /* One upload per project at a time; files that come meanwhile join the end of the line. */
  async start(project: number, found: Found[], options: ImportOptions, started: (job: Job) => void): Promise<void> {
    const earlier = this.of(project);
    if (earlier && (earlier.state === "sending" || earlier.state === "retrying")) {
      this.queued.push({ project, found, options, started });
      return;
    }
    const stop = new AbortController();
    this.stops.set(project, stop);
    this.forget(project);
    const bytes = found.reduce((sum, f) => sum + f.file.size, 0);
    this.all.value = [...this.all.value, {
      project, options, files: found.length, bytes, filesSent: 0, bytesSent: 0, jobs: [], failures: [], state: "sending",
    }];
    const batches = cut(found);
    let done = 0;
    for (const batch of batches) {
      const failure = await this.sendBatch(project, batch, options, done, started, stop.signal);
      done += batch.bytes;
      this.change(project, (s) => ({ bytesSent: done, filesSent: s.filesSent + (failure ? 0 : batch.found.length) }));
      if (failure && (isHopeless(failure) || stop.signal.aborted)) break;
    }
    this.change(project, () => ({ state: stop.signal.aborted ? "stopped" : "done" }));
    const next = this.queued.findIndex((q) => q.project === project);
    if (next !== -1) {
      const [q] = this.queued.splice(next, 1);
      if (q) await this.start(q.project, q.found, q.options, q.started);
    }
  }

  private queued: { project: number; found: Found[]; options: ImportOptions; started: (job: Job) => void }[] = [];

  private change(project: number, change: (s: Sending) => Partial<Sending>): void {
    this.all.value = this.all.value.map((s) => (s.project === project ? { ...s, ...change(s) } : s));
  }

  private async sendBatch(project: number, batch: Batch, options: ImportOptions, before: number,
                          started: (job: Job) => void, stop: AbortSignal): Promise<unknown> {
    for (let attempt = 1, ms = FIRST_WAIT_MS; ; attempt += 1, ms *= 2) {
      try {
        const sent = (n: number) => this.change(project, () => ({ bytesSent: before + Math.min(n, batch.bytes) }));
        const { job } = await this.send(project, body(batch), options, sent, stop);
        this.change(project, (s) => ({ jobs: [...s.jobs, job.id], state: "sending" }));
        started(job);
        return null;
      } catch (failure) {
        if (isPassing(failure) && attempt < TRIES && !stop.aborted) {
          this.change(project, () => ({ state: "retrying" }));
          await this.wait(ms);
          continue;
        }
        this.change(project, (s) => ({ failures: [...s.failures, { found: batch.found, sentence: sentence(failure) }] }));
        return failure;
      }
    }
  }
}

function body(batch: Batch) {
  const [first] = batch.found;
  if (batch.type && first) return { body: first.file as Blob, type: batch.type, filename: first.path };
  const form = new FormData();
  for (const { path, file } of batch.found) form.append("file", file, path);
  return { body: form, type: null, filename: null };
}
