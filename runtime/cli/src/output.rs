//! How commands speak: answers on standard output, what they are doing and what went wrong on standard error.

use std::io::{self, IsTerminal, Write};

use console::style;
use model::Locale;
use serde_json::Value;

/// How a command ended, when nothing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// As asked.
    Fine,
    /// Refused, or faults were found; said already.
    Refused,
}

/// Arguments that do not go together.
#[derive(Debug)]
pub struct Usage(pub String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// For whom a command answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// People.
    #[default]
    Text,
    /// Machines.
    Json,
}

/// The language of what comes from definitions: labels, sentences of plans, reasons of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// 简体中文.
    #[value(name = "zh-CN", alias = "zh")]
    ZhCn,
}

impl Language {
    /// The language as everyone else knows it.
    pub fn locale(self) -> Locale {
        match self {
            Self::En => Locale::En,
            Self::ZhCn => Locale::ZhCn,
        }
    }
}

/// Writes a line of an answer. A reader that has gone away (`| head`) is no fault.
pub fn say(line: impl AsRef<str>) {
    let _ = writeln!(io::stdout().lock(), "{}", line.as_ref());
}

/// Writes an answer for machines.
pub fn say_json(value: &Value) {
    say(serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Writes a line about what is being done.
pub fn note(line: impl AsRef<str>) {
    let _ = writeln!(io::stderr().lock(), "{}", line.as_ref());
}

/// Says what went wrong, with its causes.
pub fn fault(error: &anyhow::Error) {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    note(format!("{} {text}", style("error:").for_stderr().red().bold()));
}

/// Whether somebody is there to be asked.
pub fn is_attended() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Gives diagnostics their colours, where the terminal has any.
pub fn coloured(diagnostics: &str) -> String {
    if !console::colors_enabled() {
        return diagnostics.to_owned();
    }
    let paint = |line: &str| {
        let marks = line.trim_start().strip_prefix('|').map(str::trim_start);
        if line.starts_with("error") {
            style(line).red().bold().to_string()
        } else if line.starts_with("warning") {
            style(line).yellow().bold().to_string()
        } else if line.starts_with("  -->") {
            style(line).dim().to_string()
        } else if line.starts_with("  help:") {
            style(line).cyan().to_string()
        } else if marks.is_some_and(|marks| marks.starts_with('^')) {
            style(line).red().to_string()
        } else {
            line.to_owned()
        }
    };
    diagnostics.lines().map(paint).collect::<Vec<_>>().join("\n")
}

/// `1 row`, `2 rows`.
pub fn counted(number: impl Into<i128>, word: &str) -> String {
    let number = number.into();
    let (one, many) = match word.strip_suffix('y') {
        Some(stem) => (word.to_owned(), format!("{stem}ies")),
        None => (word.to_owned(), format!("{word}s")),
    };
    format!("{number} {}", if number == 1 { one } else { many })
}
