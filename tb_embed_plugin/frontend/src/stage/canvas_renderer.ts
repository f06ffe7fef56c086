import type { Rgb } from "../color/palette";
import { GraphicsError } from "./program";
import {
  MIN_RIM_SIZE,
  type Picture,
  type PointStyle,
  type Renderer,
  RIM_STRENGTH,
  RING_GAP,
  RING_WIDTH,
} from "./renderer";
import { tweenPoint } from "./tween";

/** Half-open column range per row of a disc of whole pixels. */
type Spans = readonly (readonly [number, number])[];

/** Writes whole pixels without blending: at 100,000 points this is what a CPU can do sixty times a second. */
export class CanvasRenderer implements Renderer {
  readonly kind = "canvas2d";
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #image: ImageData;
  #pixels: Uint32Array;
  #style: PointStyle | null = null;
  #fills = new Uint32Array(0);
  #rims = new Uint32Array(0);
  #pixelRatio = 1;

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d");
    if (!context) throw new GraphicsError("This browser offers no 2-D canvas.");
    this.#canvas = canvas;
    this.#context = context;
    this.#image = context.createImageData(1, 1);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
  }

  resize(width: number, height: number, pixelRatio: number): void {
    this.#pixelRatio = pixelRatio;
    this.#canvas.width = Math.max(1, Math.round(width * pixelRatio));
    this.#canvas.height = Math.max(1, Math.round(height * pixelRatio));
    this.#image = this.#context.createImageData(this.#canvas.width, this.#canvas.height);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
  }

  setStyle(style: PointStyle): void {
    this.#style = style;
    const n = style.order.length;
    this.#fills = new Uint32Array(n);
    this.#rims = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      const color: Rgb = [
        style.colors[4 * i] ?? 0,
        style.colors[4 * i + 1] ?? 0,
        style.colors[4 * i + 2] ?? 0,
      ];
      const fill = blend(style.background, color, (style.colors[4 * i + 3] ?? 255) / 255);
      this.#fills[i] = pack(fill);
      this.#rims[i] = pack(blend(fill, style.background, RIM_STRENGTH));
    }
  }

  draw(picture: Picture): void {
    const style = this.#style;
    this.#pixels.fill(0);
    if (style) this.#splat(picture, style.order);
    this.#context.putImageData(this.#image, 0, 0);
    if (style && picture.hovered !== null) this.#mark(picture, picture.hovered, style);
  }

  clear(): void {
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  destroy(): void {
    this.#pixels = new Uint32Array(0);
    this.#style = null;
  }

  #splat({ from, to, mix, transform, pointSize }: Picture, order: Uint32Array): void {
    const ratio = this.#pixelRatio;
    const size = Math.max(1, Math.round(pointSize * ratio));
    const rim = pointSize >= MIN_RIM_SIZE ? Math.round(ratio) : 0;
    const outer = discSpans(size, 0);
    const inner = rim > 0 ? discSpans(size, rim) : null;
    const place = { x: 0, y: 0 };
    for (const point of order) {
      if (!tweenPoint(from, to, mix, point, place)) continue;
      const left = Math.round((place.x * transform.scaleX + transform.shiftX) * ratio - size / 2);
      const top = Math.round((place.y * transform.scaleY + transform.shiftY) * ratio - size / 2);
      this.#fillSpans(outer, left, top, (inner ? this.#rims[point] : this.#fills[point]) ?? 0);
      if (inner) this.#fillSpans(inner, left, top, this.#fills[point] ?? 0);
    }
  }

  #fillSpans(spans: Spans, left: number, top: number, color: number): void {
    const { width, height } = this.#image;
    for (let row = 0; row < spans.length; row++) {
      const y = top + row;
      const span = spans[row];
      if (!span || y < 0 || y >= height) continue;
      const end = y * width + Math.min(width, left + span[1]);
      for (let i = y * width + Math.max(0, left + span[0]); i < end; i++) this.#pixels[i] = color;
    }
  }

  #mark({ from, to, mix, transform, pointSize }: Picture, point: number, style: PointStyle): void {
    const place = { x: 0, y: 0 };
    if (!tweenPoint(from, to, mix, point, place)) return;
    const ratio = this.#pixelRatio;
    const x = (place.x * transform.scaleX + transform.shiftX) * ratio;
    const y = (place.y * transform.scaleY + transform.shiftY) * ratio;
    const context = this.#context;
    context.fillStyle = css([
      style.colors[4 * point] ?? 0,
      style.colors[4 * point + 1] ?? 0,
      style.colors[4 * point + 2] ?? 0,
    ]);
    context.strokeStyle = css(style.foreground);
    context.lineWidth = RING_WIDTH * ratio;
    context.beginPath();
    context.arc(x, y, (pointSize / 2) * ratio, 0, 2 * Math.PI);
    context.fill();
    context.beginPath();
    context.arc(x, y, (pointSize / 2 + RING_GAP + RING_WIDTH / 2) * ratio, 0, 2 * Math.PI);
    context.stroke();
  }
}

function discSpans(size: number, inset: number): Spans {
  // Under four pixels a disc is a square.
  if (size < 4) return Array.from({ length: size }, () => [0, size] as const);
  const radius = size / 2 - inset;
  return Array.from({ length: size }, (_, row) => {
    const dy = row + 0.5 - size / 2;
    const half = Math.sqrt(Math.max(0, radius * radius - dy * dy));
    return [Math.round(size / 2 - half), Math.round(size / 2 + half)] as const;
  });
}

function blend(under: Rgb, over: Rgb, alpha: number): Rgb {
  return [
    Math.round(under[0] + alpha * (over[0] - under[0])),
    Math.round(under[1] + alpha * (over[1] - under[1])),
    Math.round(under[2] + alpha * (over[2] - under[2])),
  ];
}

/** Opaque, in the byte order of ImageData on little-endian machines, which are all that browsers run on. */
function pack([r, g, b]: Rgb): number {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

function css([r, g, b]: Rgb): string {
  return `rgb(${r} ${g} ${b})`;
}
