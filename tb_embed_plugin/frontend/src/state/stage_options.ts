/** What stands for a point. */
export type Mark = "points" | "thumbnails" | "labels";

/** How the stage shows points, as far as the user chooses it. */
export interface Look {
  mark: Mark;
  /** The column whose text labels show; null for the first column there is. */
  labelColumn: string | null;
  /** Times the size that suits the number of points. */
  scale: number;
  /** Of points, 0…1. */
  opacity: number;
  /** Whether class names stand at their clusters. */
  showsNames: boolean;
  /** Whether filtered points are gone; else they are faint. */
  hidesFiltered: boolean;
  /** Whether points whose neighbors are mostly false get a halo. */
  showsHalos: boolean;
  /** Whether motion is split into the whole cloud's and a point's own, and what the activations do not support is gray. */
  splitsMotion: boolean;
}

export const DEFAULT_LOOK: Look = {
  mark: "points",
  labelColumn: null,
  scale: 1,
  opacity: 1,
  showsNames: true,
  hidesFiltered: true,
  showsHalos: false,
  splitsMotion: false,
};
