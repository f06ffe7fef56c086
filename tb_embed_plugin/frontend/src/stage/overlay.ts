import type { Rgb } from "../color/palette";
import { toCss } from "../color/palette";
import type { Outline } from "./region";
import type { Size } from "./size";

/** One thing drawn over the points, in CSS pixels of the stage. */
export type OverlayLayer = (context: CanvasRenderingContext2D) => void;

/** A canvas above the points, for what is few: text, lines, outlines. Lets the pointer through. */
export class Overlay {
  readonly canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  #pixelRatio = 1;
  #isEmpty = true;

  constructor() {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "stage-overlay";
    this.canvas.setAttribute("aria-hidden", "true");
    this.#context = this.canvas.getContext("2d");
  }

  resize({ width, height }: Size, pixelRatio: number): void {
    this.#pixelRatio = pixelRatio;
    this.canvas.width = Math.max(1, Math.round(width * pixelRatio));
    this.canvas.height = Math.max(1, Math.round(height * pixelRatio));
  }

  draw(layers: readonly OverlayLayer[]): void {
    const context = this.#context;
    if (!context || (layers.length === 0 && this.#isEmpty)) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(this.#pixelRatio, 0, 0, this.#pixelRatio, 0, 0);
    for (const layer of layers) layer(context);
    this.#isEmpty = layers.length === 0;
  }
}

/** The lasso or rectangle while it is drawn. */
export function outlineLayer(outline: Outline, foreground: Rgb): OverlayLayer {
  return (context) => {
    context.beginPath();
    for (let i = 0; i < outline.length; i += 2) context.lineTo(outline[i] ?? 0, outline[i + 1] ?? 0);
    context.closePath();
    context.fillStyle = toCss(foreground, 0.08);
    context.fill();
    context.strokeStyle = toCss(foreground);
    context.lineWidth = 1.5;
    context.setLineDash([5, 4]);
    context.stroke();
    context.setLineDash([]);
  };
}
