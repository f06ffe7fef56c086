#version 300 es
precision highp float;

layout(location = 0) in vec2 a_from;
layout(location = 1) in vec2 a_to;
layout(location = 2) in vec4 a_color;

uniform float u_mix;
uniform vec2 u_scale;
uniform vec2 u_shift;
uniform vec2 u_canvas;
uniform float u_quad;

out vec4 v_color;

const vec2 MISSING = vec2(65535.0);
const vec4 OUTSIDE = vec4(2.0, 2.0, 2.0, 1.0);

void main() {
  bool in_from = a_from != MISSING;
  bool in_to = a_to != MISSING;
  // The same rule as tween.ts: a point in one frame only shows, unmoved, while that frame is the nearer one.
  bool shown = u_mix < 0.5 ? in_from : in_to;
  vec2 start = in_from ? a_from : a_to;
  vec2 end = in_to ? a_to : a_from;
  vec2 pixel = mix(start, end, u_mix) * u_scale + u_shift;
  vec2 clip = pixel / u_canvas * 2.0 - 1.0;
  gl_Position = shown ? vec4(clip.x, -clip.y, 0.0, 1.0) : OUTSIDE;
  gl_PointSize = u_quad;
  v_color = a_color;
}
