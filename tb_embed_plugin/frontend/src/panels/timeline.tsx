import { effect, useComputed } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { chooseLabels, fractionOf, positionAtFraction } from "../playback/axis";
import type { Store } from "../state/store";

/** CSS pixels that a label of a step wants, with air. */
const LABEL_WIDTH = 44;
/** Half a thumb: the axis' ends lie this far inside the slider. Styles say the same. */
export const AXIS_INSET = 8;

/** The slider over the axis of time, marks at captured steps, and the larger marks' names. */
export function Timeline({ store }: { store: Store }) {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useEffect(() => {
    if (!host.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width || 600));
    observer.observe(host.current);
    return () => observer.disconnect();
  }, []);
  return (
    <div class="timeline" ref={host}>
      <StepSlider store={store} />
      <Marks store={store} width={width - 2 * AXIS_INSET} />
    </div>
  );
}

function StepSlider({ store }: { store: Store }) {
  const slider = useRef<HTMLInputElement>(null);
  const isDisabled = useComputed(() => store.nFrames.value < 2);
  useEffect(() => {
    const input = slider.current;
    if (!input) return;
    return effect(() => {
      const axis = store.timeAxis.value;
      const [low, high] = sliderRange(store);
      const fraction = fractionOf(axis, store.position.value);
      // In this order: a value beyond the old limits would be cut off.
      input.min = String(low);
      input.max = String(high);
      input.value = String(low + fraction * (high - low));
      input.setAttribute("aria-valuetext", describePlace(store));
      input.style.setProperty("--progress", String(fraction));
    });
  }, [store]);
  const endScrubbing = () => {
    store.isScrubbing.value = false;
  };
  return (
    <input
      ref={slider}
      class="slider"
      type="range"
      aria-label="Step"
      step="any"
      disabled={isDisabled.value}
      onInput={(event) => {
        const [low, high] = sliderRange(store);
        const fraction = (event.currentTarget.valueAsNumber - low) / Math.max(high - low, Number.MIN_VALUE);
        store.playhead.value = positionAtFraction(store.timeAxis.value, fraction);
      }}
      onPointerDown={() => {
        store.isScrubbing.value = true;
      }}
      onLostPointerCapture={endScrubbing}
      onPointerUp={endScrubbing}
      onPointerCancel={endScrubbing}
    />
  );
}

/** The slider counts what its axis shows: training steps, or captured ones. */
function sliderRange(store: Store): [number, number] {
  const { steps, spacing } = store.timeAxis.value;
  const last = Math.max(0, steps.length - 1);
  return spacing === "even" ? [0, last] : [steps[0] ?? 0, steps[last] ?? 0];
}

/** One path for all marks, however many they are. */
function Marks({ store, width }: { store: Store; width: number }) {
  const axis = store.timeAxis.value;
  if (axis.steps.length < 2) return null;
  const places = axis.steps.map((_, i) => Math.round(fractionOf(axis, i) * width) + 0.5);
  const labels = chooseLabels(axis, width, LABEL_WIDTH);
  return (
    <div class="marks" aria-hidden="true">
      <svg width={width + 1} height="5">
        <title>Captured steps</title>
        <path d={[...new Set(places)].map((x) => `M${x} 0v5`).join("")} />
      </svg>
      {labels.map(({ index, fraction }) => (
        <span key={index} style={{ left: `${100 * fraction}%` }}>
          {axis.steps[index]?.toLocaleString("en-US")}
        </span>
      ))}
    </div>
  );
}

function describePlace(store: Store): string {
  const set = store.frames.value;
  const { from, to, isCaptured } = store.tween.value;
  const nearest = store.nearestStep.value;
  if (!set || nearest === null) return "no step";
  return isCaptured
    ? `step ${nearest}`
    : `near step ${nearest}, between ${set.steps[from]} and ${set.steps[to]}`;
}
