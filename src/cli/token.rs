//! `hauswart token`: tokens with which other programs pull figures. They count at
//! once, with a running daemon or without.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

use super::table::{Align, Table};
use super::{Format, files, say};
use crate::clock::Scaled;
use crate::model::{Clock, Language};
use crate::report::period;
use crate::site::Site;
use crate::web::pull::tokens::{self, Listed, Scope, TokenError};

pub const EXAMPLE: &str = "Example:
  hauswart token create climate-office --scope report --until 2027-12-31
  hauswart token list
  hauswart token revoke climate-office

A token reads, and changes nothing: with scope read the catalogue, the history and what
meters used, with scope report reports as well. It is shown once and not kept: whoever
loses it gets a new one. Where the API listens stands in the site file, [web].
Exit code 0: done; 1: there is such a token already, or none; 2: could not be read or
written.";

#[derive(Debug, clap::Args)]
pub struct TokenCommand {
    #[command(subcommand)]
    what: What,
    /// The site file.
    #[arg(long, global = true, value_name = "SITE.TOML", default_value = "site.toml")]
    site: PathBuf,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a token, and show it this once.
    Create(Create),
    /// Show who has a token, until when, and when it was last used.
    List(List),
    /// Let a token count no more.
    Revoke(Revoke),
}

#[derive(Debug, clap::Args)]
struct Create {
    /// Whose it is: letters without umlauts, digits, "-".
    #[arg(value_name = "NAME")]
    name: String,
    /// What it may read.
    #[arg(long, value_enum, default_value = "report")]
    scope: Scopes,
    /// Its last day: 2027-12-31. It has no end unless given.
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Scopes {
    /// Catalogue, history and meters.
    Read,
    /// These, and reports.
    Report,
}

#[derive(Debug, clap::Args)]
struct List {
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct Revoke {
    /// Whose it is.
    #[arg(value_name = "NAME")]
    name: String,
}

impl TokenCommand {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site, language)?;
        match self.what {
            What::Create(create) => create.run(&site, language),
            What::List(list) => list.run(&site, language),
            What::Revoke(revoke) => done(
                tokens::revoke(&site.data, &revoke.name).map(|()| {
                    let name = &revoke.name;
                    say::out(&language.pick(
                        format!("das Token „{name}“ gilt nicht mehr"),
                        format!("the token \"{name}\" counts no more"),
                    ));
                }),
                language,
            ),
        }
    }
}

/// What people must change is told, what the machine does not do is an error.
fn done(outcome: Result<(), TokenError>, language: Language) -> anyhow::Result<ExitCode> {
    match outcome {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error @ (TokenError::BadName(_) | TokenError::Taken(_) | TokenError::NoSuch(_))) => {
            say::err(&format!("hauswart: {}", error.words(language)));
            Ok(ExitCode::from(1))
        }
        Err(error) => anyhow::bail!(error.words(language)),
    }
}

impl Create {
    fn run(self, site: &Site, language: Language) -> anyhow::Result<ExitCode> {
        let now = Scaled::real().now().wall;
        let until = self.until.as_deref().map(|text| end_of(text, site, language)).transpose()?;
        if until.is_some_and(|until| until <= now) {
            anyhow::bail!(
                language.pick(
                    "--until: dieser Tag ist schon vorbei",
                    "--until: this day is over already",
                )
            );
        }
        let scope = match self.scope {
            Scopes::Read => Scope::Read,
            Scopes::Report => Scope::Report,
        };
        let created = tokens::create(&site.data, &self.name, scope, now, until);
        let outcome = created.map(|token| {
            // Alone on standard output, for scripts.
            say::out(&token);
            say::err(language.pick(
                "Dieses Token wird nur jetzt gezeigt. Anfragen bringen es mit: Authorization: Bearer TOKEN",
                "This token is shown just now and never again. Requests bring it along: Authorization: Bearer TOKEN",
            ));
            if site.web.is_none() {
                say::err(language.pick(
                    "Noch wird nirgends gelauscht: [web] in die Anlagendatei schreiben und hauswart neu starten.",
                    "Nothing listens yet: add [web] to the site file and restart hauswart.",
                ));
            }
        });
        done(outcome, language)
    }
}

/// The end of a local day, as people type it.
fn end_of(text: &str, site: &Site, language: Language) -> anyhow::Result<Timestamp> {
    let day = text.parse::<Date>().or_else(|_| Date::strptime("%d.%m.%Y", text));
    let end = day.ok().map(|day| period::day(day, &site.time_zone).until_ms);
    let end = end.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    end.ok_or_else(|| {
        anyhow::anyhow!(language.pick(
            format!("--until {text}: so schreiben: --until 2027-12-31"),
            format!("--until {text}: write --until 2027-12-31"),
        ))
    })
}

impl List {
    fn run(self, site: &Site, language: Language) -> anyhow::Result<ExitCode> {
        let listed = tokens::list(&site.data);
        let listed = listed.map_err(|error| anyhow::anyhow!(error.words(language)))?;
        match self.format {
            Format::Json => say::out(&serde_json::to_string_pretty(&listed)?),
            Format::Text if listed.is_empty() => {
                say::out(language.pick("es gibt kein Token", "there are no tokens"));
            }
            Format::Text => {
                table(&listed, site, language).lines().iter().for_each(|line| say::out(line));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn table(listed: &[Listed], site: &Site, language: Language) -> Table {
    let mut table = Table::new(&[
        (language.pick("Token", "token"), Align::Left),
        (language.pick("darf lesen", "may read"), Align::Left),
        (language.pick("angelegt", "created"), Align::Left),
        (language.pick("bis", "until"), Align::Left),
        (language.pick("zuletzt benutzt", "last used"), Align::Left),
    ]);
    let now = Scaled::real().now().wall;
    let local =
        |at: Timestamp, form: &str| site.time_zone.to_datetime(at).strftime(form).to_string();
    for token in listed {
        let scope = match token.scope {
            Scope::Read => language.pick("Verlauf, Zähler", "history, meters"),
            Scope::Report => language.pick("Verlauf, Zähler, Berichte", "history, meters, reports"),
        };
        let until = token.until.map_or_else(
            || language.pick("ohne Ende", "no end").to_owned(),
            |until| {
                // The day that ends then.
                let last = until.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(until);
                let over = if until <= now { language.pick(", vorbei", ", over") } else { "" };
                format!("{}{over}", local(last, "%d.%m.%Y"))
            },
        );
        let used = token.last_used.map_or_else(
            || language.pick("noch nie", "never").to_owned(),
            |at| local(at, language.pick("%d.%m.%Y, %H Uhr", "%d.%m.%Y, %H:00")),
        );
        let created = local(token.created, "%d.%m.%Y");
        table.row([token.name.as_str(), scope, &created, &until, &used]);
    }
    table
}
