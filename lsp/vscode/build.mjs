// Puts the extension together in `dist/`: its code as one file, and the grammar that `language/grammars` generates.
import { copyFile, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await mkdir(here("dist"), { recursive: true });
for (const name of ["sophia.tmLanguage.json", "language-configuration.json"]) {
  await copyFile(here(`../../language/grammars/textmate/${name}`), here(`dist/${name}`));
}
await copyFile(here("../../LICENSE"), here("LICENSE.txt"));
await build({
  entryPoints: [here("src/extension.ts")],
  outfile: here("dist/extension.js"),
  bundle: true,
  minify: true,
  format: "cjs",
  platform: "node",
  target: "node20",
  external: ["vscode"],
  legalComments: "eof",
  logLevel: "warning",
});
