//! Findings that were saved, read again.

use super::{CaseOutcome, Finding, FindingKind, Trouble, VALIDATE_SCHEMA};
use crate::json::{Cursor, Document, FileError};
use std::borrow::Cow;

/// Reads what [`to_json`](super::to_json) writes, with whatever else a report has. Cases without findings come last.
///
/// # Errors
/// All problems of the text; `file` is its name in them.
pub fn read(file: &str, text: &str) -> Result<Vec<CaseOutcome>, FileError> {
    let document = Document::parse(file, text)?;
    let read = outcomes(&document.root());
    document.finish(read)
}

fn outcomes(root: &Cursor<'_>) -> Option<Vec<CaseOutcome>> {
    let object = root.object(&["schema", "cases", "not_run", "made_by", "digests", "host"])?;
    object.need("schema")?.choice(&[VALIDATE_SCHEMA])?;
    let (found, absent) = (object.need("cases"), object.need("not_run"));
    let found = found.and_then(|list| all(&list, finding));
    let absent = absent.and_then(|list| all(&list, not_run));
    let mut outcomes: Vec<CaseOutcome> = Vec::new();
    for finding in found? {
        // What a finding is of begins with the name of its case.
        let case = finding.case.split([',', ':', ' ']).next().unwrap_or_default().to_owned();
        match outcomes.last_mut() {
            Some(CaseOutcome { case: last, findings: Ok(found) }) if *last == case => found.push(finding),
            _ => outcomes.push(CaseOutcome { case: case.into(), findings: Ok(vec![finding]) }),
        }
    }
    outcomes.extend(absent?);
    Some(outcomes)
}

fn all<T>(list: &Cursor<'_>, read: impl Fn(&Cursor<'_>) -> Option<T>) -> Option<Vec<T>> {
    // All of them first: collecting into an `Option` would stop at the first error.
    let all: Vec<Option<T>> = list.list(0..=usize::MAX)?.iter().map(read).collect();
    all.into_iter().collect()
}

fn finding(cursor: &Cursor<'_>) -> Option<Finding> {
    let fields = ["case", "ours", "published", "unit", "error", "tolerance", "kind", "pass", "source", "notes"];
    let object = cursor.object(&fields)?;
    let text = |name: &str| object.need(name)?.string();
    // JSON has no number for what is none.
    let number = |name: &str| match object.need(name)? {
        none if none.is_null() => Some(f64::NAN),
        some => some.number(f64::MIN..=f64::MAX),
    };
    let bound = |name: &str| match object.need(name)? {
        none if none.is_null() => Some(None),
        some => some.number(0.0..=f64::MAX).map(Some),
    };
    let kinds = FindingKind::ALL.map(FindingKind::name);
    // All fields first: the first `?` would hide the problems of those after it.
    let (case, ours, published) = (text("case"), number("ours"), number("published"));
    let (unit, tolerance) = (text("unit"), bound("tolerance"));
    let kind = object.need("kind").and_then(|kind| kind.choice(&kinds));
    let (source, notes) = (text("source"), object.need("notes").and_then(|notes| all(&notes, |note| note.string())));
    Some(Finding {
        case: case?,
        ours: ours?,
        published: published?,
        unit: unit?.into(),
        tolerance: tolerance?,
        kind: FindingKind::ALL[kind?],
        source: source?.into(),
        notes: notes?,
    })
}

fn not_run(cursor: &Cursor<'_>) -> Option<CaseOutcome> {
    let object = cursor.object(&["case", "failed", "why"])?;
    let text = |name: &str| object.need(name)?.string();
    let (case, why, failed) = (text("case"), text("why"), object.need("failed").and_then(|failed| failed.flag()));
    let (case, why) = (case?, why?);
    let trouble = if failed? { Trouble::Failed(why) } else { Trouble::Absent(why) };
    Some(CaseOutcome { case: Cow::Owned(case), findings: Err(trouble) })
}

#[cfg(test)]
mod tests {
    use super::super::{ValidationBench, chosen, to_json, to_text};
    use super::*;

    #[test]
    fn saved_findings_are_the_same_again() {
        let cases = chosen(&["isaac", "odin", "actor", "ranc"].map(String::from)).unwrap();
        let bench = ValidationBench::default();
        let mut outcomes: Vec<CaseOutcome> = cases.iter().map(|case| case.outcome(&bench)).collect();
        outcomes.push(CaseOutcome { case: "other".into(), findings: Err(Trouble::Failed("no number".into())) });
        assert!(outcomes.iter().any(|outcome| matches!(outcome.findings, Err(Trouble::Absent(_)))));
        let report = to_json(&outcomes);
        let again = read("saved", &report.to_string()).unwrap();
        assert_eq!(to_json(&again), report);
        assert_eq!(to_text(&again, 100), to_text(&outcomes, 100));
        assert_eq!(again.iter().filter(|outcome| outcome.findings.is_ok()).count(), 2);
    }

    #[test]
    fn all_that_is_wrong_is_said() {
        let text =
            r#"{"schema": "spikemesh.validate/1", "cases": [{"case": 1}], "not_run": [{"case": "x", "failed": 2}]}"#;
        let paths: Vec<String> = read("it", text).unwrap_err().problems.into_iter().map(|one| one.path).collect();
        assert!(paths.iter().any(|path| path == "cases[0].case"), "{paths:?}");
        assert!(paths.iter().any(|path| path.starts_with("not_run[0]")), "{paths:?}");
    }
}
