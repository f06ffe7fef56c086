import type { Legend, LegendEntry } from "../color/coloring";
import { N_DISTINCT_COLORS, type Theme, toCss } from "../color/palette";
import { rampColor } from "../color/ramp";
import { toggleEmphasis } from "../state/actions";
import type { Store } from "../state/store";
import { formatDate, formatNumber } from "./format";

/** Longer lists would slow the page down and could not be told apart by color anyway. */
const MAX_ENTRIES = 200;
const N_STOPS = 16;

export function LegendPanel({ store }: { store: Store }) {
  const legend = store.coloring.value.legend;
  if (legend.kind === "none") return null;
  return (
    <section class="panel legend-panel" data-kind={legend.kind} aria-labelledby="legend-heading">
      <div class="panel-head">
        <h2 id="legend-heading">{store.colorColumn.value?.name}</h2>
        {store.emphasized.value.size > 0 && (
          <button
            type="button"
            class="link"
            onClick={() => {
              store.emphasized.value = new Set();
            }}
          >
            Show all
          </button>
        )}
      </div>
      {legend.kind === "categories" ? (
        <Categories store={store} entries={legend.entries} />
      ) : (
        <Range
          legend={legend}
          theme={store.theme.value}
          format={store.colorColumn.value?.kind === "date" ? formatDate : formatNumber}
        />
      )}
    </section>
  );
}

function Categories({ store, entries }: { store: Store; entries: readonly LegendEntry[] }) {
  const emphasized = store.emphasized.value;
  const shown = entries.slice(0, MAX_ENTRIES);
  return (
    <ul class="legend" aria-label="Legend">
      {shown.map(({ category, color, count }) => (
        <li key={category === null ? "none" : `category:${category}`}>
          <button
            type="button"
            class="legend-entry"
            aria-pressed={emphasized.has(category)}
            data-faint={emphasized.size > 0 && !emphasized.has(category)}
            title="Emphasize these points"
            onClick={() => toggleEmphasis(store, category)}
          >
            <span class="swatch" style={{ background: toCss(color) }} />
            <span class="legend-name">{category ?? "no value"}</span>
            <span class="legend-count">{count.toLocaleString("en-US")}</span>
          </button>
        </li>
      ))}
      {entries.length > N_DISTINCT_COLORS && (
        <li class="legend-more">After {N_DISTINCT_COLORS} classes colors repeat.</li>
      )}
      {entries.length > shown.length && (
        <li class="legend-more">and {(entries.length - shown.length).toLocaleString("en-US")} more</li>
      )}
    </ul>
  );
}

interface RangeProps {
  legend: Extract<Legend, { kind: "range" }>;
  theme: Theme;
  format: (value: number) => string;
}

function Range({ legend, theme, format }: RangeProps) {
  const stops = Array.from({ length: N_STOPS }, (_, i) => toCss(rampColor(i / (N_STOPS - 1), theme)));
  const hasValues = legend.min <= legend.max;
  return (
    <ul class="legend" aria-label="Legend">
      {hasValues && (
        <li>
          <div class="ramp" style={{ background: `linear-gradient(to right, ${stops.join(", ")})` }} />
          <div class="ramp-ends">
            <span>{format(legend.min)}</span>
            <span>{format(legend.max)}</span>
          </div>
        </li>
      )}
      {legend.nMissing > 0 && (
        <li class="legend-more">{legend.nMissing.toLocaleString("en-US")} without a value, in gray</li>
      )}
    </ul>
  );
}
