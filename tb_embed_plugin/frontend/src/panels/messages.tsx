import { isReadable } from "../api/types";
import type { Store } from "../state/store";
import { quoteArgument } from "./format";

/** What stands on the stage instead of a picture. */
export function Messages({ store }: { store: Store }) {
  switch (store.phase.value) {
    case "loading":
      return <Status>Loading…</Status>;
    case "empty":
      return <NoData logDir={store.logDir.value} />;
    case "no-layout":
      return <NoLayout store={store} />;
    case "error":
      return <Failure store={store} />;
    case "ready":
      return isWaitingForFrame(store) ? <Status>Loading step {store.nearestStep.value}…</Status> : null;
  }
}

/** An error beside a picture that is still good. */
export function FailureBanner({ store }: { store: Store }) {
  const failure = store.failure.value;
  if (!failure) return null;
  return (
    <div class="banner" role="alert">
      <span>{failure.message}</span>
      <button type="button" onClick={failure.retry}>
        Retry
      </button>
    </div>
  );
}

function isWaitingForFrame(store: Store): boolean {
  const set = store.frames.value;
  const { from, to } = store.tween.value;
  return set !== null && !set.frames[from] && !set.frames[to];
}

function Status({ children }: { children: preact.ComponentChildren }) {
  return (
    <p class="message is-quiet" role="status">
      {children}
    </p>
  );
}

function NoData({ logDir }: { logDir: string }) {
  const folder = logDir || "LOGDIR";
  const run = JSON.stringify(`${folder.replace(/\/+$/, "")}/run1`);
  return (
    <div class="message" role="status">
      <h2>No activations yet</h2>
      <p>
        No run {logDir ? "below " : "here"}
        {logDir && <code>{logDir}</code>} has captured any. In the training script:
      </p>
      <pre>
        from tb_embed_callbacks import TrainingEvolution{"\n"}
        recorder = TrainingEvolution({run}, x_probe, labels=y_probe, images=x_probe, layers=["fc1"]){"\n"}
        model.fit(x, y, callbacks=[recorder])
      </pre>
      <p>Then lay the captured steps out, and reload:</p>
      <LayoutCommand logDir={logDir} />
    </div>
  );
}

function NoLayout({ store }: { store: Store }) {
  const series = store.selectedSeries.value;
  const nSteps = series && isReadable(series) ? series.steps.length : 0;
  return (
    <div class="message" role="status">
      <h2>No layout yet</h2>
      <p>
        {nSteps === 1 ? "One step has" : `${nSteps.toLocaleString("en-US")} steps have`} been captured of{" "}
        <code>
          {series?.run} / {series?.tag}
        </code>
        . Lay them out, and reload:
      </p>
      <LayoutCommand logDir={store.logDir.value} />
    </div>
  );
}

function LayoutCommand({ logDir }: { logDir: string }) {
  return <pre>tb-embed layout {logDir ? quoteArgument(logDir) : "LOGDIR"}</pre>;
}

function Failure({ store }: { store: Store }) {
  const failure = store.failure.value;
  const series = store.selectedSeries.value;
  const seriesError = series && !isReadable(series) ? series.error : null;
  return (
    <div class="message" role="alert">
      <h2>{failure ? "This could not be loaded" : "This series cannot be read"}</h2>
      <p>{failure?.message ?? seriesError}</p>
      {failure && (
        <button type="button" class="primary" onClick={failure.retry}>
          Retry
        </button>
      )}
    </div>
  );
}
