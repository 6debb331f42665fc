//! Fuzz targets: one module for each way by which foreign bytes or people's
//! files come in. Each has `run`, which panics where something is wrong and
//! says whether the input is worth keeping. `fuzz_targets` holds the binaries.

pub mod api;
pub mod bacnet;
mod dice;
mod grammar;
pub mod ical;
pub mod modbus;
mod peer;
pub mod rules_check;
pub mod rules_run;
pub mod seeds;
pub mod site;
mod town;

#[cfg(fuzzing)]
pub use libfuzzer_sys;

/// The binary of a target. Built plainly, without libFuzzer, it carries out
/// the inputs that it is given, one after the other.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        #[cfg(fuzzing)]
        $crate::libfuzzer_sys::fuzz_target!(|bytes: &[u8]| -> $crate::libfuzzer_sys::Corpus {
            match $crate::$name::run(bytes) {
                true => $crate::libfuzzer_sys::Corpus::Keep,
                false => $crate::libfuzzer_sys::Corpus::Reject,
            }
        });

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            for path in std::env::args_os().skip(1) {
                let kept = $crate::$name::run(&std::fs::read(&path)?);
                println!("{}: {}", path.display(), if kept { "fine" } else { "not looked at" });
            }
            Ok(())
        }
    };
}

/// The parts of an input: texts and bytes in one file, apart by NUL, which no
/// text holds. At most `most`; the last takes what is left.
fn parts(bytes: &[u8], most: usize) -> impl Iterator<Item = &[u8]> {
    bytes.splitn(most, |byte| *byte == 0)
}
