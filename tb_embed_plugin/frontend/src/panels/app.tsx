import type { Client } from "../api/client";
import type { SpriteCache } from "../api/sprites";
import { LazyFingerprints, ViewSwitch } from "../fingerprints/lazy";
import { GuestLayer } from "../guests/layer";
import type { Loader } from "../state/loader";
import type { Store } from "../state/store";
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
}

export function App({ store, loader, client, sprites }: AppProps) {
  const phase = store.phase.value;
  const hasPicture = store.frames.value !== null;
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
        </aside>
      )}
      <main class="main">
        {store.view.value === "fingerprints" && <LazyFingerprints store={store} />}
        {store.view.value === "layout" && (
          <div class="stage">
            <StageView store={store} />
            {hasPicture && <GuestLayer store={store} />}
            <Messages store={store} />
            {hasPicture && <FailureBanner store={store} />}
            {hasPicture && <Notices store={store} />}
            {hasPicture && <Tooltip store={store} sprites={sprites} />}
            {hasPicture && <StageTools store={store} />}
            {hasPicture && <MotionNote store={store} />}
          </div>
        )}
        <Transport store={store} />
        <HelpOverlay store={store} />
      </main>
    </div>
  );
}
