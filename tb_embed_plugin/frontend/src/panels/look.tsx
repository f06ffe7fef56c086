import { isReadable } from "../api/types";
import { setLook } from "../state/actions";
import { FALSE_NEIGHBORS } from "../state/measures";
import type { Mark } from "../state/stage_options";
import type { Store } from "../state/store";
import { SelectField, SliderField, Toggle } from "./fields";
import { Panel } from "./panel";

const MARKS: readonly { value: Mark; label: string }[] = [
  { value: "points", label: "points" },
  { value: "thumbnails", label: "thumbnails" },
  { value: "labels", label: "labels" },
];

/** How the stage shows points. */
export function LookPanel({ store }: { store: Store }) {
  const look = store.look.value;
  const series = store.selectedSeries.value;
  const hasSprites = series !== null && isReadable(series) && series.sprites !== null;
  const columns = (store.metadata.value?.columns ?? []).map(({ name }) => ({ value: name, label: name }));
  const marks = MARKS.filter(
    ({ value }) => value === "points" || (value === "thumbnails" ? hasSprites : columns.length > 0),
  );
  return (
    <Panel name="look" title="Points">
      <SelectField
        label="Show as"
        value={look.mark}
        options={marks}
        onSelect={(value) => {
          const mark = MARKS.find((option) => option.value === value)?.value;
          if (mark) setLook(store, { mark });
        }}
      />
      {look.mark === "labels" && (
        <SelectField
          label="Text"
          value={look.labelColumn ?? columns[0]?.value ?? ""}
          options={columns}
          onSelect={(labelColumn) => setLook(store, { labelColumn })}
        />
      )}
      <SliderField
        label="Size"
        value={look.scale}
        min={0.3}
        max={4}
        describe={(value) => `${value.toFixed(1)} times`}
        onChange={(scale) => setLook(store, { scale })}
      />
      <SliderField
        label="Opacity"
        value={look.opacity}
        min={0.05}
        max={1}
        describe={(value) => `${Math.round(100 * value)} %`}
        onChange={(opacity) => setLook(store, { opacity })}
      />
      <Toggle
        label="Class names"
        isOn={look.showsNames}
        onChange={(showsNames) => setLook(store, { showsNames })}
      />
      <Toggle
        label="Filtered points stay, faint"
        isOn={!look.hidesFiltered}
        onChange={(isFaint) => setLook(store, { hidesFiltered: !isFaint })}
      />
      <Toggle
        label="Own motion"
        title="Takes out what the whole cloud did, and grays motion that the activations do not support"
        isOn={look.splitsMotion}
        onChange={(splitsMotion) => setLook(store, { splitsMotion })}
      />
      <HaloField store={store} />
    </Panel>
  );
}

/** Says why where it cannot be had: a missing halo must not look like a good point. */
function HaloField({ store }: { store: Store }) {
  const isKnown = store.measureNames.value.includes(FALSE_NEIGHBORS);
  return (
    <Toggle
      label="Halo: mostly false neighbors"
      title={
        isKnown
          ? "Most of what lies nearest to these points in the picture is not near among the activations"
          : "This layout does not know its false neighbors: lay out anew"
      }
      isOn={store.look.value.showsHalos && isKnown}
      isEnabled={isKnown}
      onChange={(showsHalos) => setLook(store, { showsHalos })}
    />
  );
}
