import type { Grid } from "../api/types";
import { type ChosenRenderer, chooseRenderer, type RendererChoice } from "./choose_renderer";
import { type DrawnPoints, pickNearest, placeOf } from "./picking";
import { pointSize } from "./point_size";
import { listenToPointer } from "./pointer_input";
import type { PointStyle, RendererKind } from "./renderer";
import { type Camera, panBy, pixelTransform, type Size, viewportOf, zoomAt } from "./viewport";

/** Everything that the stage shows. `style` and the frames are compared by identity. */
export interface Scene {
  grid: Grid;
  from: Uint16Array;
  to: Uint16Array;
  mix: number;
  camera: Camera;
  style: PointStyle;
  isEmphasized: Uint8Array;
  hovered: number | null;
  nFramesLoaded: number;
  label: string;
}

export interface RendererInfo {
  kind: RendererKind;
  reason: string | null;
}

export interface StageEvents {
  onHover(point: number | null): void;
  onCamera(camera: Camera): void;
  onResize(size: Size): void;
  onRenderer(info: RendererInfo): void;
  /** Where the hovered point has just been drawn, in CSS pixels of the stage. */
  onPlace(place: { x: number; y: number } | null): void;
}

/** How far from a point's rim, in CSS pixels, the pointer still means it. */
const PICK_SLACK = 4;

/** Owns the canvas: draws the scene when something changed, and reports what the pointer does. */
export class Stage {
  readonly #host: HTMLElement;
  readonly #events: StageEvents;
  readonly #resizeObserver: ResizeObserver;
  readonly #stopListening: () => void;
  #chosen: ChosenRenderer | null = null;
  #scene: Scene | null = null;
  #shownStyle: PointStyle | null = null;
  #size: Size = { width: 0, height: 0 };
  #pixelRatio = 0;
  #pendingDraw = 0;

  constructor(host: HTMLElement, events: StageEvents) {
    this.#host = host;
    this.#events = events;
    this.#resizeObserver = new ResizeObserver(() => this.#fitToHost());
    this.#resizeObserver.observe(host);
    window.addEventListener("resize", this.#handleWindowResize);
    this.#stopListening = listenToPointer(host, {
      hover: (px, py) => this.#hover(px, py),
      leave: () => this.#events.onHover(null),
      pan: (dx, dy) => this.#moveCamera((scene) => panBy(scene.grid, this.#size, scene.camera, dx, dy)),
      zoom: (factor, px, py) =>
        this.#moveCamera((scene) => zoomAt(scene.grid, this.#size, scene.camera, factor, px, py)),
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
    this.#host.append(chosen.canvas);
    this.#events.onRenderer({ kind: chosen.renderer.kind, reason: chosen.reason });
    this.#fitToHost();
  }

  show(scene: Scene | null): void {
    this.#scene = scene;
    this.requestDraw();
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
      this.#events.onPlace(null);
      return;
    }
    if (scene.style !== this.#shownStyle) {
      chosen.renderer.setStyle(scene.style);
      this.#shownStyle = scene.style;
    }
    const drawn = this.#drawnPoints(scene);
    const { from, to, mix, transform } = drawn;
    const size = pointSize(scene.style.order.length);
    chosen.renderer.draw({ from, to, mix, transform, pointSize: size, hovered: scene.hovered });
    this.#events.onPlace(scene.hovered === null ? null : placeOf(drawn, scene.hovered));
  }

  #describe(canvas: HTMLCanvasElement, scene: Scene | null): void {
    canvas.setAttribute("aria-label", scene ? scene.label : "No points to show");
    canvas.dataset.framesLoaded = String(scene?.nFramesLoaded ?? 0);
  }

  #drawnPoints(scene: Scene): DrawnPoints {
    const viewport = viewportOf(scene.grid, this.#size, scene.camera);
    const { from, to, mix, isEmphasized } = scene;
    return { from, to, mix, isEmphasized, transform: pixelTransform(scene.grid, viewport) };
  }

  #hover(px: number, py: number): void {
    const scene = this.#scene;
    if (!scene) return;
    const reach = pointSize(scene.style.order.length) / 2 + PICK_SLACK;
    this.#events.onHover(pickNearest(this.#drawnPoints(scene), px, py, reach));
  }

  #moveCamera(move: (scene: Scene) => Camera): void {
    if (this.#scene) this.#events.onCamera(move(this.#scene));
  }
}
