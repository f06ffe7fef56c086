import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = process.argv[2] ? resolve(process.argv[2]) : resolve(here, "../static");

// Chunks are named by their content: those of earlier builds would stay for good.
if (existsSync(outdir)) {
  for (const name of readdirSync(outdir))
    if (/^(chunk|view)-.*\.js$/.test(name)) rmSync(resolve(outdir, name));
}

await build({
  absWorkingDir: here,
  // Workers are files of their own: the page may not make them of blobs.
  entryPoints: {
    index: "src/index.ts",
    find_worker: "src/find/worker.ts",
    compare_worker: "src/compare/worker.ts",
  },
  outdir,
  bundle: true,
  format: "esm",
  // Views that are opened later are fetched when they are: the first load stays small.
  splitting: true,
  target: "es2022",
  minify: true,
  legalComments: "none",
  loader: { ".glsl": "text" },
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "info",
});
await build({
  absWorkingDir: here,
  entryPoints: { index: "src/styles/index.css" },
  outdir,
  bundle: true,
  minify: true,
  target: "es2022",
  logLevel: "info",
});
