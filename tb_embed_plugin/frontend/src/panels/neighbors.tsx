import type { SpriteCache } from "../api/sprites";
import { compareNeighborhoods, type Neighbor } from "../state/neighborhood";
import type { Store } from "../state/store";
import { SelectField } from "./fields";
import { describeValue, formatNumber } from "./format";
import { PointLink } from "./selection";
import { Thumbnail } from "./thumbnail";

const THUMBNAIL_SIZE = 22;
const NO_STEP = "none";

interface NeighborListProps {
  store: Store;
  sprites: SpriteCache;
}

/** The nearest in activation space at the nearest step, and what changed since another. */
export function NeighborList({ store, sprites }: NeighborListProps) {
  const reply = store.neighbors.value;
  const compared = store.comparedStep.value;
  const error = store.neighborsError.value;
  if (!reply) return <p class="facts">{error ?? "Finding neighbors…"}</p>;
  // Those of another point belong to the selection before: they are on their way.
  const before = store.comparedNeighbors.value?.point === reply.point ? store.comparedNeighbors.value : null;
  const { neighbors, lost } = compareNeighborhoods(reply, before);
  return (
    <section class="neighbors" aria-label="Nearest neighbors" data-step={reply.step} data-point={reply.point}>
      <div class="panel-head">
        <h3>Nearest in activation space</h3>
        <span class="panel-note">step {reply.step}</span>
      </div>
      <ol class="neighbor-list" aria-label="Neighbors">
        {neighbors.map((neighbor) => (
          <Row
            key={neighbor.point}
            store={store}
            sprites={sprites}
            neighbor={neighbor}
            change={neighbor.isGained ? "gained" : null}
          />
        ))}
      </ol>
      <SelectField
        label="Since step"
        value={compared === null ? NO_STEP : String(compared)}
        options={[
          { value: NO_STEP, label: "compare with…" },
          ...(store.frames.value?.steps ?? []).map((step) => ({ value: String(step), label: String(step) })),
        ]}
        onSelect={(value) => {
          store.comparedStep.value = value === NO_STEP ? null : Number(value);
        }}
      />
      {before && (
        <p class="facts" data-testid="neighbor-change">
          {neighbors.filter(({ isGained }) => isGained).length} gained, {lost.length} lost of{" "}
          {before.points.length}
        </p>
      )}
      {lost.length > 0 && (
        <ol class="neighbor-list" aria-label="Lost neighbors">
          {lost.map((neighbor) => (
            <Row key={neighbor.point} store={store} sprites={sprites} neighbor={neighbor} change="lost" />
          ))}
        </ol>
      )}
    </section>
  );
}

interface RowProps extends NeighborListProps {
  neighbor: Neighbor;
  change: "gained" | "lost" | null;
}

function Row({ store, sprites, neighbor: { point, rank, distance }, change }: RowProps) {
  const column = store.metadata.value?.columns.find(({ kind }) => kind === "categorical");
  return (
    <li data-point={point} data-distance={distance} data-change={change}>
      <PointLink store={store} point={point}>
        <span class="rank">{rank}</span>
        <Thumbnail store={store} sprites={sprites} point={point} size={THUMBNAIL_SIZE} isDecoration />
        <span class="neighbor-name">
          {point}
          {column && ` · ${describeValue(column, point)}`}
        </span>
        {change && <span class="change">{change}</span>}
        <span class="distance">{formatNumber(distance)}</span>
      </PointLink>
    </li>
  );
}
