//! A site file and a device template of the site's own, apart by NUL. A site
//! comes out only where nothing is wrong, and is whole.

use std::path::Path;

use hauswart::model::diagnostic::{Source, any_error};
use hauswart::site;

use crate::{parts, town};

pub fn run(bytes: &[u8]) -> bool {
    let mut parts = parts(bytes, 2).map(town::text);
    let main = Source { file: "site.toml".into(), text: parts.next().unwrap_or_default() };
    let own: Vec<Source> =
        parts.map(|text| Source { file: "geraete/eigen.toml".into(), text }).collect();
    let loaded = site::load(&main, Path::new("/anlage"), &own);
    assert_eq!(loaded.site.is_some(), !any_error(&loaded.diagnostics));
    town::tell(&loaded.diagnostics, &loaded.sources);
    if let Some(site) = &loaded.site {
        assert_eq!(site.points.len(), site.sources.len());
        let of_devices = site.devices.iter().map(|device| device.points.len()).sum::<usize>();
        assert_eq!(of_devices, site.points.len());
    }
    true
}
