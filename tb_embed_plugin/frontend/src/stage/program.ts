export class GraphicsError extends Error {
  override name = "GraphicsError";
}

/** Compiles and links; a driver's refusal is reported with its own words. */
export function createProgram(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
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
    throw new GraphicsError(`The point shaders do not link: ${log ?? "no reason given"}`);
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
