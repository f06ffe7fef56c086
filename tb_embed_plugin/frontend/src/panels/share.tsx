import { useRef, useState } from "preact/hooks";
import { shareableAddress, writeAddress } from "../host/address";
import { currentValues } from "../state/place";
import type { Store } from "../state/store";
import { Panel } from "./panel";
import { downloadCsv, downloadPng, downloadVideo } from "./save";
import { canRecord } from "./video";

/** What can be taken along: a link to what is seen, and files. */
export function SharePanel({ store }: { store: Store }) {
  const [failure, setFailure] = useState<string | null>(null);
  const report = (error: unknown) => setFailure(error instanceof Error ? error.message : String(error));
  return (
    <Panel name="share" title="Keep and share">
      <LinkButton store={store} />
      <div class="button-row">
        <button
          type="button"
          title="The picture as it is"
          onClick={() => {
            setFailure(null);
            downloadPng(store).catch(report);
          }}
        >
          PNG
        </button>
        <VideoButton store={store} onStart={() => setFailure(null)} onFailure={report} />
        <button
          type="button"
          title="Metadata of the selection"
          disabled={store.selected.value.length === 0}
          onClick={() => downloadCsv(store)}
        >
          CSV
        </button>
      </div>
      {failure && (
        <p class="field-error" role="alert">
          {failure}
        </p>
      )}
    </Panel>
  );
}

type Link = { href: string; isComplete: boolean; isCopied: boolean };

function LinkButton({ store }: { store: Store }) {
  const [link, setLink] = useState<Link | null>(null);
  const copy = async () => {
    const values = currentValues(store);
    writeAddress(values);
    const address = shareableAddress(values);
    setLink({ ...address, isCopied: await copyText(address.href) });
  };
  return (
    <>
      <div class="button-row">
        <button type="button" onClick={() => void copy()}>
          Copy link
        </button>
        <output class="facts" data-testid="copied">
          {link?.isCopied ? "Copied" : ""}
        </output>
      </div>
      {link && !link.isCopied && <LinkField href={link.href} />}
      {link && !link.isComplete && (
        <p class="facts">The selection is too large for a link, and left out of it.</p>
      )}
    </>
  );
}

/** For pages that are no secure context, such as TensorBoard on another machine: those may not copy. */
function LinkField({ href }: { href: string }) {
  return (
    <input
      class="text-input"
      aria-label="Link to copy"
      readOnly
      value={href}
      ref={(input) => {
        input?.focus();
        input?.select();
      }}
    />
  );
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

interface VideoButtonProps {
  store: Store;
  onStart: () => void;
  onFailure: (error: unknown) => void;
}

function VideoButton({ store, onStart, onFailure }: VideoButtonProps) {
  const [progress, setProgress] = useState<number | null>(null);
  const task = useRef<AbortController | null>(null);
  const record = async () => {
    const aborter = new AbortController();
    task.current = aborter;
    onStart();
    setProgress(0);
    try {
      await downloadVideo(store, aborter.signal, setProgress);
    } catch (error) {
      if (!aborter.signal.aborted) onFailure(error);
    } finally {
      setProgress(null);
    }
  };
  if (progress !== null) {
    return (
      <span class="recording">
        <progress value={progress} aria-label="Recording" />
        <button type="button" onClick={() => task.current?.abort()}>
          Cancel
        </button>
      </span>
    );
  }
  const isPossible = canRecord();
  return (
    <button
      type="button"
      disabled={!isPossible || store.nFrames.value < 2}
      title={
        isPossible ? "All steps, played once at this speed, as WebM" : "This browser cannot record video"
      }
      onClick={() => void record()}
    >
      Video
    </button>
  );
}
