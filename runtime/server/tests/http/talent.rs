//! The nine boxes of the sample organisation: 408 doctors, by their place among colleagues in the visits of 2025 and by the training they
//! completed. Every count is told a second time here, from the sample's own rows.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use renxin_hospital_group::{facts, people::Employee};

use super::support::{Client, FILES, Site};

const DOCUMENTS: [(&str, &str); 7] = [
    (
        "entities/person.yaml",
        "
label: {zh-CN: 人员, en: Person}
stands_for: person
display: name
key: code
fields:
  code: {type: text, label: {zh-CN: 工号, en: Code}, required: true, unique: true}
  name: {type: text, label: {zh-CN: 姓名, en: Name}, required: true}
  post: {type: choice, label: {zh-CN: 岗位, en: Post}, choices: {doctor: {label: {zh-CN: 医生, en: Doctor}}}}
",
    ),
    (
        "entities/visit_year.yaml",
        "
label: {zh-CN: 门诊量, en: Visits}
display: year
unique: [[person, year]]
fields:
  person: {type: reference, to: person, label: {zh-CN: 医生, en: Doctor}, required: true}
  year: {type: period, grain: year, label: {zh-CN: 年份, en: Year}, required: true}
  visits: {type: integer, label: {zh-CN: 人次, en: Visits}}
",
    ),
    (
        "entities/training_year.yaml",
        "
label: {zh-CN: 培训, en: Training}
display: year
unique: [[person, year]]
fields:
  person: {type: reference, to: person, label: {zh-CN: 人员, en: Person}, required: true}
  year: {type: period, grain: year, label: {zh-CN: 年份, en: Year}, required: true}
  assigned: {type: integer, label: {zh-CN: 应完成, en: Assigned}}
  completed: {type: integer, label: {zh-CN: 已完成, en: Completed}}
",
    ),
    (
        "dictionary/visits.yaml",
        "
code: K01
label: {zh-CN: 门诊量, en: Visits}
definition: {zh-CN: 门诊人次, en: Visits}
direction: higher
frequency: yearly
owner: care
status: approved
places: 0
peers: person.post
measure: {over: visit_year, time: year, subject: person, simple: sum(visits)}
",
    ),
    (
        "dictionary/training.yaml",
        "
code: K10
label: {zh-CN: 培训完成率, en: Training}
definition: {zh-CN: 已完成占比, en: Share of courses completed}
direction: higher
frequency: yearly
owner: care
status: approved
measure: {over: training_year, time: year, subject: person, ratio: {numerator: sum(completed), denominator: sum(assigned), times: 100}}
",
    ),
    (
        "pages/talent.yaml",
        "
kind: dashboard
label: {zh-CN: 人才盘点, en: Talent review}
grain: year
filters: [person.post, person]
tiles:
  doctors:
    term: visits
    with: [training]
    chart: nine_box
    boxes:
      across: {by: place, mid: '33.3333', high: '66.6667'}
      up: {mid: 65, high: 85}
      labels:
        high_high: {zh-CN: 明星员工, en: Star}
        high_low: {zh-CN: 熟练工, en: Skilled}
",
    ),
    (
        "roles/keeper.yaml",
        "
label: {zh-CN: 管理者, en: Keeper}
grants:
  - {entity: person, actions: [create, read, update, import]}
  - {entity: goal, actions: [read]}
  - {entity: visit_year, actions: [create, read, update, import]}
  - {entity: training_year, actions: [create, read, update, import]}
",
    ),
];

async fn deliver(client: &Client, entity: &str, text: String) {
    let path = format!("/api/v1/demo/{entity}/import");
    let answer = client.raw(Method::POST, &path, &[], Some("text/csv; charset=utf-8"), text.into_bytes()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

/// The boxes as the sample's rows have them: along the bottom first.
fn told() -> BTreeMap<(usize, usize), usize> {
    let doctors: Vec<Employee> = Employee::doctors().collect();
    let visits: Vec<u32> = doctors.iter().map(|doctor| facts::visits_of_year(*doctor, 2025)).collect();
    let training: BTreeMap<String, (u32, u32)> =
        facts::training().map(|row| (row.employee.to_string(), (row.completed, row.assigned))).collect();
    let mut boxes = BTreeMap::new();
    for (doctor, own) in doctors.iter().zip(&visits) {
        let below = visits.iter().filter(|other| *other < own).count();
        // At least a third, at least two thirds of the others.
        let across = [3 * below >= doctors.len() - 1, 3 * below >= 2 * (doctors.len() - 1)];
        let (completed, assigned) = training[&doctor.to_string()];
        let up = [completed * 100 >= assigned * 65, completed * 100 >= assigned * 85];
        let level = |reached: [bool; 2]| reached.into_iter().filter(|reached| *reached).count();
        *boxes.entry((level(across), level(up))).or_default() += 1;
    }
    boxes
}

#[tokio::test]
async fn the_doctors_of_the_sample_are_408_in_nine_boxes() {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    for (path, text) in DOCUMENTS {
        files.retain(|(known, _)| *known != path);
        files.push((path, text.to_owned()));
    }
    files.retain(|(path, _)| *path != "roles/reader.yaml");
    let site = Site::of(&files).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let rows = |head: &str, row: &dyn Fn(Employee) -> String| {
        Employee::doctors().fold(format!("{head}\n"), |text, doctor| format!("{text}{}\n", row(doctor)))
    };
    deliver(&keeper, "person", rows("code,name,post", &|doctor| format!("{doctor},{},doctor", doctor.name()))).await;
    let visits = |doctor| format!("{doctor},2025,{}", facts::visits_of_year(doctor, 2025));
    deliver(&keeper, "visit_year", rows("person,year,visits", &visits)).await;
    let training: BTreeMap<String, String> = facts::training()
        .map(|row| (row.employee.to_string(), format!("{},2025,{},{}", row.employee, row.assigned, row.completed)))
        .collect();
    let training = |doctor: Employee| training[&doctor.to_string()].clone();
    deliver(&keeper, "training_year", rows("person,year,assigned,completed", &training)).await;
    // Places among peers are worked out by the runner.
    while site.engine.turn("runner").await.unwrap() > 0 {}

    let page = keeper.get("/p/talent?lang=en&until=2025").await.text().replace("&#x2f;", "/");
    assert!(page.contains("408 in all") && !page.contains("others lack"), "{page}");
    let boxes = told();
    assert_eq!(boxes.values().sum::<usize>(), 408);
    let words = ["Low", "Middling", "High"];
    for across in 0..3 {
        for up in 0..3 {
            let name = match (across, up) {
                (2, 2) => "Star".to_owned(),
                (2, 0) => "Skilled".to_owned(),
                _ => format!("{}/{}", words[across], words[up]),
            };
            let count = boxes.get(&(across, up)).copied().unwrap_or_default();
            assert!(page.contains(&format!(">{name} {count}<")), "{name} {count}: {page}");
        }
    }
    // Those of a box are as many as it says, each with the two numbers.
    let stars = keeper.get("/p/talent?lang=en&until=2025&box=doctors.high_high").await.text().to_owned();
    let listed = stars.split("id=\"box\"").nth(1).unwrap();
    assert_eq!(listed.matches("<th scope=\"row\">").count(), boxes[&(2, 2)], "{listed}");
    // Narrowed to one of them the place is still that among all 408.
    let id = listed.split("/r/person/").nth(1).or_else(|| listed.split("person&#x2f;").nth(1)).unwrap();
    let id = id.split('"').next().unwrap();
    let one = keeper.get(&format!("/p/talent?lang=en&until=2025&only.person={id}")).await.text().to_owned();
    assert!(one.contains("1 in all") && one.contains(">Star 1<"), "{one}");
}
