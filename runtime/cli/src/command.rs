//! The commands, one module each.

pub mod apply;
pub mod audit;
pub mod backup;
pub mod bpmn;
pub mod check;
pub mod components;
pub mod demo;
pub mod erasures;
pub mod export;
pub mod import;
pub mod key;
pub mod new;
pub mod plan;
pub mod plugin;
pub mod rehearse;
pub mod replay;
pub mod restore;
pub mod schema;
pub mod serve;
pub mod user;

use anyhow::Result;

use crate::{
    arguments::{Arguments, Command},
    data::Data,
    output::{Ended, Language},
};

/// What every command knows.
#[derive(Debug, Clone)]
pub struct Context {
    /// Where the data is.
    pub data: Data,
    /// The language of what comes from definitions.
    pub language: Language,
    /// Whether the language was asked for.
    pub language_asked: bool,
}

/// Carries out a command.
///
/// # Errors
/// Whatever the command fails with.
pub async fn run(arguments: Arguments) -> Result<Ended> {
    let context =
        Context { language: arguments.language(), language_asked: arguments.lang.is_some(), data: arguments.data };
    match arguments.command {
        None => demo::run(&context, demo::Demo::default()).await,
        Some(Command::Demo(asked)) => demo::run(&context, asked).await,
        Some(Command::Serve(asked)) => serve::run(&context, asked).await,
        Some(Command::New(asked)) => new::run(&asked),
        Some(Command::Check(asked)) => check::run(&asked),
        Some(Command::Plan(asked)) => plan::run(&context, &asked).await,
        Some(Command::Rehearse(asked)) => rehearse::run(&context, &asked).await,
        Some(Command::Replay(asked)) => replay::run(&context, &asked).await,
        Some(Command::Apply(asked)) => apply::run(&context, &asked).await,
        Some(Command::Schema(asked)) => schema::run(&asked),
        Some(Command::Import(asked)) => import::run(&context, &asked).await,
        Some(Command::Export(asked)) => export::run(&context, &asked).await,
        Some(Command::Bpmn(asked)) => bpmn::run(&asked),
        Some(Command::Plugin(asked)) => plugin::run(&asked),
        Some(Command::Audit(asked)) => audit::run(&context, asked).await,
        Some(Command::Backup(asked)) => backup::run(&context, &asked).await,
        Some(Command::Restore(asked)) => restore::run(&context, &asked).await,
        Some(Command::Components(asked)) => components::run(&asked),
        Some(Command::Erasures(asked)) => erasures::run(&context, &asked).await,
        Some(Command::Key(asked)) => key::run(&context, &asked).await,
        Some(Command::User(asked)) => user::run(&context, asked).await,
    }
}
