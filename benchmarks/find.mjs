// Runs what the tab's panel "Find" runs: evidence (JSON) in, findings (JSON) out.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const frontend = join(dirname(fileURLToPath(import.meta.url)), "../tb_embed_plugin/frontend");
const { build } = createRequire(join(frontend, "package.json"))("esbuild");

const { outputFiles } = await build({
  stdin: {
    contents: 'export { makeLabels } from "./evidence"; export { findAll } from "./findings";',
    resolveDir: join(frontend, "src/find"),
  },
  bundle: true,
  format: "esm",
  write: false,
});
const { findAll, makeLabels } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
);

const { steps, nPoints, labels, measures, count } = JSON.parse(await text(process.stdin));
const numbers = (row) => Float32Array.from(row, (value) => value ?? Number.NaN);
const evidence = {
  steps,
  nPoints,
  measures: Object.fromEntries(Object.entries(measures).map(([name, rows]) => [name, rows.map(numbers)])),
  labels: makeLabels(labels.names, labels.codes, null, labels.names.length),
  positions: [],
  nDims: 2,
};
process.stdout.write(JSON.stringify(findAll(evidence, count)));
