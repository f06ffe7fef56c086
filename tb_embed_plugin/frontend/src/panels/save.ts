import { downloadBlob, toFileName } from "../host/download";
import { writeCsv } from "../state/csv";
import type { Store } from "../state/store";

/** The metadata of the selection. */
export function downloadCsv(store: Store): void {
  const csv = writeCsv(store.selected.value, store.metadata.value?.columns ?? []);
  downloadBlob(new Blob([csv], { type: "text/csv" }), fileName(store, "csv"));
}

function fileName(store: Store, extension: string): string {
  const { run, tag } = store.selection.value ?? { run: "run", tag: "tag" };
  return `${toFileName(run, tag, `step${store.nearestStep.value ?? 0}`)}.${extension}`;
}
