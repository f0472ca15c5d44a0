//! Tables of what posts are there for and measured by, and of the scorecards.

use model::{Date, Decimal};

use super::{Row, Table, Tier, table};
use crate::feedback;
use crate::people::Employee;
use crate::posts::{Category, Post};
use crate::standards::{self, DIMENSIONS, INDICATORS, Line, TEMPLATES, Template};

const APP: &str = "performance-management";
const ORGANISATION: &str = "organisation";

/// The standards, which come before the people they are for. Templates are put in use when their lines are there, and only
/// then chosen for categories and posts.
pub(super) fn tables() -> Vec<Table> {
    let categories =
        Category::ALL.into_iter().flat_map(|category| weights(standards::category_weights(category), category));
    let posts = Post::all().flat_map(|post| weights(standards::post_weights(post), post));
    let lines =
        TEMPLATES.into_iter().flat_map(|template| template.lines.iter().map(move |line| (template.code, *line)));
    let own: Vec<(Post, &str)> = Post::all().filter_map(|post| Some((post, standards::of_post(post)?))).collect();
    vec![
        table(APP, "value_dimension", DIMENSIONS.len(), (1_i64..).zip(DIMENSIONS), |(order, dimension)| {
            Row::new(dimension.code)
                .value("code", dimension.code)
                .value("name", dimension.name)
                .value("description", dimension.description)
                .value("order", order)
        }),
        table(APP, "category_value", categories.clone().count(), categories, |(category, dimension, weight)| {
            of(category.code().to_owned(), dimension, weight).refer("category", "post_category", Some(category.code()))
        }),
        table(APP, "post_value", posts.clone().count(), posts, |(post, dimension, weight)| {
            of(post.code(), dimension, weight).refer("post", "post", Some(post.code()))
        }),
        table(APP, "indicator", INDICATORS.len(), INDICATORS.into_iter(), |indicator| {
            Row::new(indicator.code)
                .value("code", indicator.code)
                .value("name", indicator.name)
                .value("kind", if indicator.term.is_some() { "measured" } else { "judged" })
                .value("term", indicator.term.unwrap_or_default())
                .value("unit_of_measure", indicator.unit)
        }),
        table(APP, "kpi_template", TEMPLATES.len(), TEMPLATES.into_iter(), |template: Template| {
            Row::new(template.code).value("code", template.code).value("name", template.name).value("status", "draft")
        }),
        table(APP, "kpi_item", lines.clone().count(), lines, |(template, line)| {
            let row = Row::new(item_key(template, &line)).refer("template", "kpi_template", Some(template));
            marks(row.refer("indicator", "indicator", Some(line.indicator)), &line)
        }),
        updates(APP, "kpi_template", TEMPLATES.into_iter(), |template| {
            Row::new(template.code).value("status", "active")
        }),
        updates(ORGANISATION, "post_category", Category::ALL.into_iter(), |category| {
            let template = standards::of_category(category);
            Row::new(category.code()).refer("kpi_template", "kpi_template", Some(template))
        }),
        updates(ORGANISATION, "post", own.into_iter(), |(post, template)| {
            Row::new(post.code()).refer("own_kpi_template", "kpi_template", Some(template))
        }),
    ]
}

/// What was kept of the posts on the last Sundays.
pub(super) fn weeks(tier: Tier, today: Date) -> Table {
    let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let counted = Post::all().map(|post| {
        let template = standards::of_post(post).unwrap_or_else(|| standards::of_category(post.category()));
        let lines = TEMPLATES.iter().find(|known| known.code == template).map_or(0, |known| known.lines.len());
        (post, whole(Employee::holding(post).filter(|one| tier.has(*one)).count()), whole(lines))
    });
    let counted: Vec<(Post, i64, i64)> = counted.collect();
    let days = feedback::sundays(today).into_iter();
    let kept: Vec<_> = days.flat_map(|day| counted.iter().map(move |of_it| (day, *of_it))).collect();
    table(APP, "post_week", kept.len(), kept.into_iter(), |(day, (post, headcount, measures))| {
        Row::new(format_args!("{}/{day}", post.code()))
            .refer("post", "post", Some(post.code()))
            .refer("category", "post_category", Some(post.category().code()))
            .value("taken_on", day)
            .value("headcount", headcount)
            .value("weights", Decimal::from(standards::post_weights(post).iter().sum::<u32>()))
            .value("measures", measures)
    })
}

/// The scorecards of the quarter of the facts.
pub(super) fn scorecards(tier: Tier) -> Vec<Table> {
    let cards = standards::scorecards();
    let cards: Vec<_> = cards.into_iter().filter(|card| tier.has(card.person)).collect();
    let scores: Vec<_> = cards
        .iter()
        .flat_map(|card| card.lines.iter().map(|(line, value)| (card.person, card.template, *line, *value)))
        .collect();
    vec![
        table(APP, "scorecard", cards.len(), cards.into_iter(), |card| {
            Row::new(card.person)
                .refer("person", "person", Some(card.person))
                .refer("cycle", "cycle", Some(standards::quarter().code))
                .refer("template", "kpi_template", Some(card.template))
        }),
        table(APP, "score_item", scores.len(), scores.into_iter(), |(person, template, line, value)| {
            let row =
                Row::new(format_args!("{person}/{}", line.indicator)).refer("scorecard", "scorecard", Some(person));
            let row = marks(row.refer("item", "kpi_item", Some(item_key(template, &line))), &line);
            match value {
                Some(value) => row.value("value", value),
                None => row,
            }
        }),
    ]
}

fn updates<T: 'static>(
    app: &'static str,
    entity: &'static str,
    items: impl Iterator<Item = T> + Send + Clone + 'static,
    row: impl Fn(T) -> Row + Send + 'static,
) -> Table {
    Table { update: true, ..table(app, entity, items.clone().count(), items, row) }
}

/// What each dimension counts for something.
fn weights<T: Copy + Send>(weights: [u32; 5], of: T) -> impl Iterator<Item = (T, &'static str, u32)> + Clone + Send {
    DIMENSIONS.into_iter().zip(weights).map(move |(dimension, weight)| (of, dimension.code, weight))
}

fn of(whose: String, dimension: &'static str, weight: u32) -> Row {
    Row::new(format_args!("{whose}/{dimension}"))
        .refer("dimension", "value_dimension", Some(dimension))
        .value("weight", Decimal::from(weight))
}

fn item_key(template: &str, line: &Line) -> String {
    format!("{template}/{}", line.indicator)
}

fn marks(row: Row, line: &Line) -> Row {
    let [threshold, target, stretch] = line.marks.map(Decimal::from);
    row.value("weight", Decimal::from(line.weight))
        .value("threshold", threshold)
        .value("target", target)
        .value("stretch", stretch)
}
