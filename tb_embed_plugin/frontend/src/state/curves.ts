import type { QualityReply, ScalarsReply, SeriesKey, SnapshotScalars } from "../api/types";
import { firstAtLeast, positionOf, stepAt } from "../playback/axis";

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

/** Measures that are shares stand in one plot. */
const FRACTIONS = "fractions";
const SHARES = new Set([
  "neighborhood_preservation",
  "trustworthiness",
  "continuity",
  "temporal_coherence",
  "label_agreement",
]);
const SHOWN_AT_FIRST = ["neighborhood_preservation", "trustworthiness", "temporal_coherence", "movement"];
/** Scalars of the run that are worth their room unasked: of each kind the first. */
const SCALARS_SHOWN_AT_FIRST = [/loss$/i, /acc(uracy)?$/i];
/** Keras and TensorBoard's estimators count these in epochs, whatever the training step was. */
const COUNTED_IN_EPOCHS = /(^|\/)epoch_|_vs_epochs$/;

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

/** The run's own scalars. Those of nested runs (Keras' train and validation) share a plot by name. */
export function scalarCurves(reply: ScalarsReply, { run, tag }: SeriesKey): Curve[] {
  const captured = reply.snapshots.find((snapshots) => snapshots.tag === tag);
  const logged = reply.scalars.map((scalars): Curve => {
    const nested = scalars.run === run ? "" : `${scalars.run.slice(run === "." ? 0 : run.length + 1)}/`;
    const label = nested + scalars.tag;
    const isInEpochs = COUNTED_IN_EPOCHS.test(scalars.tag) && captured !== undefined;
    const steps = isInEpochs ? stepsOfTimes(scalars.wall_times, captured) : scalars.steps;
    return { id: `scalar:${label}`, label, plot: scalars.tag, ...inOrder(steps, scalars.values) };
  });
  const withSnapshots = Object.entries(captured?.scalars ?? {}).map(
    ([name, values]): Curve => ({
      id: `captured:${name}`,
      label: `${name} at capture`,
      plot: name,
      steps: captured?.steps ?? [],
      values,
    }),
  );
  return [...logged, ...withSnapshots].filter(({ steps }) => steps.length > 0);
}

/** The training step, a whole one, at each time between the captures before and after it. */
function stepsOfTimes(times: readonly number[], captured: SnapshotScalars): number[] {
  return times.map((time) => Math.round(stepAt(captured.steps, positionOf(captured.wall_times, time))));
}

function inOrder(steps: readonly number[], values: readonly (number | null)[]) {
  const order = steps.map((_, i) => i).sort((a, b) => (steps[a] ?? 0) - (steps[b] ?? 0));
  return { steps: order.map((i) => steps[i] ?? 0), values: order.map((i) => values[i] ?? null) };
}

/** What is shown until the user chooses: the layout's main measures, and the run's loss and accuracy. */
export function shownAtFirst(curves: readonly Curve[]): Set<string> {
  const measures = curves.filter(({ id }) => SHOWN_AT_FIRST.includes(id));
  const own = curves.filter(({ id }) => id.startsWith("scalar:") || id.startsWith("captured:"));
  const scalars = SCALARS_SHOWN_AT_FIRST.flatMap((kind) => {
    // One value is no curve.
    const candidates = own.filter(({ plot, steps }) => kind.test(plot) && steps.length > 1);
    const first = candidates.find(({ plot }) => !plot.startsWith("batch_")) ?? candidates[0];
    return candidates.filter(({ plot }) => plot === first?.plot);
  });
  return new Set([...measures, ...scalars].map(({ id }) => id));
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

/** The value at the curve's step nearest to `step`; null where it has none there, and before its first. */
export function valueNear(curve: Curve, step: number): number | null {
  if (step < (curve.steps[0] ?? step)) return null;
  const next = firstAtLeast(curve.steps, step);
  const [before, after] = [curve.steps[next - 1], curve.steps[next]];
  const isBefore = after === undefined || (before !== undefined && step - before < after - step);
  return curve.values[isBefore ? next - 1 : next] ?? null;
}

/**
 * Limits of a plot's vertical scale with a little air; what is within 0…1 is not given more.
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
  const bottom = low >= 0 ? Math.max(0, low - air) : low - air;
  return [bottom, low >= 0 && high <= 1 ? Math.min(1, high + air) : high + air];
}
