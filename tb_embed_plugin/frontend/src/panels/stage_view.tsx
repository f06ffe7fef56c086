import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Scene, Stage } from "../stage/stage";
import { STAGE_COLORS } from "../stage/stage_colors";
import type { Store } from "../state/store";

export function StageView({ store }: { store: Store }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => (host.current ? runStage(host.current, store) : undefined), [store]);
  return <div class="stage-host" ref={host} />;
}

/** Ties a stage to the store; returns the function that ends it. */
function runStage(host: HTMLElement, store: Store): () => void {
  const stage = new Stage(host, {
    onHover: (point) => {
      store.hovered.value = point;
    },
    onCamera: (camera) => {
      store.camera.value = camera;
    },
    onResize: (size) => {
      store.stageSize.value = size;
    },
    onRenderer: (info) => {
      store.rendererInfo.value = info;
    },
    onPlace: (place) => {
      store.hoveredPlace.value = place;
    },
  });
  const readStyle = keepStyle(store);
  const stopChoosing = effect(() => stage.useRenderer(store.rendererChoice.value));
  const stopShowing = effect(() => stage.show(readScene(store, readStyle())));
  return () => {
    stopShowing();
    stopChoosing();
    stage.destroy();
  };
}

function readScene(store: Store, style: Scene["style"]): Scene | null {
  const set = store.frames.value;
  if (!set) return null;
  const { from, to, mix, nearest } = store.tween.value;
  // While one frame of a pair is still on its way, the other is shown for what it is.
  const first = set.frames[from] ?? set.frames[to];
  const second = set.frames[to] ?? set.frames[from];
  if (!first || !second) return null;
  return {
    grid: set.grid,
    from: first.positions,
    to: second.positions,
    mix: first === second ? 0 : mix,
    camera: store.camera.value,
    style,
    isEmphasized: store.coloring.value.isEmphasized,
    hovered: store.hovered.value,
    nFramesLoaded: set.nLoaded,
    label: `${set.nPoints.toLocaleString("en-US")} points at step ${set.steps[nearest]}`,
  };
}

/** The same style object for as long as nothing in it changed, since the stage uploads each new one. */
function keepStyle(store: Store): () => Scene["style"] {
  let colors: Uint8Array | null = null;
  let style: Scene["style"] | null = null;
  return () => {
    const coloring = store.coloring.value;
    if (!style || coloring.colors !== colors) {
      colors = coloring.colors;
      style = { colors, order: store.drawingOrder.value, ...STAGE_COLORS[store.theme.value] };
    }
    return style;
  };
}
