//! Dashboards: the terms are there, what their values are told apart by leads somewhere, and every property of a tile does
//! something.

use app::{By, ChartKind, Dashboard, FieldKind, FieldRole, Tile, boxes::Boxes};
use definition::kind::{entity, page};
use formula::Path;
use metrics::{Base, Term};
use model::{Diagnostic, EntityId, FieldId, Grain, Location, TermId};

use super::{boxes, terms};
use crate::{draft::Draft, text::optional};

/// Periods of a dashboard that says none.
const PERIODS: u32 = 6;
/// Most periods of a tile.
const MOST_PERIODS: u32 = 60;
/// Groups of a tile or block that says none.
pub(super) const TOP: u32 = 12;
/// Most groups of a tile or block.
pub(super) const MOST_GROUPS: u32 = 50;

/// Compiles a dashboard.
pub(super) fn resolve(
    draft: &Draft<'_>,
    terms: &[Term],
    words: &page::Page,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Dashboard {
    let about = words.about.as_ref().and_then(|name| draft.entity(name, &at.child("about"), faults));
    let grain = words.grain.map_or(Grain::Month, grain);
    let periods = periods(words.periods, &at.child("periods"), faults).unwrap_or(PERIODS);
    let page = On { draft, terms, about, grain };
    let tiles = words.tiles.iter();
    let tiles = tiles
        .filter_map(|(name, tile)| page.tile(name, tile, &at.child("tiles").child(name), faults))
        .collect::<Vec<_>>();
    let filters = page.filters(&words.filters, &tiles, &at.child("filters"), faults);
    reached(&words.filters, words, at, faults);
    let unit = words.unit.clone().filter(|_| page.unit(&tiles, &at.child("unit"), words.unit.is_some(), faults));
    let needs = super::needs(draft, about, words, at, faults);
    Dashboard { about, needs, unit, grain, periods, filters, tiles }
}

/// The length of periods.
pub(super) fn grain(written: entity::Grain) -> Grain {
    match written {
        entity::Grain::Year => Grain::Year,
        entity::Grain::Half => Grain::Half,
        entity::Grain::Quarter => Grain::Quarter,
        entity::Grain::Month => Grain::Month,
        entity::Grain::Week => Grain::Week,
    }
}

fn periods(written: Option<u32>, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<u32> {
    let count = written?;
    if !(1..=MOST_PERIODS).contains(&count) {
        let message = format!("a dashboard shows 1 to {MOST_PERIODS} periods, not {count}");
        faults.push(Diagnostic::error("page.out-of-range", at.clone(), message));
    }
    Some(count)
}

fn kind(written: page::ChartKind) -> ChartKind {
    match written {
        page::ChartKind::Line => ChartKind::Line,
        page::ChartKind::Bar => ChartKind::Bar,
        page::ChartKind::Stacked => ChartKind::Stacked,
        page::ChartKind::Radar => ChartKind::Radar,
        page::ChartKind::Funnel => ChartKind::Funnel,
        page::ChartKind::Heat => ChartKind::Heat,
        page::ChartKind::Waterfall => ChartKind::Waterfall,
        page::ChartKind::Gauge => ChartKind::Gauge,
        page::ChartKind::Words => ChartKind::Words,
        page::ChartKind::Table => ChartKind::Table,
        page::ChartKind::Pivot => ChartKind::Pivot,
        page::ChartKind::NineBox => ChartKind::NineBox,
    }
}

/// The page a tile stands on.
struct On<'d, 'w> {
    draft: &'d Draft<'w>,
    terms: &'d [Term],
    about: Option<EntityId>,
    grain: Grain,
}

impl On<'_, '_> {
    fn tile(&self, name: &str, words: &page::Tile, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Tile> {
        let draft = self.draft;
        let span = words.span.unwrap_or(1);
        if !(1..=3).contains(&span) {
            let message = format!("a tile takes 1 to 3 columns, not {span}");
            faults.push(Diagnostic::error("page.out-of-range", at.child("span"), message));
        }
        let top = words.top.unwrap_or(TOP);
        if !(1..=MOST_GROUPS).contains(&top) {
            let message = format!("a tile shows 1 to {MOST_GROUPS} groups, not {top}");
            faults.push(Diagnostic::error("page.out-of-range", at.child("top"), message));
        }
        inert(words, at, faults);
        if words.chart == Some(page::ChartKind::NineBox) && self.about.is_some() {
            let message = "a page about one record has nobody to put into boxes";
            let fault = Diagnostic::error("page.tile-shapeless", at.child("chart"), message);
            faults.push(fault.help("put it on a page that is `about` nothing"));
        }
        let roles = super::roles(draft, &words.roles, &at.child("roles"), faults);
        let visible = match (&words.visible, self.about) {
            (Some(source), Some(about)) => draft.filter(source, about, &at.child("visible"), faults),
            (Some(_), None) => {
                let message = "nothing is known of the record of a page that is `about` nothing";
                let fault = Diagnostic::error("page.tile-inert", at.child("visible"), message);
                faults.push(fault.help("say whom the page is `about`, or leave it out"));
                None
            }
            (None, _) => None,
        };
        let grain = words.grain.map(grain);
        let at_with = at.child("with");
        let term = self.term(&words.term, grain, &at.child("term"), faults);
        let with: Vec<TermId> = words
            .with
            .iter()
            .enumerate()
            .filter_map(|(index, name)| self.term(name, grain, &at_with.child(index), faults))
            .collect();
        let term = term?;
        for (index, other) in with.iter().enumerate() {
            if *other == term || with.iter().take(index).any(|before| before == other) {
                let message = format!("`{}` is drawn twice", words.with.get(index).map_or("", String::as_str));
                faults.push(Diagnostic::error("page.named-twice", at_with.child(index), message));
            }
        }
        let by = match &words.by {
            Some(written) => {
                let path = self.by(written, term, &with, &at.child("by"), faults)?;
                Some(By { written: written.clone(), path })
            }
            None => None,
        };
        let text = match &words.text {
            Some(written) => Some(self.text(written, term, &at.child("text"), faults)?),
            None => None,
        };
        let across = match &words.across {
            Some(written) => {
                let at = at.child("across");
                let path = self.by(written, term, &with, &at, faults)?;
                if by.as_ref().is_some_and(|by| by.written == *written) {
                    let message = format!("rows and columns are both told apart by `{written}`");
                    faults.push(Diagnostic::error("page.named-twice", at, message));
                }
                Some(By { written: written.clone(), path })
            }
            None => None,
        };
        let boxes = match &words.boxes {
            Some(written) => {
                self.boxes(written, (term, &with), grain.unwrap_or(self.grain), &at.child("boxes"), faults)
            }
            None => None,
        };
        let at_then = at.child("then");
        let then = words.then.iter().enumerate().filter_map(|(index, written)| {
            let path = self.by(written, term, &with, &at_then.child(index), faults)?;
            Some(By { written: written.clone(), path })
        });
        let then = then.collect();
        Some(Tile {
            name: name.to_owned(),
            term,
            label: optional(words.label.as_ref()),
            roles,
            visible: visible.map(|(_, predicate)| predicate),
            span,
            grain,
            periods: periods(words.periods, &at.child("periods"), faults),
            chart: words.chart.map(kind),
            with,
            by,
            text,
            then,
            across,
            boxes,
            top,
        })
    }

    /// The text of the rows whose words are drawn: a field of their own.
    fn text(&self, written: &str, term: TermId, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<FieldId> {
        let bases = self.bases(term);
        let first = *bases.first()?;
        let rows = |base: &Base| (base.over, base.time.clone(), base.subject.clone(), base.since());
        if bases.iter().any(|base| rows(base) != rows(first)) {
            let message = format!("`{written}` is not one text: the term is measured from rows of several kinds");
            let fault = Diagnostic::error("page.bad-text", at.clone(), message);
            faults.push(fault.help("name a term that is measured from rows of one kind"));
            return None;
        }
        let path = self.draft.path(first.over, written, at, faults)?;
        let field = self.draft.field_by_id(path.field)?;
        let is_text = matches!(field.kind, FieldKind::Text | FieldKind::LongText | FieldKind::Markdown);
        if is_text && path.hops.is_empty() {
            return Some(path.field);
        }
        let message = match is_text {
            true => format!("`{written}` is a text of other records than the rows that are measured"),
            false => format!("`{written}` is no text, so it has no words"),
        };
        let help = "name a `text`, `long_text` or `markdown` field of the rows that are measured";
        faults.push(Diagnostic::error("page.bad-text", at.clone(), message).help(help));
        None
    }

    /// Nine boxes, of two terms about the same kind of record.
    fn boxes(
        &self,
        written: &page::Boxes,
        (term, with): (TermId, &[TermId]),
        grain: Grain,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Boxes> {
        let other = *with.first()?;
        let about = |id| self.bases(id).first().and_then(|base| base.subject.as_ref()).map(|(_, entity)| *entity);
        let subject = match (about(term), about(other)) {
            (Some(first), Some(second)) if first == second => first,
            _ => {
                let message = "the two terms are not about the same kind of record, so nobody has a place in both";
                let fault = Diagnostic::error("page.other-subject", at.clone(), message);
                faults.push(fault.help("give both the same `subject`"));
                return None;
            }
        };
        let moved = match &written.moved {
            Some(moved) => Some(boxes::moved(self.draft, moved, (subject, grain), &at.child("moved"), faults)?),
            None => None,
        };
        for (property, id, cuts) in [("across", term, &written.across), ("up", other, &written.up)] {
            let frequency = self.known(id)?.frequency;
            if cuts.by == page::CutBy::Place && !metrics::kept(&self.bases(id), frequency).contains(&grain) {
                let message = format!("places among peers are not kept by the {}", grain.word());
                let known: Vec<&str> = metrics::kept(&self.bases(id), frequency).into_iter().map(Grain::word).collect();
                let help = format!("show a longer period ({}), or look at the `value`", known.join(", "));
                faults.push(Diagnostic::error("page.bad-cuts", at.child(property).child("by"), message).help(help));
            }
        }
        let across = boxes::cuts(&written.across, self.known(term)?, &at.child("across"), faults);
        let up = boxes::cuts(&written.up, self.known(other)?, &at.child("up"), faults);
        Some(Boxes { across: across?, up: up?, labels: boxes::labels(written), moved })
    }

    /// What every tile can be narrowed by: a value to choose, the same for every term.
    fn filters(&self, written: &[String], tiles: &[Tile], at: &Location, faults: &mut Vec<Diagnostic>) -> Vec<By> {
        let mut found: Vec<By> = Vec::new();
        for (index, text) in written.iter().enumerate() {
            let at = at.child(index);
            if found.iter().any(|by| by.written == *text) {
                faults.push(Diagnostic::error("page.named-twice", at, format!("`{text}` is named twice")));
                continue;
            }
            let Some(path) = self.filter(text, tiles, &at, faults) else { continue };
            found.push(By { written: text.clone(), path });
        }
        found
    }

    /// Whether every term is about units or people who work in them, so that a page can be about one unit.
    fn unit(&self, tiles: &[Tile], at: &Location, written: bool, faults: &mut Vec<Diagnostic>) -> bool {
        let known = &self.draft.organisation;
        let places = [known.unit, known.person.filter(|_| known.fields.contains_key(&FieldRole::Unit))];
        let mut terms = tiles.iter().flat_map(|tile| std::iter::once(&tile.term).chain(&tile.with));
        let about = |base: &Base| base.subject.as_ref().is_some_and(|(_, of)| places.contains(&Some(*of)));
        let other = terms.find(|id| !self.bases(**id).into_iter().all(about));
        if let (true, Some(term)) = (written, other.and_then(|id| self.known(*id))) {
            let message = format!("`{}` is neither about units nor about people who work in them", term.name);
            let fault = Diagnostic::error("page.other-subject", at.clone(), message);
            faults.push(fault.help("give the term such a `subject`, or leave `unit` out"));
        }
        other.is_none()
    }

    fn filter(&self, text: &str, tiles: &[Tile], at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Path> {
        let mut first: Option<Path> = None;
        let mut told: Vec<EntityId> = Vec::new();
        let terms = tiles.iter().flat_map(|tile| std::iter::once(&tile.term).chain(&tile.with));
        for base in terms.flat_map(|id| self.bases(*id)) {
            if told.contains(&base.over) {
                continue;
            }
            told.push(base.over);
            let path = self.draft.path(base.over, text, at, faults)?;
            let field = self.draft.field_by_id(path.field)?;
            let chosen = matches!(
                field.kind,
                FieldKind::Boolean
                    | FieldKind::Choice(_)
                    | FieldKind::Choices(_)
                    | FieldKind::Reference { .. }
                    | FieldKind::References { .. }
            );
            if !chosen {
                let message =
                    format!("`{text}` has no values to choose from, so that nobody could narrow the page by it");
                let help = "name a path to a choice, a yes or no, or a reference";
                faults.push(Diagnostic::error("page.bad-filter", at.clone(), message).help(help));
                return None;
            }
            match &first {
                None => first = Some(path),
                Some(known) if known.ty == path.ty => {}
                Some(_) => {
                    let message = format!("`{text}` is not the same for every tile of the page");
                    let help = "every term must be measured from rows that have it, and it must lead to the same kind of record";
                    faults.push(Diagnostic::error("page.bad-filter", at.clone(), message).help(help));
                    return None;
                }
            }
        }
        first
    }

    /// A term that can be shown on this page.
    fn term(&self, name: &str, grain: Option<Grain>, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<TermId> {
        let term = terms::named(self.draft, self.terms, name, at, faults)?;
        terms::tells(self.terms, term, (grain.unwrap_or(self.grain), "tile"), at, faults);
        if let Some(about) = self.about {
            terms::is_about(self.draft, self.terms, term, (about, "the record of this page"), at, faults);
        }
        Some(term.id)
    }

    fn known(&self, id: TermId) -> Option<&Term> {
        terms::known(self.terms, id)
    }

    /// The measures over rows that a term is made from.
    fn bases(&self, id: TermId) -> Vec<&Base> {
        terms::bases(self.terms, id)
    }

    /// What the rows are told apart by: a path that every term of the tile has.
    fn by(
        &self,
        written: &str,
        term: TermId,
        with: &[TermId],
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Path> {
        let of: Vec<TermId> = std::iter::once(term).chain(with.iter().copied()).collect();
        terms::by(self.draft, self.terms, (written, &of), at, faults)
    }
}

/// What a tile leads down to is reached only where the page can be narrowed by what comes before it.
fn reached(filters: &[String], words: &page::Page, at: &Location, faults: &mut Vec<Diagnostic>) {
    for (name, tile) in &words.tiles {
        let Some(by) = &tile.by else { continue };
        let before = std::iter::once(by).chain(&tile.then);
        let lost = before.zip(0..tile.then.len()).find(|(before, _)| !filters.contains(*before));
        if let Some((before, place)) = lost {
            let message = format!("this is never reached: the page cannot be narrowed to one `{before}`");
            let at = at.child("tiles").child(name).child("then").child(place);
            let help = format!("name `{before}` in `filters`");
            faults.push(Diagnostic::error("page.tile-inert", at, message).help(help));
        }
    }
}

/// Properties that would do nothing for the tile as it is drawn.
fn inert(words: &page::Tile, at: &Location, faults: &mut Vec<Diagnostic>) {
    use page::ChartKind as C;
    let mut refuse = |written: bool, property: &'static str, why: &str| {
        if written {
            let message = format!("`{property}` does nothing here: {why}");
            let fault = Diagnostic::error("page.tile-inert", at.child(property), message);
            faults.push(fault.help("leave it out"));
        }
    };
    match words.chart {
        None => {
            refuse(words.by.is_some(), "by", "a number is not told apart");
            refuse(!words.with.is_empty(), "with", "a number stands alone");
        }
        Some(C::Gauge) => {
            refuse(words.by.is_some(), "by", "a gauge shows one value");
            refuse(!words.with.is_empty(), "with", "a gauge shows one value");
        }
        Some(C::Heat | C::Waterfall | C::Words | C::Pivot) => {
            refuse(!words.with.is_empty(), "with", "it is drawn of one term");
        }
        Some(C::NineBox) => {
            refuse(words.by.is_some(), "by", "the boxes are told apart by two terms");
            refuse(words.with.len() > 1, "with", "boxes are of two terms");
        }
        Some(C::Line | C::Stacked | C::Table) => {
            let both = words.by.is_some() && !words.with.is_empty();
            refuse(both, "with", "lines told apart by groups are of one term");
        }
        Some(C::Bar | C::Radar | C::Funnel) => {}
    }
    let newest = matches!(words.chart, Some(C::Pivot | C::NineBox)) || words.text.is_some();
    refuse(words.periods.is_some() && newest, "periods", "it is drawn of the newest period");
    refuse(words.across.is_some() && words.chart != Some(C::Pivot), "across", "only a pivot has columns of its own");
    refuse(words.boxes.is_some() && words.chart != Some(C::NineBox), "boxes", "only nine boxes have them");
    refuse(words.text.is_some() && words.chart != Some(C::Words), "text", "only words are drawn of texts");
    refuse(words.text.is_some() && words.by.is_some(), "by", "the words of texts are groups of their own");
    let grouped = words.by.is_some() || words.text.is_some();
    refuse(words.top.is_some() && !grouped, "top", "there are no groups without `by`");
    refuse(!words.then.is_empty() && words.by.is_none(), "then", "there are no groups without `by`");
    let needs = match words.chart {
        Some(C::Heat | C::Waterfall) if words.by.is_none() => "`by`",
        Some(C::Words) if words.by.is_none() && words.text.is_none() => "`by` or `text`",
        Some(C::Radar | C::Funnel) if words.by.is_none() && words.with.is_empty() => "`by` or `with`",
        Some(C::Pivot) if words.by.is_none() || words.across.is_none() => "`by` and `across`",
        Some(C::NineBox) if words.boxes.is_none() || words.with.is_empty() => "`boxes` and a second term in `with`",
        Some(C::Stacked) if words.by.is_none() && words.with.is_empty() => "`by` or `with`",
        _ => return,
    };
    let message = format!("a drawing of this kind needs {needs}: one value alone has no shape");
    faults.push(Diagnostic::error("page.tile-shapeless", at.child("chart"), message));
}
