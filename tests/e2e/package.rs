//! The Debian package: installed, upgraded, removed and purged in a folder of
//! its own; the site that it brings runs and commands nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::daemon::{Folder, PROGRAM, text};

/// Packs the program under test.
fn pack(folder: &Path, revision: &str) -> PathBuf {
    let package = folder.join(format!("hauswart_{revision}.deb"));
    let output = Command::new("cargo")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["deb", "--quiet", "--locked", "--no-build", "--profile", "dev", "--fast"])
        .args(["--deb-revision", revision, "--output"])
        .arg(&package)
        .output()
        .unwrap();
    let why = text(&output.stderr);
    assert!(output.status.success(), "cargo-deb is missing? run tests/run\n{why}");
    package
}

/// A system without programs: the package's scripts run outside, on its files.
struct System {
    root: tempfile::TempDir,
}

impl System {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["var/lib/dpkg/updates", "var/lib/dpkg/info", "etc"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        fs::write(root.path().join("var/lib/dpkg/status"), "").unwrap();
        Self { root }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.root.path().join(file)
    }

    fn dpkg(&self, arguments: &[&str]) -> Output {
        let output = Command::new("dpkg")
            .arg(format!("--root={}", self.root.path().display()))
            .args(["--force-depends", "--force-script-chrootless", "--force-confdef"])
            .args(arguments)
            .output()
            .unwrap();
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(output.status.success(), "dpkg {arguments:?}: {said}");
        output
    }
}

#[test]
fn it_installs_a_harmless_site_and_keeps_what_people_wrote_and_what_was_recorded() {
    let is_root = rustix::process::geteuid().is_root();
    // Where systemd runs, the scripts would start the service here.
    if !is_root || Path::new("/run/systemd/system").exists() {
        println!("skipped: needs root, and a machine without a running systemd");
        return;
    }
    let packages = tempfile::tempdir().unwrap();
    let [first, second] = ["1", "2"].map(|revision| pack(packages.path(), revision));
    let system = System::new();
    system.dpkg(&["--install", first.to_str().unwrap()]);
    let accounts = fs::read_to_string(system.path("etc/passwd")).unwrap();
    assert!(accounts.contains("hauswart:"), "{accounts}");
    let at_boot = "etc/systemd/system/multi-user.target.wants/hauswart.service";
    assert!(system.path(at_boot).is_symlink());

    let site = fs::read_to_string(system.path("etc/hauswart/site.toml")).unwrap();
    runs_and_commands_nothing(&site, &system.path("etc/hauswart/rules"));
    for example in ["demo", "town"] {
        let site = system.path(&format!("usr/share/doc/hauswart/examples/{example}/site.toml"));
        let output = Command::new(system.path("usr/bin/hauswart")).arg("check").arg(site).output();
        assert!(output.unwrap().status.success(), "{example}");
    }

    let own = "# what people wrote\n";
    fs::write(system.path("etc/hauswart/site.toml"), own).unwrap();
    fs::create_dir_all(system.path("var/lib/hauswart")).unwrap();
    fs::write(system.path("var/lib/hauswart/record"), "kept").unwrap();
    let is_kept = || {
        fs::read_to_string(system.path("etc/hauswart/site.toml")).unwrap() == own
            && system.path("var/lib/hauswart/record").exists()
    };
    system.dpkg(&["--install", second.to_str().unwrap()]);
    assert!(is_kept());
    system.dpkg(&["--remove", "hauswart"]);
    assert!(is_kept() && !system.path("usr/bin/hauswart").exists());
    system.dpkg(&["--purge", "hauswart"]);
    assert!(
        !system.path("var/lib/hauswart").exists()
            && !system.path("etc/hauswart/site.toml").exists()
    );
}

fn runs_and_commands_nothing(site: &str, rules: &Path) {
    let folder = Folder::new("", "");
    let data = folder.path().join("data").display().to_string();
    folder.write("site.toml", &site.replace("/var/lib/hauswart", &data));
    fs::remove_file(folder.path().join("rules/a.rules")).unwrap();
    for file in fs::read_dir(rules).unwrap().flatten() {
        let text = fs::read_to_string(file.path()).unwrap();
        folder.write(&format!("rules/{}", file.file_name().to_str().unwrap()), &text);
    }
    let checked = Command::new(PROGRAM).arg("check").arg(folder.site()).output().unwrap();
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    let mut daemon = folder.run(&[]);
    let status = daemon.wait_for("cycles", |status| status["cycles"].as_u64() > Some(0));
    assert_eq!(status["alarms"], serde_json::json!([]));
    let written = folder.hauswart(&["override", "Raum", "1", "--for", "1 h", "--yes"]);
    assert_eq!(written.status.code(), Some(1), "{}", text(&written.stderr));
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}
