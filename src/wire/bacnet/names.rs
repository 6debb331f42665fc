//! The standard's own names of numbers, as they stand in devices' manuals:
//! `analog-input`, `present-value`, `write-access-denied`.

use bacnet_rs::object::{ObjectType, PropertyIdentifier};
use bacnet_rs::service::{AbortReason, RejectReason};

/// `analog-value`; vendors' own types by number.
pub(super) fn object_type_name(kind: u16) -> String {
    match ObjectType::from(u32::from(kind)) {
        ObjectType::Custom(_) | ObjectType::Reserved(_) => format!("object-type-{kind}"),
        known => hyphenated(&known.to_string()),
    }
}

/// `present-value`; vendors' own properties by number.
#[must_use]
pub fn property_name(property: u32) -> String {
    match PropertyIdentifier::from(property) {
        PropertyIdentifier::Custom(_) | PropertyIdentifier::Reserved(_) => {
            format!("property-{property}")
        }
        known => hyphenated(&known.to_string()),
    }
}

/// Why a request was rejected (clause 18.9).
#[must_use]
pub fn reject_name(reason: u8) -> String {
    match RejectReason::from(reason) {
        RejectReason::Custom(_) | RejectReason::Reserved(_) => format!("reason-{reason}"),
        known => hyphenated(&known.to_string()),
    }
}

/// Why a transaction was aborted (clause 18.10).
#[must_use]
pub fn abort_name(reason: u8) -> String {
    match AbortReason::from(reason) {
        AbortReason::Custom(_) | AbortReason::Reserved(_) => format!("reason-{reason}"),
        known => hyphenated(&known.to_string()),
    }
}

/// `BinaryLightingOutput` → `binary-lighting-output`.
fn hyphenated(camel: &str) -> String {
    let mut name = String::with_capacity(camel.len() + 4);
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// The class of an error (clause 18).
#[must_use]
pub fn error_class_name(class: u32) -> String {
    const NAMES: [&str; 8] = [
        "device",
        "object",
        "property",
        "resources",
        "security",
        "services",
        "vt",
        "communication",
    ];
    let known = usize::try_from(class).ok().and_then(|class| NAMES.get(class));
    known.map_or_else(|| format!("class-{class}"), |name| (*name).to_owned())
}

/// The code of an error (clause 18); rare ones by number.
#[must_use]
pub fn error_code_name(code: u32) -> String {
    let name = match code {
        0 => "other",
        2 => "configuration-in-progress",
        3 => "device-busy",
        4 => "dynamic-creation-not-supported",
        7 => "inconsistent-parameters",
        9 => "invalid-data-type",
        14 => "invalid-time-stamp",
        16 => "missing-required-parameter",
        18 => "no-space-for-object",
        19 => "no-space-to-add-list-element",
        20 => "no-space-to-write-property",
        22 => "property-is-not-a-list",
        25 => "operational-problem",
        26 => "password-failure",
        27 => "read-access-denied",
        29 => "service-request-denied",
        30 => "timeout",
        31 => "unknown-object",
        32 => "unknown-property",
        36 => "unsupported-object-type",
        37 => "value-out-of-range",
        40 => "write-access-denied",
        41 => "character-set-not-supported",
        42 => "invalid-array-index",
        43 => "cov-subscription-failed",
        44 => "not-cov-property",
        45 => "optional-functionality-not-supported",
        46 => "invalid-configuration-data",
        47 => "datatype-not-supported",
        48 => "duplicate-name",
        50 => "property-is-not-an-array",
        73 => "invalid-event-state",
        79 => "unknown-subscription",
        80 => "parameter-out-of-range",
        81 => "list-element-not-found",
        82 => "busy",
        83 => "communication-disabled",
        _ => return format!("code-{code}"),
    };
    name.to_owned()
}

impl std::fmt::Display for super::DeviceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", error_class_name(self.class), error_code_name(self.code))
    }
}
