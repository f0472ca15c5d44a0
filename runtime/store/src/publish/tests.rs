//! Publishing on real databases: SQLite and the PostgreSQL that `LOAM_TEST_POSTGRES` names.

use std::collections::BTreeMap;

use model::{Timestamp, Uuid, Value};
use sqlx::Connection;

use crate::{
    Confirmed, Place, Plan, PublishError, Store,
    plan::tests::demo,
    sql::{Column, Dialect, Statement},
};

type Entities<'a> = &'a [(&'a str, &'a str, &'a str)];

/// A database that goes through versions of an app.
struct Bed {
    store: Store,
    before: Option<app::App>,
    version: i64,
    folder: tempfile::TempDir,
    server: Option<(String, String)>,
}

impl Bed {
    async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Place::Sqlite(folder.path().join("test.db"))).await.unwrap();
        Self { store, before: None, version: 0, folder, server: None }
    }

    #[expect(clippy::disallowed_methods, reason = "names of test databases must differ between runs")]
    async fn postgres() -> Option<Self> {
        if std::env::var("LOAM_TEST_DATABASES").as_deref() == Ok("sqlite") {
            return None;
        }
        let server = std::env::var("LOAM_TEST_POSTGRES").expect(
            "set LOAM_TEST_POSTGRES to a PostgreSQL server's URL, or LOAM_TEST_DATABASES=sqlite to leave it out",
        );
        let name = format!("loam_publish_{}", Uuid::now_v7().simple());
        let mut admin = sqlx::PgConnection::connect(&server).await.unwrap();
        let create = format!("CREATE DATABASE \"{name}\" TEMPLATE template0");
        sqlx::query(sqlx::AssertSqlSafe(create)).execute(&mut admin).await.unwrap();
        let (start, _) = server.split('?').next().unwrap().rsplit_once('/').unwrap();
        let store = Store::open(&Place::Postgres(format!("{start}/{name}"))).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        Some(Self { store, before: None, version: 0, folder, server: Some((server, name)) })
    }

    fn plan(&self, entities: Entities<'_>) -> Plan {
        Store::plan(self.before.as_ref(), &demo(entities))
    }

    /// Publishes, saying these names.
    async fn publish(&mut self, entities: Entities<'_>, names: &[&str]) -> Result<Plan, PublishError> {
        let mut plan = self.plan(entities);
        self.store.measure(&mut plan).await.unwrap();
        let documents = serde_json::json!({ "version": self.version + 1 });
        let confirmed = Confirmed::names(names.iter().copied());
        let made = self.store.publish(self.version, &plan, &confirmed, documents, Uuid::nil(), Timestamp::UNIX_EPOCH);
        self.version = made.await?;
        self.before = Some(demo(entities));
        self.is_as_if_new().await;
        Ok(plan)
    }

    async fn run(&self, sql: &str) {
        let sql = sql.replace(
            "NOW",
            match self.store.dialect() {
                Dialect::Sqlite => "'2025-01-01T00:00:00.000Z'",
                Dialect::Postgres => "now()",
            },
        );
        self.store.execute(Statement::new(sql)).await.unwrap();
    }

    /// Inserts a row with an id of this digit.
    async fn row(&self, table: &str, digit: u8, columns: &str, values: &str) {
        let id = id(digit);
        self.run(&format!(
            "INSERT INTO {table} (id, version, created_at, created_by, updated_at, updated_by{columns}) \
             VALUES ('{id}', 1, NOW, '{id}', NOW, '{id}'{values})"
        ))
        .await;
    }

    async fn texts(&self, sql: &str) -> Vec<Option<String>> {
        let rows = self.store.fetch(&Statement::new(sql.to_owned()).gives([Column::Text])).await.unwrap();
        rows.into_iter().flatten().map(|value| value.as_text().map(str::to_owned)).collect()
    }

    async fn one(&self, sql: &str) -> i64 {
        let rows = self.store.fetch(&Statement::new(sql.to_owned()).gives([Column::Int])).await.unwrap();
        match rows.into_iter().flatten().next() {
            Some(Value::Int(number)) => number,
            other => panic!("{other:?}"),
        }
    }

    /// What the database holds, as far as it matters, by the names of tables, columns, indexes and references.
    async fn shape(&self) -> BTreeMap<String, Vec<Option<String>>> {
        let (columns, indexes, keys) = match self.store.dialect() {
            Dialect::Sqlite => (
                "SELECT m.name || '.' || c.name || ' ' || c.type FROM sqlite_schema m, pragma_table_info(m.name) c \
                 WHERE m.type = 'table' ORDER BY 1",
                "SELECT replace(sql, '\"', '') FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name",
                "SELECT m.name || '.' || k.\"from\" || ' ' || k.\"table\" FROM sqlite_schema m, \
                 pragma_foreign_key_list(m.name) k WHERE m.type = 'table' ORDER BY 1",
            ),
            Dialect::Postgres => (
                "SELECT table_name || '.' || column_name || ' ' || data_type || coalesce(numeric_scale, 0) \
                 || coalesce(collation_name, '') \
                 FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1",
                // Indexes of primary keys keep the name of the table's first days.
                "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%_pkey' \
                 ORDER BY indexname",
                "SELECT pg_get_constraintdef(oid) || ' ' || conrelid::regclass || CASE WHEN conname LIKE '%\\_\\_%' \
                 THEN ' ' || conname ELSE '' END \
                 FROM pg_constraint WHERE contype = 'f' ORDER BY 1",
            ),
        };
        let mut shape = BTreeMap::new();
        shape.insert("columns".to_owned(), self.texts(columns).await);
        shape.insert("indexes".to_owned(), self.texts(indexes).await);
        shape.insert("keys".to_owned(), self.texts(keys).await);
        shape
    }

    /// A database that came here step by step is the same as one that began here.
    async fn is_as_if_new(&self) {
        let mut other = match self.server {
            None => Self::sqlite().await,
            Some(_) => Self::postgres().await.unwrap(),
        };
        let app = self.before.as_ref().unwrap();
        let plan = Store::plan(None, app);
        let none = Confirmed::default();
        let made = other.store.publish(0, &plan, &none, serde_json::json!({}), Uuid::nil(), Timestamp::UNIX_EPOCH);
        other.version = made.await.unwrap();
        assert_eq!(self.shape().await, other.shape().await);
        other.close().await;
    }

    async fn close(self) {
        self.store.close().await;
        if let Some((server, name)) = self.server {
            let mut admin = sqlx::PgConnection::connect(&server).await.unwrap();
            let drop = format!("DROP DATABASE \"{name}\" WITH (FORCE)");
            sqlx::query(sqlx::AssertSqlSafe(drop)).execute(&mut admin).await.unwrap();
        }
        drop(self.folder);
    }
}

fn id(digit: u8) -> Uuid {
    Uuid::from_u128(u128::from(digit))
}

/// Runs a story on every database there is.
fn on_both(story: impl AsyncFn(&mut Bed)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for bed in [Some(Bed::sqlite().await), Bed::postgres().await] {
            let Some(mut bed) = bed else { continue };
            story(&mut bed).await;
            bed.close().await;
        }
    });
}

fn refused(outcome: Result<Plan, PublishError>) -> (String, i64) {
    match outcome {
        Err(PublishError::DoesNotFit { name, count, .. }) => (name, count),
        other => panic!("{other:?}"),
    }
}

#[test]
fn tables_and_columns_come_with_every_type() {
    let every = "a: {type: long_text}\nb: {type: markdown}\nc: {type: integer, default: \"7\"}\n\
        d: {type: decimal, places: 4, default: \"1.5\"}\ne: {type: percent}\nf: {type: money, currency: USD}\n\
        g: {type: boolean, default: \"true\"}\nh: {type: date, default: \"TODAY()\"}\ni: {type: datetime}\n\
        j: {type: duration}\nk: {type: period, grain: quarter}\n\
        l: {type: choice, choices: {x: {label: X}}, default: '\"x\"'}\nm: {type: choices, choices: {x: {label: X}}}\n\
        n: {type: reference, to: goal}\no: {type: references, to: goal}\np: {type: children, to: goal, by: n}\n\
        q: {type: file}\nr: {type: image}\ns: {type: location}\nt: {type: rating, steps: 7}\n\
        u: {type: serial, format: \"TC-{n:4}\"}\nv: {type: json}\nw: {type: text, unique: true, required: true, default: \"'it''s'\"}";
    let every = every.replace("\"'it''s'\"", "'\"it''s \\\\ 100%\"'").replace(", unique: true, req", ", req");
    on_both(async |bed| {
        bed.publish(&[("goal", "", "")], &[]).await.unwrap();
        bed.row("demo_goal", 1, ", title", ", 'one'").await;
        bed.publish(&[("goal", "search: [title]\nunique: [[c, n]]", &every)], &[]).await.unwrap();
        assert_eq!(bed.one("SELECT c FROM demo_goal").await, 7);
        let count =
            "SELECT count(*) FROM demo_goal WHERE l = 'x' AND h IS NULL AND search_text = 'one' AND w LIKE 'it%'";
        assert_eq!(bed.one(count).await, 1);
        let decimal = if bed.server.is_some() { "d = 1.5" } else { "d = 15000" };
        assert_eq!(bed.one(&format!("SELECT count(*) FROM demo_goal WHERE {decimal}")).await, 1);
        let names = [
            "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "q", "r", "s", "t", "u", "v",
            "w",
        ];
        let names: Vec<String> = names.iter().map(|name| format!("goal.{name}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let before = bed.publish(&[("goal", "", "")], &[]).await;
        assert!(matches!(before, Err(PublishError::Unconfirmed { names: missing }) if missing.len() == names.len()));
        let plan = bed.publish(&[("goal", "", "")], &names).await.unwrap();
        let lost: i64 = plan.steps.iter().filter_map(|step| step.lost).sum();
        assert_eq!(lost, 5, "c, d, g, l and w had a value");
    });
}

#[test]
fn renames_keep_data_and_go_back() {
    let task = "aim: {type: reference, to: aim}\nothers: {type: references, to: aim}";
    let before: Entities<'_> = &[
        (
            "aim",
            "",
            "no: {type: serial, format: \"A{n}\"}\nparent: {type: reference, to: aim}\nsize: {type: integer, unique: true}",
        ),
        ("task", "", task),
    ];
    let task = task.replace("to: aim", "to: goal");
    let after: Entities<'_> = &[
        (
            "goal",
            "renamed_from: aim",
            "nr: {type: serial, format: \"A{n}\", renamed_from: no}\nabove: {type: reference, to: goal, renamed_from: parent}\nweight: {type: integer, unique: true, renamed_from: size}",
        ),
        ("task", "", &task),
    ];
    let back: Entities<'_> = &[
        (
            "aim",
            "renamed_from: goal",
            "no: {type: serial, format: \"A{n}\", renamed_from: nr}\nparent: {type: reference, to: aim, renamed_from: above}\nsize: {type: integer, unique: true, renamed_from: weight}",
        ),
        ("task", "", "aim: {type: reference, to: aim}\nothers: {type: references, to: aim}"),
    ];
    on_both(async |bed| {
        bed.publish(before, &[]).await.unwrap();
        bed.row("demo_aim", 1, ", title, size", ", 'top', 3").await;
        bed.row("demo_aim", 2, ", title, parent", &format!(", 'low', '{}'", id(1))).await;
        bed.row("demo_task", 3, ", aim", &format!(", '{}'", id(2))).await;
        bed.run("INSERT INTO loam_serial (field, scope, last) VALUES ('demo_aim.no', '', 41)").await;
        for (version, count, serial) in [
            (
                after,
                "SELECT count(*) FROM demo_task t JOIN demo_goal g ON g.id = t.aim JOIN demo_goal a ON a.id = g.above WHERE a.weight = 3",
                "demo_goal.nr",
            ),
            (
                back,
                "SELECT count(*) FROM demo_task t JOIN demo_aim g ON g.id = t.aim JOIN demo_aim a ON a.id = g.parent WHERE a.size = 3",
                "demo_aim.no",
            ),
            (after, "SELECT count(*) FROM demo_task t JOIN demo_goal g ON g.id = t.aim", "demo_goal.nr"),
        ] {
            let plan = bed.publish(version, &[]).await.unwrap();
            assert!(plan.steps.iter().all(|step| !step.destructive));
            assert_eq!(bed.one(count).await, 1);
            assert_eq!(bed.texts("SELECT field FROM loam_serial").await, [Some(serial.to_owned())]);
        }
    });
}

#[test]
fn entities_that_refer_to_each_other_go_together() {
    let both: Entities<'_> = &[
        ("a", "", "b: {type: reference, to: b}\nbs: {type: references, to: b}"),
        ("b", "", "a: {type: reference, to: a}\nas: {type: references, to: a}"),
        ("c", "", "a: {type: reference, to: a}"),
    ];
    on_both(async |bed| {
        bed.publish(both, &[]).await.unwrap();
        bed.row("demo_a", 1, "", "").await;
        bed.row("demo_b", 2, ", a", &format!(", '{}'", id(1))).await;
        bed.row("demo_c", 3, ", a", &format!(", '{}'", id(1))).await;
        let plan = bed.publish(&[("c", "", "")], &["a", "b", "c.a"]).await.unwrap();
        assert_eq!(plan.steps.iter().filter_map(|step| step.lost).sum::<i64>(), 3);
        assert_eq!(bed.one("SELECT count(*) FROM demo_c").await, 1);
    });
}

#[test]
fn numbers_change_their_places() {
    on_both(async |bed| {
        bed.publish(&[("goal", "", "a: {type: decimal, places: 3}\nb: {type: integer, index: true}")], &[])
            .await
            .unwrap();
        let values = if bed.server.is_some() { ["1.235", "-1.235", "2.5"] } else { ["1235", "-1235", "2500"] };
        for (digit, value) in (1_u8..).zip(values) {
            bed.row("demo_goal", digit, ", a, b", &format!(", {value}, {digit}")).await;
        }
        let narrow: Entities<'_> =
            &[("goal", "", "a: {type: decimal, places: 2}\nb: {type: decimal, places: 2, index: true}")];
        assert_eq!(refused(bed.publish(narrow, &[]).await), ("goal.a".to_owned(), 2));
        bed.publish(narrow, &["goal.a"]).await.unwrap();
        bed.publish(&[("goal", "", "a: {type: text}\nb: {type: text, index: true}")], &[]).await.unwrap();
        let texts = |all: [&str; 3]| all.map(|text| Some(text.to_owned()));
        assert_eq!(bed.texts("SELECT a FROM demo_goal ORDER BY id").await, texts(["1.24", "-1.24", "2.50"]));
        assert_eq!(bed.texts("SELECT b FROM demo_goal ORDER BY id").await, texts(["1.00", "2.00", "3.00"]));
    });
    on_both(async |bed| {
        bed.publish(&[("goal", "", "a: {type: decimal, places: 1}\nb: {type: integer}")], &[]).await.unwrap();
        let half = if bed.server.is_some() { "-2.5" } else { "-25" };
        bed.row("demo_goal", 1, ", a, b", &format!(", {half}, 9000000000000000")).await;
        let whole: Entities<'_> = &[("goal", "", "a: {type: integer}\nb: {type: integer}")];
        assert_eq!(refused(bed.publish(whole, &[]).await), ("goal.a".to_owned(), 1));
        bed.publish(whole, &["goal.a"]).await.unwrap();
        assert_eq!(bed.one("SELECT a FROM demo_goal").await, -3);
        // Digits that a decimal has no room for cannot be rounded away.
        let fine: Entities<'_> = &[("goal", "", "a: {type: integer}\nb: {type: decimal, places: 3}")];
        assert_eq!(refused(bed.publish(fine, &["goal.b"]).await), ("goal.b".to_owned(), 1));
    });
}

#[test]
fn other_types_keep_their_values_as_texts() {
    let before = "a: {type: boolean}\nb: {type: date}\nc: {type: datetime}\nd: {type: integer}\ne: {type: text}\n\
        f: {type: choice, choices: {x: {label: X}}}";
    let after = "a: {type: text}\nb: {type: text}\nc: {type: text}\nd: {type: text, max: 2, required: true}\n\
        e: {type: choice, choices: {p: {label: P}, q: {label: Q}}}\nf: {type: choices, choices: {x: {label: X}}}";
    on_both(async |bed| {
        bed.publish(&[("goal", "", before)], &[]).await.unwrap();
        let flag = if bed.server.is_some() { "true" } else { "1" };
        let values = format!(", {flag}, '2025-11-10', '2025-11-10T08:00:00.000Z', 12, 'r', 'x'");
        bed.row("demo_goal", 1, ", a, b, c, d, e, f", &values).await;
        bed.row("demo_goal", 2, ", d", ", 1").await;
        let after: Entities<'_> = &[("goal", "", after)];
        assert_eq!(refused(bed.publish(after, &[]).await), ("goal.e".to_owned(), 1));
        bed.run("UPDATE demo_goal SET e = 'q', d = d + 100 WHERE e = 'r'").await;
        assert_eq!(refused(bed.publish(after, &[]).await), ("goal.d".to_owned(), 1));
        bed.run("UPDATE demo_goal SET d = d - 100 WHERE d > 99").await;
        bed.publish(after, &[]).await.unwrap();
        let all = "SELECT a || b || c || d || e FROM demo_goal ORDER BY id";
        assert_eq!(bed.texts(all).await, [Some("true2025-11-102025-11-10T08:00:00.000Z12q".to_owned()), None]);
        let several = "SELECT f FROM demo_goal WHERE f IS NOT NULL";
        let rows = bed.store.fetch(&Statement::new(several).gives([Column::Texts])).await.unwrap();
        assert_eq!(rows, [[Value::List(vec!["x".into()])]]);
        let fewer = "a: {type: text}\nb: {type: text}\nc: {type: text}\nd: {type: text}\n\
            e: {type: choice, choices: {p: {label: P}}}\nf: {type: choices, choices: {y: {label: Y}}}";
        let mut plan = bed.plan(&[("goal", "", fewer)]);
        bed.store.measure(&mut plan).await.unwrap();
        assert_eq!(plan.steps.iter().filter_map(|step| step.unfit).sum::<i64>(), 2);
    });
}

#[test]
fn what_does_not_fit_refuses_and_changes_nothing() {
    on_both(async |bed| {
        bed.publish(&[("goal", "", "a: {type: text}")], &[]).await.unwrap();
        bed.row("demo_goal", 1, ", title, a", ", 'same', 'longer'").await;
        bed.row("demo_goal", 2, ", title", ", 'same'").await;
        let before = bed.shape().await;
        for (fields, name, count) in [
            ("a: {type: text, required: true}", "goal.a", 1),
            ("a: {type: text, max: 3}", "goal.a", 1),
            ("a: {type: text}\nb: {type: text, required: true}", "goal.b", 2),
            ("a: {type: text}\nb: {type: text, unique: true, default: '\"x\"'}", "goal.b", 2),
        ] {
            assert_eq!(refused(bed.publish(&[("goal", "", fields)], &[]).await), (name.to_owned(), count));
        }
        let unique: Entities<'_> = &[("goal", "unique: [[title]]", "a: {type: text}\nz: {type: integer}")];
        assert_eq!(refused(bed.publish(unique, &[]).await), ("goal.title".to_owned(), 2));
        assert_eq!(bed.shape().await, before);
        assert_eq!(bed.store.published_version().await.unwrap(), 1);
        // Records in the bin are no reason to refuse, and empty tables take required fields.
        bed.run("UPDATE demo_goal SET deleted_at = NOW").await;
        bed.publish(unique, &[]).await.unwrap();
        bed.run("DELETE FROM demo_goal").await;
        bed.publish(&[("goal", "unique: [[title]]", "b: {type: text, required: true}")], &["goal.a", "goal.z"])
            .await
            .unwrap();
    });
}

#[test]
fn of_two_publishes_from_one_version_one_is_stale() {
    on_both(async |bed| {
        bed.publish(&[("goal", "", "")], &[]).await.unwrap();
        let plan = bed.plan(&[("goal", "", "a: {type: text}")]);
        let none = Confirmed::default();
        let publish = || bed.store.publish(1, &plan, &none, serde_json::json!({}), Uuid::nil(), Timestamp::UNIX_EPOCH);
        let (one, other) = tokio::join!(publish(), publish());
        let (fine, stale): (Vec<_>, Vec<_>) = [one, other].into_iter().partition(Result::is_ok);
        assert_eq!(fine.len(), 1);
        assert!(matches!(stale.first(), Some(Err(PublishError::Stale { expected: 1, found: 2 }))), "{stale:?}");
        let kept = bed.store.published().await.unwrap().unwrap();
        assert_eq!((kept.version, kept.hash.len()), (2, 64));
    });
}

#[test]
fn long_names_and_names_of_other_scripts_work() {
    let long = "员工绩效考核结果申诉处理意见";
    let fields = format!(
        "{long}说明: {{type: reference, to: {long}}}\n{long}们: {{type: references, to: {long}}}\nselect: {{type: text, index: true}}"
    );
    let renamed = fields.replace(&format!("{long}说明: {{"), &format!("{long}理由: {{renamed_from: {long}说明, "));
    on_both(async |bed| {
        bed.publish(&[(long, "search: [select]", &fields)], &[]).await.unwrap();
        bed.publish(&[(long, "search: [select]", &renamed)], &[]).await.unwrap();
    });
}

#[test]
fn seats_come_and_go_with_the_roles_of_fields() {
    let unit = ("unit", "stands_for: unit", "up: {type: reference, to: unit, stands_for: parent_unit}");
    let person = |role: &'static str| ("person", "stands_for: person\nkey: title", role);
    let plain = person("works: {type: reference, to: unit}\nlevel: {type: integer, index: true}");
    let placed = person("works: {type: reference, to: unit, stands_for: unit}\nlevel: {type: integer, index: true}");
    let moved = person(
        "post: {type: reference, to: unit, stands_for: unit, renamed_from: works}\nlevel: {type: decimal, index: true}",
    );
    on_both(async |bed| {
        let no_tree = ("unit", "", "up: {type: reference, to: unit}");
        bed.publish(&[no_tree, plain], &[]).await.unwrap();
        bed.row("demo_unit", 1, ", title", ", 'top'").await;
        bed.row("demo_unit", 2, ", title, up", &format!(", 'below', '{}'", id(1))).await;
        bed.row("demo_person", 3, ", title, works", &format!(", 'ann', '{}'", id(2))).await;
        bed.publish(&[unit, placed], &[]).await.unwrap();
        let below = "SELECT count(*) FROM demo_person p JOIN loam_seat s ON p.loam_seat > s.path AND p.loam_seat < s.path || ':'";
        assert_eq!(bed.one(below).await, 1);
        // A column with such an index changes its type and another its name; both go with the table's new shape.
        bed.publish(&[unit, moved], &[]).await.unwrap();
        assert_eq!(bed.one(below).await, 1);
        bed.publish(&[unit, plain], &["person.post"]).await.unwrap();
        assert_eq!(bed.one("SELECT count(*) FROM demo_person").await, 1);
        bed.publish(&[unit, placed], &[]).await.unwrap();
        assert_eq!(bed.one("SELECT count(*) FROM demo_person WHERE loam_seat IS NULL").await, 1);
    });
}
