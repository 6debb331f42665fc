//! Servers of another make that take mail and web requests, and the orders
//! they take on their standard input.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::peers::{Peer, free_tcp_port};

fn order(peer: &mut Peer, order: &Value) -> Value {
    writeln!(peer.input(), "{order}").unwrap();
    let mut line = String::new();
    peer.output.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap()
}

/// Asks until `wanted` is content; a minute at the most.
fn wait(
    what: &str,
    mut ask: impl FnMut() -> Value,
    wanted: impl Fn(&[Value]) -> bool,
) -> Vec<Value> {
    let give_up = Instant::now() + Duration::from_secs(60);
    loop {
        let seen = ask();
        let seen = seen.as_array().unwrap();
        if wanted(seen) {
            return seen.clone();
        }
        assert!(Instant::now() < give_up, "waited in vain for {what}; so far: {seen:#?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// aiosmtpd.
pub struct MailPeer {
    peer: Peer,
    pub port: u16,
    options: Vec<String>,
}

impl MailPeer {
    pub fn start(options: &[&str]) -> Self {
        Self::on(free_tcp_port(), options.iter().map(ToString::to_string).collect())
    }

    pub fn on(port: u16, options: Vec<String>) -> Self {
        let number = port.to_string();
        let mut arguments = vec![number.as_str()];
        arguments.extend(options.iter().map(String::as_str));
        Self { peer: Peer::python("mail_server.py", &arguments), port, options }
    }

    pub fn kill(&mut self) {
        self.peer.kill();
    }

    /// Starts it anew on the same port; what it had taken is forgotten.
    pub fn restart(&mut self) {
        self.peer.kill();
        *self = Self::on(self.port, self.options.clone());
    }

    pub fn order(&mut self, what: &Value) -> Value {
        order(&mut self.peer, what)
    }

    pub fn mails(&mut self) -> Vec<Value> {
        self.order(&json!({ "mails": true })).as_array().unwrap().clone()
    }

    pub fn wait_for(&mut self, what: &str, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        wait(what, || order(&mut self.peer, &json!({ "mails": true })), wanted)
    }
}

/// Python's http.server.
pub struct WebPeer {
    peer: Peer,
    pub port: u16,
}

impl WebPeer {
    pub fn start(certificate: Option<&Path>) -> Self {
        let port = free_tcp_port();
        let number = port.to_string();
        let mut arguments = vec![number.as_str()];
        arguments.extend(certificate.map(|path| path.to_str().unwrap()));
        Self { peer: Peer::python("web_server.py", &arguments), port }
    }

    pub fn order(&mut self, what: &Value) -> Value {
        order(&mut self.peer, what)
    }

    pub fn wait_for(&mut self, what: &str, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        wait(what, || order(&mut self.peer, &json!({ "requests": true })), wanted)
    }
}

/// A key and a certificate for `localhost` that signs itself, in one file, as a
/// municipality's own authority would be trusted.
pub fn certificate(folder: &Path) -> PathBuf {
    let (key, cert) = (folder.join("key.pem"), folder.join("cert.pem"));
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ])
        .args(["-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&cert)
        .output()
        .expect("openssl is missing: run tests/run");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let both = folder.join("both.pem");
    let text = [key, cert].map(|path| std::fs::read_to_string(path).unwrap()).concat();
    std::fs::write(&both, text).unwrap();
    both
}
