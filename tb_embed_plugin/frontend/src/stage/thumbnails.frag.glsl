flat in vec4 v_color;
flat in float v_quad;
flat in float v_fade;
flat in vec2 v_tile;
flat in float v_border;

uniform sampler2D u_page;
// Width and height of a thumbnail: as part of the page, and as part of its longer side.
uniform vec2 u_tile;
uniform vec2 u_shape;
uniform vec3 u_background;

out vec4 color;

void main() {
  float inner = v_quad - 2.0 * v_border;
  vec2 place = (gl_PointCoord - 0.5) * v_quad;
  vec2 half_size = 0.5 * inner * u_shape;
  vec2 beyond = abs(place) - half_size;
  if (max(beyond.x, beyond.y) > v_border) discard;
  // The frame.
  vec3 shown = v_color.rgb;
  if (max(beyond.x, beyond.y) <= 0.0) {
    vec2 within = clamp(place / half_size * 0.5 + 0.5, 0.001, 0.999);
    vec4 texel = texture(u_page, (v_tile + within) * u_tile);
    shown = texel.rgb + u_background * (1.0 - texel.a);
  }
  color = vec4(mix(shown, u_background, v_fade) * v_color.a, v_color.a);
}
