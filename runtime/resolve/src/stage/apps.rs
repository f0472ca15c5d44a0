//! The apps themselves: names, versions, the menu's groups, the time zone.

use app::Part;
use model::{Diagnostic, Name, YearStart, diagnostic::nearest};

use crate::{draft::Draft, text::text};

/// Names that begin the platform's own tables, or tables of a database.
const RESERVED: [&str; 4] = ["loam", "sqlite", "pg", "api"];

/// Checks each app's own document.
pub(crate) fn resolve(draft: &mut Draft<'_>, faults: &mut Vec<Diagnostic>) {
    // The groups of the app that was asked for come first in the navigation, then those of the apps it uses.
    for app in draft.installed.iter().rev().filter_map(|app| app.words.app.as_ref()) {
        for (name, group) in &app.words.menu {
            let at = app.at.child("menu").child(name);
            draft.menu.entry(name.clone()).or_insert_with(|| (text(&group.label), at));
        }
    }
    for app in draft.installed.iter().filter_map(|app| app.words.app.as_ref()) {
        let words = &app.words;
        if let Some(name) = name(&words.name, &app.at, faults) {
            if draft.parts.iter().any(|part| part.name == name) {
                let message = format!("two apps are called `{name}`");
                faults.push(Diagnostic::error("app.duplicate-name", app.at.child("name"), message));
            }
            draft.parts.push(Part { name, label: text(&words.label), version: words.version.clone() });
        }
        if !is_version(&words.version) {
            let message = format!("`{}` is not a version", words.version);
            let help = "write three numbers, as in `1.0.0`";
            faults.push(Diagnostic::error("app.bad-version", app.at.child("version"), message).help(help));
        }
        if let Some(zone) = &words.time_zone
            && jiff::tz::TimeZone::get(zone).is_err()
        {
            let message = format!("there is no time zone `{zone}`");
            let help = nearest(zone, ["Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Taipei", "Etc/UTC"])
                .unwrap_or_else(|| "write a name of the IANA list, as in `Asia/Shanghai`".to_owned());
            faults.push(Diagnostic::error("app.unknown-time-zone", app.at.child("time_zone"), message).help(help));
        }
        if let Some(month) = words.year_begins.filter(|month| YearStart::new(*month).is_none()) {
            let message = format!("`{month}` is no month");
            let help = "write the number of a month, from 1 to 12";
            faults.push(Diagnostic::error("app.no-month", app.at.child("year_begins"), message).help(help));
        }
    }
    let said = draft.installed.iter().rev().find_map(|app| app.words.app.as_ref()?.words.year_begins);
    draft.year_start = said.and_then(YearStart::new).unwrap_or_default();
    let zones = draft.installed.iter().rev().filter_map(|app| app.words.app.as_ref()?.words.time_zone.clone());
    let zone = zones.into_iter().next();
    draft.time_zone = zone.unwrap_or_else(|| "Asia/Shanghai".to_owned());
}

fn name(written: &str, at: &model::Location, faults: &mut Vec<Diagnostic>) -> Option<Name> {
    let at = at.child("name");
    let lower = written.chars().all(|c| !c.is_uppercase() && c != '_');
    match Name::parse_dashed(written) {
        Ok(_) if RESERVED.contains(&written) => {
            let message = format!("`{written}` is a name of the platform");
            faults.push(Diagnostic::error("app.reserved-name", at, message).help("choose another name"));
            None
        }
        Ok(name) if lower => Some(name),
        Ok(_) => {
            let message = format!("`{written}` is not a name for an app");
            faults.push(Diagnostic::error("app.bad-name", at, message).help("write lower-case words joined by `-`"));
            None
        }
        Err(fault) => {
            faults.push(Diagnostic::error("app.bad-name", at, fault.to_string()));
            None
        }
    }
}

fn is_version(text: &str) -> bool {
    let mut parts = text.split('.');
    let number = |part: Option<&str>| part.is_some_and(|part| part.parse::<u32>().is_ok());
    number(parts.next()) && number(parts.next()) && number(parts.next()) && parts.next().is_none()
}
