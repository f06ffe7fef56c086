import { isReadable, type LayoutInfo, type Series } from "../api/types";

export interface Selection {
  run: string;
  tag: string;
  layout: string | null;
}

/** Keeps of the wish what exists, and completes it with what there is to see. */
export function resolveSelection(all: readonly Series[], wish: Partial<Selection>): Selection | null {
  const inRun = all.filter((series) => series.run === wish.run);
  const candidates = inRun.length > 0 ? inRun : all;
  const series =
    candidates.find(({ tag }) => inRun.length > 0 && tag === wish.tag) ??
    candidates.find((candidate) => layoutsOf(candidate).length > 0) ??
    candidates[0];
  if (!series) return null;
  const layouts = layoutsOf(series);
  const layout = layouts.find(({ name }) => name === wish.layout) ?? layouts[0];
  return { run: series.run, tag: series.tag, layout: layout?.name ?? null };
}

export function findSeries(all: readonly Series[], selection: Selection | null): Series | null {
  return all.find(({ run, tag }) => run === selection?.run && tag === selection.tag) ?? null;
}

/** A layout without steps is one that is still being made. */
export function layoutsOf(series: Series | null): readonly LayoutInfo[] {
  return series && isReadable(series) ? series.layouts.filter(({ steps }) => steps.length > 0) : [];
}

export function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
