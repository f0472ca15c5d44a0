//! Where a page of a list begins: the sort values and id of the row before it, as an opaque text in the address.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{RecordId, Type, Value};

/// The text of a cursor.
pub fn write(values: &[Value], id: RecordId) -> String {
    let mut parts: Vec<serde_json::Value> = values.iter().map(plain).collect();
    parts.push(id.to_string().into());
    URL_SAFE_NO_PAD.encode(serde_json::Value::Array(parts).to_string())
}

fn plain(value: &Value) -> serde_json::Value {
    match value {
        Value::Null | Value::List(_) | Value::Json(_) | Value::Sealed(_) => serde_json::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Int(number) => (*number).into(),
        Value::Decimal(number) => number.to_string().into(),
        Value::Text(text) => text.as_str().into(),
        Value::Date(day) => day.to_string().into(),
        Value::DateTime(at) => at.to_string().into(),
        Value::Id(id) => id.to_string().into(),
    }
}

/// Reads a cursor for sort keys of these types; `None` when it is not one.
pub fn read(text: &str, types: &[Type]) -> Option<(Vec<Value>, RecordId)> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let mut parts: Vec<serde_json::Value> = serde_json::from_slice(&bytes).ok()?;
    let id = RecordId::parse_str(parts.pop()?.as_str()?).ok()?;
    if parts.len() != types.len() {
        return None;
    }
    let values = parts.iter().zip(types).map(|(part, ty)| typed(part, ty)).collect::<Option<Vec<_>>>()?;
    Some((values, id))
}

fn typed(part: &serde_json::Value, ty: &Type) -> Option<Value> {
    if part.is_null() {
        return Some(Value::Null);
    }
    match ty {
        Type::Bool => part.as_bool().map(Value::Bool),
        Type::Int => part.as_i64().map(Value::Int),
        Type::Decimal => part.as_str()?.parse().ok().map(Value::Decimal),
        Type::Text => part.as_str().map(Value::from),
        Type::Date => part.as_str()?.parse().ok().map(Value::Date),
        Type::DateTime => part.as_str()?.parse().ok().map(Value::DateTime),
        Type::Id(_) => part.as_str()?.parse().ok().map(Value::Id),
        Type::List(_) | Type::Json | Type::Secret => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_others_are_refused() {
        let id = RecordId::from_u128(7);
        let values = [Value::from("王"), Value::Null, Value::Int(3), Value::Decimal("1.50".parse().unwrap())];
        let types = [Type::Text, Type::Date, Type::Int, Type::Decimal];
        let text = write(&values, id);
        assert_eq!(read(&text, &types), Some((values.to_vec(), id)));
        assert_eq!(read(&text, &types[..2]), None);
        assert_eq!(read("nonsense", &types), None);
        assert_eq!(read(&text, &[Type::Int, Type::Date, Type::Int, Type::Decimal]), None);
    }
}
