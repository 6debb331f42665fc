//! Completion: what the language says may stand at a place, filled with the
//! names of the site and of its rules. Long lists are cut and said to be
//! incomplete, so that the editor asks again with the next letter.

use gen_lsp_types::{
    CompletionItem, CompletionItemKind as Icon, CompletionItemTextEdit, CompletionList,
    Documentation, MarkupContent, MarkupKind, TextEdit,
};

use super::place::Lines;
use super::project::Project;
use super::words;
use crate::model::holiday::{Feast, LAENDER};
use crate::model::{Kind, Language, Quantity, Unit};
use crate::rules::{self, Expectable, Expected, Meaning};
use crate::site::Site;

/// A list that is still of use to read.
const MOST: usize = 400;

const WEEKDAYS: [&str; 14] =
    ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// One thing to offer.
struct Offer {
    /// Smaller ones come first.
    rank: u8,
    label: String,
    detail: String,
    icon: Icon,
}

/// What to offer at `offset` of a text.
pub struct Completion<'a> {
    pub project: Option<&'a Project>,
    /// What the project calls the text.
    pub file: &'a str,
    pub language: Language,
}

impl Completion<'_> {
    pub fn at(&self, text: &str, offset: usize) -> CompletionList {
        let expected = rules::expected(text, offset);
        let typed = &text[expected.typed.clone()];
        let mut offers = self.offers(&expected);
        offers.retain(|offer| resembles(&offer.label, typed));
        let key = |offer: &Offer| (!offer.label.starts_with(typed), offer.rank);
        offers.sort_by(|one, other| {
            key(one).cmp(&key(other)).then_with(|| one.label.cmp(&other.label))
        });
        offers.dedup_by(|one, other| one.label == other.label);
        let is_incomplete = offers.len() > MOST;
        offers.truncate(MOST);
        let range = Lines::new(text).range(&expected.typed);
        let item = |(index, offer): (usize, Offer)| self.item(range, index, offer);
        let items = offers.into_iter().enumerate().map(item).collect();
        CompletionList { is_incomplete, items, ..CompletionList::default() }
    }

    fn item(&self, range: gen_lsp_types::Range, index: usize, offer: Offer) -> CompletionItem {
        let edit = TextEdit { range, new_text: offer.label.clone() };
        let keyword = offer.icon == Icon::Keyword;
        let about = keyword.then(|| words::about(&offer.label, self.language)).flatten();
        CompletionItem {
            kind: Some(offer.icon),
            detail: Some(offer.detail).filter(|detail| !detail.is_empty()),
            documentation: about.map(|value| {
                Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })
            }),
            sort_text: Some(format!("{index:04}")),
            text_edit: Some(CompletionItemTextEdit::TextEdit(edit)),
            label: offer.label,
            ..CompletionItem::default()
        }
    }

    fn offers(&self, expected: &Expected) -> Vec<Offer> {
        let mut offers = Vec::new();
        for kind in &expected.kinds {
            match kind {
                Expectable::State => self.states(expected, &mut offers),
                Expectable::Unit => self.units(expected, &mut offers),
                Expectable::Name => {
                    self.points(false, &mut offers);
                    self.definitions(&["value", "schedule", "group"], &mut offers);
                }
                Expectable::Target => self.points(true, &mut offers),
                Expectable::Function => {
                    self.definitions(&["curve"], &mut offers);
                    let functions = rules::functions();
                    offers.extend(functions.map(|name| offer(4, name, "", Icon::Function)));
                }
                Expectable::Building => offers.extend(self.site().into_iter().flat_map(|site| {
                    let buildings = site.buildings.iter();
                    buildings
                        .map(|building| offer(0, &building.name, &building.title, Icon::Module))
                })),
                Expectable::Days => {
                    self.definitions(&["calendar"], &mut offers);
                    offers.extend(WEEKDAYS.iter().map(|day| offer(0, day, "", Icon::Constant)));
                    let feasts = Feast::names();
                    offers.extend(feasts.map(|name| offer(3, name, "", Icon::Event)));
                }
                Expectable::Land => {
                    offers.extend(LAENDER.iter().flat_map(|(_, code, name)| {
                        [offer(0, name, code, Icon::Value), offer(1, code, name, Icon::Value)]
                    }));
                }
                Expectable::RuleName => self.rule_names(&mut offers),
            }
        }
        let words = expected.words.iter();
        offers.extend(words.map(|word| offer(5, word, "", Icon::Keyword)));
        offers
    }

    fn site(&self) -> Option<&Site> {
        self.project.and_then(Project::site)
    }

    fn building(&self) -> Option<&str> {
        self.project.and_then(|project| project.index.building(self.file))
    }

    /// A full name as it can be written in this file.
    fn short<'n>(&self, full: &'n str) -> &'n str {
        let building = self.building();
        building.and_then(|it| full.strip_prefix(it)?.strip_prefix('.')).unwrap_or(full)
    }

    /// Points and their devices.
    fn points(&self, commandable: bool, offers: &mut Vec<Offer>) {
        let Some(site) = self.site() else { return };
        let own = |name: &str| u8::from(self.short(name) == name);
        for (_, point) in site.points.iter() {
            if commandable && !point.is_commandable() {
                continue;
            }
            let detail = words::kind(&point.kind);
            let rank = 2 + own(&point.name);
            offers.push(offer(rank, self.short(&point.name), &detail, Icon::Variable));
        }
        for device in 0..site.devices.len() {
            let name = site.device_name(device);
            let template = site.devices[device].template.as_deref().unwrap_or_default();
            offers.push(offer(1 + own(&name), self.short(&name), template, Icon::Module));
        }
    }

    fn definitions(&self, keywords: &[&str], offers: &mut Vec<Offer>) {
        let Some(project) = self.project else { return };
        for found in project.index.definitions() {
            if !keywords.contains(&found.keyword) {
                continue;
            }
            let icon = match found.keyword {
                "schedule" | "calendar" => Icon::Event,
                "curve" => Icon::Function,
                "group" => Icon::Enum,
                _ => Icon::Constant,
            };
            let kind = project.index.kind(found).map(|kind| words::kind(&kind));
            let detail = format!("{} {}", found.keyword, kind.unwrap_or_default());
            offers.push(offer(1, self.short(&found.full), detail.trim_end(), icon));
        }
    }

    fn rule_names(&self, offers: &mut Vec<Offer>) {
        let Some(project) = self.project else { return };
        let rules = project.index.definitions().iter().filter(|found| found.keyword == "rule");
        offers.extend(
            rules.map(|rule| offer(0, &format!("\"{}\"", rule.name), &rule.file, Icon::Reference)),
        );
    }

    fn states(&self, expected: &Expected, offers: &mut Vec<Offer>) {
        let (Some(project), Some(beside)) = (self.project, &expected.beside) else { return };
        let states = project.index.states(project.site(), self.building(), beside);
        offers.extend(states.iter().map(|state| offer(0, state, beside, Icon::EnumMember)));
    }

    /// All units; first those that measure what stands beside.
    fn units(&self, expected: &Expected, offers: &mut Vec<Offer>) {
        let wanted = expected.beside.as_deref().and_then(|name| self.quantity(name));
        for symbol in Unit::symbols() {
            let quantity = Unit::parse(symbol).map(|unit| unit.quantity);
            let fits = quantity.is_some() && quantity == wanted;
            offers.push(offer(u8::from(!fits), symbol, "", Icon::Unit));
        }
    }

    fn quantity(&self, name: &str) -> Option<Quantity> {
        let project = self.project?;
        match project.index.resolve(project.site(), self.building(), name)? {
            Meaning::Point(point) => project.site()?.points.get(point).kind.quantity(),
            Meaning::Definition(index) => {
                let definition = &project.index.definitions()[index];
                project.index.kind(definition).as_deref().and_then(Kind::quantity)
            }
            _ => None,
        }
    }
}

fn offer(rank: u8, label: &str, detail: &str, icon: Icon) -> Offer {
    Offer { rank, label: label.to_owned(), detail: detail.to_owned(), icon }
}

/// Whether the letters of `typed`, large or small, stand in `label` in this
/// order.
fn resembles(label: &str, typed: &str) -> bool {
    let mut letters = label.chars().flat_map(char::to_lowercase);
    typed.chars().flat_map(char::to_lowercase).all(|wanted| letters.any(|it| it == wanted))
}
