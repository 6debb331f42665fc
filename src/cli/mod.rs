//! The commands, one file each. They read files, start the engine or ask the
//! running one, and print for people or machines.

mod acknowledge;
mod alarms;
mod backtest;
mod backup;
mod check;
mod commanded;
mod demo;
mod demo_sums;
mod demo_week;
mod demo_years;
mod doctor;
mod drill;
mod explain;
mod explain_past;
mod export;
mod files;
mod history;
mod import;
mod job_reports;
mod jobs;
mod journal;
mod live_view;
mod lsp;
mod meter;
mod new_file;
mod overriding;
mod past;
mod progress;
mod read;
mod reload;
mod report;
mod rule_loader;
mod run;
mod say;
mod sheet;
mod solo;
mod status;
mod table;
mod terminal;
mod test;
mod token;
mod trend;
mod verify;
mod write;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::model::Language;
use crate::site::Site;
use crate::web::client::Client;

/// Exit codes: 0 all is well, 1 faults were found or an order was refused,
/// 2 something could not be read or started, 3 something is left commanded.
#[derive(Debug, Parser)]
#[command(name = "hauswart", version, about, long_about = LONG_ABOUT, propagate_version = true)]
pub struct Arguments {
    /// Language of messages; the site file's unless given.
    #[arg(long, global = true, value_name = "LANGUAGE")]
    lang: Option<Lang>,
    #[command(subcommand)]
    command: Command,
}

const LONG_ABOUT: &str = "A building's caretaker: reads controllers and meters over Modbus and \
BACnet, evaluates rule files against live data, and writes setpoints back.

Exit codes: 0 all is well, 1 faults found or order refused, 2 could not read or start, \
3 something is left commanded.";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Lang {
    De,
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::De => Self::De,
            Lang::En => Self::En,
        }
    }
}

/// How output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the building: poll, evaluate the rules, write, let go at the end.
    #[command(after_help = run::EXAMPLE)]
    Run(run::Run),
    /// Check the site file, its device templates and rules.
    #[command(after_help = check::EXAMPLE)]
    Check(check::Check),
    /// Carry out the tests in rule files, without devices.
    #[command(after_help = test::EXAMPLE)]
    Test(test::Test),
    /// Read a point, or all points of a device, now.
    #[command(after_help = read::EXAMPLE)]
    Read(read::Read),
    /// Say why a point, value, schedule or rule is as it is.
    #[command(after_help = explain::EXAMPLE)]
    Explain(explain::Explain),
    /// Command a point by hand for a while, at level manual.
    #[command(after_help = write::EXAMPLE)]
    Write(write::Write),
    /// Override a point or a schedule, now or later, always with an end.
    #[command(after_help = overriding::EXAMPLE)]
    Override(overriding::Overriding),
    /// Show the alarms: what is wrong, since when, and what is done about it.
    #[command(after_help = alarms::EXAMPLE)]
    Alarms(alarms::Alarms),
    /// Say that an alarm, or what a rule waits with, has been seen.
    #[command(after_help = acknowledge::EXAMPLE)]
    Acknowledge(acknowledge::Acknowledge),
    /// Let the running daemon take up changed rules.
    #[command(after_help = reload::EXAMPLE)]
    Reload(reload::Reload),
    /// Show what the running daemon sees and commands.
    #[command(after_help = status::EXAMPLE)]
    Status(status::Status),
    /// Show the reports that are written by themselves: when next, and how the last ended.
    #[command(after_help = jobs::EXAMPLE)]
    Jobs(jobs::Jobs),
    /// Run the rules over the recorded history: what would they have commanded?
    #[command(after_help = backtest::EXAMPLE)]
    Backtest(backtest::Backtest),
    /// Show what a point was over time: a picture, SVG, PNG, or numbers.
    #[command(after_help = history::EXAMPLE)]
    History(history::History),
    /// Show what meters used, and enter what somebody read off a dial.
    #[command(after_help = meter::EXAMPLE)]
    Meter(meter::MeterCommand),
    /// The energy report: consumption, weather, emissions, cost, what was saved.
    #[command(after_help = report::EXAMPLE)]
    Report(report::Report),
    /// Write a part of the history to a CSV or Parquet file.
    #[command(after_help = export::EXAMPLE)]
    Export(export::Export),
    /// Take trend data of another system into the history.
    #[command(after_help = import::EXAMPLE)]
    Import(import::Import),
    /// Read every byte of the history, or of a backup, and compare it with what was written.
    #[command(after_help = verify::EXAMPLE)]
    Verify(verify::Verify),
    /// Put everything of a site into one file, also while the daemon runs.
    #[command(after_help = backup::EXAMPLE)]
    Backup(backup::Backup),
    /// Make a site's folder of a backup.
    #[command(after_help = backup::RESTORE_EXAMPLE)]
    Restore(backup::Restore),
    /// Make, list and revoke tokens with which other programs pull figures.
    #[command(after_help = token::EXAMPLE)]
    Token(token::TokenCommand),
    /// Print the description of the HTTP API for other programs, OpenAPI 3.1.
    Openapi,
    /// Look over the machine: clock, disk, serial lines, ports, service.
    #[command(after_help = doctor::EXAMPLE)]
    Doctor(doctor::Doctor),
    /// Let the daemon play dead for a while: what do the devices do without us?
    #[command(after_help = drill::EXAMPLE)]
    Drill(drill::Drill),
    /// Print a sheet for each plant's folder: how to do without hauswart.
    #[command(after_help = sheet::EXAMPLE)]
    EmergencySheet(sheet::EmergencySheet),
    /// Help an editor with rule files: a language server on standard input and output.
    #[command(after_help = lsp::EXAMPLE)]
    Lsp(lsp::Lsp),
    /// Run the shipped site against a simulated building.
    #[command(after_help = demo::EXAMPLE)]
    Demo(demo::Demo),
}

/// The site file of a command.
#[derive(Debug, clap::Args)]
struct SiteFile {
    /// The site file.
    #[arg(long = "site", value_name = "SITE.TOML", default_value = "site.toml")]
    path: PathBuf,
}

/// Runs one command to its end.
///
/// # Errors
/// What could not be read or started, as a chain for one line.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let language = arguments.lang.map(Language::from);
    carry_out(arguments.command, language).map_err(say::in_words)
}

fn carry_out(command: Command, language: Option<Language>) -> anyhow::Result<ExitCode> {
    match command {
        Command::Run(command) => command.run(language),
        Command::Check(command) => command.run(language),
        Command::Test(command) => command.run(language),
        Command::Read(command) => command.run(language),
        Command::Explain(command) => command.run(language),
        Command::Write(command) => command.run(language),
        Command::Override(command) => command.run(language),
        Command::Alarms(command) => command.run(language),
        Command::Acknowledge(command) => command.run(language),
        Command::Reload(command) => command.run(language),
        Command::Status(command) => command.run(language),
        Command::Jobs(command) => command.run(language),
        Command::Backtest(command) => command.run(language),
        Command::History(command) => command.run(language),
        Command::Meter(command) => command.run(language),
        Command::Report(command) => command.run(language),
        Command::Export(command) => command.run(language),
        Command::Verify(command) => command.run(language),
        Command::Import(command) => command.run(language),
        Command::Backup(command) => command.run(language),
        Command::Restore(command) => command.run(language),
        Command::Token(command) => command.run(language),
        Command::Openapi => {
            say::out(crate::web::pull::OPENAPI.trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Command::Doctor(command) => command.run(language),
        Command::Drill(command) => command.run(language),
        Command::EmergencySheet(command) => command.run(language),
        Command::Lsp(command) => command.run(language),
        Command::Demo(command) => command.run(language),
    }
}

/// A connection to the daemon of this site.
async fn daemon(site: &Site, language: Language) -> anyhow::Result<Client> {
    use anyhow::Context;
    let client = Client::connect(&site.data).await?;
    client.with_context(|| {
        let data = site.data.display();
        language.pick(
            format!("für {data} läuft kein hauswart; „hauswart run“ startet ihn"),
            format!("no hauswart runs for {data}; \"hauswart run\" starts it"),
        )
    })
}

/// The runtime that every command with sockets uses.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    use anyhow::Context;
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the runtime cannot be started")
}
