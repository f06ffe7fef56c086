import type { SelectMode } from "../stage/tool";
import type { Store } from "./store";

export function select(store: Store, points: Iterable<number>, mode: SelectMode = "replace"): void {
  store.selected.value = combine(store.selected.value, points, mode);
}

export function clearSelection(store: Store): void {
  if (store.selected.value.length > 0) store.selected.value = new Uint32Array(0);
}

/** Selects whatever the filter leaves. */
export function selectAll(store: Store): void {
  const hidden = store.hidden.value;
  const all = Array.from({ length: store.frames.value?.nPoints ?? 0 }, (_, point) => point);
  select(store, hidden ? all.filter((point) => !hidden[point]) : all);
}

/** Ascending, each point once. */
export function combine(before: Uint32Array, points: Iterable<number>, mode: SelectMode): Uint32Array {
  const result = new Set(mode === "replace" ? [] : before);
  for (const point of points) {
    if (mode === "subtract") result.delete(point);
    else result.add(point);
  }
  return Uint32Array.from(result).sort();
}
