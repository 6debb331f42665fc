//! Explanations: what a technician reads when a classroom is cold. The scenes
//! are told in `explained.de.txt` and `explained.en.txt`; `HAUSWART_BLESS=1`
//! writes those anew; read them before they are kept.

use std::fmt::Write;
use std::time::Duration;

use hauswart::control::writer::Stage;
use hauswart::control::{Base, Override, Standing};
use hauswart::cycle::explain::{self, Basis, Explanation, Scene, Silent};
use hauswart::cycle::since::Since;
use hauswart::cycle::spoken::Spoken;
use hauswart::cycle::{Outcome, Rules, cycle};
use hauswart::model::{Language, PointId};

use crate::town::{self, Bench};

const RULES: &str = r#"
schedule Nutzung
  Mo-Do   07:00-17:30
  Fr      07:00-13:00

# Zwei Fühler; fallen beide aus, lieber heizen.
value Aussen     = Kessel.Aussen fallback RLT1.Aussen fallback 0 °C
value Anheizzeit = min(12 h, max(0 min,
                     (20 °C - HK1.Raum) * 25 min/K))   # je Kelvin
                   fallback 4 h
value Anheizen   = Nutzung starts within Anheizzeit until Nutzung

rule "Raumsollwert"
  when Nutzung or Anheizen   set HK1.Raum_Soll to 20 °C
  else                       set HK1.Raum_Soll to 16 °C

rule "Heizgrenze"
  level high
  when Aussen > 17 °C for 2 h until < 15 °C
    set HK1.Raum_Soll to 15 °C

rule "Frost"
  level safety
  keep HK1.Raum_Soll at least 12 °C

curve Kennlinie
  -10 °C -> 22 °C
   18 °C -> 18 °C

rule "Zuluft"
  set RLT1.Zuluft_Soll to Kennlinie(Aussen)

rule "Luft"
  when RLT1.CO2 > 1000 ppm for 5 min until < 750 ppm
    set RLT1.Stufe to stage2
  else when HK1.Pumpe and not Nutzung
    set RLT1.Stufe to stage1

rule "Zu kalt"
  when (HK1.Raum < 12 °C and not Nutzung) for 1 h
    alarm urgent "Raum unter 12 °C"
  on fault
    alarm fault "Raumfühler gestört"

for each K in Kreise
rule "Warm {K}"
  when K.Raum > 25 °C for 10 min   alarm notice "{K} zu warm"

group Kreise = HK1, HK2

rule "Sommer"
  when mean(Kessel.Aussen) over 2 h > 10 °C for 10 min   set Lueftung.Stufe to 1
rule "Spreizung"
  when HK1.Vorlauf - HK1.Ruecklauf > 10 K for 1 h   alarm notice "Spreizung"
rule "Kälter"
  when mean of Raum in Kreise, at least 2 good < 15 °C for 1 h   alarm notice "kalt"
rule "Stoß"
  level high
  when Lueftung.Klappe until acknowledged
    set RLT1.Zuluft_Soll to 20 °C
    run at least 10 min
    run at most 30 min
    pause at least 5 min
rule "Probe"
  shadow
  set RLT1.Zuluft_Soll to 19 °C
rule "Offen"
  when any of Pumpe in Kreise for 2 h   alarm notice "Pumpen"

rule "Klappe"
  when HK2.Pumpe   set Lueftung.Klappe to on
protect Lueftung.Klappe
  on at least 10 min
  off at least 5 min
rule "Warmwasser"
  when HK2.Pumpe   set Kessel.WW_Soll to 60 °C
  else             set Kessel.WW_Soll to 40 °C
protect Kessel.WW_Soll
  ramp at most 2 K per 10 min
protect RLT1.Zuluft_Soll
  step at least 0.5 K
"#;

struct Building {
    bench: Bench,
    rules: Rules,
    outcome: Outcome,
    since: Since,
    overrides: Vec<Override>,
}

impl Building {
    fn at(start: &str) -> Self {
        let bench = Bench::read(RULES, start);
        let rules = Rules::new(bench.program.clone());
        let (outcome, since) = (Outcome::default(), Since::default());
        Self { bench, rules, outcome, since, overrides: Vec::new() }
    }

    fn give(&mut self, all: &[(&str, &str)]) {
        all.iter().for_each(|(point, value)| self.bench.give(point, value));
    }

    fn base(&self, point: PointId) -> Base {
        if point == self.bench.id("HK1.Raum_Soll") { Base::Known(21.0) } else { Base::Pending }
    }

    fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds / 10 {
            self.cycle();
            self.bench.pass(10);
        }
        self.cycle();
    }

    fn cycle(&mut self) {
        let Self { bench, rules, outcome, overrides, .. } = self;
        let base = |_| Base::Pending;
        cycle(&bench.snapshot, Some(rules), &bench.site.points, overrides, &base, outcome);
        self.since.note(&self.outcome, self.bench.snapshot.now.wall);
    }

    fn explain(&self, name: &str) -> Explanation {
        let room = self.bench.id("HK1.Raum_Soll");
        let standing = |point: PointId| {
            (point == room).then(|| Standing {
                stage: Stage::Confirmed,
                value: Some(16.0),
                read_back: Some(16.0),
                taken_over: None,
                since: Some(town::local("2026-03-01T18:00")),
                overruled: false,
                above: None,
                written_at: Some(self.bench.snapshot.now.steady - Duration::from_secs(95)),
                yielded: None,
                by_hand: false,
                wear: None,
            })
        };
        let heating = self.bench.site.points.get(self.bench.id("HK1.Raum")).device;
        let bad = self.bench.snapshot.known(self.bench.id("HK1.Raum")).is_none();
        let silent = |device: usize| {
            let since = town::local("2026-03-02T06:12:00");
            (bad && device == heating).then(|| Silent { why: "time-out".into(), since })
        };
        let scene = Scene {
            site: &self.bench.site,
            rules: Some(&self.rules),
            snapshot: &self.bench.snapshot,
            outcome: &self.outcome,
            since: &self.since,
            overrides: &self.overrides,
            base: &|point| self.base(point),
            standing: Some(&standing),
            silent: &silent,
            basis: Basis::Running,
        };
        let subject = explain::find(&self.bench.site, &self.outcome, name).unwrap();
        explain::explain(&scene, subject).unwrap()
    }
}

fn told(explanation: &Explanation, language: Language) -> String {
    // As it comes over the socket.
    let sent = serde_json::to_string(explanation).unwrap();
    let received: Explanation = serde_json::from_str(&sent).unwrap();
    assert_eq!(&received, explanation);
    let zone = &town::site().time_zone;
    explain::words::lines(&received, &Spoken { language, zone }).join("\n")
}

/// The scenes, in order.
fn scenes() -> Vec<(&'static str, Explanation)> {
    let mut scenes = Vec::new();
    let mut stage = Building::at("2026-03-02T04:00");
    stage.give(&[("HK1.Raum", "16.2 °C"), ("Kessel.Aussen", "-5 °C"), ("RLT1.CO2", "600 ppm")]);
    stage.pass(3600);
    scenes.push(("05:00, night", stage.explain("HK1.Raum_Soll")));
    stage.give(&[("RLT1.CO2", "1200 ppm"), ("HK1.Pumpe", "on"), ("HK2.Raum", "26 °C")]);
    stage.pass(240);
    scenes.push(("a timer at 4 of 5 min", stage.explain("RLT1.Stufe")));
    scenes.push(("a rule of a loop", stage.explain("Warm HK2")));
    for (title, rule) in [
        ("a window that fills", "Sommer"),
        ("a difference", "Spreizung"),
        ("a mean over a group", "Kälter"),
        ("any of a group", "Offen"),
    ] {
        scenes.push((title, stage.explain(rule)));
    }
    stage.pass(1800);
    scenes.push(("preheating", stage.explain("Rathaus.HK1.Raum_Soll")));
    scenes.push(("a value", stage.explain("Anheizen")));
    scenes.push(("a quantity", stage.explain("Anheizzeit")));
    scenes.push(("a schedule", stage.explain("Nutzung")));
    scenes.push(("a curve", stage.explain("RLT1.Zuluft_Soll")));
    stage.overrides.push(Override {
        id: 1,
        point: stage.bench.id("HK1.Raum_Soll"),
        value: 22.0,
        from: stage.bench.snapshot.now.wall,
        until: town::local("2026-03-02T06:00"),
        user: "Hausmeister".into(),
        why: "Probe".into(),
    });
    stage.pass(60);
    scenes.push(("by hand", stage.explain("HK1.Raum_Soll")));
    stage.pass(3600);
    stage.give(&[("HK1.Raum", "bad"), ("HK1.Pumpe", "bad")]);
    stage.pass(180);
    scenes.push(("a device is silent", stage.explain("Zu kalt")));
    scenes.push(("an input", stage.explain("HK1.Raum")));
    stage.pass(600);
    scenes.push(("after the grace", stage.explain("RLT1.Stufe")));
    scenes.push(("on fault", stage.explain("Rathaus.Zu kalt")));
    stage.give(&[("HK2.Pumpe", "on"), ("Kessel.Aussen", "-7 °C")]);
    stage.pass(180);
    scenes.push(("a ramp", stage.explain("Kessel.WW_Soll")));
    scenes.push(("less than a step", stage.explain("RLT1.Zuluft_Soll")));
    stage.give(&[("HK2.Pumpe", "off")]);
    stage.pass(60);
    scenes.push(("to be let go, still on", stage.explain("Lueftung.Klappe")));
    stage.give(&[("Lueftung.Klappe", "on")]);
    stage.pass(240);
    scenes.push(("a part that runs, and a shadow", stage.explain("RLT1.Zuluft_Soll")));
    stage.rules.state.acknowledge(&stage.rules.program, "Rathaus.Stoß", "Meier");
    stage.pass(10);
    scenes.push(("acknowledged while its cause is there", stage.explain("Stoß")));
    stage.pass(1800);
    scenes.push(("a part that is spent and rests", stage.explain("Stoß")));
    scenes
}

#[test]
fn explanations_are_as_they_are_written_down() {
    let scenes = scenes();
    for (language, file) in [(Language::De, "explained.de.txt"), (Language::En, "explained.en.txt")]
    {
        let mut shown = String::new();
        for (title, explanation) in &scenes {
            let told = told(explanation, language);
            writeln!(shown, "════ {title}\n{told}\n").unwrap();
        }
        let path = town::root().join("tests/rules").join(file);
        if std::env::var_os("HAUSWART_BLESS").is_some() {
            std::fs::write(&path, &shown).unwrap();
        }
        assert_eq!(shown, std::fs::read_to_string(&path).unwrap(), "{file}");
    }
}

#[test]
fn what_comes_next_does_come() {
    let mut stage = Building::at("2026-03-02T04:00");
    stage.give(&[("HK1.Raum", "16.2 °C"), ("Kessel.Aussen", "-5 °C")]);
    stage.pass(600);
    let explain::Of::Point(told) = stage.explain("HK1.Raum_Soll").of else { panic!() };
    let Some(explain::Next::Change { at, to }) = told.next else { panic!("{:?}", told.next) };
    assert_eq!(to.shown.as_deref(), Some("20 °C"));
    let before = u64::try_from(at.duration_since(stage.bench.snapshot.now.wall).as_secs()).unwrap();
    let target = |stage: &Building| {
        stage.outcome.decisions.on(stage.bench.id("HK1.Raum_Soll")).and_then(|it| it.target)
    };
    stage.pass(before - 10);
    assert_eq!(target(&stage), Some(16.0));
    stage.bench.pass(10);
    stage.cycle();
    assert_eq!((stage.bench.snapshot.now.wall, target(&stage)), (at, Some(20.0)));
}

#[test]
fn names_are_found_by_their_end_and_the_nearest_is_offered() {
    let mut stage = Building::at("2026-03-02T04:00");
    stage.cycle();
    let find = |name: &str| explain::find(&stage.bench.site, &stage.outcome, name);
    assert!(find("Aussen").is_err(), "a point and a value end so");
    assert!(find("Rathaus.Aussen").is_ok() && find("Kessel.Aussen").is_ok());
    assert!(find("\"Raumsollwert\"").is_ok());
    let words = find("HK1.Raum_Sol").unwrap_err().words(Language::De);
    assert!(words.contains("HK1.Raum_Soll"), "{words}");
}
