/** Longer pauses are those of a sleeping computer, not of a slow frame. */
const MAX_ELAPSED_SECONDS = 1;
const HIDDEN_POLL_MS = 250;

/** Ticks once per animation frame with the wall-clock time since the last; stands still while hidden. */
export class Player {
  readonly #onElapsed: (seconds: number) => void;
  readonly #isVisible: () => boolean;
  #isRunning = false;
  #last: number | null = null;

  constructor(onElapsed: (seconds: number) => void, isVisible: () => boolean) {
    this.#onElapsed = onElapsed;
    this.#isVisible = isVisible;
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#last = null;
    requestAnimationFrame(this.#tick);
  }

  stop(): void {
    this.#isRunning = false;
  }

  readonly #tick = (now: number): void => {
    if (!this.#isRunning) return;
    if (!this.#isVisible()) {
      this.#last = null;
      setTimeout(() => requestAnimationFrame(this.#tick), HIDDEN_POLL_MS);
      return;
    }
    const elapsed = this.#last === null ? 0 : (now - this.#last) / 1000;
    this.#last = now;
    this.#onElapsed(Math.min(MAX_ELAPSED_SECONDS, Math.max(0, elapsed)));
    requestAnimationFrame(this.#tick);
  };
}
