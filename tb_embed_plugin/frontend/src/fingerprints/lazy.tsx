import { useEffect, useState } from "preact/hooks";
import type { Store } from "../state/store";

type View = typeof import("./view").FingerprintsView;

/** Loads the view's code when it is first opened. */
export function LazyFingerprints({ store }: { store: Store }) {
  const [loaded, setLoaded] = useState<{ View: View } | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    let isStale = false;
    import("./view").then(
      ({ FingerprintsView }) => {
        if (!isStale) setLoaded({ View: FingerprintsView });
      },
      () => {
        if (!isStale) setFailure("This view could not be loaded. Is TensorBoard still running?");
      },
    );
    return () => {
      isStale = true;
    };
  }, []);
  if (loaded) return <loaded.View store={store} />;
  return <p class="facts fingerprints">{failure ?? "Loading…"}</p>;
}

/** Switches between the picture of the points and that of the units. */
export function ViewSwitch({ store }: { store: Store }) {
  const views = [
    { name: "layout", label: "Layout" },
    { name: "fingerprints", label: "Fingerprints" },
  ] as const;
  return (
    <fieldset class="view-switch" aria-label="View">
      {views.map(({ name, label }) => (
        <button
          key={name}
          type="button"
          aria-pressed={store.view.value === name}
          onClick={() => {
            store.view.value = name;
          }}
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}
