//! Foreign programs that tests talk to: started here, told ready by a line on
//! their standard output, ended with the test.

#![allow(dead_code, reason = "each test target uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A process that ends with the test.
pub struct Peer {
    child: Child,
    /// The rest of its standard output.
    pub output: BufReader<std::process::ChildStdout>,
}

impl Peer {
    /// Starts `tests/peers/<script>` and waits for its line `ready`.
    pub fn python(script: &str, arguments: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(script);
        let mut command = Command::new(interpreter());
        command.arg("-u").arg(script).args(arguments);
        Self::start(command)
    }

    /// Starts any program that prints `ready` once it is up.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while line.trim() != "ready" {
            line.clear();
            let read = output.read_line(&mut line).unwrap();
            assert!(read > 0, "the peer ended before it was ready: {command:?}");
        }
        Self { child, output }
    }

    /// Its standard input, for scripts that take orders.
    pub fn input(&mut self) -> &mut std::process::ChildStdin {
        self.child.stdin.as_mut().unwrap()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The Python of the peers' virtual environment, which `tests/run` makes.
pub fn interpreter() -> PathBuf {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin/python");
    assert!(python.exists(), "{} is missing: run tests/run", python.display());
    python
}

/// A TCP port that was free a moment ago.
pub fn free_tcp_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A UDP port that was free a moment ago.
pub fn free_udp_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
