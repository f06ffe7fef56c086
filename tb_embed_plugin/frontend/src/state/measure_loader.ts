import { effect } from "@preact/signals";
import type { Client } from "../api/client";
import type { Store } from "./store";

/** Fetches the measures of points that something shown depends on; returns the function that ends it. */
export function followMeasures(store: Store, client: Client): () => void {
  let aborter = new AbortController();
  let source = "";
  const asked = new Set<string>();
  const stop = effect(() => {
    const selection = store.selection.value;
    const layout = store.selectedLayout.value;
    const wanted = store.wantedMeasures.value;
    // Read for its change alone: a retry.
    store.measureAttempt.value;
    const next = JSON.stringify([
      selection?.run,
      selection?.tag,
      layout?.name,
      layout?.version,
      layout?.steps,
    ]);
    if (next !== source) {
      source = next;
      aborter.abort();
      aborter = new AbortController();
      asked.clear();
      store.measures.value = new Map();
    }
    if (!selection || !layout) return;
    const { signal } = aborter;
    for (const measure of wanted) {
      if (asked.has(measure)) continue;
      asked.add(measure);
      client.getMeasure({ ...selection, layout: layout.name }, measure, null, signal).then(
        (reply) => {
          if (!signal.aborted) store.measures.value = new Map(store.measures.value).set(measure, reply);
        },
        (error: unknown) => {
          if (signal.aborted) return;
          asked.delete(measure);
          store.failure.value = {
            message: error instanceof Error ? error.message : String(error),
            retry: () => {
              store.failure.value = null;
              store.measureAttempt.value++;
            },
          };
        },
      );
    }
  });
  return () => {
    stop();
    aborter.abort();
  };
}
