/* A place to drop files and folders on; its two pickers do the same by keyboard. */
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Found } from "../state/files";
import { count } from "../format";
import { carriesFiles, filesOfDrop, filesOfPicker } from "./drop";
import { UploadIcon } from "./icons";
import { say } from "../app";

interface Props { took(found: Found[]): void; children: ComponentChildren; size?: "large"; only?: "files" | "folder" }

export function DropZone({ took, children, size, only }: Props) {
  const [over, setOver] = useState(false);
  const [walking, setWalking] = useState<number | null>(null);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);

  const give = (found: Found[]) => {
    if (found.length) took(found);
    else say("There were no files in that. Drop a folder of pictures or texts, a zip, or a table.", "bad");
  };
  const drop = async (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    if (!e.dataTransfer) return;
    const data = e.dataTransfer;
    setWalking(0);
    try {
      give(await filesOfDrop(data, setWalking));
    } catch {
      say("The browser could not read that folder. Choose it with the button instead.", "bad");
    } finally {
      setWalking(null);
    }
  };
  const pick = (input: HTMLInputElement) => {
    give(filesOfPicker(input.files));
    input.value = "";
  };
  return (
    <div class={`dropzone ${size ?? ""} ${over ? "over" : ""}`}
      onDragEnter={(e) => { if (carriesFiles(e)) { e.preventDefault(); setOver(true); } }}
      onDragOver={(e) => { if (carriesFiles(e)) { e.preventDefault(); e.dataTransfer!.dropEffect = "copy"; setOver(true); } }}
      onDragLeave={(e) => { if (!e.currentTarget.contains(e.relatedTarget as Node | null)) setOver(false); }}
      onDrop={(e) => void drop(e)}>
      <span class="dropzone-icon"><UploadIcon /></span>
      <div class="dropzone-words">
        {walking === null ? children : <p role="status">Looking through the folder: {count(walking)} files so far …</p>}
      </div>
      <div class="row center wrap">
        {only !== "files" && <button type="button" onClick={() => folder.current?.click()}>Choose a folder</button>}
        {only !== "folder" && <button type="button" onClick={() => files.current?.click()}>Choose files</button>}
      </div>
      <input ref={files} type="file" multiple hidden aria-label="Files to bring in" onChange={(e) => pick(e.currentTarget)} />
      {/* webkitdirectory is what every browser calls choosing a folder. */}
      <input ref={folder} type="file" hidden aria-label="Folder to bring in" {...{ webkitdirectory: true }}
        onChange={(e) => pick(e.currentTarget)} />
    </div>
  );
}
