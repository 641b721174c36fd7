/* One project on show: itself, its jobs, and what changes in them while it is watched. */
import { effect, signal } from "@preact/signals";
import * as api from "../api";
import type { Draft, Job, Project } from "../api";
import { Grid } from "./grid";

const POLL_MS = 5000; // only while the stream of events is broken

export class ProjectState {
  readonly project = signal<Project | null>(null);
  readonly jobs = signal<readonly Job[]>([]);
  readonly trouble = signal<string | null>(null);
  readonly draft = signal<Draft | null>(null); // null until the teach page asks
  private closed = false;
  private stopWatching = () => {};
  private poll: ReturnType<typeof setInterval> | undefined;

  readonly grid: Grid;

  constructor(readonly id: number) {
    this.grid = new Grid((filter, after, limit) => api.listItems(id, filter, after, limit));
  }

  async open(): Promise<void> {
    this.close();
    this.closed = false;
    await this.load();
    if (this.project.value === null || this.closed) return;
    this.stopWatching = api.watchProject(this.id, {
      open: () => {
        this.calm();
        void this.load();
      },
      project: (p) => (this.project.value = p),
      job: (j) => this.take(j),
      draft: (d) => (this.draft.value = d),
      lost: () => { this.poll ??= setInterval(() => void this.load(), POLL_MS); },
    });
  }

  close(): void {
    this.closed = true;
    this.stopWatching();
    this.calm();
  }

  async load(): Promise<void> {
    try {
      const [project, jobs] = await Promise.all([api.getProject(this.id), api.listJobs(this.id)]);
      this.project.value = project;
      this.jobs.value = jobs;
      this.trouble.value = null;
    } catch (failure) {
      this.trouble.value = api.sentence(failure);
    }
  }

  /* What the teach page shows; afterwards the events tell of it. */
  async loadDraft(): Promise<void> {
    this.draft.value = await api.getDraft(this.id).catch(() => this.draft.value);
  }

  take(job: Job): void {
    const others = this.jobs.value.filter((j) => j.id !== job.id);
    this.jobs.value = [job, ...others].sort((a, b) => b.id - a.id);
  }

  /* Ends when the job has, with the job as it ended. */
  ended(job: Job): Promise<Job> {
    this.take(job);
    return new Promise((resolve) => {
      const stop: { now?: () => void } = {};
      stop.now = effect(() => {
        const now = this.jobs.value.find((j) => j.id === job.id);
        if (!now || isActive(now)) return;
        resolve(now);
        queueMicrotask(() => stop.now?.());
      });
    });
  }

  private calm(): void {
    clearInterval(this.poll);
    this.poll = undefined;
  }
}

export const isActive = (job: Job): boolean => job.state === "queued" || job.state === "running";
