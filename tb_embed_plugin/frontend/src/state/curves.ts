import type { QualityReply } from "../api/types";
import { firstAtLeast } from "../playback/axis";

/** One number over training steps, as the charts draw it. */
export interface Curve {
  /** Unique, and the same at the next visit. */
  id: string;
  label: string;
  /** Curves of one plot share a scale. */
  plot: string;
  /** Ascending. */
  steps: readonly number[];
  values: readonly (number | null)[];
}

/** What a measure of the layout means, in a sentence; also which of them are shares, and share a plot. */
const FRACTIONS = "fractions";
const SHARES = new Set([
  "neighborhood_preservation",
  "trustworthiness",
  "continuity",
  "temporal_coherence",
  "label_agreement",
]);
const SHOWN_AT_FIRST = ["neighborhood_preservation", "trustworthiness", "temporal_coherence", "movement"];
/** Charts of the run's own numbers that are worth their room unasked. */
const SCALARS_SHOWN_AT_FIRST = /(^|\/|_)(loss|accuracy|acc)$/i;
const MAX_SCALARS_AT_FIRST = 2;

export function qualityCurves(quality: QualityReply | null): Curve[] {
  if (!quality) return [];
  return Object.entries(quality.quality).map(([name, values]) => ({
    id: name,
    label: name.replaceAll("_", " "),
    plot: SHARES.has(name) ? FRACTIONS : name,
    steps: quality.steps,
    values,
  }));
}

/** What is shown until the user chooses: the layout's main measures, and the run's loss and accuracy. */
export function shownAtFirst(curves: readonly Curve[]): Set<string> {
  const measures = curves.filter(({ id }) => SHOWN_AT_FIRST.includes(id));
  const scalars = curves.filter(({ id }) => id.startsWith("scalar:") && SCALARS_SHOWN_AT_FIRST.test(id));
  return new Set([...measures, ...scalars.slice(0, MAX_SCALARS_AT_FIRST)].map(({ id }) => id));
}

export interface Plot {
  name: string;
  curves: Curve[];
}

/** Curves by plot, in the order in which plots first appear. */
export function groupByPlot(curves: readonly Curve[]): Plot[] {
  const plots = new Map<string, Curve[]>();
  for (const curve of curves) {
    const known = plots.get(curve.plot);
    if (known) known.push(curve);
    else plots.set(curve.plot, [curve]);
  }
  return [...plots].map(([name, members]) => ({ name, curves: members }));
}

/** The value at the curve's step nearest to `step`; null where it has none there. */
export function valueNear(curve: Curve, step: number): number | null {
  const next = firstAtLeast(curve.steps, step);
  const [before, after] = [curve.steps[next - 1], curve.steps[next]];
  const isBefore = after === undefined || (before !== undefined && step - before < after - step);
  return curve.values[isBefore ? next - 1 : next] ?? null;
}

/**
 * Limits of a plot's vertical scale with a little air; shares never leave 0…1.
 *
 * Nothing but nulls gives 0…1.
 */
export function verticalRange(plot: Plot): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of plot.curves.flatMap((curve) => curve.values)) {
    if (value === null || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  const air = (high - low) * 0.08 || Math.abs(high) * 0.1 || 0.5;
  if (plot.name === FRACTIONS) return [Math.max(Math.min(0, low), low - air), Math.min(1, high + air)];
  return [low >= 0 ? Math.max(0, low - air) : low - air, high + air];
}
