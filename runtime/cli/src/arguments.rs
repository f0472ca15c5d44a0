//! The command line's grammar.

use clap::{Parser, Subcommand};

use crate::{command, data::Data, output::Language};

const EXAMPLES: &str = "\
Examples:
  loam                         the demo, at http://127.0.0.1:8080
  loam new time-off            a small app to begin with
  loam check time-off          is it well-formed?
  loam apply time-off          publish it
  loam serve                   serve what is published

Without a command, `loam` is `loam demo`.";

/// Turns a folder of YAML into a running business system
#[derive(Debug, Parser)]
#[command(name = "loam", version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Arguments {
    /// What to do; the demo unless said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Where the data is.
    #[command(flatten)]
    pub data: Data,
    /// Language of labels, plans and reasons; `LOAM_LANG` or the terminal's unless said
    #[arg(long, value_name = "LANGUAGE", global = true, ignore_case = true)]
    pub lang: Option<Language>,
}

impl Arguments {
    /// The language asked for, else that of the environment.
    pub fn language(&self) -> Language {
        let of_environment = || {
            let named = ["LOAM_LANG", "LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| std::env::var(name).ok());
            if named.is_some_and(|name| name.starts_with("zh")) { Language::ZhCn } else { Language::En }
        };
        self.lang.unwrap_or_else(of_environment)
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the performance app with a sample hospital group
    Demo(command::demo::Demo),
    /// Serve what is published
    Serve(command::serve::Serve),
    /// Make an app to begin with
    New(command::new::New),
    /// Find what is wrong with an app
    Check(command::check::Check),
    /// Show what publishing an app would change in the database
    Plan(command::plan::Plan),
    /// Show what a rule would have raised or done, before it is published
    Rehearse(command::rehearse::Rehearse),
    /// Show what past cases of a workflow would have come to by other steps, before these are published
    Replay(command::replay::Replay),
    /// Publish an app
    Apply(command::apply::Apply),
    /// Print the JSON Schemas of documents, for editors
    Schema(command::schema::Schema),
    /// Bring in records from a CSV or XLSX file
    Import(command::import::Import),
    /// Save records as a CSV or XLSX file
    Export(command::export::Export),
    /// Bring in a process drawn as BPMN 2.0, and write a workflow as one
    Bpmn(command::bpmn::Bpmn),
    /// Try a plugin of an app, and print what plugins are lent
    Plugin(command::plugin::Plugin),
    /// Verify the ledger, hand it out, prove what is on it
    Audit(command::audit::Audit),
    /// Write everything into one file that can be put back
    Backup(command::backup::Backup),
    /// Put a backup into an empty database
    Restore(command::restore::Restore),
    /// List what was erased or purged, for after a restore
    Erasures(command::erasures::Erasures),
    /// Print what this program was built from, as a bill of materials
    Components(command::components::Components),
    /// Show the keys that seal secrets, and put a new one in their place
    Key(command::key::Key),
    /// Make and change sign-in accounts
    User(command::user::User),
}
