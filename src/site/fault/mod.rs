//! The faults of site files and templates, and their words in German and
//! English. [`Shape`]: the form of the file. [`Naming`]: names, and references
//! between things. [`Address`]: connections and devices. [`Wire`]: registers and
//! objects. [`MeterFault`]: meters. [`Post`]: who hears of alarms. [`ReportFault`],
//! [`TariffFault`], [`JobFault`]: what reports need. [`Listening`]:
//! where others pull figures. [`Stay`]: commands that may stay. [`Closing`]: what is
//! out of service.
//! [`Meaning`]: what contradicts itself or is not safe. Rendered by `model::diagnostic`.

mod address;
mod closing;
mod grammar;
mod job;
mod listening;
mod meaning;
mod meter;
mod naming;
mod post;
mod report;
mod shape;
mod stay;
mod tariff;
mod wire;

pub use address::Address;
pub use closing::Closing;
pub use job::JobFault;
pub use listening::Listening;
pub use meaning::Meaning;
pub use meter::MeterFault;
pub use naming::{Naming, What};
pub use post::Post;
pub use report::ReportFault;
pub(super) use shape::is_truth;
pub use shape::{Shape, Type};
pub use stay::Stay;
pub use tariff::TariffFault;
pub use wire::Wire;

use crate::model::Language;
use crate::model::diagnostic::did_you_mean;

/// „heizng“ or "heizng".
fn quote(language: Language, word: &str) -> String {
    language.pick(format!("„{word}“"), format!("\"{word}\""))
}

/// The near miss as a question, or the list of what there is.
fn offer(
    language: Language,
    word: &str,
    known: &[String],
    none: impl FnOnce() -> Option<String>,
) -> Option<String> {
    if let Some(near) = did_you_mean(word, known.iter().map(String::as_str)) {
        let near = quote(language, near);
        return Some(
            language.pick(format!("Meinten Sie {near}?"), format!("Did you mean {near}?")),
        );
    }
    if known.is_empty() || known.len() > 60 {
        return none();
    }
    let list = known.join(", ");
    Some(language.pick(format!("Es gibt: {list}"), format!("There are: {list}")))
}
