/* How an endpoint is called, and its floors as lines of text. No DOM. */
import type { EndpointSettings, Project } from "../api";

/* "shoe: 80" for a class, "camera=3: 70" for metadata; empty lines are passed over. */
export function floorsOf(text: string): EndpointSettings["floors"] {
  const floors: EndpointSettings["floors"] = { classes: {}, slices: [] };
  for (const line of text.split("\n").map((l) => l.trim()).filter(Boolean)) {
    const at = line.lastIndexOf(":");
    const share = Number(line.slice(at + 1).replace("%", "")) / 100;
    const what = line.slice(0, at).trim();
    if (at < 1 || !what || !(share >= 0 && share <= 1)) throw new Error(`“${line}” is no floor; write one as shoe: 80 or camera=3: 70.`);
    const equals = what.indexOf("=");
    if (equals > 0) floors.slices.push({ key: what.slice(0, equals).trim(), value: what.slice(equals + 1).trim(), floor: share });
    else floors.classes[what] = share;
  }
  return floors;
}

const points = (share: number): string => String(Number((share * 100).toFixed(2)));

export const floorsText = (s: EndpointSettings): string => [
  ...Object.entries(s.floors.classes).map(([name, share]) => `${name}: ${points(share)}`),
  ...s.floors.slices.map((f) => `${f.key}=${f.value}: ${points(f.floor)}`),
].join("\n");

/* What to type or paste: [language, text]. */
export function snippets(origin: string, name: string, kind: Project["kind"], isPublic: boolean, token: string): [string, string][] {
  const url = `${origin}/api/v1/endpoints/${name}/predict`;
  const secret = token || "TOKEN";
  const image = kind === "image";
  const shell = ["curl", url, ...(isPublic ? [] : [`-H 'Authorization: Bearer ${secret}'`]),
    ...(image ? ["-H 'Content-Type: image/jpeg'", "--data-binary @photo.jpg"] : ["-H 'Content-Type: application/json'", `-d '{"text": "..."}'`])].join(" \\\n  ");
  const type = image ? "image/jpeg" : "application/json";
  const headers = isPublic ? `{"Content-Type": "${type}"}` : `{"Content-Type": "${type}", "Authorization": "Bearer ${secret}"}`;
  const python = ["import json, urllib.request", image ? `data = open("photo.jpg", "rb").read()` : `data = json.dumps({"text": "..."}).encode()`,
    `request = urllib.request.Request("${url}", data, ${headers})`, `print(json.load(urllib.request.urlopen(request))["predictions"][0])`].join("\n");
  const script = [`const answer = await fetch("${url}", {`, `  method: "POST", headers: ${headers},`,
    `  body: ${image ? "file" : `JSON.stringify({ text: "..." })`},`, "});", "console.log((await answer.json()).predictions[0]);"].join("\n");
  return [["Shell", shell], ["Python", python], ["JavaScript", script]];
}
