//! Faults of groups, of loops over them, and of what is computed over them.

use std::sync::Arc;

use crate::model::Language;
use crate::model::diagnostic::Fault;

use super::{meant, quoted};

/// What a group is made of, and what stands for its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupFault {
    NotAGroup(String),
    GroupAsValue(String),
    NotAMember(String),
    MemberTwice(String),
    Mixed { one: String, other: String },
    VariableTaken(String),
    SameForEach { name: String, help: String },
    Lacks { part: String, members: Vec<String>, near: Option<String> },
    WholeDevices { help: String },
    SumOfScales { mean: String },
    TooManyGood { group: String, members: usize },
    SetByEach { point: String, variable: String },
    Placeholder { found: String, help: Option<String> },
}

impl Fault for GroupFault {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAGroup(_) => "not-a-group",
            Self::GroupAsValue(_) => "group-as-value",
            Self::NotAMember(_) => "not-a-member",
            Self::MemberTwice(_) => "member-twice",
            Self::Mixed { .. } => "mixed-group",
            Self::VariableTaken(_) => "variable-taken",
            Self::SameForEach { .. } => "same-for-each",
            Self::Lacks { .. } => "lacks",
            Self::WholeDevices { .. } => "whole-devices",
            Self::SumOfScales { .. } => "units",
            Self::TooManyGood { .. } => "too-many-good",
            Self::SetByEach { .. } => "set-by-each",
            Self::Placeholder { .. } => "placeholder",
        }
    }

    fn reason(&self, language: Language) -> String {
        if language == Language::De { self.german() } else { self.english() }
    }

    fn help(&self, language: Language) -> Option<String> {
        match self {
            Self::NotAGroup(name) => Some(format!("group G = {name}, …")),
            Self::Lacks { near, .. } => meant(language, near.as_deref()),
            Self::WholeDevices { help } | Self::SumOfScales { mean: help } => Some(help.clone()),
            Self::TooManyGood { members, .. } => Some(format!("at least {members} good")),
            Self::SetByEach { variable, .. } => Some(format!("set {variable}.… to …")),
            Self::GroupAsValue(name) => Some(format!("mean of {name}\nfor each R in {name}")),
            Self::VariableTaken(_) => Some("for each R in …".to_owned()),
            Self::SameForEach { help, .. } => Some(help.clone()),
            Self::Placeholder { help, .. } => help.clone(),
            _ => None,
        }
    }
}

impl GroupFault {
    fn german(&self) -> String {
        match self {
            Self::NotAGroup(name) => format!("{name} ist keine Gruppe"),
            Self::GroupAsValue(name) => {
                format!(
                    "{name} ist eine Gruppe; gemeint ist wohl jedes Mitglied oder alle zusammen"
                )
            }
            Self::NotAMember(name) => {
                format!("{name} ist weder ein Punkt noch ein Gerät; nur die gehören in eine Gruppe")
            }
            Self::MemberTwice(name) => format!("{name} steht zweimal in dieser Gruppe"),
            Self::Mixed { one, other } => {
                format!(
                    "{other} ist anderer Art als {one}; eine Gruppe hat Geräte, oder Punkte derselben Größe oder mit denselben Zuständen"
                )
            }
            Self::VariableTaken(name) => {
                format!("{name} gibt es schon; hinter for each steht ein neuer Name")
            }
            Self::SameForEach { name, .. } => {
                format!("{name} gäbe es für jeden unter demselben Namen")
            }
            Self::Lacks { part, members, .. } => {
                let (members, many) = listed(members);
                format!("{members} {} kein {part}", if many { "haben" } else { "hat" })
            }
            Self::WholeDevices { .. } => {
                "die Gruppe hat Geräte; welcher ihrer Punkte ist gemeint?".to_owned()
            }
            Self::SumOfScales { .. } => {
                "Temperaturen in °C lassen sich nicht zusammenzählen".to_owned()
            }
            Self::TooManyGood { group, members } => {
                format!("{group} hat nur {members} Mitglieder")
            }
            Self::SetByEach { point, .. } => {
                format!("jede Runde setzt denselben Punkt {point}")
            }
            Self::Placeholder { found, .. } => {
                let found = quoted(Language::De, &format!("{{{found}}}"));
                format!("für {found} wird hier nichts eingesetzt")
            }
        }
    }

    fn english(&self) -> String {
        match self {
            Self::NotAGroup(name) => format!("{name} is not a group"),
            Self::GroupAsValue(name) => {
                format!("{name} is a group; each member is meant, it seems, or all together")
            }
            Self::NotAMember(name) => {
                format!("{name} is neither a point nor a device; a group has only those")
            }
            Self::MemberTwice(name) => format!("{name} stands twice in this group"),
            Self::Mixed { one, other } => {
                format!(
                    "{other} is of another kind than {one}; a group has devices, or points of one quantity or with the same states"
                )
            }
            Self::VariableTaken(name) => {
                format!("{name} exists already; a new name stands behind for each")
            }
            Self::SameForEach { name, .. } => {
                format!("{name} would have the same name for each")
            }
            Self::Lacks { part, members, .. } => {
                let (members, many) = listed(members);
                format!("{members} {} no {part}", if many { "have" } else { "has" })
            }
            Self::WholeDevices { .. } => {
                "the group has devices; which of their points is meant?".to_owned()
            }
            Self::SumOfScales { .. } => "temperatures in °C cannot be added".to_owned(),
            Self::TooManyGood { group, members } => format!("{group} has only {members} members"),
            Self::SetByEach { point, .. } => format!("each round sets the same point {point}"),
            Self::Placeholder { found, .. } => {
                let found = quoted(Language::En, &format!("{{{found}}}"));
                format!("nothing is put in for {found} here")
            }
        }
    }
}

/// A few of them, and whether there are many.
fn listed(members: &[String]) -> (String, bool) {
    const SHOWN: usize = 6;
    let mut shown: Vec<&str> = members.iter().take(SHOWN).map(String::as_str).collect();
    if members.len() > SHOWN {
        shown.push("…");
    }
    (shown.join(", "), members.len() > 1)
}

/// A fault that only some rounds of a loop have.
#[derive(Debug, Clone)]
pub struct ItemsFault {
    pub fault: Arc<dyn Fault>,
    /// Those that have it, as the group names them.
    pub items: Vec<Arc<str>>,
}

impl Fault for ItemsFault {
    fn code(&self) -> &'static str {
        self.fault.code()
    }

    fn reason(&self, language: Language) -> String {
        self.fault.reason(language)
    }

    fn label(&self, language: Language) -> String {
        let items: Vec<String> = self.items.iter().map(ToString::to_string).collect();
        let (items, _) = listed(&items);
        let own = self.fault.label(language);
        let own = if own.is_empty() { own } else { format!("{own}; ") };
        language.pick(format!("{own}bei {items}"), format!("{own}for {items}"))
    }

    fn help(&self, language: Language) -> Option<String> {
        self.fault.help(language)
    }
}
