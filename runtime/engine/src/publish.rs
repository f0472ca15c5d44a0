//! Publishing an app: everything that may stand against it is asked first, and whatever comes of it is on the ledger.

use app::{Area, plugin::Fault};
use model::UserId;
use store::{Boxed, Confirmed, Noted, Plan, StoreError};

use crate::{
    Engine, access, kept_view,
    note::{Act, By, Pen},
};

/// Most kinds of faults that one entry names.
const MOST_KINDS: usize = 20;

impl Engine {
    /// Carries out a plan and puts the new app in place of the old one, in one transaction on the database, with a job that computes
    /// anew what the new one computes otherwise. `by` is an account, or nobody's for the platform itself.
    ///
    /// # Errors
    /// See [`PublishError`]; nothing changes then.
    pub fn publish<'a>(
        &'a self,
        plan: &'a Plan,
        confirmed: &'a Confirmed,
        documents: serde_json::Value,
        by: UserId,
    ) -> Boxed<'a, Result<i64, PublishError>> {
        Box::pin(async move {
            let account = match by.is_nil() {
                true => None,
                false => self.store().accounts().by_id(by).await.map_err(store::PublishError::from)?,
            };
            let by = match account {
                Some(account) => By::account(&account, crate::Origin::default()),
                None => By { user: Some(by), login: "loam".to_owned(), ..By::default() },
            };
            self.publish_by(plan, confirmed, documents, by).await
        })
    }

    /// The same for whoever is described, who need not be an account: the ledger keeps it beside what of the access changed.
    ///
    /// # Errors
    /// As [`Engine::publish`].
    pub fn publish_by<'a>(
        &'a self,
        plan: &'a Plan,
        confirmed: &'a Confirmed,
        documents: serde_json::Value,
        by: By,
    ) -> Boxed<'a, Result<i64, PublishError>> {
        Box::pin(async move {
            let judged = self.judged(plan, confirmed, documents, by.clone()).await;
            // What was refused is on the ledger too; what failed is not known to have been tried.
            if let Some(reason) = judged.as_ref().err().and_then(PublishError::reason) {
                let noted = self.note(by, Act::new("publish", "app").refused(reason)).await;
                noted.map_err(store::PublishError::from)?;
            }
            judged
        })
    }

    /// Puts on the ledger that definitions with faults of these kinds were to be published.
    ///
    /// # Errors
    /// The database failed.
    pub async fn refuse_publish(&self, by: By, mut kinds: Vec<String>) -> Result<(), StoreError> {
        kinds.sort_unstable();
        kinds.dedup();
        kinds.truncate(MOST_KINDS);
        self.note(by, Act::new("publish", "app").refused("definitions").fact("faults", kinds)).await
    }

    fn judged<'a>(
        &'a self,
        plan: &'a Plan,
        confirmed: &'a Confirmed,
        documents: serde_json::Value,
        by: By,
    ) -> Boxed<'a, Result<i64, PublishError>> {
        Box::pin(async move {
            let user = by.user.unwrap_or_default();
            let app = (self.inner.compile)(&documents).map_err(PublishError::Compile)?;
            if let Some(area) = self.deserted(&app).await.map_err(store::PublishError::from)? {
                return Err(PublishError::Deserted(area));
            }
            let at = self.now();
            let unfit = self.unfit_plugins(&app).await;
            if let Some((name, fault)) = unfit.into_iter().next() {
                return Err(PublishError::Plugin(name, fault));
            }
            let proposed = self.proposes(&app, user, at).await.map_err(store::PublishError::from)?;
            let terms = proposed.map_err(PublishError::SameVersion)?;
            let before = self.edition().version;
            let hash = self.hashing().hash(&[documents.to_string().as_bytes()]).to_string();
            let mut act = Act::new("publish", "app").fact("version", before + 1).fact("hash", hash);
            let renames = plan.renames();
            if !renames.is_empty() {
                act = act.fact("renames", serde_json::json!(renames));
            }
            if !terms.is_empty() {
                let names: Vec<&str> = terms.iter().map(|term| term.term.as_str()).collect();
                act = act.fact("terms", serde_json::json!(names));
            }
            act = access::told(act, &self.edition(), &app);
            let entries = vec![Pen::new(self, by, at).entry(&act)];
            let (counts, gone) = self.counts_after(&app, at);
            let views = kept_view::rewrite(&self.edition().app, &app);
            let letters = self.renewal_by(&app, before + 1).await;
            let noted = Noted { entries, terms, counts, gone, views, letters };
            let version = self.inner.store.publish_noted(before, plan, confirmed, documents, (user, at), noted).await?;
            let edition = self.edition();
            let had = edition.app.entities().iter().filter(|entity| edition.has_cases(entity.id));
            let had: Vec<String> = had.map(|entity| entity.name.to_string()).collect();
            let ran = edition.app.workflows().iter().map(|process| process.name.to_string());
            let ran: Vec<String> = ran.chain(edition.gone.iter().cloned()).collect();
            self.install(version, app, &had, &ran);
            Ok(version)
        })
    }
}

/// Why an app was not published. The one before stays.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The documents do not compile.
    #[error("the app does not compile: {0}")]
    Compile(String),
    /// A plugin cannot be called.
    #[error("the plugin `{0}` cannot be published: {1}")]
    Plugin(String, Fault),
    /// Nobody would be left who administers the area.
    #[error(
        "no active account would administer {} any more, because no role that one holds says `administers: {}`; \
         keep such a role, or give another to somebody first",
        .0.word(), .0.word()
    )]
    Deserted(Area),
    /// Terms that people have reviewed or approved would mean something else under the same version: each with the parts that
    /// change.
    #[error(
        "{} would mean something else under a version that people have reviewed or approved; give it the next `version`, \
         and it is proposed to them anew", listed(.0)
    )]
    SameVersion(Vec<(String, Vec<&'static str>)>),
    /// The database refused, and says why.
    #[error(transparent)]
    Store(#[from] store::PublishError),
}

impl PublishError {
    /// The rule by which it was refused, as the ledger names it; `None` when it failed.
    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Compile(_) => Some("definitions"),
            Self::Plugin(..) => Some("plugin"),
            Self::Deserted(_) => Some("deserted"),
            Self::SameVersion(_) => Some("same-version"),
            Self::Store(store::PublishError::Stale { .. }) => Some("stale"),
            Self::Store(store::PublishError::Unconfirmed { .. }) => Some("unconfirmed"),
            Self::Store(store::PublishError::DoesNotFit { .. }) => Some("does-not-fit"),
            Self::Store(store::PublishError::Store(_)) => None,
        }
    }
}

fn listed(terms: &[(String, Vec<&'static str>)]) -> String {
    let one = |(term, parts): &(String, Vec<&'static str>)| format!("{term} ({})", parts.join(", "));
    terms.iter().map(one).collect::<Vec<_>>().join(", ")
}
