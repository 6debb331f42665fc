//! Points by the names that people type: a point's full name, its end
//! (`HK1.Raum` where only one building has an `HK1`), or a device, which
//! stands for all its points.

use crate::model::{Language, PointId, diagnostic::did_you_mean};
use crate::site::Site;

/// Why a name finds nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words(Language::En))]
pub enum NotFound {
    Unknown {
        name: String,
        meant: Option<String>,
    },
    /// These full names all end so.
    Ambiguous {
        name: String,
        candidates: Vec<String>,
    },
}

impl NotFound {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Unknown { name, meant: Some(meant) } => language.pick(
                format!("„{name}“ gibt es hier nicht. Meinten Sie „{meant}“?"),
                format!("there is no \"{name}\" here. Did you mean \"{meant}\"?"),
            ),
            Self::Unknown { name, meant: None } => language.pick(
                format!("„{name}“ gibt es hier nicht. „hauswart status“ zeigt alle Punkte"),
                format!("there is no \"{name}\" here. \"hauswart status\" shows all points"),
            ),
            Self::Ambiguous { name, candidates } => language.pick(
                format!("„{name}“ ist nicht eindeutig: {}", candidates.join(", ")),
                format!("\"{name}\" is not unique: {}", candidates.join(", ")),
            ),
        }
    }
}

/// The points that `name` stands for, in order of ids.
///
/// # Errors
/// [`NotFound`], with the nearest name there is.
pub fn points(site: &Site, name: &str) -> Result<Vec<PointId>, NotFound> {
    if let Some(point) = site.points.find(name) {
        return Ok(vec![point]);
    }
    let suffix = format!(".{name}");
    let ending: Vec<PointId> = site
        .points
        .iter()
        .filter(|(_, point)| point.name.ends_with(&suffix))
        .map(|(id, _)| id)
        .collect();
    if ending.len() > 1 {
        let candidates = ending.iter().map(|id| site.points.get(*id).name.clone()).collect();
        return Err(NotFound::Ambiguous { name: name.to_owned(), candidates });
    }
    if !ending.is_empty() {
        return Ok(ending);
    }
    devices(site, name)
}

/// One point by name.
///
/// # Errors
/// [`NotFound`]; a device is not one point, and so unknown here.
pub fn point(site: &Site, name: &str) -> Result<PointId, NotFound> {
    match points(site, name)?.as_slice() {
        [one] => Ok(*one),
        many => Err(NotFound::Ambiguous {
            name: name.to_owned(),
            candidates: many.iter().map(|id| site.points.get(*id).name.clone()).collect(),
        }),
    }
}

/// The full name of the schedule, rule or value that `name` stands for, among
/// `named`.
///
/// # Errors
/// [`NotFound`], with the nearest name that there is, be it a point's.
pub fn named<'a>(
    site: &Site,
    named: impl Iterator<Item = &'a str> + Clone,
    name: &str,
) -> Result<String, NotFound> {
    let suffix = format!(".{name}");
    let whole = named.clone().find(|full| *full == name);
    let ending: Vec<&str> = match whole {
        Some(whole) => vec![whole],
        None => named.clone().filter(|full| full.ends_with(&suffix)).collect(),
    };
    match ending.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => {
            let parts = name.split('.').count();
            let ends = named.map(|full| end(full, parts));
            let meant = did_you_mean(name, ends).map(str::to_owned);
            let meant = meant.or_else(|| nearest(site, name));
            Err(NotFound::Unknown { name: name.to_owned(), meant })
        }
        many => Err(NotFound::Ambiguous {
            name: name.to_owned(),
            candidates: many.iter().map(ToString::to_string).collect(),
        }),
    }
}

/// The last so many parts of a name.
fn end(full: &str, parts: usize) -> &str {
    let skip = full.split('.').count().saturating_sub(parts);
    full.splitn(skip + 1, '.').last().unwrap_or(full)
}

fn devices(site: &Site, name: &str) -> Result<Vec<PointId>, NotFound> {
    let found: Vec<usize> = (0..site.devices.len())
        .filter(|device| site.devices[*device].name == name || site.device_name(*device) == name)
        .collect();
    match found.as_slice() {
        [one] => Ok(site.devices[*one].points.clone()),
        [] => Err(NotFound::Unknown { name: name.to_owned(), meant: nearest(site, name) }),
        many => Err(NotFound::Ambiguous {
            name: name.to_owned(),
            candidates: many.iter().map(|device| site.device_name(*device)).collect(),
        }),
    }
}

/// The nearest of all names in as many parts as were typed.
fn nearest(site: &Site, name: &str) -> Option<String> {
    let parts = name.split('.').count();
    let ends: Vec<&str> = site
        .points
        .iter()
        .filter_map(|(_, point)| {
            let all = point.name.split('.').count();
            let skip = all.checked_sub(parts)?;
            point.name.splitn(skip + 1, '.').last()
        })
        .chain(site.devices.iter().map(|device| device.name.as_str()))
        .collect();
    did_you_mean(name, ends).map(str::to_owned)
}
