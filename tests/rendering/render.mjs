// Renders formulas in one engine: node render.mjs katex|mathjax < ["formula", …]
// Prints {"errors": [[position, message], …], "html": […] where --html is given}. Nothing is lenient here: an unknown
// command, an unbalanced brace or a warning in strict mode is an error.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(import.meta.url);
const engine = process.argv[2];
const wantsHtml = process.argv.includes("--html");
const formulas = JSON.parse(readFileSync(0, "utf8"));

async function renderer() {
  if (engine === "katex") {
    const katex = require("katex");
    return (tex) => katex.renderToString(tex, { displayMode: true, throwOnError: true, strict: "error", trust: false });
  }
  const MathJax = require("mathjax");
  await MathJax.init({
    loader: { load: ["input/tex"], paths: { mathjax: "mathjax" } },
    // what cannot be read throws; packages that turn unknown commands into text stay out
    tex: { packages: ["base", "ams"], formatError: (jax, error) => { throw error; } },
    startup: { typeset: false },
  });
  return (tex) => {
    const mathml = MathJax.tex2mml(tex, { display: true });
    if (/<merror|mathcolor="red"/.test(mathml)) throw new Error(mathml);
    return mathml;
  };
}

const render = await renderer();
const errors = [];
const html = [];
formulas.forEach((tex, position) => {
  try {
    const shown = render(tex);
    if (wantsHtml) html.push(shown);
  } catch (error) {
    errors.push([position, String(error.message ?? error)]);
    if (wantsHtml) html.push("");
  }
});
process.stdout.write(JSON.stringify(wantsHtml ? { errors, html } : { errors }), () => process.exit(0));
