//! Several working calendars: a unit works by its own or by that of the unit above, in deadlines and in formulas; and what
//! was written down while there was one calendar for all stays.

use engine::Command;
use model::{RecordId, Value};
use serde_json::{Value as Json, json};
use suite::{Database, Instance};

use super::{
    review::documents,
    support::{codes, create, fields, list, read, try_create, try_update},
    workflows::{settle, shown, start},
};
use crate::both;

const APP: &str = "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\nuses: [organisation]\n";

const JOB: &str = r#"label: {zh-CN: 事项, en: Job}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  person: {type: person, label: {zh-CN: 人员, en: Person}}
  day: {type: date, label: {zh-CN: 开始, en: From}}
  due: {type: date, label: {zh-CN: 截止, en: Due}, formula: 'WORKDAY(day, 2, null, person.unit.calendar)'}
  many: {type: integer, label: {zh-CN: 天数, en: Days}, formula: 'NETWORKDAYS(day, day + 6, null, person.unit.calendar)'}
  less: {type: integer, label: {zh-CN: 扣假, en: Less}, formula: 'NETWORKDAYS(day, day + 6, [day], person.unit.calendar)'}
  open: {type: boolean, label: {zh-CN: 周六, en: Saturday}, formula: 'IS_WORKDAY(day + 2, person.unit.calendar)'}
  next: {type: date, label: {zh-CN: 之后, en: Next}, formula: 'NEXT_WORKDAY(day + 2, person.unit.calendar)'}
  last: {type: date, label: {zh-CN: 之前, en: Last}, formula: 'PREVIOUS_WORKDAY(day + 3, person.unit.calendar)'}
  month: {type: integer, label: {zh-CN: 当月, en: Month}, formula: 'WORKDAYS_IN(day, "month", person.unit.calendar)'}
  sixth: {type: date, label: {zh-CN: 第六天, en: Sixth}, formula: 'WORKDAY_OF(day, "week", 6, person.unit.calendar)'}
  plain: {type: date, label: {zh-CN: 通用, en: Plain}, formula: 'WORKDAY(day, 2)'}
"#;

const CHECK: &str = r"label: {zh-CN: 审核, en: Check}
entity: job
guard: hr
calendar: person.unit.calendar
steps:
  check:
    label: {zh-CN: 审核, en: Check}
    approval:
      who: [person]
      timers:
        - {working_days: 2, then: remind}
";

const HR: &str = "label: {zh-CN: 人事, en: HR}\nworkflows:\n  - {workflow: check, actions: [start, manage]}\ngrants:\n  - {entity: job, actions: [create, read]}\n";

fn own() -> Vec<(&'static str, &'static str)> {
    let all = documents("organisation", "organisation/").into_iter();
    let mut files: Vec<(&str, &str)> = all.map(|(path, text)| (&*path.leak(), &*text.leak())).collect();
    files.extend([
        ("app.yaml", APP),
        ("entities/job.yaml", JOB),
        ("workflows/check.yaml", CHECK),
        ("roles/hr.yaml", HR),
    ]);
    files
}

fn shows(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Date(day) => day.strftime("%d").to_string(),
        Value::Int(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        other => format!("{other:?}"),
    }
}

/// A nurse of the first unit, and a clerk of the second.
async fn staff(instance: &Instance, units: [RecordId; 2]) -> anyhow::Result<[RecordId; 2]> {
    let system = instance.engine.system();
    let make = async |entity: &str, fields: Json| create(instance, &system, entity, fields).await;
    let category = make("post_category", json!({"code": "C1", "name": "Clinical"})).await?;
    let post = make("post", json!({"code": "P1", "name": "Nurse", "category": category})).await?;
    let mut people = units;
    for (code, unit) in ["N", "K"].into_iter().zip(&mut people) {
        let person = make("person", json!({"code": code, "name": format!("{code}{code}")})).await?;
        let place = json!({"person": person, "unit": *unit, "post": post, "valid_from": "2025-01-01"});
        make("assignment", place).await?;
        *unit = person;
    }
    Ok(people)
}

async fn a_unit_works_by_its_own_calendar_or_by_that_above(instance: &Instance) -> anyhow::Result<()> {
    let system = instance.engine.system();
    let make = async |entity: &str, fields: Json| create(instance, &system, entity, fields).await;
    let change = async |entity: &str, id: RecordId, fields: Json| {
        let done = try_update(instance, &instance.engine.system(), entity, id, None, fields).await;
        done.map_err(|error| anyhow::anyhow!("{error:?}"))
    };
    let five = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    let six: Vec<&str> = five.into_iter().chain(["saturday"]).collect();
    let clinics = make("calendar", json!({"name": "Clinics", "weekdays": six})).await?;
    let group = make("unit", json!({"code": "G", "name": "Group", "kind": "group"})).await?;
    let centre = make("unit", json!({"code": "C", "name": "Centre", "kind": "centre", "parent": group})).await?;
    let ward = make("unit", json!({"code": "W", "name": "Ward", "kind": "department", "parent": centre})).await?;
    let office = make("unit", json!({"code": "O", "name": "Office", "kind": "department", "parent": group})).await?;
    // Two below hear of it, and nobody beside.
    change("unit", centre, json!({"own_calendar": clinics})).await?;
    let calendar = async |unit| {
        Ok::<_, anyhow::Error>(read(instance, &system, "unit", unit, &["calendar"]).await?.unwrap().remove(0))
    };
    assert_eq!((calendar(ward).await?, calendar(office).await?), (Value::Id(clinics), Value::Null));
    let [nurse, clerk] = staff(instance, [ward, office]).await?;
    let hr = instance.actor("hr", &["hr"], Some(clerk)).await?;
    let job = async |person: RecordId| make("job", json!({"title": "x", "person": person, "day": "2025-11-20"})).await;
    let seen = async |job: RecordId, paths: &[&str]| -> anyhow::Result<Vec<String>> {
        Ok(read(instance, &system, "job", job, paths).await?.unwrap().iter().map(shows).collect())
    };
    let all = ["due", "many", "less", "open", "next", "last", "month", "sixth", "plain"];
    // From Thursday: the ward works on Saturday the 22nd, the office does not.
    let (first, second) = (job(nurse).await?, job(clerk).await?);
    assert_eq!(seen(first, &all).await?, ["22", "6", "5", "true", "22", "22", "25", "22", "24"]);
    assert_eq!(seen(second, &all).await?, ["24", "5", "4", "false", "24", "21", "20", "-", "24"]);
    for (record, due) in [(first, "2025-11-22T01:00:00Z"), (second, "2025-11-24T01:00:00Z")] {
        let case = start(instance, &hr, "check", record).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let shown = shown(instance, &hr, case).await?;
        assert_eq!(shown.case.tokens[0].dues[0].at.map(|at| at.to_string()).as_deref(), Some(due));
    }
    // Friday is a holiday of all. The clinics work then all the same, and not on that Saturday.
    make("calendar_day", json!({"date": "2025-11-21", "note": "Holiday"})).await?;
    for (date, open) in [("2025-11-21", true), ("2025-11-22", false)] {
        make("calendar_day", json!({"date": date, "open": open, "calendar": clinics})).await?;
    }
    assert_eq!(seen(job(nurse).await?, &["due", "many"]).await?, ["24", "5"]);
    assert_eq!(seen(job(clerk).await?, &["due", "many"]).await?, ["25", "4"]);
    // A week that changes counts at once.
    let seven: Vec<&str> = six.iter().copied().chain(["sunday"]).collect();
    change("calendar", clinics, json!({"weekdays": seven})).await?;
    assert_eq!(seen(job(nurse).await?, &["due"]).await?, ["23"]);
    // A unit that goes by another calendar takes its records along.
    change("unit", centre, json!({"own_calendar": null})).await?;
    assert_eq!(seen(first, &["due", "sixth"]).await?, ["25", "-"]);
    // A day entered again is changed: there is one for all and one for each calendar.
    make("calendar_day", json!({"date": "2025-11-21", "open": true})).await?;
    let days = list(&system, instance.entity("calendar_day")?, &["open"]);
    let days = instance.engine.query(&system, days).await?.rows;
    assert_eq!(days.len(), 3);
    assert!(seen(job(clerk).await?, &["due"]).await? == ["24"]);
    Ok(())
}

const DAY_BEFORE: &str = r"label: {zh-CN: 日历, en: Calendar day}
plural: {zh-CN: 工作日历, en: Working calendar}
stands_for: calendar_day
display: date
key: date
fields:
  date: {type: date, label: {zh-CN: 日期, en: Date}, stands_for: day}
  open: {type: boolean, label: {zh-CN: 上班, en: Worked}, stands_for: open, required: true, default: 'false'}
  note: {type: text, label: {zh-CN: 说明, en: Note}, max: 100}
";

/// The organisation as it was while there was one calendar for all.
fn before(path: &str, text: &str) -> Option<String> {
    match path {
        "entities/calendar.yaml" | "forms/calendar.yaml" | "pages/calendar.yaml" | "pages/calendars.yaml" => None,
        "entities/calendar_day.yaml" => Some(DAY_BEFORE.to_owned()),
        "entities/unit.yaml" => {
            let (head, rest) = text.split_once("  own_calendar:\n").unwrap();
            let (_, tail) = rest.split_once("  units:\n").unwrap();
            Some(format!("{head}  units:\n{tail}"))
        }
        _ => {
            let grant = text.split_once("  - entity: calendar\n").map(|(head, rest)| {
                let (_, tail) = rest.split_once("  - entity:").unwrap();
                format!("{head}  - entity:{tail}")
            });
            let text = grant.unwrap_or_else(|| text.to_owned());
            let words = ["      - own_calendar\n", "      - calendar\n", "calendar, "];
            Some(words.iter().fold(text, |text, word| text.replace(word, "")))
        }
    }
}

async fn days_of_one_calendar_stay_when_there_are_several(instance: &Instance) -> anyhow::Result<()> {
    let system = instance.engine.system();
    for (date, open) in [("2025-11-21", false), ("2025-11-22", true)] {
        create(instance, &system, "calendar_day", json!({"date": date, "open": open, "note": "as it was"})).await?;
    }
    let group = create(instance, &system, "unit", json!({"code": "G", "name": "Group", "kind": "group"})).await?;
    let files = documents("organisation", "");
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    // Nothing is lost, so nothing has to be said.
    instance.publish(&files, &[]).await?;
    settle(instance).await?;
    let system = instance.engine.system();
    let days = async || -> anyhow::Result<Vec<Vec<Value>>> {
        let actor = instance.engine.system();
        let days = list(&actor, instance.entity("calendar_day")?, &["title", "open", "note", "calendar"]);
        let rows = instance.engine.query(&actor, days).await?.rows;
        let mut rows: Vec<Vec<Value>> = rows.into_iter().map(|row| row.values).collect();
        rows.sort_by_key(|row| format!("{:?}", row[0]));
        Ok(rows)
    };
    let row =
        |title: &str, open: bool| vec![Value::from(title), Value::Bool(open), Value::from("as it was"), Value::Null];
    assert_eq!(days().await?, [row("2025-11-21", false), row("2025-11-22", true)]);
    assert_eq!(read(instance, &system, "unit", group, &["calendar"]).await?.unwrap(), [Value::Null]);
    // They are everybody's: entered again they are changed, and a calendar may have the same day beside them.
    create(instance, &system, "calendar_day", json!({"date": "2025-11-21", "open": true, "note": "as it was"})).await?;
    assert_eq!(days().await?[0], row("2025-11-21", true));
    let clinics = create(instance, &system, "calendar", json!({"name": "Clinics"})).await?;
    create(instance, &system, "calendar_day", json!({"date": "2025-11-21", "calendar": clinics})).await?;
    assert_eq!(days().await?.len(), 3);
    let twice = try_create(instance, &system, "calendar", json!({"name": "Clinics"})).await;
    assert_eq!(codes(twice.unwrap_err()), ["name:unique"]);
    Ok(())
}

/// Two people, a nurse of a ward that works by a calendar of its own, on Saturday too, and a clerk of an office, each with a
/// job from Thursday the 20th on and a case about it.
struct Desk {
    clinics: RecordId,
    clerk: RecordId,
    hr: engine::Actor,
    jobs: [RecordId; 2],
    cases: [RecordId; 2],
}

impl Desk {
    async fn set_up(instance: &Instance) -> anyhow::Result<Self> {
        let system = instance.engine.system();
        let make = async |entity: &str, fields: Json| create(instance, &system, entity, fields).await;
        let week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
        let clinics = make("calendar", json!({"name": "Clinics", "weekdays": week})).await?;
        let group = make("unit", json!({"code": "G", "name": "Group", "kind": "group"})).await?;
        let ward = json!({"code": "W", "name": "Ward", "kind": "department", "parent": group, "own_calendar": clinics});
        let units = [make("unit", ward).await?, group];
        let [nurse, clerk] = staff(instance, units).await?;
        let hr = instance.actor("hr", &["hr"], Some(clerk)).await?;
        instance.actor("nurse", &[], Some(nurse)).await?;
        let (mut jobs, mut cases) = (Vec::new(), Vec::new());
        for person in [nurse, clerk] {
            let job = make("job", json!({"title": "x", "person": person, "day": "2025-11-20"})).await?;
            let case = start(instance, &hr, "check", job).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
            jobs.push(job);
            cases.push(case);
        }
        settle(instance).await?;
        let (jobs, cases) = ([jobs[0], jobs[1]], [cases[0], cases[1]]);
        Ok(Self { clinics, clerk, hr, jobs, cases })
    }

    /// How the end of the clerk's job changed, before and after.
    async fn changes(&self, instance: &Instance) -> anyhow::Result<Vec<(Json, Json)>> {
        let asked = engine::query::History { entity: instance.entity("job")?, id: self.jobs[1], limit: 50 };
        let history = instance.engine.query(&instance.engine.system(), asked).await?;
        let due = |line: &engine::HistoryShown| line.action == "update" && line.field.as_deref() == Some("due");
        Ok(history.into_iter().filter(due).map(|line| (line.before, line.after)).collect())
    }

    /// What is stored as the two jobs' ends, and when the two cases are due.
    async fn ends(&self, instance: &Instance) -> anyhow::Result<[String; 4]> {
        let mut found = Vec::new();
        for job in self.jobs {
            let due = read(instance, &instance.engine.system(), "job", job, &["due"]).await?.unwrap();
            found.push(shows(&due[0]));
        }
        for case in self.cases {
            let shown = shown(instance, &self.hr, case).await?;
            let due = shown.case.tokens[0].dues[0].at.unwrap();
            found.push(due.strftime("%d %H").to_string());
        }
        Ok(found.try_into().unwrap())
    }
}

async fn is_now(instance: &Instance, kind: &str) -> anyhow::Result<Vec<(u64, u64)>> {
    let pending = instance.engine.store().outbox().letters(store::OutboxState::Pending, 100).await?;
    let of_kind = pending.iter().filter(|letter| letter.entry.kind == kind);
    Ok(of_kind.filter_map(|letter| engine::renew::progress(&letter.entry)).collect())
}

both! { own();
    async fn what_counts_working_days_is_counted_anew_when_the_days_change(instance) {
        let desk = Desk::set_up(instance).await?;
        let system = instance.engine.system();
        assert_eq!(desk.ends(instance).await?, ["22", "24", "22 01", "24 01"]);
        // Friday is a holiday of all: a job for the records and one for the cases, seen in the outbox.
        let friday = create(instance, &system, "calendar_day", json!({"date": "2025-11-21", "note": "Holiday"})).await?;
        instance.engine.turn("one").await?;
        assert_eq!((is_now(instance, "values.anew").await?, is_now(instance, "cases.anew").await?), (vec![(0, 2)], vec![(0, 2)]));
        settle(instance).await?;
        assert_eq!(desk.ends(instance).await?, ["24", "25", "24 01", "25 01"]);
        // It is somebody's act, and what follows stands in the history of the record.
        assert_eq!(desk.changes(instance).await?, [(json!("2025-11-24"), json!("2025-11-25"))]);
        // A note of a day changes nothing.
        try_update(instance, &system, "calendar_day", friday, None, json!({"note": "Founders"})).await?;
        let none = |letters: Vec<(u64, u64)>| letters.is_empty();
        instance.engine.turn("one").await?;
        assert!(none(is_now(instance, "values.anew").await?) && none(is_now(instance, "cases.anew").await?));
        // A day of one calendar, then its week; each for those who go by it.
        create(instance, &system, "calendar_day", json!({"date": "2025-11-21", "open": true, "calendar": desk.clinics})).await?;
        settle(instance).await?;
        assert_eq!(desk.ends(instance).await?, ["22", "25", "22 01", "25 01"]);
        try_update(instance, &system, "calendar", desk.clinics, None, json!({"weekdays": ["thursday", "sunday"]})).await?;
        settle(instance).await?;
        assert_eq!(desk.ends(instance).await?, ["23", "25", "23 01", "25 01"]);
        // A day that goes, and comes back out of the bin.
        let entity = instance.entity("calendar_day")?;
        instance.engine.execute(&system, Command::Delete { entity, id: friday, expected: None }).await?;
        settle(instance).await?;
        assert_eq!(desk.ends(instance).await?, ["23", "24", "23 01", "24 01"]);
        instance.engine.execute(&system, Command::Restore { entity, id: friday }).await?;
        settle(instance).await?;
        assert_eq!(desk.ends(instance).await?, ["23", "25", "23 01", "25 01"]);
        Ok(())
    }

    async fn a_node_that_believes_the_old_days_is_put_right(instance) {
        let desk = Desk::set_up(instance).await?;
        let other = instance.another().await?;
        let holiday = async |date: &str| {
            create(instance, &instance.engine.system(), "calendar_day", json!({"date": date})).await
        };
        let job = async || {
            let values = json!({"title": "y", "person": desk.clerk, "day": "2025-11-20"});
            let entity = instance.entity("job")?;
            let made = other.execute(&other.system(), Command::Create { entity, id: None, fields: fields(values) }).await;
            anyhow::Ok(made.map_err(|error| anyhow::anyhow!("{error:?}"))?.first().unwrap().id)
        };
        let due = async |id| {
            let found = read(instance, &instance.engine.system(), "job", id, &["due"]).await?;
            anyhow::Ok(shows(&found.unwrap()[0]))
        };
        // It knows the days of before, takes the job and does it by those of now.
        assert_eq!(due(job().await?).await?, "24");
        holiday("2025-11-21").await?;
        while other.turn("other").await? > 0 {}
        assert_eq!(desk.ends(instance).await?, ["24", "25", "24 01", "25 01"]);
        // What it writes by those of before, once the job is done, is looked at again when it knows better.
        holiday("2025-11-24").await?;
        settle(instance).await?;
        let late = job().await?;
        assert_eq!((due(late).await?, desk.ends(instance).await?[1].clone()), ("25".to_owned(), "26".to_owned()));
        instance.clock.pass(jiff::SignedDuration::from_secs(91));
        instance.engine.turn("one").await?;
        assert_eq!(is_now(instance, "values.anew").await?.first(), Some(&(0, 4)), "what changed since");
        settle(instance).await?;
        assert_eq!(due(late).await?, "26");
        other.store().close().await;
        Ok(())
    }

    async fn of_many_days_entered_one_after_the_other_the_last_is_counted_by(instance) {
        let desk = Desk::set_up(instance).await?;
        for day in 21..25 {
            let date = format!("2025-11-{day}");
            create(instance, &instance.engine.system(), "calendar_day", json!({"date": date})).await?;
            instance.clock.pass(jiff::SignedDuration::from_millis(1));
        }
        settle(instance).await?;
        assert_eq!(desk.ends(instance).await?[..2], ["26", "26"]);
        let changes = desk.changes(instance).await?;
        assert_eq!(changes, [(json!("2025-11-24"), json!("2025-11-26"))], "once, not four times");
        Ok(())
    }
}

mod on {
    use super::*;

    async fn several(database: Database) -> anyhow::Result<()> {
        let Some(instance) = Instance::start(database, &own()).await? else { return Ok(()) };
        a_unit_works_by_its_own_calendar_or_by_that_above(&instance).await?;
        instance.stop().await;
        Ok(())
    }

    async fn one_and_then_several(database: Database) -> anyhow::Result<()> {
        let now = documents("organisation", "");
        let then: Vec<(&str, String)> =
            now.iter().filter_map(|(path, text)| Some((path.as_str(), before(path, text)?))).collect();
        let then: Vec<(&str, &str)> = then.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let Some(instance) = Instance::start(database, &then).await? else { return Ok(()) };
        days_of_one_calendar_stay_when_there_are_several(&instance).await?;
        instance.stop().await;
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn several_on_sqlite() -> anyhow::Result<()> {
        several(Database::Sqlite).await
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn several_on_postgres() -> anyhow::Result<()> {
        several(Database::Postgres).await
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn one_and_then_several_on_sqlite() -> anyhow::Result<()> {
        one_and_then_several(Database::Sqlite).await
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn one_and_then_several_on_postgres() -> anyhow::Result<()> {
        one_and_then_several(Database::Postgres).await
    }
}
