/* Numbers, times and states in words. */
import type { Accuracy, Answer, Drift, Estimate, Influence, Job, Picking, Project, Values } from "./api";

const NUMBER = new Intl.NumberFormat("en-GB");
export const count = (n: number): string => NUMBER.format(n);
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;
export const percent = (x: number): string => `${Math.round(x * 100)} %`;
/* A share that may be tiny: two figures that count. */
export const chance = (x: number): string => (x >= 0.1 || x === 0 ? percent(x) : `${Number((x * 100).toPrecision(2))} %`);
export const capital = (s: string): string => s.charAt(0).toUpperCase() + s.slice(1);

const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
export const when = (iso: string | null): string => (iso ? DATE.format(new Date(iso)) : "never");

const UNITS = ["bytes", "kB", "MB", "GB"];
export function size(bytes: number): string {
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const n = bytes / 1000 ** unit;
  return `${unit > 0 && n < 10 ? n.toFixed(1) : Math.round(n)} ${UNITS[unit]}`;
}

export const things = (p: Pick<Project, "kind">): string => (p.kind === "image" ? "pictures" : "texts");
export const nThings = (n: number, p: Pick<Project, "kind">): string =>
  plural(n, p.kind === "image" ? "picture" : "text");

export const accuracyInWords = (a: Accuracy): string =>
  `The model guesses right ${percent(a.value)} of the time: between ${percent(a.low)} and ${percent(a.high)}, ` +
  `judged on ${count(a.n)} randomly chosen items before their labels were known.`;

/* Held out, but of labels that were mostly picked: no promise for the rest. */
export const heldOutInWords = (a: Accuracy): string =>
  `Tried on ${plural(a.n, "label")} it had not seen, it was right ${percent(a.value)} of the time, ` +
  `between ${percent(a.low)} and ${percent(a.high)}. Most of those items were picked, so others may be easier or harder.`;

/* Only what there is to do about it: nothing while picking is worth it. */
export const pickingInWords = (p: Picking): string =>
  `Picked items teach the model less than chance would: ${percent(p.picked)} right after ${plural(p.n_taught, "picked label")}, ` +
  `${percent(p.by_chance)} after as many drawn at random. So half of the next items come at random.`;

export function latentsInWords(p: Project, jobs: readonly Job[]): string {
  const encoding = jobs.find((j) => j.kind === "encode" && j.state === "running");
  const isComing = jobs.some((j) => j.kind === "encode" && j.state === "queued");
  const share = encoding?.progress.total ? encoding.progress.done / encoding.progress.total
    : p.counts.items ? p.latents.items_encoded / p.counts.items : 0;
  switch (p.latents.state) {
    case "training": return `Learning what your ${things(p)} have in common: ${percent(Math.min(1, share))}`;
    case "encoding": return `Looking at your ${things(p)}: ${percent(Math.min(1, share))}`;
    case "ready": return `Looked at ${nThings(p.latents.items_encoded, p)}, so the most telling ones come first.`;
    case "none": return p.counts.items === 0 ? `The order is chosen once there are ${things(p)}.`
      : isComing ? `About to look at your ${things(p)}; until then they come in random order.`
      : `Not looked at yet: until then the ${things(p)} come in random order.`;
  }
}

export const valuesInWords = (values: Values | null): string =>
  Object.values(values ?? {}).flat().filter(Boolean).join(", ");

/* What somebody answered: the classes, or that there are none. */
export function answerInWords(answer: Answer | null, values: Values | null): string {
  if (answer === "reject") return "Cannot be labelled";
  if (answer === "flag") return "Flagged: needs a look";
  if (answer === "skip") return "Skipped";
  return valuesInWords(values) || "None of them";
}

export const seconds = (ms: number): string => (ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${count(Math.round(ms / 1000))} s`);

export function jobInWords(job: Job): string {
  const names: Record<string, string> = { bulk: "Changing many items", import: "Import", sample: "Sample project", encode: "Looking at the items", duplicates: "Looking for duplicates", "second-look": "Looking for labels to check", quality: "Measuring quality", steer: "Steering the queue", freeze: "Freezing a data set", export: "Export", train: "Training the classifier", evaluate: "Measuring the classifier", take: "Making a small model to take away" };
  return names[job.kind] ?? capital(job.kind);
}

/* "0.61 to 0.74", in the form of the figure itself. */
export const range = (x: Estimate, as: (v: number) => string): string =>
  x.low === null || x.high === null ? "" : `${as(x.low)} to ${as(x.high)}`;

/* By Krippendorff's own advice: rely on 0.8 and above, be tentative from 0.667, conclude nothing below.
 * The lower end of the interval decides: the labels are at least that good. */
export function agreementInWords(alpha: Estimate): string {
  const least = alpha.low ?? alpha.value;
  if (alpha.value === null || least === null) return "Only one class was ever given, so agreement beyond chance is not defined.";
  if (least >= 0.8) return "People agree well: these labels can be relied on.";
  if (alpha.value >= 0.8) return "People seem to agree well; a few more items with several answers would make it sure.";
  if (alpha.value >= 0.667) return "People agree fairly: good enough for tentative conclusions. The classes below say where the instructions could be clearer.";
  return "People agree too little to rely on these labels. Look at the hardest classes, and make the instructions clearer.";
}

/* A trend is told once it is beyond three standard errors. */
export function driftInWords(d: Drift): string {
  if (d.z === null || Math.abs(d.z) < 3) return "";
  return d.z < 0 ? "Agrees less and less with the others." : "Agrees more and more with the others.";
}

/* Points of a hundred; beyond two standard errors it is no chance. */
export function influenceInWords(x: Influence): string {
  if (x.difference === null || x.error === null) return "";
  const points = `${(100 * Math.abs(x.difference)).toFixed(1)} ± ${(200 * x.error).toFixed(1)} points`;
  if (Math.abs(x.difference) <= 2 * x.error) return `Without these labels the model would be about as good (${points}).`;
  return x.difference > 0 ? `Without these labels the model would be worse by ${points}.` : `Without these labels the model would be better by ${points}.`;
}
