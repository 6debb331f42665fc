//! What events come to, one by one; series at large are compared with other
//! programs in `tests/rules/oracles.rs`.

use jiff::civil::date;

use super::*;

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn file(body: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\n{body}\nEND:VCALENDAR\n")
}

fn event(lines: &str) -> String {
    file(&format!("BEGIN:VEVENT\nUID:1\n{lines}\nEND:VEVENT"))
}

fn sound(text: &str) -> Events {
    let (events, faults) = read(text, &berlin(), Some(date(2026, 3, 2))).unwrap();
    assert!(faults.is_empty(), "{faults:?}");
    events
}

/// `02.03. 19:00+01-21:00+01`, of the first few.
fn bookings(text: &str) -> Vec<String> {
    let zone = berlin();
    let shown = |at: jiff::Timestamp, format: &str| {
        let offset = zone.to_offset(at);
        format!("{}{offset}", zone.to_datetime(at).strftime(format))
    };
    let bookings = sound(text).bookings(&zone);
    let each = bookings.as_slice().iter().take(8);
    each.map(|(from, to)| {
        let same = zone.to_datetime(*from).date() == zone.to_datetime(*to).date();
        let end = if same { "%H:%M" } else { "%d.%m. %H:%M" };
        format!("{}-{}", shown(*from, "%d.%m. %H:%M"), shown(*to, end))
    })
    .collect()
}

fn days(text: &str) -> Vec<String> {
    let (zone, events) = (berlin(), sound(text));
    let days = events.days(&zone).map(|days| match days {
        Days::Dates { first, last } => {
            format!("{}-{}", first.strftime("%d.%m."), last.strftime("%d.%m."))
        }
        other => format!("{other:?}"),
    });
    days.collect()
}

#[test]
fn a_whole_day_is_as_long_as_the_day_is() {
    let text = event("DTSTART;VALUE=DATE:20260328\nDTEND;VALUE=DATE:20260330");
    assert_eq!(bookings(&text), ["28.03. 00:00+01-30.03. 00:00+02"]);
    let hours = |text: &str| {
        let bookings = sound(text).bookings(&berlin());
        let (from, to) = bookings.as_slice()[0];
        from.duration_until(to).as_hours()
    };
    assert_eq!(hours(&event("DTSTART;VALUE=DATE:20260329")), 23);
    assert_eq!(hours(&event("DTSTART;VALUE=DATE:20261025\nDURATION:P1D")), 25);
    assert_eq!(hours(&event("DTSTART;VALUE=DATE:20261025\nDTEND;VALUE=DATE:20261025")), 25);
    assert_eq!(hours(&event("DTSTART;VALUE=DATE:20260302\nDURATION:P1W")), 7 * 24);
}

#[test]
fn a_series_keeps_its_time_over_a_change_of_clocks() {
    let evening =
        "DTSTART;TZID=Europe/Berlin:20260322T190000\nDTEND;TZID=Europe/Berlin:20260322T210000";
    assert_eq!(
        bookings(&event(&format!("{evening}\nRRULE:FREQ=WEEKLY;COUNT=2"))),
        ["22.03. 19:00+01-21:00+01", "29.03. 19:00+02-21:00+02"]
    );
    // A series in UTC does not.
    let utc = "DTSTART:20260322T180000Z\nDTEND:20260322T200000Z\nRRULE:FREQ=WEEKLY;COUNT=2";
    assert_eq!(bookings(&event(utc)), ["22.03. 19:00+01-21:00+01", "29.03. 20:00+02-22:00+02"]);
    let night = "DTSTART:20260327T220000\nDTEND:20260328T060000\nRRULE:FREQ=DAILY;COUNT=3";
    assert_eq!(
        bookings(&event(night)),
        [
            "27.03. 22:00+01-28.03. 06:00+01",
            "28.03. 22:00+01-29.03. 06:00+02",
            "29.03. 22:00+02-30.03. 06:00+02",
        ]
    );
    // A length is time that passes.
    let length = "DTSTART:20261024T220000\nDURATION:PT8H";
    assert_eq!(bookings(&event(length)), ["24.10. 22:00+02-25.10. 05:00+01"]);
    // Skipped, and shown twice.
    let small = "DTSTART:20260329T023000\nDTEND:20260329T040000";
    assert_eq!(bookings(&event(small)), ["29.03. 03:30+02-04:00+02"]);
    let small = "DTSTART:20261025T023000\nDTEND:20261025T033000";
    assert_eq!(bookings(&event(small)), ["25.10. 02:30+02-03:30+01"]);
}

const SERIES: &str = "DTSTART;TZID=Europe/Berlin:20260302T190000
DTEND;TZID=Europe/Berlin:20260302T210000
RRULE:FREQ=WEEKLY;COUNT=4";

#[test]
fn exceptions_are_left_out_and_more_are_put_in() {
    let with = |lines: &str| bookings(&event(&format!("{SERIES}\n{lines}")));
    let whole = with("");
    assert_eq!(whole.len(), 4);
    for without in [
        "EXDATE;TZID=Europe/Berlin:20260309T190000",
        "EXDATE:20260309T180000Z",
        "EXDATE;VALUE=DATE:20260309",
        "EXRULE:FREQ=WEEKLY;INTERVAL=7;COUNT=1\nEXDATE:20260309T190000\nRDATE:20260302T190000",
    ] {
        let left = if without.starts_with("EXRULE") {
            &whole[2..]
        } else {
            &[&whole[..1], &whole[2..]].concat()[..]
        };
        assert_eq!(with(without), left, "{without}");
    }
    let more = with("RDATE;TZID=Europe/Berlin:20260304T150000,20260305T160000");
    assert_eq!(more[1..3], ["04.03. 15:00+01-17:00+01", "05.03. 16:00+01-18:00+01"]);
    let periods =
        with("RDATE;VALUE=PERIOD:20260304T140000Z/PT30M,20260305T140000Z/20260305T150000Z");
    assert_eq!(periods[1..3], ["04.03. 15:00+01-15:30+01", "05.03. 15:00+01-16:00+01"]);
}

fn with_other(lines: &str) -> Vec<String> {
    let text = format!(
        "BEGIN:VEVENT\nUID:1\n{SERIES}\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\n{lines}\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:2\nDTSTART:20260309T190000\nDTEND:20260309T193000\nEND:VEVENT"
    );
    bookings(&file(&text))
}

#[test]
fn a_changed_occurrence_stands_for_the_planned_one() {
    let moved = with_other(
        "RECURRENCE-ID;TZID=Europe/Berlin:20260309T190000\nDTSTART:20260310T080000\nDTEND:20260310T090000",
    );
    // The other series at the same moment is not touched.
    assert_eq!(moved[1..3], ["09.03. 19:00+01-19:30+01", "10.03. 08:00+01-09:00+01"]);
    assert_eq!(moved.len(), 5);
    let gone = with_other(
        "RECURRENCE-ID:20260309T180000Z\nSTATUS:CANCELLED\nDTSTART:20260309T190000\nDTEND:20260309T210000",
    );
    assert_eq!(gone[1], "09.03. 19:00+01-19:30+01");
    let later = with_other(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T190000\nDTSTART:20260309T200000\nDTEND:20260309T203000",
    );
    assert_eq!(
        later,
        [
            "02.03. 19:00+01-21:00+01",
            "09.03. 19:00+01-19:30+01",
            "09.03. 20:00+01-20:30+01",
            "16.03. 20:00+01-20:30+01",
            "23.03. 20:00+01-20:30+01",
        ]
    );
    let alone =
        event("RECURRENCE-ID:20260309T190000\nDTSTART:20260310T080000\nDTEND:20260310T090000");
    assert_eq!(bookings(&alone), ["10.03. 08:00+01-09:00+01"]);
}

#[test]
fn the_end_of_a_series_is_the_last_that_it_names() {
    let until = |until: &str| {
        let series = SERIES.replace("COUNT=4", &format!("UNTIL={until}"));
        bookings(&event(&series)).len()
    };
    assert_eq!(until("20260316T180000Z"), 3);
    assert_eq!(until("20260316T175959Z"), 2);
    assert_eq!(until("20260316T190000"), 3);
    assert_eq!(until("20260316"), 3);
    assert_eq!(until("20260315"), 2);
}

#[test]
fn what_goes_on_for_ever_goes_on_for_ten_years() {
    let endless = SERIES.replace(";COUNT=4", "");
    let events = sound(&event(&endless));
    assert!(events.is_endless());
    assert_eq!(events.last_day(&berlin()), None);
    let bookings = events.bookings(&berlin());
    let last = bookings.as_slice().last().unwrap().1;
    assert!(last > "2036-02-20T00:00:00Z".parse().unwrap(), "{last}");
    assert!(last < "2036-03-03T00:00:00Z".parse().unwrap(), "{last}");
    let old = endless.replace("20260302", "19960304");
    let bookings = sound(&event(&old)).bookings(&berlin());
    assert!(bookings.as_slice().last().unwrap().1 > "2036-02-20T00:00:00Z".parse().unwrap());
}

#[test]
fn events_name_the_days_that_they_touch() {
    assert_eq!(
        days(&event("DTSTART;VALUE=DATE:20260330\nDTEND;VALUE=DATE:20260411")),
        ["30.03.-10.04."]
    );
    assert_eq!(days(&event("DTSTART:20260330T190000\nDTEND:20260331T010000")), ["30.03.-31.03."]);
    assert_eq!(days(&event("DTSTART:20260330T190000\nDTEND:20260331T000000")), ["30.03.-30.03."]);
    assert_eq!(days(&event("DTSTART:20260330T230000Z\nDTEND:20260331T000000Z")), ["31.03.-31.03."]);
}

#[test]
fn other_components_are_passed_over() {
    let inside = "DTSTART:20260302T190000\nBEGIN:VALARM\nDTSTART:20200101T000000\nDURATION:PT1M\n\
                  TRIGGER:-PT5M\nEND:VALARM\nDTEND:20260302T200000";
    assert_eq!(bookings(&event(inside)), ["02.03. 19:00+01-20:00+01"]);
    let beside = "BEGIN:VTODO\nUID:9\nDTSTART:20260302T190000\nDUE:20260303T190000\nEND:VTODO";
    assert!(sound(&file(beside)).is_empty());
    let zone = "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Hier:20260702T190000\nDTEND;TZID=Hier:20260702T200000\n\
                END:VEVENT\nBEGIN:VTIMEZONE\nTZID:Hier\nBEGIN:STANDARD\nDTSTART:16010101T000000\n\
                TZOFFSETTO:+0000\nEND:STANDARD\nEND:VTIMEZONE";
    assert_eq!(bookings(&file(zone)), ["02.07. 21:00+02-22:00+02"]);
}

#[test]
fn a_text_that_is_no_calendar_is_told_from_half_a_one() {
    let why = |text: &str| read(text, &berlin(), None).err();
    for text in ["", "\n\n", "Ferien", "Ostern: 30.03.", "BEGIN:VCARD\nEND:VCARD", "\0\0"] {
        assert_eq!(why(text), Some(NoCalendar::Other), "{text:?}");
    }
    let whole = event(SERIES);
    assert_eq!(why(&whole), None);
    for cut in (16..whole.len() - 2).filter(|cut| whole.is_char_boundary(*cut)) {
        assert_eq!(why(&whole[..cut]), Some(NoCalendar::Truncated), "{}", &whole[..cut]);
    }
}

#[test]
fn absurd_series_end() {
    for rule in [
        "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11;BYMINUTE=0,10,20,30,40,50;BYSECOND=0,10,20,30,40,50",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=2147483647",
        "FREQ=YEARLY;COUNT=4294967295",
        "FREQ=MONTHLY;BYSETPOS=366;BYDAY=MO",
    ] {
        for start in ["00000101T000000", "20260302T190000", "99991231T235959"] {
            let text = event(&format!("DTSTART:{start}\nDURATION:PT1S\nRRULE:{rule}"));
            let (events, faults) = read(&text, &berlin(), Some(date(2026, 3, 2))).unwrap();
            let many = faults.iter().any(|(fault, _)| fault.fault == EventFault::TooMany);
            // The last moment of all has no instant in this zone.
            let beyond = start.starts_with("9999");
            assert!(many || beyond || !events.is_empty(), "{rule} {start}");
        }
    }
}
