import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { isReadable, type ReadableSeries } from "../api/types";
import type { Store } from "../state/store";
import { stepShownAt, type UnitOrder } from "./heat_map";
import { type Fingerprints, getClassMeans, getFingerprints, getIdealInputs, type Pictures } from "./replies";

/** Steps kept: enough to play a loop without asking again. */
const MAX_KEPT = 64;

/** What the view knows. It follows the playhead, or a slider of its own where nothing is laid out. */
export class FingerprintsState {
  readonly order = signal<UnitOrder>("unit");
  readonly map = signal<Fingerprints | null>(null);
  readonly idealInputs = signal<(Pictures & { step: number }) | null>(null);
  readonly classMeans = signal<Pictures | null>(null);
  readonly failure = signal<string | null>(null);
  /** Index of the step among those captured, where there is no playhead to follow. */
  readonly ownIndex = signal(0);

  readonly series: ReadonlySignal<ReadableSeries | null>;
  readonly step: ReadonlySignal<number | null>;
  readonly #stops: (() => void)[];

  constructor(store: Store) {
    this.series = computed(() => {
      const series = store.selectedSeries.value;
      return series && isReadable(series) ? series : null;
    });
    this.step = computed(() => {
      const steps = this.series.value?.steps ?? [];
      const followed = store.nearestStep.value;
      return followed === null
        ? (steps[this.ownIndex.value] ?? steps[0] ?? null)
        : stepShownAt(steps, followed);
    });
    const key = computed(() => {
      const series = this.series.value;
      return series ? JSON.stringify([series.run, series.tag]) : "";
    });
    const idealStep = computed(() => {
      const step = this.step.value;
      return step === null ? null : stepShownAt(this.series.value?.ideal_inputs ?? [], step);
    });
    this.#stops = [
      effect(() => {
        key.value;
        this.map.value = null;
        this.idealInputs.value = null;
        this.classMeans.value = null;
      }),
      this.#follow(key, this.step, this.map, getFingerprints),
      this.#follow(key, idealStep, this.idealInputs, async (series, step, signal) => ({
        ...(await getIdealInputs(series, step, signal)),
        step,
      })),
      this.#follow(
        key,
        computed(() => (this.series.value?.ideal_inputs?.length && this.series.value.sprites ? 0 : null)),
        this.classMeans,
        (series, _, signal) => getClassMeans(series, signal),
      ),
    ];
  }

  destroy(): void {
    for (const stop of this.#stops) stop();
  }

  /** Keeps `target` at what `load` gives for the step; what was there stays until the next has come. */
  #follow<T>(
    key: ReadonlySignal<string>,
    wanted: ReadonlySignal<number | null>,
    target: Signal<T | null>,
    load: (series: { run: string; tag: string }, step: number, signal: AbortSignal) => Promise<T>,
  ): () => void {
    const kept = new Map<string, T>();
    let task = new AbortController();
    const stop = effect(() => {
      const [step, name] = [wanted.value, key.value];
      task.abort();
      if (step === null || name === "") {
        target.value = null;
        return;
      }
      const id = `${name} ${step}`;
      const known = kept.get(id);
      if (known !== undefined) {
        target.value = known;
        return;
      }
      task = new AbortController();
      const { signal } = task;
      const [run, tag] = JSON.parse(name) as [string, string];
      load({ run, tag }, step, signal).then(
        (reply) => {
          if (signal.aborted) return;
          kept.set(id, reply);
          const oldest = kept.keys().next();
          if (kept.size > MAX_KEPT && !oldest.done) kept.delete(oldest.value);
          this.failure.value = null;
          target.value = reply;
        },
        (error: unknown) => {
          if (!signal.aborted) this.failure.value = error instanceof Error ? error.message : String(error);
        },
      );
    });
    return () => {
      stop();
      task.abort();
    };
  }
}
