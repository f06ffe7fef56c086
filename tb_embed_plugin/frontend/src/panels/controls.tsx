import { isReadable } from "../api/types";
import { chooseColor, chooseMeasure } from "../state/actions";
import type { Loader } from "../state/loader";
import { titleOf } from "../state/measures";
import { layoutsOf, unique } from "../state/selection";
import type { Store } from "../state/store";
import { type Option, SelectField } from "./fields";
import { formatCount } from "./format";

interface ControlsProps {
  store: Store;
  loader: Loader;
}

/** Prefixes names, so that a column called like it cannot be taken for "one color". */
const COLUMN = "column:";
const MEASURE = "measure:";
const ONE_COLOR = "one";

export function Controls({ store, loader }: ControlsProps) {
  const all = store.series.value ?? [];
  const selection = store.selection.value;
  const tags = all.filter(({ run }) => run === selection?.run).map(({ tag }) => tag);
  const layouts = layoutsOf(store.selectedSeries.value).map(({ name }) => name);
  return (
    <section class="panel" aria-label="Series">
      <SelectField
        label="Run"
        value={selection?.run ?? ""}
        options={toOptions(unique(all.map(({ run }) => run)))}
        onSelect={(run) => loader.select({ run })}
      />
      <SelectField
        label="Tag"
        value={selection?.tag ?? ""}
        options={toOptions(tags)}
        onSelect={(tag) => loader.select({ tag })}
      />
      <SelectField
        label="Layout"
        value={selection?.layout ?? ""}
        options={toOptions(layouts)}
        onSelect={(layout) => loader.select({ layout })}
      />
      <SeriesFacts store={store} />
      <ColorField store={store} />
    </section>
  );
}

function ColorField({ store }: { store: Store }) {
  const measure = store.colorMeasure.value;
  const column = store.colorColumn.value;
  const columns = store.colorColumns.value.map(({ name }) => ({ value: COLUMN + name, label: name }));
  const measures = store.measureNames.value.map((name) => ({ value: MEASURE + name, label: titleOf(name) }));
  return (
    <SelectField
      label="Color by"
      value={measure ? MEASURE + measure : column ? COLUMN + column.name : ONE_COLOR}
      options={[...columns, ...measures, { value: ONE_COLOR, label: "one color" }]}
      isDisabled={!store.isMetadataSettled.value}
      onSelect={(value) => {
        if (value.startsWith(MEASURE)) chooseMeasure(store, value.slice(MEASURE.length));
        else chooseColor(store, value === ONE_COLOR ? null : value.slice(COLUMN.length));
      }}
    />
  );
}

function SeriesFacts({ store }: { store: Store }) {
  const series = store.selectedSeries.value;
  const layout = store.selectedLayout.value;
  if (!series || !isReadable(series)) return null;
  const nWaiting = layout ? series.steps.filter((step) => !layout.steps.includes(step)).length : 0;
  return (
    <p class="facts">
      {formatCount(series.n_points, "point")} · {formatCount(series.steps.length, "step")}
      {layout && ` · ${layout.method}`}
      {layout && layout.n_dims > 2 && ` · ${layout.n_dims}-D`}
      {nWaiting > 0 && ` · ${nWaiting} not laid out yet`}
    </p>
  );
}

function toOptions(names: readonly string[]): Option[] {
  return names.map((name) => ({ value: name, label: name }));
}
