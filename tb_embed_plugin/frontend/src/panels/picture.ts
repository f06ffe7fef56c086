import type { Store } from "../state/store";

/** Draws the stage's canvases, one above the other, as one picture. */
export class PictureTaker {
  readonly canvas = document.createElement("canvas");
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Resolves once the stage has drawn anew and the picture is taken. */
  takeFresh(): Promise<void> {
    // The stage draws on demand, and WebGL forgets what it drew once it was shown: only within the frame of
    // a drawing can it be read. The smallest step of time makes it draw; what it draws is the same.
    const { playhead } = this.#store;
    const before = playhead.value;
    playhead.value = before > 0 ? before - UNSEEN : UNSEEN;
    return new Promise((resolve) => {
      // Asked for after the stage asked, so called after it has drawn, and before anything is shown.
      requestAnimationFrame(() => {
        this.take();
        playhead.value = before;
        resolve();
      });
    });
  }

  /** To be called in the frame in which the stage has drawn. */
  take(caption = ""): void {
    const layers = [...document.querySelectorAll<HTMLCanvasElement>(".stage-host canvas")];
    const [first] = layers;
    const context = this.canvas.getContext("2d");
    if (!first || !context) return;
    // Video wants even numbers. Setting a size empties the canvas, so only where it changed.
    const [width, height] = [first.width - (first.width % 2), first.height - (first.height % 2)];
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    const { backgroundColor, color } = getComputedStyle(document.body);
    context.fillStyle = backgroundColor;
    context.fillRect(0, 0, width, height);
    for (const layer of layers) context.drawImage(layer, 0, 0);
    const unit = Math.round(window.devicePixelRatio || 1);
    context.fillStyle = color;
    context.font = `600 ${14 * unit}px system-ui, sans-serif`;
    if (caption) context.fillText(caption, 14 * unit, height - 14 * unit);
  }
}

/** Less than the playback's notion of "the same place". */
const UNSEEN = 1e-6;

export async function takePng(store: Store): Promise<Blob> {
  const taker = new PictureTaker(store);
  await taker.takeFresh();
  return new Promise((resolve, reject) => {
    taker.canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error("The picture is too large for this browser to save."));
    }, "image/png");
  });
}
