import { batch } from "@preact/signals";
import type { Store } from "../state/store";
import { PictureTaker } from "./picture";

const TYPES = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"];
const FRAMES_PER_SECOND = 30;
const BITS_PER_SECOND = 8_000_000;
/** The last step is held so long, for players that stop at once. */
const HOLD_SECONDS = 0.6;

const WAIT_MS = 200;
const MAX_WAITS = 300;

/** Whether this browser can record. MediaRecorder also works where the page is no secure context. */
export function canRecord(): boolean {
  return videoType() !== null && "captureStream" in HTMLCanvasElement.prototype;
}

/**
 * Plays all steps once, at the speed that is set, and records what is seen. Rejects with an AbortError where it
 * is cancelled. Playback stands where it stood, afterwards.
 */
export async function recordVideo(
  store: Store,
  signal: AbortSignal,
  onProgress: (fraction: number) => void,
): Promise<Blob> {
  const before = store.playhead.value;
  batch(() => {
    store.isPlaying.value = false;
    store.playhead.value = 0;
  });
  const taker = new PictureTaker(store);
  await taker.takeFresh();
  const recorder = new MediaRecorder(taker.canvas.captureStream(FRAMES_PER_SECOND), {
    mimeType: videoType() ?? "video/webm",
    videoBitsPerSecond: BITS_PER_SECOND,
  });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise<void>((resolve, reject) => {
    recorder.onstop = () => resolve();
    recorder.onerror = () => reject(new Error("The browser gave the recording up."));
  });
  try {
    recorder.start(1000);
    await playThrough(store, taker, signal, onProgress);
    await waitForData(recorder, taker, () => parts.some(({ size }) => size > 0));
    recorder.stop();
    await stopped;
  } finally {
    if (recorder.state !== "inactive") recorder.stop();
    for (const track of recorder.stream.getTracks()) track.stop();
    store.playhead.value = before;
  }
  return new Blob(parts, { type: "video/webm" });
}

function playThrough(
  store: Store,
  taker: PictureTaker,
  signal: AbortSignal,
  onProgress: (fraction: number) => void,
): Promise<void> {
  const last = Math.max(0, store.nFrames.value - 1);
  const seconds = last / store.speed.value;
  let start: number | null = null;
  return new Promise((resolve, reject) => {
    const tick = (now: number) => {
      if (signal.aborted) {
        reject(new DOMException("The recording was cancelled.", "AbortError"));
        return;
      }
      start ??= now;
      taker.take(`step ${store.nearestStep.value ?? ""}`);
      const elapsed = (now - start) / 1000;
      onProgress(Math.min(1, elapsed / (seconds + HOLD_SECONDS)));
      if (elapsed >= seconds + HOLD_SECONDS) {
        resolve();
        return;
      }
      // In this order: the stage then draws before the next tick, in the same frame.
      store.playhead.value = Math.min(last, elapsed * store.speed.value);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
}

/** On a busy machine encoders start late: a short animation would be over before they have seen any of it. */
async function waitForData(
  recorder: MediaRecorder,
  taker: PictureTaker,
  hasData: () => boolean,
): Promise<void> {
  for (let i = 0; i < MAX_WAITS && !hasData(); i++) {
    taker.take();
    recorder.requestData();
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  if (!hasData()) throw new Error("The browser recorded nothing.");
}

function videoType(): string | null {
  if (!("MediaRecorder" in window)) return null;
  return TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? null;
}
