//! A report as one page of HTML that stands for itself: no script, nothing from
//! elsewhere, pictures within. Made to be printed on A4 (`style.css`): pages are
//! numbered, headings of tables repeated, rows whole. All text is escaped.

mod table;

use std::fmt::Write;

use super::escaped::Escaped;
use super::{picture, shown};
use crate::report::document::{Block, Document, KeyFigure, Picture, Section, Standing};

const STYLE: &str = include_str!("style.css");

/// The whole file.
#[must_use]
pub fn html(document: &Document) -> String {
    let mut page = String::with_capacity(1 << 16);
    // Writing into a string does not fail.
    let _ = whole(&mut page, document);
    page
}

fn whole(page: &mut String, document: &Document) -> std::fmt::Result {
    let language = document.language;
    let (title, subject) = (Escaped(&document.title), Escaped(&document.subject));
    write!(
        page,
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title} – {subject}</title>\n<style>\n{STYLE}{}</style>\n</head>\n<body>\n\
         <header>\n<p class=\"subject\">{subject}</p>\n<h1>{title}</h1>\n<p>{}</p>\n</header>\n",
        language.pick("de", "en"),
        foot(document),
        Escaped(&shown::subtitle(document)),
    )?;
    let anchors = anchors(&document.sections);
    for (place, (section, anchor)) in document.sections.iter().zip(&anchors).enumerate() {
        write_section(page, document, section, anchor)?;
        // The first page says what matters; what follows it is found from there.
        if place == 0 && super::has_contents(document) {
            contents(page, document, &anchors)?;
        }
    }
    page.write_str("</body>\n</html>\n")
}

/// What stands at the foot of each printed page.
fn foot(document: &Document) -> String {
    let (page, of) = document.language.pick(("Seite ", " von "), ("Page ", " of "));
    let text = format!("{} · {}", document.title, document.subject);
    let font = "font: 7.5pt \"Segoe UI\", Arial, \"DejaVu Sans Condensed\", sans-serif; \
                color: #5c6873;";
    format!(
        "@page {{ @bottom-left {{ content: \"{}\"; {font} white-space: nowrap; }} \
         @bottom-right {{ content: \"{page}\" counter(page) \"{of}\" counter(pages); {font} }} }}\n",
        styled(&text)
    )
}

/// Text within a string of a style sheet.
fn styled(text: &str) -> String {
    let mut styled = String::new();
    for letter in text.chars() {
        if letter.is_alphanumeric() || letter == ' ' {
            styled.push(letter);
        } else {
            // The space ends the number, and is no part of the text.
            let _ = write!(styled, "\\{:x} ", letter as u32);
        }
    }
    styled
}

/// A place's name in the page for each section, no two alike.
fn anchors(sections: &[Section]) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for section in sections {
        let plain = |letter: char| if letter.is_alphanumeric() { letter } else { '-' };
        let wanted: String = section.key.chars().map(plain).collect();
        let numbered = (2..).map(|number| format!("{wanted}-{number}"));
        let free = std::iter::once(wanted.clone()).chain(numbered);
        anchors.extend(free.into_iter().find(|name| !name.is_empty() && !anchors.contains(name)));
    }
    anchors
}

fn contents(page: &mut String, document: &Document, anchors: &[String]) -> std::fmt::Result {
    let title = document.language.pick("Inhalt", "Contents");
    write!(page, "<nav>\n<h2>{title}</h2>\n<ol>\n")?;
    for (section, anchor) in document.sections.iter().zip(anchors) {
        writeln!(page, "<li><a href=\"#{anchor}\">{}</a></li>", Escaped(&section.title))?;
    }
    page.write_str("</ol>\n</nav>\n")
}

fn write_section(
    page: &mut String,
    document: &Document,
    section: &Section,
    anchor: &str,
) -> std::fmt::Result {
    let class = if section.new_page { " class=\"new-page\"" } else { "" };
    write!(page, "<section id=\"{anchor}\"{class}>\n<h2>{}</h2>\n", Escaped(&section.title))?;
    for block in &section.blocks {
        write_block(page, document, block)?;
    }
    page.write_str("</section>\n")
}

fn write_block(page: &mut String, document: &Document, block: &Block) -> std::fmt::Result {
    match block {
        Block::Heading(text) => writeln!(page, "<h3>{}</h3>", Escaped(text)),
        Block::Lead(text) => writeln!(page, "<p class=\"lead\">{}</p>", Escaped(text)),
        Block::Text(text) => writeln!(page, "<p>{}</p>", Escaped(text)),
        Block::Figures(figures) => write_figures(page, figures),
        Block::Table(view) => table::write_table(page, document, view),
        Block::Picture(picture) => write_picture(page, document, picture),
        Block::List(points) => {
            page.write_str("<ul>\n")?;
            for point in points {
                writeln!(page, "<li>{}</li>", Escaped(point))?;
            }
            page.write_str("</ul>\n")
        }
        Block::Notes(notes) => write_notes(page, notes),
    }
}

fn write_notes(page: &mut String, notes: &[String]) -> std::fmt::Result {
    page.write_str("<div class=\"notes\">\n")?;
    for note in notes {
        writeln!(page, "<p>{}</p>", Escaped(note))?;
    }
    page.write_str("</div>\n")
}

fn write_figures(page: &mut String, figures: &[KeyFigure]) -> std::fmt::Result {
    // Four or eight fill their lines by fours, others by threes.
    let fours = figures.len().is_multiple_of(4);
    writeln!(page, "<div class=\"tiles{}\">", if fours { " four" } else { "" })?;
    for figure in figures {
        let standing = match figure.standing {
            Standing::Plain => "",
            Standing::Good => " good",
            Standing::Middling => " middling",
            Standing::Bad => " bad",
        };
        writeln!(
            page,
            "<div class=\"tile{standing}\"><p class=\"label\">{}</p><p class=\"value\">{}</p>\
             <p class=\"note\">{}</p></div>",
            Escaped(&figure.label),
            Escaped(&figure.value),
            Escaped(&figure.note)
        )?;
    }
    page.write_str("</div>\n")
}

fn write_picture(page: &mut String, document: &Document, picture: &Picture) -> std::fmt::Result {
    let drawing = picture::drawing(&picture.chart, document.language);
    let words = format!("{}. {}", picture.title, picture.caption);
    write!(
        page,
        "<figure class=\"picture\">\n<figcaption>{}</figcaption>\n{}\
         <p class=\"caption\">{}</p>\n</figure>\n",
        Escaped(&picture.title),
        picture::svg(&drawing, &words),
        Escaped(&picture.caption)
    )
}
