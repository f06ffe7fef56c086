import { noValueColor, type Rgb, type Theme } from "../color/palette";
import { rampColor } from "../color/ramp";
import type { Fingerprints } from "./replies";

/** Pure: in what order units stand, and what the heat map looks like. */

export type UnitOrder = "unit" | "selectivity" | "class";

const HIGHEST = 254;

/** Rows from the top, as indices into the units shown. */
export function orderUnits({ selectivity, preferred, nUnits }: Fingerprints, order: UnitOrder): number[] {
  const rows = Array.from({ length: nUnits }, (_, i) => i);
  const bySelectivity = (a: number, b: number) => (selectivity[b] ?? 0) - (selectivity[a] ?? 0) || a - b;
  if (order === "selectivity") return rows.sort(bySelectivity);
  if (order === "class") {
    // Units without a class come last.
    const rank = (row: number) => {
      const category = preferred[row] ?? -1;
      return category < 0 ? Number.MAX_SAFE_INTEGER : category;
    };
    return rows.sort((a, b) => rank(a) - rank(b) || bySelectivity(a, b));
  }
  return rows;
}

/** One pixel per unit and point, RGBA. */
export function paint(
  map: Fingerprints,
  rows: readonly number[],
  theme: Theme,
): Uint8ClampedArray<ArrayBuffer> {
  const colors = colorTable(theme);
  const pixels = new Uint8ClampedArray(rows.length * map.nPoints * 4);
  rows.forEach((row, y) => {
    for (let x = 0; x < map.nPoints; x++) {
      const [red, green, blue] = colors[map.values[row * map.nPoints + x] ?? 255] ?? [0, 0, 0];
      const at = (y * map.nPoints + x) * 4;
      pixels[at] = red;
      pixels[at + 1] = green;
      pixels[at + 2] = blue;
      pixels[at + 3] = 255;
    }
  });
  return pixels;
}

function colorTable(theme: Theme): Rgb[] {
  const colors = Array.from({ length: HIGHEST + 1 }, (_, value) => rampColor(value / HIGHEST, theme));
  return [...colors, noValueColor(theme)];
}

/** The activation in a cell; null where it is no number. */
export function valueAt({ values, nPoints, least, greatest }: Fingerprints, row: number, point: number) {
  const value = values[row * nPoints + point] ?? 255;
  return value > HIGHEST ? null : least + (value / HIGHEST) * (greatest - least);
}

export interface Band {
  category: number;
  /** First point, and the one after the last. */
  start: number;
  end: number;
}

/** Where each class stands along the points. */
export function classBands(classes: Int32Array): Band[] {
  const bands: Band[] = [];
  classes.forEach((category, i) => {
    const last = bands.at(-1);
    if (last?.category === category) last.end = i + 1;
    else bands.push({ category, start: i, end: i + 1 });
  });
  return bands;
}

export function meanSelectivity({ selectivity }: Fingerprints): number {
  return selectivity.reduce((sum, value) => sum + value, 0) / Math.max(1, selectivity.length);
}

/** The step of `steps` that is shown at `step`: the last that is not after it, or else the first. */
export function stepShownAt(steps: readonly number[], step: number): number | null {
  return steps.filter((candidate) => candidate <= step).at(-1) ?? steps[0] ?? null;
}
