//! Signatures: lines drawn by hand on a sheet, or a name typed. What is shown of lines is a picture that is drawn here, so that
//! nobody hands in a file of their own making.

use std::fmt::Write as _;

use model::Value;
use serde::{Deserialize, Serialize};

/// Width and height of the sheet.
const SHEET: (u16, u16) = (600, 200);
/// Points of all lines together, at most.
const MOST_POINTS: usize = 8_000;
/// How far the lines reach at least, from side to side or from top to bottom: less is a slip of the hand.
const REACH: u16 = 60;
/// Longest name, in characters.
const MOST_LETTERS: usize = 200;

/// What somebody signs with. Whoever hands it on has had them prove not long ago who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Signature {
    /// Lines drawn by hand on a sheet of 600 by 200, each as its points.
    Drawn(Vec<Vec<(u16, u16)>>),
    /// Their name, typed.
    Typed(String),
}

/// What is wrong with lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Odd {
    /// They leave the sheet, or are too many.
    Beyond,
    /// They are too short for a name.
    Slight,
}

impl Signature {
    /// Reads lines as an input sends them: `12,30 13,31;40,50`. What is no point is left out.
    pub fn lines(text: &str) -> Self {
        let point = |text: &str| {
            let (x, y) = text.split_once(',')?;
            Some((x.parse().ok()?, y.parse().ok()?))
        };
        Self::Drawn(text.split(';').map(|line| line.split(' ').filter_map(point).collect()).collect())
    }

    /// The lines as an input sends them; empty where there are none.
    pub fn as_lines(&self) -> String {
        let Self::Drawn(lines) = self else { return String::new() };
        let line = |line: &Vec<(u16, u16)>| line.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ");
        lines.iter().map(line).collect::<Vec<_>>().join(";")
    }

    /// What a field holds, if it is a signature.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Json(json) => serde_json::from_value(json.clone()).ok(),
            _ => None,
        }
    }

    /// The name, where it was typed.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Typed(name) => Some(name),
            Self::Drawn(_) => None,
        }
    }

    /// The lines as a picture, an SVG document that holds nothing but numbers of ours; none of a typed name.
    pub fn picture(&self) -> Option<String> {
        match self {
            Self::Drawn(lines) => Some(drawn(lines)),
            Self::Typed(_) => None,
        }
    }
}

/// Reads a signature as a form or a file gives it: lines, a name, or what the API takes.
pub(crate) fn of_text(text: &str) -> Option<Value> {
    if text.starts_with('{') {
        return of_json(&serde_json::from_str(text).ok()?);
    }
    let lines = text.contains(',') && text.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | ' ' | ';'));
    kept(if lines { Signature::lines(text) } else { Signature::Typed(text.to_owned()) })
}

/// Reads a signature as the API takes it.
pub(crate) fn of_json(json: &serde_json::Value) -> Option<Value> {
    kept(serde_json::from_value(json.clone()).ok()?)
}

/// What is kept of a signature: nothing of an empty one, and none of one that is odd.
fn kept(signature: Signature) -> Option<Value> {
    let signature = match signature {
        Signature::Typed(name) if name.trim().is_empty() => return Some(Value::Null),
        Signature::Typed(name) if name.chars().count() > MOST_LETTERS => return None,
        Signature::Typed(name) => Signature::Typed(name.trim().to_owned()),
        Signature::Drawn(mut lines) => {
            lines.retain(|line| !line.is_empty());
            if lines.is_empty() {
                return Some(Value::Null);
            }
            if odd(&lines).is_some() {
                return None;
            }
            Signature::Drawn(lines)
        }
    };
    serde_json::to_value(signature).ok().map(Value::Json)
}

/// What is wrong with lines, if anything is.
pub(crate) fn odd(lines: &[Vec<(u16, u16)>]) -> Option<Odd> {
    let points = || lines.iter().flatten();
    if points().any(|(x, y)| *x > SHEET.0 || *y > SHEET.1) || points().count() > MOST_POINTS {
        return Some(Odd::Beyond);
    }
    let reach = reaches(points().map(|(x, _)| *x)) || reaches(points().map(|(_, y)| *y));
    (!reach).then_some(Odd::Slight)
}

fn reaches(of: impl Iterator<Item = u16> + Clone) -> bool {
    let (least, most) = (of.clone().min().unwrap_or_default(), of.max().unwrap_or_default());
    most - least >= REACH
}

/// The lines as a picture: black on white, whatever the page around it looks like.
pub(crate) fn drawn(lines: &[Vec<(u16, u16)>]) -> String {
    let (width, height) = SHEET;
    let mut path = String::new();
    for line in lines {
        for (place, (x, y)) in line.iter().enumerate() {
            let _ = write!(path, "{}{x} {y}", if place == 0 { 'M' } else { 'L' });
        }
        // A dot is a line of no length.
        if line.len() == 1 {
            path.push_str("h0");
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"none\" stroke=\"#000\" \
         stroke-width=\"5\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_become_a_picture() {
        let picture = drawn(&[vec![(1, 2), (30, 40)], vec![(5, 6)], Vec::new()]);
        assert!(picture.contains("d=\"M1 2L30 40M5 6h0\""), "{picture}");
        assert!(reaches([3, 90, 20].into_iter()) && !reaches([3, 62].into_iter()) && !reaches(std::iter::empty()));
    }

    #[test]
    fn lines_a_name_and_json_are_read() {
        let drawn = Value::Json(json!({"drawn": [[[1, 2], [100, 40]], [[5, 6]]]}));
        assert_eq!(of_text("1,2 100,40;5,6"), Some(drawn.clone()));
        assert_eq!(of_text(r#"{"drawn": [[[1, 2], [100, 40]], [], [[5, 6]]]}"#), Some(drawn.clone()));
        assert_eq!(Signature::of(&drawn).map(|found| found.as_lines()).as_deref(), Some("1,2 100,40;5,6"));
        assert_eq!(of_text("王芳"), Some(Value::Json(json!({"typed": "王芳"}))));
        assert_eq!(of_json(&json!({"typed": "  "})), Some(Value::Null));
        assert_eq!(of_json(&json!({"drawn": []})), Some(Value::Null));
        for odd in [json!({"drawn": [[[1, 2]]]}), json!({"drawn": [[[1, 2], [601, 2]]]}), json!({"svg": "<svg/>"})] {
            assert_eq!(of_json(&odd), None, "{odd}");
        }
        assert_eq!(of_text(&"x".repeat(201)), None);
    }
}
