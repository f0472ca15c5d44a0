//! Rows that come from another system: only by import, found again, corrected, and never written by anybody else.

use engine::{
    Actor, Command, CommandError, QueryError,
    import::{self, Cell, How, ImportError, Mapping, OnError, Report, Row, Rules},
    query::{AsOf, History},
};
use model::{RecordId, Value};
use serde_json::{Value as Json, json};
use store::{Wanted, Written};
use suite::Instance;

use super::support::{codes, create, fields, list, text_file, try_create, try_update};
use crate::both;

const FILES: [(&str, &str); 6] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/doctor.yaml",
        r"label: {zh-CN: 医生, en: Doctor}
display: name
key: code
fields:
  code: {type: text, label: {zh-CN: 工号, en: Code}}
  name: {type: text, label: {zh-CN: 姓名, en: Name}}
  days: {type: children, to: visit, by: doctor, label: {zh-CN: 门诊, en: Days}}
  total: {type: integer, label: {zh-CN: 合计, en: Total}, formula: SUM(days.visits)}
",
    ),
    (
        "entities/visit.yaml",
        r"label: {zh-CN: 门诊量, en: Visits}
display: day
source: {zh-CN: HIS, en: HIS}
fields:
  doctor: {type: reference, to: doctor, label: {zh-CN: 医生, en: Doctor}, required: true, on_delete: cascade}
  day: {type: date, label: {zh-CN: 日期, en: Day}, required: true}
  visits: {type: integer, label: {zh-CN: 人次, en: Visits}, required: true, min: 0}
  note: {type: text, label: {zh-CN: 说明, en: Note}}
unique:
  - [doctor, day]
",
    ),
    (
        "entities/ward.yaml",
        r"label: {zh-CN: 病区, en: Ward}
display: name
key: code
source: {zh-CN: HIS, en: HIS}
fields:
  code: {type: text, label: {zh-CN: 编码, en: Code}}
  name: {type: text, label: {zh-CN: 名称, en: Name}}
  above: {type: reference, to: ward, label: {zh-CN: 上级, en: Above}}
",
    ),
    (
        "roles/reader.yaml",
        r"label: {zh-CN: 读者, en: Reader}
everyone: true
grants:
  - {entity: doctor, actions: [create, read, delete], read: [code, name, total]}
  - {entity: visit, actions: [read]}
  - {entity: ward, actions: [read]}
",
    ),
    (
        "roles/feed.yaml",
        r"label: {zh-CN: 接口, en: Feed}
grants:
  - {entity: visit, actions: [import], where: 'visits < 1000', write: [doctor, day, visits]}
  - {entity: ward, actions: [import]}
",
    ),
];

/// Imports rows of these columns.
async fn bring(
    instance: &Instance,
    actor: &Actor,
    entity: &str,
    header: &[&str],
    rows: &[&[&str]],
    how: How,
) -> Result<Report, ImportError> {
    let app = &actor.edition.app;
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    let mapping = Mapping::guess(app, app.entity_named(entity).unwrap(), &header, &Rules::default()).unwrap();
    let cells = |row: &&[&str]| row.iter().map(|cell| Cell::Text((*cell).to_owned())).collect();
    let rows: Vec<_> = (2..).zip(rows).map(|(number, row)| Ok(Row { number, cells: cells(row) })).collect();
    import::run(&instance.engine, actor, &mapping, rows.into_iter(), how, |_| ()).await
}

const COLUMNS: [&str; 3] = ["doctor", "day", "visits"];

fn counts(report: &Report) -> [u64; 4] {
    [report.created, report.updated, report.unchanged, report.refused]
}

async fn doctors(instance: &Instance) -> anyhow::Result<()> {
    let system = instance.engine.system();
    for code in ["A", "B"] {
        create(instance, &system, "doctor", json!({"code": code, "name": code})).await?;
    }
    Ok(())
}

async fn visits(instance: &Instance) -> anyhow::Result<Vec<(RecordId, Vec<Value>)>> {
    let system = instance.engine.system();
    let mut all = list(&system, instance.entity("visit")?, &["doctor.code", "day", "visits", "version"]);
    all.sort = ["doctor.code", "day"]
        .map(|path| policy::Sort {
            by: system.edition.app.path(all.entity, path).unwrap(),
            direction: policy::Direction::Ascending,
        })
        .to_vec();
    Ok(instance.engine.query(&system, all).await?.rows.into_iter().map(|row| (row.id, row.values)).collect())
}

async fn totals(instance: &Instance) -> anyhow::Result<Vec<Value>> {
    let system = instance.engine.system();
    let mut all = list(&system, instance.entity("doctor")?, &["total"]);
    let by = system.edition.app.path(all.entity, "code").unwrap();
    all.sort = vec![policy::Sort { by, direction: policy::Direction::Ascending }];
    Ok(instance.engine.query(&system, all).await?.rows.into_iter().flat_map(|row| row.values).collect())
}

/// What stands on the ledger about rows of visits, oldest first: the act, how it ended, its facts.
async fn entries(instance: &Instance) -> anyhow::Result<Vec<(String, String, Json)>> {
    let wanted = Wanted { object: Some("visit".to_owned()), limit: 100, ..Wanted::default() };
    let mut found = instance.engine.store().entries(&wanted).await?;
    found.reverse();
    let told = found.into_iter().map(|Written { entry, .. }| {
        let facts = entry.facts.map_or(Json::Null, |facts| serde_json::from_str(&facts).unwrap());
        (entry.action, entry.outcome, facts)
    });
    Ok(told.collect())
}

both! { FILES;
    async fn nobody_writes_what_another_system_says(instance) {
        doctors(instance).await?;
        let (system, feed) = (instance.engine.system(), instance.actor("feed", &["feed"], None).await?);
        let rows: &[&[&str]] = &[&["A", "2025-11-10", "20"]];
        bring(instance, &feed, "visit", &COLUMNS, rows, How::default()).await?;
        let (id, _) = visits(instance).await?.remove(0);
        let entity = instance.entity("visit")?;
        // Not even the platform itself, which may do everything else.
        for actor in [&system, &feed, &instance.actor("ann", &[], None).await?] {
            let made = try_create(instance, actor, "visit", json!({"day": "2025-11-11", "visits": 1})).await;
            assert!(matches!(made, Err(CommandError::Denied { .. })), "{made:?}");
            let changed = try_update(instance, actor, "visit", id, None, json!({"visits": 1})).await;
            assert!(matches!(changed, Err(CommandError::Denied { .. })), "{changed:?}");
            for command in [
                Command::Delete { entity, id, expected: None },
                Command::Restore { entity, id },
                Command::Attach { entity, id, file: text_file("a", "1") },
            ] {
                let done = instance.engine.execute(actor, command).await;
                assert!(matches!(done, Err(CommandError::Denied { .. })), "{done:?}");
            }
        }
        let refused = entries(instance).await?.into_iter().filter(|(_, outcome, _)| outcome == "refused");
        let acts: Vec<String> = refused.map(|(action, ..)| action).collect();
        assert_eq!(acts, ["create", "update", "delete", "restore", "update"].repeat(3));
        // Who may not import is refused, too, and that stands there as well.
        let ann = instance.actor("bea", &[], None).await?;
        let done = bring(instance, &ann, "visit", &COLUMNS, rows, How::default()).await;
        assert!(matches!(done, Err(ImportError::Query(QueryError::Denied(_)))));
        let last = entries(instance).await?.pop().unwrap();
        assert_eq!((last.0.as_str(), last.1.as_str()), ("import", "refused"));
        // With the doctor go their rows: that follows from another act.
        let doctor = list(&system, instance.entity("doctor")?, &["code"]);
        let doctors = instance.engine.query(&system, doctor).await?.rows;
        let a = doctors.iter().find(|row| row.values[0] == "A".into()).unwrap().id;
        let delete = Command::Delete { entity: instance.entity("doctor")?, id: a, expected: None };
        instance.engine.execute(&system, delete).await?;
        assert!(visits(instance).await?.is_empty());
        Ok(())
    }

    async fn what_comes_again_changes_what_differs_and_nothing_else(instance) {
        doctors(instance).await?;
        let feed = instance.actor("feed", &["feed"], None).await?;
        let entity = instance.entity("visit")?;
        assert_eq!(instance.engine.query(&feed_reader(instance).await?, AsOf { entity }).await?, None);
        let rows: &[&[&str]] = &[
            &["A", "2025-11-10", "20"],
            &["B", "2025-11-10", "21"],
            &["A", "2025-11-11", "99"],
            // The same day again: the later row is what is so.
            &["A", "2025-11-11", "22"],
        ];
        let first = bring(instance, &feed, "visit", &COLUMNS, rows, How::default()).await?;
        assert_eq!(counts(&first), [3, 0, 1, 0]);
        let reader = feed_reader(instance).await?;
        let as_of = instance.engine.query(&reader, AsOf { entity }).await?.unwrap();
        assert_eq!(as_of.changed, Some(as_of.arrived));
        let stored = visits(instance).await?;
        assert_eq!(stored.len(), 3);
        assert_eq!(totals(instance).await?, [42.into(), 21.into()]);
        let before = entries(instance).await?;
        assert_eq!(before.len(), 2, "{before:?}");
        assert_eq!(before[0].2, json!({"created": 3, "updated": 0, "unchanged": 1}));

        // The same once more: it came, and changed nothing.
        instance.clock.pass(jiff::SignedDuration::from_secs(60));
        let feed = instance.actor("feed2", &["feed"], None).await?;
        let again = bring(instance, &feed, "visit", &COLUMNS, &rows[..2], How::default()).await?;
        assert_eq!(counts(&again), [0, 0, 2, 0]);
        assert_eq!(visits(instance).await?, stored);
        let after = entries(instance).await?;
        assert_eq!(after.len(), before.len() + 1, "{after:?}");
        assert_eq!(after.last().unwrap().0, "import");
        let later = instance.engine.query(&reader, AsOf { entity }).await?.unwrap();
        assert!(later.arrived > as_of.arrived && later.changed == as_of.changed);

        // A correction, a new row and an old one together.
        let rows: &[&[&str]] = &[&["A", "2025-11-10", "19"], &["B", "2025-11-10", "21"], &["B", "2025-11-11", "1"]];
        let third = bring(instance, &feed, "visit", &COLUMNS, rows, How::default()).await?;
        assert_eq!(counts(&third), [1, 1, 1, 0]);
        assert_eq!(totals(instance).await?, [41.into(), 22.into()]);
        let now = visits(instance).await?;
        assert_eq!((now[0].0, &now[0].1[2..]), (stored[0].0, &[19.into(), 2.into()][..]));
        // A row keeps what was corrected of it, and nothing where nothing was.
        let history = async |id| instance.engine.query(&reader, History { entity, id, limit: 10 }).await;
        let lines = history(stored[0].0).await?;
        let shown: Vec<_> = lines.iter().map(|line| (line.field.as_deref(), &line.before, &line.after)).collect();
        assert_eq!(shown, [(Some("visits"), &json!(20), &json!(19))]);
        assert!(history(now[3].0).await?.is_empty());
        Ok(())
    }

    async fn a_row_is_refused_whole_and_says_why(instance) {
        doctors(instance).await?;
        let feed = instance.actor("feed", &["feed"], None).await?;
        let rows: &[&[&str]] = &[
            &["A", "2025-11-10", "20"],
            &["A", "", "20"],
            &["A", "2025-11-12", "-1"],
            &["C", "2025-11-12", "1"],
            &["B", "2025-11-12", "2"],
        ];
        let stopped = bring(instance, &feed, "visit", &COLUMNS, rows, How::default()).await?;
        assert_eq!(counts(&stopped), [0, 0, 0, 3]);
        let told: Vec<_> = stopped.refusals.iter().map(|one| (one.row, one.column.as_deref().unwrap())).collect();
        assert_eq!(told, [(3, "day"), (4, "visits"), (5, "doctor")]);
        assert!(visits(instance).await?.is_empty());
        let how = How { on_error: OnError::Skip, ..How::default() };
        let dry = bring(instance, &feed, "visit", &COLUMNS, rows, How { dry_run: true, ..how }).await?;
        assert_eq!((counts(&dry), visits(instance).await?.len()), ([2, 0, 0, 3], 0));
        let skipped = bring(instance, &feed, "visit", &COLUMNS, rows, how).await?;
        assert_eq!((counts(&skipped), visits(instance).await?.len()), ([2, 0, 0, 3], 2));
        // Tried, a delivery tells what it would do.
        let rows: &[&[&str]] = &[&["A", "2025-11-10", "20"], &["B", "2025-11-12", "3"], &["B", "2025-11-13", "3"]];
        let dry = bring(instance, &feed, "visit", &COLUMNS, rows, How { dry_run: true, ..How::default() }).await?;
        assert_eq!(counts(&dry), [1, 1, 1, 0]);

        // Rows and fields that the import was not given are refused, new ones and corrections alike.
        for rows in [&[&["A", "2025-11-20", "1000"][..]], &[&["A", "2025-11-10", "1000"][..]]] {
            let done = bring(instance, &feed, "visit", &COLUMNS, rows, How::default()).await;
            assert!(matches!(done, Err(ImportError::Command(CommandError::Denied { .. }))));
        }
        let header = ["doctor", "day", "visits", "note"];
        let done = bring(instance, &feed, "visit", &header, &[&["A", "2025-11-10", "1", "x"]], How::default()).await;
        assert!(matches!(done, Err(ImportError::Command(CommandError::Denied { field: Some(_), .. }))));
        assert_eq!(totals(instance).await?, [20.into(), 2.into()]);
        Ok(())
    }

    async fn rows_may_speak_of_one_another_by_key(instance) {
        let feed = instance.actor("feed", &["feed"], None).await?;
        let header = ["code", "name", "above"];
        let rows: &[&[&str]] = &[&["W2", "Second", "W1"], &["W1", "First", ""]];
        let first = bring(instance, &feed, "ward", &header, rows, How::default()).await?;
        assert_eq!(counts(&first), [2, 0, 0, 0]);
        let rows: &[&[&str]] = &[&["W2", "Second", "W1"], &["W1", "First ward", ""], &["W3", "Third", "W2"]];
        let second = bring(instance, &feed, "ward", &header, rows, How::default()).await?;
        assert_eq!(counts(&second), [1, 1, 1, 0]);
        // An empty cell of a row that comes again is what is so.
        let rows: &[&[&str]] = &[&["W2", "Second", ""]];
        assert_eq!(counts(&bring(instance, &feed, "ward", &header, rows, How::default()).await?), [0, 1, 0, 0]);
        let reader = feed_reader(instance).await?;
        let mut all = list(&reader, instance.entity("ward")?, &["name", "above.code"]);
        let by = reader.edition.app.path(all.entity, "code").unwrap();
        all.sort = vec![policy::Sort { by, direction: policy::Direction::Ascending }];
        let wards = instance.engine.query(&reader, all).await?.rows.into_iter().map(|row| row.values);
        let shown: Vec<_> = wards.collect();
        assert_eq!(shown, [["First ward".into(), Value::Null], ["Second".into(), Value::Null], ["Third".into(), "W2".into()]]);
        Ok(())
    }

    async fn two_deliveries_at_once_end_as_one(instance) {
        doctors(instance).await?;
        let (system, entity) = (instance.engine.system(), instance.entity("visit")?);
        let doctor = list(&system, instance.entity("doctor")?, &["code"]);
        let doctor = instance.engine.query(&system, doctor).await?.rows[0].id;
        let mut hands = Vec::new();
        for visits in 1..=4 {
            let (engine, system) = (instance.engine.clone(), system.clone());
            let row = |day| (None, fields(json!({"doctor": doctor, "day": format!("2025-11-{day:02}"), "visits": visits})));
            let load = Command::Load { entity, rows: (1..=20).map(row).collect() };
            hands.push(tokio::spawn(async move { engine.execute(&system, load).await }));
        }
        for hand in hands {
            let outcome = hand.await?;
            assert_eq!(outcome.map_err(codes).unwrap().changed.len(), 20);
        }
        let all = visits(instance).await?;
        assert_eq!(all.len(), 20);
        assert!(all.iter().all(|(_, values)| values[2] == all[0].1[2]));
        Ok(())
    }
}

/// Somebody who only reads.
async fn feed_reader(instance: &Instance) -> anyhow::Result<Actor> {
    let login = format!("reader-{}", instance.engine.new_id());
    instance.actor(&login, &[], None).await
}
