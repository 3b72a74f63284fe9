//! The house rules that a compiler does not check: who may import whom, and what is not written where.

mod circles;
mod python;
mod shape;
mod sources;

use crate::common::{files_of, repository, text_of};
use sources::{all_sources, binding_sources, code_of, files_under, without_tests};

/// What each module may import: the order of the design. A module that is not in the table fails the test.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("rng", &[]),
    ("digest", &["rng"]),
    ("stats", &[]),
    ("columns", &[]),
    ("progress", &[]),
    ("threads", &["progress"]),
    ("search", &["rng", "threads"]),
    ("memory", &[]),
    ("files", &[]),
    ("text", &[]),
    ("json", &["units", "text"]),
    ("ids", &[]),
    ("engine", &["units", "threads"]),
    ("trace", &["ids", "units", "stats", "columns", "files", "text"]),
    ("net", &["progress", "ids", "units", "rng", "digest", "memory", "files", "json"]),
    ("hw", &["ids", "units", "json", "stats", "net"]),
    ("data", &["progress", "units", "rng", "digest", "threads", "json", "net"]),
    ("train", &["progress", "units", "rng", "digest", "threads", "files", "json", "net", "data"]),
    ("map", &["progress", "ids", "units", "rng", "digest", "text", "json", "hw", "net"]),
    ("model", &["progress", "ids", "units", "rng", "engine", "stats", "trace", "hw", "net"]),
    ("system", &["progress", "ids", "units", "rng", "digest", "engine", "stats", "trace", "hw", "net", "map", "model"]),
    ("sanafe", &["json", "net"]),
    (
        "run",
        &[
            "progress", "ids", "units", "rng", "threads", "engine", "stats", "trace", "hw", "net", "data", "model",
            "system",
        ],
    ),
    (
        "noc",
        &["progress", "ids", "units", "rng", "threads", "json", "engine", "stats", "trace", "hw", "model", "system"],
    ),
    (
        "report",
        &[
            "ids", "units", "columns", "text", "json", "stats", "trace", "hw", "net", "data", "train", "map", "system",
            "run", "noc",
        ],
    ),
    (
        "session",
        &[
            "ids", "progress", "digest", "threads", "memory", "files", "columns", "json", "stats", "trace", "net",
            "hw", "data", "train", "map", "system", "run", "noc", "report",
        ],
    ),
    ("validate", &["ids", "units", "rng", "columns", "json", "stats", "hw", "net", "map", "run", "report", "session"]),
    (
        "explore",
        &[
            "ids", "progress", "columns", "text", "digest", "threads", "search", "json", "hw", "net", "data", "train",
            "map", "system", "run", "report", "session",
        ],
    ),
    ("guide", &[]),
    (
        "cli",
        &[
            "guide", "ids", "units", "rng", "digest", "threads", "stats", "files", "text", "progress", "json",
            "engine", "hw", "net", "data", "train", "map", "model", "system", "run", "noc", "report", "session",
            "validate", "explore", "trace", "sanafe",
        ],
    ),
];

/// The top modules that a piece of code names after `crate::`, in groups too.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        // `$crate::` and `my_crate::` are other things.
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(tops(group)),
            None => found.push(word(rest)),
        }
    }
    found
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// First words of the members of a group, up to its closing brace.
fn tops(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (i, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(word(group[start..i].trim()));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(word(group[start..i].trim()));
                start = i + 1;
            }
            _ => {}
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

#[test]
fn the_parser_of_this_test_sees_what_it_must() {
    assert_eq!(imports("use crate::{a, b::c, d::{e, f}};\nlet x = crate::g::h();"), ["a", "b", "d", "g"]);
    assert_eq!(imports(&code_of("// crate::a\n/// [`crate::b`]\nlet s = \"crate::c\"; use crate::d;")), ["d"]);
    assert_eq!(imports(&code_of("let c = '\"'; use crate::a; let s = r#\"crate::b\"#;")), ["a"]);
    assert_eq!(imports("$crate::a; my_crate::b"), [""; 0]);
    assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests { crate::b }"), "a\n");
    assert_eq!(without_tests("#[cfg(test)]\nmod tests;\nuse crate::a;"), "#[cfg(test)]\nmod tests;\nuse crate::a;");
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for source in all_sources().iter().filter(|s| !matches!(s.module(), "main" | "lib")) {
        let module = source.module();
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{}: module {module} is not in the table of this test", source.name));
            continue;
        };
        for import in imports(&source.code) {
            if import != module && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{}: {module} may not import {import}", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_has_no_circle() {
    // A module imports only what stands before it in the table.
    let place = |name: &str| MAY_IMPORT.iter().position(|(n, _)| *n == name);
    for (module, allowed) in MAY_IMPORT {
        assert!(allowed.iter().all(|name| place(name) < place(module)), "{module}");
    }
}

#[test]
fn the_package_of_loom_has_what_its_modules_import() {
    // It compiles the engine with these modules beside it, and no other test builds it.
    let text = text_of("tests/loom/src/lib.rs");
    let modules: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')).collect();
    assert!(modules.contains(&"engine"), "{modules:?}");
    for source in all_sources().iter().filter(|source| modules.contains(&source.module())) {
        for import in imports(&source.code) {
            assert!(modules.contains(&import.as_str()), "{} imports {import}", source.name);
        }
    }
}

#[test]
fn only_the_command_line_prints_exits_and_reads_the_environment() {
    let forbidden = ["println!", "print!", "eprintln!", "eprint!", "dbg!", "process::exit", "std::env", "env::"];
    let mut wrong = Vec::new();
    for source in all_sources().iter().chain(&binding_sources()).filter(|s| !s.prints()) {
        for word in forbidden {
            let uses = source.code.match_indices(word);
            // Another name may end in these letters: look at what stands before.
            if uses.clone().any(|(at, _)| !source.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')) {
                wrong.push(format!("{}: {word}", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_place_writes_to_the_terminal() {
    // What a terminal would obey is written out there, and nowhere else. Files that are named `/dev/stdout` or `-` are
    // written as they are.
    let mut wrong = Vec::new();
    let writers = ["cli/terminal.rs", "files/place.rs"];
    for source in all_sources().iter().chain(&binding_sources()).filter(|s| !writers.contains(&s.name.as_str())) {
        for word in ["stdout().lock", "stderr().lock", "(io::stdout", "(io::stderr", "print!", "println!", "Term::std"]
        {
            if source.code.contains(word) {
                wrong.push(format!("{}: {word}", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_engine_and_the_model_hash_and_format_nothing() {
    let mut wrong = Vec::new();
    for source in all_sources().iter().filter(|s| matches!(s.module(), "engine" | "model")) {
        for word in ["HashMap", "HashSet", "BTreeMap", "format!", "to_string()", "tracing::", "f32", "f64"] {
            if source.code.contains(word) {
                wrong.push(format!("{}: {word}", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_undone_or_unwrapped() {
    let mut wrong = Vec::new();
    for source in all_sources().iter().chain(&binding_sources()) {
        for word in [".unwrap()", "todo!", "unimplemented!", "thread_rng", "StdRng", "SmallRng"] {
            if source.code.contains(word) {
                wrong.push(format!("{}: {word}", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_first_what_it_is_for() {
    let named = |folder: &str| files_under(&repository(folder)).into_iter();
    let files = named("src").chain(named("tests")).chain(named("benches"));
    let silent: Vec<_> = files
        .filter(|path| !std::fs::read_to_string(path).unwrap().starts_with("//! "))
        .map(|path| path.strip_prefix(repository("")).unwrap().display().to_string())
        .collect();
    assert!(silent.is_empty(), "no //! in the first line of {}", silent.join(", "));
}

#[test]
fn tests_are_neither_ignored_nor_expected_to_panic() {
    let words = [["#[", "ignore"].concat(), ["#[", "should_panic"].concat()];
    for path in files_under(&repository("src")).into_iter().chain(files_under(&repository("tests"))) {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(words.iter().all(|word| !text.contains(word)), "{}", path.display());
    }
}

#[test]
fn every_bench_is_declared() {
    let manifest = text_of("Cargo.toml");
    for path in files_of("benches", "rs") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(manifest.contains(&format!("[[bench]]\nname = \"{name}\"\nharness = false")), "{name}");
    }
}
