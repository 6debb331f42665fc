//! Holidays in Germany: Easter and the days that hang on it, and which days
//! are public holidays in which Land. Computed, so that no list runs out;
//! school holidays cannot be, and are data of the site. From 1990 on the table
//! is as the law was; it leaves out what holds in single municipalities only
//! (Augsburg, parts of Saxony and Thuringia; in Bavaria the Assumption).
//!
//! Sources: the holiday acts of the 16 Länder and article 2 of the unification
//! treaty (3 October); compared with an independent list in `tests/rules`.

use jiff::civil::{Date, Weekday};

/// A day that comes every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feast {
    /// Month and day.
    Fixed(i8, i8),
    /// Days after Easter Sunday.
    Easter(i16),
    /// Buß- und Bettag, the Wednesday before 23 November.
    Repentance,
}

/// Days by the names that people use, which differ by region.
pub const NAMED: [(&str, Feast); 20] = [
    ("Weiberfastnacht", Feast::Easter(-52)),
    ("Rosenmontag", Feast::Easter(-48)),
    ("Fastnachtsdienstag", Feast::Easter(-47)),
    ("Faschingsdienstag", Feast::Easter(-47)),
    ("Veilchendienstag", Feast::Easter(-47)),
    ("Aschermittwoch", Feast::Easter(-46)),
    ("Gründonnerstag", Feast::Easter(-3)),
    ("Karfreitag", Feast::Easter(-2)),
    ("Karsamstag", Feast::Easter(-1)),
    ("Ostersonntag", Feast::Easter(0)),
    ("Ostermontag", Feast::Easter(1)),
    ("Christi_Himmelfahrt", Feast::Easter(39)),
    ("Himmelfahrt", Feast::Easter(39)),
    ("Pfingstsonntag", Feast::Easter(49)),
    ("Pfingstmontag", Feast::Easter(50)),
    ("Fronleichnam", Feast::Easter(60)),
    ("Mariä_Himmelfahrt", Feast::Fixed(8, 15)),
    ("Buß_und_Bettag", Feast::Repentance),
    ("Heiligabend", Feast::Fixed(12, 24)),
    ("Silvester", Feast::Fixed(12, 31)),
];

impl Feast {
    /// The one with this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        NAMED.iter().find(|(known, _)| *known == name).map(|(_, feast)| *feast)
    }

    /// All names.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, _)| *name)
    }

    /// Whether it is on `date`.
    #[must_use]
    pub fn is_on(self, date: Date) -> bool {
        match self {
            Self::Fixed(month, day) => (date.month(), date.day()) == (month, day),
            Self::Easter(offset) => days_after_easter(date) == i32::from(offset),
            Self::Repentance => {
                date.month() == 11
                    && (16..=22).contains(&date.day())
                    && date.weekday() == Weekday::Wednesday
            }
        }
    }
}

/// How many days `date` lies after the Easter Sunday of its year; negative
/// before it. The anonymous Gregorian computus (Meeus, Astronomical
/// Algorithms, chapter 8), which holds for every year of that calendar.
fn days_after_easter(date: Date) -> i32 {
    let year = i32::from(date.year());
    let golden = year.rem_euclid(19);
    let (century, of_century) = (year.div_euclid(100), year.rem_euclid(100));
    let skipped = century.div_euclid(4);
    let moon = (century + 8).div_euclid(25);
    let moon = (century - moon + 1).div_euclid(3);
    let epact = (19 * golden + century - skipped - moon + 15).rem_euclid(30);
    let weekday = (32 + 2 * century.rem_euclid(4) + 2 * (of_century / 4) - epact - of_century % 4)
        .rem_euclid(7);
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let easter_after_1_march = epact + weekday - 7 * late + 21;
    let before_march = 59 + i32::from(date.in_leap_year());
    i32::from(date.day_of_year()) - 1 - before_march - easter_after_1_march
}

/// One of the 16 Länder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Land {
    BadenWuerttemberg,
    Bayern,
    Berlin,
    Brandenburg,
    Bremen,
    Hamburg,
    Hessen,
    MecklenburgVorpommern,
    Niedersachsen,
    NordrheinWestfalen,
    RheinlandPfalz,
    Saarland,
    Sachsen,
    SachsenAnhalt,
    SchleswigHolstein,
    Thueringen,
}

/// All of them: with the code of ISO 3166-2:DE, and as people write it.
pub const LAENDER: [(Land, &str, &str); 16] = [
    (Land::BadenWuerttemberg, "BW", "Baden-Württemberg"),
    (Land::Bayern, "BY", "Bayern"),
    (Land::Berlin, "BE", "Berlin"),
    (Land::Brandenburg, "BB", "Brandenburg"),
    (Land::Bremen, "HB", "Bremen"),
    (Land::Hamburg, "HH", "Hamburg"),
    (Land::Hessen, "HE", "Hessen"),
    (Land::MecklenburgVorpommern, "MV", "Mecklenburg-Vorpommern"),
    (Land::Niedersachsen, "NI", "Niedersachsen"),
    (Land::NordrheinWestfalen, "NW", "Nordrhein-Westfalen"),
    (Land::RheinlandPfalz, "RP", "Rheinland-Pfalz"),
    (Land::Saarland, "SL", "Saarland"),
    (Land::Sachsen, "SN", "Sachsen"),
    (Land::SachsenAnhalt, "ST", "Sachsen-Anhalt"),
    (Land::SchleswigHolstein, "SH", "Schleswig-Holstein"),
    (Land::Thueringen, "TH", "Thüringen"),
];

/// Public holidays in all of them.
const EVERYWHERE: [Feast; 9] = [
    Feast::Fixed(1, 1),
    Feast::Easter(-2),
    Feast::Easter(1),
    Feast::Fixed(5, 1),
    Feast::Easter(39),
    Feast::Easter(50),
    Feast::Fixed(10, 3),
    Feast::Fixed(12, 25),
    Feast::Fixed(12, 26),
];

const EPIPHANY: Feast = Feast::Fixed(1, 6);
const WOMENS_DAY: Feast = Feast::Fixed(3, 8);
const EASTER_SUNDAY: Feast = Feast::Easter(0);
const WHIT_SUNDAY: Feast = Feast::Easter(49);
const CORPUS_CHRISTI: Feast = Feast::Easter(60);
const ASSUMPTION: Feast = Feast::Fixed(8, 15);
const CHILDRENS_DAY: Feast = Feast::Fixed(9, 20);
const REFORMATION: Feast = Feast::Fixed(10, 31);
const ALL_SAINTS: Feast = Feast::Fixed(11, 1);

impl Land {
    /// The one with this code or name.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let found = LAENDER.iter().find(|(_, code, name)| text == *code || text == *name);
        found.map(|(land, _, _)| *land)
    }

    /// Whether `date` is a public holiday here.
    #[must_use]
    pub fn is_holiday(self, date: Date) -> bool {
        let held = |(feast, since): &(Feast, i16)| *since <= date.year() && feast.is_on(date);
        EVERYWHERE.iter().any(|feast| feast.is_on(date))
            || self.own().iter().any(held)
            || self.once(date)
            // The 500th anniversary of the Reformation.
            || (date.year() == 2017 && REFORMATION.is_on(date))
    }

    /// What it has beside the others, each from a year on; 0 is before the
    /// table begins.
    const fn own(self) -> &'static [(Feast, i16)] {
        match self {
            Self::BadenWuerttemberg | Self::Bayern => {
                &[(EPIPHANY, 0), (CORPUS_CHRISTI, 0), (ALL_SAINTS, 0)]
            }
            Self::Berlin => &[(WOMENS_DAY, 2019)],
            Self::Brandenburg => &[(EASTER_SUNDAY, 0), (WHIT_SUNDAY, 0), (REFORMATION, 0)],
            Self::Bremen | Self::Hamburg | Self::Niedersachsen | Self::SchleswigHolstein => {
                &[(REFORMATION, 2018)]
            }
            Self::Hessen => &[(CORPUS_CHRISTI, 0)],
            Self::MecklenburgVorpommern => &[(WOMENS_DAY, 2023), (REFORMATION, 0)],
            Self::NordrheinWestfalen | Self::RheinlandPfalz => {
                &[(CORPUS_CHRISTI, 0), (ALL_SAINTS, 0)]
            }
            Self::Saarland => &[(CORPUS_CHRISTI, 0), (ASSUMPTION, 0), (ALL_SAINTS, 0)],
            Self::Sachsen => &[(REFORMATION, 0), (Feast::Repentance, 0)],
            Self::SachsenAnhalt => &[(EPIPHANY, 0), (REFORMATION, 0)],
            Self::Thueringen => &[(CHILDRENS_DAY, 2019), (REFORMATION, 0)],
        }
    }

    /// Berlin's single days of remembrance: 8 May 1945, 17 June 1953.
    fn once(self, date: Date) -> bool {
        let day = (date.year(), date.month(), date.day());
        self == Self::Berlin && matches!(day, (2020 | 2025, 5, 8) | (2028, 6, 17))
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    /// Easter Sundays from the table of the Physikalisch-Technische
    /// Bundesanstalt, with the earliest, the latest and both exceptions of
    /// Gauss's rule.
    const EASTER: [Date; 12] = [
        date(1818, 3, 22),
        date(1943, 4, 25),
        date(1954, 4, 18),
        date(1981, 4, 19),
        date(2000, 4, 23),
        date(2024, 3, 31),
        date(2026, 4, 5),
        date(2027, 3, 28),
        date(2028, 4, 16),
        date(2038, 4, 25),
        date(2049, 4, 18),
        date(2076, 4, 19),
    ];

    #[test]
    fn easter_is_where_the_table_has_it() {
        for easter in EASTER {
            assert!(Feast::Easter(0).is_on(easter), "{easter}");
            assert!(Feast::Easter(-48).is_on(easter.saturating_sub(48.days())), "{easter}");
            assert!(Feast::Easter(60).is_on(easter.saturating_add(60.days())), "{easter}");
        }
        for year in -9999..=9999 {
            let sundays = (81..=116).filter(|day| {
                let day = Date::new(year, 1, 1).unwrap().saturating_add((day - 1).days());
                Feast::Easter(0).is_on(day)
            });
            assert_eq!(sundays.count(), 1, "{year}");
        }
    }

    #[test]
    fn the_days_of_rheinland_pfalz() {
        let holidays = |year: i16| {
            let first = Date::new(year, 1, 1).unwrap();
            let days = (0..365).map(|day| first.saturating_add(day.days()));
            days.filter(|day| Land::RheinlandPfalz.is_holiday(*day)).collect::<Vec<_>>()
        };
        assert_eq!(
            holidays(2026),
            [
                date(2026, 1, 1),
                date(2026, 4, 3),
                date(2026, 4, 6),
                date(2026, 5, 1),
                date(2026, 5, 14),
                date(2026, 5, 25),
                date(2026, 6, 4),
                date(2026, 10, 3),
                date(2026, 11, 1),
                date(2026, 12, 25),
                date(2026, 12, 26),
            ]
        );
        for (year, days) in
            [(2027, [(3, 29), (5, 6), (5, 27)]), (2028, [(4, 17), (5, 25), (6, 15)])]
        {
            for (month, day) in days {
                assert!(holidays(year).contains(&date(year, month, day)), "{day}.{month}.{year}");
            }
        }
    }

    #[test]
    fn each_land_has_its_own() {
        let only = |day: Date| -> Vec<&str> {
            let laender = LAENDER.iter().filter(|(land, _, _)| land.is_holiday(day));
            laender.map(|(_, code, _)| *code).collect()
        };
        assert_eq!(only(date(2026, 1, 6)), ["BW", "BY", "ST"]);
        assert_eq!(only(date(2022, 3, 8)), ["BE"]);
        assert_eq!(only(date(2023, 3, 8)), ["BE", "MV"]);
        assert_eq!(only(date(2026, 4, 5)), ["BB"]);
        assert_eq!(only(date(2025, 5, 8)), ["BE"]);
        assert_eq!(only(date(2026, 5, 8)), [""; 0]);
        assert_eq!(only(date(2026, 8, 15)), ["SL"]);
        assert_eq!(only(date(2026, 9, 20)), ["TH"]);
        assert_eq!(only(date(2026, 11, 18)), ["SN"]);
        assert_eq!(only(date(2017, 10, 31)).len(), 16);
        assert_eq!(only(date(2016, 10, 31)), ["BB", "MV", "SN", "ST", "TH"]);
    }
}
