#version 300 es
precision highp float;

in vec4 v_color;

uniform float u_quad;
uniform float u_radius;
uniform float u_rim_width;
uniform float u_rim_strength;
uniform vec3 u_background;
uniform float u_ring_inner;
uniform float u_ring_outer;
uniform vec3 u_ring_color;

out vec4 color;

float disc(float radius, float distance) {
  return clamp(radius - distance + 0.5, 0.0, 1.0);
}

void main() {
  float distance = length(gl_PointCoord - 0.5) * u_quad;
  float inside = disc(u_radius - u_rim_width, distance);
  vec3 fill = mix(mix(v_color.rgb, u_background, u_rim_strength), v_color.rgb, inside);
  float alpha = disc(u_radius, distance) * v_color.a;
  float ring = disc(u_ring_outer, distance) - disc(u_ring_inner, distance);
  color = vec4(fill * alpha, alpha) * (1.0 - ring) + vec4(u_ring_color, 1.0) * ring;
}
