/* Trying it out: a camera, a file or a sentence, and bars that move as one watches. */
import { useEffect, useRef, useState } from "preact/hooks";
import { app, say } from "../app";
import { ApiError, guess, sentence, type Draft, type Guess, type Project } from "../api";
import { chance } from "../format";
import { uuid } from "../state/uuid";
import { CameraView } from "../ui/camera";
import { DropZone } from "../ui/dropzone";
import { frameOf } from "../ui/frames";

/* What was judged: it may become an example. */
interface Shown { picture: Blob | null; text: string; url: string | null }
interface Answer { shown: Shown; guess: Guess }

const CAMERA_REST_MS = 120; // between two looks, beside the time that the answer takes
const TYPING_REST_MS = 250;

export function TryIt({ project, draft }: { project: Project; draft: Draft | null }) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [trouble, setTrouble] = useState("");
  const ready = draft !== null && draft.learned > 0;
  const latest = useRef(0);
  const judge = async (shown: Shown): Promise<void> => {
    const mine = (latest.current += 1);
    try {
      const g = await guess(project.id, shown.picture ?? shown.text);
      if (mine !== latest.current) return;
      setTrouble("");
      setAnswer((old) => {
        if (old?.shown.url && old.shown.url !== shown.url) URL.revokeObjectURL(old.shown.url);
        return { shown, guess: g };
      });
    } catch (failure) {
      if (mine === latest.current && !(failure instanceof ApiError && failure.status === 503)) setTrouble(sentence(failure));
    }
  };
  /* A new classifier is asked about the same thing again. */
  useEffect(() => { if (answer && ready) void judge(answer.shown); }, [draft?.seq, draft?.learned]);
  const right = (name: string) => {
    if (!answer) return;
    const { picture, text } = answer.shown;
    void app.examples.give({ project: project.id, className: name, burst: null, texts: picture ? [] : [text],
      parts: picture ? [{ name: `tried-${uuid().slice(0, 8)}.jpg`, blob: picture }] : [] });
    say(`Taken as an example of ${name}.`);
  };
  return (
    <section class="panel try-it" aria-labelledby="try-heading">
      <h2 id="try-heading">Try it</h2>
      {!ready && <p class="hint">As soon as two classes have an example, it can be tried here.</p>}
      {ready && (project.kind === "image" ? <TryPictures judge={judge} /> : <TrySentence judge={judge} />)}
      {trouble && <p class="failure" role="alert">{trouble}</p>}
      {ready && answer && <Bars project={project} answer={answer} right={right} />}
    </section>
  );
}

function TryPictures({ judge }: { judge(s: Shown): Promise<void> }) {
  const [camera, setCamera] = useState(false);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (!camera) return undefined;
    let stopped = false;
    const look = async () => {
      while (!stopped) {
        const picture = video.current && document.visibilityState === "visible" ? await frameOf(video.current, "guess") : null;
        if (picture && !stopped) await judge({ picture, text: "", url: null });
        await new Promise((r) => setTimeout(r, CAMERA_REST_MS));
      }
    };
    void look();
    return () => { stopped = true; };
  }, [camera]);
  return (
    <>
      {camera
        ? <CameraView label="Camera to try it with" video={video}><button type="button" onClick={() => setCamera(false)}>Stop the camera</button></CameraView>
        : <div class="row wrap"><button type="button" class="primary" onClick={() => setCamera(true)}>Try it with the camera</button></div>}
      <DropZone only="files" took={(found) => { const f = found[0]; if (f) void judge({ picture: f.file, text: "", url: URL.createObjectURL(f.file) }); }}>
        <p>Or drop a picture here.</p>
      </DropZone>
    </>
  );
}

function TrySentence({ judge }: { judge(s: Shown): Promise<void> }) {
  const [text, setText] = useState("");
  useEffect(() => {
    if (!text.trim()) return undefined;
    const timer = setTimeout(() => void judge({ picture: null, text: text.trim(), url: null }), TYPING_REST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return <textarea rows={2} value={text} aria-label="A sentence to try it with" placeholder="Type a sentence and watch" onInput={(e) => setText(e.currentTarget.value)} />;
}

function Bars({ project, answer, right }: { project: Project; answer: Answer; right(name: string): void }) {
  const { guess: g, shown } = answer;
  const p = (name: string) => g.classes.find((c) => c.class === name)?.probability ?? 0;
  return (
    <div class="guess">
      {shown.url && <img class="guess-picture" src={shown.url} alt="What was judged" />}
      <p class="guess-best" role="status">{g.unknown ? <>Unlike all its examples. If it must choose: <strong>{g.class}</strong></> : <strong>{g.class}</strong>}</p>
      <ul class="bars" aria-label="How sure it is of each class">
        {project.questions[0]!.classes.map((c) => (
          <li key={c.name} style={{ "--class-color": c.color, "--share": String(p(c.name)) }}>
            <span class="bar-name">{c.name}</span>
            <span class="share" aria-hidden="true"><span /></span>
            <span class="bar-number">{chance(p(c.name))}</span>
            <button type="button" class="quiet" onClick={() => right(c.name)}>This is it<span class="sr">: an example of {c.name}</span></button>
          </li>
        ))}
      </ul>
      <p class="hint">Wrong? Say which one it is, and it learns from it.</p>
    </div>
  );
}
