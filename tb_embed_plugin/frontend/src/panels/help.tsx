import { useEffect, useRef } from "preact/hooks";
import type { Store } from "../state/store";
import { SHORTCUTS } from "./keyboard";

/** What the keyboard and the pointer do; "?" opens it. */
export function HelpOverlay({ store }: { store: Store }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = store.showsHelp.value;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const close = () => {
    store.showsHelp.value = false;
  };
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-heading" onClose={close}>
      <div class="panel-head">
        <h2 id="help-heading">Keys</h2>
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
      <dl>
        {SHORTCUTS.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
