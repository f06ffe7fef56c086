import { createPlace, type Place, type Projection, projectPoint } from "./projection";
import type { Moment } from "./tween";

/** What is drawn, as far as a point's place goes. */
export interface DrawnPoints {
  moment: Moment;
  projection: Projection;
  /** Points of zero here are hidden or in the background and are not picked. */
  isPickable: Uint8Array;
}

/** The drawn point nearest to a CSS pixel, within `reach` CSS pixels; of equally near ones the first. */
export function pickNearest(drawn: DrawnPoints, px: number, py: number, reach: number): number | null {
  const { moment, projection, isPickable } = drawn;
  const place = createPlace();
  let nearest: number | null = null;
  let best = reach * reach;
  for (let point = 0; point < isPickable.length; point++) {
    if (!isPickable[point] || !projectPoint(moment, projection, point, place)) continue;
    const dx = place.x - px;
    const dy = place.y - py;
    const distance = dx * dx + dy * dy;
    if (distance < best || (distance === best && nearest === null)) {
      best = distance;
      nearest = point;
    }
  }
  return nearest;
}

/** The nearest point whose way from `start` runs within 45° of a direction; null where there is none. */
export function pickTowards(drawn: DrawnPoints, start: Place, dx: number, dy: number): number | null {
  const { moment, projection, isPickable } = drawn;
  const place = createPlace();
  let nearest: number | null = null;
  let best = Number.POSITIVE_INFINITY;
  for (let point = 0; point < isPickable.length; point++) {
    if (!isPickable[point] || !projectPoint(moment, projection, point, place)) continue;
    const along = (place.x - start.x) * dx + (place.y - start.y) * dy;
    const across = Math.abs((place.x - start.x) * dy - (place.y - start.y) * dx);
    if (along <= 0 || across > along) continue;
    // Straight ahead comes first among equally far ones.
    const distance = Math.hypot(along, 2 * across);
    if (distance < best) {
      best = distance;
      nearest = point;
    }
  }
  return nearest;
}

/** Where a point is drawn, in CSS pixels; null where it is not. */
export function placeOf({ moment, projection }: DrawnPoints, point: number): Place | null {
  const place = createPlace();
  return projectPoint(moment, projection, point, place) ? place : null;
}
