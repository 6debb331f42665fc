//! Calendars: which days they name, and what schedules make of them.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::town::{Bench, codes, local};

/// The days of `year` on which a calendar with these items says `all day`.
fn days(items: &str, year: i16) -> Vec<String> {
    let text = format!(
        "calendar K  {items}\nschedule S  daily off  K all day\nrule \"R\" when S alarm \"x\""
    );
    let bench = Bench::new(&text, "2026-01-01T00:00:00");
    let first = date(year, 1, 1);
    let all = (0..365).map(|day| first.saturating_add(day.days()));
    let on = |day: &Date| {
        let noon = bench.site.time_zone.to_timestamp(day.at(12, 0, 0, 0)).unwrap();
        bench.program.schedule_on("Rathaus.S", noon) == Some(true)
    };
    all.filter(on).map(|day| day.strftime("%d.%m.").to_string()).collect()
}

#[test]
fn a_land_is_known_by_code_and_name() {
    let expected = [
        "01.01.", "03.04.", "06.04.", "01.05.", "14.05.", "25.05.", "04.06.", "03.10.", "01.11.",
        "25.12.", "26.12.",
    ];
    assert_eq!(days("public holidays RP", 2026), expected);
    assert_eq!(days("public holidays Rheinland-Pfalz", 2026), expected);
    for land in [
        "BW BY BE BB HB HH HE MV NI NW RP SL SN ST SH TH",
        "Baden-Württemberg Bayern Berlin Brandenburg Bremen Hamburg Hessen Mecklenburg-Vorpommern \
         Niedersachsen Nordrhein-Westfalen Rheinland-Pfalz Saarland Sachsen Sachsen-Anhalt \
         Schleswig-Holstein Thüringen",
    ]
    .into_iter()
    .flat_map(|laender| laender.split(' '))
    {
        assert!(days(&format!("public holidays {land}"), 2026).len() >= 9, "{land}");
    }
}

#[test]
fn days_can_be_mixed() {
    let bavaria = days("public holidays BY", 2026);
    let with = days("public holidays BY, Mariä_Himmelfahrt", 2026);
    assert_eq!(with, days("public holidays BY, 15.08.", 2026));
    assert_eq!(with.len(), bavaria.len() + 1);
    assert!(!bavaria.contains(&"15.08.".to_owned()));
    assert_eq!(
        days("16.02.2026\n 24.12., 31.12.\n 02.11.2026-04.11.2026, 31.10.-01.11.", 2026),
        ["16.02.", "31.10.", "01.11.", "02.11.", "03.11.", "04.11.", "24.12.", "31.12."]
    );
    assert_eq!(
        days("Weiberfastnacht, Rosenmontag Faschingsdienstag", 2026),
        ["12.02.", "16.02.", "17.02."]
    );
    assert_eq!(days("Buß_und_Bettag", 2026), ["18.11."]);
    assert_eq!(days("29.02.", 2027), [""; 0]);
    assert_eq!(days("29.02.", 2028), ["29.02."]);
    assert_eq!(days("Sa-So, public holidays RP", 2026).len(), 104 + 11 - 3);
}

#[test]
fn a_calendar_decides_like_any_day() {
    let text = "calendar Feiertage  public holidays RP
calendar Ferien  29.06.2026-07.08.2026
schedule Schule
  Mo-Fr               07:00-16:00
  Ferien, Feiertage   off
  Rosenmontag         08:00-10:00
  24.06.2026          also 19:00-22:00
  Feiertage           also 11:00-12:00
rule \"R\" when Schule alarm \"x\"";
    let bench = Bench::new(text, "2026-01-01T00:00:00");
    for (at, on) in [
        ("2026-06-26T07:30:00", true),
        ("2026-06-29T07:30:00", false),
        ("2026-08-07T07:30:00", false),
        ("2026-08-10T07:30:00", true),
        ("2026-05-01T07:30:00", false),
        ("2026-05-01T11:30:00", true),
        ("2026-02-16T07:30:00", false),
        ("2026-02-16T08:30:00", true),
        ("2026-06-24T20:00:00", true),
    ] {
        assert_eq!(bench.program.schedule_on("Rathaus.Schule", local(at)), Some(on), "{at}");
    }
    let friday = local("2026-06-26T16:00:00");
    let monday = local("2026-08-10T07:00:00");
    assert_eq!(bench.program.schedule_changes("Rathaus.Schule", friday), Some(monday));
}

#[test]
fn a_calendar_may_be_called_like_a_feast() {
    let text = "calendar Rosenmontag  17.02.2026
schedule S  Rosenmontag all day
rule \"R\" when S alarm \"x\"";
    let bench = Bench::new(text, "2026-01-01T00:00:00");
    let noon = |day: &str| bench.program.schedule_on("Rathaus.S", local(day));
    assert_eq!(noon("2026-02-16T12:00:00"), Some(false));
    assert_eq!(noon("2026-02-17T12:00:00"), Some(true));
}

#[test]
fn a_calendar_that_nothing_names_is_told() {
    assert_eq!(codes("calendar K public holidays RP"), ["unused"]);
    let used = "calendar K public holidays RP\nschedule S K off Mo 07:00-08:00\nrule \"R\" when S alarm \"x\"";
    assert_eq!(codes(used), [""; 0]);
}

#[test]
fn a_file_gives_a_calendar_its_days() {
    let expected =
        [days("30.03.2026-10.04.2026", 2026), days("29.06.2026-07.08.2026, 24.12.", 2026)];
    let mut expected: Vec<String> = expected.concat();
    expected.extend(["15.05.", "12.11.", "13.11."].map(str::to_owned));
    expected.sort_by_key(|day| (day[3..5].to_owned(), day[..2].to_owned()));
    assert_eq!(days("24.12. file \"ferien.ics\"", 2026), expected);
}

#[test]
fn a_file_switches_on_beside_the_lines() {
    let text = "calendar Feiertage  public holidays RP
schedule Halle
  Mo-Fr       08:00-16:00
  Feiertage   off
  also file \"belegung.ics\"
rule \"R\" when Halle alarm \"x\"
rule \"vorher\" when Halle starts within 2 h alarm \"y\"
rule \"nachher\" when Halle ended within 1 h alarm \"z\"";
    let mut bench = Bench::new(text, "2026-05-01T14:00:00");
    let on = |at: &str| bench.program.schedule_on("Rathaus.Halle", local(at));
    // A holiday: only what is booked.
    assert_eq!(on("2026-05-01T10:00:00"), Some(false));
    assert_eq!(on("2026-05-01T20:00:00"), Some(true));
    // Booked over the end of the day's own time.
    assert_eq!(on("2026-05-08T15:59:00"), Some(true));
    assert_eq!(on("2026-05-08T17:00:00"), Some(false));
    assert_eq!(on("2026-05-08T19:00:00"), Some(true));
    // The weekend of the flea market, whole days, over the change of clocks.
    let changes = |at: &str| bench.program.schedule_changes("Rathaus.Halle", local(at));
    assert_eq!(changes("2026-03-27T23:00:00"), Some(local("2026-03-28T00:00:00")));
    assert_eq!(changes("2026-03-28T00:00:00"), Some(local("2026-03-30T00:00:00")));
    let mut told: Vec<Vec<String>> = Vec::new();
    for _ in 0..10 {
        let said = bench.says();
        told.push(said.iter().map(|alarm| alarm.split(": ").last().unwrap().to_owned()).collect());
        bench.pass(3600);
    }
    let none: Vec<String> = Vec::new();
    let one = |text: &str| vec![text.to_owned()];
    assert_eq!(
        told,
        [
            none.clone(),
            none.clone(),
            none.clone(),
            one("y"),
            one("y"),
            one("x"),
            one("x"),
            one("x"),
            one("z"),
            none,
        ]
    );
}
