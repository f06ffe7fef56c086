import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { goToFirst, goToLast, goToNext, goToPrevious, togglePlay } from "../state/actions";
import type { Store } from "../state/store";
import { SelectField } from "./fields";
import { Icon, type IconName } from "./icons";

const SPEEDS = [0.5, 1, 2, 4, 8, 16, 32];
/** More ticks than this would run into each other. */
const MAX_TICKS = 120;

export function Transport({ store }: { store: Store }) {
  const hasFrames = store.nFrames.value > 0;
  const isPlaying = store.isPlaying.value;
  const canMove = store.nFrames.value > 1;
  return (
    <section class="transport" aria-label="Playback">
      <div class="buttons">
        <StepButton
          name="First step"
          icon="first"
          keys="Home"
          isEnabled={canMove}
          onPress={() => goToFirst(store)}
        />
        <StepButton
          name="Previous step"
          icon="previous"
          keys="←"
          isEnabled={canMove}
          onPress={() => goToPrevious(store)}
        />
        <StepButton
          name={isPlaying ? "Pause" : "Play"}
          icon={isPlaying ? "pause" : "play"}
          keys="Space"
          isPrimary
          isEnabled={canMove}
          onPress={() => togglePlay(store)}
        />
        <StepButton
          name="Next step"
          icon="next"
          keys="→"
          isEnabled={canMove}
          onPress={() => goToNext(store)}
        />
        <StepButton
          name="Last step"
          icon="last"
          keys="End"
          isEnabled={canMove}
          onPress={() => goToLast(store)}
        />
      </div>
      <div class="timeline">
        <StepSlider store={store} />
        <Ticks n={store.nFrames.value} />
      </div>
      <CurrentStep store={store} />
      <div class="playback-options">
        <SelectField
          label="Speed"
          value={String(store.speed.value)}
          options={SPEEDS.map((speed) => ({
            value: String(speed),
            label: speed === 1 ? "1 step/s" : `${speed} steps/s`,
          }))}
          isDisabled={!hasFrames}
          onSelect={(value) => {
            store.speed.value = Number(value);
          }}
        />
        <label class="toggle">
          <input
            type="checkbox"
            checked={store.isLooping.value}
            onChange={(event) => {
              store.isLooping.value = event.currentTarget.checked;
            }}
          />
          Loop
        </label>
      </div>
    </section>
  );
}

interface StepButtonProps {
  name: string;
  icon: IconName;
  keys: string;
  isPrimary?: boolean;
  isEnabled: boolean;
  onPress: () => void;
}

function StepButton({ name, icon, keys, isPrimary = false, isEnabled, onPress }: StepButtonProps) {
  return (
    <button
      type="button"
      class={isPrimary ? "round is-primary" : "round"}
      aria-label={name}
      title={`${name} (${keys})`}
      disabled={!isEnabled}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  );
}

function StepSlider({ store }: { store: Store }) {
  const slider = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const input = slider.current;
    if (!input) return;
    return effect(() => {
      // In this order: a value beyond the old maximum would be cut off.
      input.max = String(Math.max(0, store.nFrames.value - 1));
      input.value = String(store.position.value);
      input.setAttribute("aria-valuetext", describePlace(store));
      const fraction = store.position.value / Math.max(1, store.nFrames.value - 1);
      input.style.setProperty("--progress", String(fraction));
    });
  }, [store]);
  return (
    <input
      ref={slider}
      class="slider"
      type="range"
      aria-label="Step"
      min="0"
      step="any"
      disabled={store.nFrames.value < 2}
      onInput={(event) => {
        store.playhead.value = event.currentTarget.valueAsNumber;
      }}
      onPointerDown={() => {
        store.isScrubbing.value = true;
      }}
      onLostPointerCapture={() => {
        store.isScrubbing.value = false;
      }}
      onPointerUp={() => {
        store.isScrubbing.value = false;
      }}
      onPointerCancel={() => {
        store.isScrubbing.value = false;
      }}
    />
  );
}

function Ticks({ n }: { n: number }) {
  if (n < 2 || n > MAX_TICKS) return null;
  return (
    <div class="ticks" aria-hidden="true">
      {Array.from({ length: n }, (_, i) => (
        <i key={i} />
      ))}
    </div>
  );
}

/** A picture between two captured steps is a tween, and says so. */
function CurrentStep({ store }: { store: Store }) {
  const set = store.frames.value;
  const { from, to, isCaptured } = store.tween.value;
  const nearest = store.nearestStep.value;
  if (!set || nearest === null) return <output class="current-step" data-testid="current-step" />;
  return (
    <output
      class="current-step"
      data-testid="current-step"
      data-step={nearest}
      data-captured={isCaptured}
      aria-live="off"
    >
      <span class="step-now">{isCaptured ? `step ${nearest}` : `near step ${nearest}`}</span>
      {!isCaptured && (
        <span class="step-between">
          {" "}
          between {set.steps[from]} and {set.steps[to]}
        </span>
      )}
    </output>
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
