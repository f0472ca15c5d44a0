//! Tables of the `organisation` app.

use super::{Cell, Row, Table, Tier, table};
use crate::people::Employee;
use crate::posts::{Category, Post};
use crate::units::{Bureau, Unit};
use crate::{assignments, calendar};

const APP: &str = "organisation";

/// Categories and posts.
pub(super) fn posts() -> Vec<Table> {
    vec![
        table(APP, "post_category", Category::ALL.len(), Category::ALL.into_iter(), category),
        table(APP, "post", Post::all().count(), Post::all(), post),
    ]
}

/// Units, people, their assignments, the heads of the units, the calendar.
pub(super) fn people(tier: Tier) -> Vec<Table> {
    // The group stays in every tier, so that the tree has its root.
    let units = move || {
        Unit::all()
            .filter(move |unit| *unit == Unit::Group || tier.centre().is_none() || unit.centre() == tier.centre())
    };
    let people = move || Employee::all().filter(move |employee| tier.has(*employee));
    let assigned = move || assignments::all().filter(move |row| tier.has(row.employee));
    let led = move || units().filter(move |unit| tier.has(unit.head()));
    let heads = table(APP, "unit", led().count(), led(), move |unit| {
        let partners = partner(tier, unit).into_iter().map(|partner| partner.to_string()).collect();
        Row::new(unit).refer("head", "person", Some(unit.head())).refer_all("partners", "person", partners)
    });
    // The offices are not there where one centre is.
    let offices = move || calendar::closed_offices().filter(move |_| tier.centre().is_none());
    let named = usize::from(tier.centre().is_none());
    vec![
        table(APP, "calendar", named, [calendar::OFFICES].into_iter().take(named), |name| {
            Row::new(name).value("name", name).value("note", "双休；各分院按集团日历，周六开诊")
        }),
        table(APP, "unit", units().count(), units(), unit),
        table(APP, "person", people().count(), people(), person),
        table(APP, "assignment", assigned().count(), assigned(), move |row| assignment(tier, &row)),
        Table { update: true, ..heads },
        table(
            APP,
            "calendar_day",
            calendar::days().count() + offices().count(),
            calendar::days().map(|day| (day, None)).chain(offices().map(|day| (day, Some(calendar::OFFICES)))),
            calendar_day,
        ),
    ]
}

/// Who looks after the people of a centre: somebody of human resources at headquarters, one for each; where only the centre
/// is there, somebody of its own office.
pub(crate) fn partner(tier: Tier, unit: Unit) -> Option<Employee> {
    let Unit::Centre(centre) = unit else { return None };
    let at_headquarters = Employee::numbered(Bureau::People.head_number() + u16::from(centre));
    Some(if tier.has(at_headquarters) { at_headquarters } else { Employee::in_centre(centre, 2) })
}

fn category(category: Category) -> Row {
    Row::new(category.code()).value("code", category.code()).value("name", category.name())
}

fn post(post: Post) -> Row {
    let category = Some(post.category().code());
    Row::new(post.code())
        .value("code", post.code())
        .value("name", post.name())
        .value("peer_group", post.peer_group())
        .refer("category", "post_category", category)
}

fn unit(unit: Unit) -> Row {
    let calendar = matches!(unit, Unit::Bureau(_)).then_some(calendar::OFFICES);
    Row::new(unit)
        .value("code", unit.to_string())
        .value("name", unit.name())
        .value("kind", unit.kind())
        .refer("parent", "unit", unit.parent())
        .refer("own_calendar", "calendar", calendar)
}

fn person(employee: Employee) -> Row {
    Row::new(employee)
        .value("code", employee.to_string())
        .value("name", employee.name())
        .value("login", employee.login())
        .value("email", employee.email())
        .value("phone", employee.phone())
        .value("hired", employee.hired())
        .value("gender", employee.gender().code())
        .value("active", true)
}

fn assignment(tier: Tier, row: &assignments::Assignment) -> Row {
    let mut fields = Row::new(format!("{}/{}", row.employee, row.ordinal))
        .refer("person", "person", Some(row.employee))
        .refer("unit", "unit", Some(row.unit))
        .refer("post", "post", Some(row.post.code()))
        .refer("manager", "person", row.manager.filter(|manager| tier.has(*manager)))
        .value("valid_from", row.valid_from);
    if let Some(last) = row.valid_to {
        fields.fields.push(("valid_to", Cell::Value(last.into())));
    }
    fields
}

fn calendar_day((day, calendar): (calendar::Day, Option<&'static str>)) -> Row {
    Row::new(format!("{} {}", day.date, calendar.unwrap_or_default()))
        .value("date", day.date)
        .value("open", day.open)
        .value("note", day.note)
        .refer("calendar", "calendar", calendar)
}
