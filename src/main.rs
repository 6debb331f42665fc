//! The command line: arguments in, exit code out. Everything else is in the
//! library.

use std::process::ExitCode;

use clap::Parser;
use hauswart::cli::{self, Arguments};

/// Gives memory back to the system: reading a large site takes five times what
/// running it does.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
