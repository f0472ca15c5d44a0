//! What a rule sees of those it watches, as far as an actor may see it: their own values or those of all that lead to them,
//! and their place among their peers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use app::Watching;
use metrics::{Peers, watch::Seen};
use model::{Decimal, EntityId, Period, RecordId};

use crate::{
    Actor, CommandError, Engine, QueryError,
    query::{
        learnable,
        series::{Owners, watched},
    },
    snapshot::groups,
};

impl Engine {
    /// What was seen of each of these, or of all.
    pub(crate) async fn seen(
        &self,
        actor: &Actor,
        watching: &Watching,
        range: (Period, Period),
        about: Option<&BTreeSet<RecordId>>,
    ) -> Result<BTreeMap<RecordId, Vec<Seen>>, QueryError> {
        let app = &actor.edition.app;
        let of = app.about(watching.term);
        let owners = match (of, &watching.per) {
            (Some(of), Some(path)) => Some(Owners::of(self, actor, of, path).await?),
            _ => None,
        };
        let subjects: Option<Vec<RecordId>> = match (about, &owners) {
            // Among peers, what is seen of one depends on all.
            (None, _) => None,
            (Some(_), _) if watching.watch.compares() => None,
            (Some(about), Some(owners)) => Some(owners.subjects(about)),
            (Some(about), None) => Some(about.iter().copied().collect()),
        };
        let subjects = subjects.filter(|subjects| subjects.len() <= super::MOST_NAMED);
        let mut series = watched(self, actor, watching.term, range, subjects.as_deref(), owners.as_ref()).await?;
        if let (true, Some(of)) = (watching.watch.compares(), of) {
            self.place(actor, watching, of, &mut series).await?;
        }
        if let Some(about) = about {
            series.retain(|subject, _| about.contains(subject));
        }
        Ok(series)
    }

    /// Gives every value its place among those of its peers in the same period.
    async fn place(
        &self,
        actor: &Actor,
        watching: &Watching,
        of: EntityId,
        series: &mut BTreeMap<RecordId, Vec<Seen>>,
    ) -> Result<(), QueryError> {
        let Some(term) = actor.edition.app.term(watching.term) else { return Ok(()) };
        // Who is not to know the groups compares nobody.
        let Some(path) = term.peers.as_ref().filter(|path| learnable(&actor.edition.app, actor, path)) else {
            return Ok(());
        };
        let group_of = groups(self, actor, of, path).await.map_err(|error| match error {
            CommandError::Store(error) => QueryError::Store(error),
            _ => QueryError::NewEdition,
        })?;
        let mut together: HashMap<(&String, Period), Vec<Decimal>> = HashMap::new();
        for (subject, seen) in series.iter() {
            let Some(group) = group_of.get(subject) else { continue };
            for one in seen.iter().filter(|one| watching.watch.evaluable(one)) {
                together.entry((group, one.period)).or_default().extend(one.value);
            }
        }
        let peers: HashMap<(&String, Period), Peers> =
            together.into_iter().map(|(at, values)| (at, Peers::of(values))).collect();
        for (subject, seen) in series.iter_mut() {
            let Some(group) = group_of.get(subject) else { continue };
            for one in seen.iter_mut().filter(|one| watching.watch.evaluable(one)) {
                let peers = peers.get(&(group, one.period));
                one.place = peers.zip(one.value).and_then(|(peers, value)| peers.percentile(value, term.direction));
            }
        }
        Ok(())
    }

    /// Those whose alerts may be others because of rows about these subjects; `None` for all.
    pub(super) async fn concerned(
        &self,
        actor: &Actor,
        watching: &Watching,
        subjects: Option<BTreeSet<RecordId>>,
    ) -> Result<Option<BTreeSet<RecordId>>, QueryError> {
        if watching.watch.compares() {
            return Ok(None);
        }
        let (Some(subjects), Some(path)) = (&subjects, &watching.per) else { return Ok(subjects) };
        let Some(of) = actor.edition.app.about(watching.term) else { return Ok(None) };
        Ok(Some(Owners::of(self, actor, of, path).await?.ever(subjects.iter().copied())))
    }
}
