/* The camera on the page: a picture that moves, and what is done with it. Closed when it goes away. */
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { uuid } from "../state/uuid";
import { cameraIsPossible, cameraTrouble, closeCamera, frameOf, openCamera } from "./frames";

interface ViewProps { label: string; video: RefObject<HTMLVideoElement | null>; children: ComponentChildren }

export function CameraView({ label, video, children }: ViewProps) {
  const [trouble, setTrouble] = useState("");
  const [facing, setFacing] = useState<"environment" | "user">("environment");
  useEffect(() => {
    let stream: MediaStream | null = null;
    let gone = false;
    if (!cameraIsPossible()) {
      setTrouble("Browsers open the camera on secure pages only: https, or this very machine. Choose pictures instead.");
      return undefined;
    }
    openCamera(facing).then((opened) => {
      stream = opened;
      if (gone || !video.current) return closeCamera(opened);
      setTrouble("");
      video.current.srcObject = opened;
      return void video.current.play().catch(() => undefined);
    }, (failure) => { if (!gone) setTrouble(cameraTrouble(failure)); });
    return () => {
      gone = true;
      closeCamera(stream);
    };
  }, [facing]);
  return (
    <div class="camera">
      {trouble ? <p class="failure" role="alert">{trouble}</p>
        : <video ref={video} class="camera-view" muted playsInline aria-label={label} />}
      <div class="row wrap">
        {!trouble && children}
        {!trouble && <button type="button" class="quiet" onClick={() => setFacing(facing === "user" ? "environment" : "user")}>Turn the camera round</button>}
      </div>
    </div>
  );
}

const EACH_MS = 150; // six frames a second: neighbours differ a little

interface BurstProps { className: string; took(frames: Blob[], burst: string): void; close(): void }

/* Hold the button, or the space bar on it: a burst of frames, given together when it is let go. */
export function BurstCamera({ className, took, close }: BurstProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [n, setN] = useState(0);
  const burst = useRef<{ id: string; frames: Blob[]; timer: ReturnType<typeof setInterval> } | null>(null);
  const shoot = async () => {
    const into = burst.current;
    const frame = video.current && (await frameOf(video.current, "example"));
    if (!frame || !into) return;
    into.frames.push(frame);
    setN(into.frames.length);
  };
  const begin = () => {
    if (burst.current) return;
    burst.current = { id: uuid(), frames: [], timer: setInterval(() => void shoot(), EACH_MS) };
    setN(0);
    void shoot();
  };
  const end = () => {
    const done = burst.current;
    if (!done) return;
    clearInterval(done.timer);
    burst.current = null;
    /* the last frame may still be under way */
    setTimeout(() => { if (done.frames.length) took(done.frames, done.id); }, EACH_MS);
  };
  useEffect(() => () => end(), []);
  return (
    <CameraView label={`Camera for ${className}`} video={video}>
      <button type="button" class={`primary ${burst.current ? "pressed" : ""}`}
        onPointerDown={(e) => { e.currentTarget.setPointerCapture(e.pointerId); begin(); }}
        onPointerUp={end} onPointerCancel={end} onContextMenu={(e) => e.preventDefault()}
        onKeyDown={(e) => { if ((e.key === " " || e.key === "Enter") && !e.repeat) { e.preventDefault(); begin(); } }}
        onKeyUp={(e) => { if (e.key === " " || e.key === "Enter") end(); }} onBlur={end}>
        Hold to record
      </button>
      <button type="button" onClick={close}>Done</button>
      <span class="hint" role="status">{n > 0 ? `${n} frame${n === 1 ? "" : "s"} in this burst` : "Move a little while you hold it."}</span>
    </CameraView>
  );
}
