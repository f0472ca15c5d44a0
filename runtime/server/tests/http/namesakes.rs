//! Terms that share a name: what is meant where the reader works comes first and is marked, and the others are named beside it.

use serde_json::json;

use super::support::{Client, Site, encoded};

const UNIT: &str = "
label: {zh-CN: 单位, en: Unit}
stands_for: unit
display: code
key: code
fields:
  code: {type: text, label: {zh-CN: 编码, en: Code}}
  parent: {type: department, label: {zh-CN: 上级, en: Parent}, stands_for: parent_unit}
";

const PERSON: &str = "
label: {zh-CN: 人员, en: Person}
stands_for: person
display: name
fields:
  name: {type: text, label: {zh-CN: 姓名, en: Name}}
  unit: {type: department, label: {zh-CN: 单位, en: Unit}, stands_for: unit}
";

const SURVEY: &str = "
label: {zh-CN: 调查, en: Survey}
display: day
fields:
  day: {type: date, label: {zh-CN: 日期, en: Day}}
  asked: {type: integer, label: {zh-CN: 问卷, en: Asked}}
  happy: {type: integer, label: {zh-CN: 满意, en: Happy}}
";

const ALL: &str = "
label: {zh-CN: 全部, en: All}
grants:
  - {entity: unit, actions: [read, create]}
  - {entity: person, actions: [read, create]}
  - {entity: survey, actions: [read, create]}
";

fn term(code: &str, scope: &str, field: &str) -> String {
    format!(
        "code: {code}\nlabel: {{zh-CN: 客户满意度, en: Satisfaction}}\ndefinition: {{zh-CN: 满意, en: The happy}}\ndirection: higher\nfrequency: monthly\nowner: care\nscope: [{scope}]\nmeasure: {{over: survey, time: day, simple: sum({field})}}\n"
    )
}

async fn text(client: &Client, path: &str) -> String {
    client.get(path).await.text().replace("&#x2f;", "/")
}

#[tokio::test]
async fn what_is_meant_where_the_reader_works_comes_first() {
    let files = [
        ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\nmenu:\n  numbers: {label: {zh-CN: 数字, en: Numbers}}\n".to_owned()),
        ("entities/unit.yaml", UNIT.to_owned()),
        ("entities/person.yaml", PERSON.to_owned()),
        ("entities/survey.yaml", SURVEY.to_owned()),
        ("roles/all.yaml", ALL.to_owned()),
        ("dictionary/after_sales.yaml", term("S2", "after", "asked")),
        ("dictionary/service.yaml", term("S1", "care", "happy")),
        (
            "pages/board.yaml",
            "kind: dashboard\nlabel: {zh-CN: 看板, en: Board}\nmenu: {group: numbers}\ntiles:\n  own: {term: service}\n".to_owned(),
        ),
    ];
    let site = Site::of(&files).await;
    let keeper = site.signed_in("keeper", &["all"]).await;
    let mut people = Vec::new();
    for (login, unit) in [("ann", "care"), ("bob", "after")] {
        let unit = keeper.made("unit", json!({"code": unit})).await;
        // Below the unit of the scope, its meaning holds as well.
        let desk = keeper.made("unit", json!({"code": format!("{login}-desk"), "parent": unit})).await;
        let person = keeper.made("person", json!({"name": login, "unit": desk})).await;
        people.push(site.signed_in_as(login, &["all"], Some(person.parse().unwrap())).await);
    }
    let [ann, bob] = <[Client; 2]>::try_from(people).ok().unwrap();
    let by_name = format!("/dictionary/{}?lang=en", encoded("客户满意度"));
    for (reader, own, other, code, scope) in
        [(&ann, "service", "after_sales", "S1", "after"), (&bob, "after_sales", "service", "S2", "care")]
    {
        let found = text(reader, "/dictionary?lang=en&q=satis").await;
        let at = |name: &str| found.find(&format!("href=\"/dictionary/{name}\"")).unwrap();
        assert!(at(own) < at(other), "{found}");
        assert!(found.contains("Meant in your unit") && found.contains("Called the same:"), "{found}");
        // By what people call it, its page is that of what is meant there, and names the other.
        let page = text(reader, &by_name).await;
        assert!(page.contains(&format!("<code>{code}</code>")), "{page}");
        assert!(page.contains("data-tone=\"info\">Meant in your unit<"), "{page}");
        assert!(page.contains(&format!("href=\"/dictionary/{other}\">Satisfaction · {scope}</a>")), "{page}");
        // The page of the other says which is meant instead.
        let page = text(reader, &format!("/dictionary/{other}?lang=en")).await;
        assert!(!page.contains("data-tone=\"info\">Meant in your unit<"), "{page}");
        assert!(page.contains(&format!("href=\"/dictionary/{own}\">Satisfaction · ")), "{page}");
    }
    // A tile that names it does the same.
    let (of_ann, of_bob) = (text(&ann, "/p/board?lang=en").await, text(&bob, "/p/board?lang=en").await);
    assert!(of_ann.contains("data-tone=\"info\">Meant in your unit<"), "{of_ann}");
    assert!(of_bob.contains("Satisfaction · after · Meant in your unit</a>"), "{of_bob}");
    // Whoever works nowhere is told that there are several.
    let of_keeper = text(&keeper, "/dictionary/service?lang=en").await;
    assert!(of_keeper.contains("Called the same:") && !of_keeper.contains("Meant in your unit"), "{of_keeper}");
}
