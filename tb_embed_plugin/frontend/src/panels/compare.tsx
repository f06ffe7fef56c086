import type { SecondPane } from "../compare/second_pane";
import { type Compare, startComparing } from "../state/compare";
import { layoutsOf, unique } from "../state/selection";
import type { Store } from "../state/store";
import { SelectField } from "./fields";
import { Panel } from "./panel";

const FOLLOW = "follow";

interface CompareProps {
  store: Store;
  pane: SecondPane;
}

/** What stands in the second pane. */
export function ComparePanel({ store, pane }: CompareProps) {
  const compare = store.compare.value;
  return (
    <Panel name="compare" title="Compare" isOpenAtFirst={false}>
      {compare ? (
        <Choices store={store} pane={pane} compare={compare} />
      ) : (
        <button type="button" onClick={() => startComparing(store)}>
          Open a second pane
        </button>
      )}
    </Panel>
  );
}

function Choices({ store, pane, compare }: CompareProps & { compare: Compare }) {
  const all = store.series.value ?? [];
  const shown = pane.store.selection.value;
  const steps = pane.store.frames.value?.steps ?? [];
  const change = (wish: Partial<Compare>) => {
    store.compare.value = { ...compare, ...shown, ...wish };
  };
  const tags = all.filter(({ run }) => run === shown?.run).map(({ tag }) => tag);
  return (
    <>
      <SelectField
        label="Other run"
        value={shown?.run ?? ""}
        options={toOptions(unique(all.map(({ run }) => run)))}
        onSelect={(run) => change({ run, layout: null })}
      />
      <SelectField
        label="Other tag"
        value={shown?.tag ?? ""}
        options={toOptions(tags)}
        onSelect={(tag) => change({ tag, layout: null })}
      />
      <SelectField
        label="Other layout"
        value={shown?.layout ?? ""}
        options={toOptions(layoutsOf(pane.store.selectedSeries.value).map(({ name }) => name))}
        onSelect={(layout) => change({ layout })}
      />
      <SelectField
        label="Other step"
        value={compare.step === null ? FOLLOW : String(compare.step)}
        options={[{ value: FOLLOW, label: "the same" }, ...toOptions(steps.map(String))]}
        onSelect={(step) => change({ step: step === FOLLOW ? null : Number(step) })}
      />
      <label class="toggle">
        <input
          type="checkbox"
          checked={compare.colorsDifference}
          disabled={!pane.hasSamePoints}
          onChange={(event) => change({ colorsDifference: event.currentTarget.checked })}
        />
        Color by difference
      </label>
      <p class="facts">
        {pane.hasSamePoints
          ? "Difference: the share of a point's ten nearest neighbors in one picture that are others in the other."
          : "The other series has other points: selection is not linked."}
      </p>
      <button
        type="button"
        onClick={() => {
          store.compare.value = null;
        }}
      >
        Close the second pane
      </button>
    </>
  );
}

/** Names a pane where there are two. */
export function PaneTitle({ store }: { store: Store }) {
  const selection = store.selection.value;
  return (
    <p class="pane-title">
      {selection?.run} / {selection?.tag} / {selection?.layout} · step {store.nearestStep.value}
    </p>
  );
}

function toOptions(names: readonly string[]) {
  return names.map((name) => ({ value: name, label: name }));
}
