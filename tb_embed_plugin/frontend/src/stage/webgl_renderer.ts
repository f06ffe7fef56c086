import { FrameBuffers } from "./frame_buffers";
import { PageTextures } from "./page_textures";
import pointsFragment from "./points.frag.glsl";
import pointsVertex from "./points.vert.glsl";
import { GraphicsError, Program } from "./program";
import {
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
  SELECTED_WIDTH,
} from "./renderer";
import { FRAME_WIDTH, orderOnPage, pageStarts } from "./thumbnail_sheet";
import thumbnailsFragment from "./thumbnails.frag.glsl";
import thumbnailsVertex from "./thumbnails.vert.glsl";

const FROM = 0;
const TO = 1;
const COLOR = 2;
const ADORNMENTS = 3;

/** What a context owns; a lost context takes all of it along. */
interface Resources {
  points: Program;
  thumbnails: Program;
  vertexArray: WebGLVertexArrayObject;
  colors: WebGLBuffer;
  adornments: WebGLBuffer;
  order: WebGLBuffer;
  /** What `order` holds. */
  uploadedOrder: Uint32Array | null;
  frames: FrameBuffers;
  pages: PageTextures;
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
    const gl = canvas.getContext("webgl2", { antialias: false, depth: false, premultipliedAlpha: true });
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
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#resources.adornments);
    gl.bufferData(gl.ARRAY_BUFFER, style.adornments, gl.STATIC_DRAW);
  }

  draw(picture: Picture): void {
    const gl = this.#gl;
    const style = this.#style;
    const resources = this.#resources;
    this.clear();
    if (!resources || !style) return;
    gl.bindVertexArray(resources.vertexArray);
    resources.frames.bind(FROM, picture.moment.from, picture.moment.nDims);
    resources.frames.bind(TO, picture.moment.to, picture.moment.nDims);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.#drawPoints(resources, picture, style);
    if (picture.thumbnails) this.#drawThumbnails(resources, picture, picture.thumbnails, style);
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
      resources.frames.destroy();
      resources.pages.destroy();
      for (const buffer of [resources.colors, resources.adornments, resources.order]) gl.deleteBuffer(buffer);
      gl.deleteVertexArray(resources.vertexArray);
      resources.points.destroy();
      resources.thumbnails.destroy();
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

  #drawPoints(resources: Resources, picture: Picture, style: PointStyle): void {
    const gl = this.#gl;
    const { points } = resources;
    points.use();
    this.#setPlacement(points, picture);
    this.#setShape(points, resources.maxPointSize, picture.pointSize, style);
    this.#setRing(points, SELECTED_GAP, SELECTED_WIDTH, false);
    this.#drawElements(resources, picture.order);
    if (picture.hovered !== null) {
      this.#setRing(points, RING_GAP, RING_WIDTH, true);
      gl.drawArrays(gl.POINTS, picture.hovered, 1);
    }
  }

  #drawThumbnails(
    resources: Resources,
    picture: Picture,
    { sheet, size }: NonNullable<Picture["thumbnails"]>,
    style: PointStyle,
  ): void {
    const { thumbnails } = resources;
    const [width, height] = sheet.sprites.thumbnail_size;
    const longer = Math.max(width, height);
    const starts = pageStarts(sheet.sprites);
    thumbnails.use();
    this.#setPlacement(thumbnails, picture);
    thumbnails.setFloats("u_size", size * this.#pixelRatio);
    thumbnails.setFloats("u_max_quad", resources.maxPointSize);
    thumbnails.setFloats("u_border", FRAME_WIDTH * this.#pixelRatio);
    thumbnails.setFloats("u_shape", width / longer, height / longer);
    thumbnails.setColor("u_background", style.background);
    thumbnails.setColor("u_selected_color", style.foreground);
    thumbnails.setColor("u_halo_color", style.halo);
    for (const [i, page] of sheet.pages.entries()) {
      const described = sheet.sprites.pages[i];
      if (!page || !described) continue;
      resources.pages.bind(page);
      thumbnails.setInteger("u_page", 0);
      thumbnails.setInteger("u_first", starts[i] ?? 0);
      thumbnails.setInteger("u_n_columns", described.n_columns);
      thumbnails.setFloats("u_tile", width / page.naturalWidth, height / page.naturalHeight);
      const [start, end] = [starts[i] ?? 0, starts[i + 1] ?? 0];
      thumbnails.setInteger("u_is_hovered", 0);
      this.#drawElements(
        resources,
        sheet.pages.length === 1 ? picture.order : orderOnPage(picture.order, start, end),
      );
      const { hovered } = picture;
      if (hovered === null || hovered < start || hovered >= end) continue;
      thumbnails.setInteger("u_is_hovered", 1);
      this.#gl.drawArrays(this.#gl.POINTS, hovered, 1);
    }
  }

  #drawElements(resources: Resources, order: Uint32Array): void {
    const gl = this.#gl;
    if (resources.uploadedOrder !== order) {
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, resources.order);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, order, gl.DYNAMIC_DRAW);
      resources.uploadedOrder = order;
    }
    gl.drawElements(gl.POINTS, order.length, gl.UNSIGNED_INT, 0);
  }

  #setPlacement(program: Program, { moment, projection }: Picture): void {
    program.setFloats("u_mix", moment.mix);
    program.setInteger("u_is_flat", moment.nDims === 2 ? 1 : 0);
    program.setMatrix("u_matrix", projection.matrix);
    program.setFloats("u_view_shift", ...projection.shift);
    program.setFloats("u_center", ...projection.center);
    program.setFloats("u_perspective", projection.perspective);
    program.setFloats("u_canvas", this.#canvas.width, this.#canvas.height);
    program.setFloats("u_pixel_ratio", this.#pixelRatio);
  }

  #setShape(program: Program, maxPointSize: number, pointSize: number, style: PointStyle): void {
    const ratio = this.#pixelRatio;
    const hasRim = pointSize >= MIN_RIM_SIZE;
    program.setFloats("u_radius", (pointSize / 2) * ratio);
    program.setFloats("u_max_quad", maxPointSize);
    program.setFloats("u_halo_reach", HALO_REACH * ratio);
    program.setFloats("u_rim_width", hasRim ? ratio : 0);
    program.setFloats("u_rim_strength", hasRim ? RIM_STRENGTH : 0);
    program.setColor("u_background", style.background);
    program.setColor("u_ring_color", style.foreground);
    program.setColor("u_halo_color", style.halo, HALO_STRENGTH);
  }

  #setRing(program: Program, gap: number, width: number, isHovered: boolean): void {
    program.setFloats("u_ring", gap * this.#pixelRatio, width * this.#pixelRatio);
    program.setInteger("u_is_hovered", isHovered ? 1 : 0);
  }
}

function createResources(gl: WebGL2RenderingContext): Resources {
  const vertexArray = gl.createVertexArray();
  const [colors, adornments, order] = [gl.createBuffer(), gl.createBuffer(), gl.createBuffer()];
  gl.bindVertexArray(vertexArray);
  for (const location of [FROM, TO, COLOR, ADORNMENTS]) gl.enableVertexAttribArray(location);
  gl.bindBuffer(gl.ARRAY_BUFFER, colors);
  gl.vertexAttribPointer(COLOR, 4, gl.UNSIGNED_BYTE, true, 0, 0);
  gl.bindBuffer(gl.ARRAY_BUFFER, adornments);
  gl.vertexAttribIPointer(ADORNMENTS, 1, gl.UNSIGNED_BYTE, 0, 0);
  gl.bindVertexArray(null);
  return {
    points: new Program(gl, pointsVertex, pointsFragment),
    thumbnails: new Program(gl, thumbnailsVertex, thumbnailsFragment),
    vertexArray,
    colors,
    adornments,
    order,
    uploadedOrder: null,
    frames: new FrameBuffers(gl),
    pages: new PageTextures(gl),
    maxPointSize: readMaxPointSize(gl),
  };
}

function readMaxPointSize(gl: WebGL2RenderingContext): number {
  const range: unknown = gl.getParameter(gl.ALIASED_POINT_SIZE_RANGE);
  return range instanceof Float32Array ? (range[1] ?? 1) : 1;
}
