//! Tells Zed how to start the language server: `hauswart lsp`.

use zed_extension_api::{self as zed, LanguageServerId, Result, Worktree};

struct Hauswart;

impl zed::Extension for Hauswart {
    fn new() -> Self {
        Self
    }

    fn language_server_command(
        &mut self,
        _: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<zed::Command> {
        let command = worktree.which("hauswart").ok_or("hauswart is not on the path")?;
        Ok(zed::Command { command, args: vec!["lsp".to_owned()], env: worktree.shell_env() })
    }
}

zed::register_extension!(Hauswart);
