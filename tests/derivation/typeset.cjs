// Typesets formulas with KaTeX, strictly: a JSON list of [latex, is display] comes in, a list of [error, MathML] goes out.
// The argument is the folder of the package `katex`.
const katex = require(process.argv[2]);
const one = ([latex, displayMode]) => {
  try {
    return ["", katex.renderToString(latex, { displayMode, strict: "error", throwOnError: true, output: "mathml" })];
  } catch (error) {
    return [error.message, ""];
  }
};
const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(formulas.map(one)));
