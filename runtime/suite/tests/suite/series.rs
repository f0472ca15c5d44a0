//! Terms over periods: exact, in the zone where days begin, with the reader's rights, and down to the rows.

use engine::{
    Actor,
    series::{Behind, Fresh, Freshness, GroupBy, NoSeries, Series, TermSeries},
};
use formula::Predicate;
use jiff::SignedDuration;
use model::{Grain, Period, RecordId, Value};
use policy::List;
use serde_json::{Value as Json, json};
use suite::Instance;

use super::support::{create, list, try_update};
use crate::both;

const FILES: [(&str, &str); 19] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/unit.yaml",
        "label: {zh-CN: 单位, en: Unit}\nstands_for: unit\ndisplay: code\nkey: code\nfields:\n  code: {type: text, label: {zh-CN: 编码, en: Code}}\n  parent: {type: department, label: {zh-CN: 上级, en: Parent}, stands_for: parent_unit}\n",
    ),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  unit: {type: department, label: {zh-CN: 单位, en: Unit}, stands_for: unit}\n  goal: {type: decimal, label: {zh-CN: 目标, en: Goal}}\n",
    ),
    (
        "entities/call_day.yaml",
        "label: {zh-CN: 通话, en: Calls}\ndisplay: day\nfields:\n  person: {type: person, required: true, label: {zh-CN: 人员, en: Person}}\n  day: {type: date, label: {zh-CN: 日期, en: Day}}\n  calls: {type: integer, label: {zh-CN: 来电, en: Calls}}\n  solved: {type: integer, label: {zh-CN: 解决, en: Solved}}\n  level: {type: decimal, places: 2, label: {zh-CN: 水平, en: Level}}\n",
    ),
    (
        "entities/event.yaml",
        "label: {zh-CN: 事件, en: Event}\ndisplay: at\nfields:\n  person: {type: person, label: {zh-CN: 人员, en: Person}}\n  at: {type: datetime, label: {zh-CN: 时间, en: At}}\n  score: {type: integer, label: {zh-CN: 评分, en: Score}}\n",
    ),
    (
        "entities/praise.yaml",
        "label: {zh-CN: 表扬, en: Praise}\ndisplay: month\nfields:\n  person: {type: person, label: {zh-CN: 人员, en: Person}}\n  month: {type: period, grain: month, label: {zh-CN: 月份, en: Month}}\n  tickets: {type: integer, label: {zh-CN: 工单, en: Tickets}}\n",
    ),
    ("dictionary/solved_rate.yaml", SOLVED),
    (
        "dictionary/calls.yaml",
        "code: K1\nlabel: {zh-CN: 来电量, en: Calls}\ndefinition: {zh-CN: 接听的来电数, en: Calls taken}\ndirection: higher\nfrequency: daily\nowner: care\nplaces: 0\ntarget: goal\nmeasure: {over: call_day, time: day, subject: person, simple: sum(calls)}\n",
    ),
    (
        "dictionary/level.yaml",
        "code: K2\nlabel: {zh-CN: 水平, en: Level}\ndefinition: {zh-CN: 按来电加权的水平, en: Level weighted by calls}\ndirection: higher\nfrequency: daily\nowner: care\nmeasure: {over: call_day, time: day, subject: person, weighted: {value: level, weight: calls}}\n",
    ),
    (
        "dictionary/so_far.yaml",
        "code: K3\nlabel: {zh-CN: 累计来电, en: Calls so far}\ndefinition: {zh-CN: 本季度累计, en: Since the quarter began}\ndirection: higher\nfrequency: daily\nowner: care\nplaces: 0\nmeasure: {over: call_day, time: day, subject: person, cumulative: {of: sum(calls), since: quarter}}\n",
    ),
    (
        "dictionary/promoters.yaml",
        "code: K4\nlabel: {zh-CN: 推荐者占比, en: Promoters}\ndefinition: {zh-CN: 评分不低于九, en: Scores of nine and more}\nunit: '%'\ndirection: higher\nfrequency: daily\nowner: care\nmeasure: {over: event, time: at, ratio: {numerator: {of: count, where: score >= 9}, denominator: count, times: 100}}\n",
    ),
    (
        "dictionary/detractors.yaml",
        "code: K5\nlabel: {zh-CN: 贬损者占比, en: Detractors}\ndefinition: {zh-CN: 评分不高于六, en: Scores of six and less}\nunit: '%'\ndirection: lower\nfrequency: daily\nowner: care\nmeasure: {over: event, time: at, ratio: {numerator: {of: count, where: score <= 6}, denominator: count, times: 100}}\n",
    ),
    (
        "dictionary/nps.yaml",
        "code: K6\nlabel: {zh-CN: 净推荐值, en: NPS}\ndefinition: {zh-CN: 推荐者占比减贬损者占比, en: Promoters less detractors}\ndirection: higher\nfrequency: daily\nowner: care\nmeasure: {derived: promoters - detractors}\n",
    ),
    (
        "dictionary/praise.yaml",
        "code: K7\nlabel: {zh-CN: 表扬工单, en: Praise}\ndefinition: {zh-CN: 表扬工单数, en: Tickets of praise}\ndirection: higher\nfrequency: monthly\nowner: care\nplaces: 0\nmeasure: {over: praise, time: month, subject: person, simple: sum(tickets)}\n",
    ),
    (
        "dictionary/praise_per_call.yaml",
        "code: K8\nlabel: {zh-CN: 每通表扬, en: Praise per call}\ndefinition: {zh-CN: 表扬除以来电, en: Praise by calls}\ndirection: higher\nfrequency: monthly\nowner: care\nplaces: 4\nmeasure: {derived: praise / calls}\n",
    ),
    (
        "roles/all.yaml",
        "label: {zh-CN: 全部, en: All}\ngrants:\n  - {entity: unit, actions: [read]}\n  - {entity: person, actions: [read]}\n  - {entity: call_day, actions: [create, read, update, delete]}\n  - {entity: event, actions: [create, read]}\n  - {entity: praise, actions: [read]}\n",
    ),
    (
        "roles/own.yaml",
        "label: {zh-CN: 本人, en: Own}\ngrants:\n  - {entity: person, actions: [read], read: [name, unit]}\n  - {entity: unit, actions: [read]}\n  - {entity: call_day, actions: [read], where: 'person == actor.person'}\n",
    ),
    (
        "roles/part.yaml",
        "label: {zh-CN: 部分, en: Part}\ngrants:\n  - {entity: call_day, actions: [read], read: [person, day, calls]}\n  - {entity: call_day, actions: [read], where: 'person == actor.person'}\n  - {entity: person, actions: [read]}\n",
    ),
    (
        "roles/none.yaml",
        "label: {zh-CN: 无, en: None}\ngrants:\n  - {entity: call_day, actions: [read], read: [person, day]}\n",
    ),
];

const SOLVED: &str = "
code: K06
label: {zh-CN: 首呼解决率, en: First-call resolution}
definition: {zh-CN: 首次来电即解决的占比, en: Calls solved at once}
unit: '%'
direction: higher
frequency: daily
owner: care
places: 4
target: 80
scale:
  curve: {threshold: 70, target: 80, stretch: 90}
  grades: [{from: 105, grade: S, factor: '1.5'}, {from: 95, grade: A}, {grade: B}]
measure:
  over: call_day
  time: day
  subject: person
  ratio: {numerator: sum(solved), denominator: sum(calls), times: 100}
";

async fn series(
    instance: &Instance,
    actor: &Actor,
    terms: &[&str],
    (from, to): (&str, &str),
    subject: Option<RecordId>,
    group: Option<&str>,
) -> anyhow::Result<Result<Vec<TermSeries>, NoSeries>> {
    let app = &actor.edition.app;
    let ask = Series {
        terms: terms.iter().map(|name| app.term_named(name).unwrap().id).collect(),
        from: Period::parse(from).unwrap(),
        to: Period::parse(to).unwrap(),
        subject,
        group: group.map(|group| match group {
            "subject" => GroupBy::Subject,
            path => GroupBy::Path(path.to_owned()),
        }),
        filter: None,
    };
    Ok(instance.engine.query(actor, ask).await?)
}

/// The values of one term as they are shown, by period; `-` is no data.
async fn values(
    instance: &Instance,
    actor: &Actor,
    term: &str,
    range: (&str, &str),
    subject: Option<RecordId>,
) -> anyhow::Result<String> {
    let found = series(instance, actor, &[term], range, subject, None).await?.unwrap();
    let known = actor.edition.app.term_named(term).unwrap();
    let shown = found[0].cells.iter().map(|cell| {
        let value = cell.shown(known).map_or("-".to_owned(), |value| value.normalize().to_string());
        format!("{} {value}", cell.period)
    });
    Ok(shown.collect::<Vec<_>>().join(", "))
}

struct World {
    system: Actor,
    ann: RecordId,
    bob: RecordId,
    north: RecordId,
}

impl World {
    async fn make(instance: &Instance) -> anyhow::Result<Self> {
        let system = instance.engine.system();
        let north = create(instance, &system, "unit", json!({"code": "north"})).await?;
        let south = create(instance, &system, "unit", json!({"code": "south"})).await?;
        let ann = create(instance, &system, "person", json!({"name": "Ann", "unit": north, "goal": "50"})).await?;
        let bob = create(instance, &system, "person", json!({"name": "Bob", "unit": south})).await?;
        for (who, day, calls, solved, level) in [
            (ann, "2025-09-30", 10, 5, "1.00"),
            (ann, "2025-10-01", 30, 20, "2.50"),
            (ann, "2025-10-31", 30, 30, "4.00"),
            (ann, "2025-11-19", 40, 33, "3.00"),
            (bob, "2025-10-15", 20, 10, "5.00"),
            (bob, "2025-12-01", 0, 0, "5.00"),
        ] {
            let day = json!({"person": who, "day": day, "calls": calls, "solved": solved, "level": level});
            create(instance, &system, "call_day", day).await?;
        }
        Ok(Self { system, ann, bob, north })
    }
}

async fn event(instance: &Instance, actor: &Actor, at: &str, score: i64) -> anyhow::Result<()> {
    create(instance, actor, "event", json!({"at": at, "score": score})).await.map(drop)
}

both! {
    FILES;

    async fn values_of_every_grain_are_exact(instance) {
        let world = World::make(instance).await?;
        let of = async |term: &str, range, subject| values(instance, &world.system, term, range, subject).await;
        let months = ("2025-09", "2025-12");
        assert_eq!(of("calls", months, None).await?, "2025-09 10, 2025-10 80, 2025-11 40, 2025-12 0");
        assert_eq!(of("calls", months, Some(world.ann)).await?, "2025-09 10, 2025-10 60, 2025-11 40, 2025-12 -");
        assert_eq!(
            of("solved_rate", months, None).await?,
            "2025-09 50, 2025-10 75, 2025-11 82.5, 2025-12 -",
            "nothing is divided by nothing"
        );
        assert_eq!(of("solved_rate", ("2025-Q3", "2025-Q4"), None).await?, "2025-Q3 50, 2025-Q4 77.5");
        assert_eq!(of("solved_rate", ("2025-H2", "2025-H2"), None).await?, "2025-H2 75.3846");
        assert_eq!(of("calls", ("2025", "2026"), None).await?, "2025 130, 2026 -");
        assert_eq!(of("calls", ("2025-W40", "2025-W42"), None).await?, "2025-W40 40, 2025-W41 -, 2025-W42 20");
        assert_eq!(of("calls", ("2025-10-31", "2025-11-01"), None).await?, "2025-10-31 30, 2025-11-01 -");
        assert_eq!(of("level", months, None).await?, "2025-09 1, 2025-10 3.69, 2025-11 3, 2025-12 -");
        Ok(())
    }

    async fn all_since_a_longer_period_began(instance) {
        let world = World::make(instance).await?;
        let of = async |range| values(instance, &world.system, "so_far", range, Some(world.ann)).await;
        assert_eq!(of(("2025-09", "2025-12")).await?, "2025-09 10, 2025-10 60, 2025-11 100, 2025-12 100");
        assert_eq!(of(("2025-W40", "2025-W41")).await?, "2025-W40 30, 2025-W41 30", "a week is added up by its days");
        assert_eq!(of(("2025", "2025")).await?, "2025 100", "of a year it is its last quarter");
        Ok(())
    }

    async fn scores_grades_and_targets_stand_beside_values(instance) {
        let world = World::make(instance).await?;
        let row = json!({"person": world.ann, "day": "2025-08-01", "calls": 1_000_000, "solved": 833_396});
        create(instance, &world.system, "call_day", row).await?;
        let range = ("2025-08", "2025-08");
        let found = series(instance, &world.system, &["solved_rate"], range, Some(world.ann), None).await?.unwrap();
        let cell = &found[0].cells[0];
        let score = cell.score.as_ref().unwrap();
        assert_eq!((cell.value, cell.target), (Some("83.3396".parse()?), Some("80".parse()?)));
        assert_eq!((score.score, score.grade.as_ref().unwrap().grade.as_str()), ("106.68".parse()?, "S"));
        assert_eq!(cell.parts.numerator, Some("833396".parse()?));
        let by = series(instance, &world.system, &["calls"], range, None, Some("subject")).await?.unwrap();
        assert_eq!(by[0].cells[0].target, Some("50".parse()?));
        let own = instance.actor("ann", &["own"], Some(world.ann)).await?;
        let by = series(instance, &own, &["calls"], range, Some(world.ann), None).await?.unwrap();
        assert_eq!(by[0].cells[0].target, None, "whoever may not read the target sees the number without it");
        Ok(())
    }

    async fn terms_made_from_terms(instance) {
        let world = World::make(instance).await?;
        for (score, many) in [(10, 11), (8, 6), (3, 3)] {
            for _ in 0..many {
                event(instance, &world.system, "2025-11-03T02:00:00Z", score).await?;
            }
        }
        let found = values(instance, &world.system, "nps", ("2025-11", "2025-12"), None).await?;
        assert_eq!(found, "2025-11 40, 2025-12 -");
        let month = json!({"person": world.ann, "month": "2025-11", "tickets": 3});
        create(instance, &world.system, "praise", month).await?;
        let found = values(instance, &world.system, "praise_per_call", ("2025-10", "2025-11"), Some(world.ann)).await?;
        assert_eq!(found, "2025-10 -, 2025-11 0.075");
        let quarter = values(instance, &world.system, "praise", ("2025-Q4", "2025-Q4"), None).await?;
        assert_eq!(quarter, "2025-Q4 3");
        let days = series(instance, &world.system, &["praise"], ("2025-11-01", "2025-11-02"), None, None).await?;
        let term = world.system.edition.app.term_named("praise").unwrap().id;
        assert_eq!(days, Err(NoSeries::Grain { term, finest: Grain::Month }));
        Ok(())
    }

    async fn moments_fall_into_the_days_of_the_apps_zone(instance) {
        let world = World::make(instance).await?;
        // 2025-10-31 23:59 and 2025-11-01 00:00 in Shanghai.
        event(instance, &world.system, "2025-10-31T15:59:00Z", 9).await?;
        event(instance, &world.system, "2025-10-31T16:00:00Z", 3).await?;
        let of = async |range| values(instance, &world.system, "promoters", range, None).await;
        assert_eq!(of(("2025-10", "2025-12")).await?, "2025-10 100, 2025-11 0, 2025-12 -");
        assert_eq!(of(("2025-10-31", "2025-11-01")).await?, "2025-10-31 100, 2025-11-01 0");
        assert_eq!(of(("2025-W44", "2025-W45")).await?, "2025-W44 50, 2025-W45 -");
        Ok(())
    }

    async fn what_the_reader_may_not_see_is_in_no_number(instance) {
        let world = World::make(instance).await?;
        let range = ("2025-10", "2025-10");
        let own = instance.actor("ann", &["own"], Some(world.ann)).await?;
        assert_eq!(values(instance, &own, "calls", range, None).await?, "2025-10 60");
        assert_eq!(values(instance, &own, "calls", range, Some(world.bob)).await?, "2025-10 -");
        // Everybody's calls may be read, but only one's own solved calls.
        let part = instance.actor("part", &["part"], Some(world.ann)).await?;
        assert_eq!(values(instance, &part, "calls", range, None).await?, "2025-10 80");
        let found = series(instance, &part, &["solved_rate"], range, None, None).await?.unwrap();
        assert_eq!(found[0].cells[0].parts.numerator, Some("50".parse()?));
        let none = instance.actor("none", &["none"], None).await?;
        assert!(series(instance, &none, &["calls"], range, None, None).await.is_err());
        let seen = |actor: &Actor, name: &str| {
            engine::series::visible(actor, actor.edition.app.term_named(name).unwrap())
        };
        assert!(seen(&own, "calls") && !seen(&own, "nps") && !seen(&none, "calls"));
        Ok(())
    }

    async fn the_rows_behind_a_number_add_up_to_it(instance) {
        let world = World::make(instance).await?;
        let all = instance.actor("all", &["all"], None).await?;
        let app = &all.edition.app;
        let range = ("2025-10", "2025-10");
        for (term, group, value) in [
            ("calls", None, Value::Null),
            ("solved_rate", Some("person.unit"), Value::Id(world.north)),
            ("so_far", Some("subject"), Value::Id(world.bob)),
        ] {
            let found = series(instance, &all, &[term], range, None, group).await?.unwrap();
            let cell = found[0].cells.iter().find(|cell| cell.group == value).unwrap();
            let by = |group: &str| if group == "subject" { GroupBy::Subject } else { GroupBy::Path(group.to_owned()) };
            let behind = Behind {
                term: app.term_named(term).unwrap().id,
                period: Period::parse("2025-10").unwrap(),
                subject: None,
                group: group.map(|group| (by(group), value.clone())),
                filter: None,
            };
            let (entity, rows) = behind.rows(&all).unwrap();
            let ask = List { filter: rows, ..list(&all, entity, &["solved", "calls"]) };
            let rows = instance.engine.query(&all, ask).await?.rows;
            let sum = |at: usize| rows.iter().filter_map(|row| row.values[at].as_decimal()).sum::<model::Decimal>();
            match term {
                "solved_rate" => {
                    assert_eq!((Some(sum(0)), Some(sum(1))), (cell.parts.numerator, cell.parts.divisor()));
                }
                _ => assert_eq!(Some(sum(1)), cell.parts.numerator, "{term}"),
            }
        }
        Ok(())
    }

    async fn one_question_tells_groups_apart(instance) {
        let world = World::make(instance).await?;
        let range = ("2025-10", "2025-11");
        let found = series(instance, &world.system, &["calls", "solved_rate"], range, None, Some("person.unit")).await?;
        let shown: Vec<(bool, String, Json)> = found.unwrap()[0]
            .cells
            .iter()
            .map(|cell| (cell.group == Value::Id(world.north), cell.period.to_string(), json!(cell.value.map(|n| n.to_string()))))
            .collect();
        for expected in [
            (true, "2025-10", json!("60")),
            (true, "2025-11", json!("40")),
            (false, "2025-10", json!("20")),
            (false, "2025-11", Json::Null),
        ] {
            let expected = (expected.0, expected.1.to_owned(), expected.2);
            assert!(shown.contains(&expected), "{shown:?}");
        }
        assert_eq!(shown.len(), 4);
        let term = world.system.edition.app.term_named("nps").unwrap().id;
        let none = series(instance, &world.system, &["nps"], range, None, Some("subject")).await?;
        assert_eq!(none, Err(NoSeries::NoSubject { term }));
        let back = series(instance, &world.system, &["calls"], ("2025-11", "2025-10"), None, None).await?;
        assert_eq!(back, Err(NoSeries::Range));
        Ok(())
    }

    async fn data_that_is_overdue_says_since_when(instance) {
        let world = World::make(instance).await?;
        let system = instance.engine.system();
        let ids = ["calls", "praise", "praise_per_call"].map(|name| system.edition.app.term_named(name).unwrap().id);
        let fresh = async || {
            let now = instance.engine.system();
            instance.engine.query(&now, Freshness { terms: ids.to_vec() }).await
        };
        let day = |text: &str| Some(text.parse().unwrap());
        // Bob's row of December is ahead; nothing is overdue, and of praise there never was any.
        let found = fresh().await?;
        assert_eq!((found[0].latest, found[0].stale_since), (day("2025-12-01"), None));
        assert_eq!((found[1], found[2].latest), (Fresh::default(), None));
        let calls = instance.entity("call_day")?;
        let ahead = List { filter: Predicate::always(), ..list(&system, calls, &["day"]) };
        let rows = instance.engine.query(&system, ahead).await?.rows;
        let ahead = rows.iter().find(|row| row.values[0] == Value::Date("2025-12-01".parse().unwrap())).unwrap();
        try_update(instance, &system, "call_day", ahead.id, None, json!({"day": "2025-11-14"})).await?;
        create(instance, &system, "praise", json!({"person": world.ann, "month": "2025-09", "tickets": 1})).await?;
        // On Thursday the 20th there is data of the day before; in November the tickets of October are overdue.
        let found = fresh().await?;
        assert_eq!((found[0].latest, found[0].stale_since), (day("2025-11-19"), None));
        assert_eq!((found[1].latest, found[1].stale_since), (day("2025-09-30"), day("2025-11-01")));
        instance.clock.pass(SignedDuration::from_hours(24));
        assert_eq!(fresh().await?[0].stale_since, day("2025-11-21"));
        Ok(())
    }
}
