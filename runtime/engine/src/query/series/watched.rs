//! The values of a term for each of those it is about, as the platform itself watches them: everything, a window of periods
//! at a time, each measured by the version of the term that counts for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use metrics::{Parts, Term, watch::Seen};
use model::{Period, RecordId, TermId, Value};
use store::StoreError;

use super::{GroupBy, Owners, Series, Told, ask::Groups, value};
use crate::{Actor, Engine, QueryError, query::Query};

/// Periods of the first window.
const WINDOW: i32 = 62;
/// Subjects of one period, which cannot be asked for in parts.
const MOST_SUBJECTS: u32 = 1_000_000;

/// The parts of terms, by group and period.
type Found = HashMap<TermId, BTreeMap<(usize, Period), Parts>>;

/// What was seen of each subject that has data, oldest first, or of what the subjects lead to; periods without rows are not
/// there, nor are those whose version of the term can no longer be read.
pub(crate) async fn watched(
    engine: &Engine,
    actor: &Actor,
    term: TermId,
    (from, to): (Period, Period),
    subjects: Option<&[RecordId]>,
    owners: Option<&Owners>,
) -> Result<BTreeMap<RecordId, Vec<Seen>>, QueryError> {
    let mut seen: BTreeMap<RecordId, Vec<Seen>> = BTreeMap::new();
    for span in engine.spans(actor, term, (from, to)).await? {
        let then = match &span.told {
            Told::Now => actor,
            Told::Then(then) => then,
            Told::Gone => continue,
        };
        let Some(term) = then.edition.app.term(term) else { continue };
        let (mut at, mut window) = (span.from, WINDOW);
        while at <= span.to {
            let end = at.later(window - 1).min(span.to);
            if !collect(engine, then, term, (at, end), (subjects, owners), &mut seen).await? && window > 1 {
                window /= 2;
                continue;
            }
            at = end.next();
        }
    }
    Ok(seen)
}

/// Adds what was seen in a window. `false`, and nothing added, where there is more than one question is answered with.
async fn collect(
    engine: &Engine,
    actor: &Actor,
    term: &Term,
    (from, to): (Period, Period),
    (subjects, owners): (Option<&[RecordId]>, Option<&Owners>),
    seen: &mut BTreeMap<RecordId, Vec<Seen>>,
) -> Result<bool, QueryError> {
    let app = &actor.edition.app;
    let question =
        Series { terms: vec![term.id], from, to, subject: None, group: Some(GroupBy::Subject), filter: None };
    // A rule that watches what cannot be asked does not compile.
    let Ok(asks) = question.asks(app) else { return Ok(true) };
    let mut groups = Groups::default();
    let mut found = Found::new();
    // A watch over a whole year of everybody must not fill the memory of who serves the pages. A single period is asked for as
    // it is, however many it is about: what is left out would be a wrong number.
    let most = if from == to { MOST_SUBJECTS } else { engine.bounds().watched };
    for ask in &asks {
        let mut statement = ask.statement(actor, most + 1);
        if let Some(among) = subjects.and_then(|subjects| ask.among(subjects)) {
            statement.filter = statement.filter.and(among);
        }
        let rows = statement.answer(engine, actor).await?;
        if rows.len() > most as usize {
            return if from == to {
                Err(StoreError::Misfit("a period of a watched term is about too many").into())
            } else {
                Ok(false)
            };
        }
        ask.sort(rows, &mut groups, &mut found);
    }
    if let Some(owners) = owners {
        (groups, found) = together(owners, &groups, found);
    }
    let cells: BTreeSet<(usize, Period)> = found.values().flat_map(BTreeMap::keys).copied().collect();
    for (group, period) in cells.into_iter().filter(|(_, period)| (from..=to).contains(period)) {
        let Some(subject) = groups.values.get(group).and_then(Value::as_id) else { continue };
        let (parts, value) = value(app, term, group, period, &found);
        let (numerator, denominator) = (parts.numerator, parts.divisor());
        seen.entry(subject).or_default().push(Seen { period, value, numerator, denominator, place: None });
    }
    Ok(true)
}

/// The numbers of subjects that lead to the same, added up. What leads nowhere is in no number, nor is a sum of more digits
/// than a number holds.
fn together(owners: &Owners, groups: &Groups, found: Found) -> (Groups, Found) {
    let (mut sums, mut all) = (Groups::default(), Found::new());
    for (term, cells) in found {
        let mut own: BTreeMap<(usize, Period), Option<Parts>> = BTreeMap::new();
        for ((group, period), parts) in cells {
            let subject = groups.values.get(group).and_then(Value::as_id);
            let Some(owner) = subject.and_then(|subject| owners.on(subject, period.last())) else { continue };
            let sum = own.entry((sums.of(&Value::Id(owner)), period)).or_insert(Some(Parts::default()));
            *sum = sum.and_then(|sum| sum.plus(&parts));
        }
        all.insert(term, own.into_iter().filter_map(|(at, sum)| Some((at, sum?))).collect());
    }
    (sums, all)
}
