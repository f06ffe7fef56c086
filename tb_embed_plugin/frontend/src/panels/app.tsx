import type { Client } from "../api/client";
import type { SpriteCache } from "../api/sprites";
import type { SecondPane } from "../compare/second_pane";
import { LazyFingerprints, ViewSwitch } from "../fingerprints/lazy";
import { GuestLayer } from "../guests/layer";
import type { Loader } from "../state/loader";
import type { Store } from "../state/store";
import { ComparePanel, PaneTitle } from "./compare";
import { Controls } from "./controls";
import { FilterPanel } from "./filter";
import { FindPanel } from "./find";
import { HelpOverlay } from "./help";
import { LegendPanel } from "./legend";
import { LookPanel } from "./look";
import { FailureBanner, Messages, Notices } from "./messages";
import { MotionNote } from "./motion_note";
import { SelectionPanel } from "./selection";
import { SettingsPanel } from "./settings";
import { SharePanel } from "./share";
import { StageTools } from "./stage_tools";
import { StageView } from "./stage_view";
import { Tooltip } from "./tooltip";
import { Transport } from "./transport";

export interface AppProps {
  store: Store;
  loader: Loader;
  client: Client;
  sprites: SpriteCache;
  pane: SecondPane;
}

export function App({ store, loader, client, sprites, pane }: AppProps) {
  const phase = store.phase.value;
  const hasPicture = store.frames.value !== null;
  const isComparing = hasPicture && store.compare.value !== null;
  return (
    <div class="app" data-state={phase}>
      <aside class="side" aria-label="Controls">
        <ViewSwitch store={store} />
        <Controls store={store} loader={loader} />
        {hasPicture && <LegendPanel store={store} />}
        {hasPicture && <LookPanel store={store} />}
        {hasPicture && <SharePanel store={store} />}
        <SettingsPanel store={store} />
      </aside>
      {hasPicture && (
        <aside class="side inspect" aria-label="Ask">
          <FilterPanel store={store} />
          <SelectionPanel store={store} sprites={sprites} />
          <FindPanel store={store} client={client} sprites={sprites} />
          <ComparePanel store={store} pane={pane} />
        </aside>
      )}
      <main class="main">
        {store.view.value === "fingerprints" && <LazyFingerprints store={store} />}
        {store.view.value === "layout" && (
          <div class="panes">
            <div class="stage">
              <StageView store={store} />
              {hasPicture && <GuestLayer store={store} />}
              <Messages store={store} />
              {hasPicture && <FailureBanner store={store} />}
              {hasPicture && <Notices store={store} />}
              {hasPicture && <Tooltip store={store} sprites={sprites} />}
              {hasPicture && <StageTools store={store} />}
              {hasPicture && <MotionNote store={store} />}
              {isComparing && <PaneTitle store={store} />}
            </div>
            {isComparing && <OtherPane store={pane.store} sprites={sprites} />}
          </div>
        )}
        <Transport store={store} />
        <HelpOverlay store={store} />
      </main>
    </div>
  );
}

/** The second picture, where there are two. */
function OtherPane({ store, sprites }: { store: Store; sprites: SpriteCache }) {
  return (
    <section class="stage" aria-label="Second pane" data-state={store.phase.value}>
      <StageView store={store} />
      <Messages store={store} />
      <Tooltip store={store} sprites={sprites} />
      <PaneTitle store={store} />
    </section>
  );
}
