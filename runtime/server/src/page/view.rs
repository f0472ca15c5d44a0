//! Templates: embedded, compiled once per language, every value escaped.
//!
//! INVARIANT: what is printed with `|safe` was made by [`crate::show::markdown`], [`crate::show::comment`] or
//! `session::factor::picture`, or drawn by [`chart::Chart::svg`] or
//! [`super::case::picture`].

use std::sync::LazyLock;

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value,
    value::{Kwargs, Serde},
};
use model::Locale;
use serde::Serialize;

use crate::{problem::Problem, words};

macro_rules! views {
    ($($name:literal),* $(,)?) => {
        const VIEWS: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../views/", $name)))),*];
    };
}

views!(
    "document.html",
    "shell.html",
    "parts.html",
    "form_parts.html",
    "home.html",
    "list.html",
    "list_body.html",
    "record.html",
    "form.html",
    "form_body.html",
    "tree.html",
    "tree_nodes.html",
    "board.html",
    "dashboard.html",
    "behind.html",
    "drivers.html",
    "trace.html",
    "unit_boards.html",
    "unit_board_form.html",
    "search.html",
    "search_found.html",
    "bin.html",
    "confirm.html",
    "notifications.html",
    "inbox.html",
    "inbox_together.html",
    "counts.html",
    "case.html",
    "workflows.html",
    "workflow.html",
    "begin.html",
    "replay.html",
    "me.html",
    "accounts.html",
    "audit.html",
    "outbox.html",
    "access.html",
    "sign_in.html",
    "sign_in_code.html",
    "set_up.html",
    "password.html",
    "prove.html",
    "security.html",
    "stand_ins.html",
    "code.html",
    "rules.html",
    "providers.html",
    "onward.html",
    "uncover.html",
    "erase.html",
    "purge.html",
    "looks.html",
    "dictionary.html",
    "term.html",
    "conflicts.html",
    "rehearsal.html",
    "error.html",
);

static CHINESE: LazyLock<Environment<'static>> = LazyLock::new(|| environment(Locale::ZhCn));
static ENGLISH: LazyLock<Environment<'static>> = LazyLock::new(|| environment(Locale::En));

/// A view filled in.
///
/// # Errors
/// A template that does not fit its context: a fault of this server, logged and answered as one.
pub fn render(locale: Locale, name: &str, context: impl Serialize) -> Result<String, Problem> {
    try_render(locale, name, context).map_err(Problem::internal)
}

fn of(locale: Locale) -> &'static Environment<'static> {
    match locale {
        Locale::ZhCn => &CHINESE,
        Locale::En => &ENGLISH,
    }
}

/// [`render`], with the fault as it is.
pub(crate) fn try_render(locale: Locale, name: &str, context: impl Serialize) -> Result<String, String> {
    let template = of(locale).get_template(name).map_err(|error| format!("{error:#}"))?;
    template.render(Value::from(Serde(context))).map_err(|error| format!("{error:#}"))
}

fn environment(locale: Locale) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.add_function("t", move |key: &str, blanks: Kwargs| -> Result<String, Error> {
        let text = words::say(locale, key);
        if text.is_empty() {
            return Err(Error::new(ErrorKind::InvalidOperation, format!("no word `{key}`")));
        }
        let mut text = text.to_owned();
        for name in blanks.args() {
            let value: Value = blanks.peek(name)?;
            text = text.replace(&format!("{{{name}}}"), &value.to_string());
        }
        Ok(text)
    });
    environment.add_function("asset", |name: &str| designer::url(name));
    environment.add_function("icon", |name: &str| {
        let sprite = designer::url("icons.svg");
        Value::from_safe_string(format!(
            "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"{sprite}#{name}\"></use></svg>"
        ))
    });
    for (name, source) in VIEWS {
        // A template that does not parse is left out; rendering it says so, and a test renders every one.
        if let Err(error) = environment.add_template(name, source) {
            tracing::error!(%name, cause = format!("{error:#}"), "a view does not parse");
        }
    }
    environment
}

/// The names of all views, for tests.
#[cfg(test)]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    VIEWS.iter().map(|(name, _)| *name)
}

/// Why a view does not parse, for tests.
#[cfg(test)]
pub(crate) fn parse_fault(locale: Locale, name: &str) -> Option<String> {
    of(locale).get_template(name).err().map(|error| format!("{error:#}"))
}
