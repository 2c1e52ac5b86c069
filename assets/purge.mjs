// Writes one stylesheet: the rules of Tabler that our pages name, then our own. Usage: purge.mjs ROOT OUT
import { readFileSync, writeFileSync } from "node:fs";
import { PurgeCSS } from "purgecss";

const [root, out] = process.argv.slice(2);
const content = [
  `${root}/src/palier/*/templates/**/*.html`,
  `${root}/src/palier/*/templates/**/*.svg`,
  `${root}/src/palier/{pages,portal,desk}/**/*.py`,
  `${root}/assets/scripts/*.js`,
];
// Set by a script, by the browser or by htmx, never written whole in a template.
const safelist = { standard: ["htmx-request", "htmx-swapping", "htmx-settling"] };
const options = {
  content,
  safelist,
  keyframes: true,
  variables: true,
  defaultExtractor: (text) => text.match(/[A-Za-z0-9_-]+/g) ?? [],
};
const tabler = readFileSync(`${root}/assets/node_modules/@tabler/core/dist/css/tabler.min.css`, "utf8")
  .replace(/\/\*# sourceMappingURL=.*?\*\//g, "");
const ours = readFileSync(`${root}/assets/palier.css`, "utf8");
const [first] = await new PurgeCSS().purge({ ...options, css: [{ raw: tabler }] });
// Ours is kept whole: it is written for these pages, and a purge loses selectors such as a:is(:hover, :focus-visible).
const lean = (css) => css.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\s*\n\s*/g, "\n").replace(/[ \t]{2,}/g, " ").trim();
// @charset must come first, and only once.
const whole = `${first.css}\n${ours}`.replaceAll('@charset "UTF-8";', "");
writeFileSync(out, `@charset "UTF-8";\n${lean(whole)}\n`);
