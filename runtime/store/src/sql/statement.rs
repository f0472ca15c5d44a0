//! A statement: text, what is bound to its parameters, and what its columns hold.

use std::borrow::Cow;

use model::Value;

use crate::sql::Column;

/// Whose SQL is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The test whether something is among a list that is bound as this parameter.
    pub(crate) fn among(self, column: Column, parameter: usize) -> String {
        match self {
            Self::Sqlite => format!("IN (SELECT value FROM json_each(${parameter}))"),
            Self::Postgres => format!("= ANY(${parameter}::{})", column.cast()),
        }
    }
}

/// A statement ready to run. Parameters are `$1`, `$2` … on both databases.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Statement {
    pub(crate) sql: Cow<'static, str>,
    pub(crate) args: Vec<(Value, Column)>,
    pub(crate) columns: Vec<Column>,
}

impl Statement {
    pub(crate) fn new(sql: impl Into<Cow<'static, str>>) -> Self {
        Self { sql: sql.into(), args: Vec::new(), columns: Vec::new() }
    }

    /// Whether it surely writes nothing.
    pub(crate) fn reads(&self) -> bool {
        self.sql.starts_with("SELECT")
    }

    /// Binds the next parameter.
    #[must_use]
    pub(crate) fn bind(mut self, value: impl Into<Value>, column: Column) -> Self {
        self.args.push((value.into(), column));
        self
    }

    #[must_use]
    pub(crate) fn text(self, text: impl Into<String>) -> Self {
        self.bind(text.into(), Column::Text)
    }

    #[must_use]
    pub(crate) fn int(self, number: i64) -> Self {
        self.bind(number, Column::Int)
    }

    #[must_use]
    pub(crate) fn id(self, id: model::Uuid) -> Self {
        self.bind(id, Column::Id)
    }

    #[must_use]
    pub(crate) fn moment(self, moment: model::Timestamp) -> Self {
        self.bind(moment, Column::DateTime)
    }

    #[must_use]
    pub(crate) fn ids(self, ids: &[model::Uuid]) -> Self {
        self.bind(Value::List(ids.iter().copied().map(Value::Id).collect()), Column::Ids)
    }

    /// Says what the answer's columns hold.
    #[must_use]
    pub(crate) fn gives(mut self, columns: impl Into<Vec<Column>>) -> Self {
        self.columns = columns.into();
        self
    }
}

/// A name of the app as both databases read it.
pub(crate) fn name(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push('"');
    for c in name.chars() {
        if c == '"' {
            quoted.push('"');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}
