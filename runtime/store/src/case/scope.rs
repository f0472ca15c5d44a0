//! The cases of a workflow that are meant: all of them, or those about records for which a condition holds.

use app::App;
use policy::{Authorized, Bin, List};

use crate::{
    Asking, StoreError,
    sql::{Dialect, Printer, Statement, path::bin, select},
};

/// Cases of a workflow.
#[derive(Clone, Copy)]
pub struct CasesOf<'a> {
    /// Its name.
    pub workflow: &'a str,
    /// Only those about these records; all of them when `None`.
    pub about: Option<About<'a>>,
}

/// Records that cases are about.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// The app that says what tables they are in.
    pub app: &'a App,
    /// Who asks for them, and when.
    pub asking: &'a Asking,
    /// Those of this list, however long it is and in whatever order.
    pub records: &'a Authorized<List>,
}

impl<'a> CasesOf<'a> {
    /// All cases of a workflow.
    pub fn all(workflow: &'a str) -> Self {
        Self { workflow, about: None }
    }

    /// The condition that a case is one of these as far as its record goes, to stand after others; `record` is the SQL of what a
    /// case is about. What it needs is bound after what the statement has bound already.
    pub(super) fn narrow(
        &self,
        dialect: Dialect,
        statement: &mut Statement,
        record: &str,
    ) -> Result<String, StoreError> {
        let Some(about) = self.about else { return Ok(String::new()) };
        let bound = statement.args.len();
        let mut printer = Printer::of_many(about.app, about.asking, dialect);
        printer.args = std::mem::take(&mut statement.args);
        let mut conditions = vec![format!("t0.id = {record}"), bin(0, about.records.bin == Bin::Inside)];
        select::also(&mut printer, &mut conditions, &about.records.rows(), None)?;
        select::also(&mut printer, &mut conditions, &about.records.within, None)?;
        let from = printer.from(about.records.entity)?;
        let narrowed = format!(" AND EXISTS (SELECT 1 FROM {from} WHERE {})", conditions.join(" AND "));
        statement.args = printer.args;
        // What was bound for a part that was left out again is left out, as [`Printer::statement`] does.
        while statement.args.len() > bound && !narrowed.contains(&format!("${}", statement.args.len())) {
            statement.args.pop();
        }
        Ok(narrowed)
    }
}
