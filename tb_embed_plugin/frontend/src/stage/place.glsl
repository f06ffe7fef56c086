// Where a point is drawn: the same rules as tween.ts and projection.ts.

uniform float u_mix;
uniform bool u_is_flat;
uniform mat3 u_matrix;
uniform vec3 u_view_shift;
uniform vec2 u_center;
uniform float u_perspective;
uniform vec2 u_canvas;
uniform float u_pixel_ratio;

const float MISSING = 65535.0;
const float MAX_MAGNIFICATION = 3.0;
const float MAX_FADE = 0.65;
const vec4 OUTSIDE = vec4(2.0, 2.0, 2.0, 1.0);

bool has_position(vec3 place) {
  return place.x != MISSING || place.y != MISSING || (!u_is_flat && place.z != MISSING);
}

// Returns the clip position; a point in one frame only shows, unmoved, while that frame is the nearer one.
vec4 place_point(vec3 from, vec3 to, out float magnification, out float fade) {
  bool in_from = has_position(from);
  bool in_to = has_position(to);
  vec3 start = in_from ? from : to;
  vec3 end = in_to ? to : from;
  vec3 view = u_matrix * mix(start, end, u_mix) + u_view_shift;
  magnification = 1.0 / max(1.0 / MAX_MAGNIFICATION, 1.0 - u_perspective * view.z);
  fade = u_perspective == 0.0 ? 0.0 : clamp(MAX_FADE / 2.0 * (1.0 - view.z), 0.0, MAX_FADE);
  vec2 pixel = (view.xy * magnification + u_center) * u_pixel_ratio;
  vec2 clip = pixel / u_canvas * 2.0 - 1.0;
  bool shown = u_mix < 0.5 ? in_from : in_to;
  return shown ? vec4(clip.x, -clip.y, 0.0, 1.0) : OUTSIDE;
}
