import type { MeasureReply } from "../api/measures";
import { type CategoricalColumn, type Column, isReadable, type LayoutInfo, type Series } from "../api/types";
import type { ColorColumn } from "../color/coloring";
import type { Look } from "./stage_options";

/** What is made of the predictions here: when each point last changed its predicted class. */
export const LAST_SWITCH = "last_switch";

/** What a transition's own motion is held against. */
export const ACTIVATION_MEASURES = ["activation_movement", "neighborhood_change"];
export const FALSE_NEIGHBORS = "false_neighbors";
/** A share of more than this is most of it. */
export const MOSTLY = 0.5;

/** Values of some measures run far out: the color scale ends where all but these few are. */
const SCALE_QUANTILE = 0.99;
/** Ranks of more values than this are not sought for the end of a scale: every n-th stands for all. */
const MAX_SAMPLE = 100_000;

/** Measures of each point that can be colored by, of the layout and of its series. */
export function measureNames(series: Series | null, layout: LayoutInfo | null): string[] {
  const ofSeries = series && isReadable(series) ? (series.measures ?? []) : [];
  const names = [...(layout?.measures ?? []), ...ofSeries];
  return names.includes("prediction") ? [...names, LAST_SWITCH] : names;
}

/** What has to be fetched for the color and the look, of what there is. */
export function wantedMeasures(names: readonly string[], colorMeasure: string | null, look: Look): string[] {
  const wanted = new Set<string>();
  if (colorMeasure) wanted.add(sourceOf(colorMeasure));
  if (look.splitsMotion) for (const name of ACTIVATION_MEASURES) wanted.add(name);
  if (look.showsHalos) wanted.add(FALSE_NEIGHBORS);
  return [...wanted].filter((name) => names.includes(name));
}

/** The values at a step of those measures that were fetched. */
export function rowsAt(
  measures: ReadonlyMap<string, MeasureReply>,
  names: readonly string[],
  step: number,
): Float32Array[] {
  return names.flatMap((name) => {
    const reply = measures.get(name);
    return reply?.rows[reply.steps.indexOf(step)] ?? [];
  });
}

/** The measure that has to be fetched for another. */
export function sourceOf(measure: string): string {
  return measure === LAST_SWITCH ? "prediction" : measure;
}

/** What a measure says at a step, as a column to color by; null where the step is not among those fetched. */
export function measureColumn(
  name: string,
  reply: MeasureReply,
  step: number,
  classNames: readonly string[] | null,
  columns: readonly Column[],
): ColorColumn | null {
  const row = reply.steps.indexOf(step);
  const values = reply.rows[row];
  if (!values) return null;
  if (name === "prediction") return predictionColumn(values, classNames, columns);
  if (name === "correct") {
    return categorical(name, ["correct", "wrong"], (point) => (values[point] === 1 ? 0 : 1), values);
  }
  if (name === LAST_SWITCH) {
    const range = [reply.steps[0] ?? 0, reply.steps.at(-1) ?? 0] as const;
    return { name: "last switch (step)", kind: "measure", values: lastSwitches(reply, row), range };
  }
  return { name: titleOf(name), kind: "measure", values, range: scaleOf(name, reply.rows) };
}

export function titleOf(measure: string): string {
  return measure.replaceAll("_", " ");
}

/** Per point: the step, up to a row, at which its predicted class last became another; nan where it never did. */
export function lastSwitches({ steps, rows }: MeasureReply, row: number): Float32Array {
  const switches = new Float32Array(rows[0]?.length ?? 0).fill(Number.NaN);
  for (let k = 1; k <= row; k++) {
    const [before, after] = [rows[k - 1], rows[k]];
    if (!before || !after) continue;
    for (let i = 0; i < switches.length; i++) {
      if (before[i] !== after[i] && !Number.isNaN(before[i]) && !Number.isNaN(after[i])) {
        switches[i] = steps[k] ?? Number.NaN;
      }
    }
  }
  return switches;
}

/** Shares run from 0 to 1; others from 0, or their least, to what nearly all stay below, over all steps. */
export function scaleOf(name: string, rows: readonly Float32Array[]): readonly [number, number] {
  if (SHARES.has(name)) return [0, 1];
  const total = rows.reduce((n, row) => n + row.length, 0);
  const stride = Math.max(1, Math.ceil(total / MAX_SAMPLE));
  const sample: number[] = [];
  for (const row of rows) {
    for (let i = 0; i < row.length; i += stride) {
      const value = row[i] ?? Number.NaN;
      if (Number.isFinite(value)) sample.push(value);
    }
  }
  sample.sort((a, b) => a - b);
  const most = sample[Math.floor(SCALE_QUANTILE * (sample.length - 1))] ?? 0;
  return [Math.min(0, sample[0] ?? 0), most];
}

const SHARES = new Set([
  "neighborhood_preservation",
  "false_neighbors",
  "neighborhood_change",
  "label_agreement",
  "confidence",
]);

/** Where all class names are categories of a column, predictions take that column's order, and so its colors. */
function predictionColumn(
  values: Float32Array,
  classNames: readonly string[] | null,
  columns: readonly Column[],
): CategoricalColumn {
  const most = values.reduce((max, value) => (value > max ? value : max), -1);
  const names = Array.from({ length: most + 1 }, (_, i) => classNames?.[i] ?? String(i));
  const like = columns.find(
    (column): column is CategoricalColumn =>
      column.kind === "categorical" && names.every((name) => column.categories.includes(name)),
  );
  const categories = like?.categories ?? names;
  const codes = names.map((name) => categories.indexOf(name));
  return categorical("prediction", categories, (point) => codes[values[point] ?? -1] ?? null, values);
}

function categorical(
  name: string,
  categories: string[],
  codeOf: (point: number) => number | null,
  values: Float32Array,
): CategoricalColumn {
  const codes = Array.from(values, (value, point) => (Number.isNaN(value) ? null : codeOf(point)));
  return { name, kind: "categorical", categories, codes };
}
