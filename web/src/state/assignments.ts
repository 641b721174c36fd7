/* Who labels what: the form that adds an assignment, and an assignment in words. */
import type { Assignment, NewAssignment } from "../api";
import { count, plural } from "../format";

/* As the fields hold it. user "": everybody; quota "0": none. */
export interface AssignmentDraft { user: string; folder: string; key: string; value: string; quota: string }

export const NOTHING: AssignmentDraft = { user: "", folder: "", key: "", value: "", quota: "0" };

/* Throws the sentence that says what is missing. */
export function assignmentOf(draft: AssignmentDraft): NewAssignment {
  const folder = draft.folder.trim().replace(/\/+$/, "");
  const key = draft.key.trim();
  const value = draft.value.trim();
  if ((key === "") !== (value === "")) throw new Error(key ? `Say which ${key}: a key needs its value.` : "Say of which metadata key this is the value.");
  if (!folder && !key) throw new Error("Say which items: a folder, or a metadata key with its value.");
  return {
    user: draft.user === "" ? null : Number(draft.user),
    ...(folder ? { folder } : {}),
    ...(key ? { key, value } : {}),
    ...(Number(draft.quota) > 0 ? { quota: Number(draft.quota) } : {}),
  };
}

export const whoInWords = (a: Assignment): string => (a.user === null ? "Everybody else" : a.user.name || "Somebody who left");

/* Without a match they were named one by one, by a program. */
export function whichInWords(a: Assignment): string {
  const parts = [a.folder !== null && `folder ${a.folder}`, a.key !== null && `${a.key} = ${a.value}`].filter(Boolean);
  return parts.join(", ") || "items by number";
}

export function progressInWords(a: Assignment): string {
  const quota = a.quota > 0 ? ` At most ${plural(a.quota, "answer")}${a.user === null ? " from each person" : ""}.` : "";
  if (a.items === 0) return `${a.filled ? "No item fits yet; one that is imported later joins." : "Its items are being looked for."}${quota}`;
  const so = a.filled ? "" : " found so far";
  return `${count(a.items - a.open)} of ${plural(a.items, "item")}${so} done.${quota}`;
}
