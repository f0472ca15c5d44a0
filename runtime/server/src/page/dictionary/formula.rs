//! How a term is measured, in words people read.

use app::App;
use formula::Path;
use metrics::{Fold, Measure, Number, Part, Term};
use model::{Decimal, Grain, Locale};

use crate::page::{Visit, dashboard};

/// What is aimed for in a term: its number, the fields it is read from, or the middle of its curve; empty for nothing.
pub(super) fn target(visit: &Visit, term: &Term) -> String {
    let Some(target) = &term.target else {
        let named = term.scale.as_ref().and_then(metrics::Scale::target);
        return named.map(|value| dashboard::written(visit, term, Some(value))).unwrap_or_default();
    };
    match target.reads() {
        // No more than a field, which has a name.
        [path] if visit.app().path_text(path) == target.source().trim() => labels(visit.app(), path, visit.locale()),
        _ => target.source().to_owned(),
    }
}

/// The labels along a path.
fn labels(app: &App, path: &Path, locale: Locale) -> String {
    let names = path.hops.iter().chain([&path.field]).filter_map(|id| app.field(*id));
    names.map(|field| field.label.get(locale)).collect::<Vec<_>>().join(" › ")
}

/// The measure of a term in a sentence of its own labels.
pub(super) fn words(app: &App, term: &Term, locale: Locale) -> String {
    let base = match &term.measure {
        Measure::Base(base) => base,
        Measure::Derived(derived) => return derived_words(app, derived.source(), derived.reads(), locale),
    };
    let label = |path: &Path| labels(app, path, locale);
    let rows = app.entity(base.over).map_or("", |entity| entity.label.get(locale));
    let part = |part: &Part| fold(part, rows, &label, locale);
    match (&base.number, locale) {
        (Number::Simple(one), _) => part(one),
        (Number::Ratio(ratio), _) => {
            let times = match ratio.times == Decimal::ONE {
                true => String::new(),
                false => format!(" × {}", ratio.times.normalize()),
            };
            format!("{} ÷ {}{times}", part(&ratio.numerator), part(&ratio.denominator))
        }
        (Number::Weighted { value, weight }, Locale::ZhCn) => {
            format!("“{}”按“{}”加权平均", label(value), label(weight))
        }
        (Number::Weighted { value, weight }, Locale::En) => {
            format!("mean of {} weighted by {}", label(value), label(weight))
        }
        (Number::Cumulative { of, since }, Locale::ZhCn) => {
            let since = match since {
                Grain::Month => "本月初",
                Grain::Quarter => "本季初",
                Grain::Half => "本半年初",
                _ => "本年初",
            };
            format!("自{since}起累计：{}", part(of))
        }
        (Number::Cumulative { of, since }, Locale::En) => {
            format!("{}, since the {} began", part(of), since.word())
        }
    }
}

fn fold(part: &Part, rows: &str, label: &dyn Fn(&Path) -> String, locale: Locale) -> String {
    let text = match (&part.fold, locale) {
        (Fold::Count, Locale::ZhCn) => format!("“{rows}”记录数"),
        (Fold::Count, Locale::En) => format!("number of {rows} records"),
        (Fold::Sum(path), Locale::ZhCn) => format!("“{}”合计", label(path)),
        (Fold::Sum(path), Locale::En) => format!("sum of {}", label(path)),
        (Fold::Avg(path), Locale::ZhCn) => format!("“{}”平均值", label(path)),
        (Fold::Avg(path), Locale::En) => format!("mean of {}", label(path)),
        (Fold::Min(path), Locale::ZhCn) => format!("“{}”最小值", label(path)),
        (Fold::Min(path), Locale::En) => format!("smallest {}", label(path)),
        (Fold::Max(path), Locale::ZhCn) => format!("“{}”最大值", label(path)),
        (Fold::Max(path), Locale::En) => format!("largest {}", label(path)),
        (Fold::Distinct(path), Locale::ZhCn) => format!("不同“{}”的个数", label(path)),
        (Fold::Distinct(path), Locale::En) => format!("number of different {}", label(path)),
    };
    match (part.rows.is_some(), part.written.split_once(" where "), locale) {
        (true, Some((_, condition)), Locale::ZhCn) => format!("{text}（{condition}）"),
        (true, Some((_, condition)), Locale::En) => format!("{text} ({condition})"),
        _ => text,
    }
}

/// An expression over terms with their labels in the place of their names.
fn derived_words(app: &App, source: &str, reads: &[model::TermId], locale: Locale) -> String {
    let mut out = String::new();
    let mut word = String::new();
    let terms: Vec<&Term> = reads.iter().filter_map(|id| app.term(*id)).collect();
    for c in source.chars().chain(['\n']) {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        match terms.iter().find(|term| term.name.as_str() == word) {
            Some(term) if locale == Locale::ZhCn => out.push_str(&format!("“{}”", term.label.get(locale))),
            Some(term) => out.push_str(term.label.get(locale)),
            None => out.push_str(&word),
        }
        word.clear();
        match c {
            '*' => out.push('×'),
            '/' => out.push('÷'),
            '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}
