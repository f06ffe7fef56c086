/** Longer pauses are those of a sleeping computer, not of a slow frame. */
const MAX_ELAPSED_SECONDS = 1;
const HIDDEN_POLL_MS = 250;

/** Ticks once per animation frame with the wall-clock time since the last; stands still while hidden. */
export class Player {
  readonly #onElapsed: (seconds: number) => void;
  readonly #isVisible: () => boolean;
  #cancelNext: (() => void) | null = null;
  #last: number | null = null;

  constructor(onElapsed: (seconds: number) => void, isVisible: () => boolean) {
    this.#onElapsed = onElapsed;
    this.#isVisible = isVisible;
  }

  start(): void {
    if (this.#cancelNext) return;
    this.#last = null;
    this.#awaitFrame();
  }

  stop(): void {
    this.#cancelNext?.();
    this.#cancelNext = null;
  }

  #awaitFrame(): void {
    const request = requestAnimationFrame((now) => this.#tick(now));
    this.#cancelNext = () => cancelAnimationFrame(request);
  }

  #tick(now: number): void {
    if (!this.#isVisible()) {
      this.#last = null;
      const timer = setTimeout(() => this.#awaitFrame(), HIDDEN_POLL_MS);
      this.#cancelNext = () => clearTimeout(timer);
      return;
    }
    // First, since the callback may stop the player.
    this.#awaitFrame();
    const elapsed = this.#last === null ? 0 : (now - this.#last) / 1000;
    this.#last = now;
    this.#onElapsed(Math.min(MAX_ELAPSED_SECONDS, Math.max(0, elapsed)));
  }
}
