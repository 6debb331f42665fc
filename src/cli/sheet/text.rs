//! Emergency sheets as plain text, for a printer that knows nothing else. Lines
//! to type are never broken.

use unicode_width::UnicodeWidthStr;

use super::tools::Line;
use super::{Plant, Sheets};
use crate::model::Language;

const WIDTH: usize = 80;

pub(super) fn render(sheets: &Sheets, language: Language) -> String {
    let plants: Vec<String> =
        sheets.plants.iter().map(|plant| sheet(sheets, plant, language).join("\n")).collect();
    // A form feed begins a new sheet of paper.
    plants.join("\n\u{c}\n")
}

fn sheet(sheets: &Sheets, plant: &Plant, language: Language) -> Vec<String> {
    let words = Words(language);
    let mut lines = vec![
        format!("{}  {}", words.title(), plant.device),
        "=".repeat(WIDTH),
        format!("{}, {}", sheets.site, plant.building),
        plant.place.clone(),
        String::new(),
    ];
    for (number, step) in words.steps(plant).iter().enumerate() {
        let first = format!("{}. ", number + 1);
        lines.extend(wrapped(&first, step));
    }
    lines.push(String::new());
    lines.push(words.commands().to_owned());
    lines.push("-".repeat(WIDTH));
    let typed = |line: &Line| {
        let note = line.note.iter().flat_map(|note| wrapped("      ", note));
        std::iter::once(format!("    {}:  {}", line.tool, line.line))
            .chain(note)
            .collect::<Vec<_>>()
    };
    if !plant.before.is_empty() {
        lines.push(words.before().to_owned());
        lines.extend(plant.before.iter().flat_map(typed));
        lines.push(String::new());
    }
    for point in &plant.points {
        lines.extend(wrapped("", &format!("{}: {}", point.point, point.how)));
        lines.extend(point.lines.iter().flat_map(typed));
        lines.extend(wrapped("    ", &format!("{} {}", words.without(), point.without)));
        lines.push(String::new());
    }
    if !plant.notes.is_empty() {
        lines.push(words.mind().to_owned());
        lines.push("-".repeat(WIDTH));
        lines.extend(plant.notes.iter().flat_map(|note| wrapped("- ", note)));
        lines.push(String::new());
    }
    lines.push(words.made(sheets));
    lines
}

/// `text` behind `first`, its further lines set in as far.
fn wrapped(first: &str, text: &str) -> Vec<String> {
    let indent = " ".repeat(first.width());
    let mut lines = vec![first.to_owned()];
    let mut begun = false;
    for word in text.split(' ') {
        let width = lines.last().map_or(0, |line| line.width());
        if begun && width + 1 + word.width() > WIDTH {
            lines.push(indent.clone());
            begun = false;
        }
        if let Some(last) = lines.last_mut() {
            last.push_str(if begun { " " } else { "" });
            last.push_str(word);
        }
        begun = true;
    }
    lines
}

/// The words that both forms share.
pub(super) struct Words(pub Language);

impl Words {
    pub fn title(&self) -> &'static str {
        self.0.pick("Notfallblatt", "Emergency sheet")
    }

    /// What to do, in order.
    pub fn steps(&self, plant: &Plant) -> Vec<String> {
        let pick = |german: &str, english: &str| self.0.pick(german, english).to_owned();
        let mut steps = vec![pick(
            "Hauswart anhalten, am Hauswart-Rechner: sudo systemctl stop hauswart. Binnen einer \
             Minute gibt er alles frei; was nicht gelang, nennt: journalctl -u hauswart -n 50",
            "Stop hauswart, on its computer: sudo systemctl stop hauswart. Within a minute it lets \
             go of everything; what it could not is named by: journalctl -u hauswart -n 50",
        )];
        if plant.switches.is_empty() {
            steps.push(pick(
                "Am Gerät von Hand stellen, was nötig ist: wer am Gerät steht, hat Vorrang.",
                "Set by hand at the device what is needed: whoever stands there goes first.",
            ));
        } else {
            let switches = plant.switches.join("; ");
            steps.push(self.0.pick(
                format!("Am Gerät auf Hand schalten: {switches}. Solange schreibt Hauswart nicht."),
                format!("Switch the device to hand: {switches}. Hauswart writes nothing then."),
            ));
        }
        steps.push(pick(
            "Läuft der Rechner nicht mehr: sein Netzkabel ziehen und mit einem anderen Rechner im \
             selben Netz zurücknehmen, was unten steht.",
            "If the computer is dead: pull its network cable and clear what is below with another \
             computer in the same network.",
        ));
        steps
    }

    pub fn commands(&self) -> &'static str {
        self.0.pick(
            "Was Hauswart hier stellt, und wie man es zurücknimmt",
            "What hauswart commands here, and how to clear it",
        )
    }

    pub fn before(&self) -> &'static str {
        self.0.pick("Zuvor, einmal:", "Before that, once:")
    }

    pub fn without(&self) -> &'static str {
        self.0.pick("Ohne Hauswart:", "Without hauswart:")
    }

    pub fn mind(&self) -> &'static str {
        self.0.pick(
            "Solange Hauswart fehlt, selbst darauf achten",
            "Mind this yourself while hauswart is gone",
        )
    }

    pub fn made(&self, sheets: &Sheets) -> String {
        let Sheets { made, version, .. } = sheets;
        self.0.pick(
            format!(
                "Stand {made}, hauswart {version}. Nach Änderungen der Anlagendatei neu drucken."
            ),
            format!("As of {made}, hauswart {version}. Print anew when the site file has changed."),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_between_words_and_set_in() {
        let text = "Lüftung ".repeat(20);
        let lines = wrapped("1. ", text.trim_end());
        assert!(lines.iter().all(|line| line.width() <= WIDTH), "{lines:#?}");
        assert!(lines[0].starts_with("1. Lüftung") && lines[1].starts_with("   Lüftung"));
        assert_eq!(lines.concat().matches("Lüftung").count(), 20);
    }
}
