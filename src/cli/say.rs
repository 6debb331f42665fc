//! Words on standard output and error that may be lost: while something is
//! commanded, a closed terminal or pipe must not end the process.

use std::io::{self, Write};

/// A line on standard output.
pub fn out(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// A line on standard error.
pub fn err(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
