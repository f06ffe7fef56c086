import type { Store } from "../state/store";
import { describeValue } from "./format";

/** A point's number and metadata. */
export function PointFacts({ store, point }: { store: Store; point: number }) {
  return (
    <dl class="row">
      <div>
        <dt>point</dt>
        <dd>{point}</dd>
      </div>
      {(store.metadata.value?.columns ?? []).map((column) => (
        <div key={column.name}>
          <dt>{column.name}</dt>
          <dd>{describeValue(column, point)}</dd>
        </div>
      ))}
    </dl>
  );
}
