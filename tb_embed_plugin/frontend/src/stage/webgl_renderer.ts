import type { Rgb } from "../color/palette";
import fragmentSource from "./points.frag.glsl";
import vertexSource from "./points.vert.glsl";
import { createProgram, GraphicsError } from "./program";
import {
  MIN_RIM_SIZE,
  type Picture,
  type PointStyle,
  type Renderer,
  RIM_STRENGTH,
  RING_GAP,
  RING_WIDTH,
} from "./renderer";

/** Frames kept on the GPU: the pair shown and some around it. */
const MAX_FRAME_BUFFERS = 6;

const FROM = 0;
const TO = 1;
const COLOR = 2;

/** What a context owns; a lost context takes all of it along. */
interface Resources {
  program: WebGLProgram;
  uniforms: Map<string, WebGLUniformLocation | null>;
  vertexArray: WebGLVertexArrayObject;
  colors: WebGLBuffer;
  order: WebGLBuffer;
  frames: Map<Uint16Array, WebGLBuffer>;
  maxPointSize: number;
}

export class WebglRenderer implements Renderer {
  readonly kind = "webgl";
  readonly #canvas: HTMLCanvasElement;
  readonly #gl: WebGL2RenderingContext;
  readonly #onRestored: () => void;
  #resources: Resources | null;
  #style: PointStyle | null = null;
  #pixelRatio = 1;

  /** `onRestored` is called when a lost context is back and everything has to be drawn again. */
  constructor(canvas: HTMLCanvasElement, onRestored: () => void) {
    const gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true });
    if (!gl) throw new GraphicsError("This browser offers no WebGL 2.");
    this.#canvas = canvas;
    this.#gl = gl;
    this.#onRestored = onRestored;
    this.#resources = createResources(gl);
    canvas.addEventListener("webglcontextlost", this.#handleLost);
    canvas.addEventListener("webglcontextrestored", this.#handleRestored);
  }

  resize(width: number, height: number, pixelRatio: number): void {
    this.#pixelRatio = pixelRatio;
    this.#canvas.width = Math.max(1, Math.round(width * pixelRatio));
    this.#canvas.height = Math.max(1, Math.round(height * pixelRatio));
  }

  setStyle(style: PointStyle): void {
    this.#style = style;
    const gl = this.#gl;
    if (!this.#resources) return;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#resources.colors);
    gl.bufferData(gl.ARRAY_BUFFER, style.colors, gl.STATIC_DRAW);
    gl.bindVertexArray(this.#resources.vertexArray);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.#resources.order);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, style.order, gl.STATIC_DRAW);
    gl.bindVertexArray(null);
  }

  draw(picture: Picture): void {
    const gl = this.#gl;
    const style = this.#style;
    const resources = this.#resources;
    this.clear();
    if (!resources || !style) return;
    gl.useProgram(resources.program);
    gl.bindVertexArray(resources.vertexArray);
    this.#bindFrame(resources, FROM, picture.from);
    this.#bindFrame(resources, TO, picture.to);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.#setPlacement(resources, picture);
    this.#setShape(resources, picture.pointSize, style, 0);
    gl.drawElements(gl.POINTS, style.order.length, gl.UNSIGNED_INT, 0);
    if (picture.hovered !== null) {
      this.#setShape(resources, picture.pointSize, style, RING_WIDTH);
      gl.drawArrays(gl.POINTS, picture.hovered, 1);
    }
    gl.bindVertexArray(null);
  }

  clear(): void {
    const gl = this.#gl;
    gl.viewport(0, 0, this.#canvas.width, this.#canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
  }

  destroy(): void {
    const gl = this.#gl;
    this.#canvas.removeEventListener("webglcontextlost", this.#handleLost);
    this.#canvas.removeEventListener("webglcontextrestored", this.#handleRestored);
    const resources = this.#resources;
    this.#resources = null;
    if (resources) {
      for (const buffer of resources.frames.values()) gl.deleteBuffer(buffer);
      gl.deleteBuffer(resources.colors);
      gl.deleteBuffer(resources.order);
      gl.deleteVertexArray(resources.vertexArray);
      gl.deleteProgram(resources.program);
    }
    // Browsers allow few contexts and free them late on their own.
    gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  readonly #handleLost = (event: Event): void => {
    // Without this the browser never restores the context.
    event.preventDefault();
    this.#resources = null;
  };

  readonly #handleRestored = (): void => {
    this.#resources = createResources(this.#gl);
    if (this.#style) this.setStyle(this.#style);
    this.#onRestored();
  };

  #bindFrame(resources: Resources, location: number, positions: Uint16Array): void {
    const gl = this.#gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#frameBuffer(resources, positions));
    gl.vertexAttribPointer(location, 2, gl.UNSIGNED_SHORT, false, 0, 0);
  }

  /** Uploads a frame once, and forgets the one that was not needed for longest. */
  #frameBuffer({ frames }: Resources, positions: Uint16Array): WebGLBuffer {
    const gl = this.#gl;
    let buffer = frames.get(positions);
    if (buffer) {
      frames.delete(positions);
    } else {
      buffer = gl.createBuffer();
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.bufferData(gl.ARRAY_BUFFER, positions, gl.STATIC_DRAW);
    }
    frames.set(positions, buffer);
    for (const [oldest, oldBuffer] of frames) {
      if (frames.size <= MAX_FRAME_BUFFERS) break;
      gl.deleteBuffer(oldBuffer);
      frames.delete(oldest);
    }
    return buffer;
  }

  #setPlacement({ uniforms }: Resources, { mix, transform }: Picture): void {
    const gl = this.#gl;
    const ratio = this.#pixelRatio;
    gl.uniform1f(uniforms.get("u_mix") ?? null, mix);
    gl.uniform2f(uniforms.get("u_scale") ?? null, transform.scaleX * ratio, transform.scaleY * ratio);
    gl.uniform2f(uniforms.get("u_shift") ?? null, transform.shiftX * ratio, transform.shiftY * ratio);
    gl.uniform2f(uniforms.get("u_canvas") ?? null, this.#canvas.width, this.#canvas.height);
  }

  #setShape({ uniforms, maxPointSize }: Resources, pointSize: number, style: PointStyle, ring: number): void {
    const gl = this.#gl;
    const ratio = this.#pixelRatio;
    const radius = (pointSize / 2) * ratio;
    const ringInner = ring > 0 ? radius + RING_GAP * ratio : 0;
    const ringOuter = ring > 0 ? ringInner + ring * ratio : 0;
    const quad = Math.min(maxPointSize, Math.ceil(2 * Math.max(radius, ringOuter) + 2));
    const hasRim = pointSize >= MIN_RIM_SIZE;
    gl.uniform1f(uniforms.get("u_quad") ?? null, quad);
    gl.uniform1f(uniforms.get("u_radius") ?? null, radius);
    gl.uniform1f(uniforms.get("u_rim_width") ?? null, hasRim ? ratio : 0);
    gl.uniform1f(uniforms.get("u_rim_strength") ?? null, hasRim ? RIM_STRENGTH : 0);
    gl.uniform1f(uniforms.get("u_ring_inner") ?? null, ringInner);
    gl.uniform1f(uniforms.get("u_ring_outer") ?? null, ringOuter);
    gl.uniform3fv(uniforms.get("u_background") ?? null, toUnit(style.background));
    gl.uniform3fv(uniforms.get("u_ring_color") ?? null, toUnit(style.foreground));
  }
}

function createResources(gl: WebGL2RenderingContext): Resources {
  const program = createProgram(gl, vertexSource, fragmentSource);
  const vertexArray = gl.createVertexArray();
  const colors = gl.createBuffer();
  gl.bindVertexArray(vertexArray);
  for (const location of [FROM, TO, COLOR]) gl.enableVertexAttribArray(location);
  gl.bindBuffer(gl.ARRAY_BUFFER, colors);
  gl.vertexAttribPointer(COLOR, 4, gl.UNSIGNED_BYTE, true, 0, 0);
  gl.bindVertexArray(null);
  return {
    program,
    uniforms: findUniforms(gl, program),
    vertexArray,
    colors,
    order: gl.createBuffer(),
    frames: new Map(),
    maxPointSize: readMaxPointSize(gl),
  };
}

function findUniforms(gl: WebGL2RenderingContext, program: WebGLProgram) {
  const uniforms = new Map<string, WebGLUniformLocation | null>();
  const count: unknown = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS);
  for (let i = 0; i < Number(count); i++) {
    const info = gl.getActiveUniform(program, i);
    if (info) uniforms.set(info.name, gl.getUniformLocation(program, info.name));
  }
  return uniforms;
}

function readMaxPointSize(gl: WebGL2RenderingContext): number {
  const range: unknown = gl.getParameter(gl.ALIASED_POINT_SIZE_RANGE);
  return range instanceof Float32Array ? (range[1] ?? 1) : 1;
}

function toUnit(color: Rgb): [number, number, number] {
  return [color[0] / 255, color[1] / 255, color[2] / 255];
}
