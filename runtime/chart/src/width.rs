//! How much room a text takes, as far as that can be known without its font.

/// About how wide a text is, in sizes of its font: a Chinese character is one, a Latin letter a bit more than half of one.
pub(crate) fn ems(text: &str) -> f64 {
    text.chars().map(|c| if c.is_ascii() { 0.56 } else { 1.0 }).sum()
}

/// The text, cut with `…` where it is wider than that.
pub(crate) fn cut(text: &str, most: f64) -> String {
    if ems(text) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut width = 1.0;
    for c in text.chars() {
        width += if c.is_ascii() { 0.56 } else { 1.0 };
        if width > most {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}
