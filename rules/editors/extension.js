// Starts the language server, `hauswart lsp`, for rule files.

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = async () => {
  const settings = vscode.workspace.getConfiguration("hauswart");
  const site = settings.get("site");
  const server = { command: settings.get("program"), args: ["lsp"] };
  const wishes = {
    documentSelector: [{ language: "hauswart", scheme: "file" }],
    initializationOptions: site ? { site } : {},
  };
  client = new LanguageClient("hauswart", "Hauswart", server, wishes);
  await client.start();
};

exports.deactivate = () => client?.stop();
