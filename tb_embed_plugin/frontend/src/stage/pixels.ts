import type { Rgb } from "../color/palette";

/** Half-open column range per row of a disc of whole pixels. */
type Spans = readonly (readonly [number, number])[];

/** Whole pixels, written without blending: at 100,000 points this is what a CPU can do sixty times a second. */
export class PixelBuffer {
  readonly image: ImageData;
  readonly #pixels: Uint32Array;
  readonly #discs = new Map<number, Spans>();

  constructor(width: number, height: number) {
    this.image = new ImageData(width, height);
    this.#pixels = new Uint32Array(this.image.data.buffer);
  }

  clear(): void {
    this.#pixels.fill(0);
  }

  /** A disc around (x, y) of a whole number of pixels across; under four pixels a square. */
  fillDisc(x: number, y: number, size: number, color: number): void {
    let spans = this.#discs.get(size);
    if (!spans) {
      spans = discSpans(size);
      this.#discs.set(size, spans);
    }
    const { width, height } = this.image;
    const left = Math.round(x - size / 2);
    const top = Math.round(y - size / 2);
    for (let row = 0; row < spans.length; row++) {
      const line = top + row;
      const span = spans[row];
      if (!span || line < 0 || line >= height) continue;
      const end = line * width + Math.min(width, left + span[1]);
      for (let i = line * width + Math.max(0, left + span[0]); i < end; i++) this.#pixels[i] = color;
    }
  }
}

function discSpans(size: number): Spans {
  if (size < 4) return Array.from({ length: size }, () => [0, size] as const);
  const radius = size / 2;
  return Array.from({ length: size }, (_, row) => {
    const dy = row + 0.5 - radius;
    const half = Math.sqrt(Math.max(0, radius * radius - dy * dy));
    return [Math.round(radius - half), Math.round(radius + half)] as const;
  });
}

export function blend(under: Rgb, over: Rgb, alpha: number): Rgb {
  return [
    Math.round(under[0] + alpha * (over[0] - under[0])),
    Math.round(under[1] + alpha * (over[1] - under[1])),
    Math.round(under[2] + alpha * (over[2] - under[2])),
  ];
}

/** Opaque, in the byte order of ImageData on little-endian machines, which are all that browsers run on. */
export function pack([r, g, b]: Rgb): number {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** As `blend`, of packed colors. */
export function mixPacked(under: number, over: number, alpha: number): number {
  const r = (under & 255) + alpha * ((over & 255) - (under & 255));
  const g = ((under >> 8) & 255) + alpha * (((over >> 8) & 255) - ((under >> 8) & 255));
  const b = ((under >> 16) & 255) + alpha * (((over >> 16) & 255) - ((under >> 16) & 255));
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}
