//! What the language's words mean, for people: a sentence in each language and
//! an example, which a test reads with the language's own parser.

use crate::model::{Kind, Language, Role};

struct Word {
    /// A keyword, or a phrase of two that mean more together.
    words: &'static [&'static str],
    german: &'static str,
    english: &'static str,
    example: &'static str,
}

const fn word(
    words: &'static [&'static str],
    german: &'static str,
    english: &'static str,
    example: &'static str,
) -> Word {
    Word { words, german, english, example }
}

/// Entries.
const ENTRIES: [Word; 11] = [
    word(
        &["language"],
        "Die Version der Sprache; sie steht am Anfang jeder Datei.",
        "The version of the language; it begins every file.",
        "language 1",
    ),
    word(
        &["building"],
        "Das Gebäude, um das es in der Datei geht: Namen werden zuerst dort gesucht.",
        "The building that the file is about: names are looked up there first.",
        "building Rathaus",
    ),
    word(
        &["calendar"],
        "Tage mit einem Namen: Feiertage eines Landes, Daten, Zeiträume, jährliche Tage.",
        "Days with a name: public holidays of a Land, dates, ranges, days of every year.",
        "calendar Feiertage  public holidays RP",
    ),
    word(
        &["schedule"],
        "Ein Zeitplan, ein oder aus; die letzte passende Zeile ohne also entscheidet.",
        "A schedule, on or off; the last line without also that matches decides.",
        "schedule Nutzung\n  Mo-Fr   07:00-17:30\n  24.12.  off",
    ),
    word(
        &["curve"],
        "Eine Kennlinie: gerade zwischen den Stützpunkten, außerhalb waagrecht.",
        "A curve: straight between its nodes, level outside them.",
        "curve Heizkurve\n  -12 °C -> 65 °C\n   18 °C -> 28 °C",
    ),
    word(
        &["group"],
        "Punkte oder Geräte einer Art unter einem Namen.",
        "Points or devices of one kind under one name.",
        "group Räume = HK1, HK2",
    ),
    word(
        &["value"],
        "Eine Größe oder Bedingung mit einem Namen; die Reihenfolge ist gleich.",
        "A quantity or condition with a name; the order does not matter.",
        "value Aussen = Wetter.Temp fallback 0 °C",
    ),
    word(
        &["rule"],
        "Eine Regel: von oben gilt der erste Teil, dessen Bedingung wahr ist.",
        "A rule: from the top, the first part whose condition is true holds.",
        "rule \"Heizgrenze\"\n  when Aussen > 16 °C until < 14 °C\n    set HK1.Betriebsart to standby",
    ),
    word(
        &["protect"],
        "Schützt ein Gerät vor zu häufigem Schalten oder zu schnellem Stellen.",
        "Protects equipment from switching too often or moving too fast.",
        "protect Brenner.Stufe\n  on at least 5 min\n  off at least 5 min",
    ),
    word(
        &["for each", "each"],
        "Wiederholt den folgenden Eintrag für jedes Mitglied einer Gruppe.",
        "Repeats the entry that follows for each member of a group.",
        "for each R in Räume\nvalue R.Bedarf = R.Soll - R.Ist",
    ),
    word(
        &["test"],
        "Ein Versuch mit gestellter Uhr und gegebenen Werten: hauswart test.",
        "A trial with a stepped clock and given values: hauswart test.",
        "test \"Nachts ist es kühler\"\n  start 02.03.2026 03:00\n  given HK1.Raum = 19 °C\n  \
         at 05:00  expect HK1.Soll = 16 °C",
    ),
];

/// Clauses of rules and commands.
const CLAUSES: [Word; 15] = [
    word(
        &["level"],
        "Der Rang der Regel, von low bis safety; die höhere gewinnt.",
        "The rank of the rule, from low to safety; the higher one wins.",
        "rule \"Legionellenschutz\"\n  level safety\n  keep WW.Soll at least 60 °C",
    ),
    word(
        &["grace"],
        "Wie lange die Regel ihren letzten Stand hält, wenn Eingänge ausfallen.",
        "How long the rule keeps its last decision when inputs fail.",
        "rule \"Lüften\"\n  grace 5 min\n  when RLT.CO2 > 1000 ppm  set RLT.Stufe to 2",
    ),
    word(
        &["shadow"],
        "Die Regel wird gerechnet und verglichen, aber nie geschrieben.",
        "The rule is computed and compared, but never written.",
        "rule \"Probe\"\n  shadow\n  set HK1.Soll to 19 °C",
    ),
    word(
        &["when"],
        "Der Teil gilt, solange die Bedingung wahr ist.",
        "The part holds while the condition is true.",
        "rule \"Lüften\"\n  when RLT.CO2 > 1000 ppm until < 750 ppm\n    set RLT.Stufe to 2",
    ),
    word(
        &["else when", "else"],
        "Gilt, wenn kein Teil davor gilt; mit when nur unter einer weiteren Bedingung.",
        "Holds where no part before it does; with when, only on a further condition.",
        "rule \"Soll\"\n  when Nutzung  set HK1.Soll to 20 °C\n  else          set HK1.Soll to 16 °C",
    ),
    word(
        &["on fault"],
        "Gilt, wenn die Regel länger als die Frist nicht entscheiden kann.",
        "Holds once the rule has not been able to decide for the grace.",
        "rule \"Lüften\"\n  when RLT.CO2 > 1000 ppm  set RLT.Stufe to 2\n  \
         on fault                 set RLT.Stufe to 1",
    ),
    word(
        &["set", "to"],
        "Stellt einen Punkt, solange der Teil gilt; danach wird er freigegeben.",
        "Commands a point while the part holds; then lets it go.",
        "rule \"Soll\"\n  set HK1.Soll to 20 °C",
    ),
    word(
        &["keep", "at least", "at most", "at", "least", "most"],
        "Eine Grenze für das, was andere stellen: mindestens oder höchstens.",
        "A bound for what others set: at least or at most.",
        "rule \"Grenzen\"\n  keep WW.Soll at least 60 °C\n  keep WW.Soll at most 70 °C",
    ),
    word(
        &["alarm"],
        "Meldet etwas: urgent (jemand muss kommen), fault (etwas ist defekt), notice (zur Kenntnis).",
        "Tells something: urgent (someone must come), fault (something is broken), notice.",
        "rule \"Zu kalt\"\n  when WW.Austritt < 60 °C for 1 h  alarm urgent \"Austritt unter 60 °C\"",
    ),
    word(
        &["urgent", "notice", "fault"],
        "Wie dringend eine Meldung ist; ohne Angabe fault.",
        "How urgent an alarm is; fault unless said otherwise.",
        "rule \"Filter\"\n  when RLT.Filter is dirty  alarm notice \"Filter tauschen\"",
    ),
    word(
        &["run at least", "run at most", "run"],
        "Wie lange der Teil mindestens oder höchstens gilt, wenn er einmal gilt.",
        "How long the part holds at least or at most once it does.",
        "rule \"Lüften\"\n  when RLT.CO2 > 1000 ppm until < 750 ppm\n    set RLT.Stufe to 2\n    \
         run at least 10 min",
    ),
    word(
        &["pause at least", "pause"],
        "Wie lange der Teil nach seinem Ende mindestens ruht.",
        "How long the part rests at least after its end.",
        "rule \"Spülen\"\n  when RLT.CO2 > 1000 ppm until < 750 ppm\n    set RLT.Stufe to 2\n    \
         pause at least 30 min",
    ),
    word(
        &["until acknowledged", "acknowledged"],
        "Hält die Bedingung fest, bis ein Mensch sie quittiert: hauswart acknowledge.",
        "Holds the condition until a person acknowledges it: hauswart acknowledge.",
        "rule \"Störung\"\n  when Kessel.Störung until acknowledged\n    \
         alarm urgent \"Kessel gestört\"",
    ),
    word(
        &["acknowledge"],
        "Jemand quittiert, womit diese Regel wartet.",
        "Somebody acknowledges what this rule waits with.",
        "test \"Störung\"\n  start 02.03.2026 03:00\n  at 05:00  acknowledge \"Störung\"\n            \
         expect no alarm",
    ),
    word(
        &["low", "normal", "high", "limit", "safety"],
        "Eine Ebene; von unten: low, normal, high, limit, dann der Mensch, dann safety.",
        "A level; from below: low, normal, high, limit, then people, then safety.",
        "rule \"Frostschutz\"\n  level safety\n  keep HK1.Soll at least 8 °C",
    ),
];

/// Words of expressions.
const EXPRESSIONS: [Word; 27] = [
    word(
        &["and", "or"],
        "Verknüpft Bedingungen; and und or gemischt brauchen Klammern.",
        "Joins conditions; and mixed with or needs parentheses.",
        "value Heizen = (Nutzung or Vorheizen) and Kalt",
    ),
    word(
        &["not"],
        "Kehrt eine Bedingung um.",
        "The opposite of a condition.",
        "value Leer = not Nutzung",
    ),
    word(
        &["is not", "is"],
        "Vergleicht mit einem Zustand oder einer ganzzahligen Stufe.",
        "Compares with a state or a whole-number stage.",
        "value Offen = Fenster is open",
    ),
    word(
        &["good", "bad"],
        "Ob der Wert bekannt ist: frisch, im Bereich, vom Gerät nicht als falsch gemeldet.",
        "Whether the value is known: fresh, in range, not called wrong by the device.",
        "value Fühlerausfall = HK1.Raum is bad",
    ),
    word(
        &["by hand"],
        "Ob der Handschalter am Gerät auf Hand steht.",
        "Whether the device's own switch stands on manual.",
        "value Handbetrieb = HK1.Pumpe is by hand",
    ),
    word(
        &["fallback"],
        "Nimmt, was dahinter steht, wenn das davor unbekannt ist.",
        "Takes what stands behind it where what stands before it is unknown.",
        "value Aussen = Wetter.Temp fallback HK1.Aussen fallback 0 °C",
    ),
    word(
        &["for"],
        "Wahr, wenn die Bedingung so lange ohne Unterbrechung wahr war.",
        "True once the condition has been true for so long without a break.",
        "value Kalt = HK1.Raum < 18 °C for 30 min",
    ),
    word(
        &["extended"],
        "Bleibt so lange wahr, nachdem die Bedingung zuletzt wahr war.",
        "Stays true for so long after the condition was last true.",
        "value Anwesend = Melder extended 15 min",
    ),
    word(
        &["until"],
        "Wahr vom ersten bis zum zweiten; until < 14 °C wiederholt die linke Seite.",
        "True from the first until the second; until < 14 °C repeats the left side.",
        "value Warm = Aussen > 16 °C until < 14 °C",
    ),
    word(
        &["starts", "ends", "within"],
        "Ob ein Zeitplan binnen dieser Zeit beginnt oder endet.",
        "Whether a schedule starts or ends within this time.",
        "value Vorheizen = Nutzung starts within 2 h until Nutzung",
    ),
    word(
        &["ended"],
        "Ob ein Zeitplan binnen dieser Zeit zu Ende gegangen ist.",
        "Whether a schedule ended within this time.",
        "value Nachlauf = Nutzung ended within 30 min",
    ),
    word(
        &["over"],
        "Die Zeit, über die ein Mittel, Kleinst- oder Größtwert, eine Änderung gebildet wird.",
        "The time over which a mean, least, greatest or change is taken.",
        "value Tagesmittel = mean(Aussen) over 24 h",
    ),
    word(
        &["of", "in"],
        "Fasst einen Punkt über alle Mitglieder einer Gruppe zusammen.",
        "Takes a point of all members of a group together.",
        "value Luft = mean of CO2 in Räume",
    ),
    word(
        &["min", "max"],
        "Der kleinste oder größte Wert.",
        "The least or greatest.",
        "value V = min(A, B)",
    ),
    word(
        &["abs"],
        "Der Betrag, ohne Vorzeichen.",
        "The size, without sign.",
        "value V = abs(A - B)",
    ),
    word(
        &["mean"],
        "Das Mittel über eine Zeit oder eine Gruppe.",
        "The mean over a time or a group.",
        "value Tagesmittel = mean(Aussen) over 24 h",
    ),
    word(
        &["sum"],
        "Die Summe über eine Gruppe.",
        "The sum over a group.",
        "value Leistung = sum of Leistung in Zähler",
    ),
    word(
        &["count"],
        "Bei wie vielen Mitgliedern einer Gruppe es gilt.",
        "For how many members of a group it holds.",
        "value Offene = count of Fenster in Räume",
    ),
    word(
        &["any", "all"],
        "Ob es für irgendein oder für jedes Mitglied einer Gruppe gilt.",
        "Whether it holds for any or for every member of a group.",
        "value Offen = any of Fenster in Räume",
    ),
    word(
        &["change"],
        "Um wie viel sich ein Wert in dieser Zeit geändert hat.",
        "By how much a value has changed in this time.",
        "value Anstieg = change(HK1.Raum) over 1 h",
    ),
    word(
        &["rate"],
        "Wie schnell sich ein Wert ändert, gemittelt über diese Zeit.",
        "How fast a value changes, taken over this time.",
        "value Tempo = rate(HK1.Raum) over 1 h",
    ),
    word(
        &["hours"],
        "Betriebsstunden: wie lange die Bedingung bisher insgesamt wahr war.",
        "Running hours: how long the condition has been true in all.",
        "value Stunden = hours(Kessel1.Brenner is on)",
    ),
    word(
        &["demand"],
        "Die mittlere Leistung der laufenden Messperiode, auf ihr Ende hochgerechnet.",
        "The mean power of the running metering period, projected to its end.",
        "value Spitze = demand(Strom.Leistung) over 15 min",
    ),
    word(
        &["dewpoint"],
        "Der Taupunkt aus Temperatur und relativer Feuchte.",
        "The dew point from temperature and relative humidity.",
        "value Taupunkt = dewpoint(Halle.Temp, Halle.Feuchte)",
    ),
    word(
        &["humidity"],
        "Die absolute Feuchte in g/kg aus Temperatur und relativer Feuchte.",
        "The absolute humidity in g/kg from temperature and relative humidity.",
        "value Feuchte = humidity(Halle.Temp, Halle.Feuchte)",
    ),
    word(
        &["on", "off"],
        "Ein und aus: die Zustände von Schaltern, Zeitplänen und Bedingungen.",
        "The states of switches, schedules and conditions.",
        "value Läuft = HK1.Pumpe is on",
    ),
    word(
        &["per"],
        "Wie oft in dieser Zeit.",
        "How often in this time.",
        "protect HK1.Vorlauf_Soll\n  ramp at most 10 K per 1 h",
    ),
];

/// Words of schedules, calendars and tests.
const OTHERS: [Word; 15] = [
    word(
        &["also"],
        "Fügt dem, was der Tag sonst hat, Zeiten hinzu.",
        "Adds times to what the day has otherwise.",
        "schedule Saal\n  Mo-Fr       08:00-16:00\n  17.03.2026  also 19:00-22:30",
    ),
    word(&["daily"], "An jedem Tag.", "On every day.", "schedule Pumpe\n  daily  06:00-22:00"),
    word(
        &["all day"],
        "Den ganzen Tag lang.",
        "The whole day.",
        "schedule Bereitschaft\n  Sa-So  all day",
    ),
    word(
        &["public holidays", "public", "holidays"],
        "Die gesetzlichen Feiertage eines der 16 Länder.",
        "The public holidays of one of the 16 Länder.",
        "calendar Feiertage  public holidays Rheinland-Pfalz",
    ),
    word(
        &["file"],
        "Eine Kalenderdatei (iCalendar) neben der Regeldatei.",
        "A calendar file (iCalendar) beside the rule file.",
        "calendar Ferien  file \"ferien.ics\"",
    ),
    word(
        &["start"],
        "Wann der Versuch beginnt.",
        "When the trial begins.",
        "test \"Nacht\"\n  start 02.03.2026 03:00\n  at 05:00  expect HK1.Soll = 16 °C",
    ),
    word(
        &["given"],
        "Gibt Punkten Werte: am Anfang wie seit jeher, hinter at von da an.",
        "Gives points values: at the start as if for ever, behind at from then on.",
        "test \"Nacht\"\n  start 02.03.2026 03:00\n  given HK1.Raum = 19 °C, Melder is off\n  \
         at 05:00  expect HK1.Soll = 16 °C",
    ),
    word(
        &["expect"],
        "Was zu dieser Zeit gestellt, freigegeben oder gemeldet sein muss.",
        "What must be commanded, released or told at this time.",
        "test \"Nacht\"\n  start 02.03.2026 03:00\n  at 05:00  expect HK1.Soll = 16 °C",
    ),
    word(
        &["released"],
        "Der Punkt wird von keiner Regel gestellt.",
        "No rule commands the point.",
        "test \"Sommer\"\n  start 02.07.2026 03:00\n  at 05:00  expect HK1.Soll released",
    ),
    word(
        &["because"],
        "Die Regel, die dabei gewonnen haben muss.",
        "The rule that must have won.",
        "test \"Nacht\"\n  start 02.03.2026 03:00\n  at 05:00  expect HK1.Soll = 16 °C because \"Soll\"",
    ),
    word(
        &["change at most"],
        "So oft in jeder Stunde darf der Punkt höchstens geändert werden.",
        "So often within any hour the point may be changed at most.",
        "protect RLT1.Stufe\n  change at most 6 per hour",
    ),
    word(
        &["step at least", "step"],
        "Eine kleinere Änderung wird nicht geschrieben; Enden des Bereichs immer.",
        "A smaller change is not written; ends of the range always are.",
        "protect HK1.Vorlauf_Soll\n  step at least 0.5 K",
    ),
    word(
        &["ramp at most", "ramp"],
        "So schnell darf sich der gestellte Wert höchstens bewegen.",
        "So fast the commanded value may move at most.",
        "protect HK1.Ventil\n  ramp at most 10 % per 1 min",
    ),
    word(
        &["on at least"],
        "So lange bleibt an, was eingeschaltet wurde; nur safety darf es früher ausschalten.",
        "So long stays on what was switched on; only safety may switch it off sooner.",
        "protect Brenner.Stufe\n  on at least 5 min",
    ),
    word(
        &["off at least"],
        "So lange bleibt aus, was ausgeschaltet wurde; auch für safety.",
        "So long stays off what was switched off; for safety too.",
        "protect Brenner.Stufe\n  off at least 5 min",
    ),
];

fn all() -> impl Iterator<Item = &'static Word> {
    ENTRIES.iter().chain(&CLAUSES).chain(&EXPRESSIONS).chain(&OTHERS)
}

/// What a keyword or phrase means, with an example, in Markdown.
pub fn about(phrase: &str, language: Language) -> Option<String> {
    let named = |wanted: &str| all().find(|word| word.words.contains(&wanted));
    let found = named(phrase).or_else(|| named(phrase.split(' ').next()?))?;
    let sentence = language.pick(found.german, found.english);
    Some(format!("{sentence}\n\n```hauswart\n{}\n```", found.example))
}

/// The unit or the states of a kind, in a line.
pub fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Number(unit) => unit.symbol.clone(),
        Kind::States(states) => states.join(", "),
    }
}

/// A role as the site file writes it.
pub fn role(role: Role) -> String {
    match serde_json::to_value(role) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnostic::Source;
    use crate::rules;

    #[test]
    fn every_keyword_is_explained() {
        for keyword in rules::keywords() {
            assert!(about(keyword, Language::De).is_some(), "{keyword}");
        }
    }

    #[test]
    fn every_example_is_read_by_the_parser() {
        for word in all() {
            let head = if word.example.starts_with("language") { "" } else { "language 1\n" };
            let text = format!("{head}{}\n", word.example);
            let source = Source { file: "example.rules".into(), text: text.as_str().into() };
            for fault in rules::inspect(&[source], None).diagnostics {
                if fault.fault.code() == "expected" {
                    continue;
                }
                panic!("{}\n{text}", fault.fault.reason(Language::En));
            }
        }
    }
}
