import { type Rgb, toCss } from "../color/palette";
import { blend, mixPacked, PixelBuffer, pack } from "./pixels";
import { GraphicsError } from "./program";
import { createPlace, fadeAt, type Place, projectPoint } from "./projection";
import {
  HALO,
  HALO_REACH,
  HALO_STRENGTH,
  MIN_RIM_SIZE,
  type Picture,
  type PointStyle,
  type Renderer,
  RIM_STRENGTH,
  RING_GAP,
  RING_WIDTH,
  SELECTED_GAP,
  SELECTED_RING,
  SELECTED_WIDTH,
} from "./renderer";
import { FRAME_WIDTH, pageStarts, type ThumbnailSheet } from "./thumbnail_sheet";

/** Without a GPU: whole pixels for discs, images for thumbnails. */
export class CanvasRenderer implements Renderer {
  readonly kind = "canvas2d";
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #buffer: PixelBuffer;
  #style: PointStyle | null = null;
  #fills = new Uint32Array(0);
  #rims = new Uint32Array(0);
  #pixelRatio = 1;

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d");
    if (!context) throw new GraphicsError("This browser offers no 2-D canvas.");
    this.#canvas = canvas;
    this.#context = context;
    this.#buffer = new PixelBuffer(1, 1);
  }

  resize(width: number, height: number, pixelRatio: number): void {
    this.#pixelRatio = pixelRatio;
    this.#canvas.width = Math.max(1, Math.round(width * pixelRatio));
    this.#canvas.height = Math.max(1, Math.round(height * pixelRatio));
    this.#buffer = new PixelBuffer(this.#canvas.width, this.#canvas.height);
  }

  setStyle(style: PointStyle): void {
    this.#style = style;
    const n = style.adornments.length;
    this.#fills = new Uint32Array(n);
    this.#rims = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      const fill = blend(style.background, colorOf(style, i), (style.colors[4 * i + 3] ?? 255) / 255);
      this.#fills[i] = pack(fill);
      this.#rims[i] = pack(blend(fill, style.background, RIM_STRENGTH));
    }
  }

  draw(picture: Picture): void {
    const style = this.#style;
    this.#buffer.clear();
    if (style) this.#splat(picture, style);
    this.#context.putImageData(this.#buffer.image, 0, 0);
    if (!style) return;
    if (picture.thumbnails) this.#drawThumbnails(picture, picture.thumbnails, style);
    else if (picture.hovered !== null) this.#markHovered(picture, picture.hovered, style);
  }

  clear(): void {
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  destroy(): void {
    this.#buffer = new PixelBuffer(1, 1);
    this.#style = null;
  }

  #splat({ moment, projection, order, pointSize }: Picture, style: PointStyle): void {
    const ratio = this.#pixelRatio;
    const buffer = this.#buffer;
    const isDeep = projection.perspective !== 0;
    const background = pack(style.background);
    const foreground = pack(style.foreground);
    const halo = pack(blend(style.background, style.halo, HALO_STRENGTH));
    const rim = pointSize >= MIN_RIM_SIZE ? Math.round(ratio) : 0;
    const place = createPlace();
    const grown = (size: number, reach: number) => size + 2 * Math.round(reach * ratio);
    for (const point of order) {
      if (!projectPoint(moment, projection, point, place)) continue;
      const [x, y] = [place.x * ratio, place.y * ratio];
      const size = Math.max(1, Math.round(pointSize * place.magnification * ratio));
      const adornments = style.adornments[point] ?? 0;
      if (adornments & HALO) buffer.fillDisc(x, y, grown(size, HALO_REACH), halo);
      if (adornments & SELECTED_RING) {
        buffer.fillDisc(x, y, grown(size, SELECTED_GAP + SELECTED_WIDTH), foreground);
        buffer.fillDisc(x, y, grown(size, SELECTED_GAP), background);
      }
      let fill = this.#fills[point] ?? 0;
      let edge = this.#rims[point] ?? 0;
      if (isDeep) {
        const fade = fadeAt(place.depth);
        fill = mixPacked(fill, background, fade);
        edge = mixPacked(edge, background, fade);
      }
      if (rim > 0) buffer.fillDisc(x, y, size, edge);
      buffer.fillDisc(x, y, Math.max(1, size - 2 * rim), fill);
    }
  }

  #drawThumbnails(picture: Picture, { sheet, size }: NonNullable<Picture["thumbnails"]>, style: PointStyle) {
    const context = this.#context;
    const starts = pageStarts(sheet.sprites);
    const place = createPlace();
    context.imageSmoothingEnabled = size < Math.max(...sheet.sprites.thumbnail_size);
    for (const point of picture.order) {
      if (!projectPoint(picture.moment, picture.projection, point, place)) continue;
      this.#drawThumbnail(sheet, starts, point, place, size * place.magnification, frameOf(style, point));
    }
    const { hovered } = picture;
    if (hovered !== null && projectPoint(picture.moment, picture.projection, hovered, place)) {
      const frame = { color: style.foreground, width: 2 * FRAME_WIDTH, alpha: 1 };
      this.#drawThumbnail(sheet, starts, hovered, place, size * place.magnification, frame);
    }
    context.globalAlpha = 1;
  }

  #drawThumbnail(
    sheet: ThumbnailSheet,
    starts: readonly number[],
    point: number,
    place: Place,
    size: number,
    frame: ThumbnailFrame,
  ): void {
    const context = this.#context;
    const ratio = this.#pixelRatio;
    const [width, height] = sheet.sprites.thumbnail_size;
    const i = pageOf(starts, point);
    const page = sheet.pages[i];
    if (!page) return;
    const index = point - (starts[i] ?? 0);
    const nColumns = sheet.sprites.pages[i]?.n_columns ?? 1;
    const scale = (size * ratio) / Math.max(width, height);
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    const [left, top] = [Math.round(place.x * ratio - w / 2), Math.round(place.y * ratio - h / 2)];
    const border = Math.max(1, Math.round(frame.width * ratio));
    context.globalAlpha = frame.alpha * (1 - fadeAt(place.depth));
    context.fillStyle = toCss(frame.color);
    context.fillRect(left - border, top - border, w + 2 * border, h + 2 * border);
    const [sx, sy] = [(index % nColumns) * width, Math.floor(index / nColumns) * height];
    context.drawImage(page, sx, sy, width, height, left, top, w, h);
  }

  #markHovered(picture: Picture, point: number, style: PointStyle): void {
    const place = createPlace();
    if (!projectPoint(picture.moment, picture.projection, point, place)) return;
    const ratio = this.#pixelRatio;
    const radius = (picture.pointSize / 2) * place.magnification;
    const context = this.#context;
    const arc = (r: number) => {
      context.beginPath();
      context.arc(place.x * ratio, place.y * ratio, r * ratio, 0, 2 * Math.PI);
    };
    context.fillStyle = toCss(colorOf(style, point));
    arc(radius);
    context.fill();
    context.strokeStyle = toCss(style.foreground);
    context.lineWidth = RING_WIDTH * ratio;
    arc(radius + RING_GAP + RING_WIDTH / 2);
    context.stroke();
  }
}

function colorOf({ colors }: PointStyle, point: number): Rgb {
  return [colors[4 * point] ?? 0, colors[4 * point + 1] ?? 0, colors[4 * point + 2] ?? 0];
}

interface ThumbnailFrame {
  color: Rgb;
  /** In CSS pixels. */
  width: number;
  alpha: number;
}

function frameOf(style: PointStyle, point: number): ThumbnailFrame {
  const adornments = style.adornments[point] ?? 0;
  const alpha = (style.colors[4 * point + 3] ?? 255) / 255;
  if (adornments & SELECTED_RING) return { color: style.foreground, width: 2 * FRAME_WIDTH, alpha };
  if (adornments & HALO) return { color: style.halo, width: 2 * FRAME_WIDTH, alpha };
  return { color: colorOf(style, point), width: FRAME_WIDTH, alpha };
}

function pageOf(starts: readonly number[], point: number): number {
  let page = 0;
  while (page + 1 < starts.length && point >= (starts[page + 1] ?? 0)) page++;
  return page;
}
