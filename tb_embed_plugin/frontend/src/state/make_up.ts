import type { CategoricalColumn } from "../api/types";

/** How many of some points are of each class, at one or more steps. */
export interface MakeUp {
  classes: string[];
  /** Per step, per class: how many points. */
  counts: number[][];
}

/** The classes that a network predicts for `points` at each step; points without a prediction are left out. */
export function predictedMakeUp(
  rows: readonly Float32Array[],
  points: Uint32Array,
  nameClass: (index: number) => string,
): MakeUp {
  const found = new Set<number>();
  for (const row of rows) {
    for (const point of points) {
      const predicted = row[point] ?? Number.NaN;
      if (!Number.isNaN(predicted)) found.add(predicted);
    }
  }
  const indices = [...found].sort((a, b) => a - b);
  const place = new Map(indices.map((index, i) => [index, i]));
  const counts = rows.map((row) => {
    const count = indices.map(() => 0);
    for (const point of points) {
      const i = place.get(row[point] ?? Number.NaN);
      if (i !== undefined) count[i] = (count[i] ?? 0) + 1;
    }
    return count;
  });
  return { classes: indices.map(nameClass), counts };
}

/** The classes that `points` have in a column: the same at every step. */
export function columnMakeUp(column: CategoricalColumn, points: Uint32Array): MakeUp {
  const count = column.categories.map(() => 0);
  for (const point of points) {
    const code = column.codes[point];
    if (code !== null && code !== undefined && code in count) count[code] = (count[code] ?? 0) + 1;
  }
  const present = count.flatMap((n, code) => (n > 0 ? [code] : []));
  return {
    classes: present.map((code) => column.categories[code] ?? ""),
    counts: [present.map((code) => count[code] ?? 0)],
  };
}

/**
 * Outlines of stacked areas, one per class, in a unit square whose y runs downwards; `places` are the steps'
 * places on the axis. Where nothing is counted the stack has no height.
 */
export function stackAreas({ classes, counts }: MakeUp, places: readonly number[]): [number, number][][] {
  const totals = counts.map((count) =>
    Math.max(
      1,
      count.reduce((sum, n) => sum + n, 0),
    ),
  );
  const below = counts.map(() => 0);
  return classes.map((_, i) => {
    const lower = below.map((share, step): [number, number] => [places[step] ?? 0, 1 - share]);
    counts.forEach((count, step) => {
      below[step] = (below[step] ?? 0) + (count[i] ?? 0) / (totals[step] ?? 1);
    });
    const upper = below.map((share, step): [number, number] => [places[step] ?? 0, 1 - share]);
    return [...lower, ...upper.reverse()];
  });
}
