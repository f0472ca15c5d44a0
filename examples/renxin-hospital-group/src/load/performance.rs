//! Tables of the `performance-management` app.

use std::sync::Arc;

use model::{Date, Decimal};

use super::{Row, Table, Tier, table};
use crate::artefacts;
use crate::behaviour::{self, Event, TAGS, Tag};
use crate::feedback::{self, Kept};
use crate::goals::{self, Cycle, KeyResult, Objective, Task};
use crate::growth::{self, Competency};
use crate::milestones::{self, Milestone};
use crate::people::Employee;
use crate::reviews::{self, Request, Review};
use crate::standards;
use crate::weekly::{self, Report};

const APP: &str = "performance-management";

/// Who answered for something, from one day to another.
type Holder = (Employee, Date, Option<Date>);

/// The running cycle with its goals and tasks, competencies, works and behaviours, weekly reports and comments.
pub(super) fn tables(tier: Tier, today: Date) -> Vec<Table> {
    let cycle = Cycle::of(today);
    let goals: Arc<[Objective]> = goals::objectives(today, tier.centre()).into();
    let tasks = goals::tasks(&goals, today);
    let milestones = milestones::milestones(&goals, today);
    let held: Vec<(String, Holder)> = milestones
        .iter()
        .flat_map(|milestone| milestone.owners.iter().map(|owner| (milestone.code.clone(), *owner)))
        .collect();
    let reports: Arc<[Report]> = weekly::reports(today, &goals, tier.centre()).into();
    let works = artefacts::artefacts().filter(move |work| tier.has(work.author));
    let lit = move || behaviour::events().filter(move |event| tier.has(event.receiver) && tier.has(event.giver));
    let n_lit = if tier.centre().is_some() { lit().count() } else { behaviour::EVENTS as usize };
    let n_results = goals.iter().map(|goal| goal.key_results.len()).sum();
    let n_comments = reports.iter().filter(|report| report.comment.is_some()).count();
    let code = cycle.code.clone();
    let mut cycles = vec![(reviews::cycle_before(today), "closed"), (cycle, "running")];
    // The quarter of the facts, for what is made of them.
    if cycles.iter().all(|(known, _)| *known != standards::quarter()) {
        cycles.insert(0, (standards::quarter(), "closed"));
    }
    let rows_of_goals = Arc::clone(&goals);
    let place = |len: usize| 0..len;
    let empty = || Row::new("");
    let of_results = Arc::clone(&goals);
    let results = place(goals.len()).flat_map(move |goal| {
        let results = of_results.get(goal).map_or_else(Vec::new, |goal| goal.key_results.clone());
        results.into_iter().map(move |result| (goal, result))
    });
    let goal_of_result = Arc::clone(&goals);
    let commented = Arc::clone(&reports);
    let comments =
        place(reports.len()).filter(move |index| commented.get(*index).is_some_and(|report| report.comment.is_some()));
    let of_comments = Arc::clone(&reports);
    let n_reports = reports.len();
    let kept = feedback::kept(today, &reports, |person| tier.has(person));
    let lamps = goals::kept(today, tier.centre());
    let reviewed = reviews::reviews(today);
    let closed: Vec<Review> = reviewed.iter().filter(|review| review.feedback == "closed").cloned().collect();
    let asked = reviews::requests(today);
    let answered: Vec<Request> = asked.iter().filter(|request| request.score.is_some()).cloned().collect();
    let grown: Vec<Competency> = growth::competencies(today).into_iter().filter(|one| tier.has(one.person)).collect();
    let snapshots: Vec<_> =
        grown.iter().flat_map(|one| one.values.iter().map(|value| (competency_key(one), value.clone()))).collect();
    vec![
        table(APP, "cycle", cycles.len(), cycles.into_iter(), cycle_row),
        table(APP, "objective", goals.len(), place(goals.len()), move |index| {
            rows_of_goals.get(index).map_or_else(empty, |goal| objective(goal, &rows_of_goals, &code, tier))
        }),
        table(APP, "key_result", n_results, results, move |(goal, result)| {
            key_result(&result, goal_of_result.get(goal).map(|goal| goal.code.as_str()))
        }),
        table(APP, "task", tasks.len(), tasks.into_iter(), task),
        table(APP, "milestone", milestones.len(), milestones.into_iter(), move |one| milestone(one, tier)),
        table(APP, "milestone_owner", held.len(), held.into_iter(), milestone_owner),
        table(APP, "competency_tag", TAGS.len(), TAGS.into_iter(), tag),
        table(APP, "artefact", works.clone().count(), works, artefact),
        table(APP, "behaviour_event", n_lit, lit(), event),
        table(APP, "weekly_report", n_reports, place(n_reports), move |index| {
            reports.get(index).map_or_else(empty, report)
        }),
        table(APP, "quick_comment", n_comments, comments, move |index| {
            of_comments.get(index).and_then(comment).unwrap_or_else(empty)
        }),
        table(APP, "feedback_snapshot", kept.len(), kept.into_iter(), told),
        table(APP, "objective_week", lamps.len(), lamps.into_iter(), lamp),
        table(APP, "review", reviewed.len(), reviewed.into_iter(), review),
        table(APP, "feedback_request", asked.len(), asked.into_iter(), request),
        table(APP, "feedback_360", answered.len(), answered.into_iter(), answer),
        table(APP, "competency", grown.len(), grown.into_iter(), competency),
        table(APP, "competency_snapshot", snapshots.len(), snapshots.into_iter(), snapshot),
        Table { update: true, ..table(APP, "review", closed.len(), closed.into_iter(), close) },
    ]
}

fn cycle_row((cycle, status): (Cycle, &'static str)) -> Row {
    Row::new(&cycle.code)
        .value("code", cycle.code.clone())
        .value("name", cycle.name)
        .value("starts", cycle.starts)
        .value("ends", cycle.ends)
        .value("status", status)
}

fn objective(goal: &Objective, goals: &[Objective], cycle: &str, tier: Tier) -> Row {
    let parent = goal.parent.and_then(|place| goals.get(place)).map(|parent| parent.code.as_str());
    Row::new(&goal.code)
        .value("code", goal.code.clone())
        .value("title", goal.title)
        .refer("cycle", "cycle", Some(cycle))
        .refer("owner", "person", Some(goal.owner).filter(|owner| tier.has(*owner)))
        .refer("unit", "unit", Some(goal.unit))
        .refer("parent", "objective", parent)
        .value("weight", Decimal::from(goal.weight))
        .value("level", goal.level.code())
        .value("status", goal.status)
}

fn key_result(result: &KeyResult, objective: Option<&str>) -> Row {
    Row::new(&result.code)
        .value("code", result.code.clone())
        .refer("objective", "objective", objective)
        .value("title", result.title)
        .value("unit_of_measure", result.unit)
        .value("start", result.start)
        .value("target", result.target)
        .value("current", result.current)
        .value("weight", Decimal::from(result.weight))
        .value("updated_on", result.updated_on)
}

fn task(task: Task) -> Row {
    Row::new(task.code)
        .refer("key_result", "key_result", Some(task.key_result))
        .value("title", task.title)
        .value("status", task.status)
        .refer("assignee", "person", Some(task.assignee))
        .value("due", task.due)
}

fn milestone(one: Milestone, tier: Tier) -> Row {
    let within = |person: Employee| Some(person).filter(|person| tier.has(*person));
    let row = Row::new(&one.code)
        .value("code", one.code)
        .value("title", one.title)
        .refer("objective", "objective", Some(one.objective))
        .value("due", one.due)
        .refer("sponsor", "person", Some(one.sponsor))
        .refer("executive", "person", within(one.executive));
    match one.done_on {
        Some(day) => row.value("done_on", day),
        None => row,
    }
}

fn milestone_owner((milestone, (person, from, to)): (String, Holder)) -> Row {
    let row = Row::new(format_args!("{milestone}/{from}"))
        .refer("milestone", "milestone", Some(milestone))
        .refer("person", "person", Some(person))
        .value("valid_from", from);
    match to {
        Some(day) => row.value("valid_to", day),
        None => row,
    }
}

fn tag_key(number: u8) -> String {
    format!("T{number}")
}

fn tag(tag: Tag) -> Row {
    let key = tag_key(tag.number);
    Row::new(&key)
        .value("code", key)
        .value("name", tag.name)
        .value("description", format!("{}（{}）", tag.description, tag.english))
        .value("order", i64::from(tag.number))
}

fn artefact_key(number: u32) -> String {
    format!("W{number:04}")
}

fn artefact(work: artefacts::Artefact) -> Row {
    let key = artefact_key(work.number);
    Row::new(&key)
        .value("code", key)
        .value("title", work.title)
        .value("kind", work.kind)
        .refer("author", "person", Some(work.author))
        .value("made_on", work.made_on)
}

fn event(event: Event) -> Row {
    Row::new(format!("B{:05}", event.number))
        .refer("giver", "person", Some(event.giver))
        .refer("receiver", "person", Some(event.receiver))
        .refer_all("tags", "competency_tag", vec![tag_key(event.tag)])
        .refer("artefact", "artefact", event.artefact.map(artefact_key))
        .value("lit_on", event.lit_on)
}

fn competency_key(one: &Competency) -> String {
    format!("{}/{}", one.person, tag_key(one.tag))
}

fn competency(one: Competency) -> Row {
    Row::new(competency_key(&one)).refer("person", "person", Some(one.person)).refer(
        "tag",
        "competency_tag",
        Some(tag_key(one.tag)),
    )
}

fn snapshot((competency, (cycle, value)): (String, (String, Decimal))) -> Row {
    Row::new(format_args!("{competency}/{cycle}"))
        .refer("competency", "competency", Some(competency))
        .refer("cycle", "cycle", Some(cycle))
        .value("value", value)
}

fn report(report: &Report) -> Row {
    Row::new(&report.code)
        .refer("person", "person", Some(report.person))
        .value("week", report.week.clone())
        .value("progress", report.progress.clone())
        .value("next", report.next.clone())
        .value("help", report.help.clone())
        .value("submitted_on", report.submitted_on)
        .refer_all("objectives", "objective", report.objectives.clone())
}

fn comment(report: &Report) -> Option<Row> {
    let comment = report.comment.as_ref()?;
    let row = Row::new(&report.code)
        .refer("report", "weekly_report", Some(&report.code))
        .refer("author", "person", Some(comment.author))
        .value("reaction", comment.reaction)
        .value("text", comment.text)
        .value("made_on", comment.made_on);
    Some(row)
}

fn told(kept: Kept) -> Row {
    Row::new(format_args!("{}/{}", kept.person, kept.day))
        .refer("person", "person", Some(kept.person))
        .refer("unit", "unit", Some(kept.unit))
        .value("taken_on", kept.day)
        .value("covered", Decimal::from(if kept.told { 100 } else { 0 }))
}

fn lamp(kept: goals::Kept) -> Row {
    Row::new(format_args!("{}/{}", kept.goal, kept.day))
        .refer("objective", "objective", Some(kept.goal))
        .refer("owner", "person", Some(kept.owner))
        .refer("unit", "unit", Some(kept.unit))
        .value("taken_on", kept.day)
        .value("lamp", kept.lamp)
}

fn review(review: Review) -> Row {
    Row::new(&review.code)
        .refer("person", "person", Some(review.person))
        .refer("cycle", "cycle", Some(review.cycle))
        .value("status", review.status)
        .value("self_grade", review.self_grade)
        .value("self_text", review.self_text)
        .value("manager_grade", review.manager_grade)
        .value("manager_text", review.manager_text)
        .value("manager_note", review.manager_note)
        .value("calibrated_grade", review.calibrated_grade)
        .value("calibration_reason", review.calibration_reason)
        .value("feedback", if review.feedback.is_empty() { "" } else { "collecting" })
}

/// Feedback is answered before it is closed.
fn close(review: Review) -> Row {
    Row::new(&review.code).value("feedback", review.feedback)
}

fn request(request: Request) -> Row {
    Row::new(&request.code)
        .refer("review", "review", Some(request.review))
        .refer("rater", "person", Some(request.rater))
        .value("rater_group", request.group)
        .value("due", request.due)
}

fn answer(request: Request) -> Row {
    let code = request.code;
    let row = Row::new(&code);
    let row = row.refer("request", "feedback_request", Some(code));
    match request.score {
        Some(score) => row.value("score", score),
        None => row,
    }
}
