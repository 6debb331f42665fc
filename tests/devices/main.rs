//! Every template before a served register image or object list, through a
//! real socket: what is read is what is expected, a write lands where it
//! should with the code it should, and so does the hand-back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bacnet;
mod case;
mod line;
mod modbus;
#[path = "../peers/mod.rs"]
mod peers;

use std::fs;
use std::path::Path;

#[test]
fn every_template_has_its_case() {
    for source in hauswart::site::embedded_templates() {
        let name = Path::new(&*source.file).file_stem().unwrap().to_owned();
        let folder = Path::new("tests/devices").join(name);
        for file in ["image.toml", "expected.toml"] {
            assert!(folder.join(file).exists(), "{} has no {file}", folder.display());
        }
        let expected: case::Expected =
            toml::from_str(&fs::read_to_string(folder.join("expected.toml")).unwrap()).unwrap();
        assert!(!expected.read.is_empty(), "{} expects nothing", folder.display());
    }
}
