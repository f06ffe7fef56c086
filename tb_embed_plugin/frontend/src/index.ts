import { effect } from "@preact/signals";
import { h, render as renderTree } from "preact";
import { httpClient } from "./api/client";
import { SpriteCache } from "./api/sprites";
import { SecondPane } from "./compare/second_pane";
import { listenToHost } from "./host/channel";
import { takeIdleFocus } from "./host/focus";
import { watchTheme } from "./host/theme";
import { isTabVisible } from "./host/visibility";
import { App } from "./panels/app";
import { listenToKeyboard } from "./panels/keyboard";
import { Player } from "./playback/player";
import { advancePlayback } from "./state/actions";
import { followProgress } from "./state/busy";
import { followSelection } from "./state/details";
import { Loader } from "./state/loader";
import { followMeasures } from "./state/measure_loader";
import { keepPlace } from "./state/place";
import { followScalars } from "./state/scalars";
import { readRendererChoice } from "./state/settings";
import { Store } from "./state/store";
import { followThumbnails } from "./state/thumbnail_loader";

/** What TensorBoard calls once, in an iframe's otherwise empty page. */
export async function render(): Promise<void> {
  // TensorBoard's page for plugins has neither, and screen readers want both.
  document.title = "Training Evolution";
  document.documentElement.lang = "en";
  await loadStyles();

  const store = new Store();
  const loader = new Loader(store, httpClient);
  store.rendererChoice.value = readRendererChoice();
  watchTheme((theme) => {
    store.theme.value = theme;
    document.documentElement.dataset.theme = theme;
  });

  const player = new Player((seconds) => advancePlayback(store, seconds), isTabVisible);
  effect(() => (store.isPlaying.value ? player.start() : player.stop()));
  listenToKeyboard(store);
  takeIdleFocus();
  followScalars(store, httpClient);
  followSelection(store, httpClient);
  const pane = new SecondPane(store, httpClient);
  listenToHost(() => void loader.refresh());

  const sprites = new SpriteCache(httpClient.spriteUrl);
  followMeasures(store, httpClient);
  followThumbnails(store, sprites);
  followMeasures(pane.store, httpClient);
  followThumbnails(pane.store, sprites);

  renderTree(h(App, { store, loader, client: httpClient, sprites, pane }), document.body);
  keepPlace(store, loader);
  followProgress(store, loader, isTabVisible);
  await loader.refresh();
}

/** Without its styles the page still works, so that their failing is no reason to stop. */
function loadStyles(): Promise<void> {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL("./index.css", import.meta.url).href;
  return new Promise((resolve) => {
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => resolve());
    document.head.append(link);
  });
}
