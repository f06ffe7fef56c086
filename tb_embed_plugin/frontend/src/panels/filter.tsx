import { useId } from "preact/hooks";
import type { CategoricalColumn, Column, DateColumn, NumberColumn } from "../api/types";
import { type FilterMode, isFiltering, NO_FILTER, parsePattern, pointsOf } from "../state/filter";
import { select } from "../state/selecting";
import type { Store } from "../state/store";
import { formatCount, formatNumber } from "./format";
import { Panel } from "./panel";

const MODES: readonly { value: FilterMode; label: string; title: string }[] = [
  { value: "isolate", label: "Isolate", title: "Show matches only" },
  { value: "hide", label: "Hide", title: "Show all but matches" },
  { value: "show", label: "Show all", title: "Hide nothing; matches can be selected" },
];
/** More categories than this are for the text search. */
const MAX_TOGGLES = 60;

/** Search and filter. Its count is of points that match, whether they are shown or hidden. */
export function FilterPanel({ store }: { store: Store }) {
  const filter = store.filter.value;
  const isOn = isFiltering(filter);
  return (
    <Panel name="filter" title="Search and filter" note={isOn && <MatchCount store={store} />}>
      <SearchField store={store} />
      <Conditions store={store} />
      <fieldset class="segments">
        <legend class="visually-hidden">What to do with matches</legend>
        {MODES.map(({ value, label, title }) => (
          <button
            key={value}
            type="button"
            title={title}
            aria-pressed={filter.mode === value}
            onClick={() => {
              store.filter.value = { ...store.filter.value, mode: value };
            }}
          >
            {label}
          </button>
        ))}
      </fieldset>
      <div class="button-row">
        <button type="button" disabled={!isOn} onClick={() => select(store, pointsOf(store.matches.value))}>
          Select matches
        </button>
        <button
          type="button"
          disabled={!isOn && store.cut.value === null}
          onClick={() => {
            store.filter.value = NO_FILTER;
            store.cut.value = null;
          }}
        >
          Clear
        </button>
      </div>
    </Panel>
  );
}

function MatchCount({ store }: { store: Store }) {
  const count = store.matchCount.value;
  return (
    <output data-testid="match-count" aria-live="polite">
      {formatCount(count, "match", "matches")}
    </output>
  );
}

function SearchField({ store }: { store: Store }) {
  const id = useId();
  const filter = store.filter.value;
  const { error } = parsePattern(filter);
  return (
    <div class="search">
      <label class="visually-hidden" for={id}>
        Search metadata
      </label>
      <input
        id={id}
        type="search"
        class="search-input"
        placeholder={filter.isRegularExpression ? "Regular expression" : "Search metadata"}
        autocomplete="off"
        spellcheck={false}
        value={filter.text}
        aria-invalid={error !== null}
        aria-describedby={error ? `${id}-error` : undefined}
        onInput={(event) => {
          store.filter.value = { ...store.filter.value, text: event.currentTarget.value };
        }}
      />
      <button
        type="button"
        class="search-mode"
        aria-pressed={filter.isRegularExpression}
        aria-label="Regular expression"
        title="Regular expression"
        onClick={() => {
          const { filter } = store;
          filter.value = { ...filter.value, isRegularExpression: !filter.value.isRegularExpression };
        }}
      >
        .*
      </button>
      {error && (
        <p id={`${id}-error`} class="field-error">
          {error}
        </p>
      )}
    </div>
  );
}

function Conditions({ store }: { store: Store }) {
  const columns = store.metadata.value?.columns ?? [];
  return (
    <>
      {columns.map((column) => (
        <Condition key={column.name} store={store} column={column} />
      ))}
    </>
  );
}

function Condition({ store, column }: { store: Store; column: Column }) {
  if (column.kind === "number" || column.kind === "date")
    return <RangeFields store={store} column={column} />;
  if (column.kind === "categorical" && column.categories.length <= MAX_TOGGLES) {
    return <CategoryToggles store={store} column={column} />;
  }
  return null;
}

function RangeFields({ store, column }: { store: Store; column: NumberColumn | DateColumn }) {
  const { name, values, kind } = column;
  const range = store.filter.value.ranges[name] ?? [null, null];
  const known = values.filter((value) => value !== null);
  const extremes = [
    known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ];
  const setEnd = (end: 0 | 1, input: HTMLInputElement) => {
    const number =
      input.value === "" ? null : kind === "date" ? Date.parse(input.value) : Number(input.value);
    if (Number.isNaN(number)) return;
    const { filter } = store;
    const [low, high] = filter.value.ranges[name] ?? [null, null];
    const next = end === 0 ? ([number, high] as const) : ([low, number] as const);
    filter.value = { ...filter.value, ranges: { ...filter.value.ranges, [name]: next } };
  };
  const field = (end: 0 | 1) => (
    <input
      type={kind}
      step="any"
      aria-label={`${name}: ${end === 0 ? "at least" : "at most"}`}
      placeholder={formatNumber(extremes[end] ?? 0)}
      value={describeLimit(range[end], kind)}
      onInput={(event) => setEnd(end, event.currentTarget)}
    />
  );
  return (
    <fieldset class="condition is-range">
      <legend>{name}</legend>
      {field(0)}
      <span aria-hidden="true">–</span>
      {field(1)}
    </fieldset>
  );
}

function describeLimit(limit: number | null, kind: "number" | "date"): string | number {
  if (limit === null) return "";
  return kind === "date" ? (new Date(limit).toJSON()?.slice(0, 10) ?? "") : limit;
}

function CategoryToggles({ store, column }: { store: Store; column: CategoricalColumn }) {
  const { name, categories } = column;
  const excluded = store.filter.value.excluded[name] ?? [];
  const setExcluded = (next: readonly string[]) => {
    const filter = store.filter.value;
    store.filter.value = { ...filter, excluded: { ...filter.excluded, [name]: next } };
  };
  return (
    <fieldset class="condition">
      <legend>{name}</legend>
      <div class="chips">
        {categories.map((category) => {
          const isOut = excluded.includes(category);
          return (
            <button
              key={category}
              type="button"
              class="chip"
              aria-pressed={!isOut}
              aria-label={`${name} ${category}`}
              title={`${isOut ? "Let" : "Do not let"} ${category} match. Double-click: only it`}
              onClick={() =>
                setExcluded(isOut ? excluded.filter((c) => c !== category) : [...excluded, category])
              }
              onDblClick={() => setExcluded(categories.filter((c) => c !== category))}
            >
              {category}
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}
