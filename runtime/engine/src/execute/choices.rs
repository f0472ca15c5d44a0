//! Records that are chosen by the same command that writes them: whether their field may take them is seen when all is done.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use app::FieldKind;
use model::{FieldId, RecordId};
use store::Tx;

use super::{HeldChoice, Work, words};
use crate::{CommandError, FieldFault};

impl Work<'_> {
    /// Refuses those that do not meet the condition of their field, one statement per field.
    pub(super) async fn hold_choices(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        let mut held: BTreeMap<FieldId, Vec<(RecordId, usize)>> = BTreeMap::new();
        for HeldChoice { field, chosen, index } in std::mem::take(&mut self.choices) {
            held.entry(field).or_default().push((self.meant(chosen), index));
        }
        let app = &self.actor.edition.app;
        let mut faults = Vec::new();
        for (field, chosen) in held {
            let Some(field) = app.field(field) else { continue };
            let (FieldKind::Reference { to, only: Some(only), .. }
            | FieldKind::References { to, only: Some(only), .. }) = &field.kind
            else {
                continue;
            };
            // A condition without a form in the database was refused when the app was checked.
            let Ok(condition) = only.predicate() else { continue };
            let ids: BTreeSet<RecordId> = chosen.iter().map(|(id, _)| *id).collect();
            let ids: Vec<RecordId> = ids.into_iter().collect();
            let there: HashSet<RecordId> = tx.matching(app, *to, &condition, &ids).await?.into_iter().collect();
            for (_, index) in chosen.iter().filter(|(id, _)| !there.contains(id)) {
                faults.push(FieldFault {
                    index: *index,
                    field: Some(field.name.to_string()),
                    code: "reference",
                    message: words::no_such(field, self.actor.locale),
                });
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(CommandError::Invalid(faults)) }
    }
}
