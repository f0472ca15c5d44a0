//! The nine boxes of the sample organisation by the bundled app's own terms: 408 doctors of two posts, by their place among all of them
//! in the visits of 2025 and by the training they completed. Every count is told a second time here, from the sample's own rows.

use std::collections::BTreeMap;

use renxin_hospital_group::{facts, people::Employee};
use serde_json::{Value, json};

use super::{
    flagship::{House, on, page, series},
    support::encoded,
};

/// How many rows are loaded at once.
const BATCH: usize = 2_000;

/// The boxes of some doctors as the sample's rows have them: along the bottom first.
fn told(whose: impl Fn(Employee) -> bool) -> BTreeMap<(usize, usize), usize> {
    let doctors: Vec<Employee> = Employee::doctors().collect();
    let training: BTreeMap<String, (u32, u32)> =
        facts::training().map(|row| (row.employee.to_string(), (row.completed, row.assigned))).collect();
    let mut boxes = BTreeMap::new();
    for (doctor, below) in doctors.iter().zip(below(&doctors)).filter(|(doctor, _)| whose(**doctor)) {
        // At least a third, at least two thirds of the others.
        let across = [3 * below >= doctors.len() - 1, 3 * below >= 2 * (doctors.len() - 1)];
        let (completed, assigned) = training[&doctor.to_string()];
        let up = [completed * 100 >= assigned * 65, completed * 100 >= assigned * 85];
        let level = |reached: [bool; 2]| reached.into_iter().filter(|reached| *reached).count();
        *boxes.entry((level(across), level(up))).or_default() += 1;
    }
    boxes
}

/// How many others saw fewer patients in 2025 than each.
fn below(doctors: &[Employee]) -> Vec<usize> {
    let visits: Vec<u32> = doctors.iter().map(|doctor| facts::visits_of_year(*doctor, 2025)).collect();
    visits.iter().map(|own| visits.iter().filter(|other| *other < own).count()).collect()
}

/// Everybody's id, by their code.
async fn people(house: &House) -> BTreeMap<String, String> {
    let (mut found, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let path = format!("/api/v1/organisation/person?fields=id,code&limit=200{cursor}");
        let answer = house.hr.get(&path).await.json();
        let word = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
        found.extend(answer["items"].as_array().unwrap().iter().map(|item| (word(item, "code"), word(item, "id"))));
        match answer["next"].as_str() {
            Some(next) => cursor = format!("&cursor={}", encoded(next)),
            None => return found,
        }
    }
}

async fn load(house: &House, entity: &str, rows: Vec<Value>) {
    for part in rows.chunks(BATCH) {
        house.load(entity, part.to_vec()).await;
    }
}

/// The doctors in their posts, which are compared together, with their visits and their training.
async fn hospital() -> (House, BTreeMap<String, String>) {
    let mut house = House::open().await;
    house.unit("MED", "门诊部", None).await;
    for code in ["NK-2", "WK-2"] {
        house.post(code, code, "clinical").await;
        let post = format!("/api/v1/organisation/post/{}", house.post_id(code));
        on(&house.hr, &post, json!({"peer_group": "医生"})).await;
    }
    let named = |doctor: Employee| json!({"code": doctor.to_string(), "name": doctor.name()});
    load(&house, "person", Employee::doctors().map(named).collect()).await;
    let ids = people(&house).await;
    let id = |doctor: Employee| ids[&doctor.to_string()].as_str();
    let held = |doctor: Employee| {
        let (unit, post) = (house.unit_id("MED"), house.post_id(post_of(doctor)));
        json!({"person": id(doctor), "unit": unit, "post": post, "valid_from": "2020-01-01"})
    };
    load(&house, "assignment", Employee::doctors().map(held).collect()).await;
    let months = facts::monthly_visits().chain(facts::visits_of_months());
    let month = |row: facts::MonthlyVisits| json!({"person": id(row.doctor), "month": format!("{}-{:02}", row.year, row.month), "visits": row.visits});
    load(&house, "visit_month", months.map(month).collect()).await;
    let trained = facts::training().filter(|row| row.employee.post().is_doctor());
    let trained = trained.map(
        |row| json!({"person": id(row.employee), "year": "2025", "assigned": row.assigned, "completed": row.completed}),
    );
    load(&house, "training_year", trained.collect()).await;
    // Places among peers are worked out by the runner.
    house.settle().await;
    (house, ids)
}

/// The post of a doctor: the first half of them, centre by centre, are physicians.
fn post_of(doctor: Employee) -> &'static str {
    match doctor.place() {
        Some((_, 14..=30)) => "NK-2",
        _ => "WK-2",
    }
}

#[tokio::test]
async fn the_doctors_of_the_sample_are_408_in_nine_boxes() {
    let (house, ids) = hospital().await;
    let keeper = &house.hr;
    assert_eq!(series(keeper, "outpatient_visits", "grain=year&from=2024&to=2025").await, ["2176111", "2153740"]);
    // Everybody's place is that among all 408, to the last digit that is kept.
    let doctors: Vec<Employee> = Employee::doctors().collect();
    let below = below(&doctors);
    for number in [125, 634, 314, 124] {
        let at = doctors.iter().position(|doctor| doctor.number() == number).unwrap();
        let id = &ids[&doctors[at].to_string()];
        let path = format!("/api/v1/terms/outpatient_visits/series?grain=year&from=2025&to=2025&subject={id}");
        let item = keeper.get(&path).await.json()["items"][0].clone();
        assert_eq!(item["value"].to_string(), facts::visits_of_year(doctors[at], 2025).to_string(), "{item}");
        let others = doctors.len() - 1;
        let exact = (2 * below[at] * 10_000_000_000 + others) / (2 * others);
        let place = format!("{}.{:08}", exact / 100_000_000, exact % 100_000_000);
        let peers = &item["peers"];
        assert_eq!(peers["count"], 408, "{item}");
        assert_eq!(format!("{:.8}", peers["percentile"].as_f64().unwrap()), place, "E{number:04}: {item}");
    }

    let shown = page(keeper, "/p/talent?until=2025").await.replace("&#x2f;", "/");
    assert!(shown.contains("408 in all") && !shown.contains("others lack"), "{shown}");
    let boxes = told(|_| true);
    assert_eq!(boxes.values().sum::<usize>(), 408);
    // By the potential first, the lowest at the top; two boxes have no name of their own.
    let names = [
        ["Low/Low", "Middling/Low", "Skilled"],
        ["To be watched", "Solid", "Core"],
        ["To be discovered", "High potential", "Star"],
    ];
    for (up, row) in names.iter().enumerate() {
        for (across, name) in row.iter().enumerate() {
            let count = boxes.get(&(across, up)).copied().unwrap_or_default();
            assert!(shown.contains(&format!(">{name} {count}<")), "{name} {count}: {shown}");
        }
    }
    // Those of a box are as many as it says, each with the two numbers.
    let stars = page(keeper, "/p/talent?until=2025&box=doctors.high_high").await;
    let listed = stars.split_once("id=\"box\"").unwrap().1.split_once("</section>").unwrap().0;
    assert_eq!(listed.matches("<th scope=\"row\">").count(), boxes[&(2, 2)], "{listed}");
    // Narrowed to one post the places are still those among all 408.
    let narrowed = format!("/p/talent?until=2025&only.person.post={}", house.post_id("NK-2"));
    let one = page(keeper, &narrowed).await;
    let physicians = told(|doctor| post_of(doctor) == "NK-2");
    assert!(one.contains("204 in all") && one.contains(&format!(">Star {}<", physicians[&(2, 2)])), "{one}");
}
