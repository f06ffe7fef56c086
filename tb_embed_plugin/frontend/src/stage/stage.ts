import { type ChosenRenderer, chooseRenderer, type RendererChoice } from "./choose_renderer";
import { CenterCache, classNamesLayer } from "./class_names";
import { depthOrder } from "./drawing_order";
import { motionTailsLayer } from "./motion_tails";
import { Overlay, type OverlayLayer, outlineLayer } from "./overlay";
import { type DrawnPoints, pickNearest, pickTowards, placeOf } from "./picking";
import { pointLabelsLayer } from "./point_labels";
import { pointSize, thumbnailSize } from "./point_size";
import { listenToPointer } from "./pointer_input";
import { type Outline, pickInside } from "./region";
import type { PointStyle, RendererKind } from "./renderer";
import type { Scene } from "./scene";
import type { Size } from "./size";
import type { SelectMode } from "./tool";
import { trailsLayer } from "./trails";
import { type Camera, dragBy, panBy, projectionOf, zoomAt } from "./viewport";

export interface RendererInfo {
  kind: RendererKind;
  reason: string | null;
}

export interface StageEvents {
  onHover(point: number | null): void;
  onCamera(camera: Camera): void;
  onResize(size: Size): void;
  onRenderer(info: RendererInfo): void;
  onSelect(points: Iterable<number>, mode: SelectMode): void;
  /** Where the hovered point has just been drawn, in CSS pixels of the stage. */
  onPlace(place: { x: number; y: number } | null): void;
}

/** How far from a point's rim, in CSS pixels, the pointer still means it. */
const PICK_SLACK = 4;

/** Owns the canvases: draws the scene when something changed, and reports what the pointer does. */
export class Stage {
  readonly #host: HTMLElement;
  readonly #events: StageEvents;
  readonly #overlay = new Overlay();
  readonly #centers = new CenterCache();
  readonly #resizeObserver: ResizeObserver;
  readonly #stopListening: () => void;
  #chosen: ChosenRenderer | null = null;
  #scene: Scene | null = null;
  #shownStyle: PointStyle | null = null;
  #outline: Outline | null = null;
  #size: Size = { width: 0, height: 0 };
  #pixelRatio = 0;
  #pendingDraw = 0;

  constructor(host: HTMLElement, events: StageEvents) {
    this.#host = host;
    this.#events = events;
    this.#resizeObserver = new ResizeObserver(() => this.#fitToHost());
    this.#resizeObserver.observe(host);
    window.addEventListener("resize", this.#handleWindowResize);
    host.append(this.#overlay.canvas);
    this.#stopListening = listenToPointer(host, {
      tool: () => this.#scene?.tool ?? "move",
      hover: (px, py) => this.#events.onHover(this.#pick(px, py)),
      leave: () => this.#events.onHover(null),
      drag: (dx, dy) => this.#moveCamera(({ grid, camera }) => dragBy(grid, this.#size, camera, dx, dy)),
      shift: (dx, dy) => this.#moveCamera(({ grid, camera }) => panBy(grid, this.#size, camera, dx, dy)),
      zoom: (factor, px, py) =>
        this.#moveCamera(({ grid, camera }) => zoomAt(grid, this.#size, camera, factor, px, py)),
      click: (px, py, mode) => this.#click(px, py, mode),
      outline: (outline) => {
        this.#outline = outline;
        this.requestDraw();
      },
      enclose: (outline, mode) => {
        if (this.#scene) this.#events.onSelect(pickInside(this.#drawnPoints(this.#scene), outline), mode);
      },
    });
  }

  useRenderer(choice: RendererChoice): void {
    this.#chosen?.renderer.destroy();
    this.#chosen?.canvas.remove();
    const chosen = chooseRenderer(choice, () => this.requestDraw());
    chosen.canvas.setAttribute("role", "img");
    chosen.canvas.dataset.renderer = chosen.renderer.kind;
    this.#chosen = chosen;
    this.#shownStyle = null;
    this.#pixelRatio = 0;
    this.#host.prepend(chosen.canvas);
    this.#events.onRenderer({ kind: chosen.renderer.kind, reason: chosen.reason });
    this.#fitToHost();
  }

  show(scene: Scene | null): void {
    this.#scene = scene;
    this.requestDraw();
  }

  /** The point that lies next to another in a direction on the stage (y down); without another, at the middle. */
  findTowards(point: number | null, dx: number, dy: number): number | null {
    const scene = this.#scene;
    if (!scene) return null;
    const drawn = this.#drawnPoints(scene);
    const start = point === null ? null : placeOf(drawn, point);
    if (start) return pickTowards(drawn, start, dx, dy);
    const { width, height } = this.#size;
    return pickNearest(drawn, width / 2, height / 2, width + height);
  }

  requestDraw(): void {
    if (this.#pendingDraw) return;
    this.#pendingDraw = requestAnimationFrame(() => {
      this.#pendingDraw = 0;
      this.#draw();
    });
  }

  destroy(): void {
    cancelAnimationFrame(this.#pendingDraw);
    this.#resizeObserver.disconnect();
    window.removeEventListener("resize", this.#handleWindowResize);
    this.#stopListening();
    this.#chosen?.renderer.destroy();
    this.#chosen?.canvas.remove();
    this.#overlay.canvas.remove();
    this.#chosen = null;
  }

  /** Browser zoom changes the pixel ratio without changing the host's size in CSS pixels. */
  readonly #handleWindowResize = (): void => this.#fitToHost();

  #fitToHost(): void {
    const { width, height } = this.#host.getBoundingClientRect();
    // TensorBoard gives a hidden tab no height: what was seen comes back with the tab.
    if (width === 0 || height === 0 || !this.#chosen) return;
    const pixelRatio = window.devicePixelRatio || 1;
    const { width: oldWidth, height: oldHeight } = this.#size;
    if (width === oldWidth && height === oldHeight && pixelRatio === this.#pixelRatio) return;
    this.#size = { width, height };
    this.#pixelRatio = pixelRatio;
    this.#chosen.renderer.resize(width, height, pixelRatio);
    this.#overlay.resize(this.#size, pixelRatio);
    this.#events.onResize(this.#size);
    // Resizing a canvas empties it: waiting for the next frame would flash.
    this.#draw();
  }

  #draw(): void {
    const chosen = this.#chosen;
    if (!chosen || this.#size.width === 0) return;
    const scene = this.#scene;
    this.#describe(chosen.canvas, scene);
    if (!scene) {
      chosen.renderer.clear();
      this.#overlay.draw([]);
      this.#events.onPlace(null);
      return;
    }
    if (scene.style !== this.#shownStyle) {
      chosen.renderer.setStyle(scene.style);
      this.#shownStyle = scene.style;
    }
    const drawn = this.#drawnPoints(scene);
    this.#drawPoints(chosen, scene, drawn);
    this.#overlay.draw(this.#overlayLayers(scene, drawn));
    this.#events.onPlace(scene.hovered === null ? null : placeOf(drawn, scene.hovered));
  }

  #drawPoints({ renderer }: ChosenRenderer, scene: Scene, { moment, projection }: DrawnPoints): void {
    const { style, thumbnails, hovered, scale } = scene;
    const nPoints = scene.isPickable.length;
    renderer.draw({
      moment,
      projection,
      order: moment.nDims === 3 ? depthOrder(style.order, moment, projection) : style.order,
      pointSize: scale * pointSize(nPoints),
      thumbnails: thumbnails && { sheet: thumbnails, size: scale * thumbnailSize(nPoints) },
      hovered,
    });
  }

  #overlayLayers(scene: Scene, drawn: DrawnPoints): OverlayLayer[] {
    const { style, names, labels, trails, tails } = scene;
    const { moment, projection } = drawn;
    const layers: OverlayLayer[] = [];
    if (tails) layers.push(motionTailsLayer(tails, projection, style));
    if (trails) layers.push(trailsLayer(trails, moment.nDims, projection, style));
    const radius = (scene.scale * pointSize(scene.isPickable.length)) / 2;
    if (labels) layers.push(pointLabelsLayer(labels, drawn, this.#size, radius, style));
    if (names) layers.push(classNamesLayer(names, this.#centers.at(moment, names), projection, style));
    if (this.#outline) layers.push(outlineLayer(this.#outline, style.foreground));
    return layers;
  }

  #describe(canvas: HTMLCanvasElement, scene: Scene | null): void {
    canvas.setAttribute("aria-label", scene ? scene.label : "No points to show");
    canvas.dataset.framesLoaded = String(scene?.nFramesLoaded ?? 0);
    canvas.dataset.selected = String(scene?.nSelected ?? 0);
    canvas.dataset.pointSize = String(scene ? scene.scale * pointSize(scene.isPickable.length) : 0);
  }

  #drawnPoints({ grid, from, to, mix, camera, isPickable }: Scene): DrawnPoints {
    const moment = { from, to, mix, nDims: grid.extent.length };
    return { moment, projection: projectionOf(grid, this.#size, camera), isPickable };
  }

  #pick(px: number, py: number): number | null {
    const scene = this.#scene;
    if (!scene) return null;
    const nPoints = scene.isPickable.length;
    const size = scene.scale * (scene.thumbnails ? thumbnailSize(nPoints) : pointSize(nPoints));
    return pickNearest(this.#drawnPoints(scene), px, py, size / 2 + PICK_SLACK);
  }

  #click(px: number, py: number, mode: SelectMode): void {
    const point = this.#pick(px, py);
    // A click beside all points lets go of the selection, unless it was meant to change it.
    if (point !== null || mode === "replace") this.#events.onSelect(point === null ? [] : [point], mode);
  }

  #moveCamera(move: (scene: Scene) => Camera): void {
    if (this.#scene) this.#events.onCamera(move(this.#scene));
  }
}
