//! Rights as of a day: who led whom, in and outside the line, who headed and looked after what, and which unit was above
//! which, each where it changed on a day.

use std::collections::{BTreeMap, BTreeSet};

use engine::{Actor, Command};
use model::RecordId;
use serde_json::{Value as Json, json};
use suite::Instance;

use super::support::{create, list, try_update};
use crate::both;

/// Where the units above and the managers outside the line are entered, lines keep what was before. Heads are computed from
/// lines, and partners are nowhere else.
const FILES: [(&str, &str); 27] = [
    ("app.yaml", "name: demo\nlabel: Demo\nversion: 1.0.0\n"),
    (
        "entities/unit.yaml",
        "label: Unit\nstands_for: unit\ndisplay: code\nkey: code\nfields:\n  code: {type: text, label: Code}\n  parent: {type: department, label: Parent, stands_for: parent_unit}\n  head: {type: person, label: Head, stands_for: head, formula: 'AS_OF(headships.head, headships.since, headships.until, TODAY())'}\n  headships: {type: children, to: headship, by: unit, label: Headships}\n",
    ),
    (
        "entities/person.yaml",
        "label: Person\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: Name}\n  unit: {type: department, label: Unit, stands_for: unit, formula: 'AS_OF(posts.unit, posts.since, posts.until, TODAY())'}\n  manager: {type: person, label: Manager, stands_for: manager, formula: 'AS_OF(posts.manager, posts.since, posts.until, TODAY())'}\n  dotted: {type: references, to: person, label: Dotted line, stands_for: matrix_manager}\n  posts: {type: children, to: post, by: who, label: Posts}\n",
    ),
    (
        "entities/post.yaml",
        "label: Post\nstands_for: assignment\ndisplay: id\nfields:\n  who: {type: person, required: true, label: Person, stands_for: assigned_person}\n  unit: {type: department, label: Unit, stands_for: assigned_unit}\n  manager: {type: person, label: Manager, stands_for: assigned_manager}\n  since: {type: date, required: true, label: Since, stands_for: valid_from}\n  until: {type: date, label: Until, stands_for: valid_to}\n",
    ),
    (
        "entities/placing.yaml",
        "label: Placing\nstands_for: line\ndisplay: id\nfields:\n  unit: {type: department, required: true, label: Unit, stands_for: line_of}\n  above: {type: department, label: Above, stands_for: parent_unit}\n  since: {type: date, required: true, label: Since, stands_for: valid_from}\n  until: {type: date, label: Until, stands_for: valid_to}\n",
    ),
    (
        "entities/headship.yaml",
        "label: Headship\nstands_for: line\ndisplay: id\nfields:\n  unit: {type: department, required: true, label: Unit, stands_for: line_of}\n  head: {type: person, label: Head, stands_for: head}\n  since: {type: date, required: true, label: Since, stands_for: valid_from}\n  until: {type: date, label: Until, stands_for: valid_to}\n",
    ),
    (
        "entities/partnership.yaml",
        "label: Partnership\nstands_for: line\ndisplay: id\nfields:\n  unit: {type: department, required: true, label: Unit, stands_for: line_of}\n  partners: {type: references, to: person, label: Partners, stands_for: partner}\n  since: {type: date, required: true, label: Since, stands_for: valid_from}\n  until: {type: date, label: Until, stands_for: valid_to}\n",
    ),
    (
        "entities/dotted_line.yaml",
        "label: Dotted line\nstands_for: line\ndisplay: id\nfields:\n  person: {type: person, required: true, label: Person, stands_for: line_of}\n  manager: {type: person, label: Manager, stands_for: matrix_manager}\n  since: {type: date, required: true, label: Since, stands_for: valid_from}\n  until: {type: date, label: Until, stands_for: valid_to}\n",
    ),
    (
        "entities/rating.yaml",
        "label: Rating\ndisplay: name\nfields:\n  name: {type: text, label: Name}\n  owner: {type: person, label: Owner}\n  place: {type: department, label: Place}\n  day: {type: date, label: Day}\n",
    ),
    (
        "roles/all.yaml",
        "label: All\ngrants:\n  - {entity: unit, actions: [create, read, update, delete]}\n  - {entity: person, actions: [create, read, update]}\n  - {entity: post, actions: [create, read, update]}\n  - {entity: placing, actions: [create, read, update, delete]}\n  - {entity: headship, actions: [create, read, update, delete]}\n  - {entity: partnership, actions: [create, read, update, delete]}\n  - {entity: dotted_line, actions: [create, read, update, delete]}\n  - {entity: rating, actions: [create, read, update]}\n",
    ),
    ("roles/own.yaml", "label: Self\ngrants:\n  - {entity: rating, actions: [read], where: 'owner == actor.person'}\n"),
    (
        "roles/direct.yaml",
        "label: Direct\ngrants:\n  - {entity: rating, actions: [read], where: 'REPORTS_TO_ME(owner, 1, day)'}\n",
    ),
    (
        "roles/levels.yaml",
        "label: Levels\ngrants:\n  - {entity: rating, actions: [read], where: 'REPORTS_TO_ME(owner, 2, day)'}\n",
    ),
    (
        "roles/unit.yaml",
        "label: Unit\ngrants:\n  - {entity: rating, actions: [read], where: 'IN_MY_UNIT(owner, day)'}\n",
    ),
    (
        "roles/below.yaml",
        "label: Below\ngrants:\n  - {entity: rating, actions: [read], where: 'UNDER_MY_UNIT(owner, day)'}\n",
    ),
    (
        "roles/below_now.yaml",
        "label: Below now\ngrants:\n  - {entity: rating, actions: [read], where: 'UNDER_MY_UNIT(owner)'}\n",
    ),
    (
        "roles/headed.yaml",
        "label: Headed\ngrants:\n  - {entity: rating, actions: [read], where: 'UNDER_UNIT_I_HEAD(owner, day)'}\n",
    ),
    (
        "roles/headed_now.yaml",
        "label: Headed now\ngrants:\n  - {entity: rating, actions: [read], where: 'UNDER_UNIT_I_HEAD(owner)'}\n",
    ),
    (
        "roles/partnered.yaml",
        "label: Partnered\ngrants:\n  - {entity: rating, actions: [read], where: 'UNDER_UNIT_I_PARTNER(owner, day)'}\n",
    ),
    (
        "roles/partnered_now.yaml",
        "label: Partnered now\ngrants:\n  - {entity: rating, actions: [read], where: 'UNDER_UNIT_I_PARTNER(owner)'}\n",
    ),
    (
        "roles/dotted.yaml",
        "label: Dotted\ngrants:\n  - {entity: rating, actions: [read], where: 'MATRIX_REPORTS_TO_ME(owner, day)'}\n",
    ),
    (
        "roles/dotted_now.yaml",
        "label: Dotted now\ngrants:\n  - {entity: rating, actions: [read], where: 'MATRIX_REPORTS_TO_ME(owner)'}\n",
    ),
    (
        "roles/not_dotted.yaml",
        "label: Not dotted\ngrants:\n  - {entity: rating, actions: [read], where: '!MATRIX_REPORTS_TO_ME(owner, day)'}\n",
    ),
    (
        "roles/not_dotted_now.yaml",
        "label: Not dotted now\ngrants:\n  - {entity: rating, actions: [read], where: '!MATRIX_REPORTS_TO_ME(owner)'}\n",
    ),
    (
        "roles/named.yaml",
        "label: Named\ngrants:\n  - {entity: rating, actions: [read], where: 'UNDER_UNIT_ON(owner, day, \"c1\", \"none\")'}\n",
    ),
    (
        "roles/outside.yaml",
        "label: Outside\ngrants:\n  - {entity: rating, actions: [read], where: '!UNDER_UNIT_ON(owner, day, \"c1\")'}\n",
    ),
    (
        "roles/placed.yaml",
        "label: Placed\ngrants:\n  - {entity: rating, actions: [read], where: 'UNDER_UNIT_I_HEAD(place, day) || UNDER_MY_UNIT(place, day)'}\n",
    ),
];

/// On the first of July everything changed: department d1 came from c1 to c2, and got another head and another partner; Ann,
/// who works there, got another manager, in the line and outside it; Zoe moved from c1 to c2.
struct Org {
    system: Actor,
    known: BTreeMap<&'static str, RecordId>,
}

impl Org {
    async fn make(instance: &Instance) -> anyhow::Result<Self> {
        let mut org = Self { system: instance.engine.system(), known: BTreeMap::new() };
        for (code, parent) in [("g", ""), ("c1", "g"), ("c2", "g"), ("d1", "c2")] {
            org.add(instance, code, "unit", json!({"code": code, "parent": org.id(parent)})).await?;
        }
        for name in ["boss", "chief", "cee", "lead", "ann", "zoe", "amy", "kim", "ben"] {
            org.add(instance, name, "person", json!({"name": name})).await?;
        }
        for (who, unit, manager) in
            [("boss", "g", ""), ("chief", "c1", "boss"), ("cee", "c2", "boss"), ("lead", "d1", "chief")]
        {
            org.past(instance, "post", json!({"who": org.id(who), "unit": org.id(unit), "manager": org.id(manager)}))
                .await?;
        }
        for (who, unit, manager) in [("ann", "d1", "lead"), ("zoe", "c1", "")] {
            let post =
                json!({"who": org.id(who), "unit": org.id(unit), "manager": org.id(manager), "until": "2025-06-30"});
            org.past(instance, "post", post).await?;
        }
        for (who, unit, manager) in [("ann", "d1", "boss"), ("zoe", "c2", "")] {
            let post = json!({"who": org.id(who), "unit": org.id(unit), "manager": org.id(manager)});
            org.since_july(instance, "post", post).await?;
        }
        let placing = json!({"unit": org.id("d1"), "above": org.id("c1"), "until": "2025-06-30"});
        let placing = org.past(instance, "placing", placing).await?;
        org.known.insert("placing", placing);
        for (unit, head) in [("c1", "chief"), ("c2", "cee")] {
            org.past(instance, "headship", json!({"unit": org.id(unit), "head": org.id(head)})).await?;
        }
        // Nobody ended hers; the one that began last counts.
        let headship = org.past(instance, "headship", json!({"unit": org.id("d1"), "head": org.id("amy")})).await?;
        org.known.insert("headship", headship);
        org.since_july(instance, "headship", json!({"unit": org.id("d1"), "head": org.id("ben")})).await?;
        let partners = json!({"unit": org.id("d1"), "partners": [org.id("amy"), org.id("kim")], "until": "2025-06-30"});
        org.past(instance, "partnership", partners).await?;
        org.since_july(instance, "partnership", json!({"unit": org.id("d1"), "partners": [org.id("ben")]})).await?;
        let ann = org.record("ann");
        try_update(instance, &org.system, "person", ann, None, json!({"dotted": [org.id("ben")]})).await?;
        let dotted = json!({"person": ann, "manager": org.id("amy"), "until": "2025-06-30"});
        let dotted = org.past(instance, "dotted_line", dotted).await?;
        org.known.insert("dotted", dotted);
        for (name, owner, place, day) in [
            ("a0", "ann", "d1", None),
            ("a1", "ann", "d1", Some("2025-06-30")),
            ("a2", "ann", "d1", Some("2025-07-01")),
            ("z1", "zoe", "", Some("2025-06-30")),
            ("z2", "zoe", "", Some("2025-07-01")),
        ] {
            let rating = json!({"name": name, "owner": org.id(owner), "place": org.id(place), "day": day});
            create(instance, &org.system, "rating", rating).await?;
        }
        Ok(org)
    }

    async fn add(&mut self, instance: &Instance, name: &'static str, entity: &str, json: Json) -> anyhow::Result<()> {
        let id = create(instance, &self.system, entity, json).await?;
        self.known.insert(name, id);
        Ok(())
    }

    async fn past(&self, instance: &Instance, entity: &str, mut json: Json) -> anyhow::Result<RecordId> {
        json["since"] = json!("2025-01-01");
        create(instance, &self.system, entity, json).await
    }

    async fn since_july(&self, instance: &Instance, entity: &str, mut json: Json) -> anyhow::Result<RecordId> {
        json["since"] = json!("2025-07-01");
        create(instance, &self.system, entity, json).await
    }

    fn id(&self, name: &str) -> Json {
        self.known.get(name).map_or(Json::Null, |id| json!(id))
    }

    fn record(&self, name: &str) -> RecordId {
        self.known.get(name).copied().unwrap()
    }

    async fn actor(&self, instance: &Instance, who: &str, role: &str) -> anyhow::Result<Actor> {
        let login = format!("{who}-{role}-{}", instance.engine.new_id());
        instance.actor(&login, &[role], Some(self.record(who))).await
    }

    /// The ratings a person of that role sees.
    async fn sees(&self, instance: &Instance, who: &str, role: &str) -> anyhow::Result<String> {
        let actor = self.actor(instance, who, role).await?;
        let rows = instance.engine.query(&actor, list(&actor, instance.entity("rating")?, &["name"])).await?.rows;
        let names: BTreeSet<String> =
            rows.iter().filter_map(|row| Some(row.values.first()?.as_text()?.to_owned())).collect();
        Ok(names.into_iter().collect::<Vec<_>>().join(" "))
    }

    /// Compares what each person of a role sees.
    async fn check(&self, instance: &Instance, all: &[(&str, &str, &str)]) -> anyhow::Result<()> {
        for (role, who, expected) in all {
            assert_eq!(self.sees(instance, who, role).await?, *expected, "{who} as {role}");
        }
        Ok(())
    }

    async fn remove(&self, instance: &Instance, entity: &str, name: &str) -> anyhow::Result<()> {
        let command = Command::Delete { entity: instance.entity(entity)?, id: self.record(name), expected: None };
        instance.engine.execute(&self.system, command).await?;
        Ok(())
    }
}

both! { FILES;
    async fn a_past_period_is_judged_by_who_led_then(instance) {
        let org = Org::make(instance).await?;
        org.check(instance, &[
            ("own", "ann", "a0 a1 a2"),
            ("direct", "lead", "a1"),
            ("direct", "boss", "a2"),
            ("levels", "chief", "a1"),
            ("unit", "chief", "z1"),
            ("unit", "cee", "z2"),
            ("dotted", "amy", "a1"),
            ("dotted", "ben", "a2"),
            ("dotted", "boss", ""),
            ("dotted_now", "amy", ""),
            ("dotted_now", "ben", "a0 a1 a2"),
            // Of what has no day nothing is known, not even that it is not so.
            ("not_dotted", "amy", "a2 z1 z2"),
        ]).await
    }

    async fn whose_managers_outside_the_line_are_not_known_is_not_known_to_have_none(instance) {
        let org = Org::make(instance).await?;
        create(instance, &org.system, "rating", json!({"name": "nobody's", "day": "2025-07-01"})).await?;
        org.check(instance, &[
            ("not_dotted_now", "amy", "a0 a1 a2 z1 z2"),
            ("not_dotted_now", "ben", "z1 z2"),
            ("not_dotted", "amy", "a2 z1 z2"),
        ]).await
    }

    async fn a_past_period_is_judged_by_who_headed_and_looked_after_then(instance) {
        let org = Org::make(instance).await?;
        org.check(instance, &[
            ("headed", "amy", "a1"),
            ("headed", "ben", "a2"),
            ("headed_now", "amy", ""),
            ("headed_now", "ben", "a0 a1 a2"),
            ("partnered", "amy", "a1"),
            ("partnered", "kim", "a1"),
            ("partnered", "ben", "a2"),
            // Lines alone say who looks after what: those of today do.
            ("partnered_now", "amy", ""),
            ("partnered_now", "ben", "a0 a1 a2"),
        ]).await?;
        let ben = org.actor(instance, "ben", "partnered_now").await?;
        let asked = instance.engine.parse_filter(&ben, instance.entity("rating")?, "UNDER_UNIT_I_PARTNER(owner)");
        assert!(asked.is_err(), "what no present field guards is not asked in a filter");
        Ok(())
    }

    async fn a_past_period_is_judged_by_the_tree_of_then(instance) {
        let org = Org::make(instance).await?;
        org.check(instance, &[
            ("below", "chief", "a1 z1"),
            ("below", "cee", "a2 z2"),
            ("below", "boss", "a1 a2 z1 z2"),
            ("below_now", "chief", ""),
            ("below_now", "cee", "a0 a1 a2 z1 z2"),
            ("headed", "chief", "a1 z1"),
            ("headed", "cee", "a2 z2"),
            ("named", "kim", "a1 z1"),
            ("outside", "kim", "a2 z2"),
            ("placed", "chief", "a1"),
            ("placed", "cee", "a2"),
            ("placed", "amy", "a1"),
            ("placed", "ben", "a2"),
            ("placed", "boss", "a1 a2"),
        ]).await
    }

    async fn where_no_line_is_in_force_what_is_entered_counts_and_what_is_computed_does_not(instance) {
        let org = Org::make(instance).await?;
        for (entity, name) in [("placing", "placing"), ("headship", "headship"), ("dotted_line", "dotted")] {
            org.remove(instance, entity, name).await?;
        }
        org.check(instance, &[
            // The unit above and the managers outside the line are entered: those of today were so before.
            ("below", "chief", "z1"),
            ("below", "cee", "a1 a2 z2"),
            ("dotted", "amy", ""),
            ("dotted", "ben", "a1 a2"),
            // Heads are computed from lines: before the first nobody headed it.
            ("headed", "amy", ""),
            ("headed", "ben", "a2"),
        ]).await?;
        // A line that names nobody says that there was nobody.
        org.past(instance, "dotted_line", json!({"person": org.id("ann"), "until": "2025-06-30"})).await?;
        org.past(instance, "placing", json!({"unit": org.id("d1"), "until": "2025-06-30"})).await?;
        org.check(instance, &[
            ("dotted", "ben", "a2"),
            ("below", "boss", "a2 z1 z2"),
            ("below", "cee", "a2 z2"),
            ("headed", "ben", "a2"),
        ]).await
    }

    async fn units_in_a_circle_of_a_day_end(instance) {
        let org = Org::make(instance).await?;
        org.past(instance, "placing", json!({"unit": org.id("g"), "above": org.id("d1"), "until": "2025-06-30"})).await?;
        org.check(instance, &[
            ("below", "chief", "a1 z1"),
            ("below", "lead", "a1 a2 z1"),
            ("below", "cee", "a2 z2"),
        ]).await
    }
}
