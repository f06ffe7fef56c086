import { batch } from "@preact/signals";
import type { CategoryName } from "../color/coloring";
import { advance, nextStep, previousStep, startOf } from "../playback/clock";
import { lastReadyFrom } from "./frame_set";
import type { Look } from "./stage_options";
import type { Store } from "./store";

/** What the user does to playback and coloring. */

export function togglePlay(store: Store): void {
  if (store.isPlaying.value) store.isPlaying.value = false;
  else if (store.nFrames.value > 1) {
    batch(() => {
      store.playhead.value = startOf(store.playhead.value, store.nFrames.value);
      store.isPlaying.value = true;
    });
  }
}

/** Jumps to a position and stays there. */
export function goTo(store: Store, position: number): void {
  batch(() => {
    store.isPlaying.value = false;
    store.playhead.value = position;
  });
}

export function goToNext(store: Store): void {
  goTo(store, nextStep(store.position.value, store.nFrames.value));
}

export function goToPrevious(store: Store): void {
  goTo(store, previousStep(store.position.value));
}

export function goToFirst(store: Store): void {
  goTo(store, 0);
}

export function goToLast(store: Store): void {
  goTo(store, Math.max(0, store.nFrames.value - 1));
}

export function toggleCurve(store: Store, id: string): void {
  const shown = new Set(store.shownCurves.value.map((curve) => curve.id));
  if (!shown.delete(id)) shown.add(id);
  store.curveChoice.value = shown;
}

/** Moves playback on by wall-clock time; a thumb held by the user is not pulled away. */
export function advancePlayback(store: Store, elapsedSeconds: number): void {
  const set = store.frames.value;
  if (!set || store.isScrubbing.value) return;
  const reading = advance(store.playhead.value, elapsedSeconds, {
    speed: store.speed.value,
    isLooping: store.isLooping.value,
    nFrames: set.steps.length,
    lastReady: lastReadyFrom(set.frames, store.position.value),
  });
  batch(() => {
    store.playhead.value = reading.playhead;
    store.isPlaying.value = reading.isPlaying;
  });
}

export function chooseColor(store: Store, column: string | null): void {
  batch(() => {
    store.colorMeasure.value = null;
    store.colorChoice.value = column;
    store.emphasized.value = new Set();
  });
}

/** Colors by a measure of each point at the playhead's step. */
export function chooseMeasure(store: Store, measure: string): void {
  batch(() => {
    store.colorMeasure.value = measure;
    store.emphasized.value = new Set();
  });
}

/** Changes some of how the stage shows points. */
export function setLook(store: Store, change: Partial<Look>): void {
  store.look.value = { ...store.look.value, ...change };
}

export function toggleEmphasis(store: Store, category: CategoryName): void {
  const emphasized = new Set(store.emphasized.value);
  if (!emphasized.delete(category)) emphasized.add(category);
  store.emphasized.value = emphasized;
}
