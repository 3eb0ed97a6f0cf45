// Bundles `entry.jsx` of a folder and lets React write every job in it: node react.mjs FOLDER MODULES
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, modules] = process.argv.slice(2);
const { rolldown } = await import(pathToFileURL(`${modules}/rolldown/dist/index.mjs`));
const bundle = await rolldown({
  input: `${folder}/entry.jsx`,
  platform: "node",
  logLevel: "silent",
  transform: { jsx: "react-jsx", define: { "process.env.NODE_ENV": '"production"' } },
  resolve: { alias: { "$/utils/context": `${folder}/context.js` }, modules: [modules] },
});
await bundle.write({ file: `${folder}/out.mjs`, format: "esm", codeSplitting: false });
const { draw } = await import(pathToFileURL(`${folder}/out.mjs`));
const jobs = JSON.parse(readFileSync(`${folder}/jobs.json`, "utf8"));
const out = {};
for (const { key, page, data } of jobs) {
  try {
    out[key] = draw(page, data);
  } catch (error) {
    out[key] = `React failed: ${error.stack}`.slice(0, 800);
  }
}
writeFileSync(`${folder}/out.json`, JSON.stringify(out));
