//! Years that begin in another month than January: their halves and quarters, what goes through them, and what is kept of them.

use engine::{
    Actor,
    series::{Cell, NoSeries, Series, Several},
};
use model::Decimal;
use serde_json::json;
use suite::Instance;

use super::support::create;
use crate::both;

const FILES: [(&str, &str); 9] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\nyear_begins: 4\n"),
    (
        "entities/call_day.yaml",
        "label: {zh-CN: 通话, en: Calls}\ndisplay: day\nfields:\n  day: {type: date, required: true, label: {zh-CN: 日期, en: Day}}\n  calls: {type: integer, label: {zh-CN: 来电, en: Calls}}\n",
    ),
    (
        "entities/event.yaml",
        "label: {zh-CN: 事件, en: Event}\ndisplay: at\nfields:\n  at: {type: datetime, required: true, label: {zh-CN: 时间, en: At}}\n  weight: {type: integer, label: {zh-CN: 权重, en: Weight}}\n",
    ),
    (
        "entities/praise.yaml",
        "label: {zh-CN: 表扬, en: Praise}\ndisplay: month\nfields:\n  month: {type: period, grain: month, required: true, label: {zh-CN: 月份, en: Month}}\n  tickets: {type: integer, label: {zh-CN: 表扬单, en: Tickets}}\n",
    ),
    (
        "dictionary/calls.yaml",
        "code: K1\nlabel: {zh-CN: 来电量, en: Calls}\ndefinition: {zh-CN: 来电, en: Calls}\ndirection: higher\nfrequency: daily\nowner: care\nplaces: 0\nmeasure: {over: call_day, time: day, simple: sum(calls)}\n",
    ),
    (
        "dictionary/so_far.yaml",
        "code: K2\nlabel: {zh-CN: 累计来电, en: Calls so far}\ndefinition: {zh-CN: 本年累计, en: This year}\ndirection: higher\nfrequency: daily\nowner: care\nplaces: 0\nmeasure: {over: call_day, time: day, cumulative: {of: sum(calls), since: year}}\n",
    ),
    (
        "dictionary/events.yaml",
        "code: K3\nlabel: {zh-CN: 事件权重, en: Events}\ndefinition: {zh-CN: 事件, en: Events}\ndirection: higher\nfrequency: daily\nowner: care\nplaces: 0\nmeasure: {over: event, time: at, simple: sum(weight)}\n",
    ),
    (
        "dictionary/praised.yaml",
        "code: K4\nlabel: {zh-CN: 表扬量, en: Praise tickets}\ndefinition: {zh-CN: 表扬, en: Praise}\ndirection: higher\nfrequency: monthly\nowner: care\nplaces: 0\nmeasure: {over: praise, time: month, simple: sum(tickets)}\n",
    ),
    (
        "roles/all.yaml",
        "label: {zh-CN: 全部, en: All}\ngrants:\n  - {entity: call_day, actions: [create, read]}\n  - {entity: event, actions: [create, read]}\n  - {entity: praise, actions: [create, read]}\n",
    ),
];

/// A question for a term from one period to another.
fn ask(actor: &Actor, term: &str, from: &str, to: &str) -> Series {
    let app = &actor.edition.app;
    let period = |text: &str| app.year_start().parse(text).unwrap();
    let (terms, from, to) = (vec![app.term_named(term).unwrap().id], period(from), period(to));
    Series { terms, from, to, subject: None, group: None, filter: None }
}

async fn cells(instance: &Instance, actor: &Actor, term: &str, from: &str, to: &str) -> anyhow::Result<Vec<Cell>> {
    Ok(instance.engine.query(actor, ask(actor, term, from, to)).await?.unwrap().remove(0).cells)
}

/// The values from one period to another, each after its period; nothing for no data.
async fn values(instance: &Instance, actor: &Actor, term: &str, from: &str, to: &str) -> anyhow::Result<String> {
    let said = cells(instance, actor, term, from, to).await?.into_iter().map(|cell| {
        let value = cell.value.map(|value| value.normalize().to_string()).unwrap_or_default();
        format!("{}={value}", cell.period)
    });
    Ok(said.collect::<Vec<_>>().join(" "))
}

both! {
    FILES;

    async fn a_year_and_its_parts_begin_where_the_app_says(instance) {
        let system = instance.engine.system();
        let all = instance.actor("all", &["all"], None).await?;
        for (day, calls) in [("2025-03-31", 1), ("2025-04-01", 2), ("2025-05-31", 4), ("2025-07-01", 8), ("2026-03-31", 16)] {
            create(instance, &system, "call_day", json!({"day": day, "calls": calls})).await?;
        }
        assert_eq!(values(instance, &all, "calls", "2024-Q4", "2025-Q4").await?, "2024-Q4=1 2025-Q1=6 2025-Q2=8 2025-Q3= 2025-Q4=16");
        assert_eq!(values(instance, &all, "calls", "2024-H2", "2025-H2").await?, "2024-H2=1 2025-H1=14 2025-H2=16");
        assert_eq!(values(instance, &all, "calls", "2024", "2026").await?, "2024=1 2025=30 2026=");
        assert_eq!(values(instance, &all, "calls", "2025-03", "2025-05").await?, "2025-03=1 2025-04=2 2025-05=4");
        // What goes through a year begins anew with it.
        assert_eq!(values(instance, &all, "so_far", "2025-03", "2025-07").await?, "2025-03=1 2025-04=2 2025-05=6 2025-06=6 2025-07=14");
        assert_eq!(values(instance, &all, "so_far", "2024-Q4", "2025-Q4").await?, "2024-Q4=1 2025-Q1=6 2025-Q2=14 2025-Q3=14 2025-Q4=30");
        // What is kept is kept of the same periods.
        while instance.engine.turn("runner").await? > 0 {}
        for (term, period, value) in [("calls", "2025-Q1", 6), ("calls", "2024", 1), ("so_far", "2025-Q2", 14)] {
            let cell = cells(instance, &all, term, period, period).await?.remove(0);
            assert_eq!((cell.value, cell.as_of.is_some()), (Some(Decimal::from(value)), true), "{term} {period}");
        }
        Ok(())
    }

    async fn moments_and_months_are_in_the_same_years(instance) {
        let system = instance.engine.system();
        let all = instance.actor("all", &["all"], None).await?;
        // In Shanghai the second of them is in April.
        for (at, weight) in [("2025-03-31T15:59:00Z", 1), ("2025-03-31T16:00:00Z", 2), ("2025-12-31T15:59:00Z", 4)] {
            create(instance, &system, "event", json!({"at": at, "weight": weight})).await?;
        }
        assert_eq!(values(instance, &all, "events", "2024", "2025").await?, "2024=1 2025=6");
        assert_eq!(values(instance, &all, "events", "2024-Q4", "2025-Q3").await?, "2024-Q4=1 2025-Q1=2 2025-Q2= 2025-Q3=4");
        for (month, tickets) in [("2025-03", 1), ("2025-04", 2), ("2025-12", 4), ("2026-01", 8), ("2026-03", 16)] {
            create(instance, &system, "praise", json!({"month": month, "tickets": tickets})).await?;
        }
        assert_eq!(values(instance, &all, "praised", "2024", "2025").await?, "2024=1 2025=30");
        assert_eq!(values(instance, &all, "praised", "2024-H2", "2025-H2").await?, "2024-H2=1 2025-H1=2 2025-H2=28");
        assert_eq!(values(instance, &all, "praised", "2025-Q1", "2025-Q4").await?, "2025-Q1=2 2025-Q2= 2025-Q3=4 2025-Q4=24");
        Ok(())
    }

    async fn several_questions_are_answered_as_each_is_alone(instance) {
        let system = instance.engine.system();
        let all = instance.actor("all", &["all"], None).await?;
        create(instance, &system, "call_day", json!({"day": "2025-04-01", "calls": 2})).await?;
        create(instance, &system, "event", json!({"at": "2025-05-01T00:00:00Z", "weight": 3})).await?;
        create(instance, &system, "praise", json!({"month": "2025-06", "tickets": 5})).await?;
        while instance.engine.turn("runner").await? > 0 {}
        let several = vec![
            ask(&all, "calls", "2025-03", "2025-06"),
            ask(&all, "calls", "2025-Q2", "2025-Q1"),
            ask(&all, "events", "2025-Q1", "2025-Q2"),
            ask(&all, "praised", "2025", "2025"),
            ask(&all, "so_far", "2025-Q1", "2025-Q2"),
        ];
        let found = instance.engine.query(&all, Several(several.clone())).await?;
        assert_eq!(found.len(), several.len());
        assert_eq!(found[1], Err(NoSeries::Range));
        for (question, found) in several.into_iter().zip(found) {
            assert_eq!(found, instance.engine.query(&all, question).await?);
        }
        // The rows of all of them come by one statement, and what is kept by another.
        let many = |times: usize| Several(vec![ask(&all, "calls", "2025", "2025"), ask(&all, "events", "2025", "2025"), ask(&all, "praised", "2025-Q1", "2025-Q2")].into_iter().cycle().take(times).collect());
        let before = instance.engine.store().reads();
        instance.engine.query(&all, many(1)).await?;
        let one = instance.engine.store().reads() - before;
        instance.engine.query(&all, many(9)).await?;
        assert_eq!(instance.engine.store().reads() - before, 2 * one);
        Ok(())
    }
}
