//! Rules such as people write, for a whole district: buildings with heating
//! circuits, each of ten points and ten rules; and what each rule asks without
//! its timers and schedules, for evaluators that have none.

use std::fmt::Write as _;

use hauswart::model::diagnostic::Source;

pub const BUILDINGS: usize = 20;
/// Heating circuits of a building.
pub const CIRCUITS: usize = 50;
pub const POINTS: usize = BUILDINGS * CIRCUITS * POINT_NAMES.len();
pub const RULES: usize = BUILDINGS * CIRCUITS * 10;

/// The points of one circuit, in the order of the site file.
pub const POINT_NAMES: [&str; 10] = [
    "Raum",
    "Vorlauf",
    "Ruecklauf",
    "Aussen",
    "CO2",
    "Fenster",
    "Pumpe",
    "Raum_Soll",
    "Vorlauf_Soll",
    "Stufe",
];

/// What makes one circuit's rules other than its neighbour's.
fn tenth(circuit: usize) -> usize {
    circuit % 10
}

/// The site file.
pub fn site_text() -> String {
    let mut text = "format = 1\n[site]\nname = \"Bench\"\n".to_owned();
    for building in 0..BUILDINGS {
        write!(text, "\n[[building]]\nname = \"B{building}\"\n").unwrap();
    }
    for building in 0..BUILDINGS {
        let port = 502 + building;
        write!(
            text,
            "\n[[connection]]\nname = \"net{building}\"\ntype = \"modbus-tcp\"\n\
             address = \"127.0.0.1:{port}\"\n"
        )
        .unwrap();
        for circuit in 0..CIRCUITS {
            write!(
                text,
                "\n[[device]]\nname = \"HK{circuit}\"\nbuilding = \"B{building}\"\n\
                 connection = \"net{building}\"\nunit = {}\n",
                circuit + 1
            )
            .unwrap();
            POINT_NAMES.iter().enumerate().for_each(|(at, name)| point(&mut text, at, name));
        }
    }
    text
}

fn point(text: &mut String, at: usize, name: &str) {
    let kind = match name {
        "CO2" => "type = \"u16\"\nunit = \"ppm\"\nrange = [\"0 ppm\", \"5000 ppm\"]",
        "Fenster" => "states = [\"closed\", \"open\"]",
        "Pumpe" => "states = [\"off\", \"on\"]",
        "Stufe" => "type = \"u16\"\nunit = \"\"",
        _ => "type = \"i16\"\nscale = 0.1\nunit = \"°C\"",
    };
    let command = match name {
        "Raum_Soll" | "Vorlauf_Soll" => "limits = [\"5 °C\", \"90 °C\"]",
        "Stufe" => "limits = [\"0\", \"3\"]",
        _ => "",
    };
    write!(text, "[device.point.{name}]\nregister = \"holding {at}\"\n{kind}\n").unwrap();
    if !command.is_empty() {
        writeln!(text, "commandable = true\nrelease = \"restore\"\n{command}").unwrap();
    }
}

/// A rule file a building.
pub fn rule_files() -> Vec<Source> {
    let file = |building: usize| {
        let mut text = format!("language 1\nbuilding B{building}\n{}", shared(building));
        for circuit in 0..CIRCUITS {
            text.push_str(&rules(circuit));
        }
        Source { file: format!("b{building}.rules").into(), text: text.into() }
    };
    (0..BUILDINGS).map(file).collect()
}

fn shared(building: usize) -> String {
    let end = building % 10;
    format!(
        "schedule Nutzung
  Mo-Do  07:00-17:{end}0
  Fr     07:00-13:{end}0
curve Heizkurve
  -12 °C -> 65 °C
    0 °C -> 52 °C
   18 °C -> 28 °C
value Aussen = HK0.Aussen fallback HK1.Aussen fallback 0 °C
value Vorheizen = Nutzung starts within 90 min until Nutzung
"
    )
    .replace(":60", ":15")
    .replace(":70", ":25")
    .replace(":80", ":35")
    .replace(":90", ":45")
}

fn rules(circuit: usize) -> String {
    let t = tenth(circuit);
    format!(
        "
rule \"Raumsollwert {circuit}\"
  when Nutzung or Vorheizen  set HK{circuit}.Raum_Soll to 20.{t} °C
  else                       set HK{circuit}.Raum_Soll to 16 °C
rule \"Fenster offen {circuit}\"
  level high
  when HK{circuit}.Fenster is open for 2 min  set HK{circuit}.Raum_Soll to 12 °C
rule \"Frost {circuit}\"
  level safety
  when HK{circuit}.Raum < 5.{t} °C for 10 min  keep HK{circuit}.Raum_Soll at least 8 °C
  on fault                                keep HK{circuit}.Raum_Soll at least 8 °C
rule \"Vorlauf {circuit}\"
  set HK{circuit}.Vorlauf_Soll to min(70.{t} °C, Heizkurve(Aussen) + ((20 °C - HK{circuit}.Raum) fallback 0 K))
rule \"Heizgrenze {circuit}\"
  level high
  when Aussen > 17.{t} °C for 2 h until < 15 °C  set HK{circuit}.Vorlauf_Soll to 20 °C
rule \"Rücklauf {circuit}\"
  level limit
  when HK{circuit}.Ruecklauf > 55.{t} °C until < 50 °C  keep HK{circuit}.Vorlauf_Soll at most 60 °C
rule \"Lüftung {circuit}\"
  when HK{circuit}.CO2 > 10{t}0 ppm until < 750 ppm  set HK{circuit}.Stufe to 2
  else when Nutzung                             set HK{circuit}.Stufe to 1
  else                                          set HK{circuit}.Stufe to 0
  on fault                                      set HK{circuit}.Stufe to 1
rule \"Nachtlüftung {circuit}\"
  level high
  when (HK{circuit}.Raum > 24.{t} °C until < 22 °C) and not Nutzung and HK{circuit}.Raum - Aussen > 4 K
    set HK{circuit}.Stufe to 3
rule \"Spreizung {circuit}\"
  when HK{circuit}.Pumpe and (HK{circuit}.Vorlauf - HK{circuit}.Ruecklauf > 25.{t} K for 15 min)
    alarm notice \"HK{circuit}: Spreizung zu groß\"
rule \"Überhitzt {circuit}\"
  when (HK{circuit}.Raum > 28.{t} °C or HK{circuit}.CO2 > 15{t}0 ppm) for 5 min
    alarm notice \"HK{circuit}: zu warm oder zu stickig\"
"
    )
}

/// What the rules of one circuit ask of the present moment, as Rhai and CEL
/// write it alike. Cheaper than ours: no unknown values, no curve, no timers;
/// what the schedule says is given to them.
pub fn bare(circuit: usize) -> [String; 11] {
    let t = tenth(circuit);
    [
        "Nutzung || Vorheizen".to_owned(),
        "Fenster".to_owned(),
        format!("Raum < 5.{t}"),
        "52.0 - 1.25 * Aussen + (20.0 - Raum)".to_owned(),
        format!("Aussen > 17.{t}"),
        format!("Ruecklauf > 55.{t}"),
        format!("CO2 > 10{t}0.0"),
        "Nutzung".to_owned(),
        format!("Raum > 24.{t} && !Nutzung && Raum - Aussen > 4.0"),
        format!("Pumpe && Vorlauf - Ruecklauf > 25.{t}"),
        format!("Raum > 28.{t} || CO2 > 15{t}0.0"),
    ]
}

/// What a point reads in round `round`: between the limits of its kind, every
/// value crossing thresholds now and then. Canonical: °C, ppm and states.
pub fn value(point: usize, round: usize) -> f64 {
    let place = point % POINT_NAMES.len();
    let swing = (point as f64 * 0.618 + round as f64 * 0.07).sin();
    match POINT_NAMES[place] {
        "Raum" => 20.0 + 10.0 * swing,
        "Vorlauf" => 55.0 + 20.0 * swing,
        "Ruecklauf" => 42.0 + 16.0 * swing,
        "Aussen" => 8.0 + 16.0 * swing,
        "CO2" => (1000.0 + 600.0 * swing).round(),
        "Fenster" | "Pumpe" => f64::from(u8::from(swing > 0.0)),
        "Stufe" => 1.0,
        _ => 20.0,
    }
}
