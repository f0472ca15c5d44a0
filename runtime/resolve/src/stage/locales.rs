//! Words of one language, put where the other documents left them out or called things otherwise.

use std::collections::HashMap;

use definition::{
    kind::{PerLocale, Words},
    texts::{self, Slot},
};
use model::{Diagnostic, Locale, Location, diagnostic::nearest};

use crate::stage::installed::Installed;

/// A translation that waits for its place.
struct Waiting {
    locale: Locale,
    text: String,
    at: Location,
    used: bool,
}

/// Applies every app's locales, those of later apps over those of earlier ones, and says which texts lack a language.
pub(crate) fn apply(installed: &mut [Installed], faults: &mut Vec<Diagnostic>) {
    let mut waiting: HashMap<String, Vec<Waiting>> = HashMap::new();
    for app in installed.iter() {
        for (tag, locales) in &app.words.locales {
            let Some(locale) = Locale::parse(tag).filter(|locale| locale.tag() == tag) else {
                let message = format!("`{tag}` is not a language that pages are shown in");
                let help = "call the file `zh-CN.yaml` or `en.yaml`";
                faults.push(Diagnostic::error("locales.unknown-language", locales.at.clone(), message).help(help));
                continue;
            };
            for (route, text) in &locales.words.words {
                let at = locales.at.child("words").child(route);
                waiting.entry(route.clone()).or_default().push(Waiting { locale, text: text.clone(), at, used: false });
            }
        }
    }
    let last = installed.len().saturating_sub(1);
    let mut routes = Vec::new();
    let any = !waiting.is_empty();
    let mut missing = Vec::new();
    for (index, app) in installed.iter_mut().enumerate() {
        texts::each(&mut app.words, &mut |route, at, mut slot| {
            // `app.…` speaks of the app that was asked for; the other names are unique over all apps.
            if index < last && route.starts_with("app.") && !route.starts_with("app.menu.") {
                return;
            }
            for translation in waiting.get_mut(route).into_iter().flatten() {
                put(&mut slot, translation.locale, &translation.text);
                translation.used = true;
            }
            if any {
                routes.push(route.to_owned());
            }
            if let Some(words) = slot.words() {
                missing.extend(lacking(words).into_iter().map(|locale| lacks(at, locale)));
            }
        });
    }
    faults.extend(missing);
    let mut unused: Vec<(&String, &Waiting)> = waiting
        .iter()
        .flat_map(|(route, all)| all.iter().map(move |translation| (route, translation)))
        .filter(|(_, translation)| !translation.used)
        .collect();
    unused.sort_by(|a, b| a.1.at.cmp(&b.1.at));
    for (route, translation) in unused {
        let message = format!("there is no text at `{route}`");
        let help = nearest(route, routes.iter().map(String::as_str));
        faults.push(Diagnostic::error("locales.unknown-route", translation.at.clone(), message).maybe_help(help));
    }
}

fn put(slot: &mut Slot<'_>, locale: Locale, text: &str) {
    let mut per = match slot.words() {
        None => PerLocale::default(),
        Some(Words::PerLocale(per)) => per.clone(),
        Some(Words::Plain(plain)) => PerLocale { zh_cn: Some(plain.clone()), en: Some(plain.clone()) },
    };
    match locale {
        Locale::ZhCn => per.zh_cn = Some(text.to_owned()),
        Locale::En => per.en = Some(text.to_owned()),
    }
    slot.set(Words::PerLocale(per));
}

fn lacking(words: &Words) -> Vec<Locale> {
    match words {
        Words::Plain(_) => Vec::new(),
        Words::PerLocale(per) => {
            let missing = [(Locale::ZhCn, per.zh_cn.is_none()), (Locale::En, per.en.is_none())];
            missing.into_iter().filter(|(_, missing)| *missing).map(|(locale, _)| locale).collect()
        }
    }
}

fn lacks(at: &Location, locale: Locale) -> Diagnostic {
    let message = format!("this has no words in `{}`", locale.tag());
    Diagnostic::warning("label.missing-language", at.clone(), message)
        .help(format!("add them here or in `locales/{}.yaml`", locale.tag()))
}
