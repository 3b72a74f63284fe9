//! Lengths of files and functions, and names that mean one thing.

use super::sources::{all_sources, binding_sources, files_under};
use crate::common::repository;
use std::collections::BTreeMap;

/// Most lines of a file.
pub const MOST_LINES: usize = 500;

/// Most lines of a function.
pub const MOST_LINES_OF_A_FUNCTION: usize = 60;

#[test]
fn files_stay_short() {
    let folder = repository("src");
    let lines = |path: &_| std::fs::read_to_string(path).unwrap().lines().count();
    let long: Vec<_> = files_under(&folder).into_iter().filter(|path| lines(path) > MOST_LINES).collect();
    assert!(long.is_empty(), "more than {MOST_LINES} lines: {long:?}");
}

/// The functions of a file that `rustfmt` has laid out, with their lengths: each ends at the brace that stands below its
/// first word.
fn functions(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let lines: Vec<&str> = code.lines().collect();
    for (first, line) in lines.iter().enumerate() {
        let text = line.trim_start();
        let indent = &line[..line.len() - text.len()];
        let Some(name) = text.split(" fn ").nth(1).or_else(|| text.strip_prefix("fn ")) else { continue };
        let end = format!("{indent}}}");
        let has_body = |line: &&str| line.trim_end().ends_with('{') || line.trim_end().ends_with(';');
        let opens =
            lines[first..].iter().find(|line| has_body(line)).is_some_and(|line| line.trim_end().ends_with('{'));
        if let Some(length) = lines[first..].iter().position(|line| line.trim_end() == end).filter(|_| opens) {
            found.push((name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect(), length + 1));
        }
    }
    found
}

#[test]
fn functions_are_measured() {
    let code = "fn a() {\n    x\n}\n\nimpl B {\n    pub fn c(\n        &self,\n    ) {\n    }\n    fn d();\n}\n";
    assert_eq!(functions(code), [("a".to_owned(), 3), ("c".to_owned(), 4)]);
}

#[test]
fn functions_stay_short() {
    let mut long = Vec::new();
    for path in files_under(&repository("src")) {
        let code = super::code_of(&std::fs::read_to_string(&path).unwrap());
        for (name, lines) in functions(&code).into_iter().filter(|(_, lines)| *lines > MOST_LINES_OF_A_FUNCTION) {
            long.push(format!("{}: {name} has {lines} lines", path.display()));
        }
    }
    assert!(long.is_empty(), "more than {MOST_LINES_OF_A_FUNCTION} lines:\n{}", long.join("\n"));
}

/// The types and traits that a file defines, in macros such as `record!` too. Associated types are left out, and so are the
/// arguments of `all_fields!`, which name types that stand elsewhere.
fn types_of(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_fields = false;
    for line in code.lines() {
        in_fields = (in_fields && line != "}") || line.starts_with("all_fields! {");
        let text = line.strip_prefix("    ").unwrap_or(line);
        let text = match text.strip_prefix("pub") {
            Some(rest) if rest.starts_with('(') => rest.split_once(") ").map_or("", |(_, rest)| rest),
            Some(rest) => rest.trim_start(),
            None => text,
        };
        let Some((kind, rest)) = text.split_once(' ') else { continue };
        let is_definition = matches!(kind, "struct" | "enum" | "trait" | "union") || kind == "type" && text == line;
        if is_definition && !in_fields {
            found.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>());
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

#[test]
fn types_are_found() {
    let code = "pub(in crate::a) struct A;\nrecord! {\n    pub enum B {}\n}\nimpl C for D {\n    type E = F;\n}\n\
                all_fields! {\n    struct A { x }\n}\n";
    assert_eq!(types_of(code), ["A", "B"]);
}

#[test]
fn a_type_name_means_one_thing() {
    // The Python package has names of its own: its `Chip` is Python's view of the library's.
    for sources in [all_sources(), binding_sources()] {
        let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for source in sources {
            for name in types_of(&source.code) {
                places.entry(name).or_default().push(source.name.clone());
            }
        }
        let twice = |(name, places): (String, Vec<String>)| {
            (places.len() > 1).then(|| format!("{name}: {}", places.join(", ")))
        };
        let wrong: Vec<String> = places.into_iter().filter_map(twice).collect();
        assert!(wrong.is_empty(), "defined more than once:\n{}", wrong.join("\n"));
    }
}
