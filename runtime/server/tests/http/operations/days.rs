//! What goes by days: the working days of the unit somebody is of, a day of the record that moves, and cases that a schedule
//! begins.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::super::{
    flagship,
    support::{Client, Site},
};

const FILES: [(&str, &str); 6] = [
    ("app.yaml", "name: demo\nlabel: Demo\nversion: 1.0.0\nuses: [organisation]\n"),
    (
        "entities/job.yaml",
        "label: Job\ndisplay: title\nfields:\n  title: {type: text, label: Title}\n  person: {type: person, label: Person}\n  day: {type: date, label: Day}\n",
    ),
    (
        "workflows/counted.yaml",
        "label: Counted\nentity: job\nguard: boss\ncalendar: person.unit.calendar\nsteps:\n  check: {label: Check, approval: {who: [{role: boss}], timers: [{working_days: 2, then: pass}]}}\n",
    ),
    (
        "workflows/dated.yaml",
        "label: Dated\nentity: job\nguard: boss\nsteps:\n  check: {label: Check, approval: {who: [{role: boss}], timers: [{from: day, days: 1, then: pass}]}}\n  nap: {label: Nap, wait: {time: {from: day, days: 3}}}\n",
    ),
    (
        "workflows/weekly.yaml",
        "label: Weekly\nentity: job\nguard: boss\nsteps:\n  check: {label: Check, approval: {who: [{role: boss}]}}\n",
    ),
    (
        "rules/weekly.yaml",
        "label: Weekly\ntrigger: {schedule: {for: job, on: [friday], at: '16:10'}}\ncondition: title == \"weekly\"\nactions:\n  - start: weekly\n",
    ),
];

/// Whoever makes and manages everything.
const BOSS: &str = "label: Boss
grants:
  - {entity: calendar, actions: [create, read]}
  - {entity: unit, actions: [create, read, update]}
  - {entity: post_category, actions: [create, read]}
  - {entity: post, actions: [create, read]}
  - {entity: person, actions: [create, read]}
  - {entity: assignment, actions: [create, read]}
  - {entity: job, actions: [create, read, update]}
workflows:
  - {workflow: counted, actions: [start, manage]}
  - {workflow: dated, actions: [start, manage]}
  - {workflow: weekly, actions: [manage]}
";

const ROOT: &str = "/api/v1/demo/workflows";

struct Days {
    site: Site,
    boss: Client,
}

impl Days {
    /// On a Thursday morning.
    async fn open() -> Self {
        let own = FILES.map(|(path, text)| (path, text.to_owned()));
        let mut files = flagship::organisation();
        files.extend(own);
        files.push(("roles/boss.yaml", BOSS.to_owned()));
        let site = Site::of(&files).await;
        let boss = site.signed_in("boss", &["boss"]).await;
        let days = Self { site, boss };
        days.settle().await;
        days
    }

    async fn settle(&self) {
        while self.site.engine.turn("one").await.unwrap() > 0 {}
    }

    /// Hours and minutes go by, and what becomes due is done.
    async fn pass(&mut self, hours: i64, minutes: i64) {
        self.site.clock.pass(SignedDuration::from_mins(hours * 60 + minutes));
        self.settle().await;
        self.boss = self.site.begun("boss").await;
    }

    async fn placed(&self, entity: &str, body: Value) -> String {
        let answer = self.boss.post(&format!("/api/v1/organisation/{entity}"), body).await;
        assert_eq!(answer.status, 201, "{entity}: {}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// A case about a record.
    async fn started(&self, workflow: &str, record: &str) -> String {
        let begun = self.boss.post(&format!("{ROOT}/{workflow}/cases"), json!({"record": record})).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        begun.json()["id"].as_str().unwrap().to_owned()
    }

    /// The step at which a case is; `-` once it has ended.
    async fn at(&self, case: &str) -> String {
        let shown = self.boss.get(&format!("{ROOT}/cases/{case}")).await.json();
        shown["steps"][0].as_str().unwrap_or("-").to_owned()
    }

    /// How many of a workflow wait for an answer.
    async fn waiting(&self, workflow: &str) -> usize {
        let tasks = self.boss.get(&format!("{ROOT}/tasks")).await.json();
        tasks["items"].as_array().unwrap().iter().filter(|task| task["workflow"] == workflow).count()
    }
}

#[tokio::test]
async fn a_step_is_over_by_the_working_days_of_the_unit_somebody_is_of() {
    let mut days = Days::open().await;
    let six = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    let clinics = days.placed("calendar", json!({"name": "Clinics", "weekdays": six})).await;
    let category = days.placed("post_category", json!({"code": "C1", "name": "Clinical"})).await;
    let post = days.placed("post", json!({"code": "P1", "name": "Nurse", "category": category})).await;
    let mut cases = Vec::new();
    for (code, calendar) in [("W", Some(&clinics)), ("O", None)] {
        let unit = json!({"code": code, "name": format!("Unit {code}"), "own_calendar": calendar});
        let unit = days.placed("unit", unit).await;
        let person = days.placed("person", json!({"code": code, "name": format!("{code}{code}")})).await;
        let place = json!({"person": person, "unit": unit, "post": post, "valid_from": "2020-01-01"});
        days.placed("assignment", place).await;
        let job = days.boss.made("job", json!({"title": code, "person": person})).await;
        cases.push(days.started("counted", &job).await);
    }
    // Two working days from Thursday: Saturday in the ward, Monday in the office.
    let stand = async |days: &Days| (days.at(&cases[0]).await, days.at(&cases[1]).await);
    let is = |ward: &str, office: &str| (ward.to_owned(), office.to_owned());
    days.pass(47, 59).await;
    assert_eq!(stand(&days).await, is("check", "check"));
    days.pass(0, 2).await;
    assert_eq!(stand(&days).await, is("-", "check"));
    days.pass(47, 57).await;
    assert_eq!(stand(&days).await, is("-", "check"));
    days.pass(0, 3).await;
    assert_eq!(stand(&days).await, is("-", "-"));
}

#[tokio::test]
async fn what_is_counted_from_a_day_of_the_record_moves_with_it() {
    let mut days = Days::open().await;
    let mut made = Vec::new();
    for title in ["moved", "left"] {
        let job = days.boss.made("job", json!({"title": title, "day": "2025-11-27"})).await;
        made.push((days.started("dated", &job).await, job));
    }
    let stand = async |days: &Days| (days.at(&made[0].0).await, days.at(&made[1].0).await);
    let is = |moved: &str, left: &str| (moved.to_owned(), left.to_owned());
    let moves = async |days: &Days, day: &str| {
        let answer = days.boss.patch(&format!("/api/v1/demo/job/{}", made[0].1), json!({"day": day})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    // A day after the end of the 21st is the end of the 22nd: nothing on Saturday morning, done by Sunday morning.
    moves(&days, "2025-11-21").await;
    days.pass(48, 0).await;
    assert_eq!(stand(&days).await, is("check", "check"));
    days.pass(24, 0).await;
    assert_eq!(stand(&days).await, is("nap", "check"));
    // A wait moves too: three days after the 20th are over a day earlier.
    moves(&days, "2025-11-20").await;
    days.pass(24, 0).await;
    assert_eq!(stand(&days).await, is("-", "check"));
    // The other goes by the day it kept: the 28th is its last.
    days.pass(4 * 24, 0).await;
    assert_eq!(stand(&days).await, is("-", "check"));
    days.pass(24, 0).await;
    assert_eq!(stand(&days).await, is("-", "nap"));
}

#[tokio::test]
async fn a_schedule_begins_a_case_for_each_record_it_is_for() {
    let mut days = Days::open().await;
    for title in ["weekly", "weekly", "never"] {
        days.boss.made("job", json!({"title": title})).await;
    }
    days.settle().await;
    // Friday, nine minutes past four, and two minutes later.
    days.pass(31, 9).await;
    assert_eq!(days.waiting("weekly").await, 0);
    days.pass(0, 2).await;
    assert_eq!(days.waiting("weekly").await, 2);
    // One is answered; a week later its record has a case anew, and the other still the one that runs.
    let tasks = days.boss.get(&format!("{ROOT}/tasks")).await.json();
    let task = &tasks["items"][0];
    let yes = json!({"do": "decide", "task": task["task"], "approve": true});
    let done = days.boss.post(&format!("{ROOT}/cases/{}", task["case"].as_str().unwrap()), yes).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(days.waiting("weekly").await, 1);
    days.pass(7 * 24, 0).await;
    assert_eq!(days.waiting("weekly").await, 2);
}
