import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Theme, toCss } from "../color/palette";
import { rampColor } from "../color/ramp";
import { formatNumber } from "../panels/format";
import { classBands, orderUnits, paint, type UnitOrder, valueAt } from "./heat_map";
import type { Fingerprints } from "./replies";

const N_STOPS = 16;

interface HeatMapProps {
  map: Fingerprints | null;
  order: UnitOrder;
  categories: readonly string[];
  theme: Theme;
}

export function HeatMap({ map, order, categories, theme }: HeatMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [cell, setCell] = useState<string | null>(null);
  const rows = useMemo(() => (map ? orderUnits(map, order) : []), [map, order]);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !map || !canvas.current || map.nPoints * rows.length === 0) return;
    canvas.current.width = map.nPoints;
    canvas.current.height = rows.length;
    context.putImageData(new ImageData(paint(map, rows, theme), map.nPoints, rows.length), 0, 0);
    canvas.current.dataset.drawn = `${map.step} ${order} ${theme}`;
  }, [map, rows, order, theme]);
  if (!map) return <p class="facts">Reading activations…</p>;
  const describe = (event: MouseEvent & { currentTarget: HTMLCanvasElement }): string | null => {
    const box = event.currentTarget.getBoundingClientRect();
    const row = rows[Math.floor(((event.clientY - box.top) / box.height) * rows.length)];
    const point = Math.floor(((event.clientX - box.left) / box.width) * map.nPoints);
    if (row === undefined || point < 0 || point >= map.nPoints) return null;
    const value = valueAt(map, row, point);
    const category = categories[map.classes[point] ?? -1];
    const preferred = categories[map.preferred[row] ?? -1];
    return [
      `Unit ${map.units[row]}, point ${map.points[point]}${category === undefined ? "" : ` (${category})`}: `,
      value === null ? "no number" : formatNumber(value),
      ` · selectivity ${(map.selectivity[row] ?? 0).toFixed(2)}`,
      preferred === undefined ? "" : ` for ${preferred}`,
    ].join("");
  };
  return (
    <figure class="heat-map">
      <canvas
        ref={canvas}
        class="heat-map-canvas"
        role="img"
        aria-label={`Activations of ${map.nUnits} units for ${map.nPoints} points at step ${map.step}`}
        onMouseMove={(event) => setCell(describe(event))}
        onMouseLeave={() => setCell(null)}
      />
      <div class="heat-map-classes" aria-hidden="true">
        {classBands(map.classes).map(({ category, start, end }) => (
          <span key={category} style={{ flexGrow: end - start }}>
            {categories[category] ?? "–"}
          </span>
        ))}
      </div>
      <figcaption>
        <span class="heat-map-ramp">
          {formatNumber(map.least)}
          <span class="ramp" style={{ background: rampGradient(theme) }} />
          {formatNumber(map.greatest)}
        </span>
        <span>{cell ?? "Rows are units, columns points by class. Point at a cell to read it."}</span>
      </figcaption>
    </figure>
  );
}

function rampGradient(theme: Theme): string {
  const stops = Array.from({ length: N_STOPS }, (_, i) => toCss(rampColor(i / (N_STOPS - 1), theme)));
  return `linear-gradient(to right, ${stops.join(", ")})`;
}
