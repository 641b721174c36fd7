/* The page at /e/NAME: a camera, a file or a sentence, and what the live version says of it. Alone on
 * its page, so it brings nothing of the client along, and small enough for a frame. */
import "./embed.css";

interface About { name: string; kind: "image" | "text"; model: number | null; classes: string[] }
interface Said { class?: string; probability?: number; unknown?: boolean; error?: string; probabilities?: { class: string; probability: number }[] }

const root = document.getElementById("embed")!;
const name = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const address = `/api/v1/endpoints/${encodeURIComponent(name)}`;
let token = "";

function add<K extends keyof HTMLElementTagNameMap>(to: Element, tag: K, text = "", attributes: Record<string, string> = {}): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  to.append(made);
  return made;
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const headers: Record<string, string> = { "X-Exemplar": "1", ...(init.headers as Record<string, string>) };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(address + path, { ...init, headers });
  const body = await answer.json() as T & { detail?: string };
  if (!answer.ok) throw Object.assign(new Error(body.detail ?? `The server answered ${answer.status}.`), { status: answer.status });
  return body;
}

function show(result: HTMLElement, said: Said): void {
  result.replaceChildren();
  if (said.error !== undefined || said.class === undefined) {
    add(result, "p", said.error ?? "There was no answer.", { class: "failure" });
    return;
  }
  add(result, "p", said.unknown ? "None of these" : said.class, { class: "answer" });
  if (said.unknown) add(result, "p", `It looks like nothing it was taught; the nearest is ${said.class}.`, { class: "hint" });
  const list = add(result, "ul", "", { "aria-label": "How likely each class is" });
  for (const p of [...(said.probabilities ?? [])].sort((a, b) => b.probability - a.probability).slice(0, 5)) {
    const line = add(list, "li");
    add(line, "span", p.class);
    add(line, "meter", "", { min: "0", max: "1", value: String(p.probability), "aria-label": p.class });
    add(line, "span", `${Math.round(p.probability * 100)} %`);
  }
}

async function predict(result: HTMLElement, body: BodyInit, type: string): Promise<void> {
  result.setAttribute("aria-busy", "true");
  try {
    const answer = await ask<{ predictions: Said[] }>("/predict?probabilities=1", { method: "POST", body, headers: { "Content-Type": type } });
    show(result, answer.predictions[0] ?? {});
  } catch (e) {
    show(result, { error: e instanceof Error ? e.message : String(e) });
  }
  result.removeAttribute("aria-busy");
}

/* A still of the camera, as often as an answer comes back. */
async function watch(video: HTMLVideoElement, result: HTMLElement): Promise<void> {
  const canvas = document.createElement("canvas");
  while (video.srcObject) {
    const scale = Math.min(1, 512 / Math.max(video.videoWidth, video.videoHeight, 1));
    canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
    canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
    canvas.getContext("2d")!.drawImage(video, 0, 0, canvas.width, canvas.height);
    const still = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.9));
    if (still && video.videoWidth > 0) await predict(result, still, "image/jpeg");
    await new Promise((done) => setTimeout(done, 700));
  }
}

function camera(video: HTMLVideoElement, button: HTMLButtonElement, result: HTMLElement): void {
  button.addEventListener("click", () => {
    if (video.srcObject) {
      for (const track of (video.srcObject as MediaStream).getTracks()) track.stop();
      video.srcObject = null;
      video.hidden = true;
      button.textContent = "Use the camera";
      return;
    }
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then(async (stream) => {
      video.srcObject = stream;
      video.hidden = false;
      button.textContent = "Stop the camera";
      await video.play();
      void watch(video, result);
    }).catch(() => show(result, { error: "The camera cannot be used here; choose a picture instead." }));
  });
}

function pictures(result: HTMLElement): void {
  const field = add(root, "label", "A picture", { class: "field" });
  const input = add(field, "input", "", { type: "file", accept: "image/jpeg,image/png,image/webp" });
  const shown = add(root, "img", "", { alt: "What was chosen", hidden: "" });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (!file) return;
    if (shown.src) URL.revokeObjectURL(shown.src);
    shown.src = URL.createObjectURL(file);
    shown.hidden = false;
    void predict(result, file, file.type || "image/jpeg");
  });
  if (!navigator.mediaDevices) return;
  const video = add(root, "video", "", { hidden: "", muted: "", playsinline: "" });
  camera(video, add(root, "button", "Use the camera", { type: "button" }), result);
}

function sentences(result: HTMLElement): void {
  const form = add(root, "form");
  const field = add(form, "label", "A text", { class: "field" });
  const input = add(field, "textarea", "", { rows: "3", required: "" });
  add(form, "button", "What is it?");
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    void predict(result, JSON.stringify({ text: input.value }), "application/json");
  });
}

function page(about: About): void {
  root.replaceChildren();
  document.title = about.name;
  add(root, "h1", about.name);
  if (about.model === null) {
    add(root, "p", "Nothing answers here yet.");
    return;
  }
  const result = document.createElement("div");
  result.className = "result";
  result.setAttribute("role", "status");
  if (about.kind === "image") pictures(result);
  else sentences(result);
  root.append(result);
}

function tokenAsked(sentence: string): void {
  root.replaceChildren();
  add(root, "h1", "Try it");
  add(root, "p", sentence, { role: "status" });
  const form = add(root, "form");
  const field = add(form, "label", "Token", { class: "field" });
  const input = add(field, "input", "", { type: "password", autocomplete: "off", required: "" });
  add(form, "button", "Go on");
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    token = input.value.trim();
    void begin();
  });
}

async function begin(): Promise<void> {
  try {
    page(await ask<About>(""));
  } catch (e) {
    tokenAsked(e instanceof Error ? e.message : String(e));
  }
}

void begin();
