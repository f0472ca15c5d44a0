//! Numbers per group, grouped by every kind of field and told a second time.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;

use super::{
    super::support::encoded,
    Asked,
    condition::{Condition, Value},
    told,
};

/// What is known of a group.
#[derive(Default)]
struct Group {
    count: i64,
    sum: Option<i64>,
    least: Option<Value>,
    most: Option<Value>,
    different: BTreeSet<Value>,
}

impl Asked<'_> {
    /// Asks for numbers per one or two keys, sometimes of the rows that a filter selects.
    pub(super) async fn summed(&mut self, entity: &'static str, base: &str, visible: &[&String]) -> usize {
        let (keys, numbers, ordered, others): (&[&str], &[&str], &[&str], &[&str]) = match entity {
            "item" => (
                &["b", "c", "e", "f", "l", "m", "u", "k7", "owner", "up.f", "owner.f"],
                &["a", "g", "h", "s", "k1", "k3"],
                &["a", "e", "g", "t", "k6"],
                &["e", "f", "v", "owner"],
            ),
            _ => (&["b", "c", "e", "f", "owner", "owner.f"], &["a", "g"], &["a", "e", "g"], &["f", "owner"]),
        };
        let (first, second) = (self.dice.one(keys), self.dice.one(keys));
        let by = if first == second || self.dice.chance(50) { vec![first] } else { vec![first, second] };
        let (of, bound, other) = (self.dice.one(numbers), self.dice.one(ordered), self.dice.one(others));
        let filter = self.dice.chance(40).then(|| Condition::filter(&mut self.dice, entity));
        let measures = [
            "count".to_owned(),
            format!("sum({of})"),
            format!("min({bound})"),
            format!("max({bound})"),
            format!("distinct({other})"),
        ];
        let mut address = format!("{base}/aggregate?group={}&measures={}", by.join(","), measures.join(","));
        let mut paths = BTreeSet::from([of, bound, other]);
        paths.extend(&by);
        if let Some(filter) = &filter {
            address.push_str(&format!("&filter={}", encoded(&filter.text())));
            filter.paths(&mut paths);
        }
        let answer = self.client.get(&address).await;
        if answer.status != StatusCode::OK {
            let never = paths.iter().any(|path| !self.telling.ever(entity, path));
            assert!(never, "{}: {address}: {}", self.at, answer.text());
            return 1;
        }
        let mut groups: BTreeMap<Vec<Value>, Group> = BTreeMap::new();
        for id in visible {
            if filter.as_ref().is_some_and(|filter| !self.telling.selects(filter, entity, id)) {
                continue;
            }
            let usable = |path: &str| self.telling.usable(entity, id, path);
            // A row counts once under each of several values.
            let mut found: Vec<Vec<Value>> = vec![Vec::new()];
            for path in &by {
                let each = match usable(path) {
                    Value::List(items) => items,
                    one => vec![one],
                };
                let longer = |key: &Vec<Value>| {
                    each.iter().map(|value| [key.as_slice(), std::slice::from_ref(value)].concat()).collect::<Vec<_>>()
                };
                found = found.iter().flat_map(longer).collect();
            }
            for key in found {
                let group = groups.entry(key).or_default();
                group.count += 1;
                if let Value::Number(number) = usable(of) {
                    group.sum = Some(group.sum.unwrap_or(0) + number);
                }
                let value = usable(bound);
                if value != Value::Null {
                    group.least = Some(group.least.take().map_or(value.clone(), |least| least.min(value.clone())));
                    group.most = Some(group.most.take().map_or(value.clone(), |most| most.max(value)));
                }
                group.different.extend(Some(usable(other)).filter(|value| *value != Value::Null));
            }
        }
        let expected: BTreeMap<Vec<Value>, Vec<Value>> = groups
            .into_iter()
            .map(|(key, group)| {
                let whole = |number: i64| Value::Number(number * 100);
                let numbers = vec![
                    whole(group.count),
                    group.sum.map_or(Value::Null, Value::Number),
                    group.least.unwrap_or(Value::Null),
                    group.most.unwrap_or(Value::Null),
                    whole(i64::try_from(group.different.len()).unwrap()),
                ];
                (key, numbers)
            })
            .collect();
        let body = answer.json();
        let items = body["items"].as_array().unwrap();
        let found: BTreeMap<Vec<Value>, Vec<Value>> = items
            .iter()
            .map(|item| {
                let key = by.iter().map(|path| told(item.get(*path))).collect();
                (key, measures.iter().map(|measure| told(item.get(measure))).collect())
            })
            .collect();
        assert_eq!(items.len(), found.len(), "{}: {address}: a group comes twice", self.at);
        assert_eq!(found, expected, "{}: {address}", self.at);
        found.len() * (by.len() + measures.len())
    }
}
