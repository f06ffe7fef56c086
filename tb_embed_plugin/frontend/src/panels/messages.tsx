import { isReadable, type ReadableSeries } from "../api/types";
import { isLayingOut } from "../state/busy";
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

/** Captured, but nothing to look at yet: what is going on, and what to do. */
function NoLayout({ store }: { store: Store }) {
  const series = store.selectedSeries.value;
  if (!series || !isReadable(series)) return null;
  const failed = series.status?.failed[0];
  const name = `${series.run} / ${series.tag}`;
  if (isLayingOut(series)) {
    return (
      <div class="message" role="status">
        <h2>Laying out</h2>
        <p>
          The steps of <code>{name}</code> are being laid out. The picture appears here by itself.
        </p>
        <LayoutProgress series={series} />
      </div>
    );
  }
  if (failed) {
    return (
      <div class="message" role="alert">
        <h2>The layout failed</h2>
        <p>
          <code>{name}</code> could not be laid out: {failed.reason}
        </p>
        <p>Mend that, and lay it out again:</p>
        <LayoutCommand logDir={store.logDir.value} />
      </div>
    );
  }
  return (
    <div class="message" role="status">
      <h2>{series.status?.state === "capturing" ? "Capturing" : "No layout yet"}</h2>
      <p>
        {series.steps.length === 1
          ? "One step has"
          : `${series.steps.length.toLocaleString("en-US")} steps have`}{" "}
        been captured of <code>{name}</code>. Lay them out:
      </p>
      <LayoutCommand logDir={store.logDir.value} />
      {series.status?.state === "capturing" && (
        <p>
          With <code>--watch</code> each new step joins the picture while the training runs.
        </p>
      )}
    </div>
  );
}

/** How far the layouts are that are being made. */
function LayoutProgress({ series }: { series: ReadableSeries }) {
  return (
    <>
      {series.status?.laying_out.map(({ layout, stage, done, total }) => (
        <div key={layout} class="progress-row">
          <span>
            {layout}: {stage}
          </span>
          <progress max={Math.max(1, total)} value={done} aria-label={`Progress of ${layout}`} />
          <span>{Math.floor((100 * done) / Math.max(1, total))} %</span>
        </div>
      ))}
    </>
  );
}

/** Beside a picture: that more is to come, that a newer layout failed, or that drawing is slower than it need be. */
export function Notices({ store }: { store: Store }) {
  const series = store.selectedSeries.value;
  if (!series || !isReadable(series)) return null;
  const failed = series.status?.failed[0];
  return (
    <div class="notices">
      {isLayingOut(series) && <LayoutProgress series={series} />}
      {failed && (
        <p role="status">
          <b>The layout “{failed.layout}” failed:</b> {failed.reason}
        </p>
      )}
      {store.rendererInfo.value?.kind === "canvas2d" && isWebglMissing() && (
        <p role="status">
          This browser offers no WebGL 2: points are drawn by the processor, as squares. For more speed, allow
          hardware acceleration in the browser's settings.
        </p>
      )}
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

let hasWebgl: boolean | null = null;

function isWebglMissing(): boolean {
  hasWebgl ??= document.createElement("canvas").getContext("webgl2") !== null;
  return !hasWebgl;
}
