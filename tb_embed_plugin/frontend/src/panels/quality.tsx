import type { Store } from "../state/store";
import { formatQuality } from "./format";

type Values = readonly (number | null)[];

const WIDTH = 100;
const HEIGHT = 24;

/** The measures of the captured step that the picture is closest to, and their course over all steps. */
export function QualityPanel({ store }: { store: Store }) {
  const quality = store.quality.value;
  const measures = Object.entries(quality?.quality ?? {});
  if (!quality || measures.length === 0) return null;
  const current = quality.steps.indexOf(store.nearestStep.value ?? Number.NaN);
  return (
    <section class="panel" aria-labelledby="quality-heading">
      <div class="panel-head">
        <h2 id="quality-heading">Quality</h2>
        <span class="panel-note">step {store.nearestStep.value}</span>
      </div>
      <dl class="quality">
        {measures.map(([name, values]) => (
          <div key={name} class="quality-row" data-measure={name}>
            <dt>{name.replaceAll("_", " ")}</dt>
            <dd>{formatQuality(values[current])}</dd>
            <Sparkline values={values} current={current} />
          </div>
        ))}
      </dl>
    </section>
  );
}

function Sparkline({ values, current }: { values: Values; current: number }) {
  const known = values.filter((value) => value !== null);
  // Most measures are fractions; those that are not get the room that they need.
  const [low, high] = [Math.min(0, ...known), Math.max(1, ...known)];
  const place = (i: number): string => {
    const x = values.length > 1 ? (i / (values.length - 1)) * WIDTH : WIDTH / 2;
    const y = ((high - (values[i] ?? 0)) / (high - low)) * HEIGHT;
    return `${x.toFixed(2)},${y.toFixed(2)}`;
  };
  const [x, y] = place(current).split(",");
  return (
    <svg
      class="sparkline"
      viewBox={`-3 -3 ${WIDTH + 6} ${HEIGHT + 6}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={`M0,${HEIGHT}H${WIDTH}`} class="sparkline-floor" vector-effect="non-scaling-stroke" />
      {stretches(values).map((stretch) => (
        <polyline
          key={stretch[0]}
          points={stretch.map(place).join(" ")}
          class="sparkline-line"
          vector-effect="non-scaling-stroke"
        />
      ))}
      {typeof values[current] === "number" && (
        <path d={`M${x},${y}h0`} class="sparkline-dot" vector-effect="non-scaling-stroke" />
      )}
    </svg>
  );
}

/** Indices between gaps: a line through a missing value would make one up. */
function stretches(values: Values): number[][] {
  const found: number[][] = [];
  values.forEach((value, i) => {
    if (value === null) return;
    const last = found.at(-1);
    if (last && values[i - 1] !== null) last.push(i);
    else found.push([i]);
  });
  return found;
}
