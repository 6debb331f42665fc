//! Emergency sheets as one HTML page that prints on A4, a sheet a device. No
//! script, no picture, nothing fetched.

use super::text::Words;
use super::tools::Line;
use super::{Plant, Sheets};
use crate::model::Language;

/// Black on white, and lines to type that survive a photocopier.
const STYLE: &str = "@page{size:A4;margin:16mm}\
body{font:11pt/1.4 sans-serif;color:#000;background:#fff;max-width:178mm;margin:auto}\
section{break-after:page}section:last-child{break-after:auto}\
h1{font-size:18pt;margin:0 0 1mm}h2{font-size:12pt;margin:5mm 0 1mm;border-bottom:1px solid #000}\
p{margin:0 0 1mm}li{margin-bottom:1mm}\
table{border-collapse:collapse;width:100%}tr{break-inside:avoid}\
th,td{text-align:left;vertical-align:top;border-bottom:1px solid #999;padding:1mm 2mm 1mm 0}\
code{font:10pt/1.4 monospace;overflow-wrap:anywhere;display:block}\
small{font-size:9pt;display:block}";

pub(super) fn render(sheets: &Sheets, language: Language) -> String {
    let words = Words(language);
    let lang = language.pick("de", "en");
    let title = escaped(&format!("{} {}", words.title(), sheets.site));
    let plants: String = sheets.plants.iter().map(|plant| section(sheets, plant, &words)).collect();
    format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{plants}</body>\n</html>"
    )
}

fn section(sheets: &Sheets, plant: &Plant, words: &Words) -> String {
    let mut page = String::from("<section>\n");
    let mut add = |line: String| {
        page.push_str(&line);
        page.push('\n');
    };
    add(format!("<h1>{} {}</h1>", words.title(), escaped(&plant.device)));
    add(format!("<p>{}, {}</p>", escaped(&sheets.site), escaped(&plant.building)));
    add(format!("<p>{}</p>", escaped(&plant.place)));
    add("<ol>".to_owned());
    for step in words.steps(plant) {
        add(format!("<li>{}</li>", escaped(&step)));
    }
    add("</ol>".to_owned());
    add(format!("<h2>{}</h2>", words.commands()));
    add("<table>".to_owned());
    if !plant.before.is_empty() {
        let lines: String = plant.before.iter().map(typed).collect();
        add(format!("<tr><th>{}</th><td>{lines}</td></tr>", words.before()));
    }
    for point in &plant.points {
        let lines: String = point.lines.iter().map(typed).collect();
        let (name, how) = (escaped(&point.point), escaped(&point.how));
        let without = format!("{} {}", words.without(), escaped(&point.without));
        add(format!("<tr><th>{name}</th><td>{how}{lines}<small>{without}</small></td></tr>"));
    }
    add("</table>".to_owned());
    if !plant.notes.is_empty() {
        add(format!("<h2>{}</h2>\n<ul>", words.mind()));
        for note in &plant.notes {
            add(format!("<li>{}</li>", escaped(note)));
        }
        add("</ul>".to_owned());
    }
    add(format!("<p><small>{}</small></p>", escaped(&words.made(sheets))));
    add("</section>".to_owned());
    page
}

/// A line to type, and what to put into it.
fn typed(line: &Line) -> String {
    let note = line.note.as_ref();
    let note = note.map_or_else(String::new, |note| format!("<small>{}</small>", escaped(note)));
    format!("<small>{}</small><code>{}</code>{note}", line.tool, escaped(&line.line))
}

/// Text that cannot be taken for a tag.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_cannot_become_a_tag() {
        assert_eq!(escaped("<b a=\"1\"> & Söhne"), "&lt;b a=&quot;1&quot;&gt; &amp; Söhne");
    }
}
