//! Tables of decisions and what they rest on. They are handed in when their citations are there, and then approved.

use super::{Row, Table, Tier, table};
use crate::decisions;
use crate::tables::Citation;

const APP: &str = "performance-management";

/// The same in every tier: all belong to people of the first centre.
pub(super) fn tables(_: Tier) -> Vec<Table> {
    let all = decisions::decisions();
    let kept = decisions::conclusions();
    let links: Vec<(String, String)> = kept.clone().map(|(decision, kept)| (decision, kept.code)).collect();
    let linked = move |decision: &str| links.iter().find(|(known, _)| known == decision).map(|(_, kept)| kept.clone());
    let citing = all.clone().filter(|decision| decision.citation != Citation::Missing);
    let done = all.clone().filter(|decision| decision.approved);
    let status = |status: &'static str| {
        let done = done.clone();
        let rows = done.clone().map(move |decision| Row::new(&decision.code).value("status", status));
        Table { update: true, ..table(APP, "decision", done.count(), rows, |row| row) }
    };
    let (handed_in, approved) = (status("submitted"), status("approved"));
    vec![
        table(APP, "conclusion", kept.clone().count(), kept, |(_, kept)| {
            Row::new(&kept.code)
                .value("code", kept.code)
                .value("title", kept.title)
                .value("term", kept.term)
                .value("period", kept.period)
                .value("value", kept.value)
                .value("unit_of_measure", kept.unit)
                .value("taken_on", kept.taken_on)
                .refer("taken_by", "person", Some(kept.taken_by))
        }),
        table(APP, "decision", all.clone().count(), all, |decision| {
            Row::new(&decision.code)
                .value("code", decision.code)
                .value("title", decision.title)
                .value("kind", decision.kind)
                .value("decided_on", decision.decided_on)
                .refer("owner", "person", Some(decision.owner))
                .refer("reviewer", "person", Some(decision.reviewer))
                .value("rationale", decision.rationale)
                .value("status", "draft")
        }),
        table(APP, "citation", citing.clone().count(), citing, move |decision| {
            let row = Row::new(&decision.code)
                .refer("decision", "decision", Some(&decision.code))
                .refer("conclusion", "conclusion", linked(&decision.code))
                .refer("confirmed_by", "person", Some(decision.reviewer));
            let words = decision.citation == Citation::TextOnly;
            row.value("quote", if words { "大家都反映等候时间太长" } else { "" })
        }),
        handed_in,
        approved,
    ]
}
