"""An editor: the client of pygls before a language server that it starts.

    editor.py PROGRAM ARGUMENT ...

Prints `ready`, then takes an order a line on standard input and answers each
with one line, both JSON: {"do": "hover", "uri": ..., "line": 3, "character": 8}.
Every answer of the server has passed through lsprotocol's types.
"""

import asyncio
import json
import sys

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient


class Editor:
    def __init__(self):
        self.client = LanguageClient("editor", "1")
        self.told = {}
        self.news = asyncio.Event()

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def told(params: lsp.PublishDiagnosticsParams):
            self.told[params.uri] = params
            self.news.set()

    async def initialize(self, root=None, options=None, locale=None):
        folders = [lsp.WorkspaceFolder(uri=root, name="root")] if root else None
        return await self.client.initialize_async(
            lsp.InitializeParams(
                capabilities=lsp.ClientCapabilities(),
                root_uri=root,
                workspace_folders=folders,
                initialization_options=options,
                locale=locale,
            )
        )

    async def initialized(self):
        self.client.initialized(lsp.InitializedParams())

    async def open(self, uri, text, version=1):
        item = lsp.TextDocumentItem(uri=uri, language_id="hauswart", version=version, text=text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(text_document=item))

    async def change(self, uri, version, text, range=None):
        if range is None:
            change = lsp.TextDocumentContentChangeWholeDocument(text=text)
        else:
            (line, start), (end_line, end) = range
            span = lsp.Range(lsp.Position(line, start), lsp.Position(end_line, end))
            change = lsp.TextDocumentContentChangePartial(range=span, text=text)
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                text_document=lsp.VersionedTextDocumentIdentifier(uri=uri, version=version),
                content_changes=[change],
            )
        )

    async def close(self, uri):
        document = lsp.TextDocumentIdentifier(uri=uri)
        self.client.text_document_did_close(
            lsp.DidCloseTextDocumentParams(text_document=document)
        )

    async def save(self, uri):
        document = lsp.TextDocumentIdentifier(uri=uri)
        self.client.text_document_did_save(lsp.DidSaveTextDocumentParams(text_document=document))

    async def diagnostics(self, uri, version=None):
        """What was told of a file, once it was told of this version."""
        while True:
            self.news.clear()
            told = self.told.get(uri)
            if told is not None and (version is None or told.version == version):
                return told.diagnostics
            await self.news.wait()

    async def completion(self, **at):
        return await self.client.text_document_completion_async(lsp.CompletionParams(**where(at)))

    async def hover(self, **at):
        return await self.client.text_document_hover_async(lsp.HoverParams(**where(at)))

    async def definition(self, **at):
        return await self.client.text_document_definition_async(lsp.DefinitionParams(**where(at)))

    async def references(self, **at):
        context = lsp.ReferenceContext(include_declaration=True)
        params = lsp.ReferenceParams(context=context, **where(at))
        return await self.client.text_document_references_async(params)

    async def prepare_rename(self, **at):
        params = lsp.PrepareRenameParams(**where(at))
        return await self.client.text_document_prepare_rename_async(params)

    async def rename(self, name, **at):
        params = lsp.RenameParams(new_name=name, **where(at))
        return await self.client.text_document_rename_async(params)

    async def symbols(self, uri):
        document = lsp.TextDocumentIdentifier(uri=uri)
        params = lsp.DocumentSymbolParams(text_document=document)
        return await self.client.text_document_document_symbol_async(params)

    async def actions(self, uri, line, character):
        here = lsp.Position(line=line, character=character)
        params = lsp.CodeActionParams(
            text_document=lsp.TextDocumentIdentifier(uri=uri),
            range=lsp.Range(here, here),
            context=lsp.CodeActionContext(diagnostics=[]),
        )
        return await self.client.text_document_code_action_async(params)

    async def request(self, method, params=None):
        """Any request, as it stands."""
        return await self.client.protocol.send_request_async(method, params)

    async def shutdown(self):
        return await self.client.shutdown_async(None)

    async def exit(self):
        """The exit code of the server."""
        self.client.exit(None)
        return await self.client._server.wait()


def where(at):
    document = lsp.TextDocumentIdentifier(uri=at["uri"])
    position = lsp.Position(line=at["line"], character=at["character"])
    return {"text_document": document, "position": position}


async def main():
    editor = Editor()
    await editor.client.start_io(*sys.argv[1:])
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        do = getattr(editor, order.pop("do"))
        try:
            answer = await asyncio.wait_for(do(**order), 60)
            answer = editor.client.protocol._converter.unstructure(answer)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


asyncio.run(main())
