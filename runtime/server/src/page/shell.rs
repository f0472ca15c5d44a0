//! The frame around every page: navigation, account menu, language, theme.

use app::{Page, PageKind};
use engine::query::Unread;
use model::Locale;
use serde::Serialize;

use super::{Visit, rights};
use crate::{problem::Problem, show, words};

/// What the frame shows.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Shell {
    /// BCP 47 tag of the language.
    pub lang: &'static str,
    /// `light`, `dark` or `auto`.
    pub theme: String,
    /// The token forms carry.
    pub csrf: String,
    /// Title of the page.
    pub title: String,
    /// Name of the app.
    pub brand: String,
    /// `narrow`, `wide` or nothing.
    pub width: &'static str,
    /// Who is signed in.
    pub user: Person,
    /// Address of their own record, if they have one they may see.
    pub me: Option<String>,
    /// The word of the area they administer, if they do: `system`, `security` or `audit`.
    pub area: Option<&'static str>,
    /// The navigation.
    pub nav: Vec<NavGroup>,
    /// The first few places of it, for a phone.
    pub bottom: Vec<NavLink>,
    /// Notifications not read yet.
    pub unread: i64,
    /// What was searched for everywhere.
    pub search: String,
    /// The languages to choose from.
    pub languages: Vec<Language>,
    /// The address of this page.
    pub here: String,
    /// Whose place is taken.
    pub standing: Option<super::stand_in::Standing>,
    /// Something just done.
    pub toast: Option<&'static str>,
}

/// Somebody, with what their avatar needs.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
pub struct Person {
    /// What they are called.
    pub name: String,
    /// One or two characters.
    pub initials: String,
    /// 1 to 8.
    pub hue: u32,
}

impl Person {
    /// Somebody of that name.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), initials: show::initials(name), hue: show::hue(name) }
    }
}

/// A group of the navigation.
#[derive(Debug, Default, Clone, Serialize)]
pub struct NavGroup {
    /// Its heading; may be empty.
    pub title: String,
    /// Its places.
    pub links: Vec<NavLink>,
}

/// A place of the navigation.
#[derive(Debug, Default, Clone, Serialize)]
pub struct NavLink {
    /// Where it leads.
    pub href: String,
    /// What it is called.
    pub label: String,
    /// Name in the sprite.
    pub icon: &'static str,
    /// Whether it is shown now.
    pub current: bool,
    /// How many things wait there.
    pub count: i64,
}

/// A language to choose.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Language {
    /// BCP 47 tag.
    pub tag: &'static str,
    /// Its name in itself.
    pub label: &'static str,
    /// This page in it.
    pub href: String,
    /// Whether it is the one shown.
    pub current: bool,
}

/// The frame for a visit.
///
/// # Errors
/// The engine could not tell the notifications.
pub async fn of(visit: &Visit) -> Result<Shell, Problem> {
    let actor = &visit.actor;
    let unread = visit.ask(Unread { limit: super::me::MOST }).await?;
    let waiting = match visit.app().workflows().is_empty() {
        true => None,
        false => Some(visit.ask(engine::query::case::Counts).await?.0),
    };
    let nav = navigation(visit, waiting, super::workflows::any(visit).await?);
    let bottom: Vec<NavLink> = nav.iter().flat_map(|group| &group.links).take(4).cloned().collect();
    let person = visit.app().organisation().person.filter(|person| rights::may(actor, *person, policy::Action::Read));
    let person = person.and_then(|id| visit.app().entity(id)).zip(actor.person);
    Ok(Shell {
        user: Person::new(&visit.name),
        me: person.map(|(entity, id)| format!("/r/{}/{id}", entity.name)),
        standing: visit.standing.clone(),
        area: actor.area().map(app::Area::word),
        nav,
        bottom,
        unread: i64::try_from(unread).unwrap_or(i64::MAX),
        toast: visit.query.has("saved").then(|| visit.say("saved")),
        ..bare(visit.locale(), &visit.theme, &visit.csrf, brand(visit.app(), visit.locale()), &visit.here())
    })
}

/// The frame of pages before sign-in.
pub fn bare(locale: Locale, theme: &str, csrf: &str, brand: String, here: &str) -> Shell {
    Shell {
        lang: locale.tag(),
        theme: theme.to_owned(),
        csrf: csrf.to_owned(),
        brand,
        languages: languages(locale, here),
        here: here.to_owned(),
        ..Shell::default()
    }
}

/// What the installed app is called.
pub fn brand(app: &app::App, locale: Locale) -> String {
    app.parts().last().map_or("Loam", |part| part.label.get(locale)).to_owned()
}

fn languages(locale: Locale, here: &str) -> Vec<Language> {
    let join = if here.contains('?') { '&' } else { '?' };
    let each = |language: Locale| Language {
        tag: language.tag(),
        label: match language {
            Locale::ZhCn => "中文",
            Locale::En => "English",
        },
        href: format!("{here}{join}lang={}", language.tag()),
        current: language == locale,
    };
    Locale::ALL.into_iter().map(each).collect()
}

/// The places of the app; `waiting` says how many tasks are the reader's, where the app has workflows, and `steers` whether
/// they manage any.
fn navigation(visit: &Visit, waiting: Option<i64>, steers: bool) -> Vec<NavGroup> {
    let (app, locale) = (visit.app(), visit.locale());
    let home = NavLink {
        href: "/".into(),
        label: words::say(locale, "home").into(),
        icon: "home",
        current: visit.path == "/",
        count: 0,
    };
    let inbox = waiting.map(|count| NavLink {
        href: "/inbox".into(),
        label: words::say(locale, "inbox").into(),
        icon: "check",
        current: visit.path == "/inbox" || visit.path.starts_with("/cases/"),
        count,
    });
    let workflows = steers.then(|| NavLink {
        href: "/workflows".into(),
        label: words::say(locale, "workflows").into(),
        icon: "list",
        current: visit.path.starts_with("/workflows"),
        count: 0,
    });
    let first = std::iter::once(home).chain(inbox).chain(workflows).collect();
    let mut groups = vec![NavGroup { title: String::new(), links: first }];
    for (name, label) in app.menu() {
        let mut places: Vec<(i32, &Page)> = app
            .pages()
            .iter()
            .filter(|page| Some(page.id) != app.home().map(|home| home.id) && rights::opens(&visit.actor, page))
            .filter_map(|page| page.menu.as_ref().filter(|menu| menu.group == *name).map(|menu| (menu.order, page)))
            .collect();
        places.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
        if !places.is_empty() {
            let links = places.into_iter().map(|(_, page)| link(visit, page)).collect();
            groups.push(NavGroup { title: label.get(locale).to_owned(), links });
        }
    }
    if super::dictionary::opens(visit) {
        let dictionary = NavLink {
            href: "/dictionary".into(),
            label: words::say(locale, "dictionary").into(),
            icon: "list",
            current: visit.path.starts_with("/dictionary"),
            count: 0,
        };
        let boards = NavLink {
            href: "/boards".into(),
            label: words::say(locale, "unit-boards").into(),
            icon: "chart",
            current: visit.path.starts_with("/boards"),
            count: 0,
        };
        let mut links = vec![dictionary];
        links.extend(super::unit_board::opens(&visit.actor).then_some(boards));
        groups.push(NavGroup { title: String::new(), links });
    }
    groups
}

fn link(visit: &Visit, page: &Page) -> NavLink {
    let href = format!("/p/{}", page.name);
    let current = visit.path == href;
    let icon = page.menu.as_ref().and_then(|menu| menu.icon.as_ref()).map_or("", |icon| icon.0.as_str());
    let label = page.label.get(visit.locale()).to_owned();
    NavLink { current, href, label, icon: sprite(icon, &page.kind), count: 0 }
}

/// The picture for a definition's icon; without one, by the kind of the page.
fn sprite(icon: &str, kind: &PageKind) -> &'static str {
    match icon {
        "home" => "home",
        "target" => "target",
        "tree" => "tree",
        "board" => "board",
        "list" => "list",
        "people" => "people",
        "person" => "person",
        "building" => "org",
        "calendar" => "calendar",
        "note" => "edit",
        "chat" => "comment",
        "star" => "star",
        "spark" => "spark",
        "tag" => "tag",
        "chart" => "chart",
        "file" => "file",
        "settings" => "settings",
        _ => match kind {
            PageKind::Board { .. } => "board",
            PageKind::Tree { .. } => "tree",
            PageKind::Home(_) => "home",
            PageKind::Dashboard(_) => "chart",
            PageKind::Detail { .. } => "file",
            PageKind::List { .. } => "list",
        },
    }
}
