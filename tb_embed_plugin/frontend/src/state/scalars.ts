import { effect } from "@preact/signals";
import type { Client } from "../api/client";
import { scalarCurves } from "./curves";
import type { Store } from "./store";

/** A TensorBoard that has just started has not read its event files yet: it is asked again. */
const RETRY_MS = [2000, 5000, 15_000];

/** Fetches the scalars of the run that is shown, and again whenever TensorBoard has reloaded. */
export function followScalars(store: Store, client: Client): () => void {
  let task = new AbortController();
  const stop = effect(() => {
    const series = store.selectedSeries.value;
    task.abort();
    task = new AbortController();
    if (series) void load(store, client, series, task.signal);
  });
  return () => {
    stop();
    task.abort();
  };
}

async function load(
  store: Store,
  client: Client,
  { run, tag }: { run: string; tag: string },
  signal: AbortSignal,
): Promise<void> {
  for (const delay of [0, ...RETRY_MS]) {
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    if (signal.aborted) return;
    try {
      const reply = await client.getScalars(run, signal);
      if (signal.aborted) return;
      store.scalarCurves.value = scalarCurves(reply, { run, tag });
      if (reply.scalars.length > 0) return;
    } catch {
      // The picture is good without them; the next reload asks again.
      if (!signal.aborted) store.scalarCurves.value = [];
      return;
    }
  }
}
