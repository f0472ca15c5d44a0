//! Rules that watch a number: the term is about somebody and can be told by such periods, the levels rise, and the fields
//! of the alert can hold what is put into them.

use app::{Field, FieldKind, Rule, Trigger, Watching};
use definition::kind::{entity::Scalar, rule, term::Frequency};
use formula::{Formula, Path};
use metrics::{Base, Hit, Swing, Term, Watch};
use model::{Decimal, Diagnostic, EntityId, FieldId, Grain, Location, TermId, Type, diagnostic::nearest};

use crate::{
    draft::{Draft, Named},
    stage::terms,
    text::text,
};

/// Most periods in a row a level may ask for.
const LONGEST: u32 = 366;

/// Compiles a rule that watches.
pub(super) fn resolve(
    draft: &Draft<'_>,
    terms: &[Term],
    named: &Named<'_, rule::Rule>,
    written: &rule::Watch,
    faults: &mut Vec<Diagnostic>,
) -> Option<Rule> {
    let (words, whole) = (named.words, named.at);
    for (said, property) in [
        (words.condition.is_some(), "condition"),
        (words.without.is_some(), "without"),
        (!words.actions.is_empty(), "actions"),
    ] {
        if said {
            let message = format!("`{property}` does nothing in a rule that watches a number");
            let help = "a rule that follows changes of the alerts can ask and act";
            faults.push(Diagnostic::error("rule.does-not-apply", whole.child(property), message).help(help));
        }
    }
    let at = &whole.child("trigger").child("watch");
    let watched = term(draft, terms, written, at, faults);
    let watch = watch(written, at, faults);
    let entity = draft.entity(&written.alert.entity, &at.child("alert").child("entity"), faults)?;
    let (term, grain, of) = watched?;
    let compares = watch.as_ref().is_some_and(Watch::compares);
    if compares && terms.iter().any(|known| known.id == term && known.peers.is_none()) {
        let message = format!("`{}` says nobody its subjects are compared with", written.term);
        let help = "give the term `peers`, as in `peers: person.post`";
        faults.push(Diagnostic::error("rule.no-peers", at.child("place_below"), message).help(help));
    }
    if compares && written.per.is_some() {
        let message = "those that are compared are the subjects themselves, so `per` does nothing here";
        faults.push(Diagnostic::error("rule.does-not-apply", at.child("per"), message));
    }
    let per = match &written.per {
        Some(text) => Some(per(draft, terms, (term, of), text, &at.child("per"), faults)?),
        None => None,
    };
    let about = per.as_ref().map_or(of, |(_, entity)| *entity);
    let fields = Fields { draft, entity, at: at.child("alert") };
    let alert = &written.alert;
    let rule = fields.one("rule", &alert.rule, "a text", |kind| matches!(kind, FieldKind::Text), faults);
    let name = draft.entity_name(about).to_owned();
    let subject = fields.one("subject", &alert.subject, &format!("a reference to `{name}`"), refers_to(about), faults);
    let level = fields.choice("level", &alert.level, written.levels.keys().map(String::as_str), faults);
    let states = [Watching::OPEN, Watching::RESOLVED, Watching::VOID];
    let state = fields.choice("state", &alert.state, states.into_iter(), faults);
    let date = |kind: &FieldKind| matches!(kind, FieldKind::Date);
    let opened = fields.one("opened", &alert.opened, "a date", date, faults);
    let closed = fields.one("closed", &alert.closed, "a date", date, faults);
    let number = |kind: &FieldKind| matches!(kind, FieldKind::Decimal { .. } | FieldKind::Percent { .. });
    let value = alert.value.as_ref().map(|name| fields.one("value", name, "a decimal or percent", number, faults));
    let json = |kind: &FieldKind| matches!(kind, FieldKind::Json);
    let evidence = alert.evidence.as_ref().map(|name| fields.one("evidence", name, "a json", json, faults));
    let recipient = recipient(draft, &fields, alert, about, faults);
    let watching = Watching {
        term,
        grain,
        watch: watch?,
        about,
        per: per.map(|(path, _)| path),
        rule: rule?,
        subject: subject?,
        level: level?,
        state: state?,
        opened: opened?,
        closed: closed?,
        value: optional(value)?,
        evidence: optional(evidence)?,
        recipient,
    };
    Some(Rule {
        name: named.name.clone(),
        label: text(&words.label),
        entity,
        trigger: Trigger::Watch,
        condition: None,
        without: None,
        watch: Some(Box::new(watching)),
        actions: Vec::new(),
    })
}

/// A field that need not be named, and is not at fault where it is.
fn optional(found: Option<Option<FieldId>>) -> Option<Option<FieldId>> {
    match found {
        None => Some(None),
        Some(field) => field.map(Some),
    }
}

fn refers_to(about: EntityId) -> impl Fn(&FieldKind) -> bool {
    move |kind| matches!(kind, FieldKind::Reference { to, .. } if *to == about)
}

fn grain(every: Frequency) -> Grain {
    match every {
        Frequency::Daily => Grain::Day,
        Frequency::Weekly => Grain::Week,
        Frequency::Monthly => Grain::Month,
        Frequency::Quarterly => Grain::Quarter,
        Frequency::Yearly => Grain::Year,
    }
}

/// The term, its periods, and whom it is about.
fn term(
    draft: &Draft<'_>,
    terms: &[Term],
    written: &rule::Watch,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<(TermId, Grain, EntityId)> {
    let name = &written.term;
    if !draft.terms.iter().any(|named| named.name == *name.as_str()) {
        let message = format!("the dictionary has no term `{name}`");
        let names = draft.terms.iter().map(|named| named.name.as_str());
        let help = nearest(name, names).unwrap_or_else(|| "terms stand in `dictionary/`".to_owned());
        faults.push(Diagnostic::error("rule.unknown-term", at.child("term"), message).help(help));
        return None;
    }
    // A term at fault has been told.
    let term = terms.iter().find(|term| term.name == *name.as_str())?;
    let known = |id: TermId| terms.iter().find(|term| term.id == id);
    let bases: Vec<&Base> = metrics::measured(term.id, known).into_iter().filter_map(Term::base).collect();
    let grain = written.every.map_or(term.frequency, grain);
    if let Some(base) = bases.iter().find(|base| !base.kind.tells(grain)) {
        let finest = base.kind.finest().word();
        let message =
            format!("the rows of `{name}` cannot be told apart by the {}, only by the {finest}", grain.word());
        faults.push(Diagnostic::error("rule.bad-period", at.child("every"), message).help("watch longer periods"));
    }
    // What it is made from is at fault, which is told.
    if bases.is_empty() {
        return None;
    }
    let subject = |base: &&Base| base.subject.as_ref().map(|(_, entity)| *entity);
    let first = bases.first().and_then(subject);
    let Some(about) = first.filter(|_| bases.iter().all(|base| subject(base) == first)) else {
        let message = format!("`{name}` is about nobody, so there is nobody to raise an alert for");
        faults.push(Diagnostic::error("rule.no-subject", at.child("term"), message).help("give the term a `subject`"));
        return None;
    };
    Some((term.id, grain, about))
}

/// What the subjects lead to: a path to a reference, along which the numbers of several subjects add up.
fn per(
    draft: &Draft<'_>,
    terms: &[Term],
    (term, of): (TermId, EntityId),
    text: &str,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<(Path, EntityId)> {
    let path = draft.path(of, text, at, faults)?;
    let reference = draft.field_by_id(path.field).and_then(|field| match field.kind {
        FieldKind::Reference { to, .. } => Some(to),
        _ => None,
    });
    let Some(entity) = reference else {
        if !draft.broken_fields.contains(&path.field) {
            let message = format!("`{text}` is not a reference, so no alert can be about it");
            faults.push(Diagnostic::error("path.no-reference", at.clone(), message).help("name one, as in `unit`"));
        }
        return None;
    };
    let known = |id: TermId| terms.iter().find(|term| term.id == id);
    let apart = metrics::measured(term, known).into_iter().find(|term| {
        let base = term.base();
        base.is_some_and(|base| !base.number.adds_up())
    });
    if let Some(apart) = apart {
        let message =
            format!("the numbers of several subjects do not add up: `{}` is no sum, count or mean", apart.name);
        faults
            .push(Diagnostic::error("rule.does-not-add-up", at.clone(), message).help("watch the subjects one by one"));
        return None;
    }
    Some((path, entity))
}

/// The most periods a mean is over.
const MOST_BEFORE: u32 = 100;

fn swing(written: &rule::Swing, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Swing> {
    let by = terms::number(&written.by, &at.child("by"), faults)?;
    if by <= Decimal::ZERO {
        let message = "a swing is by more than nothing";
        faults.push(Diagnostic::error("rule.bad-swing", at.child("by"), message).help("say how many percent"));
        return None;
    }
    if !(1..=MOST_BEFORE).contains(&written.over) {
        let message = format!("a mean is over 1 to {MOST_BEFORE} periods, not {}", written.over);
        faults.push(Diagnostic::error("rule.bad-swing", at.child("over"), message));
        return None;
    }
    Some(Swing { by, over: usize::try_from(written.over).ok()? })
}

fn watch(written: &rule::Watch, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Watch> {
    let number = |property: &'static str, scalar: &Option<Scalar>, faults: &mut Vec<Diagnostic>| -> Option<Decimal> {
        scalar.as_ref().and_then(|scalar| terms::number(scalar, &at.child(property), faults))
    };
    let said = [
        written.above.is_some(),
        written.below.is_some(),
        written.trend.is_some(),
        written.falls.is_some(),
        written.rises.is_some(),
        written.place_below.is_some(),
    ];
    if said.iter().filter(|said| **said).count() != 1 {
        let message = "a period counts for one reason: `above`, `below`, `trend`, `falls`, `rises` or `place_below`";
        faults.push(Diagnostic::error("rule.one-bound", at.clone(), message));
        return None;
    }
    let above = number("above", &written.above, faults).map(Hit::Above);
    let below = number("below", &written.below, faults).map(Hit::Below);
    let trend = written.trend.map(|trend| match trend {
        rule::Trend::Falling => Hit::Falling,
        rule::Trend::Rising => Hit::Rising,
    });
    let falls = written.falls.as_ref().and_then(|said| swing(said, &at.child("falls"), faults)).map(Hit::Falls);
    let rises = written.rises.as_ref().and_then(|said| swing(said, &at.child("rises"), faults)).map(Hit::Rises);
    let place = number("place_below", &written.place_below, faults).and_then(|limit| {
        let fits = limit > Decimal::ZERO && limit <= Decimal::ONE_HUNDRED;
        if !fits {
            let message = "a place among peers is between 0 and 100 percent";
            faults.push(Diagnostic::error("rule.bad-swing", at.child("place_below"), message));
        }
        fits.then_some(Hit::PlaceBelow(limit))
    });
    let least = number("minimum", &written.minimum, faults);
    let at_levels = at.child("levels");
    if written.levels.is_empty() {
        let message = "without a level nothing is ever raised";
        faults.push(Diagnostic::error("rule.no-level", at_levels, message).help("say one, as in `{yellow: 3}`"));
        return None;
    }
    let mut before = 0;
    for (name, needed) in &written.levels {
        if *needed <= before || *needed > LONGEST {
            let message = format!("levels rise from 1 to at most {LONGEST} periods in a row; `{name}` does not");
            faults.push(
                Diagnostic::error("rule.bad-level", at_levels.child(name), message).help("put the mildest first"),
            );
        }
        before = *needed;
    }
    let clear = written.clear.unwrap_or(1);
    if !(1..=LONGEST).contains(&clear) {
        let message = format!("it is over after 1 to {LONGEST} periods, not {clear}");
        faults.push(Diagnostic::error("rule.bad-level", at.child("clear"), message));
    }
    let levels = written.levels.iter().map(|(name, needed)| (name.clone(), *needed)).collect();
    let hit = above.or(below).or(trend).or(falls).or(rises).or(place)?;
    Some(Watch { hit, least, levels, clear })
}

/// The fields of the entity of alerts.
struct Fields<'d, 'w> {
    draft: &'d Draft<'w>,
    entity: EntityId,
    at: Location,
}

impl Fields<'_, '_> {
    fn one(
        &self,
        property: &'static str,
        name: &str,
        what: &str,
        fits: impl Fn(&FieldKind) -> bool,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<FieldId> {
        let at = self.at.child(property);
        let field = self.draft.own_field(self.entity, name, &at, faults)?;
        if self.draft.broken_fields.contains(&field.id) {
            return None;
        }
        if !(fits(&field.kind) && writable(field)) {
            let message = format!("`{name}` cannot hold this: it must be {what} that is not computed");
            faults.push(Diagnostic::error("rule.bad-alert-field", at, message));
            return None;
        }
        Some(field.id)
    }

    fn choice<'c>(
        &self,
        property: &'static str,
        name: &str,
        codes: impl Iterator<Item = &'c str>,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<FieldId> {
        let id = self.one(property, name, "a choice", |kind| matches!(kind, FieldKind::Choice(_)), faults)?;
        let Some(FieldKind::Choice(choices)) = self.draft.field_by_id(id).map(|field| &field.kind) else { return None };
        for code in codes.filter(|code| !choices.iter().any(|choice| choice.code == **code)) {
            let message = format!("`{name}` has no choice `{code}`");
            faults.push(Diagnostic::error("rule.bad-alert-field", self.at.child(property), message).help("add it"));
        }
        Some(id)
    }
}

fn writable(field: &Field) -> bool {
    field.writable()
}

/// Who is to look after an alert.
fn recipient(
    draft: &Draft<'_>,
    fields: &Fields<'_, '_>,
    alert: &rule::Alert,
    about: EntityId,
    faults: &mut Vec<Diagnostic>,
) -> Option<(FieldId, Formula)> {
    let at = &fields.at;
    match (&alert.recipient, &alert.to) {
        (None, None) => None,
        (Some(name), Some(source)) => {
            let person = draft.organisation.person;
            let fits = |kind: &FieldKind| matches!(kind, FieldKind::Reference { to, .. } if Some(*to) == person);
            let field = fields.one("recipient", name, "a reference to a person", fits, faults)?;
            let formula = draft.expression(source, about, Some(&Type::Id(person)), &at.child("to"), faults)?;
            if formula.uses_actor() {
                let (code, message, help) = super::NOBODY_ACTS;
                faults.push(Diagnostic::error(code, at.child("to"), message).help(help));
                return None;
            }
            Some((field, formula))
        }
        (said, _) => {
            let (property, other) = if said.is_some() { ("recipient", "to") } else { ("to", "recipient") };
            let message =
                format!("`{property}` needs `{other}` beside it: who looks after an alert, and where that stands");
            faults.push(Diagnostic::error("rule.nobody-told", at.child(property), message));
            None
        }
    }
}
