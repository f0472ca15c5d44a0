//! How a page of records looks to somebody, so that it can be seen later that it looks otherwise. No value leaves by it, so
//! nobody is noted as having looked.

use ::ledger::{Algorithm, Hash};
use model::RecordId;
use policy::{Aggregate, List, Request as _, authorize};
use store::{Group, Row};

use super::{Query, refused};
use crate::{Actor, Engine, QueryError, version::Telling};

/// How something looks to somebody: the same where they see the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Print(Hash);

/// Asks how a page of records looks to whoever asks.
#[derive(Debug, Clone)]
pub struct Prints {
    /// Its rows.
    pub list: List,
    /// A number over more than its rows, if it shows one.
    pub count: Option<Aggregate>,
}

/// How a page of records looks.
#[derive(Debug, Clone)]
pub struct Printed {
    /// Each of its rows, in their order.
    pub rows: Vec<(RecordId, Print)>,
    /// Whether more rows follow.
    pub more: bool,
    /// All of it.
    pub all: Print,
}

impl Query for Prints {
    type Answer = Printed;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let asking = engine.asking(actor);
        let mut list = self.list;
        let (entity, action) = list.on();
        let versions = Telling::of(actor, entity, action, &mut list.columns);
        let list = authorize(&actor.rights, actor.user, app, list)?;
        let mut page = refused(engine.store().list(app, &asking, &list).await)?;
        if let Some(versions) = versions {
            versions.tell(engine, app, &mut page.rows)?;
        }
        let groups = match self.count {
            Some(count) => {
                let count = authorize(&actor.rights, actor.user, app, count)?;
                refused(engine.store().aggregate(app, &asking, &count).await)?
            }
            None => Vec::new(),
        };
        let rows: Vec<(RecordId, Print)> = page.rows.iter().map(|row| (row.id, of_row(row))).collect();
        let more = page.next.is_some();
        Ok(Printed { all: of_all(&rows, more, &groups), rows, more })
    }
}

fn of_row(row: &Row) -> Print {
    let mut text = row.id.to_string();
    for value in &row.values {
        text.push('\n');
        text.push_str(&value.json().to_string());
    }
    Print(Algorithm::Sha256.hash(&[text.as_bytes()]))
}

fn of_all(rows: &[(RecordId, Print)], more: bool, groups: &[Group]) -> Print {
    let mut text = more.to_string();
    for number in groups.iter().flat_map(|group| &group.numbers) {
        text.push('\n');
        text.push_str(&number.json().to_string());
    }
    let rows = rows.iter().map(|(_, print)| print.0.bytes.as_slice());
    let parts: Vec<&[u8]> = std::iter::once(text.as_bytes()).chain(rows).collect();
    Print(Algorithm::Sha256.hash(&parts))
}
