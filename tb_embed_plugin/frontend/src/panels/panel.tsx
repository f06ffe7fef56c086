import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { readSetting, writeSetting } from "../state/settings";

interface PanelProps {
  /** Names the panel in storage: whether it is open is remembered. */
  name: string;
  title: string;
  /** Beside the title, and seen also while the panel is closed. */
  note?: ComponentChildren;
  isOpenAtFirst?: boolean;
  children: ComponentChildren;
}

const openPanels = signal<ReadonlyMap<string, boolean>>(new Map());

/** A part of a side column that folds away. */
export function Panel({ name, title, note, isOpenAtFirst = true, children }: PanelProps) {
  const id = useId();
  const isOpen = openPanels.value.get(name) ?? readIsOpen(name) ?? isOpenAtFirst;
  return (
    <section class="panel" data-panel={name} data-open={isOpen} aria-labelledby={`${id}-title`}>
      <div class="panel-head">
        <h2>
          <button
            type="button"
            id={`${id}-title`}
            class="panel-title"
            aria-expanded={isOpen}
            aria-controls={`${id}-body`}
            onClick={() => setPanelOpen(name, !isOpen)}
          >
            {title}
          </button>
        </h2>
        {note !== undefined && <span class="panel-note">{note}</span>}
      </div>
      <div id={`${id}-body`} class="panel-body" hidden={!isOpen}>
        {isOpen && children}
      </div>
    </section>
  );
}

export function setPanelOpen(name: string, isOpen: boolean): void {
  openPanels.value = new Map(openPanels.value).set(name, isOpen);
  writeSetting(`panel.${name}`, isOpen ? "open" : "closed");
}

function readIsOpen(name: string): boolean | null {
  const stored = readSetting(`panel.${name}`);
  return stored === null ? null : stored === "open";
}
