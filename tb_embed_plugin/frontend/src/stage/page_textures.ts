/** Sprite pages on the GPU, each uploaded once. */
export class PageTextures {
  readonly #gl: WebGL2RenderingContext;
  readonly #textures = new Map<HTMLImageElement, WebGLTexture>();

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl;
  }

  bind(page: HTMLImageElement): void {
    const gl = this.#gl;
    const known = this.#textures.get(page);
    gl.activeTexture(gl.TEXTURE0);
    if (known) {
      gl.bindTexture(gl.TEXTURE_2D, known);
      return;
    }
    const texture = gl.createTexture();
    this.#textures.set(page, texture);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, this.#fitting(page));
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    // No mipmaps: their coarse levels would mix neighboring thumbnails.
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  }

  destroy(): void {
    for (const texture of this.#textures.values()) this.#gl.deleteTexture(texture);
    this.#textures.clear();
  }

  /** Pages can be larger than what a GPU takes. */
  #fitting(page: HTMLImageElement): TexImageSource {
    const most = Number(this.#gl.getParameter(this.#gl.MAX_TEXTURE_SIZE));
    const scale = Math.min(1, most / Math.max(page.naturalWidth, page.naturalHeight));
    if (scale === 1) return page;
    const canvas = document.createElement("canvas");
    canvas.width = Math.floor(page.naturalWidth * scale);
    canvas.height = Math.floor(page.naturalHeight * scale);
    canvas.getContext("2d")?.drawImage(page, 0, 0, canvas.width, canvas.height);
    return canvas;
  }
}
