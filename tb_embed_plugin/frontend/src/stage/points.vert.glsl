layout(location = 0) in vec3 a_from;
layout(location = 1) in vec3 a_to;
layout(location = 2) in vec4 a_color;
layout(location = 3) in uint a_adornments;

uniform float u_radius;
uniform float u_max_quad;
uniform vec3 u_background;
uniform vec2 u_ring;
uniform float u_halo_reach;
uniform bool u_is_hovered;

out vec4 v_color;
// Radius of the disc, inner and outer radius of its ring, radius of its halo, in device pixels.
flat out vec4 v_radii;
flat out float v_quad;

const uint SELECTED_RING = 1u;
const uint HALO = 2u;

void main() {
  float magnification;
  float fade;
  gl_Position = place_point(a_from, a_to, magnification, fade);
  float radius = u_radius * magnification;
  bool has_ring = u_is_hovered || (a_adornments & SELECTED_RING) != 0u;
  bool has_halo = (a_adornments & HALO) != 0u;
  float ring = has_ring ? radius + u_ring.x + u_ring.y : 0.0;
  float halo = has_halo ? radius + u_halo_reach : 0.0;
  v_radii = vec4(radius, has_ring ? radius + u_ring.x : 0.0, ring, halo);
  v_quad = min(u_max_quad, ceil(2.0 * max(radius, max(ring, halo)) + 2.0));
  gl_PointSize = v_quad;
  v_color = vec4(mix(a_color.rgb, u_background, fade), a_color.a);
}
