import uPlot from "uplot";
import { fractionOf, positionOf, type TimeAxis } from "../playback/axis";
import { type Plot, verticalRange } from "../state/curves";

export interface PlotColors {
  curves: readonly string[];
  line: string;
  quiet: string;
}

/** Beyond so many places a curve is a line; a few are marked where they were measured. */
const MAX_MARKED = 60;
const PADDING_TOP = 20;

/** Draws curves over the axis of time. Pointer and values are the panel's business: this only draws. */
export function createPlot(
  host: HTMLElement,
  plot: Plot,
  axis: TimeAxis,
  colors: PlotColors,
  size: { width: number; height: number; inset: number },
): uPlot {
  const [low, high] = verticalRange(plot);
  const options: uPlot.Options = {
    width: size.width,
    height: size.height,
    padding: [PADDING_TOP, size.inset, 3, size.inset],
    cursor: { show: false },
    legend: { show: false },
    scales: { x: { time: false, range: [0, 1] }, y: { range: [low, high] } },
    axes: [
      {
        size: 0,
        splits: () => axis.steps.map((_, i) => fractionOf(axis, i)),
        filter: (_, splits) => (splits.length > MAX_MARKED ? [] : splits),
        grid: { stroke: colors.line, width: 1 },
        ticks: { show: false },
        values: () => [],
      },
      {
        size: 0,
        splits: () => [low, high],
        grid: { stroke: colors.line, width: 1 },
        ticks: { show: false },
        values: () => [],
      },
    ],
    series: [
      {},
      ...plot.curves.map(
        (curve, i): uPlot.Series => ({
          stroke: colors.curves[i] ?? colors.quiet,
          width: 1.5,
          points: { show: curve.steps.length <= MAX_MARKED, size: 4, fill: colors.curves[i] ?? colors.quiet },
        }),
      ),
    ],
  };
  return new uPlot(options, toTable(plot, axis), host);
}

/** The plot's curves as uPlot wants them: one ascending list of places, and a value or a gap for each. */
function toTable(plot: Plot, axis: TimeAxis): uPlot.AlignedData {
  const tables = plot.curves.map((curve): uPlot.AlignedData => {
    const inside = curve.steps.flatMap((step, i) => (isWithin(axis, step) ? [i] : []));
    const places = inside.map((i) => fractionOf(axis, positionOf(axis.steps, curve.steps[i] ?? 0)));
    return [places, inside.map((i) => curve.values[i] ?? null)];
  });
  return uPlot.join(tables);
}

/** What was logged before the first capture or after the last has no place on the axis. */
function isWithin({ steps }: TimeAxis, step: number): boolean {
  return step >= (steps[0] ?? 0) && step <= (steps[steps.length - 1] ?? 0);
}
