//! The command line: arguments in, exit code out. Everything else is in the
//! library.

use std::process::ExitCode;

use clap::Parser;
use hauswart::cli::{self, Arguments};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match cli::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            // The chain, once, at the edge.
            eprintln!("hauswart: {error:#}");
            ExitCode::from(2)
        }
    }
}
