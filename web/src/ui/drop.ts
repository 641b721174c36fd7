/*
 * Files out of a drop or a picker, folders walked to their leaves, each with its path.
 * "photos/cats/a.jpg" is kept whole: the folder may be the class.
 */
import { isClutter, type Found } from "../state/files";

const entriesOf = (folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> => {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  return new Promise((resolve, reject) => {
    /* readEntries gives a hundred at a time and says it is done by giving none. */
    const more = () => reader.readEntries((some) => {
      if (some.length === 0) resolve(all);
      else {
        all.push(...some);
        more();
      }
    }, reject);
    more();
  });
};

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

async function walk(entry: FileSystemEntry, found: Found[], progress: (n: number) => void): Promise<void> {
  const path = entry.fullPath.replace(/^\//, "");
  if (isClutter(path)) return;
  if (entry.isFile) {
    found.push({ path, file: await fileOf(entry as FileSystemFileEntry) });
    if (found.length % 100 === 0) progress(found.length);
    return;
  }
  for (const child of await entriesOf(entry as FileSystemDirectoryEntry)) await walk(child, found, progress);
}

/* The entries must be taken before the event is over; the walking may take its time. */
export function filesOfDrop(data: DataTransfer, progress: (n: number) => void): Promise<Found[]> {
  const items = [...data.items].filter((i) => i.kind === "file");
  const entries = items.map((i) => i.webkitGetAsEntry());
  const plain = items.map((i) => i.getAsFile());
  return (async () => {
    const found: Found[] = [];
    for (const [i, entry] of entries.entries()) {
      const file = plain[i];
      if (entry) await walk(entry, found, progress);
      else if (file && !isClutter(file.name)) found.push({ path: file.name, file });
    }
    return found;
  })();
}

export const filesOfPicker = (list: FileList | null): Found[] =>
  [...(list ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file })).filter((f) => !isClutter(f.path));

export const carriesFiles = (e: DragEvent): boolean => [...(e.dataTransfer?.types ?? [])].includes("Files");
