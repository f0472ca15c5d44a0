//! Numbers that are kept: the same whatever way the rows came, compared only where nobody is told apart, and true to the
//! version they were measured by.

use engine::{
    Actor, Command,
    series::{Cell, Filter, GroupBy, Place, Series},
};
use jiff::SignedDuration;
use model::{Decimal, Period, RecordId};
use serde_json::json;
use store::{Asked, Snapshot};
use suite::Instance;

use super::support::{create, try_update};
use crate::both;

const FILES: [(&str, &str); 8] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  post: {type: text, label: {zh-CN: 岗位, en: Post}}\n",
    ),
    (
        "entities/call_day.yaml",
        "label: {zh-CN: 通话, en: Calls}\ndisplay: day\nunique:\n  - {fields: [person, day], again: update}\nfields:\n  person: {type: person, required: true, label: {zh-CN: 人员, en: Person}}\n  day: {type: date, required: true, label: {zh-CN: 日期, en: Day}}\n  calls: {type: integer, label: {zh-CN: 来电, en: Calls}}\n  lost: {type: integer, label: {zh-CN: 流失, en: Lost}}\n  note: {type: text, label: {zh-CN: 备注, en: Note}}\n",
    ),
    ("dictionary/calls.yaml", CALLS),
    (
        "dictionary/lost_rate.yaml",
        "code: K2\nlabel: {zh-CN: 流失率, en: Lost}\ndefinition: {zh-CN: 流失的来电, en: Calls lost}\nunit: '%'\ndirection: lower\nfrequency: daily\nowner: care\npeers: person.post\nmeasure: {over: call_day, time: day, subject: person, ratio: {numerator: sum(lost), denominator: sum(calls), times: 100}}\n",
    ),
    (
        "dictionary/so_far.yaml",
        "code: K3\nlabel: {zh-CN: 累计来电, en: Calls so far}\ndefinition: {zh-CN: 本年累计, en: This year}\ndirection: higher\nfrequency: daily\nowner: care\nmeasure: {over: call_day, time: day, subject: person, cumulative: {of: sum(calls), since: year}}\n",
    ),
    (
        "roles/all.yaml",
        "label: {zh-CN: 全部, en: All}\ngrants:\n  - {entity: person, actions: [read, update]}\n  - {entity: call_day, actions: [create, read, update, delete, restore]}\n",
    ),
    (
        "roles/own.yaml",
        "label: {zh-CN: 本人, en: Own}\ngrants:\n  - {entity: person, actions: [read]}\n  - {entity: call_day, actions: [read], where: 'person == actor.person'}\n",
    ),
];

const CALLS: &str = "code: K1\nlabel: {zh-CN: 来电量, en: Calls}\ndefinition: {zh-CN: 来电, en: Calls}\ndirection: higher\nfrequency: daily\nowner: care\nplaces: 0\npeers: person.post\nmeasure: {over: call_day, time: day, subject: person, simple: sum(calls)}\n";

/// Lets the runner do everything there is to do.
async fn settle(instance: &Instance) -> anyhow::Result<()> {
    while instance.engine.turn("runner").await? > 0 {}
    Ok(())
}

async fn people(instance: &Instance, posts: &[&str]) -> anyhow::Result<Vec<RecordId>> {
    let system = instance.engine.system();
    let mut ids = Vec::new();
    for (at, post) in posts.iter().enumerate() {
        ids.push(create(instance, &system, "person", json!({"name": format!("P{at}"), "post": post})).await?);
    }
    Ok(ids)
}

async fn call(instance: &Instance, who: RecordId, day: &str, calls: i64, lost: i64) -> anyhow::Result<RecordId> {
    let row = json!({"person": who, "day": day, "calls": calls, "lost": lost});
    create(instance, &instance.engine.system(), "call_day", row).await
}

/// What is kept of every term, without when it was worked out.
async fn kept(instance: &Instance, terms: &[&str]) -> anyhow::Result<Vec<Snapshot>> {
    let mut all = Vec::new();
    for (grain, from, to) in
        [("month", "2025-01", "2025-12"), ("quarter", "2025-Q1", "2025-Q4"), ("year", "2025", "2025")]
    {
        let asked = Asked { terms, grain, from: from.to_owned(), to: to.to_owned(), subject: None };
        all.extend(instance.engine.store().snapshots().of(&[asked], 10_000).await?);
    }
    Ok(all.into_iter().map(|one| Snapshot { as_of: jiff::Timestamp::UNIX_EPOCH, ..one }).collect())
}

async fn cells(
    instance: &Instance,
    actor: &Actor,
    term: &str,
    (from, to): (&str, &str),
    subject: Option<RecordId>,
) -> anyhow::Result<Vec<Cell>> {
    let ask = Series {
        terms: vec![actor.edition.app.term_named(term).unwrap().id],
        from: Period::parse(from).unwrap(),
        to: Period::parse(to).unwrap(),
        subject,
        group: subject.is_none().then_some(GroupBy::Subject),
        filter: None,
    };
    Ok(instance.engine.query(actor, ask).await?.unwrap().remove(0).cells)
}

fn n(text: &str) -> Decimal {
    text.parse().unwrap()
}

both! {
    FILES;

    async fn a_value_stands_among_its_peers(instance) {
        let posts = ["nurse", "nurse", "nurse", "nurse", "nurse", "nurse", "nurse", "nurse", "nurse", "nurse", "guard"];
        let ids = people(instance, &posts).await?;
        for (who, calls) in ids.iter().zip([0, 0, 1, 1, 2, 2, 2, 2, 4, 4, 9]) {
            call(instance, *who, "2025-10-06", calls, 0).await?;
        }
        settle(instance).await?;
        let all = instance.actor("all", &["all"], None).await?;
        let range = ("2025-10", "2025-10");
        let found = cells(instance, &all, "calls", range, None).await?;
        let place = |at: usize| found.iter().find(|cell| cell.group.as_id() == Some(ids[at])).unwrap().peers;
        let percentiles: Vec<Decimal> = (0..10).map(|at| model::decimal::round_half_up(place(at).unwrap().percentile, 2)).collect();
        let expected = ["0.00", "0.00", "22.22", "22.22", "44.44", "44.44", "44.44", "44.44", "88.89", "88.89"].map(n);
        assert_eq!(percentiles, expected);
        let figures = place(0).unwrap().figures;
        assert_eq!((figures.count, figures.mean, figures.median), (10, n("1.8"), n("2")));
        assert_eq!((figures.lower, figures.upper), (n("1"), n("2")));
        assert_eq!(place(10), None, "one guard is too few to say anything of guards");
        Ok(())
    }

    async fn peers_show_beside_a_value_that_is_seen_whole(instance) {
        let ids = people(instance, &["nurse"; 5]).await?;
        for (who, lost) in ids.iter().zip([5, 4, 3, 2, 1]) {
            call(instance, *who, "2025-10-06", 10, lost).await?;
        }
        settle(instance).await?;
        let own = instance.actor("own", &["own"], Some(ids[4])).await?;
        let range = ("2025-10", "2025-10");
        let mine = cells(instance, &own, "lost_rate", range, Some(ids[4])).await?;
        let place = mine[0].peers.unwrap();
        assert_eq!((mine[0].value, place.percentile), (Some(n("10")), n("100")), "less is better");
        assert_eq!(place.figures.median, n("30"));
        let other = cells(instance, &own, "lost_rate", range, Some(ids[0])).await?;
        assert_eq!((other[0].value, other[0].peers), (None, None));
        // Four are too few.
        let call_day = instance.entity("call_day")?;
        let system = instance.engine.system();
        let gone = call(instance, ids[0], "2025-10-06", 10, 5).await?;
        instance.engine.execute(&system, Command::Delete { entity: call_day, id: gone, expected: None }).await?;
        let before = cells(instance, &own, "lost_rate", range, Some(ids[4])).await?;
        assert!(before[0].peers.is_some(), "until the runner has been there");
        settle(instance).await?;
        assert_eq!(cells(instance, &own, "lost_rate", range, Some(ids[4])).await?[0].peers, None);
        Ok(())
    }

    async fn the_way_rows_came_leaves_no_trace(instance) {
        let ids = people(instance, &["nurse"; 6]).await?;
        let rows: Vec<(usize, String, i64, i64)> = (0..6)
            .flat_map(|who| (1..=3_usize).map(move |day| (who, format!("2025-{:02}-{:02}", 8 + day, 10 + who), (who * 7 + day * 3) as i64 + 5, day as i64)))
            .collect();
        for (who, day, calls, lost) in &rows {
            call(instance, ids[*who], day, *calls, *lost).await?;
        }
        settle(instance).await?;
        let terms = ["calls", "lost_rate", "so_far"];
        let straight = kept(instance, &terms).await?;
        assert!(straight.len() > 100, "{}", straight.len());
        // Everything goes, and comes back in another order, with wrong values first, twice, and corrected late.
        let call_day = instance.entity("call_day")?;
        let system = instance.engine.system();
        let mut records = Vec::new();
        for (who, day, calls, lost) in rows.iter().rev() {
            let id = call(instance, ids[*who], day, calls + 100, *lost).await?;
            records.push((id, *calls));
            settle(instance).await?;
            let again = call(instance, ids[*who], day, calls + 100, *lost).await?;
            assert_eq!(id, again, "the same row again is the same row");
        }
        assert_ne!(kept(instance, &terms).await?, straight);
        let moved = records[0].0;
        try_update(instance, &system, "call_day", moved, None, json!({"day": "2025-02-01"})).await?;
        settle(instance).await?;
        try_update(instance, &system, "call_day", moved, None, json!({"day": rows[rows.len() - 1].1})).await?;
        instance.engine.execute(&system, Command::Delete { entity: call_day, id: moved, expected: None }).await?;
        settle(instance).await?;
        instance.engine.execute(&system, Command::Restore { entity: call_day, id: moved }).await?;
        for (id, calls) in records {
            try_update(instance, &system, "call_day", id, None, json!({"calls": calls})).await?;
        }
        settle(instance).await?;
        let crooked = kept(instance, &terms).await?;
        let known = |all: &[Snapshot]| -> Vec<Snapshot> {
            all.iter().filter(|one| one.value.is_some() || one.parts.numerator.is_some()).cloned().collect()
        };
        assert_eq!(known(&crooked), known(&straight));
        Ok(())
    }

    async fn only_the_periods_that_changed_are_worked_out_anew(instance) {
        let ids = people(instance, &["nurse"]).await?;
        call(instance, ids[0], "2025-09-10", 1, 0).await?;
        let october = call(instance, ids[0], "2025-10-10", 2, 0).await?;
        settle(instance).await?;
        let system = instance.engine.system();
        let as_of = async || {
            let found = cells(instance, &system, "calls", ("2025-09", "2025-10"), Some(ids[0])).await?;
            anyhow::Ok([found[0].as_of, found[1].as_of])
        };
        let before = as_of().await?;
        instance.clock.pass(SignedDuration::from_mins(5));
        try_update(instance, &system, "call_day", october, None, json!({"note": "seen"})).await?;
        settle(instance).await?;
        assert_eq!(as_of().await?, before, "a note is in no number");
        try_update(instance, &system, "call_day", october, None, json!({"calls": 3})).await?;
        settle(instance).await?;
        let after = as_of().await?;
        assert_eq!(after[0], before[0]);
        assert_eq!(after[1], before[1].map(|at| at + SignedDuration::from_mins(5)));
        Ok(())
    }

    async fn a_finished_period_stays_on_its_version(instance) {
        let ids = people(instance, &["nurse"; 5]).await?;
        for who in &ids {
            call(instance, *who, "2025-10-10", 10, 4).await?;
            call(instance, *who, "2025-11-10", 10, 4).await?;
        }
        settle(instance).await?;
        let next = CALLS.replace("code: K1", "code: K1\nversion: 2").replace("sum(calls)", "sum(lost)");
        let mut files = FILES;
        let at = files.iter().position(|(path, _)| *path == "dictionary/calls.yaml").unwrap();
        files[at].1 = &next;
        instance.publish(&files, &[]).await?;
        settle(instance).await?;
        let shown = |cells: &[Cell]| -> Vec<(Option<Decimal>, u32)> {
            cells.iter().map(|cell| (cell.value, cell.version)).collect()
        };
        let range = ("2025-10", "2025-11");
        let own = instance.actor("own", &["own"], Some(ids[0])).await?;
        let found = cells(instance, &own, "calls", range, Some(ids[0])).await?;
        assert_eq!(shown(&found), [(Some(n("10")), 1), (Some(n("4")), 2)]);
        assert!(found[0].peers.is_some());
        // A correction of what is finished does not measure it by another meaning.
        call(instance, ids[0], "2025-10-10", 10, 5).await?;
        settle(instance).await?;
        let found = cells(instance, &own, "calls", range, Some(ids[0])).await?;
        assert_eq!(shown(&found), [(Some(n("10")), 1), (Some(n("4")), 2)]);
        Ok(())
    }

    async fn a_version_counts_from_its_day_however_its_numbers_are_asked_for(instance) {
        let ids = people(instance, &["nurse"; 5]).await?;
        for who in &ids {
            for day in ["2025-10-10", "2025-11-12", "2025-11-19", "2025-11-20"] {
                call(instance, *who, day, 10, 4).await?;
            }
        }
        settle(instance).await?;
        let next = CALLS.replace("code: K1", "code: K1\nversion: 2").replace("sum(calls)", "sum(lost)");
        let mut files = FILES;
        let at = files.iter().position(|(path, _)| *path == "dictionary/calls.yaml").unwrap();
        files[at].1 = &next;
        instance.publish(&files, &[]).await?;
        let asked = async |from: &str, to: &str, group: Option<GroupBy>, filter: Option<Filter>| {
            let system = instance.engine.system();
            let terms = vec![system.edition.app.term_named("calls").unwrap().id];
            let (from, to) = (Period::parse(from).unwrap(), Period::parse(to).unwrap());
            let ask = Series { terms, from, to, subject: None, group, filter };
            let cells = instance.engine.query(&system, ask).await?.unwrap().remove(0).cells;
            anyhow::Ok(cells.iter().map(|cell| (cell.value, cell.version)).collect::<Vec<_>>())
        };
        let by_post = || Some(GroupBy::Path("person.post".to_owned()));
        let nurses = || Some(Filter::Places(vec![Place::At("person.post".to_owned(), "nurse".into())]));
        let months = [(Some(n("50")), 1), (Some(n("60")), 2)];
        assert_eq!(asked("2025-10", "2025-11", None, None).await?, months);
        assert_eq!(asked("2025-10", "2025-11", by_post(), None).await?, months, "grouped");
        assert_eq!(asked("2025-10", "2025-11", None, nurses()).await?, months, "filtered");
        assert_eq!(asked("2025-11-19", "2025-11-20", None, None).await?, [(Some(n("50")), 1), (Some(n("20")), 2)], "days");
        assert_eq!(asked("2025-W46", "2025-W47", None, None).await?, [(Some(n("50")), 1), (Some(n("40")), 2)], "weeks");
        // What comes late is measured as the period was, and so it is kept.
        call(instance, ids[0], "2025-10-10", 12, 5).await?;
        settle(instance).await?;
        assert_eq!(asked("2025-10", "2025-10", by_post(), None).await?, [(Some(n("52")), 1)]);
        let kept = kept(instance, &["calls"]).await?;
        let own = kept.iter().find(|one| one.period == "2025-10" && one.subject == ids[0]).unwrap();
        assert_eq!((own.value, own.version), (Some(n("12")), 1));
        // Taken back, the first version counts again, and what is finished stays.
        instance.publish(&FILES, &[]).await?;
        assert_eq!(asked("2025-10", "2025-11", None, None).await?, [(Some(n("52")), 1), (Some(n("150")), 1)]);
        Ok(())
    }

    async fn what_a_version_kept_is_not_told_where_its_rows_are_nobodys_any_more(instance) {
        let ids = people(instance, &["nurse"; 5]).await?;
        for who in &ids {
            call(instance, *who, "2025-10-10", 10, 4).await?;
        }
        settle(instance).await?;
        // The new version counts rows that there are not, for anybody.
        let next = CALLS.replace("code: K1", "code: K1\nversion: 2").replace("sum(calls)}", "sum(calls), where: calls > 1000}");
        let mut files = FILES;
        let at = files.iter().position(|(path, _)| *path == "dictionary/calls.yaml").unwrap();
        files[at].1 = &next;
        instance.publish(&files, &[]).await?;
        settle(instance).await?;
        let range = ("2025-10", "2025-10");
        let all = instance.actor("all", &["all"], None).await?;
        let found = cells(instance, &all, "calls", range, Some(ids[0])).await?;
        assert_eq!((found[0].value, found[0].version), (Some(n("10")), 1));
        let stranger = instance.actor("own", &["own"], Some(ids[1])).await?;
        let found = cells(instance, &stranger, "calls", range, Some(ids[0])).await?;
        assert!(found.iter().all(|cell| cell.value.is_none() && cell.peers.is_none()), "{found:?}");
        Ok(())
    }
}
