//! From a name to where it is defined, to all places where it stands, and to
//! another name; and the entries of a file.

use std::collections::HashMap;
use std::ops;

use gen_lsp_types::{DocumentSymbol, Location, Range, SymbolKind, TextEdit, Uri, WorkspaceEdit};

use super::place::Lines;
use super::project::Project;
use super::report::uri;
use super::texts::Text;
use crate::model::{Language, PointId};
use crate::rules::Meaning;
use crate::site::{is_keyword, is_name};

fn location(
    project: &Project,
    open: &[Text],
    file: &str,
    span: &ops::Range<usize>,
) -> Option<Location> {
    let text = project.text(file)?;
    Some(Location { uri: uri(file, open), range: Lines::new(text).range(span) })
}

/// Where the name at an offset is defined: in a rule file, or for a point in
/// the site file or the site's own template.
pub fn definition(project: &Project, open: &[Text], file: &str, offset: usize) -> Option<Location> {
    match project.index.at(project.site(), file, offset)?.1 {
        Meaning::Definition(index) => {
            let found = &project.index.definitions()[index];
            location(project, open, &found.file, &found.place)
        }
        Meaning::Point(point) => declared(project, open, point),
        _ => None,
    }
}

/// A point of a template that is part of the program has no file of its own:
/// its device is shown.
fn declared(project: &Project, open: &[Text], point: PointId) -> Option<Location> {
    let file = project.file.as_ref()?;
    let site = project.site()?;
    let point = site.points.get(point);
    let device = site.device_name(point.device);
    let on_disk = |name: &str| {
        let place = file.places.get(name)?;
        std::path::Path::new(&*place.0).is_absolute().then_some(place)
    };
    let (name, span) = on_disk(&point.name).or_else(|| on_disk(&device))?;
    location(project, open, name, span)
}

/// All places where what stands at an offset is named.
pub fn references(
    project: &Project,
    open: &[Text],
    file: &str,
    offset: usize,
    with_definition: bool,
) -> Vec<Location> {
    let site = project.site();
    let Some((_, meaning)) = project.index.at(site, file, offset) else { return Vec::new() };
    let mut places = project.index.places(site, &meaning);
    if let (Meaning::Definition(index), false) = (&meaning, with_definition) {
        let found = &project.index.definitions()[*index];
        places.retain(|(file, span)| (file, span) != (&found.file, &found.place));
    }
    places.iter().filter_map(|(file, span)| location(project, open, file, span)).collect()
}

/// What can be renamed at an offset: anything that a rule file defines.
pub fn renamable(project: &Project, file: &str, offset: usize) -> Option<(Range, String)> {
    let (place, meaning) = project.index.at(project.site(), file, offset)?;
    let Meaning::Definition(index) = meaning else { return None };
    let range = Lines::new(project.text(file)?).range(&place);
    Some((range, project.index.definitions()[index].name.clone()))
}

/// The changes that give it another name everywhere.
///
/// # Errors
/// Why it cannot be called so, in words.
pub fn rename(
    project: &Project,
    open: &[Text],
    (file, offset): (&str, usize),
    new: &str,
    language: Language,
) -> Result<WorkspaceEdit, String> {
    let site = project.site();
    let at = project.index.at(site, file, offset);
    let Some((_, Meaning::Definition(index))) = at else {
        return Err(language
            .pick("das lässt sich hier nicht umbenennen", "this cannot be renamed here")
            .to_owned());
    };
    let found = &project.index.definitions()[index];
    let fits = match found.keyword {
        "rule" => !new.contains(['"', '\n', '\r']) && !new.is_empty(),
        _ => is_name(new) && !is_keyword(new),
    };
    if !fits {
        return Err(language.pick(
            format!("„{new}“ ist kein Name: Buchstaben, Ziffern und _, kein Schlüsselwort"),
            format!("\"{new}\" is no name: letters, digits and _, not a keyword"),
        ));
    }
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for (file, span) in project.index.places(site, &Meaning::Definition(index)) {
        let Some(text) = project.text(&file) else { continue };
        let Some(written) = text.get(span.clone()) else { continue };
        // `Rathaus.Kühl` keeps its building.
        let start = span.end - found.name.len().min(written.len());
        let range = Lines::new(text).range(&(start..span.end));
        let edit = TextEdit { range, new_text: new.to_owned() };
        changes.entry(uri(&file, open)).or_default().push(edit);
    }
    Ok(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() })
}

/// The entries of a file.
pub fn symbols(project: &Project, file: &str) -> Vec<DocumentSymbol> {
    let Some(text) = project.text(file) else { return Vec::new() };
    let lines = Lines::new(text);
    let here = project.index.definitions().iter().filter(|found| *found.file == *file);
    here.map(|found| DocumentSymbol {
        name: found.name.clone(),
        detail: Some(found.keyword.to_owned()),
        kind: match found.keyword {
            "rule" => SymbolKind::Method,
            "schedule" | "calendar" => SymbolKind::Event,
            "curve" => SymbolKind::Function,
            "group" => SymbolKind::Array,
            "test" => SymbolKind::Boolean,
            "protect" => SymbolKind::Object,
            _ => SymbolKind::Variable,
        },
        range: lines.range(&found.whole),
        selection_range: lines.range(&found.place),
        tags: None,
        #[allow(deprecated, reason = "the protocol still has the field")]
        deprecated: None,
        children: None,
    })
    .filter(|symbol| !symbol.name.is_empty())
    .collect()
}
