in vec4 v_color;
flat in vec4 v_radii;
flat in float v_quad;

uniform float u_rim_width;
uniform float u_rim_strength;
uniform vec3 u_background;
uniform vec3 u_ring_color;
uniform vec4 u_halo_color;

out vec4 color;

float disc(float radius, float distance) {
  return clamp(radius - distance + 0.5, 0.0, 1.0);
}

vec4 over(vec4 above, vec4 below) {
  return above + below * (1.0 - above.a);
}

void main() {
  float distance = length(gl_PointCoord - 0.5) * v_quad;
  float inside = disc(v_radii.x - u_rim_width, distance);
  vec3 fill = mix(mix(v_color.rgb, u_background, u_rim_strength), v_color.rgb, inside);
  float alpha = disc(v_radii.x, distance) * v_color.a;
  color = vec4(fill * alpha, alpha);
  if (v_radii.w > 0.0) {
    float halo = disc(v_radii.w, distance) * u_halo_color.a;
    color = over(color, vec4(u_halo_color.rgb * halo, halo));
  }
  if (v_radii.z > 0.0) {
    float ring = disc(v_radii.z, distance) - disc(v_radii.y, distance);
    color = over(vec4(u_ring_color, 1.0) * ring, color);
  }
}
