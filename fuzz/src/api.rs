//! What comes over the local socket: request bodies, and the values and names
//! in them, as people type them.

use hauswart::engine::find;
use hauswart::model::Language;
use hauswart::model::value::parse_value;
use hauswart::web::api::{OverrideRequest, ReloadRequest};

use crate::town;

pub fn run(bytes: &[u8]) -> bool {
    let _ = serde_json::from_slice::<ReloadRequest>(bytes);
    let Ok(request) = serde_json::from_slice::<OverrideRequest>(bytes) else { return true };
    let site = town::site();
    if let Err(not) = find::points(site, &request.point) {
        assert!(!not.words(Language::De).is_empty());
        assert!(!not.words(Language::En).is_empty());
    }
    for (_, point) in site.points.iter() {
        match parse_value(&point.kind, &request.value) {
            Ok(value) => assert!(value.is_finite(), "{}: {value}", request.value),
            Err(not) => assert!(!not.words(Language::De).is_empty(), "{not:?}"),
        }
    }
    true
}
