import { downloadBlob, toFileName } from "../host/download";
import { writeCsv } from "../state/csv";
import type { Store } from "../state/store";
import { takePng } from "./picture";
import { recordVideo } from "./video";

/** The metadata of the selection. */
export function downloadCsv(store: Store): void {
  const csv = writeCsv(store.selected.value, store.metadata.value?.columns ?? []);
  downloadBlob(new Blob([csv], { type: "text/csv" }), fileName(store, "selection", "csv"));
}

/** The picture as it is seen. */
export async function downloadPng(store: Store): Promise<void> {
  const png = await takePng(store);
  downloadBlob(png, fileName(store, `step${store.nearestStep.value ?? 0}`, "png"));
}

/** All steps, played once. */
export async function downloadVideo(
  store: Store,
  signal: AbortSignal,
  onProgress: (fraction: number) => void,
): Promise<void> {
  const video = await recordVideo(store, signal, onProgress);
  downloadBlob(video, fileName(store, "evolution", "webm"));
}

function fileName(store: Store, what: string, extension: string): string {
  const { run, tag } = store.selection.value ?? { run: "run", tag: "tag" };
  return `${toFileName(run, tag, what)}.${extension}`;
}
