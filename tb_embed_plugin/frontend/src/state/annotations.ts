import type { CategoricalColumn, Column } from "../api/types";
import { categoryColor, type Theme } from "../color/palette";
import type { ClassNames } from "../stage/class_names";
import type { PointLabels } from "../stage/point_labels";

/** More names than this would cover the points. */
const MAX_NAMES = 64;
const LABEL_COLUMN = "label";

/** The column whose categories are named on the stage: the one colored by, the labels, or the first with classes. */
export function namesColumn(
  columns: readonly Column[],
  chosen: string | null | undefined,
): CategoricalColumn | null {
  const candidates = columns.filter(
    (column): column is CategoricalColumn =>
      column.kind === "categorical" && column.categories.length <= MAX_NAMES,
  );
  return (
    candidates.find(({ name }) => name === chosen) ??
    candidates.find(({ name }) => name === LABEL_COLUMN) ??
    candidates[0] ??
    null
  );
}

/** Hidden points do not count: a name stands at what is seen of its class. */
export function nameClasses(
  column: CategoricalColumn,
  nPoints: number,
  hidden: Uint8Array | null,
  theme: Theme,
): ClassNames {
  const groups = new Int16Array(nPoints).fill(-1);
  for (let i = 0; i < nPoints; i++) if (!hidden?.[i]) groups[i] = column.codes[i] ?? -1;
  const colors = column.categories.map((_, i) => categoryColor(i, theme));
  return { groups, texts: column.categories.map((name) => name || "no value"), colors };
}

export function labelPoints(column: Column, priority: Uint32Array): PointLabels {
  return { textOf: (point) => textOf(column, point), priority };
}

function textOf(column: Column, point: number): string | null {
  if (column.kind === "categorical") return column.categories[column.codes[point] ?? -1] ?? null;
  const value = column.values[point];
  if (value === null || value === undefined) return null;
  if (column.kind === "date") return new Date(value).toJSON()?.slice(0, 10) ?? null;
  return typeof value === "number" ? String(Number(value.toPrecision(4))) : value;
}
