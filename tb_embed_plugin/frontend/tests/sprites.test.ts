import { expect, test } from "vitest";
import { thumbnailPlace } from "../src/api/sprites";

const sprites = {
  thumbnail_size: [28, 20] as [number, number],
  pages: [
    { n_columns: 3, n_thumbnails: 7 },
    { n_columns: 2, n_thumbnails: 4 },
  ],
};

test("a thumbnail is found row by row, and counted through the pages", () => {
  expect(thumbnailPlace(sprites, 5)).toEqual({ page: 0, x: 56, y: 20, width: 28, height: 20 });
  expect(thumbnailPlace(sprites, 6)).toEqual({ page: 0, x: 0, y: 40, width: 28, height: 20 });
  expect(thumbnailPlace(sprites, 10)).toEqual({ page: 1, x: 28, y: 20, width: 28, height: 20 });
});

test("there is none beyond the last page", () => {
  expect(thumbnailPlace(sprites, 11)).toBeNull();
});
