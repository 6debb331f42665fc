//! What each target starts from: the repository's own examples, templates and
//! golden frames, read where they stand.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Writes a target's seeds into a folder of their own below `folder`, and the
/// dictionary beside it.
pub fn write(target: &str, folder: &Path) -> io::Result<()> {
    let seeds = of(target)?;
    assert!(!seeds.is_empty(), "no seeds for {target}");
    fs::create_dir_all(folder.join("seeds"))?;
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join("seeds").join(format!("{number:03}")), seed)?;
    }
    fs::write(folder.join("dictionary"), dictionary())
}

fn of(target: &str) -> io::Result<Vec<Vec<u8>>> {
    Ok(match target {
        "api" => requests(),
        "bacnet" => datagrams()?,
        "ical" => texts(&["tests/rules/calendars"], "ics")?,
        "modbus" => conversations(),
        "rules_check" => texts(&["rules", "tests/rules", "tests/e2e"], "rules")?,
        "rules_run" => runs()?,
        "site" => sites()?,
        _ => Vec::new(),
    })
}

/// The files below `folders` whose names end so, in order.
fn texts(folders: &[&str], ending: &str) -> io::Result<Vec<Vec<u8>>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found: Vec<PathBuf> = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found.iter().map(fs::read).collect()
}

/// The town's rules with bytes for a run behind them, and bytes alone.
fn runs() -> io::Result<Vec<Vec<u8>>> {
    let steps: Vec<u8> = (0..=255).collect();
    let rules = texts(&["rules"], "rules")?;
    let mut seeds: Vec<Vec<u8>> =
        rules.iter().map(|text| [text, &[0][..], text, &[0], &steps].concat()).collect();
    // Some that are different enough from each other.
    for factor in [1_u32, 7, 31, 101, 197] {
        let noise = (0..600_u32).map(|n| (n * n * factor / 8) as u8);
        seeds.push([0, 0].into_iter().chain(noise).collect());
    }
    Ok(seeds)
}

/// Site files alone, and templates behind the one that uses them.
fn sites() -> io::Result<Vec<Vec<u8>>> {
    let main = texts(&["rules", "tests/site/cases"], "toml")?;
    let whole = texts(&["tests/site/whole"], "toml")?;
    let templates = texts(&["devices"], "toml")?;
    let last = whole.last().cloned().unwrap_or_default();
    let together = whole.iter().chain(&templates).map(|own| [&last, &[0][..], own].concat());
    let together: Vec<Vec<u8>> = together.collect();
    Ok(main.into_iter().chain(together).collect())
}

/// The golden frames of the codec's own tests, as datagrams and as answers.
fn datagrams() -> io::Result<Vec<Vec<u8>>> {
    let mut frames = Vec::new();
    for test in texts(&["src/wire/bacnet/tests"], "rs")? {
        let test = String::from_utf8_lossy(&test).into_owned();
        frames.extend(test.split('"').filter_map(hex));
    }
    let mut seeds = Vec::new();
    for frame in frames.iter().filter(|frame| frame.len() < 200) {
        let datagram = match frame.as_slice() {
            [0x81, ..] => frame.clone(),
            [0x01, ..] => [&[0x81, 0x0A, 0, 0], &frame[..]].concat(),
            apdu => [&[0x81, 0x0A, 0, 0, 0x01, 0x00], apdu].concat(),
        };
        seeds.push([&[2], &datagram[..]].concat());
        if let [0x30, _, _, data @ ..] = frame.as_slice() {
            let answer = [&[1, data.len() as u8], data].concat();
            let asked = [1, 1, 0, 2, 3];
            seeds.push([&asked[..], &answer, &answer, &answer].concat());
        }
    }
    Ok(seeds)
}

/// Words that the texts are made of, in libFuzzer's form: one a line, in quotes.
fn dictionary() -> String {
    const MARKS: [&str; 12] = ["->", ">=", "<=", "=", "(", ")", ",", ":", "\"", "#", "\n", "\u{0}"];
    const UNITS: [&str; 16] = [
        "°C", "K", "%", "ppm", "kW", "kWh", "Pa", "m³", "m³/h", "s", "min", "h", "d", "K/h",
        "min/K", "g/kg",
    ];
    const ELSEWHERE: [&str; 24] = [
        "Mo-Fr",
        "So",
        "daily",
        "off",
        "all day",
        "public holidays RP",
        "file",
        "02.03.2026",
        "29.02.",
        "06:00-22:00",
        "24:00",
        "Rathaus",
        "Nutzung",
        "HK1.Raum",
        "HK1.Raum_Soll",
        "is bad",
        "until <",
        "at least",
        "at most",
        "[[device]]",
        "[device.point.X]",
        "register = \"holding 0\"",
        "RRULE:FREQ=WEEKLY",
        "DTSTART;TZID=Europe/Berlin:20260329T023000",
    ];
    let words = hauswart::rules::keywords().chain(hauswart::rules::functions());
    let words = words.chain(MARKS).chain(UNITS).chain(ELSEWHERE);
    words
        .map(|word| {
            let bytes: String = word.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
            format!("\"{bytes}\"\n")
        })
        .collect()
}

/// The bytes that a text of hexadecimal digits and white space stands for.
fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| letter.to_digit(16).map(|digit| digit as u8))
        .collect();
    let digits = digits.filter(|digits| digits.len() >= 6 && digits.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// One of each question, answered rightly, with a frame of one's own making,
/// and with noise.
fn conversations() -> Vec<Vec<u8>> {
    let questions: [u8; 12] = [0, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 127];
    let right: Vec<u8> = [3, 4, 1, 2, 3, 4].repeat(12);
    let own: Vec<u8> = [1, 3, 2, 0xAE, 0x41].repeat(12);
    let noise: Vec<u8> = [0, 9, 0, 0, 0, 0, 0, 3, 17, 0x83, 2].repeat(12);
    let answers = [right, own, noise];
    let all = answers.iter().flat_map(|answers| [0, 1].map(|framing| (framing, answers)));
    all.map(|(framing, answers)| [&[framing], &questions[..], answers].concat()).collect()
}

fn requests() -> Vec<Vec<u8>> {
    let override_of = |point: &str, value: &str| {
        format!(
            r#"{{"point":"{point}","value":"{value}","seconds":3600.5,"from":"2026-03-02T06:00:00Z","until":null,"why":"Ratssitzung"}}"#
        )
    };
    let texts = [
        override_of("Rathaus.HK1.Raum_Soll", "20.5 °C"),
        override_of("RLT1.Stufe", "stage2"),
        override_of("Nutzung", "on"),
        override_of("Raum_Soll", "68 °F"),
        override_of("HK1", "20,5 °C"),
        r#"{"dry_run":true}"#.to_owned(),
    ];
    texts.map(String::into_bytes).to_vec()
}
