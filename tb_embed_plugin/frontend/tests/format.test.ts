import { describe, expect, test } from "vitest";
import { colorPoints } from "../src/color/coloring";
import { formatDate } from "../src/panels/format";

describe("formatDate", () => {
  test("leaves out what is zero in all", () => {
    expect(formatDate(Date.UTC(2024, 0, 5))).toBe("2024-01-05");
    expect(formatDate(Date.UTC(2024, 0, 5, 12, 30))).toBe("2024-01-05 12:30:00");
    expect(formatDate(Date.UTC(2024, 0, 5, 12, 30, 1, 50))).toBe("2024-01-05 12:30:01.050");
  });

  test("says so where a date is beyond what can be shown", () => {
    expect(formatDate(1e20)).toBe("–");
  });
});

test("dates color as numbers do", () => {
  const values = [0, null, Date.UTC(2024, 0, 5)];
  const dates = colorPoints(3, { name: "taken", kind: "date", values }, "light", new Set());
  const numbers = colorPoints(3, { name: "taken", kind: "number", values }, "light", new Set());
  expect(dates.colors).toEqual(numbers.colors);
  expect(dates.legend).toEqual({
    kind: "range",
    min: 0,
    max: Date.UTC(2024, 0, 5),
    nMissing: 1,
  });
});
