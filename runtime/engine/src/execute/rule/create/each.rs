//! One record made for each of many: in parts of [`PART`], so that there may be any number.
//!
//! A part is one transaction, done once under the key of its letter, and leaves the letter of the next; so a kill half way, or two
//! nodes, make nothing twice. Those for whom a record is there already, by a `unique` combination of the values given, are left
//! alone: what is asked for once more adds only whoever is not there yet.
//!
//! Where a part is refused its records are made one by one. Those refused wait as letters of their own, with the reason, where an
//! administrator sees them, and the others are made.

use std::sync::Arc;

use app::{Each, Rule};
use formula::{Comparison, Path, Predicate, Term};
use model::{EntityId, FieldId, Locale, RecordId, Value};
use policy::{Bin, Get, List};
use serde_json::{Value as Json, json};
use store::{Lock, Notification, OutboxEntry, Tx};

use super::{
    super::{
        super::{Work, from_query, record::Record, words::say},
        schedule::lowered,
    },
    MAKE, Making, Part,
};
use crate::{Command, CommandError, Engine, Fields, Given, runner::explained};

/// Records made by one transaction.
const PART: u32 = 100;

/// How far the making for each of others is.
#[derive(Debug, Clone, Default)]
pub(super) struct Way {
    /// Key of the first letter, of which those of the others are made; none in the first.
    first: Option<String>,
    /// The last of them that was looked at.
    after: Option<RecordId>,
    /// The only one asked for: it was refused beside others.
    one: Option<RecordId>,
    /// What came of those before.
    tally: Tally,
}

/// What came of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    made: u64,
    /// There already, and left as they were.
    there: u64,
    refused: u64,
}

/// What a part leaves behind.
pub(super) struct On {
    /// What came of those before it.
    before: Tally,
    /// Those of it that were refused, and why.
    refused: Vec<(RecordId, String)>,
    /// The last one looked at, where others follow.
    next: Option<RecordId>,
}

impl Way {
    pub(super) fn of(payload: &Json) -> Self {
        let id = |name: &str| payload.get(name)?.as_str()?.parse().ok();
        let number = |name: &str| payload.get(name).and_then(Json::as_u64).unwrap_or(0);
        Self {
            first: payload.get("first").and_then(Json::as_str).map(str::to_owned),
            after: id("after"),
            one: id("one"),
            tally: Tally { made: number("made"), there: number("there"), refused: number("refused") },
        }
    }

    fn json(&self) -> Json {
        let Tally { made, there, refused } = self.tally;
        json!({
            "first": self.first, "after": self.after, "one": self.one,
            "made": made, "there": there, "refused": refused,
        })
    }
}

impl Tally {
    /// One that was made.
    pub(super) const MADE: Self = Self { made: 1, there: 0, refused: 0 };

    fn and(self, other: Self) -> Self {
        Self { made: self.made + other.made, there: self.there + other.there, refused: self.refused + other.refused }
    }

    /// For whoever set the rule off.
    fn told(self, locale: Locale) -> String {
        let Self { made, there, refused } = self;
        let mut text = say(locale, format!("已新建 {made} 条"), format!("{made} made"));
        if there > 0 {
            let zh = format!("；{there} 条原来已有，保持不变");
            text.push_str(&say(locale, zh, format!("; {there} were there already and stay as they are")));
        }
        if refused > 0 {
            let zh = format!("；{refused} 条未能新建，请管理员到“发送失败”页面查看原因");
            text.push_str(&say(locale, zh, format!("; {refused} could not be made, and an administrator sees why")));
        }
        text
    }
}

impl Making {
    /// Key of the first letter.
    fn first(&self) -> &str {
        self.asked.way.first.as_deref().unwrap_or(&self.key)
    }

    /// Under which key one of them is made for itself.
    fn key_of_one(&self, one: RecordId) -> String {
        format!("{}:one:{one}", self.first())
    }

    /// A letter that asks for the same from another point of the way on.
    fn letter(&self, engine: &Engine, key: String, way: &Way) -> OutboxEntry {
        let asked = &self.asked;
        OutboxEntry {
            id: engine.new_id(),
            kind: MAKE.to_owned(),
            key,
            payload: json!({
                "rule": asked.rule,
                "record": asked.record,
                "action": asked.action,
                "at": asked.at.to_string(),
                "chain": asked.chain,
                "by": asked.by,
                "each": way.json(),
            }),
            due: engine.now(),
        }
    }
}

impl Work<'_> {
    /// Makes one for each of these, unless it is there.
    pub(super) async fn make_each(
        &mut self,
        tx: &mut Tx,
        (entity, each): (EntityId, &Each),
        fields: &[(String, Given)],
        found: &[RecordId],
    ) -> Result<Tally, CommandError> {
        let mut tally = Tally::default();
        for one in found {
            // Whoever went meanwhile needs none.
            let Some(own) = self.of_one(tx, each, *one).await? else { continue };
            let fields: Fields = fields.iter().cloned().chain(own).collect();
            if self.is_there(tx, entity, &fields).await? {
                tally.there += 1;
                continue;
            }
            let met = self.outcome.met.len();
            self.run(tx, &Command::Create { entity, id: None, fields }).await?;
            // Where the entity says so, making the same again changes what is there.
            let again = self.outcome.met.len() > met;
            tally.there += u64::from(again);
            tally.made += u64::from(!again);
        }
        Ok(tally)
    }

    /// What the record made has from one of them; nothing where it is gone.
    async fn of_one(&self, tx: &mut Tx, each: &Each, one: RecordId) -> Result<Option<Fields>, CommandError> {
        let app = &self.actor.edition.app;
        let mut fields = Fields::new();
        if let Some(by) = app.field(each.by) {
            fields.push((by.name.to_string(), Given::Value(Value::Id(one))));
        }
        if !each.values.is_empty() {
            let token = self.following(each.entity, one)?;
            let Some(stored) = tx.load(app, &token, Lock::None).await? else { return Ok(None) };
            let mut record = Record::stored(self.entity(each.entity)?, &stored);
            record.reach(app, tx, &token, each.values.iter().map(|(_, formula)| formula)).await?;
            fields.extend(self.worked_out(&record, &each.values));
        }
        Ok(Some(fields))
    }

    /// Whether there is a record with these values already, as far as a combination of them is there once only. Where making it
    /// again changes it, it is made again.
    async fn is_there(&self, tx: &mut Tx, entity: EntityId, fields: &[(String, Given)]) -> Result<bool, CommandError> {
        let app = &self.actor.edition.app;
        for unique in self.entity(entity)?.unique.iter().filter(|unique| !unique.updates) {
            let mut values: Vec<(FieldId, Value)> = Vec::new();
            for id in &unique.fields {
                let name = app.field(*id).map_or("", |field| field.name.as_str());
                let given = fields.iter().find(|(known, _)| known == name);
                if let Some((_, Given::Value(value))) = given {
                    values.push((*id, value.clone()));
                }
            }
            if values.len() == unique.fields.len() && tx.find_same(app, entity, &values).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Leaves what follows a part: those of it that were refused, and the next part, or at the end what came of it all.
    pub(super) async fn go_on(
        &mut self,
        tx: &mut Tx,
        rule: &Rule,
        making: &Making,
        (on, made): (&On, Tally),
    ) -> Result<(), CommandError> {
        let first = making.first();
        for (one, reason) in &on.refused {
            let way = Way { first: Some(first.to_owned()), one: Some(*one), ..Way::default() };
            let letter = making.letter(self.engine, making.key_of_one(*one), &way);
            tx.park(&letter, reason).await?;
        }
        let tally = on.before.and(made);
        let Some(after) = on.next else { return self.tell_how_many(tx, rule, making, tally).await };
        let way = Way { first: Some(first.to_owned()), after: Some(after), one: None, tally };
        let letter = making.letter(self.engine, format!("{first}:after:{after}"), &way);
        Ok(tx.outbox(&[letter]).await?)
    }

    /// Tells whoever set the rule off what came of it, where the rule says so.
    async fn tell_how_many(
        &mut self,
        tx: &mut Tx,
        rule: &Rule,
        making: &Making,
        tally: Tally,
    ) -> Result<(), CommandError> {
        let asked = &making.asked;
        let tells = matches!(
            rule.actions.get(asked.action),
            Some(app::RuleAction::Create { each: Some(each), .. }) if each.tells
        );
        let Some(account) = asked.by.filter(|_| tells) else { return Ok(()) };
        let text: serde_json::Map<String, Json> =
            Locale::ALL.into_iter().map(|locale| (locale.tag().to_owned(), tally.told(locale).into())).collect();
        let entity = self.entity(rule.entity)?.name.to_string();
        let notice = Notification {
            id: self.engine.new_id(),
            account,
            kind: "rule".to_owned(),
            payload: json!({ "entity": entity, "record": asked.record, "rule": rule.name.as_str(), "text": text }),
            at: self.engine.now(),
            read_at: None,
            due: None,
            key: Some(format!("{}:told", making.first())),
        };
        self.inform(tx, vec![notice]).await
    }
}

impl Engine {
    /// Makes the part that a letter asks for: all of it together, or one by one where that is refused.
    pub(super) async fn make_for_each(
        &self,
        making: &Arc<Making>,
        rule: &Rule,
        each: &Each,
    ) -> Result<(), CommandError> {
        let (key, before) = (making.key.clone(), making.asked.way.tally);
        if let Some(one) = making.asked.way.one {
            return self.make_part(making, Part { key, found: Some(vec![one]), on: None }).await.map(drop);
        }
        let (found, next) = self.found_for(making, rule, each).await?;
        let on = On { before, refused: Vec::new(), next };
        let whole = Part { key: key.clone(), found: Some(found.clone()), on: Some(on) };
        match self.make_part(making, whole).await {
            Err(error) if refuses(&error) => {}
            done => return done.map(drop),
        }
        let (mut before, mut refused) = (before, Vec::new());
        for one in found {
            let alone = Part { key: making.key_of_one(one), found: Some(vec![one]), on: None };
            match self.make_part(making, alone).await {
                // What was done by a try before this is not counted anew.
                Ok(made) => before = before.and(made.unwrap_or(Tally::MADE)),
                Err(error) if refuses(&error) => {
                    tracing::warn!(%error, rule = making.asked.rule, "one of those that a rule makes is refused");
                    before.refused += 1;
                    refused.push((one, explained(&error)));
                }
                Err(error) => return Err(error),
            }
        }
        let rest = Part { key, found: Some(Vec::new()), on: Some(On { before, refused, next }) };
        self.make_part(making, rest).await.map(drop)
    }

    /// The records of this part, and the last of them where others follow.
    async fn found_for(
        &self,
        making: &Making,
        rule: &Rule,
        each: &Each,
    ) -> Result<(Vec<RecordId>, Option<RecordId>), CommandError> {
        let mut within = lowered(each.condition.as_ref(), &making.around)?;
        if !each.matching.is_empty() {
            let columns = each.matching.iter().map(|(_, from)| from.clone()).collect();
            let get = Get { entity: rule.entity, id: making.asked.record, columns, bin: Bin::Outside };
            let row = self.query(&making.actor, get).await.map_err(from_query)?;
            // What is gone asks for nothing any more.
            let values = row.map_or_else(|| vec![Value::Null; each.matching.len()], |row| row.values);
            for ((path, _), value) in each.matching.iter().zip(values) {
                within = within.and(same(path, value));
            }
        }
        // What the rule makes, or what follows from it, is none of those that were asked for.
        let app = &making.actor.edition.app;
        if let Some(made) = app.entity(each.entity).and_then(|entity| app.own_path(entity.system.created_at)) {
            let at = Term::Literal(Value::DateTime(making.asked.at), made.ty.clone());
            within = within.and(Predicate::Compare { op: Comparison::LessOrEqual, left: Term::Field(made), right: at });
        }
        let after = making.asked.way.after.map(|id| (Vec::new(), id));
        let list = List { within, after, ..List::all(each.entity, PART) };
        let page = self.query(&making.actor, list).await.map_err(from_query)?;
        Ok((page.rows.iter().map(|row| row.id).collect(), page.next.map(|(_, id)| id)))
    }
}

/// The condition that something is a value. What is not known is the same as nothing.
fn same(path: &Path, value: Value) -> Predicate {
    if value.is_null() {
        return Predicate::never();
    }
    let (left, right) = (Term::Field(path.clone()), Term::Literal(value, path.ty.clone()));
    Predicate::Compare { op: Comparison::Equal, left, right }
}

/// Whether an error is a refusal of what is to be made, and no trouble of the database or a newer edition.
fn refuses(error: &CommandError) -> bool {
    !matches!(error, CommandError::Store(_) | CommandError::NewEdition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_read_as_it_was_written() {
        let one = RecordId::from_u128(7);
        let tally = Tally { made: 3, there: 2, refused: 1 };
        let way = Way { first: Some("rule.create:x".to_owned()), after: Some(one), one: None, tally };
        let read = Way::of(&way.json());
        assert_eq!((read.first, read.after, read.one, read.tally), (way.first, way.after, way.one, tally));
        assert_eq!(Way::of(&Json::Null).tally, Tally::default());
    }

    #[test]
    fn what_came_of_it_says_only_what_there_was() {
        assert_eq!(Tally { made: 3, there: 0, refused: 0 }.told(Locale::En), "3 made");
        let all = Tally { made: 3, there: 2, refused: 1 };
        assert_eq!(
            all.told(Locale::ZhCn),
            "已新建 3 条；2 条原来已有，保持不变；1 条未能新建，请管理员到“发送失败”页面查看原因"
        );
    }
}
