import type { CategoricalColumn, Column } from "../api/types";
import { categoryColor, noValueColor, plainColor, type Rgb, type Theme } from "./palette";
import { rampColor } from "./ramp";

/** Null stands for "no value", which is a legend entry of its own. */
export type CategoryName = string | null;

/** A number per point from elsewhere than the metadata, with the ends of its color scale. */
export interface MeasureColumn {
  name: string;
  kind: "measure";
  values: ArrayLike<number | null>;
  /** Fixed over all steps, so that a color means the same at each. */
  range: readonly [number, number];
}

export type ColorColumn = Column | MeasureColumn;

export interface LegendEntry {
  category: CategoryName;
  color: Rgb;
  count: number;
}

export type Legend =
  | { kind: "categories"; entries: LegendEntry[] }
  | { kind: "range"; min: number; max: number; nMissing: number }
  | { kind: "none" };

export interface Coloring {
  /** Red, green, blue, alpha per point; the alpha of points that are not emphasized is lower. */
  colors: Uint8Array;
  isEmphasized: Uint8Array;
  legend: Legend;
}

const OPAQUE = 255;
/** The alpha of points in the background. */
export const FAINT = 40;

export function isColorColumn(column: { kind: string }): boolean {
  return column.kind === "categorical" || column.kind === "number" || column.kind === "date";
}

/** `emphasized` empty means that no category is singled out. */
export function colorPoints(
  nPoints: number,
  column: ColorColumn | null,
  theme: Theme,
  emphasized: ReadonlySet<CategoryName>,
): Coloring {
  if (column?.kind === "categorical") return colorByCategory(nPoints, column, theme, emphasized);
  if (column?.kind === "number" || column?.kind === "date")
    return colorByNumber(nPoints, column.values, null, theme);
  if (column?.kind === "measure") return colorByNumber(nPoints, column.values, column.range, theme);
  const coloring = blank(nPoints, { kind: "none" });
  const color = plainColor(theme);
  for (let i = 0; i < nPoints; i++) setColor(coloring, i, color, true);
  return coloring;
}

/** The category of each point, or null. */
export function categoryOf(column: CategoricalColumn, point: number): CategoryName {
  const code = column.codes[point];
  return code === null || code === undefined ? null : (column.categories[code] ?? null);
}

function colorByCategory(
  nPoints: number,
  column: CategoricalColumn,
  theme: Theme,
  emphasized: ReadonlySet<CategoryName>,
): Coloring {
  const entries = new Map<CategoryName, LegendEntry>();
  column.categories.forEach((category, i) => {
    entries.set(category, { category, color: categoryColor(i, theme), count: 0 });
  });
  entries.set(null, { category: null, color: noValueColor(theme), count: 0 });
  const coloring = blank(nPoints, { kind: "none" });
  for (let i = 0; i < nPoints; i++) {
    const entry = entries.get(categoryOf(column, i));
    if (!entry) continue;
    entry.count++;
    setColor(coloring, i, entry.color, emphasized.size === 0 || emphasized.has(entry.category));
  }
  const shown = [...entries.values()].filter((entry) => entry.category !== null || entry.count > 0);
  return { ...coloring, legend: { kind: "categories", entries: shown } };
}

function colorByNumber(
  nPoints: number,
  values: ArrayLike<number | null>,
  range: readonly [number, number] | null,
  theme: Theme,
): Coloring {
  const found = rangeOf(values, nPoints);
  const [min, max] = range ?? [found.min, found.max];
  const coloring = blank(nPoints, { kind: "range", min, max, nMissing: found.nMissing });
  const missing = noValueColor(theme);
  for (let i = 0; i < nPoints; i++) {
    const value = values[i];
    const fraction = max > min ? ((value ?? 0) - min) / (max - min) : 0.5;
    setColor(coloring, i, isNumber(value) ? rampColor(fraction, theme) : missing, true);
  }
  return coloring;
}

function rangeOf(values: ArrayLike<number | null>, nPoints: number) {
  let [min, max, nMissing] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let i = 0; i < nPoints; i++) {
    const value = values[i];
    if (!isNumber(value)) nMissing++;
    else {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  }
  return { min, max, nMissing };
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function blank(nPoints: number, legend: Legend): Coloring {
  return { colors: new Uint8Array(nPoints * 4), isEmphasized: new Uint8Array(nPoints), legend };
}

function setColor(coloring: Coloring, point: number, [r, g, b]: Rgb, isEmphasized: boolean): void {
  coloring.colors.set([r, g, b, isEmphasized ? OPAQUE : FAINT], 4 * point);
  coloring.isEmphasized[point] = isEmphasized ? 1 : 0;
}
