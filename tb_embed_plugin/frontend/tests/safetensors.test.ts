import { describe, expect, test } from "vitest";
import { decodeFrames } from "../src/api/frames";
import { MalformedFileError, parseSafetensors, toUint16Array } from "../src/api/safetensors";
import { framesFile, safetensorsFile } from "./files";

describe("parseSafetensors", () => {
  test("reads metadata and tensors, whatever the header's length does to the alignment", () => {
    for (const padding of ["", "x", "xx", "xxx"]) {
      const file = parseSafetensors(safetensorsFile({ note: padding }, [2, 2], [1, 2, 3, 65535]));
      const tensor = file.tensors.get("positions");
      expect(file.metadata).toEqual({ note: padding });
      expect(tensor?.shape).toEqual([2, 2]);
      expect(tensor && [...toUint16Array(tensor)]).toEqual([1, 2, 3, 65535]);
    }
  });

  const good = safetensorsFile({}, [1, 2], [7, 8]);
  const rewritten = (header: string) => {
    const bytes = new TextEncoder().encode(header);
    const buffer = new ArrayBuffer(8 + bytes.length + 4);
    new DataView(buffer).setBigUint64(0, BigInt(bytes.length), true);
    new Uint8Array(buffer, 8).set(bytes);
    return buffer;
  };
  test.each([
    ["an empty file", new ArrayBuffer(0), /0 bytes/],
    ["a file cut short", good.slice(0, 20), /cut short/],
    ["data cut short", good.slice(0, good.byteLength - 2), /spans bytes/],
    ["an HTML page", new TextEncoder().encode("<!DOCTYPE html><p>no</p>").buffer, /cut short/],
    ["a header that is no JSON", rewritten("{positions"), /not valid JSON/],
    ["a header that is a list", rewritten("[]"), /not a JSON object/],
    ["metadata that is no text", rewritten('{"__metadata__":{"a":1}}'), /__metadata__.a/],
    ["no offsets", rewritten('{"p":{"dtype":"U16","shape":[2]}}'), /data_offsets/],
    ["a negative size", rewritten('{"p":{"dtype":"U16","shape":[-2],"data_offsets":[0,4]}}'), /shape/],
    ["offsets beyond the end", rewritten('{"p":{"dtype":"U16","shape":[4],"data_offsets":[0,8]}}'), /spans/],
    [
      "offsets that run backwards",
      rewritten('{"p":{"dtype":"U16","shape":[2],"data_offsets":[4,0]}}'),
      /spans/,
    ],
    [
      "a shape that needs more",
      rewritten('{"p":{"dtype":"U16","shape":[1],"data_offsets":[0,4]}}'),
      /needs 2/,
    ],
    ["an unknown dtype", rewritten('{"p":{"dtype":"Q7","shape":[2],"data_offsets":[0,4]}}'), /Q7/],
  ])("refuses %s and says why", (_, buffer, why) => {
    expect(() => parseSafetensors(buffer as ArrayBuffer)).toThrow(MalformedFileError);
    expect(() => parseSafetensors(buffer as ArrayBuffer)).toThrow(why);
  });
});

describe("decodeFrames", () => {
  test("splits positions by step and reads the grid", () => {
    const reply = decodeFrames(framesFile({ steps: [0, 57], values: [1, 2, 3, 4, 5, 6, 7, 8] }));
    expect(reply.version).toBe("v1");
    expect(reply.grid).toEqual({ offset: [-1.5, -2], scale: 0.001, extent: [81.2, 64.9] });
    expect(reply.frames.map(({ step }) => step)).toEqual([0, 57]);
    expect(reply.frames.map(({ positions }) => [...positions])).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
  });

  test("keeps three axes where there are three", () => {
    const values = [1, 2, 3, 65535, 65535, 7];
    const file = framesFile({ steps: [0], values, nDims: 3, offset: "-1.5,-2.0,0", extent: "1,2,3" });
    const { grid, frames } = decodeFrames(file);
    expect(grid.offset).toEqual([-1.5, -2, 0]);
    expect([...(frames[0]?.positions ?? [])]).toEqual(values);
  });

  test.each([
    ["another number of steps", { steps: [0, 1, 2], values: [1, 2, 3, 4], nSteps: 2 }, /2 steps but 3/],
    ["one axis", { steps: [0], values: [1, 2], nDims: 1 }, /expected \(n_steps/],
    ["a scale that is no number", { steps: [0], values: [1, 2], scale: "NaN" }, /scale is "NaN"/],
    [
      "an offset for one axis only",
      { steps: [0], values: [1, 2], offset: "3" },
      /one number for each of 2 axes/,
    ],
  ])("refuses %s", (_, file, why) => {
    expect(() => decodeFrames(framesFile(file))).toThrow(why);
  });
});
