import { isReadable } from "../api/types";
import { categoryColor, toCss } from "../color/palette";
import { fractionOf, positionOf } from "../playback/axis";
import { columnMakeUp, type MakeUp, predictedMakeUp, stackAreas } from "../state/make_up";
import type { Store } from "../state/store";

const SIZE = 100;

/** Which classes the selection is taken for over the steps; without predictions, which labels it has. */
export function MakeUpChart({ store }: { store: Store }) {
  const points = store.selected.value;
  const predictions = store.predictions.value;
  const series = store.selectedSeries.value;
  const label = store.metadata.value?.columns.find(({ kind }) => kind === "categorical");
  if (predictions && series && isReadable(series)) {
    const names = series.class_names;
    const makeUp = predictedMakeUp(predictions.rows, points, (index) => names?.[index] ?? String(index));
    if (makeUp.classes.length > 0) {
      return <Areas store={store} title="Predicted class" makeUp={makeUp} steps={predictions.steps} />;
    }
  }
  if (label?.kind !== "categorical" || points.length < 2) return null;
  const makeUp = columnMakeUp(label, points);
  return <Areas store={store} title={label.name} makeUp={makeUp} steps={[]} />;
}

interface AreasProps {
  store: Store;
  title: string;
  makeUp: MakeUp;
  /** Empty where the make-up is the same at all of them. */
  steps: readonly number[];
}

function Areas({ store, title, makeUp, steps }: AreasProps) {
  const { theme, timeAxis, playheadFraction, nearestStep } = store;
  const isConstant = steps.length < 2;
  const counts = isConstant ? [makeUp.counts[0] ?? [], makeUp.counts[0] ?? []] : makeUp.counts;
  const axis = timeAxis.value;
  const places = isConstant ? [0, 1] : steps.map((step) => fractionOf(axis, positionOf(axis.steps, step)));
  const current = isConstant ? counts[0] : counts[nearestIndex(steps, nearestStep.value ?? 0)];
  const colors = makeUp.classes.map((name) => toCss(categoryColor(colorIndex(store, name), theme.value)));
  const areas = stackAreas({ classes: makeUp.classes, counts }, places);
  const present = makeUp.classes
    .map((name, i) => ({ name, color: colors[i], count: current?.[i] ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  const summary = present.map(({ name, count }) => `${name}: ${count}`).join(", ");
  return (
    <section class="make-up" aria-label="Class make-up">
      <div class="panel-head">
        <h3>{title}</h3>
        {!isConstant && <span class="panel-note">over the steps</span>}
      </div>
      <svg
        viewBox={`0 0 ${SIZE} ${SIZE}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={isConstant ? summary : `At step ${nearestStep.value}: ${summary}`}
        data-constant={isConstant}
      >
        {areas.map((outline, i) => (
          <polygon
            key={makeUp.classes[i]}
            fill={colors[i]}
            points={outline.map(([x, y]) => `${(SIZE * x).toFixed(2)},${(SIZE * y).toFixed(2)}`).join(" ")}
          >
            <title>{makeUp.classes[i]}</title>
          </polygon>
        ))}
        {!isConstant && (
          <path
            class="make-up-playhead"
            vector-effect="non-scaling-stroke"
            d={`M${SIZE * playheadFraction.value} 0V${SIZE}`}
          />
        )}
      </svg>
      <ul class="make-up-names" data-testid="make-up">
        {present.map(({ name, color, count }) => (
          <li key={name}>
            <i class="swatch" style={{ background: color }} />
            {name} <b>{count}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}

function nearestIndex(steps: readonly number[], step: number): number {
  let best = 0;
  steps.forEach((candidate, i) => {
    if (Math.abs(candidate - step) < Math.abs((steps[best] ?? 0) - step)) best = i;
  });
  return best;
}

/** The color that the class has on the stage where its label column names it, else one of its own. */
function colorIndex(store: Store, name: string): number {
  const label = store.metadata.value?.columns.find(({ kind }) => kind === "categorical");
  const index = label?.kind === "categorical" ? label.categories.indexOf(name) : -1;
  return index >= 0 ? index : Number(name) || 0;
}
