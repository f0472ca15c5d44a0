//! A reference evaluation of the report-rework alert, straight from its rule, to know what the planted cases must give.
//!
//! A day counts when at least 5 reports were issued; it is a hit when more than 8 in a hundred came back. Three hits in a
//! row open a yellow alert, the fifth turns it red, two counted days without a hit resolve it. Days off are not in the
//! data and break nothing.

use std::collections::BTreeMap;

use model::Date;

use crate::assignments;
use crate::facts::{Reports, corrections, reports};
use crate::people::Employee;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Alert {
    employee: Employee,
    yellow: Date,
    red: Option<Date>,
    resolved: Option<Date>,
    recipient: Option<Employee>,
}

/// All alerts over rows in order of employee and date.
fn evaluate(rows: impl Iterator<Item = Reports>) -> Vec<Alert> {
    let mut by_employee: BTreeMap<Employee, Vec<Reports>> = BTreeMap::new();
    for row in rows {
        by_employee.entry(row.employee).or_default().push(row);
    }
    by_employee.into_iter().flat_map(|(employee, rows)| of_employee(employee, &rows)).collect()
}

fn of_employee(employee: Employee, rows: &[Reports]) -> Vec<Alert> {
    let mut alerts: Vec<Alert> = Vec::new();
    let (mut streak, mut calm) = (0, 0);
    let mut open = false;
    for row in rows.iter().filter(|row| row.issued >= 5) {
        if 100 * row.rework > 8 * row.issued {
            (streak, calm) = (streak + 1, 0);
        } else {
            (streak, calm) = (0, calm + 1);
        }
        if streak == 3 && !open {
            open = true;
            let recipient = assignments::manager_on(employee, row.date);
            alerts.push(Alert { employee, yellow: row.date, red: None, resolved: None, recipient });
        }
        if let Some(alert) = alerts.last_mut().filter(|_| open) {
            if streak == 5 {
                alert.red = Some(row.date);
            }
            if calm == 2 {
                alert.resolved = Some(row.date);
                open = false;
            }
        }
    }
    alerts
}

fn corrected() -> impl Iterator<Item = Reports> {
    let corrections: Vec<Reports> = corrections().map(|correction| correction.corrected).collect();
    reports().map(move |row| {
        let same = |correction: &&Reports| (correction.employee, correction.date) == (row.employee, row.date);
        corrections.iter().find(same).copied().unwrap_or(row)
    })
}

fn render(alerts: &[Alert]) -> String {
    let day = |date: Option<Date>| date.map_or("-".to_owned(), |date| date.to_string());
    let line = |alert: &Alert| {
        let recipient = alert.recipient.map_or("-".to_owned(), |recipient| recipient.to_string());
        let (red, resolved) = (day(alert.red), day(alert.resolved));
        format!("{} → {recipient} yellow {} red {red} resolved {resolved}\n", alert.employee, alert.yellow)
    };
    alerts.iter().map(line).collect()
}

#[test]
fn every_alert_of_the_quarter_as_first_delivered() {
    expect_test::expect![[r#"
        E0130 → E0123 yellow 2025-11-18 red - resolved 2025-11-20
        E0470 → E0463 yellow 2025-11-13 red - resolved 2025-11-15
        E0640 → E0633 yellow 2025-11-12 red - resolved 2025-11-15
        E1150 → E1143 yellow 2025-12-03 red 2025-12-06 resolved 2025-12-09
        E1660 → E1653 yellow 2025-11-12 red - resolved 2025-11-15
        E1830 → E1993 yellow 2025-11-13 red - resolved 2025-11-15
    "#]]
    .assert_eq(&render(&evaluate(reports())));
}

#[test]
fn the_correction_voids_one_alert_and_nothing_else() {
    let before = evaluate(reports());
    let after = evaluate(corrected());
    let voided: Vec<&Alert> = before.iter().filter(|alert| !after.contains(alert)).collect();
    assert_eq!(voided.len(), 1);
    assert_eq!(voided[0].employee.number(), 1660);
    assert_eq!(after.len() + 1, before.len());
}
