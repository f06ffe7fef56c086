/** Frames kept on the GPU: the pair shown and some around it. */
const MAX_FRAMES = 6;

/** Uploads a frame once, and forgets the one that was not needed for longest. */
export class FrameBuffers {
  readonly #gl: WebGL2RenderingContext;
  readonly #buffers = new Map<Uint16Array, WebGLBuffer>();

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl;
  }

  bind(location: number, positions: Uint16Array, nDims: number): void {
    const gl = this.#gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#bufferOf(positions));
    gl.vertexAttribPointer(location, nDims, gl.UNSIGNED_SHORT, false, 0, 0);
  }

  destroy(): void {
    for (const buffer of this.#buffers.values()) this.#gl.deleteBuffer(buffer);
    this.#buffers.clear();
  }

  #bufferOf(positions: Uint16Array): WebGLBuffer {
    const gl = this.#gl;
    let buffer = this.#buffers.get(positions);
    if (buffer) {
      this.#buffers.delete(positions);
    } else {
      buffer = gl.createBuffer();
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.bufferData(gl.ARRAY_BUFFER, positions, gl.STATIC_DRAW);
    }
    this.#buffers.set(positions, buffer);
    for (const [oldest, oldBuffer] of this.#buffers) {
      if (this.#buffers.size <= MAX_FRAMES) break;
      gl.deleteBuffer(oldBuffer);
      this.#buffers.delete(oldest);
    }
    return buffer;
  }
}
