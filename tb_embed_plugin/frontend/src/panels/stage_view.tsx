import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Stage } from "../stage/stage";
import { readScene } from "../state/scene_reader";
import { select } from "../state/selecting";
import type { Store } from "../state/store";
import { listenToStageKeys } from "./stage_keys";

/** One picture of one store; a page may hold several. */
export function StageView({ store }: { store: Store }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => (host.current ? runStage(host.current, store) : undefined), [store]);
  return <div class="stage-host" ref={host} data-tool={store.tool.value} />;
}

/** Ties a stage to the store; returns the function that ends it. */
function runStage(host: HTMLElement, store: Store): () => void {
  // Points are walked and chosen with the keyboard: keys are the stage's own while it has the focus.
  host.tabIndex = 0;
  host.setAttribute("role", "application");
  host.setAttribute("aria-label", "Picture");
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
    onSelect: (points, mode) => select(store, points, mode),
    onPlace: (place) => {
      store.hoveredPlace.value = place;
    },
  });
  const stopKeys = listenToStageKeys(host, stage, store);
  const stopChoosing = effect(() => stage.useRenderer(store.rendererChoice.value));
  const stopShowing = effect(() => stage.show(readScene(store)));
  return () => {
    stopShowing();
    stopChoosing();
    stopKeys();
    stage.destroy();
  };
}
