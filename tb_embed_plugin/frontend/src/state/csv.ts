import type { Column } from "../api/types";
import { categoryOf } from "../color/coloring";

/** Cells that spreadsheets take for formulas (OWASP "CSV injection"). */
const FORMULA = /^[\s]*[=+\-@\t\r]/;

/** Metadata of some points as comma-separated text (RFC 4180), a line per point. */
export function writeCsv(points: Uint32Array, columns: readonly Column[]): string {
  const lines = [["point", ...columns.map(({ name }) => name)].map(textCell)];
  for (const point of points) lines.push([String(point), ...columns.map((column) => cell(column, point))]);
  return lines.map((line) => `${line.join(",")}\r\n`).join("");
}

function cell(column: Column, point: number): string {
  if (column.kind === "categorical") return textCell(categoryOf(column, point) ?? "");
  const value = column.values[point];
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return textCell(value);
  return column.kind === "date" ? (new Date(value).toJSON() ?? "") : String(value);
}

/** Quoted where it must be; text that would run as a formula gets an apostrophe, which spreadsheets hide. */
function textCell(text: string): string {
  const safe = FORMULA.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
