// Bundles ../prosemirror.js and writes ../manifest.json and ../licences.txt: what is in it, from where, under which licence.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build, version } from "esbuild";

const OUT = new URL("../prosemirror.js", import.meta.url);
const SOURCES = ["prosemirror.js", "no-linkify.js", "build.js", "package.json"];
const LICENCE_NAMES = ["LICENSE", "LICENSE.txt", "LICENSE.md", "LICENSE-MIT.txt"];

const made = await build({
  entryPoints: ["prosemirror.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  alias: { "linkify-it": "./no-linkify.js" },
  banner: { js: "/* ProseMirror and markdown-it, MIT and BSD-2-Clause: see manifest.json and licences.txt beside this file. */" },
  metafile: true,
  write: false,
});
const code = made.outputFiles[0].contents;
writeFileSync(OUT, code);

const inside = new Map();
for (const path of Object.keys(made.metafile.inputs)) {
  const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
  if (name) inside.set(name, [...(inside.get(name) ?? []), path.replace(/.*node_modules\//, "")]);
}
const packages = [...inside].sort().map(([name, files]) => {
  const about = JSON.parse(readFileSync(`node_modules/${name}/package.json`));
  return { name, version: about.version, licence: about.license, files: files.sort() };
});
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const manifest = {
  file: "prosemirror.js",
  made: `npm install --ignore-scripts && npm run build, in static/vendor/recipe; esbuild ${version}`,
  sha256: sha256(code),
  bytes: code.length,
  gzip_bytes: gzipSync(code, { level: 9 }).length,
  sources: Object.fromEntries(SOURCES.map((name) => [`recipe/${name}`, sha256(readFileSync(name))])),
  packages,
};
writeFileSync(new URL("../manifest.json", import.meta.url), `${JSON.stringify(manifest, null, 2)}\n`);

const texts = packages.map(({ name, version }) => {
  const file = LICENCE_NAMES.map((one) => `node_modules/${name}/${one}`).find(existsSync);
  if (!file) throw new Error(`${name} has no licence text`);
  return `${name} ${version}\n${"=".repeat(72)}\n${readFileSync(file, "utf8").trim()}\n`;
});
writeFileSync(new URL("../licences.txt", import.meta.url), texts.join("\n\n"));
console.log(manifest.bytes, manifest.gzip_bytes, packages.map(({ name }) => name).join(" "));
