import { useEffect, useMemo } from "preact/hooks";
import { SelectField } from "../panels/fields";
import type { Store } from "../state/store";
import { LearningCurves } from "./curves";
import { meanSelectivity, type UnitOrder } from "./heat_map";
import { HeatMap } from "./heat_map_view";
import { IdealInputsPanel } from "./ideal_inputs";
import { savePicture } from "./save";
import { FingerprintsState } from "./state";

const ORDERS: { value: UnitOrder; label: string }[] = [
  { value: "unit", label: "number" },
  { value: "selectivity", label: "selectivity" },
  { value: "class", label: "preferred class" },
];

/** Units by points, as the network has them at the playhead's step; with what it learns, and would like to see. */
export function FingerprintsView({ store }: { store: Store }) {
  const state = useMemo(() => new FingerprintsState(store), [store]);
  useEffect(() => () => state.destroy(), [state]);
  const map = state.map.value;
  const categories = labelCategories(store);
  return (
    <div class="fingerprints" data-step={map?.step} data-order={state.order.value}>
      <div class="fingerprints-head">
        <SelectField
          label="Units by"
          value={state.order.value}
          options={ORDERS}
          onSelect={(value) => {
            state.order.value = ORDERS.find((order) => order.value === value)?.value ?? "unit";
          }}
        />
        {map && (
          <p class="facts" data-testid="fingerprints-facts">
            Step {map.step} · {map.nUnits} of {map.nFeatures} units · {map.nPoints} points
            {state.series.value &&
              map.nPoints < state.series.value.n_points &&
              ` of ${state.series.value.n_points}`}{" "}
            · mean selectivity {meanSelectivity(map).toFixed(3)}
          </p>
        )}
        <button
          type="button"
          disabled={!map}
          onClick={() =>
            map &&
            savePicture(map, state.order.value, categories, store.theme.value, state.series.value?.tag ?? "")
          }
        >
          Save PNG
        </button>
      </div>
      {state.failure.value && <p class="facts fingerprints-failure">{state.failure.value}</p>}
      <div class="fingerprints-body">
        <HeatMap map={map} order={state.order.value} categories={categories} theme={store.theme.value} />
        <div class="fingerprints-beside">
          <LearningCurves curves={store.scalarCurves.value} step={state.step.value} />
          <IdealInputsPanel ideal={state.idealInputs.value} means={state.classMeans.value} />
        </div>
      </div>
      {store.nearestStep.value === null && <OwnSlider state={state} />}
    </div>
  );
}

/** Where nothing is laid out there is no timeline, but there are steps. */
function OwnSlider({ state }: { state: FingerprintsState }) {
  const steps = state.series.value?.steps ?? [];
  return (
    <label class="fingerprints-slider">
      Captured step
      <input
        type="range"
        min={0}
        max={Math.max(0, steps.length - 1)}
        value={state.ownIndex.value}
        aria-valuetext={`step ${state.step.value}`}
        onInput={(event) => {
          state.ownIndex.value = Number(event.currentTarget.value);
        }}
      />
      <output>{state.step.value}</output>
    </label>
  );
}

function labelCategories(store: Store): readonly string[] {
  const column = store.metadata.value?.columns.find(({ name }) => name === "label");
  return column?.kind === "categorical" ? column.categories : [];
}
