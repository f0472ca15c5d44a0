//! Rights that follow the organisation: lines, units, and who stood where on another day.

use std::collections::BTreeSet;

use app::Area;
use engine::{AccountChange, AccountError, AccountRule, Actor, Command};
use formula::Predicate;
use model::{RecordId, UserId, Value};
use policy::{Aggregate, Direction, Measure, Sort};
use serde_json::{Value as Json, json};
use suite::Instance;

use super::support::{create, list, try_update};
use crate::both;

const FILES: [(&str, &str); 19] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/unit.yaml",
        "label: {zh-CN: 单位, en: Unit}\nstands_for: unit\ndisplay: code\nkey: code\nfields:\n  code: {type: text, label: {zh-CN: 编码, en: Code}}\n  parent: {type: department, label: {zh-CN: 上级, en: Parent}, stands_for: parent_unit}\n  head: {type: person, label: {zh-CN: 负责人, en: Head}, stands_for: head}\n  partners: {type: references, to: person, label: {zh-CN: 对口人员, en: Partners}, stands_for: partner}\n",
    ),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, index: true, label: {zh-CN: 姓名, en: Name}}\n  unit: {type: department, label: {zh-CN: 单位, en: Unit}, stands_for: unit, formula: 'AS_OF(posts.unit, posts.since, posts.until, TODAY())'}\n  manager: {type: person, label: {zh-CN: 上级, en: Manager}, stands_for: manager, formula: 'AS_OF(posts.manager, posts.since, posts.until, TODAY())'}\n  dotted: {type: person, label: {zh-CN: 虚线上级, en: Dotted line}, stands_for: matrix_manager}\n  posts: {type: children, to: post, by: who, label: {zh-CN: 任职, en: Posts}}\n",
    ),
    (
        "entities/post.yaml",
        "label: {zh-CN: 任职, en: Post}\nstands_for: assignment\ndisplay: id\nfields:\n  who: {type: person, required: true, label: {zh-CN: 人员, en: Person}, stands_for: assigned_person}\n  unit: {type: department, label: {zh-CN: 单位, en: Unit}, stands_for: assigned_unit}\n  manager: {type: person, label: {zh-CN: 上级, en: Manager}, stands_for: assigned_manager}\n  since: {type: date, required: true, label: {zh-CN: 自, en: Since}, stands_for: valid_from}\n  until: {type: date, label: {zh-CN: 至, en: Until}, stands_for: valid_to}\n",
    ),
    (
        "entities/rating.yaml",
        "label: {zh-CN: 评价, en: Rating}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 名称, en: Name}}\n  owner: {type: person, label: {zh-CN: 人员, en: Person}}\n  day: {type: date, label: {zh-CN: 日期, en: Day}}\n",
    ),
    (
        "roles/unit_guard.yaml",
        "label: {zh-CN: 分院安全员, en: Unit guard}\nadministers: security\nwithin: UNDER_UNIT_I_HEAD(id)\nassigns: [direct]\n",
    ),
    (
        "roles/ann_guard.yaml",
        "label: {zh-CN: 专员, en: Guard of Ann}\nadministers: security\nwithin: name == \"ann\"\nassigns: [line]\n",
    ),
    ("roles/below_guard.yaml", "label: {zh-CN: 全员专员, en: Guard of all}\nadministers: security\nassigns: [below]\n"),
    (
        "roles/unit_admin.yaml",
        "label: {zh-CN: 分院管理员, en: Unit admin}\nadministers: system\nwithin: UNDER_UNIT_I_HEAD(id)\n",
    ),
    (
        "roles/all.yaml",
        "label: {zh-CN: 全部, en: All}\ngrants:\n  - {entity: unit, actions: [create, read, update, delete]}\n  - {entity: person, actions: [create, read, update]}\n  - {entity: post, actions: [create, read, update]}\n  - {entity: rating, actions: [create, read, update]}\n",
    ),
    (
        "roles/direct.yaml",
        "label: {zh-CN: 直属, en: Direct}\ngrants:\n  - {entity: rating, actions: [read], where: 'REPORTS_TO_ME(owner, 1)'}\n",
    ),
    (
        "roles/two.yaml",
        "label: {zh-CN: 两级, en: Two}\ngrants:\n  - {entity: rating, actions: [read], where: 'REPORTS_TO_ME(owner, 2)'}\n",
    ),
    (
        "roles/line.yaml",
        "label: {zh-CN: 全线, en: Line}\ngrants:\n  - {entity: rating, actions: [read], where: 'REPORTS_TO_ME(owner)'}\n",
    ),
    (
        "roles/then.yaml",
        "label: {zh-CN: 当时, en: Then}\ngrants:\n  - {entity: rating, actions: [read], where: 'REPORTS_TO_ME(owner, null, day) || UNDER_MY_UNIT(owner, day)'}\n",
    ),
    (
        "roles/dotted.yaml",
        "label: {zh-CN: 虚线, en: Dotted}\ngrants:\n  - {entity: rating, actions: [read], where: 'MATRIX_REPORTS_TO_ME(owner)'}\n",
    ),
    (
        "roles/unit.yaml",
        "label: {zh-CN: 本单位, en: Unit}\ngrants:\n  - {entity: rating, actions: [read], where: 'IN_MY_UNIT(owner)'}\n",
    ),
    (
        "roles/below.yaml",
        "label: {zh-CN: 本单位及下级, en: Below}\ngrants:\n  - {entity: rating, actions: [read], where: 'UNDER_MY_UNIT(owner)'}\n  - {entity: unit, actions: [read], where: 'UNDER_MY_UNIT(id)'}\n",
    ),
    (
        "roles/partner.yaml",
        "label: {zh-CN: 对口, en: Partner}\ngrants:\n  - {entity: rating, actions: [read], where: 'UNDER_UNIT_I_PARTNER(owner) || UNDER_UNIT_I_HEAD(owner)'}\n",
    ),
    (
        "roles/outside.yaml",
        "label: {zh-CN: 其他, en: Outside}\ngrants:\n  - {entity: rating, actions: [read], where: '!UNDER_UNIT(owner, \"c1\")'}\n",
    ),
];

/// A group with two centres; c1 has two departments. Lines: boss > chief > lead > ann, and boss > cee of the other centre.
struct Org {
    system: Actor,
    units: Vec<(&'static str, RecordId)>,
    people: Vec<(&'static str, RecordId)>,
}

impl Org {
    async fn make(instance: &Instance) -> anyhow::Result<Self> {
        let system = instance.engine.system();
        let mut org = Self { system, units: Vec::new(), people: Vec::new() };
        for (code, parent) in [("g", ""), ("c1", "g"), ("c2", "g"), ("d1", "c1"), ("d2", "c1")] {
            let parent = org.units.iter().find(|(known, _)| *known == parent).map(|(_, id)| id.to_string());
            let id = create(instance, &org.system, "unit", json!({"code": code, "parent": parent})).await?;
            org.units.push((code, id));
        }
        for (name, unit, manager) in [
            ("boss", "g", ""),
            ("chief", "c1", "boss"),
            ("cee", "c2", "boss"),
            ("lead", "d1", "chief"),
            ("ann", "d1", "lead"),
            ("dan", "d2", "chief"),
            ("free", "", ""),
        ] {
            let id = create(instance, &org.system, "person", json!({"name": name})).await?;
            org.people.push((name, id));
            let post =
                json!({"who": id, "unit": org.unit(unit), "manager": org.person(manager), "since": "2025-01-01"});
            create(instance, &org.system, "post", post).await?;
            create(instance, &org.system, "rating", json!({"name": name, "owner": id, "day": "2025-06-30"})).await?;
        }
        create(instance, &org.system, "rating", json!({"name": "nobody's"})).await?;
        Ok(org)
    }

    fn unit(&self, code: &str) -> Json {
        self.units.iter().find(|(known, _)| *known == code).map_or(Json::Null, |(_, id)| json!(id))
    }

    fn person(&self, name: &str) -> Json {
        self.people.iter().find(|(known, _)| *known == name).map_or(Json::Null, |(_, id)| json!(id))
    }

    fn id(&self, name: &str) -> RecordId {
        self.people.iter().find(|(known, _)| *known == name).map(|(_, id)| *id).unwrap()
    }

    /// Whose ratings a person of that role sees.
    async fn sees(&self, instance: &Instance, who: &str, role: &str) -> anyhow::Result<String> {
        let login = format!("{who}-{role}-{}", instance.engine.new_id());
        let actor = instance.actor(&login, &[role], Some(self.id(who))).await?;
        seen(instance, &actor).await
    }

    async fn moves(&self, instance: &Instance, who: &str, unit: &str, manager: &str) -> anyhow::Result<()> {
        let post = json!({"who": self.id(who), "unit": self.unit(unit), "manager": self.person(manager), "since": "2025-11-10"});
        create(instance, &self.system, "post", post).await?;
        Ok(())
    }
}

async fn seen(instance: &Instance, actor: &Actor) -> anyhow::Result<String> {
    let rows = instance.engine.query(actor, list(actor, instance.entity("rating")?, &["name"])).await?.rows;
    let names: BTreeSet<String> =
        rows.iter().filter_map(|row| Some(row.values.first()?.as_text()?.to_owned())).collect();
    Ok(names.into_iter().collect::<Vec<_>>().join(" "))
}

both! { FILES;
    async fn lines_units_and_partners(instance) {
        let org = Org::make(instance).await?;
        assert_eq!(org.sees(instance, "chief", "direct").await?, "dan lead");
        assert_eq!(org.sees(instance, "boss", "direct").await?, "cee chief");
        assert_eq!(org.sees(instance, "boss", "two").await?, "cee chief dan lead");
        assert_eq!(org.sees(instance, "boss", "line").await?, "ann cee chief dan lead");
        assert_eq!(org.sees(instance, "ann", "line").await?, "");
        assert_eq!(org.sees(instance, "ann", "unit").await?, "ann lead");
        assert_eq!(org.sees(instance, "chief", "below").await?, "ann chief dan lead");
        assert_eq!(org.sees(instance, "boss", "below").await?, "ann boss cee chief dan lead");
        assert_eq!(org.sees(instance, "free", "below").await?, "");
        assert_eq!(org.sees(instance, "ann", "partner").await?, "");
        let c1: RecordId = serde_json::from_value(org.unit("c1"))?;
        try_update(instance, &org.system, "unit", c1, None, json!({"partners": [org.id("ann")]})).await?;
        assert_eq!(org.sees(instance, "ann", "partner").await?, "ann chief dan lead");
        let d2: RecordId = serde_json::from_value(org.unit("d2"))?;
        try_update(instance, &org.system, "unit", d2, None, json!({"head": org.id("free")})).await?;
        assert_eq!(org.sees(instance, "free", "partner").await?, "dan");
        try_update(instance, &org.system, "person", org.id("cee"), None, json!({"dotted": org.id("ann")})).await?;
        assert_eq!(org.sees(instance, "ann", "dotted").await?, "cee");
        // Whoever stands nowhere is neither inside nor known to be outside.
        assert_eq!(org.sees(instance, "ann", "outside").await?, "boss cee");
        Ok(())
    }

    async fn an_account_without_a_person_reaches_nobody(instance) {
        Org::make(instance).await?;
        for role in ["direct", "line", "then", "dotted", "unit", "below", "partner"] {
            let service = instance.actor(&format!("service-{role}"), &[role], None).await?;
            assert_eq!(seen(instance, &service).await?, "", "{role}");
        }
        Ok(())
    }

    async fn lines_follow_every_move_and_the_past_stays(instance) {
        let org = Org::make(instance).await?;
        // The lead moves to the other centre, and takes the line below along.
        org.moves(instance, "lead", "c2", "cee").await?;
        assert_eq!(org.sees(instance, "chief", "line").await?, "dan");
        assert_eq!(org.sees(instance, "cee", "line").await?, "ann lead");
        assert_eq!(org.sees(instance, "cee", "below").await?, "cee lead");
        // What was rated in June is judged by June: the chief led them then.
        assert_eq!(org.sees(instance, "chief", "then").await?, "ann chief dan lead");
        assert_eq!(org.sees(instance, "cee", "then").await?, "cee");
        // A department moves under the other centre with everybody in it.
        let d1: RecordId = serde_json::from_value(org.unit("d1"))?;
        try_update(instance, &org.system, "unit", d1, None, json!({"parent": org.unit("c2")})).await?;
        assert_eq!(org.sees(instance, "cee", "below").await?, "ann cee lead");
        assert_eq!(org.sees(instance, "chief", "below").await?, "chief dan");
        Ok(())
    }

    async fn a_circle_is_known_and_breaks_again(instance) {
        let org = Org::make(instance).await?;
        // Two lead each other for a while; who is outside the circle gains nothing by it.
        org.moves(instance, "chief", "c1", "ann").await?;
        assert_eq!(org.sees(instance, "ann", "line").await?, "ann chief dan lead");
        assert_eq!(org.sees(instance, "boss", "line").await?, "cee");
        let post = org.system.edition.app.entity_named("post").unwrap().id;
        let columns = crate::suite::support::columns(&org.system, post, &["who"]);
        let filter = instance.engine.parse_filter(&org.system, post, "since == \"2025-11-10\"").unwrap();
        let found = policy::List { columns, filter, ..list(&org.system, post, &[]) };
        for row in instance.engine.query(&org.system, found).await?.rows {
            assert!(matches!(row.values.first(), Some(Value::Id(_))));
            instance.engine.execute(&org.system, Command::Delete { entity: post, id: row.id, expected: None }).await?;
        }
        assert_eq!(org.sees(instance, "ann", "line").await?, "");
        assert_eq!(org.sees(instance, "boss", "line").await?, "ann cee chief dan lead");
        Ok(())
    }

    async fn units_in_a_circle_are_all_below_each_other(instance) {
        let org = Org::make(instance).await?;
        let top: RecordId = serde_json::from_value(org.unit("g"))?;
        try_update(instance, &org.system, "unit", top, None, json!({"parent": org.unit("d1")})).await?;
        for who in ["boss", "chief", "ann"] {
            assert_eq!(org.sees(instance, who, "below").await?, "ann boss cee chief dan lead", "{who}");
        }
        assert_eq!(org.sees(instance, "dan", "below").await?, "dan");
        assert_eq!(org.sees(instance, "cee", "below").await?, "cee");
        try_update(instance, &org.system, "unit", top, None, json!({"parent": null})).await?;
        assert_eq!(org.sees(instance, "ann", "below").await?, "ann lead");
        assert_eq!(org.sees(instance, "chief", "below").await?, "ann chief dan lead");
        assert_eq!(org.sees(instance, "boss", "below").await?, "ann boss cee chief dan lead");
        Ok(())
    }

    async fn people_of_an_earlier_version_get_their_seats_when_it_opens(instance) {
        let org = Org::make(instance).await?;
        instance.say("DROP INDEX is_demo_person__name").await?;
        instance.say("ALTER TABLE demo_person DROP COLUMN loam_seat").await?;
        instance.say("DELETE FROM loam_seat").await?;
        let complete = || instance.engine.store().complete_lines(&org.system.edition.app);
        complete().await?;
        assert_eq!(org.sees(instance, "chief", "below").await?, "ann chief dan lead");
        // Also where only the values are missing, in a copy of the rows.
        instance.say("UPDATE demo_person SET loam_seat = NULL").await?;
        assert_eq!(org.sees(instance, "chief", "below").await?, "");
        complete().await?;
        assert_eq!(org.sees(instance, "chief", "below").await?, "ann chief dan lead");
        instance.say("DROP INDEX is_demo_person__name").await?;
        Ok(())
    }

    async fn an_administrator_of_a_unit_reaches_its_people_and_no_further(instance) {
        let org = Org::make(instance).await?;
        let d2: RecordId = serde_json::from_value(org.unit("d2"))?;
        try_update(instance, &org.system, "unit", d2, None, json!({"head": org.id("free")})).await?;
        let dan = instance.account("dan", &[], Some(org.id("dan"))).await?;
        let ann = instance.account("ann", &["direct"], Some(org.id("ann"))).await?;
        instance.account("service", &[], None).await?;
        let guard = instance.actor("guard", &["unit_guard"], Some(org.id("free"))).await?;
        let roles = |roles: &[&str]| AccountChange {
            roles: Some(roles.iter().map(|role| (*role).to_owned()).collect()),
            ..AccountChange::default()
        };
        let logins: Vec<String> = instance.engine.accounts_for(&guard).await?.into_iter().map(|one| one.login).collect();
        assert_eq!(logins, ["dan"]);
        assert!(!guard.administers_all(Area::Security) && guard.administers(Area::Security));
        let engine = &instance.engine;
        assert_eq!(engine.change_account(Some(&guard), dan.id, roles(&["direct"])).await?.roles, ["direct"]);
        let beyond = engine.change_account(Some(&guard), dan.id, roles(&["direct", "line"])).await;
        assert!(matches!(beyond, Err(AccountError::Rule(AccountRule::NotTheirs(role))) if role == "line"));
        let other = engine.change_account(Some(&guard), ann.id, roles(&[])).await;
        assert!(matches!(other, Err(AccountError::NotFound)), "{other:?}");

        // Whoever holds more than they may give is not opened to them either, by a new password or by taking a factor away.
        engine.change_account(None, dan.id, roles(&["direct", "line"])).await?;
        let password = || AccountChange { password_hash: Some("new".to_owned()), ..AccountChange::default() };
        let not_theirs =
            |error: AccountError| matches!(error, AccountError::Rule(AccountRule::NotTheirs(role)) if role == "line");
        assert!(not_theirs(engine.change_account(Some(&guard), dan.id, password()).await.unwrap_err()));
        assert!(not_theirs(engine.account_to_open(&guard, dan.id, "factor.reset").await.unwrap_err()));
        engine.change_account(None, dan.id, roles(&["direct"])).await?;
        engine.change_account(Some(&guard), dan.id, password()).await?;
        engine.account_to_open(&guard, dan.id, "factor.reset").await?;

        // What one role gives in one place is not given elsewhere because another role reaches there.
        let both = ["unit_guard", "ann_guard", "below_guard"];
        let both = instance.actor("both", &both, Some(org.id("free"))).await?;
        let gives = async |id: UserId, role: &str| match engine.change_account(Some(&both), id, roles(&[role])).await {
            Ok(account) => Ok(account.roles == [role]),
            Err(AccountError::Rule(AccountRule::NotTheirs(role))) => Err(role),
            Err(other) => panic!("{other:?}"),
        };
        engine.change_account(None, dan.id, roles(&[])).await?;
        engine.change_account(None, ann.id, roles(&[])).await?;
        assert_eq!(gives(dan.id, "line").await, Err("line".to_owned()));
        assert_eq!(gives(dan.id, "direct").await, Ok(true));
        assert_eq!(gives(ann.id, "direct").await, Err("direct".to_owned()));
        assert_eq!(gives(ann.id, "line").await, Ok(true));
        engine.change_account(None, ann.id, roles(&["direct"])).await?;
        assert_eq!(gives(ann.id, "line").await, Err("direct".to_owned()), "taking is as giving");
        assert!(matches!(
            engine.account_to_open(&both, ann.id, "factor.reset").await,
            Err(AccountError::Rule(AccountRule::NotTheirs(role))) if role == "direct"
        ));
        engine.change_account(None, ann.id, roles(&["below"])).await?;
        engine.account_to_open(&both, ann.id, "factor.reset").await?;

        // The unit's own administrator makes accounts for its people only.
        let admin = instance.actor("unit-admin", &["unit_admin"], Some(org.id("free"))).await?;
        let new = |login: &str, person: Option<RecordId>| store::Account {
            id: engine.new_id(),
            login: login.to_owned(),
            name: login.to_owned(),
            password_hash: String::new(),
            person,
            roles: Vec::new(),
            active: true,
            locale: model::Locale::En,
            created_at: engine.now(),
        };
        for person in [None, Some(org.id("ann"))] {
            let made = engine.add_account(Some(&admin), new("x", person), true).await;
            assert!(matches!(made, Err(AccountError::Denied(_))), "{made:?}");
        }
        // Somebody who has an account gets no second one, to which another would know the password.
        let second = engine.add_account(Some(&admin), new("dan2", Some(org.id("dan"))), true).await;
        assert!(matches!(&second, Err(AccountError::Rule(_))), "{second:?}");
        let eve = create(instance, &org.system, "person", json!({"name": "eve"})).await?;
        let post = json!({"who": eve, "unit": org.unit("d2"), "manager": org.person("chief"), "since": "2025-01-01"});
        create(instance, &org.system, "post", post).await?;
        engine.add_account(Some(&admin), new("eve", Some(eve)), true).await?;
        let disable = AccountChange { active: Some(false), ..AccountChange::default() };
        assert!(matches!(engine.change_account(Some(&admin), ann.id, disable).await, Err(AccountError::NotFound)));
        Ok(())
    }

    async fn a_filter_tells_no_place_that_is_hidden(instance) {
        let org = Org::make(instance).await?;
        let entity = instance.entity("rating")?;
        let below = instance.actor("below", &["below"], Some(org.id("boss"))).await?;
        // The role reads ratings, but no person: where they work is not to be had by a filter either.
        let filter = instance.engine.parse_filter(&below, entity, "UNDER_UNIT(owner, \"d2\")").unwrap();
        let asked = policy::List { filter, ..list(&below, entity, &["name"]) };
        assert!(matches!(instance.engine.query(&below, asked).await, Err(engine::QueryError::Denied(_))));
        let all = instance.actor("all", &["all"], Some(org.id("boss"))).await?;
        let filter = instance.engine.parse_filter(&all, entity, "UNDER_UNIT(owner, \"d2\")").unwrap();
        let rows = instance.engine.query(&all, policy::List { filter, ..list(&all, entity, &["name"]) }).await?.rows;
        assert_eq!(rows.len(), 1);
        assert!(instance.engine.parse_filter(&all, entity, "UNDER_MY_UNIT(owner, day)").is_err());
        Ok(())
    }

    async fn a_page_and_a_count_are_the_same_whichever_way_the_rows_are_found(instance) {
        // Forty units in a tree with two people each: a leaf's own are sought, the middle is a set, the top meets all.
        let system = instance.engine.system();
        let (mut units, mut heads): (Vec<RecordId>, Vec<RecordId>) = (Vec::new(), Vec::new());
        let above = |at: usize| (at > 0).then(|| (at - 1) / 3);
        for at in 0..40_usize {
            let parent = above(at).and_then(|above| units.get(above));
            units.push(create(instance, &system, "unit", json!({"code": format!("u{at:02}"), "parent": parent})).await?);
            for nth in 0..2 {
                let name = format!("p{:02}", (at * 2 + nth) * 37 % 80);
                let id = create(instance, &system, "person", json!({"name": name})).await?;
                let manager = if nth == 1 { heads.last() } else { above(at).and_then(|above| heads.get(above)) };
                let post = json!({"who": id, "unit": units.last(), "manager": manager, "since": "2025-01-01"});
                create(instance, &system, "post", post).await?;
                create(instance, &system, "rating", json!({"name": name, "owner": id})).await?;
                if nth == 0 {
                    heads.push(id);
                }
            }
        }
        let inside = |at: usize, top: usize| std::iter::successors(Some(at), |at| above(*at)).any(|at| at == top);
        for top in [0, 1, 4, 30] {
            let named = |mine: bool| {
                let rows = (0..80).filter(|n| inside(n / 2, top) && (mine || n / 2 != top || n % 2 == 1));
                rows.map(|n| format!("p{:02}", n * 37 % 80)).collect::<BTreeSet<_>>()
            };
            for (role, expected) in [("below", named(true)), ("line", named(false))] {
                let actor = instance.actor(&format!("{role}{top}"), &[role], heads.get(top).copied()).await?;
                for (limit, sorted) in [(1, false), (7, true), (20, false), (100, true), (100, false)] {
                    let mut asked = list(&actor, instance.entity("rating")?, &["name"]);
                    asked.limit = limit;
                    if sorted {
                        let by = asked.columns.first().cloned().unwrap();
                        asked.sort = vec![Sort { by, direction: Direction::Descending }];
                    }
                    let mut found = Vec::new();
                    loop {
                        let page = instance.engine.query(&actor, asked.clone()).await?;
                        found.extend(page.rows.iter().filter_map(|row| Some(row.values.first()?.as_text()?.to_owned())));
                        match page.next {
                            Some(next) => asked.after = Some(next),
                            None => break,
                        }
                    }
                    assert!(!sorted || found.is_sorted_by(|a, b| a >= b), "{role} {top} {limit}: {found:?}");
                    assert_eq!(found.len(), expected.len(), "{role} {top} {limit}");
                    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "{role} {top} {limit}");
                }
                let count = Aggregate {
                    entity: instance.entity("rating")?,
                    period: None,
                    group: Vec::new(),
                    measures: vec![Measure::Count],
                    filter: Predicate::always(),
                    within: Predicate::always(),
                    search: None,
                    limit: 1,
                    anonymous: false,
                };
                let counted = instance.engine.query(&actor, count).await?;
                let expected = i64::try_from(expected.len())?;
                assert_eq!(counted.first().map(|group| group.numbers.clone()), Some(vec![expected.into()]), "{role} {top}");
            }
        }
        Ok(())
    }
}
