import { isReadable } from "../api/types";
import { layoutsOf } from "./selection";
import type { Store } from "./store";

/** What the second pane shows. */
export interface Compare {
  run: string;
  tag: string;
  layout: string | null;
  /** The training step that it stands at; null follows the first pane. */
  step: number | null;
  /** Whether both panes color points by how differently they lie. */
  colorsDifference: boolean;
}

/** Opens the second pane on what there is beside what is shown: another layout, layer or run, else another step. */
export function startComparing(store: Store): void {
  const selection = store.selection.value;
  if (!selection) return;
  const all = (store.series.value ?? []).filter(
    (series) => isReadable(series) && layoutsOf(series).length > 0,
  );
  const own = all.find(({ run, tag }) => run === selection.run && tag === selection.tag) ?? null;
  const layout = layoutsOf(own).find(({ name }) => name !== selection.layout)?.name;
  const other =
    all.find(({ run, tag }) => run === selection.run && tag !== selection.tag) ??
    all.find(({ run, tag }) => run !== selection.run && tag === selection.tag);
  const common = { colorsDifference: false };
  if (other) store.compare.value = { ...common, run: other.run, tag: other.tag, layout: null, step: null };
  else {
    const step = layout === undefined ? (store.frames.value?.steps[0] ?? null) : null;
    store.compare.value = { ...common, ...selection, layout: layout ?? selection.layout, step };
  }
}

/** Reads what a link kept; null where it is no such thing. */
export function parseCompare(text: string): Compare | null {
  let wish: unknown;
  try {
    wish = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof wish !== "object" || wish === null) return null;
  const { run, tag, layout, step, colorsDifference } = wish as Record<string, unknown>;
  if (typeof run !== "string" || typeof tag !== "string") return null;
  return {
    run,
    tag,
    layout: typeof layout === "string" ? layout : null,
    step: typeof step === "number" && Number.isFinite(step) ? step : null,
    colorsDifference: colorsDifference === true,
  };
}
