//! The program itself, run as a user would: in a folder of its own, with a
//! site file and rules, asked over its socket, ended by a signal.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_hauswart");

/// A folder with a site file and rules.
pub struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    pub fn new(site: &str, rules: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("rules")).unwrap();
        let folder = Self { folder };
        folder.write("site.toml", site);
        folder.write("rules/a.rules", rules);
        folder
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn site(&self) -> PathBuf {
        self.path().join("site.toml")
    }

    /// Runs a command of the program to its end.
    pub fn hauswart(&self, arguments: &[&str]) -> Output {
        let (command, rest) = arguments.split_first().unwrap();
        let mut program = Command::new(PROGRAM);
        program.arg(command);
        match *command {
            "check" | "run" => program.arg(self.site()),
            _ => program.arg("--site").arg(self.site()),
        };
        program.args(rest).args(["--lang", "en"]).output().unwrap()
    }

    /// Starts the daemon and waits until it answers.
    pub fn run(&self, arguments: &[&str]) -> Daemon<'_> {
        let log = self.open_log();
        self.run_telling(log.into(), arguments, &[])
    }

    /// Starts it with these words in its environment.
    pub fn run_with(&self, environment: &[(&str, &str)]) -> Daemon<'_> {
        let log = self.open_log();
        self.run_telling(log.into(), &[], environment)
    }

    fn open_log(&self) -> fs::File {
        fs::File::options().create(true).append(true).open(self.path().join("log")).unwrap()
    }

    /// Starts it with nobody left to read what it says.
    pub fn run_unheard(&self) -> Daemon<'_> {
        let mut daemon = self.run_telling(Stdio::piped(), &[], &[]);
        drop(daemon.child.stderr.take());
        daemon
    }

    /// Starts it in a terminal of its own, and closes that terminal: gives what
    /// `meanwhile` does between, and its exit status.
    pub fn run_in_terminal(&self, meanwhile: impl FnOnce(&mut Daemon<'_>)) -> ExitStatus {
        // The child of a pseudo terminal; closing its other end hangs it up.
        const TERMINAL: &str = "import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.dup2(os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT), 2)
    os.execv(sys.argv[2], sys.argv[2:])
sys.stdin.read()
os.close(terminal)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))";
        let child = Command::new("python3")
            .args(["-c", TERMINAL])
            .arg(self.path().join("log"))
            .args([PROGRAM, "run"])
            .arg(self.site())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut daemon = Daemon { folder: self, child };
        daemon.wait_for("an answer", |_| true);
        meanwhile(&mut daemon);
        drop(daemon.child.stdin.take());
        daemon.wait_end()
    }

    fn run_telling(
        &self,
        log: Stdio,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Daemon<'_> {
        let mut daemon = self.spawn(log, arguments, environment);
        daemon.wait_for("an answer", |_| true);
        daemon
    }

    /// Starts it and waits for nothing.
    pub fn start(&self) -> Daemon<'_> {
        self.spawn(self.open_log().into(), &[], &[])
    }

    fn spawn(&self, log: Stdio, arguments: &[&str], environment: &[(&str, &str)]) -> Daemon<'_> {
        let child = Command::new(PROGRAM)
            .arg("run")
            .arg(self.site())
            .args(arguments)
            .env("RUST_LOG", "info")
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Daemon { folder: self, child }
    }

    pub fn log(&self) -> String {
        let mut text = String::new();
        if let Ok(mut log) = fs::File::open(self.path().join("log")) {
            log.read_to_string(&mut text).unwrap();
        }
        text
    }
}

/// A running daemon; killed with the test.
pub struct Daemon<'a> {
    folder: &'a Folder,
    child: Child,
}

impl Daemon<'_> {
    /// What `hauswart status` says; `None` while it does not answer.
    pub fn status(&self) -> Option<Value> {
        let output = self.folder.hauswart(&["status", "--format", "json"]);
        serde_json::from_slice(&output.stdout).ok()
    }

    /// Waits until `status` is as wanted; a minute at the most.
    pub fn wait_for(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let give_up = Instant::now() + Duration::from_secs(60);
        loop {
            let status = self.status();
            if let Some(status) = &status
                && wanted(status)
            {
                return status.clone();
            }
            if let Some(ended) = self.child.try_wait().unwrap() {
                panic!("the daemon ended ({ended}):\n{}", self.folder.log());
            }
            assert!(
                Instant::now() < give_up,
                "waited in vain for {what}; last: {status:#?}\n{}",
                self.folder.log()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// SIGTERM, then its exit status.
    pub fn terminate(self) -> ExitStatus {
        self.signal("TERM");
        self.wait_end()
    }

    /// Its exit status; it must end within 45 s.
    pub fn wait_end(mut self) -> ExitStatus {
        let give_up = Instant::now() + Duration::from_secs(45);
        loop {
            if let Some(ended) = self.child.try_wait().unwrap() {
                return ended;
            }
            assert!(Instant::now() < give_up, "not ended in 45 s:\n{}", self.folder.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// As a power cut does: at once, without letting go.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Daemon<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The point of this name in a status.
pub fn point<'a>(status: &'a Value, name: &str) -> &'a Value {
    let points = status["points"].as_array().unwrap();
    points.iter().find(|point| point["name"] == name).unwrap_or(&Value::Null)
}

/// Whether the device of this name answers.
pub fn answers(status: &Value, name: &str) -> Option<bool> {
    let devices = status["devices"].as_array().unwrap();
    devices.iter().find(|device| device["name"] == name)?["answers"].as_bool()
}
