import { CanvasRenderer } from "./canvas_renderer";
import type { Renderer } from "./renderer";
import { WebglRenderer } from "./webgl_renderer";

export type RendererChoice = "auto" | "webgl" | "canvas2d";

export interface ChosenRenderer {
  canvas: HTMLCanvasElement;
  renderer: Renderer;
  /** Why it is not the one that was asked for, or why auto did not take WebGL; null otherwise. */
  reason: string | null;
}

/** Software that browsers put under WebGL where there is no GPU: slower than plain pixels. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** A canvas keeps its first kind of context for life, so that every renderer gets a canvas of its own. */
export function chooseRenderer(choice: RendererChoice, onRestored: () => void): ChosenRenderer {
  if (choice === "canvas2d") return takeCanvas2d(null);
  if (choice === "auto") {
    const software = findSoftwareRenderer();
    if (software) return takeCanvas2d(`WebGL would run in software here (${software}).`);
  }
  const canvas = document.createElement("canvas");
  try {
    return { canvas, renderer: new WebglRenderer(canvas, onRestored), reason: null };
  } catch (error) {
    return takeCanvas2d(error instanceof Error ? error.message : String(error));
  }
}

function takeCanvas2d(reason: string | null): ChosenRenderer {
  const canvas = document.createElement("canvas");
  return { canvas, renderer: new CanvasRenderer(canvas), reason };
}

function findSoftwareRenderer(): string | null {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return null;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name: unknown = gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  const match = typeof name === "string" ? SOFTWARE.exec(name) : null;
  return match ? match[0] : null;
}
