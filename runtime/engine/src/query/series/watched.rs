//! The values of a term for each of those it is about, as the platform itself watches them: everything, a window of periods
//! at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use metrics::{Term, watch::Seen};
use model::{Period, RecordId, TermId};

use super::{GroupBy, Series, ask::Groups, value};
use crate::{Actor, Engine, QueryError, query::Query};

/// Periods of the first window.
const WINDOW: i32 = 62;
/// Values asked for at once: a watch over a whole year of everybody must not fill the memory of who serves the pages.
const AT_ONCE: u32 = 8_000;

/// What was seen of each subject that has data, oldest first; periods without rows are not there.
pub(crate) async fn watched(
    engine: &Engine,
    actor: &Actor,
    term: TermId,
    (from, to): (Period, Period),
    subjects: Option<&[RecordId]>,
) -> Result<BTreeMap<RecordId, Vec<Seen>>, QueryError> {
    let mut seen: BTreeMap<RecordId, Vec<Seen>> = BTreeMap::new();
    let Some(term) = actor.edition.app.term(term) else { return Ok(seen) };
    let (mut at, mut window) = (from, WINDOW);
    while at <= to {
        let end = at.later(window - 1).min(to);
        if !collect(engine, actor, term, (at, end), subjects, &mut seen).await? && window > 1 {
            window /= 2;
            continue;
        }
        at = end.next();
    }
    Ok(seen)
}

/// Adds what was seen in a window. `false`, and nothing added, where there is more than one question is answered with.
async fn collect(
    engine: &Engine,
    actor: &Actor,
    term: &Term,
    (from, to): (Period, Period),
    subjects: Option<&[RecordId]>,
    seen: &mut BTreeMap<RecordId, Vec<Seen>>,
) -> Result<bool, QueryError> {
    let app = &actor.edition.app;
    let question =
        Series { terms: vec![term.id], from, to, subject: None, group: Some(GroupBy::Subject), filter: None };
    // A rule that watches what cannot be asked does not compile.
    let Ok(asks) = question.asks(app) else { return Ok(true) };
    let mut groups = Groups::default();
    let mut found = HashMap::new();
    for ask in &asks {
        let mut statement = ask.statement(actor, AT_ONCE + 1);
        if let Some(among) = subjects.and_then(|subjects| ask.among(subjects)) {
            statement.filter = statement.filter.and(among);
        }
        let rows = statement.answer(engine, actor).await?;
        if rows.len() > AT_ONCE as usize {
            return Ok(false);
        }
        ask.sort(rows, &mut groups, &mut found);
    }
    let cells: BTreeSet<(usize, Period)> = found.values().flat_map(BTreeMap::keys).copied().collect();
    for (group, period) in cells.into_iter().filter(|(_, period)| (from..=to).contains(period)) {
        let Some(subject) = groups.values.get(group).and_then(model::Value::as_id) else { continue };
        let (parts, value) = value(app, term, group, period, &found);
        let (numerator, denominator) = (parts.numerator, parts.divisor());
        seen.entry(subject).or_default().push(Seen { period, value, numerator, denominator });
    }
    Ok(true)
}
