import { shiftOf, turnOf } from "../stage/similarity";
import { ACTIVATION_MEASURES } from "../state/measures";
import type { Store } from "../state/store";

/** Says what the whole cloud did, and what the lines and the gray mean. */
export function MotionNote({ store }: { store: Store }) {
  if (!store.look.value.splitsMotion) return null;
  const split = store.motionSplit.value;
  const knowsActivations = ACTIVATION_MEASURES.some((name) => store.measureNames.value.includes(name));
  return (
    <p class="motion-note" role="note" aria-label="Motion">
      {split ? (
        <>
          <b>The whole cloud {describeWhole(split.whole)}.</b> Lines: what each point did beyond that since
          the step before.{" "}
          {knowsActivations
            ? "Gray: moves here, but hardly in the activations."
            : "Lay out anew to see which motion the activations support."}
        </>
      ) : (
        "Nothing has moved yet: this is the first step."
      )}
    </p>
  );
}

function describeWhole(whole: Parameters<typeof turnOf>[0]): string {
  const growth = 100 * (whole.scale - 1);
  const turn = turnOf(whole).toFixed(0);
  const size = growth >= 0 ? `grew by ${growth.toFixed(0)} %` : `shrank by ${(-growth).toFixed(0)} %`;
  const shift = (100 * shiftOf(whole)).toFixed(0);
  return `turned by ${turn}°, ${size} and shifted by ${shift} % of its radius`;
}
