import type { Column } from "../api/types";
import { categoryOf } from "../color/coloring";

/** Short, and the same number of digits for numbers of one kind. */
export function formatNumber(value: number): string {
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  if (magnitude >= 1e6 || magnitude < 1e-3) return value.toExponential(2);
  return Number(value.toPrecision(4)).toLocaleString("en-US", { maximumFractionDigits: 6 });
}

export function formatCount(n: number, noun: string, plural = `${noun}s`): string {
  return `${n.toLocaleString("en-US")} ${n === 1 ? noun : plural}`;
}

/** Milliseconds since 1970 as a date, with the time where it is not midnight; in UTC, as it was captured. */
export function formatDate(milliseconds: number): string {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return "–";
  return date
    .toISOString()
    .replace("T00:00:00.000Z", "")
    .replace("T", " ")
    .replace(/(\.000)?Z$/, "");
}

/** A quality in 0…1, or a dash where there is none. */
export function formatQuality(value: number | null | undefined): string {
  return typeof value === "number" && Number.isFinite(value) ? value.toFixed(3) : "–";
}

/** For a shell: quoted where it has to be. */
export function quoteArgument(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What a point has in a column. */
export function describeValue(column: Column, point: number): string {
  if (column.kind === "categorical") return categoryOf(column, point) ?? "–";
  const value = column.values[point];
  if (value === null || value === undefined) return "–";
  if (typeof value === "string") return value;
  return column.kind === "date" ? formatDate(value) : formatNumber(value);
}
