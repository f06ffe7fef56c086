import { goToFirst, goToLast, goToNext, goToPrevious, togglePlay } from "../state/actions";
import type { Store } from "../state/store";
import { Charts, CurveChooser } from "./charts";
import { SelectField, Toggle } from "./fields";
import { Icon, type IconName } from "./icons";
import { Timeline } from "./timeline";

const SPEEDS = [0.5, 1, 2, 4, 8, 16, 32];

export function Transport({ store }: { store: Store }) {
  const hasFrames = store.nFrames.value > 0;
  const isPlaying = store.isPlaying.value;
  const canMove = store.nFrames.value > 1;
  return (
    <section class="transport" aria-label="Playback">
      <div class="transport-row">
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
          <Toggle
            label="Loop"
            isOn={store.isLooping.value}
            onChange={(isOn) => {
              store.isLooping.value = isOn;
            }}
          />
          <Toggle
            label="Even steps"
            title="Give every captured step the same room on the timeline"
            isOn={store.spacing.value === "even"}
            onChange={(isOn) => {
              store.spacing.value = isOn ? "even" : "true";
            }}
          />
          <CurveChooser store={store} />
          <button
            type="button"
            class="icon-button"
            aria-label="Keys"
            title="Keys (?)"
            onClick={() => {
              store.showsHelp.value = true;
            }}
          >
            ?
          </button>
        </div>
      </div>
      <Timeline store={store} />
      {store.showsCurves.value && hasFrames && <Charts store={store} />}
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
