//! Where the next page starts, as text nobody needs to understand. It is bound to the entity and the order it was made for.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{RecordId, Type, Value};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

const SUM: usize = 8;

/// Writes a cursor. `bound` names the entity and the order.
pub(super) fn write(bound: &str, after: &(Vec<Value>, RecordId)) -> String {
    let mut json = Vec::new();
    json.push(b'[');
    super::write::id(&mut json, after.1);
    for value in &after.0 {
        json.push(b',');
        match value {
            // As text, because reading a JSON number goes through floating point.
            Value::Decimal(number) => super::write::text(&mut json, &number.to_string()),
            other => super::write::value(&mut json, other),
        }
    }
    json.push(b']');
    let mut bytes = sum(bound, &json);
    bytes.extend_from_slice(&json);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a cursor for values of these types; `None` when it is not one that [`write`] made for the same thing.
pub(super) fn read(bound: &str, types: &[&Type], text: &str) -> Option<(Vec<Value>, RecordId)> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (sum_given, json) = bytes.split_at_checked(SUM)?;
    if sum_given != sum(bound, json).as_slice() {
        return None;
    }
    let mut items = serde_json::from_slice::<Vec<Json>>(json).ok()?.into_iter();
    let id = items.next()?.as_str()?.parse().ok()?;
    let values: Vec<Value> = items.zip(types).map(|(item, ty)| typed(item, ty)).collect::<Option<_>>()?;
    (values.len() == types.len()).then_some((values, id))
}

fn typed(item: Json, ty: &Type) -> Option<Value> {
    match (item, ty) {
        (Json::Null, _) => Some(Value::Null),
        (Json::Bool(flag), Type::Bool) => Some(Value::Bool(flag)),
        (Json::Number(number), Type::Int) => Some(Value::Int(number.as_i64()?)),
        (Json::Number(number), Type::Decimal) => Some(Value::Decimal(number.as_i64()?.into())),
        (Json::String(text), Type::Decimal) => Some(Value::Decimal(text.parse().ok()?)),
        (Json::String(text), Type::Text) => Some(Value::Text(text)),
        (Json::String(text), Type::Date) => Some(Value::Date(text.parse().ok()?)),
        (Json::String(text), Type::DateTime) => Some(Value::DateTime(text.parse().ok()?)),
        (Json::String(text), Type::Id(_)) => Some(Value::Id(text.parse().ok()?)),
        _ => None,
    }
}

fn sum(bound: &str, json: &[u8]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    hasher.update(bound.as_bytes());
    hasher.update([0]);
    hasher.update(json);
    hasher.finalize().iter().copied().take(SUM).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_and_for_its_own_list_only() {
        let id = RecordId::from_u128(7);
        let values = vec![
            Value::from("王"),
            Value::Null,
            Value::Decimal("1234567890123456.78".parse().unwrap()),
            Value::Date("2025-11-10".parse().unwrap()),
        ];
        let types = [&Type::Text, &Type::Int, &Type::Decimal, &Type::Date];
        let cursor = write("goal:name", &(values.clone(), id));
        assert_eq!(read("goal:name", &types, &cursor), Some((values, id)));
        assert_eq!(read("goal:-name", &types, &cursor), None);
        assert_eq!(read("goal:name", &types[..2], &cursor).map(|(values, _)| values.len()), Some(2));
        for broken in ["", "!", "AAAA", cursor.trim_start_matches(char::is_alphanumeric), "王"] {
            assert_eq!(read("goal:name", &types, broken), None, "{broken}");
        }
    }
}
