import { useEffect, useRef, useState } from "preact/hooks";
import { categoryColor, type Theme, toCss } from "../color/palette";
import { nearestOnAxis, positionAtFraction, stepAt } from "../playback/axis";
import { goTo, toggleCurve } from "../state/actions";
import { type Curve, groupByPlot, type Plot, valueNear, verticalRange } from "../state/curves";
import type { Store } from "../state/store";
import { Toggle } from "./fields";
import { formatNumber, formatQuality } from "./format";
import { createPlot, type PlotColors } from "./plot";
import { AXIS_INSET } from "./timeline";

/** CSS pixels of all plots together, whatever there is to draw: the picture above must not jump when curves arrive. */
const ROOM = 207;
const MIN_PLOT_HEIGHT = 68;

const LINES: Record<Theme, { line: string; quiet: string }> = {
  light: { line: "#e3e5e8", quiet: "#5f6368" },
  dark: { line: "#3c3f43", quiet: "#b0b5bb" },
};

/** Curves under the timeline, on its axis. Hovering shows their values there, clicking jumps. */
export function Charts({ store }: { store: Store }) {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!host.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(host.current);
    return () => observer.disconnect();
  }, []);
  const plots = groupByPlot(store.shownCurves.value);
  // Less the line between two plots.
  const height = Math.max(MIN_PLOT_HEIGHT, Math.floor(ROOM / Math.max(1, plots.length)) - 1);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="charts" aria-label="Curves" tabIndex={0} style={{ height: `${ROOM}px` }}>
      {/* The keyboard has the slider and the arrow keys for the same. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: see above */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above */}
      <div
        class="plots"
        ref={host}
        onPointerMove={(event) => {
          store.hoveredFraction.value = fractionUnder(event.currentTarget, event);
        }}
        onPointerLeave={() => {
          store.hoveredFraction.value = null;
        }}
        onClick={(event) =>
          goTo(store, nearestOnAxis(store.timeAxis.value, fractionUnder(event.currentTarget, event)))
        }
      >
        {width > 0 &&
          plots.map((plot) => (
            <PlotView key={plot.name} store={store} plot={plot} width={width} height={height} />
          ))}
        {plots.length === 0 && <p class="facts">No curve is chosen.</p>}
        {plots.length > 0 && <Cursors store={store} />}
      </div>
    </section>
  );
}

function fractionUnder(element: HTMLElement, event: MouseEvent): number {
  const box = element.getBoundingClientRect();
  return Math.min(1, Math.max(0, (event.clientX - box.left - AXIS_INSET) / (box.width - 2 * AXIS_INSET)));
}

/** The playhead and the pointer, across all plots. */
function Cursors({ store }: { store: Store }) {
  const axis = store.timeAxis.value;
  const hovered = store.hoveredFraction.value;
  const { steps, spacing } = axis;
  const playhead = store.playheadFraction.value;
  return (
    <div class="cursors" aria-hidden="true" data-spacing={spacing}>
      <i class="cursor is-playhead" style={{ left: `${100 * playhead}%` }} />
      {hovered !== null && (
        <i class="cursor" style={{ left: `${100 * hovered}%` }}>
          <span data-side={hovered > 0.5 ? "left" : "right"}>
            {Math.round(stepAt(steps, positionAtFraction(axis, hovered))).toLocaleString("en-US")}
          </span>
        </i>
      )}
    </div>
  );
}

interface PlotViewProps {
  store: Store;
  plot: Plot;
  width: number;
  height: number;
}

function PlotView({ store, plot, width, height }: PlotViewProps) {
  const host = useRef<HTMLDivElement>(null);
  const theme = store.theme.value;
  const axis = store.timeAxis.value;
  const colors = plotColors(plot, theme);
  useEffect(() => {
    if (!host.current) return;
    const size = { width, height, inset: AXIS_INSET };
    const drawn = createPlot(host.current, plot, axis, plotColors(plot, theme), size);
    return () => drawn.destroy();
  }, [plot.curves.map(({ id }) => id).join("\n"), store.curves.value, axis, theme, width, height]);
  const [low, high] = verticalRange(plot);
  return (
    <figure class="plot" data-plot={plot.name} data-steps={plot.curves[0]?.steps.join(",")}>
      <div ref={host} aria-hidden="true" />
      <figcaption>
        {plot.curves.map((curve, i) => (
          <CurveValue key={curve.id} store={store} curve={curve} color={colors.curves[i] ?? colors.quiet} />
        ))}
        <span class="plot-range">
          {formatNumber(low)} – {formatNumber(high)}
        </span>
      </figcaption>
    </figure>
  );
}

/** The curve's value under the pointer, or else where the picture is. */
function CurveValue({ store, curve, color }: { store: Store; curve: Curve; color: string }) {
  const { steps } = store.timeAxis.value;
  const hovered = store.hoveredFraction.value;
  const step =
    hovered === null
      ? store.nearestStep.value
      : stepAt(steps, positionAtFraction(store.timeAxis.value, hovered));
  const value = step === null ? null : valueNear(curve, step);
  const isShare = curve.plot === "fractions";
  return (
    <span class="curve-value" data-measure={curve.id}>
      <i style={{ background: color }} />
      {curve.label} <b>{isShare || value === null ? formatQuality(value) : formatNumber(value)}</b>
    </span>
  );
}

function plotColors(plot: Plot, theme: Theme): PlotColors {
  return { curves: plot.curves.map((_, i) => toCss(categoryColor(i, theme))), ...LINES[theme] };
}

/** Which curves are drawn. */
export function CurveChooser({ store }: { store: Store }) {
  const shown = new Set(store.shownCurves.value.map(({ id }) => id));
  return (
    <details class="chooser">
      <summary>Curves</summary>
      <div class="popover">
        <Toggle
          label="Show curves"
          isOn={store.showsCurves.value}
          onChange={(isOn) => {
            store.showsCurves.value = isOn;
          }}
        />
        <ul aria-label="Curves to show">
          {store.curves.value.map(({ id, label }) => (
            <li key={id}>
              <label class="toggle">
                <input type="checkbox" checked={shown.has(id)} onChange={() => toggleCurve(store, id)} />
                {label}
              </label>
            </li>
          ))}
        </ul>
      </div>
    </details>
  );
}
