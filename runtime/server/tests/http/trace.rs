//! What a computed cell was made of, each value as far as the reader may see it.

use axum::http::StatusCode;
use serde_json::json;

use super::support::Site;

const FILES: [(&str, &str); 6] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/customer.yaml",
        "label: {zh-CN: 客户, en: Customer}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 名称, en: Name}}\n  rate: {type: percent, label: {zh-CN: 折扣, en: Discount}}\n  factor: {type: decimal, label: {zh-CN: 系数, en: Factor}, formula: 1 - rate / 100}\n",
    ),
    (
        "entities/order.yaml",
        r#"label: {zh-CN: 订单, en: Order}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  customer: {type: reference, to: customer, label: {zh-CN: 客户, en: Customer}}
  lines: {type: children, to: line, by: order, label: {zh-CN: 明细, en: Lines}}
  total: {type: money, label: {zh-CN: 合计, en: Total}, public: true, rollup: {of: lines, function: sum, field: amount, where: 'state == "open"'}}
  net: {type: money, label: {zh-CN: 净额, en: Net}, public: true, formula: total * customer.factor}
"#,
    ),
    (
        "entities/line.yaml",
        "label: {zh-CN: 明细, en: Line}\ndisplay: state\nfields:\n  order: {type: reference, to: order, label: {zh-CN: 订单, en: Order}}\n  amount: {type: money, label: {zh-CN: 金额, en: Amount}}\n  state: {type: text, label: {zh-CN: 状态, en: State}}\n",
    ),
    (
        "roles/clerk.yaml",
        "label: Clerk\ngrants:\n  - {entity: customer, actions: [create, read]}\n  - {entity: order, actions: [create, read]}\n  - {entity: line, actions: [create, read]}\n",
    ),
    (
        "roles/seller.yaml",
        "label: Seller\ngrants:\n  - {entity: customer, actions: [read], read: [name]}\n  - {entity: order, actions: [read]}\n  - {entity: line, actions: [read], read: [order, amount]}\n",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cell_is_traced_as_far_as_it_may_be_seen() {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let clerk = site.signed_in("ann", &["clerk"]).await;
    let customer = clerk.made("customer", json!({"name": "one", "rate": 10})).await;
    let order = clerk.made("order", json!({"title": "first", "customer": customer})).await;
    let open = clerk.made("line", json!({"order": order, "amount": "70.05", "state": "open"})).await;
    clerk.made("line", json!({"order": order, "amount": "9.00", "state": "done"})).await;
    let path = format!("/api/v1/demo/order/{order}/trace?field=net");
    let told = clerk.get(&path).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.text());
    let total = json!({
        "path": "total", "entity": "order", "id": order, "field": "total", "label": "Total", "value": 70.05,
        "computed": "sum of lines.amount where state == \"open\"",
        "from": [{
            "path": "lines", "label": "Lines", "more": false,
            "records": [{"id": open, "amount": 70.05, "state": "open"}],
        }],
    });
    let factor = json!({
        "path": "customer.factor", "entity": "customer", "id": customer, "field": "factor", "label": "Factor", "value": 0.9,
        "computed": "1 - rate / 100",
        "from": [{"path": "rate", "label": "Discount", "value": 10.0}],
    });
    let mut found = told.json();
    // 0.90 and 0.9 are the same number.
    assert_eq!(found["from"][1]["value"].as_f64(), Some(0.9));
    found["from"][1]["value"] = json!(0.9);
    assert_eq!(
        found,
        json!({
            "entity": "order", "id": order, "field": "net", "label": "Net", "value": 63.05,
            "computed": "total * customer.factor", "from": [total, factor],
        })
    );

    // The same results, without what the seller may not see: which lines are open, and the discount.
    let seller = site.signed_in("bob", &["seller"]).await;
    let told = seller.get(&path).await.json();
    assert_eq!(told["value"], json!(63.05));
    assert_eq!(told["from"][0]["path"], json!("customer.factor"));
    assert_eq!(told["from"][0]["hidden"], json!(true));
    assert_eq!(told["from"][1]["from"], json!([{"path": "lines", "label": "Lines", "hidden": true}]));
    assert!(!told.to_string().contains("open\"}"), "{told}");

    // The page of the record leads there, and says the same to each.
    let page = async |client: &super::support::Client, path: &str| {
        let answer = client.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.text().replace("&#x2f;", "/")
    };
    let at = format!("/r/order/{order}/trace?field=net");
    let record = page(&clerk, &format!("/r/order/{order}?lang=en")).await;
    assert!(record.contains(&format!("href=\"{at}\"")) && record.contains("Where from: Net"), "{record}");
    assert!(!record.contains("trace?field=title"), "what people gave comes from them");
    let told = page(&clerk, &format!("{at}&lang=en")).await;
    for word in ["63.05", "total * customer.factor", "70.05", "Discount", &format!("/r/customer/{customer}")] {
        assert!(told.contains(word), "{word}: {told}");
    }
    let told = page(&seller, &format!("{at}&lang=en")).await;
    assert!(told.contains("63.05") && told.contains("not yours to see"), "{told}");
    assert!(!told.contains("Discount"), "{told}");
    let zh = page(&seller, &format!("{at}&lang=zh-CN")).await;
    assert!(zh.contains("数据来源：净额") && zh.contains("您无权查看"), "{zh}");
    for wrong in ["?field=title", "?field=nonsense", ""] {
        assert_eq!(clerk.get(&format!("/r/order/{order}/trace{wrong}")).await.status, StatusCode::NOT_FOUND);
    }
    for wrong in ["", "?field=nonsense"] {
        let answer = seller.get(&format!("/api/v1/demo/order/{order}/trace{wrong}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    let nobody = site.signed_in("eve", &[]).await;
    assert_eq!(nobody.get(&path).await.status, StatusCode::FORBIDDEN);
    let missing = format!("/api/v1/demo/order/{}/trace?field=net", uuid::Uuid::nil());
    assert_eq!(clerk.get(&missing).await.status, StatusCode::NOT_FOUND);
}

/// Customers know what all the lines of their orders come to.
const BELOW: [(&str, &str); 6] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/customer.yaml",
        r#"label: {zh-CN: 客户, en: Customer}
display: name
fields:
  name: {type: text, label: {zh-CN: 名称, en: Name}}
  orders: {type: children, to: order, by: customer, label: {zh-CN: 订单, en: Orders}}
  turnover: {type: money, label: {zh-CN: 营业额, en: Turnover}, rollup: {of: orders.lines, function: sum, field: amount}}
  public_turnover: {type: money, label: {zh-CN: 公开营业额, en: Public turnover}, public: true, rollup: {of: orders.lines, function: sum, field: amount}}
"#,
    ),
    (
        "entities/order.yaml",
        "label: {zh-CN: 订单, en: Order}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 标题, en: Title}}\n  customer: {type: reference, to: customer, label: {zh-CN: 客户, en: Customer}}\n  lines: {type: children, to: line, by: order, label: {zh-CN: 明细, en: Lines}}\n",
    ),
    (
        "entities/line.yaml",
        "label: {zh-CN: 明细, en: Line}\ndisplay: note\nfields:\n  note: {type: text, label: {zh-CN: 备注, en: Note}}\n  order: {type: reference, to: order, label: {zh-CN: 订单, en: Order}}\n  amount: {type: money, label: {zh-CN: 金额, en: Amount}}\n",
    ),
    (
        "roles/clerk.yaml",
        "label: Clerk\ngrants:\n  - {entity: customer, actions: [create, read]}\n  - {entity: order, actions: [create, read]}\n  - {entity: line, actions: [create, read]}\n",
    ),
    // Everything but the orders, which say whose the lines are.
    (
        "roles/packer.yaml",
        "label: Packer\ngrants:\n  - {entity: customer, actions: [read]}\n  - {entity: line, actions: [read]}\n",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_made_of_records_below_children_is_traced_to_them_and_kept_from_whoever_misses_those_between() {
    let site = Site::of(&BELOW.map(|(path, text)| (path, text.to_owned()))).await;
    let clerk = site.signed_in("ann", &["clerk"]).await;
    let customer = clerk.made("customer", json!({"name": "one"})).await;
    let order = clerk.made("order", json!({"title": "first", "customer": customer})).await;
    let line = clerk.made("line", json!({"order": order, "amount": "123.45"})).await;
    let other = clerk.made("customer", json!({"name": "two"})).await;
    let order = clerk.made("order", json!({"title": "second", "customer": other})).await;
    clerk.made("line", json!({"order": order, "amount": "9.00"})).await;

    let record = format!("/api/v1/demo/customer/{customer}");
    let trace = |field: &str| format!("{record}/trace?field={field}");
    assert!(clerk.get(&record).await.text().contains("123.45"));
    assert_eq!(
        clerk.get(&trace("turnover")).await.json(),
        json!({
            "entity": "customer", "id": customer, "field": "turnover", "label": "Turnover", "value": 123.45,
            "computed": "sum of orders.lines.amount",
            "from": [{
                "path": "orders.lines", "label": "Lines", "more": false, "records": [{"id": line, "amount": 123.45}],
            }],
        })
    );
    let page = clerk.get(&format!("/r/customer/{customer}/trace?field=turnover&lang=en")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.text().contains("123.45") && page.text().contains("Lines"), "{}", page.text());

    let packer = site.signed_in("bob", &["packer"]).await;
    let told = packer.get(&record).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.text());
    let text = told.text().replace("public_turnover", "");
    assert!(!text.contains("turnover"), "what the orders add up to is kept: {text}");
    assert_eq!(packer.get(&trace("turnover")).await.status, StatusCode::NOT_FOUND);
    // What its author made public is told, and not by which lines.
    let told = packer.get(&trace("public_turnover")).await.json();
    assert_eq!(told["value"], json!(123.45));
    assert!(!told.to_string().contains(&line), "{told}");
}
