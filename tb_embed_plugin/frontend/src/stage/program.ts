import type { Rgb } from "../color/palette";
import placeSource from "./place.glsl";

export class GraphicsError extends Error {
  override name = "GraphicsError";
}

const PREAMBLE = "#version 300 es\nprecision highp float;\nprecision highp int;\n";

/** A linked program and its uniforms by name; names that a shader does not use are passed over. */
export class Program {
  readonly #gl: WebGL2RenderingContext;
  readonly #program: WebGLProgram;
  readonly #uniforms = new Map<string, WebGLUniformLocation | null>();

  /** Every vertex shader may call what `place.glsl` has. */
  constructor(gl: WebGL2RenderingContext, vertex: string, fragment: string) {
    this.#gl = gl;
    this.#program = link(gl, `${PREAMBLE}${placeSource}\n${vertex}`, `${PREAMBLE}${fragment}`);
    const count: unknown = gl.getProgramParameter(this.#program, gl.ACTIVE_UNIFORMS);
    for (let i = 0; i < Number(count); i++) {
      const info = gl.getActiveUniform(this.#program, i);
      if (info) this.#uniforms.set(info.name, gl.getUniformLocation(this.#program, info.name));
    }
  }

  use(): void {
    this.#gl.useProgram(this.#program);
  }

  setFloats(name: string, ...values: readonly number[]): void {
    const location = this.#location(name);
    if (values.length === 1) this.#gl.uniform1fv(location, values);
    else if (values.length === 2) this.#gl.uniform2fv(location, values);
    else if (values.length === 3) this.#gl.uniform3fv(location, values);
    else this.#gl.uniform4fv(location, values);
  }

  setInteger(name: string, value: number): void {
    this.#gl.uniform1i(this.#location(name), value);
  }

  /** Row by row, as `Projection` has it. */
  setMatrix(name: string, rows: readonly number[]): void {
    this.#gl.uniformMatrix3fv(this.#location(name), true, rows);
  }

  setColor(name: string, color: Rgb, ...alpha: readonly number[]): void {
    this.setFloats(name, color[0] / 255, color[1] / 255, color[2] / 255, ...alpha);
  }

  destroy(): void {
    this.#gl.deleteProgram(this.#program);
  }

  #location(name: string): WebGLUniformLocation | null {
    return this.#uniforms.get(name) ?? null;
  }
}

/** Compiles and links; a driver's refusal is reported with its own words. */
function link(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const program = gl.createProgram();
  const shaders = [
    compile(gl, gl.VERTEX_SHADER, vertex, "vertex"),
    compile(gl, gl.FRAGMENT_SHADER, fragment, "fragment"),
  ];
  for (const shader of shaders) gl.attachShader(program, shader);
  gl.linkProgram(program);
  for (const shader of shaders) gl.deleteShader(shader);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    const log = gl.getProgramInfoLog(program);
    gl.deleteProgram(program);
    throw new GraphicsError(`The shaders do not link: ${log ?? "no reason given"}`);
  }
  return program;
}

function compile(gl: WebGL2RenderingContext, type: GLenum, source: string, stage: string): WebGLShader {
  const shader = gl.createShader(type);
  if (!shader) throw new GraphicsError("WebGL gave no shader; its context may be lost.");
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) {
    const log = gl.getShaderInfoLog(shader);
    gl.deleteShader(shader);
    throw new GraphicsError(`The ${stage} shader does not compile: ${log ?? "no reason given"}`);
  }
  return shader;
}
