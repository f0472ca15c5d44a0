//! What a publish changes in who may do what, for its entry on the ledger: the same difference of the access table that whoever
//! publishes reads beforehand.

use app::{
    App,
    access::{Change, Moved},
};

use crate::{Act, Edition};

/// Changes that an entry names at most; of more it says how many.
const MOST: usize = 100;

/// Says in an act which role gained or lost which action on which entity, and which other facts about rights changed. Nothing
/// where nothing was published before: all of it is new then, and the definition says what.
pub(crate) fn told(act: Act, before: &Edition, after: &App) -> Act {
    if before.version == 0 {
        return act;
    }
    let mut changes: Vec<String> = app::access::changes(&before.app, after).iter().map(line).collect();
    // Several conditions of one action are several rows of the table, beside each other.
    changes.dedup();
    changes.extend(app::access::moves(&before.app, after).iter().map(fact_line));
    let more = changes.len().saturating_sub(MOST);
    changes.truncate(MOST);
    let act = if changes.is_empty() { act } else { act.fact("access", changes) };
    if more > 0 { act.fact("access-more", more) } else { act }
}

/// `+ clerk read person`, or `- clerk read person` for what is no longer given.
fn line(change: &Change) -> String {
    let mark = if change.gains { '+' } else { '-' };
    format!("{mark} {} {} {}", change.role, change.action.word(), change.entity)
}

/// `+ clerk administers system`, or `- person public age …` for what no longer holds.
fn fact_line(moved: &Moved) -> String {
    let mark = if moved.holds { '+' } else { '-' };
    format!("{mark} {}", moved.fact.line())
}
