//! Who may import whom (see `src/lib.rs`): reads the `crate::` paths of every
//! file under `src` and holds that they point downward only.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

/// The floors, top first; the rooms on one floor do not know each other.
const FLOORS: [&[&str]; 9] = [
    &["cli"],
    &["web"],
    &["engine", "report"],
    &["cycle"],
    &["rules", "control", "history", "field", "plant", "service", "post"],
    &["site"],
    &["wire", "store", "clock"],
    &["model"],
    &[],
];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The rooms that a line of code names after `crate::`, also in braces.
fn rooms_named(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for rest in text.split("crate::").skip(1) {
        let names: Vec<&str> = match rest.strip_prefix('{') {
            None => vec![rest],
            Some(list) => list.split('}').next().unwrap_or("").split(',').collect(),
        };
        for name in names {
            let name: String =
                name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            rooms.push(name);
        }
    }
    rooms
}

#[test]
fn rooms_import_downward_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    assert!(files.len() > 10, "the house is not where it was");
    let mut wrong = Vec::new();
    for file in &files {
        let inside = file.strip_prefix(&root).unwrap();
        let room = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        let room = room.trim_end_matches(".rs");
        if matches!(room, "lib" | "main") {
            continue;
        }
        let own = floor(room).unwrap_or_else(|| panic!("{room} stands on no floor"));
        let text = fs::read_to_string(file).unwrap();
        let code: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        for named in rooms_named(&code) {
            let Some(theirs) = floor(&named) else { continue };
            if named != room && theirs <= own {
                wrong.push(format!("{} names crate::{named}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "upward or sideways:\n{}", wrong.join("\n"));
}

#[test]
fn the_check_sees_what_it_should() {
    assert_eq!(rooms_named("use crate::{cli::x, model};"), ["cli", "model"]);
    assert_eq!(rooms_named("crate::field::pace::Pace"), ["field"]);
    assert!(floor("model") > floor("site"));
}
