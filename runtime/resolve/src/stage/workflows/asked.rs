//! Forms and approvals: who is asked, when they have said yes, what they see and write meanwhile.

use std::collections::BTreeSet;

use definition::kind::workflow as words;
use model::{Diagnostic, FieldId, Location};
use workflow::{Asked, Claim, Group, Nobody, Operation, Opinion, Over, Signature, Starter, Timer, Way, Who};

use super::Site;

impl Site<'_> {
    pub(super) fn asked(
        &self,
        written: &words::Asked,
        fills: bool,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Asked> {
        if fills {
            let inert = [
                ("rejected", written.rejected.is_some()),
                ("starter", written.starter.is_some()),
                ("again_passes", written.again_passes),
                ("veto", written.veto.is_some()),
                ("groups", !written.groups.is_empty()),
            ];
            for (name, _) in inert.into_iter().filter(|(_, there)| *there) {
                let message = format!("`{name}` does nothing in a form, which knows no yes and no");
                faults.push(Diagnostic::error("workflow.does-not-apply", at.child(name), message).help("leave it out"));
            }
        }
        let groups = self.groups(written, fills, at, faults);
        if written.in_turn && groups.len() < 2 {
            let message = "`in_turn` does nothing with one group";
            let help = "to ask one person after another say `way: in_turn`";
            faults.push(Diagnostic::error("workflow.does-not-apply", at.child("in_turn"), message).help(help));
        }
        let starter = match written.starter {
            Some(words::Starter::Passes) => Starter::Passes,
            Some(words::Starter::LeftOut) => Starter::LeftOut,
            Some(words::Starter::Answers) | None => Starter::Answers,
        };
        let nobody = self.nobody(written, &groups, starter, at, faults)?;
        let (show, edit, require) = self.fields(written, at, faults);
        let timers = written.timers.iter().enumerate();
        let timers = timers
            .filter_map(|(index, timer)| self.timer(timer, fills, &at.child("timers").child(index), faults))
            .collect();
        let rejected = written.rejected.as_ref();
        Some(Asked {
            fills,
            show,
            edit,
            require,
            groups,
            in_turn: written.in_turn,
            nobody,
            again_passes: written.again_passes,
            starter,
            opinion: match written.opinion {
                Some(words::Opinion::Rejecting) => Opinion::Rejecting,
                Some(words::Opinion::Always) => Opinion::Always,
                Some(words::Opinion::Free) | None => Opinion::Free,
            },
            signature: self.signature(written, fills, at, faults),
            rejected: rejected.and_then(|name| self.step(name, &at.child("rejected"), faults)),
            allow: match &written.allow {
                Some(some) => some.iter().map(|operation| operation_of(*operation)).collect(),
                None => Operation::ALL.to_vec(),
            },
            urge: self.urge(written.urge.as_ref(), &at.child("urge"), faults),
            paused: self.paused(written.paused.as_deref(), !written.timers.is_empty(), at, faults),
            timers,
        })
    }

    /// When a signature is asked for. Nobody signs who is not asked, so a step that is signed is not passed without an answer.
    fn signature(&self, written: &words::Asked, fills: bool, at: &Location, faults: &mut Vec<Diagnostic>) -> Signature {
        let signature = match written.signature {
            Some(words::Signature::Always) => Signature::Always,
            Some(words::Signature::Approving) => Signature::Approving,
            Some(words::Signature::Never) | None => return Signature::Never,
        };
        if fills && signature == Signature::Approving {
            let message = "a form knows no yes and no";
            let help = "say `signature: always`";
            faults.push(Diagnostic::error("workflow.does-not-apply", at.child("signature"), message).help(help));
        }
        let passes = |timer: &words::Timer| timer.then == Some(words::Then::Pass);
        let mut unsigned = vec![
            (at.child("again_passes"), written.again_passes && !fills),
            (at.child("starter"), written.starter == Some(words::Starter::Passes) && !fills),
        ];
        let timers = written.timers.iter().enumerate();
        unsigned.extend(timers.map(|(index, timer)| (at.child("timers").child(index).child("then"), passes(timer))));
        for (at, _) in unsigned.into_iter().filter(|(_, there)| *there) {
            let message = "by this the step is passed without anybody signing, and it asks for a signature";
            let help = "have them answer, or leave `signature` out";
            faults.push(Diagnostic::error("workflow.unsigned", at, message).help(help));
        }
        signature
    }

    fn groups(&self, written: &words::Asked, fills: bool, at: &Location, faults: &mut Vec<Diagnostic>) -> Vec<Group> {
        let alone = words::Group {
            who: written.who.clone(),
            way: written.way,
            share: written.share,
            count: written.count,
            veto: written.veto,
            decisive: false,
        };
        if written.groups.is_empty() {
            let mut group = self.group(&alone, fills, at, faults);
            if written.claim {
                if group.way != Way::Any {
                    let message = "`claim` does nothing where more than one answers";
                    let help = "say `way: any` too";
                    faults.push(Diagnostic::error("workflow.does-not-apply", at.child("claim"), message).help(help));
                }
                group.claim = Claim::First;
            }
            return vec![group];
        }
        let beside = [
            ("who", !alone.who.is_empty()),
            ("way", alone.way.is_some()),
            ("share", alone.share.is_some()),
            ("count", alone.count.is_some()),
            ("veto", alone.veto.is_some()),
            ("claim", written.claim),
        ];
        for (name, _) in beside.into_iter().filter(|(_, there)| *there) {
            let message = format!("`{name}` does nothing beside `groups`");
            let help = "say it in each group";
            faults.push(Diagnostic::error("workflow.does-not-apply", at.child(name), message).help(help));
        }
        let each = written.groups.iter().enumerate();
        each.map(|(index, group)| self.group(group, fills, &at.child("groups").child(index), faults)).collect()
    }

    fn group(&self, written: &words::Group, fills: bool, at: &Location, faults: &mut Vec<Diagnostic>) -> Group {
        let who = self.whom(&written.who, &at.child("who"), faults);
        if written.who.is_empty() {
            let message = "nobody is named to be asked";
            let help = "say `who`, as in `[owner.manager]` or `[{role: hr}]`";
            faults.push(Diagnostic::error("workflow.nobody", at.child("who"), message).help(help));
        }
        let way = match (written.way, written.share, written.count) {
            (Some(words::Way::InTurn), None, None) => Way::InTurn,
            (Some(words::Way::Any), None, None) => Way::Any,
            (None, None, None) if fills => Way::Any,
            (Some(words::Way::All) | None, None, None) => Way::All,
            (None, Some(percent), None) => {
                if percent == 0 || percent > 100 {
                    let message = format!("{percent} is no share: from 1 to 100 percent");
                    faults.push(Diagnostic::error("workflow.out-of-range", at.child("share"), message));
                }
                Way::Share(percent)
            }
            (None, None, Some(many)) => {
                if many == 0 {
                    let message = "at least one has to say yes";
                    faults.push(Diagnostic::error("workflow.out-of-range", at.child("count"), message));
                }
                Way::Count(many)
            }
            _ => {
                let message = "a group has one of `way`, `share` and `count`";
                faults.push(Diagnostic::error("workflow.one-thing", at.clone(), message));
                Way::All
            }
        };
        let weighs = matches!(way, Way::Share(_));
        for (index, whom) in written.who.iter().enumerate() {
            if !weighs && matches!(whom, words::Whom::Known(words::Known { weight: Some(_), .. })) {
                let at = at.child("who").child(index).child("weight");
                let message = "`weight` counts where a `share` of it is asked for only";
                faults.push(Diagnostic::error("workflow.does-not-apply", at, message).help("leave it out"));
            }
        }
        let veto = written.veto.unwrap_or(matches!(way, Way::All | Way::InTurn));
        Group { who, way, veto, decisive: written.decisive, claim: Claim::None }
    }

    /// What happens where nobody is to be asked; a workflow in which that may leave a case stuck is refused.
    fn nobody(
        &self,
        written: &words::Asked,
        groups: &[Group],
        starter: Starter,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Nobody> {
        if let Some(instead) = &written.instead {
            if written.nobody.is_some() {
                let message = "`nobody` does nothing where somebody is asked `instead`";
                faults.push(Diagnostic::error("workflow.does-not-apply", at.child("nobody"), message));
            }
            let (who, _) = self.one_whom(instead, &at.child("instead"), faults)?;
            return Some(Nobody::Ask(who));
        }
        match written.nobody {
            Some(words::Nobody::Pass) => return Some(Nobody::Pass),
            Some(words::Nobody::Refuse) => return Some(Nobody::Refuse),
            Some(words::Nobody::Guard) | None => {}
        }
        let sure = |group: &Group| group.who.iter().any(|(who, _)| self.is_sure(who, starter));
        if self.words.guard.is_none() && !groups.iter().all(sure) && !groups.iter().any(|group| group.who.is_empty()) {
            let message = "it is possible that nobody is found to be asked here, and nobody guards the workflow";
            let help = "name a role as the workflow's `guard`, or say what happens: `nobody: pass`, `nobody: refuse` or \
                        `instead`";
            faults.push(Diagnostic::error("workflow.possibly-nobody", at.clone(), message).help(help));
        }
        Some(Nobody::Guard)
    }

    /// Whether somebody is there for certain.
    fn is_sure(&self, who: &Who, starter: Starter) -> bool {
        match who {
            Who::Starter => starter != Starter::LeftOut,
            Who::People(_) | Who::Role(_) | Who::Chosen | Who::Managers { .. } | Who::Except { .. } => false,
        }
    }

    fn fields(
        &self,
        written: &words::Asked,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> (Vec<FieldId>, Vec<FieldId>, Vec<FieldId>) {
        let mut seen = BTreeSet::new();
        let mut once = |id: FieldId, at: &Location, faults: &mut Vec<Diagnostic>| {
            if !seen.insert(id) {
                let message = "this field is named already";
                faults.push(Diagnostic::error("workflow.named-twice", at.clone(), message));
            }
        };
        let mut edit = Vec::new();
        for (index, name) in written.edit.iter().enumerate() {
            let at = at.child("edit").child(index);
            if let Some(field) = self.draft.given_field(self.entity, name, "workflow.not-writable", &at, faults) {
                once(field.id, &at, faults);
                edit.push(field.id);
            }
        }
        let mut show = Vec::new();
        for (index, name) in written.show.iter().enumerate() {
            let at = at.child("show").child(index);
            let Some(field) = self.draft.own_field(self.entity, name, &at, faults) else { continue };
            if matches!(field.kind, app::FieldKind::Children { .. }) {
                let message = format!("`{name}` is a list of records, of which each is seen by its own right");
                faults.push(Diagnostic::error("workflow.not-shown", at, message));
                continue;
            }
            once(field.id, &at, faults);
            show.push(field.id);
        }
        let mut require = Vec::new();
        for (index, name) in written.require.iter().enumerate() {
            let at = at.child("require").child(index);
            let Some(field) = self.draft.own_field(self.entity, name, &at, faults) else { continue };
            if !edit.contains(&field.id) {
                let message = format!("`{name}` is required here, and nobody can fill it in here");
                let help = "name it in `edit` too";
                faults.push(Diagnostic::error("workflow.required-hidden", at, message).help(help));
            }
            require.push(field.id);
        }
        (show, edit, require)
    }

    fn timer(&self, written: &words::Timer, fills: bool, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Timer> {
        let words::Timer { from, working_days, days, hours, then, tell, hand_to } = written;
        let when = words::When { from: from.clone(), working_days: *working_days, days: *days, hours: *hours };
        let when = self.moment(&when, at, faults);
        let then = match (then, tell.is_empty(), hand_to.is_empty()) {
            (Some(words::Then::Remind), true, true) => Over::Remind,
            (Some(words::Then::Pass), true, true) => Over::Pass,
            (Some(words::Then::Reject), true, true) => {
                if fills {
                    let message = "a form is not rejected";
                    faults.push(Diagnostic::error("workflow.does-not-apply", at.child("then"), message));
                }
                Over::Reject
            }
            (Some(words::Then::Return), true, true) => Over::Return,
            (None, false, true) => Over::Tell(self.people(tell, &at.child("tell"), faults)),
            (None, true, false) => Over::HandTo(self.people(hand_to, &at.child("hand_to"), faults)),
            _ => {
                let message = "one thing is done when it is time: `then`, `tell` or `hand_to`";
                faults.push(Diagnostic::error("workflow.one-thing", at.clone(), message));
                return None;
            }
        };
        Some(Timer { when: when?, then })
    }
}

fn operation_of(written: words::Operation) -> Operation {
    match written {
        words::Operation::Return => Operation::Return,
        words::Operation::Transfer => Operation::Transfer,
        words::Operation::Delegate => Operation::Delegate,
        words::Operation::AddSigner => Operation::AddSigner,
        words::Operation::TakeBack => Operation::TakeBack,
    }
}
