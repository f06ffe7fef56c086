import { effect } from "@preact/signals";
import type { Client } from "../api/client";
import { isReadable, type NeighborsReply } from "../api/types";
import type { Store } from "./store";

export const N_NEIGHBORS = 10;
const PREDICTION = "prediction";

/** Fetches what the panels tell of the selection: neighbors of a single point, predictions of any. */
export function followSelection(store: Store, client: Client): () => void {
  const stops = [
    followNeighbors(store, client, () => store.nearestStep.value, store.neighbors),
    followNeighbors(store, client, () => store.comparedStep.value, store.comparedNeighbors),
    followPredictions(store, client),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function followNeighbors(
  store: Store,
  client: Client,
  readStep: () => number | null,
  target: { value: NeighborsReply | null },
): () => void {
  return followTask((signal) => {
    const point = store.focus.value;
    const step = readStep();
    const selection = store.selection.value;
    const series = store.selectedSeries.value;
    // The step to compare with may be one of the series before.
    const isKnown = series !== null && isReadable(series) && step !== null && series.steps.includes(step);
    if (point === null || step === null || !selection || !isKnown) {
      target.value = null;
      return;
    }
    // Playing passes through steps faster than anyone can read.
    if (store.isPlaying.value) return;
    store.neighborsError.value = null;
    client.getNeighbors(selection, { step, point, count: N_NEIGHBORS }, signal).then(
      (reply) => {
        if (!signal.aborted) target.value = reply;
      },
      (error: unknown) => {
        if (signal.aborted) return;
        target.value = null;
        store.neighborsError.value = error instanceof Error ? error.message : String(error);
      },
    );
  });
}

function followPredictions(store: Store, client: Client): () => void {
  return followTask((signal) => {
    const series = store.selectedSeries.value;
    const selection = store.selection.value;
    const isWanted = store.selected.value.length > 0 && store.frames.value !== null;
    if (!series || !isReadable(series) || !selection || !isWanted) return;
    if (!series.measures?.includes(PREDICTION)) {
      store.predictions.value = null;
      return;
    }
    const key = JSON.stringify([series.run, series.tag, selection.layout, series.steps]);
    if (store.predictions.peek()?.key === key) return;
    client.getMeasure(selection, PREDICTION, null, signal).then(
      (reply) => {
        if (!signal.aborted) store.predictions.value = { ...reply, key };
      },
      () => {
        if (!signal.aborted) store.predictions.value = null;
      },
    );
  });
}

/** An effect that can fetch: each run aborts what the one before it started. */
function followTask(run: (signal: AbortSignal) => void): () => void {
  let task = new AbortController();
  const stop = effect(() => {
    task.abort();
    task = new AbortController();
    run(task.signal);
  });
  return () => {
    stop();
    task.abort();
  };
}
