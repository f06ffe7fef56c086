import type { Client } from "../api/client";
import { type CategoricalColumn, isReadable, type ReadableSeries } from "../api/types";
import type { FrameSet } from "../state/frame_set";
import type { Store } from "../state/store";
import { EVIDENCE_MEASURES, type Evidence, type Labels, makeLabels } from "./evidence";

const LABEL = "label";

/** What the store shows, once all of it is there: what findings can be made of. Reads signals: meant for an effect. */
export interface Shown {
  series: ReadableSeries;
  frames: FrameSet;
  layout: string;
  measures: readonly string[];
  labelColumn: CategoricalColumn | null;
}

export function readShown(store: Store): Shown | null {
  const [series, layout, frames] = [
    store.selectedSeries.value,
    store.selectedLayout.value,
    store.frames.value,
  ];
  if (!series || !isReadable(series) || !layout || !frames || !store.isMetadataSettled.value) return null;
  if (frames.nLoaded < frames.steps.length) return null;
  const measures = [...(layout.measures ?? []), ...(series.measures ?? [])];
  return { series, frames, layout: layout.name, measures, labelColumn: labelColumnOf(store) };
}

/** The classes: the column that the probe set's labels became, else the first that has categories. */
export function labelColumnOf(store: Store): CategoricalColumn | null {
  const columns = store.metadata.value?.columns ?? [];
  const candidates = columns.filter((column) => column.kind === "categorical");
  return candidates.find(({ name }) => name === LABEL) ?? candidates[0] ?? null;
}

/** Fetches the measures that there are, and puts all evidence together. */
export async function gatherEvidence(client: Client, shown: Shown, signal: AbortSignal): Promise<Evidence> {
  const { series, frames, layout, measures, labelColumn } = shown;
  const key = { run: series.run, tag: series.tag, layout };
  const names = EVIDENCE_MEASURES.filter((name) => measures.includes(name));
  const replies = await Promise.all(
    names.map((name) => client.getMeasure(key, name, [...frames.steps], signal)),
  );
  const byName = Object.fromEntries(names.map((name, i) => [name, replies[i]?.rows ?? []]));
  return {
    steps: frames.steps,
    nPoints: frames.nPoints,
    measures: byName,
    labels: labelColumn && labelsOf(labelColumn, series.class_names ?? null, byName.prediction ?? []),
    positions: frames.frames.map((frame) => frame?.positions ?? null),
    nDims: frames.grid.offset.length,
  };
}

function labelsOf(
  column: CategoricalColumn,
  classNames: readonly string[] | null,
  predictions: readonly Float32Array[],
): Labels {
  let greatest = column.categories.length - 1;
  for (const row of predictions) for (const value of row) if (value > greatest) greatest = value;
  return makeLabels(column.categories, column.codes, classNames, greatest + 1);
}
