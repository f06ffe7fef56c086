import { describe, expect, test } from "vitest";
import type { Column } from "../src/api/types";
import { writeCsv } from "../src/state/csv";
import { columnMakeUp, predictedMakeUp, stackAreas } from "../src/state/make_up";
import { compareNeighborhoods } from "../src/state/neighborhood";

test("neighbors are gained and lost against another step, with the ranks that they had", () => {
  const at = (step: number, points: number[]) => ({
    step,
    point: 0,
    points,
    distances: points.map((_, i) => i / 2),
  });
  const { neighbors, lost } = compareNeighborhoods(at(10, [3, 5, 7]), at(0, [5, 9, 3]));
  expect(neighbors.filter(({ isGained }) => isGained)).toEqual([
    { point: 7, rank: 3, distance: 1, isGained: true },
  ]);
  expect(lost).toEqual([{ point: 9, rank: 2, distance: 0.5 }]);
  expect(compareNeighborhoods(at(10, [3]), null).neighbors[0]?.isGained).toBe(false);
});

describe("a class make-up", () => {
  test("counts predictions of the points at each step, without those that have none", () => {
    const rows = [Float32Array.of(2, 0, 2), Float32Array.of(Number.NaN, 0, 0)];
    const makeUp = predictedMakeUp(rows, Uint32Array.of(0, 2), (index) => `class ${index}`);
    expect(makeUp).toEqual({
      classes: ["class 0", "class 2"],
      counts: [
        [0, 2],
        [1, 0],
      ],
    });
  });

  test("of a column names the classes that are there", () => {
    const column = {
      name: "label",
      kind: "categorical" as const,
      categories: ["a", "b", "c"],
      codes: [2, 0, 2, null],
    };
    expect(columnMakeUp(column, Uint32Array.of(0, 2, 3))).toEqual({ classes: ["c"], counts: [[2]] });
  });

  test("stacks to the full height wherever something is counted", () => {
    const areas = stackAreas(
      {
        classes: ["a", "b"],
        counts: [
          [1, 3],
          [2, 2],
        ],
      },
      [0, 1],
    );
    expect(areas[0]).toEqual([
      [0, 1],
      [1, 1],
      [1, 0.5],
      [0, 0.75],
    ]);
    expect(areas[1]).toEqual([
      [0, 0.75],
      [1, 0.5],
      [1, 0],
      [0, 0],
    ]);
  });
});

test("comma-separated text is quoted where it must be, and runs in no spreadsheet", () => {
  const columns: Column[] = [
    { name: "=name", kind: "text", values: ['=HYPERLINK("x")', 'say "a", b', "-5", " +cmd|x"] },
    { name: "size", kind: "number", values: [-1.5, null, 2, 3] },
    { name: "day", kind: "date", values: [0, null, null, null] },
  ];
  expect(writeCsv(Uint32Array.of(0, 1, 2, 3), columns)).toBe(
    "point,'=name,size,day\r\n" +
      `0,"'=HYPERLINK(""x"")",-1.5,1970-01-01T00:00:00.000Z\r\n` +
      '1,"say ""a"", b",,\r\n' +
      "2,-5,2,\r\n" +
      "3,' +cmd|x,3,\r\n",
  );
});
