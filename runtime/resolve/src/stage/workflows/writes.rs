//! What a step writes: into the record of the case, into records it leads to, into one that is made.

use std::collections::BTreeMap;

use definition::kind::workflow as words;
use formula::Formula;
use model::{Diagnostic, EntityId, FieldId, Location, Type};
use workflow::{StepKind, Write};

use super::Site;

impl Site<'_> {
    /// Fields of the record of the case, or of records it leads to.
    pub(super) fn set(&self, written: &words::Set, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<StepKind> {
        let others = match written {
            words::Set::Own(fields) => return Some(StepKind::Set(self.values(self.entity, fields, at, faults))),
            words::Set::Of(others) => others,
        };
        let of = self.expression(&others.of, None, &at.child("of"), faults)?;
        let one = match of.ty() {
            Type::List(each) => each.as_ref(),
            one => one,
        };
        let Type::Id(Some(entity)) = one else {
            let message = "this does not lead to records";
            let help = "name a reference of the record, such as `of: objective`";
            faults.push(Diagnostic::error("workflow.no-records", at.child("of"), message).help(help));
            return None;
        };
        let entity = *entity;
        let fields = self.values(entity, &others.fields, &at.child("fields"), faults);
        Some(StepKind::Update(of, Write { entity, fields }))
    }

    pub(super) fn values(
        &self,
        entity: EntityId,
        written: &indexmap::IndexMap<String, String>,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Vec<(FieldId, Formula)> {
        let mut found = BTreeMap::new();
        if written.is_empty() {
            faults.push(Diagnostic::error("workflow.no-fields", at.clone(), "nothing is written"));
        }
        for (name, source) in written {
            let at = at.child(name);
            let Some(field) = self.draft.given_field(entity, name, "workflow.not-writable", &at, faults) else {
                continue;
            };
            if let Some(value) = self.expression(source, Some(&field.ty), &at, faults) {
                found.insert(field.id, value);
            }
        }
        found.into_iter().collect()
    }
}
