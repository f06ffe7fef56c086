import { formatNumber } from "../panels/format";
import { type Curve, valueNear, verticalRange } from "../state/curves";

const WIDTH = 240;
const HEIGHT = 72;
const KINDS = [
  { title: "Loss", pattern: /loss$/i },
  { title: "Accuracy", pattern: /acc(uracy)?$/i },
];
/** Dashes tell lines apart without their colors. */
const DASHES = ["none", "5 3", "2 2", "8 2 2 2"];

/** Loss and accuracy of training and test, with the step that is shown. */
export function LearningCurves({ curves, step }: { curves: readonly Curve[]; step: number | null }) {
  const plots = KINDS.map(({ title, pattern }) => ({
    title,
    curves: curves.filter(({ plot }) => pattern.test(plot) && !plot.startsWith("batch_")),
  })).filter((plot) => plot.curves.length > 0);
  if (plots.length === 0) return <p class="facts">Neither loss nor accuracy were recorded.</p>;
  return (
    <>
      {plots.map((plot) => (
        <CurvePlot key={plot.title} title={plot.title} curves={plot.curves} step={step} />
      ))}
    </>
  );
}

function CurvePlot({
  title,
  curves,
  step,
}: {
  title: string;
  curves: readonly Curve[];
  step: number | null;
}) {
  const [low, high] = verticalRange({ name: title, curves: [...curves] });
  const steps = curves.flatMap((curve) => curve.steps);
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  const x = (at: number) => ((at - first) / (last - first || 1)) * WIDTH;
  const y = (value: number) => ((high - value) / (high - low || 1)) * HEIGHT;
  return (
    <section class="learning-curve" aria-label={title}>
      <h3>{title}</h3>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {curves.map((curve, i) => (
          <polyline
            key={curve.id}
            points={curve.steps
              .flatMap((at, j) => {
                const value = curve.values[j];
                return typeof value === "number" ? [`${x(at).toFixed(1)},${y(value).toFixed(1)}`] : [];
              })
              .join(" ")}
            stroke-dasharray={DASHES[i % DASHES.length]}
            vector-effect="non-scaling-stroke"
          />
        ))}
        {step !== null && (
          <path d={`M${x(step).toFixed(1)},0V${HEIGHT}`} vector-effect="non-scaling-stroke" />
        )}
      </svg>
      <ul>
        {curves.map((curve, i) => {
          const value = step === null ? null : valueNear(curve, step);
          return (
            <li key={curve.id}>
              <svg viewBox="0 0 20 4" aria-hidden="true">
                <path d="M0,2H20" stroke-dasharray={DASHES[i % DASHES.length]} />
              </svg>
              {curve.label} {value !== null && <b>{formatNumber(value)}</b>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
