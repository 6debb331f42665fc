// Colours texts as VS Code does: argv names the grammar; standard input is a
// JSON list of texts, standard output one of their tokens, [text, scope] each.
// The scope is the innermost.

const fs = require("fs");
const { createRequire } = require("module");
const path = require("path");

const installed = createRequire(path.resolve("target/peers/node/package.json"));
const { Registry, INITIAL, parseRawGrammar } = installed("vscode-textmate");
const oniguruma = installed("vscode-oniguruma");

async function main(file) {
  const wasm = fs.readFileSync(installed.resolve("vscode-oniguruma/release/onig.wasm"));
  await oniguruma.loadWASM(wasm);
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => parseRawGrammar(fs.readFileSync(file, "utf8"), file),
  });
  const grammar = await registry.loadGrammar("source.hauswart");
  const coloured = JSON.parse(fs.readFileSync(0, "utf8")).map((text) => {
    let state = INITIAL;
    return text.split("\n").flatMap((line) => {
      const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
      state = ruleStack;
      return tokens.map((token) => [
        line.slice(token.startIndex, token.endIndex),
        token.scopes[token.scopes.length - 1],
      ]);
    });
  });
  console.log(JSON.stringify(coloured));
}

main(process.argv[2]);
