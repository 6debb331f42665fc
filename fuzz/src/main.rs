//! Fuzz targets: one module for each way by which foreign bytes or people's
//! files come in. Each has `run`, which panics where something is wrong and
//! says whether the input is worth keeping.
//!
//! All are one program, for linking takes longest. Built by `fuzz/run`, it is
//! libFuzzer's, and the target's name stands in the environment; built plainly,
//! it carries out inputs one after the other: `hauswart-fuzz TARGET FILE…`

#![cfg_attr(fuzzing, no_main)]

mod api;
mod bacnet;
mod dice;
mod grammar;
mod ical;
mod modbus;
mod peer;
mod rules_check;
mod rules_run;
mod seeds;
mod site;
mod town;

/// Whether an input is worth keeping.
type Run = fn(&[u8]) -> bool;

const TARGETS: [(&str, Run); 7] = [
    ("api", api::run),
    ("bacnet", bacnet::run),
    ("ical", ical::run),
    ("modbus", modbus::run),
    ("rules_check", rules_check::run),
    ("rules_run", rules_run::run),
    ("site", site::run),
];

/// # Panics
/// If there is no such target.
fn target(name: &str) -> Run {
    let found = TARGETS.iter().find(|(target, _)| *target == name);
    let names = TARGETS.map(|(name, _)| name).join(", ");
    found.unwrap_or_else(|| panic!("no target {name:?}; there are {names}")).1
}

#[cfg(fuzzing)]
mod fuzzing {
    use std::env::var;
    use std::sync::OnceLock;

    use libfuzzer_sys::{Corpus, fuzz_target};

    use super::{Run, seeds, target};

    static TARGET: OnceLock<Run> = OnceLock::new();

    fuzz_target!(
        init: {
            let name = var("FUZZ_TARGET").expect("FUZZ_TARGET names the target");
            let folder = var("FUZZ_SEEDS").expect("FUZZ_SEEDS names a folder");
            seeds::write(&name, folder.as_ref()).expect("the seeds can be written");
            TARGET.get_or_init(|| target(&name));
        },
        |bytes: &[u8]| -> Corpus {
            let run = TARGET.get().expect("it was chosen at the start");
            if run(bytes) { Corpus::Keep } else { Corpus::Reject }
        }
    );
}

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, files)) = arguments.split_first() else {
        println!("usage: hauswart-fuzz TARGET FILE…");
        return Ok(());
    };
    if let [flag, folder] = files
        && flag == "--seeds"
    {
        return seeds::write(name, folder.as_ref());
    }
    for file in files {
        let kept = target(name)(&std::fs::read(file)?);
        println!("{file}: {}", if kept { "fine" } else { "not looked at" });
    }
    Ok(())
}

/// The parts of an input: texts and bytes in one file, apart by NUL, which no
/// text holds. At most `most`; the last takes what is left.
fn parts(bytes: &[u8], most: usize) -> impl Iterator<Item = &[u8]> {
    bytes.splitn(most, |byte| *byte == 0)
}
