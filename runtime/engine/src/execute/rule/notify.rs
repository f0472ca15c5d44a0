//! Telling people: who they are, whether they may see the record, and the words with the values they may see.

use std::{collections::BTreeSet, sync::Arc};

use app::{App, Field, FieldKind, Message, Rule};
use formula::{Formula, Path};
use model::{EntityId, Locale, RecordId, RoleId, Value};
use policy::{Bin, Get, authorize};
use serde_json::json;
use store::{Account, Lock, Notification, Tx};

use super::super::{
    Work,
    record::Record,
    validate,
    words::{filled, say},
};
use crate::{Actor, CommandError, query::learnable};

/// What stands for a value that is not known, or not the reader's to know.
const NOTHING: &str = "—";

impl Work<'_> {
    /// Tells people, for one record. With `key`, each person is told at most once under it.
    pub(super) async fn notify(
        &mut self,
        tx: &mut Tx,
        rule: &Rule,
        id: RecordId,
        (to, message): (&[Formula], &Message),
        key: Option<&str>,
    ) -> Result<(), CommandError> {
        let people = self.people(tx, rule.entity, id, to).await?;
        if people.is_empty() {
            return Ok(());
        }
        let mut notices = Vec::new();
        for account in tx.accounts_of(&people).await? {
            let reader = reader(&account, self.actor);
            let Some(text) = self.words(tx, &reader, rule.entity, id, message).await? else { continue };
            let entity = self.entity(rule.entity)?.name.to_string();
            notices.push(Notification {
                id: self.engine.new_id(),
                account: account.id,
                kind: "rule".to_owned(),
                payload: json!({ "entity": entity, "record": id, "rule": rule.name.as_str(), "text": text }),
                at: self.engine.now(),
                read_at: None,
                due: None,
                key: key.map(|key| format!("{key}:{}", account.id)),
            });
        }
        self.inform(tx, notices).await
    }

    /// Starts a case, as whoever set the rule off; not twice under a key, not beside one that runs, and not about a record the
    /// workflow does not take. Where its steps lead nowhere it is left to be tried again.
    pub(super) async fn begin_case(
        &mut self,
        tx: &mut Tx,
        workflow: &str,
        record: RecordId,
        key: Option<&str>,
    ) -> Result<(), CommandError> {
        if let Some(key) = key
            && !tx.once(key, self.engine.now()).await?
        {
            return Ok(());
        }
        let own = self.actor;
        self.actor = self.process.unwrap_or(own);
        let begun = self.begin_or_leave(tx, (workflow, record), own.principal()).await;
        self.actor = own;
        begun
    }

    /// The people that expressions over a record give, each once.
    pub(super) async fn people(
        &self,
        tx: &mut Tx,
        entity: EntityId,
        id: RecordId,
        to: &[Formula],
    ) -> Result<Vec<RecordId>, CommandError> {
        let app = &self.actor.edition.app;
        let token = self.following(entity, id)?;
        let Some(stored) = tx.load(app, &token, Lock::None).await? else { return Ok(Vec::new()) };
        let mut record = Record::stored(self.entity(entity)?, &stored);
        record.reach(app, tx, &token, to.iter()).await?;
        let mut people = BTreeSet::new();
        for formula in to {
            // An expression beyond its bounds names nobody; it must not refuse the write it follows.
            let Ok(found) = record.evaluate(formula, &self.around) else { continue };
            people.extend(found.as_list().unwrap_or(std::slice::from_ref(&found)).iter().filter_map(Value::as_id));
        }
        Ok(people.into_iter().collect())
    }

    /// The message in every language, with the values this reader may see; `None` when they may not see the record.
    async fn words(
        &self,
        tx: &mut Tx,
        reader: &Actor,
        entity: EntityId,
        id: RecordId,
        message: &Message,
    ) -> Result<Option<serde_json::Value>, CommandError> {
        let app = &self.actor.edition.app;
        let shown = |path: &Path| {
            let named = app.display_path(path).filter(|path| learnable(app, reader, path));
            named.or_else(|| Some(path.clone()).filter(|path| learnable(app, reader, path)))
        };
        let values: Vec<(&str, Path)> =
            message.values.iter().filter_map(|(name, path)| Some((name.as_str(), shown(path)?))).collect();
        let columns = values.iter().map(|(_, path)| path.clone()).collect();
        let get = Get { entity, id, columns, bin: Bin::Outside };
        let Ok(get) = authorize(&reader.rights, reader.user, app, get) else { return Ok(None) };
        let Some(row) = tx.get(app, &self.engine.asking(reader), &get).await? else { return Ok(None) };
        let said = Locale::ALL.into_iter().map(|locale| {
            let value = |name: &str| {
                let found = values.iter().zip(&row.values).find(|((known, _), _)| *known == name);
                found.map_or_else(|| NOTHING.to_owned(), |((_, path), value)| told(app, path, value, locale))
            };
            (locale.tag().to_owned(), serde_json::Value::from(filled(message.text.get(locale), value)))
        });
        Ok(Some(serde_json::Value::Object(said.collect())))
    }
}

/// An account as a reader, in the edition and at the moment in which somebody else acts.
pub(in crate::execute) fn reader(account: &Account, actor: &Actor) -> Actor {
    let edition = actor.edition.clone();
    let named = account.roles.iter().filter_map(|name| edition.app.role_named(name));
    let roles: Vec<RoleId> = named.map(|role| role.id).collect();
    Actor {
        user: account.id,
        login: account.login.clone(),
        person: account.person,
        rights: edition.app.rights(&roles),
        roles,
        locale: account.locale,
        now: actor.now,
        origin: Arc::default(),
        on_behalf: None,
        own_login: None,
        only: None,
        looks: false,
        edition,
    }
}

/// A value as a sentence has it.
fn told(app: &App, path: &Path, value: &Value, locale: Locale) -> String {
    let field = app.field(path.field);
    let label = |code: &str| choice(field, code, locale).unwrap_or_else(|| code.to_owned());
    match (value, field.map(|field| &field.kind)) {
        (Value::Null | Value::Id(_) | Value::Json(_), _) => NOTHING.to_owned(),
        (Value::Text(code), Some(FieldKind::Choice(_))) => label(code),
        (Value::List(items), Some(FieldKind::Choices(_))) => {
            let labels: Vec<String> = items.iter().filter_map(Value::as_text).map(label).collect();
            labels.join(say(locale, "、", ", ").as_str())
        }
        (Value::Bool(flag), _) => say(locale, if *flag { "是" } else { "否" }, if *flag { "yes" } else { "no" }),
        (Value::Decimal(number), Some(FieldKind::Percent { .. })) => format!("{}%", number.normalize()),
        (Value::Decimal(number), _) => format!("{}{}", number.normalize(), unit(field, locale)),
        (Value::Int(number), _) => format!("{number}{}", unit(field, locale)),
        (other, _) => validate::shown(other),
    }
}

fn unit(field: Option<&Field>, locale: Locale) -> String {
    let unit = field.map_or("", |field| field.unit.get(locale));
    if unit.is_empty() { String::new() } else { format!(" {unit}") }
}

fn choice(field: Option<&Field>, code: &str, locale: Locale) -> Option<String> {
    let (FieldKind::Choice(choices) | FieldKind::Choices(choices)) = &field?.kind else { return None };
    choices.iter().find(|choice| choice.code == code).map(|choice| choice.label.get(locale).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_filled_whatever_stands_in_them() {
        let value = |name: &str| format!("<{name}>");
        assert_eq!(filled("目标“{title}”：{owner.name}", value), "目标“<title>”：<owner.name>");
        assert_eq!(filled("a } b { c", value), "a } b  c");
    }
}
