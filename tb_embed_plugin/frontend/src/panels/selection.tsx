import type { SpriteCache } from "../api/sprites";
import { isReadable } from "../api/types";
import type { Cut } from "../state/filter";
import { select } from "../state/selecting";
import type { Store } from "../state/store";
import { describeValue, formatCount } from "./format";
import { Icon } from "./icons";
import { MakeUpChart } from "./make_up";
import { NeighborList } from "./neighbors";
import { Panel } from "./panel";
import { PointFacts } from "./point_facts";
import { downloadCsv } from "./save";
import { Thumbnail } from "./thumbnail";

/** Those beyond are counted, not shown: nobody looks through more, and the page stays quick. */
const MAX_THUMBNAILS = 120;
const MAX_ROWS = 100;
const THUMBNAIL_SIZE = 32;
const LARGE_THUMBNAIL_SIZE = 84;

interface SelectionProps {
  store: Store;
  sprites: SpriteCache;
}

export function SelectionPanel({ store, sprites }: SelectionProps) {
  const points = store.selected.value;
  const note = points.length > 0 && (
    <output data-testid="selected-count">{formatCount(points.length, "point")}</output>
  );
  return (
    <Panel name="selection" title="Selection" note={note}>
      {points.length === 0 ? (
        <p class="facts">
          Nothing is selected. Click a point, draw a lasso or a rectangle, or select matches.
        </p>
      ) : (
        <>
          <SelectionActions store={store} points={points} />
          {points.length === 1 ? (
            <OnePoint store={store} sprites={sprites} point={points[0] ?? 0} />
          ) : (
            <ManyPoints store={store} sprites={sprites} points={points} />
          )}
        </>
      )}
    </Panel>
  );
}

function SelectionActions({ store, points }: { store: Store; points: Uint32Array }) {
  const cut = store.cut.value;
  const toggleCut = (mode: Cut["mode"]) => {
    store.cut.value = cut?.mode === mode ? null : { mode, points };
  };
  return (
    <div class="button-row">
      <button type="button" aria-pressed={cut?.mode === "isolate"} onClick={() => toggleCut("isolate")}>
        {cut?.mode === "isolate" ? "Show others" : "Show only these"}
      </button>
      <button type="button" aria-pressed={cut?.mode === "hide"} onClick={() => toggleCut("hide")}>
        {cut?.mode === "hide" ? "Show hidden" : "Hide these"}
      </button>
      <button
        type="button"
        aria-pressed={store.showsTrails.value}
        title="The selection's way through the steps"
        onClick={() => {
          store.showsTrails.value = !store.showsTrails.value;
        }}
      >
        Trails
      </button>
      <button type="button" title="Download their metadata as CSV" onClick={() => downloadCsv(store)}>
        CSV
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label="Clear selection"
        title="Clear selection (Esc)"
        onClick={() => select(store, [])}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

function OnePoint({ store, sprites, point }: SelectionProps & { point: number }) {
  return (
    <>
      <div class="one-point">
        <Thumbnail store={store} sprites={sprites} point={point} size={LARGE_THUMBNAIL_SIZE} />
        <PointFacts store={store} point={point} />
      </div>
      <MakeUpChart store={store} />
      <NeighborList store={store} sprites={sprites} />
    </>
  );
}

function ManyPoints({ store, sprites, points }: SelectionProps & { points: Uint32Array }) {
  return (
    <>
      <MakeUpChart store={store} />
      <ThumbnailGrid store={store} sprites={sprites} points={points} />
      <MetadataTable store={store} points={points} />
    </>
  );
}

function ThumbnailGrid({ store, sprites, points }: SelectionProps & { points: Uint32Array }) {
  const series = store.selectedSeries.value;
  if (!series || !isReadable(series) || !series.sprites) return null;
  const shown = [...points.subarray(0, MAX_THUMBNAILS)];
  return (
    <ul class="thumbnails" aria-label="Thumbnails of the selection">
      {shown.map((point) => (
        <li key={point}>
          <PointLink store={store} point={point} label={`Select point ${point}`}>
            <Thumbnail store={store} sprites={sprites} point={point} size={THUMBNAIL_SIZE} isDecoration />
          </PointLink>
        </li>
      ))}
      {points.length > shown.length && (
        <li class="facts">and {(points.length - shown.length).toLocaleString("en-US")} more</li>
      )}
    </ul>
  );
}

function MetadataTable({ store, points }: { store: Store; points: Uint32Array }) {
  const columns = store.metadata.value?.columns ?? [];
  const shown = [...points.subarray(0, MAX_ROWS)];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="table-host" aria-label="Metadata of the selection" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">point</th>
            {columns.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((point) => (
            <tr key={point}>
              <th scope="row">
                <PointLink store={store} point={point} label={`Select point ${point}`}>
                  {point}
                </PointLink>
              </th>
              {columns.map((column) => (
                <td key={column.name} data-kind={column.kind}>
                  {describeValue(column, point)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {points.length > shown.length && (
        <p class="facts">and {(points.length - shown.length).toLocaleString("en-US")} more, all in the CSV</p>
      )}
    </section>
  );
}

interface PointLinkProps {
  store: Store;
  point: number;
  label?: string;
  children: preact.ComponentChildren;
}

/** Leads to a point: selects it, and shows where it is while it is hovered or focused. */
export function PointLink({ store, point, label, children }: PointLinkProps) {
  const show = () => {
    store.hovered.value = point;
  };
  const leave = () => {
    store.hovered.value = null;
  };
  return (
    <button
      type="button"
      class="point-link"
      aria-label={label}
      onClick={() => {
        leave();
        select(store, [point]);
      }}
      onPointerEnter={show}
      onPointerLeave={leave}
      onFocus={show}
      onBlur={leave}
    >
      {children}
    </button>
  );
}
