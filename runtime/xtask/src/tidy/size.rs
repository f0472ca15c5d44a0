//! How long a file may grow. Tests at the end of a Rust file, and test folders, are not counted.

const RUST: usize = 800;
const TYPESCRIPT: usize = 400;

/// Files that may be longer, with the reason. The list may only shrink: an entry that is no longer needed is a problem itself.
const LONGER: &[(&str, &str)] = &[];

/// The lines that count, for the files that have a limit.
pub(super) fn counted(file: &str, text: &str) -> Option<usize> {
    if file.split('/').any(|part| matches!(part, "tests" | "test" | "tests.rs")) {
        return None;
    }
    if file.ends_with(".rs") {
        let lines: Vec<&str> = text.lines().collect();
        let tests =
            lines.windows(2).position(|pair| matches!(pair, ["#[cfg(test)]", next] if next.starts_with("mod tests")));
        return Some(tests.unwrap_or(lines.len()));
    }
    (file.ends_with(".ts") || file.ends_with(".tsx") || file.ends_with(".mjs")).then(|| text.lines().count())
}

fn limit(file: &str) -> usize {
    if file.ends_with(".rs") { RUST } else { TYPESCRIPT }
}

/// Files over their limit, and exceptions that are needed no longer.
pub(super) fn problems(sizes: &[(&str, Option<usize>)]) -> Vec<String> {
    check(sizes, LONGER)
}

fn check(sizes: &[(&str, Option<usize>)], longer: &[(&str, &str)]) -> Vec<String> {
    let excepted = |file: &str| longer.iter().any(|(path, _)| *path == file);
    let over =
        |file: &str| sizes.iter().any(|(path, size)| *path == file && size.is_some_and(|size| size > limit(path)));
    let mut found: Vec<String> = sizes
        .iter()
        .filter_map(|(file, size)| Some((*file, (*size)?)))
        .filter(|(file, size)| *size > limit(file) && !excepted(file))
        .map(|(file, size)| format!("{file}: {size} lines, the limit is {}: split it along its ideas", limit(file)))
        .collect();
    found.extend(
        longer
            .iter()
            .filter(|(file, reason)| !over(file) || reason.is_empty())
            .map(|(file, _)| format!("{file}: its exception in runtime/xtask/src/tidy/size.rs is needed no longer")),
    );
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_at_the_end_are_not_counted() {
        assert_eq!(counted("a.rs", "one\ntwo\n#[cfg(test)]\nmod tests {\n}\n"), Some(2));
        assert_eq!(counted("a.rs", "one\n#[cfg(test)]\nfn helper() {}\n"), Some(3));
        assert_eq!(counted("a/tests/b.rs", "one\n"), None);
        assert_eq!(counted("a/tests.rs", "one\n"), None);
        assert_eq!(counted("a.yaml", "one\n"), None);
    }

    #[test]
    fn a_long_file_and_a_stale_exception_are_problems() {
        let sizes = [("a.rs", Some(801)), ("b.ts", Some(400)), ("c.rs", Some(900)), ("d.rs", Some(10))];
        let found = check(&sizes, &[("c.rs", "a table"), ("d.rs", "was long once")]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().any(|text| text.starts_with("a.rs: 801 lines")));
        assert!(found.iter().any(|text| text.starts_with("d.rs: its exception")));
    }
}
