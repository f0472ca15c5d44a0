//! Tables of what the business systems report, K01 to K12: each row its person, its day or period, and numbers.

use model::{Date, Value};

use super::{Row, Table, Tier, table};
use crate::facts;
use crate::people::Employee;

const APP: &str = "performance-management";

/// The facts of 2025Q4 and the visits of every month of 2025; in the full tier those of 2024 too. What a system corrected later
/// comes last.
pub(super) fn tables(tier: Tier) -> Vec<Table> {
    let has = move |employee| tier.has(employee);
    let visits = facts::visits().filter(move |row| has(row.doctor));
    let months = facts::monthly_visits().chain(facts::visits_of_months());
    let months = months.filter(move |row| has(row.doctor) && (row.year == 2025 || tier == Tier::Full));
    let reports = facts::reports().filter(move |row| has(row.employee));
    let critical = facts::critical_values().filter(move |row| has(row.technician)).flat_map(|day| {
        let (technician, date) = (day.technician, day.date);
        (1..).zip(day.minutes).map(move |(number, minutes)| (technician, date, number, minutes))
    });
    let maintenance = facts::maintenance().filter(move |row| has(row.technician));
    let calls = facts::calls().filter(move |row| has(row.agent));
    let soothing = facts::soothing().filter(move |row| has(row.agent));
    let appointments = facts::appointments().filter(move |row| has(row.doctor));
    let praise = facts::praise().filter(move |row| has(row.employee));
    let training = facts::training().filter(move |row| has(row.employee));
    let suggestions = facts::suggestions().filter(move |row| has(row.specialist));
    let complaints = facts::complaints().filter(move |row| has(row.agent));
    let corrected = facts::corrections().map(|correction| correction.corrected).filter(move |row| has(row.employee));
    let mut tables = vec![
        made("visit_day", visits, |row| of_day(row.doctor, "day", row.date).value("visits", number(row.visits))),
        made("visit_month", months, |row| {
            of_period(row.doctor, "month", month(row.year, row.month)).value("visits", number(row.visits))
        }),
        made("report_day", reports, report),
        made("critical_value", critical, |(technician, date, number, minutes)| {
            let row = of_day(technician, "day", date).value("number", self::number(number));
            Row { key: format!("{}/{number}", row.key), ..row.value("minutes", self::number(minutes)) }
        }),
        made("maintenance_check", maintenance, |row| {
            of_day(row.technician, "due_on", row.monday).value("due", number(row.due)).value("done", number(row.done))
        }),
        made("call_day", calls, |row| {
            of_day(row.agent, "day", row.date).value("calls", number(row.calls)).value("solved", number(row.solved))
        }),
        made("soothing_day", soothing, |row| {
            let (attempts, calmed) = (number(row.attempts), number(row.attempts - row.failed));
            of_day(row.agent, "day", row.date).value("attempts", attempts).value("calmed", calmed)
        }),
        made("appointment_day", appointments, |row| {
            let (booked, kept) = (number(row.booked), number(row.booked - row.no_show));
            of_day(row.doctor, "day", row.date).value("booked", booked).value("kept", kept)
        }),
        made("praise_month", praise, |row| {
            of_period(row.employee, "month", month(2025, row.month)).value("tickets", number(row.tickets))
        }),
        made("training_year", training, |row| {
            let (assigned, completed) = (number(row.assigned), number(row.completed));
            of_period(row.employee, "year", "2025".to_owned()).value("assigned", assigned).value("completed", completed)
        }),
        made("suggestion_quarter", suggestions, |row| {
            of_period(row.specialist, "quarter", "2025-Q4".to_owned()).value("adopted", number(row.adopted))
        }),
        made("complaint_month", complaints, |row| {
            let (complaints, second) = (number(row.complaints), number(row.second));
            of_period(row.agent, "month", month(2025, row.month))
                .value("complaints", complaints)
                .value("second", second)
        }),
    ];
    tables.push(Table { update: true, ..made("report_day", corrected, report) });
    tables
}

fn made<T: 'static>(
    entity: &'static str,
    items: impl Iterator<Item = T> + Send + Clone + 'static,
    row: impl Fn(T) -> Row + Send + 'static,
) -> Table {
    table(APP, entity, items.clone().count(), items, row)
}

fn report(row: facts::Reports) -> Row {
    of_day(row.employee, "day", row.date).value("issued", number(row.issued)).value("rework", number(row.rework))
}

fn of_day(employee: Employee, field: &'static str, date: Date) -> Row {
    Row::new(format_args!("{employee}/{date}")).refer("person", "person", Some(employee)).value(field, date)
}

fn of_period(employee: Employee, field: &'static str, period: String) -> Row {
    Row::new(format_args!("{employee}/{period}")).refer("person", "person", Some(employee)).value(field, period)
}

fn month(year: i16, month: u8) -> String {
    format!("{year:04}-{month:02}")
}

fn number(number: u32) -> Value {
    Value::Int(number.into())
}
