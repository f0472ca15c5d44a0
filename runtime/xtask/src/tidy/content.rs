//! What must and must not be in a file's text.

/// Written in two parts, so that this file does not hold what it looks for.
const REFUSED_IN_RUST: &[(&str, &str)] = &[
    (concat!("to", "do!("), "finish it, or leave it out"),
    (concat!("#[", "ignore"), "a test runs or is deleted"),
    (concat!("#[", "allow("), "use `#[expect(.., reason)]` with an `// INVARIANT:` line"),
    (concat!("#![", "allow("), "use `#![expect(.., reason)]`"),
];
const REMINDERS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const MACHINE_PATHS: &[&str] = &[concat!("/ro", "ot/"), concat!("/Us", "ers/"), concat!("/ho", "me/")];
const SOURCE: &[&str] = &["rs", "ts", "tsx", "mjs", "css", "html", "toml", "sh"];

/// Problems in one file, each with its line.
pub(super) fn problems(file: &str, text: &str) -> Vec<String> {
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    let mut found = Vec::new();
    // The tests of one module, moved to a file for their length, belong to that module's words.
    let needs_docs = extension == "rs" && !file.ends_with("/tests.rs");
    if needs_docs && !text.trim_start().starts_with("//!") {
        found.push(format!("{file}:1: begin with `//!`: what the module is for, then what always holds in it"));
    }
    if file.ends_with("package-lock.json") && text.contains("\"resolved\": \"http") {
        found.push(format!(
            "{file}: a lock file names no registry: install again with `omit-lockfile-registry-resolved=true` in .npmrc"
        ));
    }
    if SOURCE.contains(&extension) {
        for (number, line) in text.lines().enumerate() {
            found.extend(line_problem(extension, line).map(|problem| format!("{file}:{}: {problem}", number + 1)));
        }
    }
    found
}

fn line_problem(extension: &str, line: &str) -> Option<String> {
    if extension == "rs"
        && let Some((refused, instead)) = REFUSED_IN_RUST.iter().find(|(refused, _)| line.contains(refused))
    {
        return Some(format!("`{refused}` is refused: {instead}"));
    }
    if let Some(word) = REMINDERS.iter().find(|word| words(line).any(|found| found == **word))
        && !has_issue(line)
    {
        return Some(format!("`{word}` without an issue number (`#12`)"));
    }
    MACHINE_PATHS
        .iter()
        .find(|path| begins_path(line, path))
        .map(|path| format!("a path of one machine (`{path}…`): everything is relative to the repository"))
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|character: char| !character.is_alphanumeric() && character != '_')
}

fn has_issue(line: &str) -> bool {
    line.split('#').skip(1).any(|rest| rest.starts_with(|character: char| character.is_ascii_digit()))
}

/// Whether `path` stands in `line` as the start of a path, and not in the middle of an address.
fn begins_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|before| matches!(before, ' ' | '"' | '\'' | '`' | '=' | '('))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, text: &str) -> usize {
        problems(file, text).len()
    }

    #[test]
    fn a_rust_file_says_what_it_is_for() {
        assert_eq!(check("a.rs", "//! Purpose.\nfn a() {}\n"), 0);
        assert_eq!(check("a.rs", "fn a() {}\n"), 1);
        assert_eq!(check("a/tests.rs", "fn a() {}\n"), 0);
    }

    #[test]
    fn unfinished_and_silenced_code_is_refused() {
        for (refused, _) in REFUSED_IN_RUST {
            assert_eq!(check("a.rs", &format!("//! P.\n    {refused}dead_code)]\n")), 1, "{refused}");
        }
        let word = REMINDERS[0];
        assert_eq!(check("a.ts", &format!("// {word}: later\n")), 1);
        assert_eq!(check("a.ts", &format!("// {word}(#12): later\n")), 0);
        assert_eq!(check("a.ts", "const TODOS = 1;\n"), 0);
    }

    #[test]
    fn nothing_points_at_one_machine() {
        let path = MACHINE_PATHS[0];
        assert_eq!(check("a.toml", &format!("path = \"{path}x\"\n")), 1);
        assert_eq!(check("a.html", &format!("<a href=\"/app{path}\">\n")), 0);
        assert_eq!(check("package-lock.json", "\"resolved\": \"https://registry.example/a.tgz\""), 1);
        assert_eq!(check("package-lock.json", "\"resolved\": \"packages/elements\""), 0);
    }
}
