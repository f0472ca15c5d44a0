//! Where a version of a term stands: those whom it concerns are told when it is proposed, approved or no longer to be used.
//!
//! That is who heads the unit that answers for it, who heads the units that answer for terms made from it, and whoever put
//! together a board of any of these. Rules and pages are nobody's; they belong to the terms they use.

use std::collections::{BTreeMap, BTreeSet};

use app::lineage::Node;
use metrics::{Status, Term};
use model::{Locale, RecordId, UserId};
use serde_json::{Value as Json, json};
use store::{Account, Notification, Tx};

use super::{
    super::{Trace, Work, words::say},
    notify::reader,
};
use crate::{CommandError, Engine, query::series::visible};

/// What kind of notice this is.
const KIND: &str = "term";

impl Engine {
    /// Tells those concerned where a version of a term stands, each once. Nobody is told of a term they may not see, nor of what
    /// they did themselves.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn tell_where_it_stands(&self, letter: &Json) -> Result<(), CommandError> {
        let text = |name: &str| letter.get(name).and_then(Json::as_str).unwrap_or_default();
        let actor = self.system();
        let app = &actor.edition.app;
        let status = Status::parse(text("status")).filter(|status| *status != Status::Reviewed);
        // A version that is followed by another meanwhile is told of by that one.
        let now = |term: &&Term| Some(u64::from(term.version)) == letter.get("version").and_then(Json::as_u64);
        let (Some(status), Some(term)) = (status, app.term_named(text("term")).filter(now)) else { return Ok(()) };
        let made: Vec<&Term> = app.terms_from(Node::Term(term.id));
        let mut heads: BTreeSet<RecordId> = BTreeSet::new();
        for owner in std::iter::once(term).chain(made.iter().copied()).map(|term| &term.owner).collect::<BTreeSet<_>>()
        {
            heads.extend(self.head_of(&actor, owner).await?);
        }
        let heads: Vec<RecordId> = heads.into_iter().collect();
        let mut told: BTreeMap<UserId, Account> = BTreeMap::new();
        if !heads.is_empty() {
            let accounts = self.store().accounts().of_people(&heads).await?;
            told.extend(accounts.into_iter().map(|account| (account.id, account)));
        }
        let names: Vec<&str> = std::iter::once(term).chain(made).map(|term| term.name.as_str()).collect();
        for board in self.store().unit_boards().naming(&names).await? {
            if !told.contains_key(&board.account) {
                let account = self.store().accounts().by_id(board.account).await?;
                told.extend(account.map(|account| (account.id, account)));
            }
        }
        let concerned = told.into_values().filter(|account| {
            account.active && account.id.to_string() != text("by") && visible(&reader(account, &actor), term)
        });
        let notice = |account: Account| Notification {
            id: self.new_id(),
            account: account.id,
            kind: KIND.to_owned(),
            payload: json!({
                "term": term.name.as_str(), "version": term.version, "status": status.word(),
                "text": { "zh-CN": said(term, status, Locale::ZhCn), "en": said(term, status, Locale::En) },
            }),
            at: self.now(),
            read_at: None,
            due: None,
            key: Some(format!("{KIND}:{}:{}", text("act"), account.id)),
        };
        let notices: Vec<Notification> = concerned.map(notice).collect();
        if notices.is_empty() {
            return Ok(());
        }
        let around = self.surroundings(&actor).await?;
        let (engine, by, asking) = (self.clone(), actor.clone(), self.asking(&actor));
        let told = self.inner.store.write(asking, move |tx: &mut Tx| {
            let (engine, by, around, notices) = (engine.clone(), by.clone(), around.clone(), notices.clone());
            Box::pin(async move { Work::new(&engine, &by, around, Trace::None).inform(tx, notices).await })
        });
        told.await
    }
}

/// What whoever is told reads.
fn said(term: &Term, status: Status, locale: Locale) -> String {
    let (label, n) = (term.label.get(locale), term.version);
    let (zh, en) = match status {
        Status::Approved => ("已批准，自今日起按此版本计算", "is approved and counts from today on"),
        Status::Deprecated => ("已停用，请改用其他指标", "is no longer to be used; take another"),
        Status::Proposed | Status::Reviewed => ("已提议，请查看含义的变化", "is proposed; look at what it means now"),
    };
    say(locale, format!("指标“{label}”第 {n} 版{zh}"), format!("version {n} of the term “{label}” {en}"))
}
