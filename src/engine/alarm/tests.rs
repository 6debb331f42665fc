//! Alarms against a slow model that reads the whole history anew each time,
//! over restarts, and by single examples.

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::standing::FOLDED_FROM;
use super::*;
use crate::model::Now;
use crate::model::diagnostic::Source;
use crate::rules::AlarmClass::{self, Fault, Notice, Urgent};
use crate::site::{self, Site};
use crate::store::alarms::Turn;

const HOUR: i64 = 60;
const KEPT: i64 = 25 * HOUR;

fn minute(minute: i64) -> Now {
    let steady = Duration::from_secs(u64::try_from(minute * 60).unwrap());
    Now { wall: Timestamp::from_second(1_790_000_000 + minute * 60).unwrap(), steady }
}

fn site() -> Site {
    let text = "format = 1\n[site]\nname = \"S\"\nlanguage = \"en\"\n[[building]]\nname = \"B\"\n";
    let source = Source { file: "site.toml".into(), text: text.into() };
    site::load(&source, Path::new("/"), &[]).site.unwrap()
}

fn subject() -> Subject {
    Subject::Device("B.HK1".into())
}

fn silent() -> Cause {
    Cause::Silent("time-out".into())
}

fn seen() -> Seen {
    Seen { by: "anna".into(), at: minute(0).wall, why: String::new() }
}

#[derive(Debug, Clone, Copy)]
enum Op {
    Raise(AlarmClass),
    Clear,
    See,
    Restart,
}

/// All that has happened to one alarm since it was last forgotten, and
/// definitions instead of a state.
#[derive(Debug, Default)]
struct Model {
    history: Vec<(i64, Op)>,
    number: u64,
}

#[derive(Debug, PartialEq)]
struct View {
    number: u64,
    class: AlarmClass,
    since: i64,
    gone: Option<i64>,
    flaps: Option<u64>,
    seen: bool,
}

impl Model {
    /// Comings (true) and goings, with their place in the history.
    fn turns(&self) -> Vec<(usize, i64, bool)> {
        let mut turns: Vec<(usize, i64, bool)> = Vec::new();
        for (place, (at, op)) in self.history.iter().enumerate() {
            let up = match op {
                Op::Raise(_) => true,
                Op::Clear => false,
                Op::See | Op::Restart => continue,
            };
            if turns.last().map_or(up, |last| last.2 != up) {
                turns.push((place, *at, up));
            }
        }
        turns
    }

    /// Where folding began, if it is folded at `now`: the first coming in it,
    /// and where in the history it began.
    fn fold(turns: &[(usize, i64, bool)], now: i64) -> Option<(i64, usize)> {
        let (_, last, _) = *turns.last()?;
        if now - last >= HOUR {
            return None;
        }
        // Back to the last quiet hour; the fold is the first crowd after it.
        let mut first = turns.len() - 1;
        while first > 0 && turns[first].1 - turns[first - 1].1 < HOUR {
            first -= 1;
        }
        let comings: Vec<_> = turns[first..].iter().filter(|turn| turn.2).collect();
        comings
            .windows(6)
            .find_map(|six| (six[5].1 - six[0].1 < HOUR).then_some((six[0].1, six[5].0)))
    }

    fn view(&self, now: i64) -> Option<View> {
        let turns = self.turns();
        let (_, last, present) = *turns.last()?;
        let fold = Self::fold(&turns, now);
        let raises = self.history.iter().enumerate().filter_map(|(place, (_, op))| match op {
            Op::Raise(class) => Some((place, *class)),
            _ => None,
        });
        let raises: Vec<_> = raises.collect();
        let rises = raises.windows(2).filter(|two| two[1].1 > two[0].1).map(|two| two[1].0);
        let told = turns.iter().filter(|turn| turn.2).filter(|turn| {
            // Comings that are folded are not told.
            let before: Vec<_> = turns.iter().copied().filter(|other| other.0 < turn.0).collect();
            Self::fold(&before, turn.1).is_none()
        });
        let told = told.map(|turn| turn.0).chain(rises).max()?;
        let coming = turns.iter().rev().find(|turn| turn.2)?.1;
        Some(View {
            number: self.number,
            class: raises.last()?.1,
            // One that went after it flapped was there since its first coming.
            since: fold
                .or_else(|| Self::fold(&turns, last).filter(|_| !present))
                .map_or(coming, |it| it.0),
            gone: (fold.is_none() && !present).then_some(last),
            flaps: fold.map(|(first, _)| {
                turns.iter().filter(|turn| turn.2 && turn.1 >= first).count() as u64
            }),
            seen: self.history[told..].iter().any(|(_, op)| matches!(op, Op::See)),
        })
    }

    fn pass(&mut self, now: i64) {
        if let Some(view) = self.view(now)
            && view.gone.is_some_and(|gone| now - gone >= KEPT)
            && (view.seen || view.class != Urgent)
        {
            self.history.clear();
        }
    }

    fn apply(&mut self, now: i64, op: Op) {
        match op {
            Op::Raise(_) if self.history.is_empty() => self.number += 1,
            Op::Clear | Op::See | Op::Restart if self.history.is_empty() => return,
            _ => {}
        }
        self.history.push((now, op));
    }
}

fn restarted(alarms: &mut Alarms, site: &Site, now: Now) -> Alarms {
    // Everything, counts too.
    alarms.doubt();
    let late = Now { steady: now.steady + Duration::from_secs(301), ..now };
    let changes = alarms.take_changes(late).unwrap_or_default();
    let records = alarms.records(&changes, site);
    Alarms::restored(records.put, records.last, site, now)
}

fn shown(alarms: &Alarms) -> Option<View> {
    let alarm = alarms.get(&subject())?;
    let minute_of = |stamp: Stamp| (stamp.wall.as_second() - 1_790_000_000) / 60;
    Some(View {
        number: alarm.number,
        class: alarm.class,
        since: minute_of(alarm.since),
        gone: alarm.gone.map(minute_of),
        flaps: alarm.flaps.map(|flaps| flaps.times),
        seen: alarm.seen.is_some(),
    })
}

fn op() -> impl Strategy<Value = (i64, Op)> {
    let op = prop_oneof![
        2 => Just(Op::Raise(Fault)),
        1 => Just(Op::Raise(Urgent)),
        1 => Just(Op::Raise(Notice)),
        4 => Just(Op::Clear),
        1 => Just(Op::See),
        1 => Just(Op::Restart),
    ];
    let after = prop_oneof![8 => 0_i64..5, 2 => 5_i64..90, 1 => 1400_i64..1700];
    (after, op)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn alarms_are_as_a_slow_reading_of_their_history_has_them(
        ops in prop::collection::vec(op(), 1..60),
    ) {
        let site = site();
        let mut alarms = Alarms::default();
        let mut model = Model::default();
        let mut now = 0;
        for (after, op) in ops {
            now += after;
            alarms.pass(minute(now));
            // What went by the first is forgotten by the next.
            alarms.pass(minute(now));
            model.pass(now);
            match op {
                Op::Raise(class) => {
                    alarms.raise(subject(), class, silent(), minute(now));
                }
                Op::Clear => {
                    alarms.clear(&subject(), minute(now));
                }
                Op::See => {
                    let view = model.view(now);
                    let done = alarms.acknowledge(view.as_ref().map_or(7, |it| it.number), seen());
                    let wanted = match view.map(|view| view.seen) {
                        None => Err(NotSeen::NoSuch),
                        Some(true) => Err(NotSeen::Already("anna".into())),
                        Some(false) => Ok(()),
                    };
                    prop_assert_eq!(done.map(drop), wanted);
                }
                Op::Restart => {
                    let present = model.turns().last().is_some_and(|turn| turn.2);
                    let class = model.view(now).map(|view| view.class);
                    alarms = restarted(&mut alarms, &site, minute(now));
                    if let Some(class) = class.filter(|_| present) {
                        // Still there: nobody is told again.
                        prop_assert!(!alarms.raise(subject(), class, silent(), minute(now)));
                    }
                }
            }
            model.apply(now, op);
            prop_assert_eq!(shown(&alarms), model.view(now));
        }
    }
}

/// What one recipient has heard.
#[derive(Debug, Default)]
struct Heard {
    on_call: bool,
    /// That it came, and not yet that it went.
    knows: bool,
    /// It came, or grew worse, since.
    news: bool,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn who_is_on_call_hears_of_each_coming_once_and_of_its_end(
        ops in prop::collection::vec((op(), 0_usize..4), 1..60),
    ) {
        let site = site();
        let mut alarms = Alarms::default();
        let labels = ["anna", "bernd"];
        let mut heard = [Heard::default(), Heard::default()];
        let mut now = 0;
        for ((after, op), toggled) in ops {
            now += after;
            alarms.pass(minute(now));
            if let Some(heard) = heard.get_mut(toggled) {
                heard.on_call = !heard.on_call;
            }
            match op {
                Op::Raise(class) => {
                    if alarms.raise(subject(), class, silent(), minute(now)) {
                        heard.iter_mut().for_each(|it| it.news = true);
                    }
                }
                Op::Clear => {
                    alarms.clear(&subject(), minute(now));
                }
                Op::See => {
                    let _ = alarms.acknowledge(alarms.last(), seen());
                }
                Op::Restart => alarms = restarted(&mut alarms, &site, minute(now)),
            }
            let on_call = [heard[0].on_call, heard[1].on_call];
            for (_, turn, to) in alarms.tell(&labels, |index, _, _| on_call[index]) {
                for heard in labels.iter().zip(&mut heard).filter(|it| to.contains(*it.0)) {
                    let heard = heard.1;
                    if turn == Turn::Went {
                        prop_assert!(heard.knows, "of an end without a beginning");
                        heard.knows = false;
                    } else {
                        prop_assert!(!heard.knows || heard.news, "twice");
                        (heard.knows, heard.news) = (true, false);
                    }
                }
            }
            let alarm = alarms.get(&subject());
            for heard in &heard {
                match alarm {
                    Some(alarm) if alarm.stands() && alarm.seen.is_none() && heard.on_call => {
                        prop_assert!(heard.knows, "not told: {alarm:?}");
                    }
                    Some(alarm) if alarm.stands() => {}
                    _ => prop_assert!(!heard.knows, "not told of the end: {alarm:?}"),
                }
            }
        }
    }
}

#[test]
fn an_alarm_keeps_the_time_it_was_raised_until_it_is_cleared() {
    let mut alarms = Alarms::default();
    assert!(alarms.raise(subject(), Fault, silent(), minute(1)));
    assert!(!alarms.raise(subject(), Fault, silent(), minute(2)));
    assert_eq!(alarms.get(&subject()).unwrap().since.wall, minute(1).wall);
    let devices = |subject: &Subject| matches!(subject, Subject::Device(_));
    let gone = alarms.clear_others(devices, &[].into(), minute(3));
    assert_eq!(gone, [subject()]);
    assert!(alarms.clear_others(devices, &[].into(), minute(4)).is_empty());
}

#[test]
fn what_is_cleared_while_nothing_ran_is_told_once_that_is_known() {
    let site = site();
    let mut alarms = Alarms::default();
    alarms.raise(subject(), Fault, silent(), minute(1));
    alarms.acknowledge(1, seen()).unwrap();
    let mut alarms = restarted(&mut alarms, &site, minute(600));
    let alarm = alarms.get(&subject()).unwrap();
    assert_eq!((alarm.since.wall, alarm.seen.clone()), (minute(1).wall, Some(seen())));
    assert_eq!(
        alarm.cause.words(&subject(), site.language, &site),
        "device B.HK1 does not answer (time-out)"
    );
    let devices = |subject: &Subject| matches!(subject, Subject::Device(_));
    assert!(alarms.clear_others(devices, &[].into(), minute(601)).is_empty(), "not known yet");
    assert!(alarms.settle(|_| false, minute(602)).is_empty());
    assert_eq!(alarms.settle(|_| true, minute(603)), [subject()]);
    assert_eq!(alarms.get(&subject()).unwrap().gone.unwrap().wall, minute(603).wall);
}

#[test]
fn one_that_flapped_until_a_long_pause_is_told_to_be_over_before_it_is_forgotten() {
    let mut alarms = Alarms::default();
    for _ in 0..=FOLDED_FROM {
        alarms.raise(subject(), Fault, silent(), minute(1));
        alarms.clear(&subject(), minute(1));
    }
    assert_eq!(alarms.tell(&["anna"], |_, _, _| true).len(), 1);
    alarms.pass(minute(2 * KEPT));
    let told = alarms.tell(&["anna"], |_, _, _| true);
    assert_eq!(told, [(subject(), Turn::Went, ["anna".to_owned()].into())]);
    alarms.pass(minute(2 * KEPT));
    assert!(alarms.get(&subject()).is_none());
}

#[test]
fn a_clock_that_is_set_forgets_no_alarm() {
    let mut alarms = Alarms::default();
    alarms.raise(subject(), Fault, silent(), minute(1));
    alarms.clear(&subject(), minute(2));
    let year = SignedDuration::from_hours(24 * 365);
    let stepped = Now { wall: minute(3).wall.checked_add(year).unwrap(), ..minute(3) };
    alarms.pass(stepped);
    assert!(alarms.get(&subject()).is_some());
    alarms.pass(minute(2 + KEPT));
    assert!(alarms.get(&subject()).is_none());
}

#[test]
fn counts_alone_do_not_wear_out_the_disk() {
    let mut alarms = Alarms::default();
    let mut written = 0;
    for second in 0..3600_u64 {
        let now = Now { steady: Duration::from_secs(second), ..minute(0) };
        alarms.raise(subject(), Fault, silent(), now);
        alarms.clear(&subject(), now);
        written += u32::from(alarms.take_changes(now).is_some());
    }
    // Each of the five comings and goings, the fold, and every five minutes.
    assert!((12..=24).contains(&written), "{written} writings in an hour of flapping");
}

#[test]
fn subjects_are_read_as_they_are_stored() {
    let site = site();
    for subject in [
        Subject::Rule("B.Halle".into(), "zu kalt".into()),
        Subject::Device("B.HK1".into()),
        Subject::Command("B.HK1.Soll".into()),
        Subject::Wear("B.HK1.Soll".into()),
        Subject::Decision("B.HK1.Soll".into()),
        Subject::Driver("line".into()),
        Subject::Journal,
        Subject::Store,
        Subject::Records,
        Subject::Lost,
        Subject::RuleFiles,
        Subject::Clock,
        Subject::Post("anna@x.de".into()),
        Subject::LifeSign,
        Subject::Web,
    ] {
        assert_eq!(Subject::read(&subject.about(), &site), Some(subject));
    }
    assert_eq!(Subject::read(&["pump".into()], &site), None);
}
