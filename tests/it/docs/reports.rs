//! Fields of reports in JSON: each is described in the guide, and no other.
//!
//! Before a table, `<!-- report: COMMAND; COMMAND -->` names the commands whose reports it describes; those after `!` only
//! prepare files. A row describes one or more paths, in which `[]` stands for the elements of a list and a `*` at the end for
//! whatever follows. `SPIKEMESH_DOCS=write` adds rows for what is missing, to be described by hand, and removes those of paths
//! that are gone.

use super::writes;
use crate::bench::Bench;
use crate::common::repository;
use serde_json::Value;
use std::collections::BTreeSet;

const PAGE: &str = "src/guide/report_files.md";
const BEGIN: &str = "<!-- report: ";

/// The paths of all values.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let place = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            fields.iter().for_each(|(name, field)| paths(field, &place(name), found));
        }
        Value::Array(all) if all.iter().any(Value::is_object) => {
            all.iter().for_each(|one| paths(one, &format!("{path}[]"), found));
        }
        Value::Array(_) => drop(found.insert(format!("{path}[]"))),
        _ => drop(found.insert(path.to_owned())),
    }
}

fn reported(commands: &str) -> BTreeSet<String> {
    let (bench, mut found) = (Bench::new(), BTreeSet::new());
    for command in commands.split("; ") {
        let (prepares, command) = command.strip_prefix('!').map_or((false, command), |rest| (true, rest));
        let words: Vec<String> = command
            .split(' ')
            .map(|word| {
                let made = ["m", "./m", "r", "./r"].contains(&word);
                match made || word.ends_with(".nir") || word.ends_with(".run") {
                    true => bench.path(word.trim_start_matches("./")),
                    false => word.to_owned(),
                }
            })
            .collect();
        let json = bench.path("report.json");
        let mut arguments: Vec<&str> = words.iter().map(String::as_str).chain(["--quiet"]).collect();
        if !prepares {
            arguments.extend(["--json", &json]);
        }
        let code = bench.run(&arguments).status.code();
        assert!(matches!(code, Some(0 | 1)), "{command}: {code:?}");
        if !prepares {
            paths(&bench.json("report.json"), "", &mut found);
        }
    }
    found
}

fn patterns(row: &str) -> Vec<String> {
    let first = row.split('|').nth(1).unwrap_or_default();
    first.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn describes(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(begin) => {
            path.starts_with(begin) || path == begin.trim_end_matches('.') || path == begin.trim_end_matches("[]")
        }
        // A list of objects may be empty, and what is an object may be null.
        None => path == pattern,
    }
}

#[test]
fn fields_of_reports_are_described() {
    let path = repository(PAGE);
    let text = std::fs::read_to_string(&path).unwrap();
    let (mut now, mut wrong) = (Vec::new(), Vec::new());
    let mut parts = text.split(BEGIN);
    now.push(parts.next().unwrap().to_owned());
    for part in parts {
        let (commands, rest) = part.split_once(" -->").unwrap();
        let found = reported(commands);
        let mut lines: Vec<String> = rest.lines().map(str::to_owned).collect();
        let is_row = |line: &String| line.starts_with("| `");
        let all: Vec<String> = lines.iter().filter(|line| is_row(line)).flat_map(|line| patterns(line)).collect();
        let gone = |pattern: &String| !found.iter().any(|path| describes(pattern, path));
        wrong.extend(all.iter().filter(|pattern| gone(pattern)).map(|pattern| format!("no report has {pattern}")));
        lines.retain(|line| !is_row(line) || patterns(line).iter().any(|pattern| !gone(pattern)));
        let missing: Vec<&String> =
            found.iter().filter(|path| !all.iter().any(|pattern| describes(pattern, path))).collect();
        let last = lines.iter().rposition(is_row).unwrap();
        for path in missing.into_iter().rev() {
            wrong.push(format!("{path} is not described"));
            lines.insert(last + 1, format!("| `{path}` | |"));
        }
        let undescribed = |line: &&String| is_row(line) && line.trim_end().ends_with("| |");
        wrong.extend(lines.iter().filter(undescribed).map(|line| format!("a description is missing: {line}")));
        now.push(format!("{commands} -->{}\n", lines.join("\n")));
    }
    if writes() {
        std::fs::write(&path, now.join(BEGIN)).unwrap();
    }
    assert!(wrong.is_empty(), "{PAGE}:\n{}", wrong.join("\n"));
}
