import { effect } from "@preact/signals";
import type { Client } from "../api/client";
import { scalarCurves } from "./curves";
import type { Store } from "./store";

/** Fetches the scalars of the run that is shown, and again whenever TensorBoard has reloaded. */
export function followScalars(store: Store, client: Client): () => void {
  let task = new AbortController();
  const stop = effect(() => {
    const series = store.selectedSeries.value;
    task.abort();
    if (!series) return;
    task = new AbortController();
    const { signal } = task;
    const { run, tag } = series;
    client.getScalars(run, signal).then(
      (reply) => {
        if (!signal.aborted) store.scalarCurves.value = scalarCurves(reply, { run, tag });
      },
      () => {
        // The picture is good without them; the next reload asks again.
        if (!signal.aborted) store.scalarCurves.value = [];
      },
    );
  });
  return () => {
    stop();
    task.abort();
  };
}
