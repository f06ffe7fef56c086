import type { Column } from "../api/types";

/** What the user asks of the metadata. Points match where every condition holds. */
export interface Filter {
  text: string;
  isRegularExpression: boolean;
  /** By column: lowest and highest number (of dates milliseconds) that matches, ends included; null is no limit. */
  ranges: Readonly<Record<string, readonly [number | null, number | null]>>;
  /** By column: categories that do not match. */
  excluded: Readonly<Record<string, readonly string[]>>;
  /** What becomes of matches: the others vanish, they vanish themselves, or nothing does. */
  mode: FilterMode;
}

export type FilterMode = "isolate" | "hide" | "show";

export const NO_FILTER: Filter = {
  text: "",
  isRegularExpression: false,
  ranges: {},
  excluded: {},
  mode: "isolate",
};

/** Points hidden, or all others hidden, whatever the filter says. */
export interface Cut {
  mode: "isolate" | "hide";
  points: Uint32Array;
}

export function isFiltering(filter: Filter): boolean {
  return (
    filter.text !== "" ||
    Object.values(filter.ranges).some(([low, high]) => low !== null || high !== null) ||
    Object.values(filter.excluded).some((categories) => categories.length > 0)
  );
}

/** The pattern that the text stands for, or what is wrong with it. */
export function parsePattern(filter: Filter): { pattern: RegExp | null; error: string | null } {
  if (filter.text === "") return { pattern: null, error: null };
  const source = filter.isRegularExpression ? filter.text : escapeText(filter.text);
  try {
    return { pattern: new RegExp(source, "iu"), error: null };
  } catch (error) {
    return { pattern: null, error: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Returns 1 per point that matches. A condition on a column that is not there is no condition: the filter
 * may come from another run.
 */
export function matchPoints(filter: Filter, columns: readonly Column[], nPoints: number): Uint8Array {
  const matches = new Uint8Array(nPoints).fill(1);
  const { pattern, error } = parsePattern(filter);
  // Half a regular expression, while it is being typed, asks nothing yet.
  if (pattern && !error) keepWhere(matches, textTest(pattern, columns));
  for (const column of columns) {
    const range = filter.ranges[column.name];
    if (range && (column.kind === "number" || column.kind === "date"))
      keepWhere(matches, rangeTest(column.values, range));
    const excluded = filter.excluded[column.name];
    if (excluded && column.kind === "categorical") {
      const codes = new Set(excluded.map((category) => column.categories.indexOf(category)));
      keepWhere(matches, (point) => !codes.has(column.codes[point] ?? -1));
    }
  }
  return matches;
}

/** Returns 1 per point that is not shown; null where all are. */
export function hiddenPoints(
  filter: Filter,
  matches: Uint8Array,
  cut: Cut | null,
): Uint8Array<ArrayBuffer> | null {
  const hidden = new Uint8Array(matches.length);
  if (isFiltering(filter) && filter.mode !== "show") {
    const hiddenValue = filter.mode === "hide" ? 1 : 0;
    for (let i = 0; i < hidden.length; i++) hidden[i] = matches[i] === hiddenValue ? 1 : 0;
  }
  if (cut?.mode === "hide") for (const point of cut.points) hidden[point] = 1;
  if (cut?.mode === "isolate") {
    const kept = new Set(cut.points);
    for (let i = 0; i < hidden.length; i++) if (!kept.has(i)) hidden[i] = 1;
  }
  return hidden.includes(1) ? hidden : null;
}

export function pointsOf(mask: Uint8Array): Uint32Array {
  const points: number[] = [];
  for (let i = 0; i < mask.length; i++) if (mask[i]) points.push(i);
  return Uint32Array.from(points);
}

function keepWhere(matches: Uint8Array, test: (point: number) => boolean): void {
  for (let i = 0; i < matches.length; i++) if (matches[i] && !test(i)) matches[i] = 0;
}

/** Text matches where it stands in any column; numbers are sought as they are written. */
function textTest(pattern: RegExp, columns: readonly Column[]): (point: number) => boolean {
  const tests = columns.map((column): ((point: number) => boolean) => {
    if (column.kind === "categorical") {
      const matching = new Set(column.categories.flatMap((name, code) => (pattern.test(name) ? [code] : [])));
      return (point) => matching.has(column.codes[point] ?? -1);
    }
    return (point) => {
      const value = column.values[point];
      if (value === null || value === undefined) return false;
      // toJSON is null for what is no date.
      const text = column.kind === "date" ? (new Date(value).toJSON() ?? "") : String(value);
      return pattern.test(text);
    };
  });
  return (point) => tests.some((test) => test(point));
}

function rangeTest(
  values: readonly (number | null)[],
  [low, high]: readonly [number | null, number | null],
): (point: number) => boolean {
  return (point) => {
    const value = values[point];
    if (low === null && high === null) return true;
    return typeof value === "number" && (low === null || value >= low) && (high === null || value <= high);
  };
}

function escapeText(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
