//! Publishing: from a checked app to a plan, and from a plan to the database.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use app::{
    App,
    access::Moved,
    lineage::{How, TermUse, Touched, touched},
};
use engine::{
    By, Engine, FieldFault, Origin, PublishError, ViewUse,
    guards::Unheld,
    import,
    query::case::{Ahead, BlockedAt},
};
use formula::{Predicate, Term as Operand};
use model::{Locale, RecordId, TermId, Type, UserId};
use policy::{Aggregate, Measure};
use resolve::Source;
use serde_json::{Value, json};
use store::{Confirmed, Plan, Step, Store};

use crate::{
    access::{self, Counted},
    apps, cases, guards,
    output::counted,
    progress::Progress,
    views,
    years::Years,
};

/// What publishing an app would change.
pub struct Planned {
    /// The steps on the database.
    pub plan: Plan,
    /// The documents to keep.
    pub documents: Value,
    /// Whether the documents differ from those published.
    pub changes: bool,
    /// The name of the app that is published now, if there is one.
    pub before: Option<String>,
    /// What changes in who may do what.
    pub access: Vec<Counted>,
    /// What else changes that bears on who may do what.
    pub facts: Vec<Moved>,
    /// What is changed that numbers come from, and which.
    pub numbers: Vec<Number>,
    /// What it means for the cases that run, by workflow.
    pub cases: Vec<Ahead>,
    /// What becomes of fields that saved views use.
    pub views: Vec<ViewUse>,
    /// What years that begin in another month do to numbers.
    pub years: Option<Years>,
    /// The roles that guard its workflows and that nobody holds.
    pub guards: Vec<Unheld>,
}

/// What is changed that numbers come from.
pub struct Number {
    /// What, how, and the terms that come from it.
    pub touched: Touched,
    /// The pages that show them, by name.
    pub pages: Vec<String>,
    /// The rules that watch them, by name.
    pub rules: Vec<String>,
    /// The boards that people put together of them: their ids and names.
    pub boards: Vec<(RecordId, String)>,
    /// The records that name them by their code: how many, by entity.
    pub records: Vec<(String, i64)>,
}

impl Planned {
    /// Plans against what is published, with row counts.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(engine: &Engine, sources: &[Source], app: &App) -> Result<Self> {
        let documents = apps::documents(sources);
        let edition = engine.edition();
        let published = (edition.version > 0).then_some(&*edition.app);
        let mut plan = Store::plan(published, app);
        engine.store().measure(&mut plan).await.context("the rows a plan concerns cannot be counted")?;
        let kept = engine.store().published().await?;
        let changes = kept.is_none_or(|kept| kept.documents != documents);
        let before = published.and_then(|app| app.parts().last()).map(|part| part.name.to_string());
        let mut numbers = Vec::new();
        for touched in published.map(|published| touched(published, app)).unwrap_or_default() {
            // Of a field it is the terms that come from it, by name; of a term, that term too.
            let own = (!touched.how.of_field()).then_some(touched.what.as_str());
            let names: Vec<&str> = own.into_iter().chain(touched.terms.iter().map(String::as_str)).collect();
            let boards = engine.store().unit_boards().naming(&names).await?;
            let boards = boards.into_iter().map(|board| (board.id, board.name)).collect();
            let terms = names.iter().filter_map(|name| edition.app.term_named(name));
            let terms: Vec<TermId> = terms.map(|term| term.id).collect();
            let (mut pages, rules) = shown(&edition.app, &terms);
            let records = naming(engine, &terms, &mut pages).await?;
            numbers.push(Number { touched, pages, rules, boards, records });
        }
        let (access, facts) = (access::changes(engine, app).await?, access::moves(engine, app));
        let cases = engine.ahead(app).await.context("the cases that run cannot be looked at")?;
        let views = engine.view_uses(app).await.context("the views that people saved cannot be looked at")?;
        let years = Years::of(engine, app).await?;
        let guards =
            engine.unheld_guards(app).await.context("the accounts that guard workflows cannot be looked at")?;
        Ok(Self { plan, documents, changes, before, access, facts, numbers, cases, views, years, guards })
    }

    /// The steps that lose data, by the names that must be said.
    pub fn destructive(&self) -> Vec<&Step> {
        self.plan.steps.iter().filter(|step| step.destructive).collect()
    }

    /// The plan in sentences.
    pub fn text(&self, locale: Locale) -> Vec<String> {
        let sentence = |step: &Step| {
            let mark = if step.destructive { "!" } else { "-" };
            let lost = step.lost.filter(|lost| *lost > 0).map(|lost| format!(" ({} lost)", counted(lost, "value")));
            let unfit =
                step.unfit.filter(|unfit| *unfit > 0).map(|unfit| format!(" ({} do not fit)", counted(unfit, "value")));
            let outside = step.outside.filter(|outside| *outside > 0).map(|outside| beyond(outside, locale));
            let counts: String = [lost, unfit, outside].into_iter().flatten().collect();
            format!("{mark} {}{counts}", step.sentence.get(locale))
        };
        self.plan.steps.iter().map(sentence).collect()
    }

    /// What happens to numbers, in sentences.
    pub fn numbers_text(&self, locale: Locale) -> Vec<String> {
        self.numbers.iter().map(|one| sentence(one, locale)).collect()
    }

    /// How many running cases are kept, could be moved or are blocked, in sentences: of the workflows whose steps change.
    pub fn classes_text(&self, locale: Locale) -> Vec<String> {
        self.cases.iter().filter(|one| one.changes).map(|one| cases::classes(one, locale)).collect()
    }

    /// What running cases are left with whose steps go, in sentences.
    pub fn cases_text(&self, locale: Locale) -> Vec<String> {
        let stuck = self.cases.iter().filter(|one| one.changes);
        stuck.flat_map(|one| one.blocked.iter().map(move |at| cases::stays(one, at, locale))).collect()
    }

    /// What becomes of saved views, in sentences.
    pub fn views_text(&self, locale: Locale) -> Vec<String> {
        self.views.iter().map(|one| views::sentence(one, locale)).collect()
    }

    /// Which guards nobody holds, in sentences.
    pub fn guards_text(&self, locale: Locale) -> Vec<String> {
        self.guards.iter().map(|one| guards::sentence(one, locale)).collect()
    }

    /// The plan for machines.
    pub fn json(&self) -> Value {
        let step = |step: &Step| {
            json!({
                "kind": step.kind, "name": step.name, "destructive": step.destructive, "lost": step.lost, "unfit": step.unfit,
                "outside": step.outside,
                "sentence": { "zh-CN": step.sentence.get(Locale::ZhCn), "en": step.sentence.get(Locale::En) },
            })
        };
        json!({
            "changes": self.changes,
            "published": self.before,
            "steps": self.plan.steps.iter().map(step).collect::<Vec<_>>(),
            "access": self.access.iter().map(Counted::json).collect::<Vec<_>>(),
            "facts": self.facts.iter().map(access::moved_json).collect::<Vec<_>>(),
            "numbers": self.numbers.iter().map(|one| {
                let boards = one.boards.iter().map(|(id, name)| json!({"id": id.to_string(), "name": name}));
                let Touched { what, how, terms } = &one.touched;
                let records = one.records.iter().map(|(entity, count)| json!({"entity": entity, "count": count}));
                json!({
                    "what": what, "how": how.word(), "terms": terms, "pages": one.pages, "rules": one.rules,
                    "boards": boards.collect::<Vec<_>>(), "records": records.collect::<Vec<_>>(),
                })
            }).collect::<Vec<_>>(),
            "cases": self.cases.iter().filter(|one| one.changes).flat_map(|one| {
                let at = |at: &BlockedAt| {
                    json!({"workflow": one.workflow, "gone": one.gone, "step": at.step, "count": at.cases})
                };
                one.blocked.iter().map(at).collect::<Vec<_>>()
            }).collect::<Vec<_>>(),
            "classes": self.cases.iter().map(cases::json).collect::<Vec<_>>(),
            "views": self.views.iter().map(views::json).collect::<Vec<_>>(),
            "years": self.years.as_ref().map(Years::json),
            "guards": self.guards.iter().map(guards::json).collect::<Vec<_>>(),
        })
    }
}

/// What becomes of rows whose values lie outside bounds.
fn beyond(rows: i64, locale: Locale) -> String {
    match locale {
        Locale::En => format!(
            " ({} out of bounds, kept as stored; each can be saved again once its value is within them)",
            counted(rows, "row")
        ),
        Locale::ZhCn => format!("（{rows} 行超出范围，原样保留；把值改到范围内后才能再次保存）"),
    }
}

/// The pages that show terms and the rules that watch them, each once.
fn shown(app: &App, terms: &[TermId]) -> (Vec<String>, Vec<String>) {
    let (mut pages, mut rules) = (BTreeSet::new(), BTreeSet::new());
    for one in terms.iter().flat_map(|term| app.term_uses(*term)) {
        match one {
            TermUse::Page(id) => pages.extend(app.page(id).map(|page| page.name.to_string())),
            TermUse::Rule(at) => rules.extend(app.rules().get(at).map(|rule| rule.name.to_string())),
            TermUse::Term(_) => {}
        }
    }
    (pages.into_iter().collect(), rules.into_iter().collect())
}

/// The records that name terms by their codes; the pages on which they are listed with them join `pages`.
pub(crate) async fn naming(engine: &Engine, terms: &[TermId], pages: &mut Vec<String>) -> Result<Vec<(String, i64)>> {
    let system = engine.system();
    let app = &system.edition.app;
    let mut found: BTreeMap<String, i64> = BTreeMap::new();
    for field in app.term_fields().filter(|_| !terms.is_empty()) {
        let (Some(entity), Some(path)) = (app.entity(field.entity), app.own_path(field.id)) else { continue };
        let codes = terms.iter().filter_map(|term| app.term(*term));
        let codes = codes.map(|term| Operand::Literal(term.code.as_str().into(), Type::Text)).collect();
        let ask = Aggregate {
            entity: entity.id,
            period: None,
            group: Vec::new(),
            measures: vec![Measure::Count],
            filter: Predicate::In { item: Operand::Field(path), list: codes },
            within: Predicate::always(),
            search: None,
            limit: 1,
            anonymous: false,
        };
        let groups = engine.query(&system, ask).await.context("the records that name terms cannot be counted")?;
        let count = match groups.first().and_then(|group| group.numbers.first()) {
            Some(model::Value::Int(count)) if *count > 0 => *count,
            _ => continue,
        };
        *found.entry(entity.name.to_string()).or_default() += count;
        let listing = app.pages_listing(field.id).into_iter().filter_map(|id| app.page(id));
        pages.extend(listing.map(|page| page.name.to_string()));
    }
    pages.sort_unstable();
    pages.dedup();
    Ok(found.into_iter().collect())
}

/// What a change of a field or term does to the terms that come from it.
fn sentence(number: &Number, locale: Locale) -> String {
    let touched = &number.touched;
    let what = &touched.what;
    let mut said = match (touched.how, locale) {
        (How::FieldGone, Locale::En) => format!("- field `{what}` goes"),
        (How::FieldGone, Locale::ZhCn) => format!("- 字段 `{what}` 不再存在"),
        (How::FieldChanged, Locale::En) => format!("- field `{what}` is computed otherwise"),
        (How::FieldChanged, Locale::ZhCn) => format!("- 字段 `{what}` 的计算方法改变"),
        (How::TermGone, Locale::En) => format!("- term `{what}` goes, with the numbers kept of it"),
        (How::TermGone, Locale::ZhCn) => format!("- 指标 `{what}` 删除，已留存的数值一并删除"),
        (How::TermChanged, Locale::En) => {
            format!("- term `{what}` is measured otherwise; finished periods keep the version they were measured by")
        }
        (How::TermChanged, Locale::ZhCn) => format!("- 指标 `{what}` 的算法改变，已结束的周期仍按原版本"),
        (How::SameVersion, Locale::En) => {
            format!("! term `{what}` is measured otherwise and keeps its version, so finished periods change too")
        }
        (How::SameVersion, Locale::ZhCn) => format!("! 指标 `{what}` 的算法改变但版本号未变，已结束的周期也会重算"),
        (How::MeansOtherwise, Locale::En) => {
            format!(
                "- term `{what}` is judged otherwise, in a new version: its definition, direction, target, scale, peers or \
                 scope changes"
            )
        }
        (How::MeansOtherwise, Locale::ZhCn) => {
            format!("- 指标 `{what}` 的新版本改变了含义或评价标准（定义、方向、目标、评分分级、对比组或适用范围）")
        }
        (How::SameVersionMeansOtherwise, Locale::En) => {
            format!(
                "! term `{what}` is judged otherwise and keeps its version: its definition, direction, target, scale, peers \
                 or scope changes for finished periods too"
            )
        }
        (How::SameVersionMeansOtherwise, Locale::ZhCn) => format!(
            "! 指标 `{what}` 的含义或评价标准改变但版本号未变（定义、方向、目标、评分分级、对比组或适用范围），已结束的周期也按新标准看"
        ),
    };
    let terms = touched.terms.join(", ");
    match (terms.is_empty(), locale) {
        (true, _) => {}
        (false, Locale::En) => said = format!("{said}; comes into {terms}"),
        (false, Locale::ZhCn) => said = format!("{said}；影响指标：{terms}"),
    }
    for (names, en, zh) in [(&number.pages, "pages", "页面"), (&number.rules, "rules", "规则")] {
        said = match (names.is_empty(), locale) {
            (true, _) => said,
            (false, Locale::En) => format!("{said}; {en}: {}", names.join(", ")),
            (false, Locale::ZhCn) => format!("{said}；涉及{zh}：{}", names.join("、")),
        };
    }
    for (entity, count) in &number.records {
        said = match locale {
            Locale::En => format!("{said}; named in {} of `{entity}`", counted(*count, "record")),
            Locale::ZhCn => format!("{said}；`{entity}` 有 {count} 条记录引用"),
        };
    }
    let boards = |mark: (char, char), comma: &str| {
        let named = number.boards.iter().map(|(_, name)| format!("{}{name}{}", mark.0, mark.1));
        named.collect::<Vec<_>>().join(comma)
    };
    match (number.boards.is_empty(), locale) {
        (true, _) => said,
        (false, Locale::En) => format!("{said}; on the boards {}", boards(('“', '”'), ", ")),
        (false, Locale::ZhCn) => format!("{said}；涉及看板：{}", boards(('“', '”'), "、")),
    }
}

/// Carries out a plan, unless nothing changes, and computes what new formulas say. Answers the version.
///
/// # Errors
/// A step loses data and was not named, stored values do not fit, somebody published in the meantime, or the database failed.
pub async fn publish(engine: &Engine, planned: Planned, drop: &[String]) -> Result<i64> {
    let before = engine.edition();
    if !planned.changes {
        return Ok(before.version);
    }
    let confirmed = Confirmed(drop.iter().cloned().collect::<BTreeSet<_>>());
    let version = match engine.publish_by(&planned.plan, &confirmed, planned.documents, operator()).await {
        Ok(version) => version,
        Err(PublishError::Store(store::PublishError::Unconfirmed { names })) => {
            let said: Vec<String> = names.iter().map(|name| format!("--drop {name}")).collect();
            bail!("this loses data; if that is meant, say {}", said.join(" "));
        }
        Err(error) => return Err(error).context("nothing was published"),
    };
    if before.version > 0 {
        renew(engine).await?;
    }
    Ok(version)
}

/// Whoever runs the command, for the ledger: the platform itself, and the account of the machine where the machine says which.
pub fn operator() -> By {
    let names = ["SUDO_USER", "USER", "LOGNAME"].iter().filter_map(|name| std::env::var(name).ok());
    let name = names.map(|name| name.trim().chars().take(60).collect::<String>()).find(|name| !name.is_empty());
    let device = name.map_or_else(|| "command line".to_owned(), |name| format!("command line, {name}"));
    let origin = Arc::new(Origin { device, ..Origin::default() });
    By { user: Some(UserId::nil()), login: "loam".to_owned(), origin, ..By::default() }
}

/// Puts in the rows that come with the published app. What is there already stays, so that doing it again does no harm.
///
/// # Errors
/// A row is refused, said in that language, or the database failed.
pub async fn seed(engine: &Engine, locale: Locale) -> Result<import::Seeded> {
    let mut actor = engine.system();
    actor.locale = locale;
    let seeded = import::seeds(engine, &actor).await.map_err(|error| match error {
        import::SeedError::Refused { entity, rows } => {
            let row = |(key, fault): &(String, FieldFault)| (format!("`{entity}` `{key}`"), fault.clone());
            listed(rows.iter().map(row))
        }
        import::SeedError::Import(error) => readable(error),
    });
    seeded.context("the app is published, but the rows that come with it are not in")
}

/// Computes anew what the published app computes otherwise than the one before, and waits for it.
async fn renew(engine: &Engine) -> Result<()> {
    let mut bar: Option<Progress> = None;
    let begin = || Progress::new("computed anew", None);
    let done = engine.renew_now(|done, _| bar.get_or_insert_with(begin).to(done)).await;
    if let Some(bar) = bar {
        bar.finish();
    }
    done.context("the app is published, but not all values are computed anew; `loam serve` goes on with it")
}

/// A refused write with what was wrong in it.
pub fn readable(error: import::ImportError) -> anyhow::Error {
    match error {
        import::ImportError::Command(engine::CommandError::Invalid(faults)) => refused(&faults),
        other => other.into(),
    }
}

/// Refused values, the first few of them.
pub fn refused(faults: &[FieldFault]) -> anyhow::Error {
    listed(faults.iter().map(|fault| (format!("row {}", fault.index + 1), fault.clone())))
}

/// Faults after what they are of.
fn listed(faults: impl ExactSizeIterator<Item = (String, FieldFault)>) -> anyhow::Error {
    let all = faults.len();
    let first: Vec<String> = faults
        .take(5)
        .map(|(what, fault)| match &fault.field {
            Some(field) => format!("{what}, `{field}`: {}", fault.message),
            None => format!("{what}: {}", fault.message),
        })
        .collect();
    let more = all.saturating_sub(first.len());
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    anyhow::anyhow!("{}{more}", first.join("; "))
}
