import type { NeighborsReply } from "../api/types";

export interface Neighbor {
  point: number;
  /** 1 for the nearest. */
  rank: number;
  distance: number;
}

export interface NeighborhoodChange {
  neighbors: (Neighbor & { isGained: boolean })[];
  /** Neighbors at the other step that are none now, with their rank and distance there. */
  lost: Neighbor[];
}

/** Which neighbors there are at a step, and how that differs from another step; without one nothing is gained. */
export function compareNeighborhoods(now: NeighborsReply, before: NeighborsReply | null): NeighborhoodChange {
  const known = new Set(before?.points);
  const current = new Set(now.points);
  return {
    neighbors: ranked(now).map((neighbor) => ({
      ...neighbor,
      isGained: before !== null && !known.has(neighbor.point),
    })),
    lost: before ? ranked(before).filter(({ point }) => !current.has(point)) : [],
  };
}

function ranked({ points, distances }: NeighborsReply): Neighbor[] {
  return points.map((point, i) => ({ point, rank: i + 1, distance: distances[i] ?? Number.NaN }));
}
