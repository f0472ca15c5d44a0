//! `GET` and `POST /api/v1/terms/{name}/life`

use app::{
    FieldKind, OnDelete,
    lineage::{Node, TermUse},
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path as Route, State},
    http::HeaderMap,
};
use engine::{
    Actor, Engine, UnitBoards,
    series::visible,
    term::{LONGEST_SAID, TermDeed, TermLife, TermRefusal},
};
use formula::{Comparison, Path, Predicate, Term as Operand};
use metrics::Term;
use model::{FieldId, Locale, TermId, Type};
use policy::List;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    AppState,
    api::{body, parameter::say},
    page::rights,
    problem::{Kind, Problem},
    session::SignedIn,
};

/// Records of one entity that are told at most.
const MOST_RECORDS: u32 = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deed {
    deed: String,
    version: u32,
    #[serde(default)]
    said: String,
}

/// Where a term stands, what was done with it (newest first), what the reader may do, and what a change of it touches:
/// `{"status", "version", "acts": […], "may": […], "touches": […]}`.
pub(crate) async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Route(name): Route<String>,
) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let term = super::term(actor, &name)?;
    let life = state.engine.query(actor, TermLife { term: term.id }).await;
    let life = life.map_err(|error| Problem::of_query(error, actor))?.ok_or(Problem::new(Kind::NotFound))?;
    let acts = life.acts.iter().map(|act| {
        json!({
            "id": act.id.to_string(), "version": act.version, "status": act.status, "said": act.said,
            "by": act.by.to_string(), "by_name": act.by_name, "at": act.at.to_string(),
        })
    });
    let touches = touches(&state.engine, actor, term).await?;
    let touches = touches.into_iter().map(|one| json!({"kind": one.kind, "name": one.name, "label": one.label}));
    Ok(Json(json!({
        "status": life.status.word(),
        "version": term.version,
        "acts": acts.collect::<Vec<_>>(),
        "may": life.may.iter().map(|deed| deed.word()).collect::<Vec<_>>(),
        "touches": touches.collect::<Vec<_>>(),
    })))
}

/// Does something with a version of a term: `{"deed": "approve", "version": 2, "said": "…"}`.
pub(crate) async fn act(
    State(state): State<AppState>,
    who: SignedIn,
    Route(name): Route<String>,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Json<Value>, Problem> {
    let Deed { deed, version, said } = body::parse(&headers, &content)?;
    let Some(deed) = TermDeed::parse(&deed) else {
        let words = TermDeed::ALL.map(TermDeed::word).join(", ");
        return Err(Problem::new(Kind::Invalid).error("deed", "choice", words));
    };
    let status = state.engine.judge(&who.actor, &name, version, deed, &said).await;
    let status = status.map_err(|refusal| refused(&refusal, who.actor.locale))?;
    Ok(Json(json!({"status": status.word(), "version": version})))
}

/// What a change of a term touches, as far as the reader sees it.
pub(crate) async fn touches(engine: &Engine, actor: &Actor, term: &Term) -> Result<Vec<Touch>, Problem> {
    let app = &actor.edition.app;
    let found = app.term_uses(term.id).into_iter().filter_map(|one| {
        let (kind, name, label) = match one {
            TermUse::Term(id) => {
                let other = app.term(id).filter(|other| visible(actor, other))?;
                ("term", other.name.to_string(), &other.label)
            }
            TermUse::Page(id) => {
                let page = app.page(id).filter(|page| rights::opens(actor, page))?;
                ("page", page.name.to_string(), &page.label)
            }
            TermUse::Rule(at) => {
                // What a rule watches may come from more than the reader sees.
                let watched = |rule: &&app::Rule| {
                    let term = rule.watch.as_ref().and_then(|watching| app.term(watching.term));
                    term.is_some_and(|term| visible(actor, term))
                };
                let rule = app.rules().get(at).filter(watched)?;
                ("rule", rule.name.to_string(), &rule.label)
            }
        };
        let terms = app.terms_used(one).into_iter().collect();
        Some(Touch { kind, name, label: label.get(actor.locale).to_owned(), terms })
    });
    let mut found: Vec<_> = found.collect();
    // Boards that people put together name terms too; those of others that the reader does not see stay unsaid.
    let meant = |other: &Term| other.id == term.id || app.comes_from(Node::Term(other.id), Node::Term(term.id));
    let shows = |name: &String| app.term_named(name).filter(|other| visible(actor, other) && meant(other));
    let boards = engine.query(actor, UnitBoards::default()).await;
    for board in boards.map_err(|error| Problem::of_query(error, actor))? {
        let terms: Vec<TermId> = board.terms.iter().filter_map(shows).map(|term| term.id).collect();
        if !terms.is_empty() {
            found.push(Touch { kind: "board", name: board.id.to_string(), label: board.name, terms });
        }
    }
    for (field, records) in naming(engine, actor, term).await? {
        // Where its records are listed with it, the page shows what they name.
        let listing = app.pages_listing(field).into_iter().filter_map(|id| app.page(id));
        for page in listing.filter(|page| rights::opens(actor, page)) {
            let (name, label) = (page.name.to_string(), page.label.get(actor.locale).to_owned());
            if !found.iter().any(|one| one.kind == "page" && one.name == name) {
                found.push(Touch { kind: "page", name, label, terms: vec![term.id] });
            }
        }
        found.extend(records);
    }
    Ok(found)
}

/// Something that is touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Touch {
    /// What kind of thing it is: `term`, `page`, `rule`, `board` or `record`.
    pub(crate) kind: &'static str,
    /// Its name, as addresses have it.
    pub(crate) name: String,
    /// What it is called.
    pub(crate) label: String,
    /// The terms that it uses itself.
    pub(crate) terms: Vec<TermId>,
}

/// The records that name a term by its code, as far as the reader sees them: by the field that does, each with what it is part
/// of.
async fn naming(engine: &Engine, actor: &Actor, term: &Term) -> Result<Vec<(FieldId, Vec<Touch>)>, Problem> {
    let app = &actor.edition.app;
    let mut found = Vec::new();
    for field in app.term_fields() {
        let (Some(entity), Some(path)) = (app.entity(field.entity), app.own_path(field.id)) else { continue };
        if !rights::readable(actor, &path) {
            continue;
        }
        // What goes with another is called with its name.
        let whole = app.fields_of(entity).find_map(|field| match field.kind {
            FieldKind::Reference { to, on_delete: OnDelete::Cascade, .. } => {
                let own = app.own_path(app.entity(to)?.display)?;
                Some(Path { entity: entity.id, hops: vec![field.id], ..own })
            }
            _ => None,
        });
        let columns = whole.into_iter().chain(app.own_path(entity.display));
        let list = List {
            columns: columns.filter(|path| rights::readable(actor, path)).collect(),
            filter: Predicate::Compare {
                op: Comparison::Equal,
                left: Operand::Field(path),
                right: Operand::Literal(term.code.as_str().into(), Type::Text),
            },
            ..List::all(entity.id, MOST_RECORDS)
        };
        let rows = engine.query(actor, list).await.map_err(|error| Problem::of_query(error, actor))?.rows;
        let records = rows.into_iter().map(|row| {
            let names: Vec<&str> = row.values.iter().filter_map(model::Value::as_text).collect();
            let label = entity.label.get(actor.locale);
            Touch {
                kind: "record",
                name: format!("{}/{}", entity.name, row.id),
                label: format!("{label} · {}", names.join(" · ")),
                terms: vec![term.id],
            }
        });
        let records: Vec<Touch> = records.collect();
        if !records.is_empty() {
            found.push((field.id, records));
        }
    }
    Ok(found)
}

/// Why nothing was done, over HTTP.
pub(crate) fn refused(refusal: &TermRefusal, locale: Locale) -> Problem {
    let said = |code: &str, zh: &'static str, en: &'static str| {
        Problem::new(Kind::Invalid).error("said", code, say(locale, zh, en))
    };
    let conflict = |zh: &'static str, en: &'static str| Problem::new(Kind::Stale).detail(say(locale, zh, en));
    match refusal {
        TermRefusal::NoTerm => Problem::new(Kind::NotFound),
        TermRefusal::Denied => Problem::new(Kind::Denied).noted(),
        TermRefusal::Own => Problem::new(Kind::Denied)
            .detail(say(
                locale,
                "评审人不能批准同一版本，请由其他人批准",
                "whoever reviewed a version does not approve it; somebody else must",
            ))
            .noted(),
        TermRefusal::Version(now) => {
            conflict("指标已有新版本，请刷新后再处理", "the term has another version by now; look at it again")
                .with("version", *now)
        }
        TermRefusal::Standing(now) => conflict(
            "当前状态下不能这样处理，请刷新后再看",
            "that is not done with a version that stands there; look at it again",
        )
        .with("stands", now.word()),
        TermRefusal::Meanwhile => conflict("刚刚有其他人处理过，请刷新", "somebody else was first; look at it again"),
        TermRefusal::NoWords => said("required", "请写明意见或理由", "say why"),
        TermRefusal::TooLong => {
            let message = match locale {
                Locale::ZhCn => format!("最多 {LONGEST_SAID} 个字"),
                Locale::En => format!("at most {LONGEST_SAID} characters"),
            };
            Problem::new(Kind::Invalid).error("said", "range", message)
        }
        TermRefusal::Store(store::StoreError::TooLong) => Problem::new(Kind::TooManyRows),
        TermRefusal::Store(error) => Problem::internal(error),
    }
}
