layout(location = 0) in vec3 a_from;
layout(location = 1) in vec3 a_to;
layout(location = 2) in vec4 a_color;
layout(location = 3) in uint a_adornments;

uniform float u_size;
uniform float u_max_quad;
uniform float u_border;
uniform int u_first;
uniform int u_n_columns;
uniform bool u_is_hovered;
uniform vec3 u_selected_color;
uniform vec3 u_halo_color;

flat out vec4 v_color;
flat out float v_quad;
flat out float v_fade;
flat out vec2 v_tile;
flat out float v_border;

const uint SELECTED_RING = 1u;
const uint HALO = 2u;

void main() {
  float magnification;
  gl_Position = place_point(a_from, a_to, magnification, v_fade);
  bool is_marked = u_is_hovered || (a_adornments & SELECTED_RING) != 0u;
  bool has_halo = (a_adornments & HALO) != 0u;
  v_border = is_marked || has_halo ? 2.0 * u_border : u_border;
  v_quad = min(u_max_quad, u_size * magnification + 2.0 * v_border);
  gl_PointSize = v_quad;
  v_color = vec4(is_marked ? u_selected_color : has_halo ? u_halo_color : a_color.rgb, a_color.a);
  // With elements drawn, gl_VertexID is the element: the point.
  int index = gl_VertexID - u_first;
  v_tile = vec2(float(index % u_n_columns), float(index / u_n_columns));
}
