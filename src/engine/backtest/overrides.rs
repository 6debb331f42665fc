//! The overrides of then, as the record has them: of points and of schedules, each
//! from and until, or until somebody ended it.

use jiff::Timestamp;

use crate::control::Override;
use crate::engine::happenings::moment;
use crate::history::Event;
use crate::model::layers::Layer;
use crate::rules::Civil;
use crate::site::Site;

/// See the module.
#[derive(Debug, Default)]
pub struct Overrides {
    standing: Vec<(Event, What)>,
    last: u64,
}

#[derive(Debug, Clone)]
enum What {
    Point(Override),
    Schedule(String, Layer),
}

/// Whether both are of the same override.
fn same(one: &Event, other: &Event) -> bool {
    (&one.point, &one.by, &one.text) == (&other.point, &other.by, &other.text)
        && moment(one, "until ") == moment(other, "until ")
}

impl Overrides {
    /// One began or ended; false: nothing has changed by that.
    pub fn take(&mut self, event: &Event, site: &Site) -> bool {
        let at = Timestamp::from_millisecond(event.at_ms).unwrap_or_default();
        self.standing.retain(|(_, what)| what.until() > at);
        let known = self.standing.iter().position(|(standing, _)| same(standing, event));
        match (event.value, known) {
            (None, Some(place)) => drop(self.standing.remove(place)),
            (None, None) => return false,
            // Told again by a daemon that was started anew.
            (Some(_), Some(_)) => return false,
            (Some(value), None) => {
                let Some(until) = moment(event, "until ").filter(|until| *until > at) else {
                    return false;
                };
                self.last += 1;
                let (id, from) = (self.last, moment(event, "from ").unwrap_or(at));
                let what = match site.points.find(&event.point) {
                    Some(point) => What::Point(Override {
                        id,
                        point,
                        value,
                        from,
                        until,
                        user: event.by.clone(),
                        why: event.text.clone(),
                    }),
                    None => {
                        let layer = Layer { id, from, until, on: value != 0.0 };
                        What::Schedule(event.point.to_string(), layer)
                    }
                };
                self.standing.push((event.clone(), what));
            }
        }
        true
    }

    pub fn points(&self) -> Vec<Override> {
        let points = self.standing.iter().filter_map(|(_, what)| match what {
            What::Point(over) => Some(over.clone()),
            What::Schedule(..) => None,
        });
        points.collect()
    }

    pub fn civil(&self) -> Civil {
        let laid = self.standing.iter().filter_map(|(_, what)| match what {
            What::Point(_) => None,
            What::Schedule(name, layer) => Some((name.clone(), *layer)),
        });
        Civil { doubtful: false, laid: laid.collect() }
    }
}

impl What {
    const fn until(&self) -> Timestamp {
        match self {
            Self::Point(over) => over.until,
            Self::Schedule(_, layer) => layer.until,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::EventKind;

    fn event(at: &str, value: Option<f64>, level: &str) -> Event {
        Event {
            at_ms: at.parse::<Timestamp>().unwrap().as_millisecond(),
            kind: EventKind::Override,
            point: "Haus.Nutzung".into(),
            value,
            level: level.to_owned(),
            by: "rat".to_owned(),
            text: "Sitzung".to_owned(),
        }
    }

    #[test]
    fn a_planned_one_counts_from_its_beginning_and_one_that_was_ended_no_more() {
        let loaded = crate::site::load(
            &crate::model::diagnostic::Source {
                file: "site.toml".into(),
                text: include_str!("../../../rules/demo/site.toml").into(),
            },
            std::path::Path::new("/nowhere"),
            &[],
        );
        let site = loaded.site.unwrap();
        let mut overrides = Overrides::default();
        let planned = "from 2025-01-10T17:00:00Z until 2025-01-10T20:00:00Z";
        assert!(overrides.take(&event("2025-01-10T08:00:00Z", Some(1.0), planned), &site));
        let laid = overrides.civil().laid;
        let [(name, layer)] = &laid[..] else { panic!("{laid:?}") };
        assert_eq!((&**name, layer.on), ("Haus.Nutzung", true));
        assert_eq!(layer.from.to_string(), "2025-01-10T17:00:00Z");
        // A daemon that was started anew says it again, without its beginning.
        let again = event("2025-01-10T18:00:00Z", Some(1.0), "until 2025-01-10T20:00:00Z");
        assert!(!overrides.take(&again, &site));
        let ended = event("2025-01-10T19:00:00Z", None, "until 2025-01-10T20:00:00Z");
        assert!(overrides.take(&ended, &site));
        assert!(overrides.civil().laid.is_empty());
        assert!(!overrides.take(&ended, &site));
        let late = event("2025-01-10T21:00:00Z", Some(1.0), "until 2025-01-10T20:00:00Z");
        assert!(!overrides.take(&late, &site), "it was over already");
    }
}
