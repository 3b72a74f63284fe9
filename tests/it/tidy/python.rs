//! The rules for what is written in Python: the package, its tests, and scripts.

use super::circles::circles;
use super::shape::{MOST_LINES, MOST_LINES_OF_A_FUNCTION};
use super::sources::files_ending;
use crate::common::repository;
use petgraph::graph::DiGraph;
use std::collections::HashMap;

/// The half of the package that is written in Python.
const PACKAGE: &str = "src/python/package/spikemesh";

/// A file: its path from the repository, its text, and its text without comments and the insides of literals.
struct Script {
    name: String,
    text: String,
    code: String,
}

fn scripts(folder: &str) -> Vec<Script> {
    let root = repository("");
    let read = |path: std::path::PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(&path).unwrap();
        Script { name, code: code_of(&text), text }
    };
    let all: Vec<Script> = files_ending(&repository(folder), "py").into_iter().map(read).collect();
    assert!(!all.is_empty(), "{folder} has no Python files");
    all
}

/// Python's code with comments and the insides of literals left out. A literal of many lines becomes one line.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| rest.starts_with(quote));
        if c == '#' {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if let Some(quote) = quote {
            code.push_str(quote);
            rest = &rest[literal(rest, quote)..];
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    code
}

/// The length of a literal, with both its quotes.
fn literal(text: &str, quote: &str) -> usize {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(quote.len()) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if text[i..].starts_with(quote) => return i + quote.len(),
            _ => {}
        }
    }
    text.len()
}

/// The functions of code without literals, with the lines of their bodies: an option has a line of the signature, and that
/// is as it should be.
fn functions(code: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    for (first, line) in lines.iter().enumerate() {
        let text = line.trim_start();
        let Some(rest) = text.strip_prefix("async ").unwrap_or(text).strip_prefix("def ") else { continue };
        let mut open = 0i32;
        let ends = |line: &&str| {
            open += line.chars().map(|c| i32::from("([{".contains(c)) - i32::from(")]}".contains(c))).sum::<i32>();
            open == 0
        };
        let signature = lines[first..].iter().position(ends).map_or(1, |last| last + 1);
        let inside = |other: &&&str| other.trim().is_empty() || indent(other) > indent(line);
        let body: Vec<&&str> = lines[first + signature..].iter().take_while(inside).collect();
        let length = body.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
        found.push((rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect(), length));
    }
    found
}

/// The modules of the package that one of them imports: `from .a import b`, `from . import a`, `from spikemesh.a import b`.
fn imports<'a>(code: &str, modules: &[&'a str]) -> Vec<&'a str> {
    let mut named: Vec<String> = Vec::new();
    for line in code.lines().map(str::trim) {
        let Some(rest) = line.strip_prefix("from ") else { continue };
        let (from, names) = rest.split_once(" import").unwrap_or((rest, ""));
        let own = from.strip_prefix('.').or_else(|| from.strip_prefix("spikemesh"));
        match own.map(|name| name.trim_start_matches('.')) {
            Some("") => named.extend(names.split([',', ' ', '(', ')']).map(str::to_owned)),
            Some(name) => named.push(name.to_owned()),
            None => {}
        }
    }
    modules.iter().copied().filter(|module| named.iter().any(|name| name == module)).collect()
}

#[test]
fn python_is_read() {
    let code = "# def a\nclass A:\n    def b(\n        self,\n    ) -> None:\n        \"\"\"Says\n        much.\"\"\"\n\n        x = 'it\\'s'\n\n\ndef c():\n    pass\n";
    let code = code_of(code);
    assert!(code.contains("x = '") && !code.contains("much") && !code.contains("it"), "{code}");
    assert_eq!(functions(&code), [("b".to_owned(), 3), ("c".to_owned(), 1)]);
    let code = "from . import b, c as d\nfrom .e import f\nimport json\nfrom spikemesh.g import h\nfrom g2 import e2\n";
    assert_eq!(imports(code, &["a", "b", "c", "e", "f", "g", "g2", "e2"]), ["b", "c", "e", "g"]);
}

#[test]
fn files_of_python_say_what_they_are_for_and_stay_short() {
    let mut wrong = Vec::new();
    for script in scripts("src/python").into_iter().chain(scripts("tests")) {
        let after = script.text.strip_prefix("#!/usr/bin/env python3\n").unwrap_or(&script.text);
        if !after.starts_with("\"\"\"") && !script.text.is_empty() {
            wrong.push(format!("{}: does not begin with what it is for", script.name));
        }
        let lines = script.text.lines().count();
        if lines > MOST_LINES {
            wrong.push(format!("{}: {lines} lines", script.name));
        }
        for (name, lines) in functions(&script.code).into_iter().filter(|(_, n)| *n > MOST_LINES_OF_A_FUNCTION) {
            wrong.push(format!("{}: {name} has {lines} lines", script.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn modules_of_the_package_import_each_other_in_no_circle() {
    let scripts = scripts(PACKAGE);
    let module = |script: &Script| script.name[PACKAGE.len() + 1..].trim_end_matches(".py").replace('/', ".");
    let names: Vec<String> = scripts.iter().map(module).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut graph: DiGraph<&str, ()> = DiGraph::new();
    let nodes: HashMap<&str, _> = all.iter().map(|name| (*name, graph.add_node(*name))).collect();
    for (script, name) in scripts.iter().zip(&all) {
        for import in imports(&script.code, &all) {
            graph.update_edge(nodes[name], nodes[import], ());
        }
        // The face of the package is for its users: a module of it would import what is not complete yet.
        let face = script.code.lines().any(|line| matches!(line.trim(), "import spikemesh" | "import spikemesh as sm"));
        assert!(!face, "{}: imports the package, of which it is a part", script.name);
    }
    assert_eq!(circles(&graph), "");
}

#[test]
fn the_package_prints_nothing_and_reads_the_environment_in_one_place() {
    let words = ["print(", "environ", "getenv(", "exit(", "stdout", "NotImplementedError", "assert "];
    let mut wrong = Vec::new();
    for script in scripts(PACKAGE) {
        // Where trained networks are kept, as the command line finds it.
        let of_cache = |word: &&&str| **word == "environ" && script.name.ends_with("spikemesh/cache.py");
        for word in words.iter().filter(|word| !of_cache(word)) {
            let uses = script.code.match_indices(*word);
            if uses.clone().any(|(at, _)| !script.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')) {
                wrong.push(format!("{}: {word}", script.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
