import { batch, effect, type Signal, untracked } from "@preact/signals";
import type { Client } from "../api/client";
import type { ColorColumn } from "../color/coloring";
import { WorkerClient } from "../host/worker_client";
import { positionOf, stepAt } from "../playback/axis";
import { Loader } from "../state/loader";
import { Store } from "../state/store";
import type { CompareQuestion } from "./worker";

/** Beside the first pane's store, a second: what it shows follows from the first's `compare`. */
export class SecondPane {
  readonly store = new Store();
  readonly #main: Store;
  readonly #loader: Loader;
  #column: ColorColumn | null = null;
  #nAsked = 0;
  readonly #worker = new WorkerClient<CompareQuestion, Float32Array>("./compare_worker.js");

  constructor(main: Store, client: Client) {
    this.#main = main;
    this.#loader = new Loader(this.store, client);
    effect(() => this.#showWhatIsCompared());
    effect(() => this.#followTime());
    effect(() => this.#followLooks());
    this.#linkPoints(main.selected, this.store.selected);
    this.#linkPoints(main.hovered, this.store.hovered);
    effect(() => this.#colorByDifference());
  }

  /** Whether a point of one pane is the same point in the other. */
  get hasSamePoints(): boolean {
    const [first, second] = [this.#main.frames.value, this.store.frames.value];
    return first !== null && second !== null && first.nPoints === second.nPoints;
  }

  #showWhatIsCompared(): void {
    const { compare, series, logDir } = this.#main;
    const [wish, all] = [compare.value, series.value];
    if (!wish || !all) return;
    const { run, tag, layout } = wish;
    untracked(() =>
      batch(() => {
        this.store.logDir.value = logDir.value;
        this.store.series.value = all;
        this.#loader.select({ run, tag, layout });
      }),
    );
  }

  /** By training step: the same moment of both trainings, however often each was captured. */
  #followTime(): void {
    const [wish, first, second] = [
      this.#main.compare.value,
      this.#main.frames.value,
      this.store.frames.value,
    ];
    if (!wish || !first || !second) return;
    const step = wish.step ?? stepAt(first.steps, this.#main.position.value);
    this.store.playhead.value = positionOf(second.steps, step);
  }

  #followLooks(): void {
    const {
      theme,
      look,
      tool,
      rendererChoice,
      colorChoice,
      colorMeasure,
      emphasized,
      filter,
      cut,
      showsTrails,
    } = this.#main;
    batch(() => {
      this.store.theme.value = theme.value;
      this.store.look.value = look.value;
      this.store.tool.value = tool.value;
      this.store.rendererChoice.value = rendererChoice.value;
      this.store.colorChoice.value = colorChoice.value;
      this.store.colorMeasure.value = colorMeasure.value;
      this.store.emphasized.value = emphasized.value;
      this.store.filter.value = filter.value;
      this.store.cut.value = cut.value;
      this.store.showsTrails.value = showsTrails.value;
    });
  }

  /** Two ways: whichever pane changes, the other follows. */
  #linkPoints<T>(first: Signal<T>, second: Signal<T>): void {
    const follow = (from: Signal<T>, to: Signal<T>) =>
      effect(() => {
        const value = from.value;
        if (untracked(() => this.#main.compare.value !== null && this.hasSamePoints)) to.value = value;
      });
    follow(first, second);
    follow(second, first);
  }

  #colorByDifference(): void {
    const [main, other] = [this.#main, this.store];
    const isWanted = main.compare.value?.colorsDifference === true && this.hasSamePoints;
    if (!isWanted) {
      this.#nAsked++;
      if (this.#column && main.colorOverride.peek() === this.#column) main.colorOverride.value = null;
      other.colorOverride.value = null;
      return;
    }
    const [first, second] = [main, other].map((store) => {
      const frames = store.frames.value;
      const frame = frames?.frames[store.tween.value.nearest];
      return frame && frames ? { positions: frame.positions, nDims: frames.grid.offset.length } : null;
    });
    // Playing passes through steps faster than neighbors are found: what was found last stays.
    if (!first || !second || main.isPlaying.value) return;
    const nth = ++this.#nAsked;
    this.#worker.ask({ first, second }).then(
      (values) => {
        if (nth !== this.#nAsked || !main.compare.value?.colorsDifference) return;
        this.#column = { kind: "measure", name: "difference", values, range: [0, 1] };
        batch(() => {
          main.colorOverride.value = this.#column;
          other.colorOverride.value = this.#column;
        });
      },
      () => undefined,
    );
  }
}
