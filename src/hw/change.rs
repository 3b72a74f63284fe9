//! Changes numbers of a chip file before it is read, as sweeps and `--set` do.

use super::kinds::{CORE, CORES};
use super::provenance::{at, constant_of, is_value, may_have_a_fact};
use crate::json::Document;
use serde_json::Value;

/// Fields that may give the frequency of the one clock: the tick, and the clock of reports (MHz).
pub(super) const CLOCKS: [&str; 2] = ["tick.clock_mhz", "clock.mhz"];

/// Sets values of a chip file by their paths; gives their previous values, as the file has them. A chip has one clock:
/// where the file gives it twice and one of them is changed, the other follows.
///
/// # Errors
/// All paths without a value that can be set, and values of another kind.
pub fn set_values(document: &mut Document, changes: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let (mut was, mut problems) = (Vec::new(), Vec::new());
    for (path, value) in changes {
        match set(document, path, value) {
            Ok(old) => was.push(old),
            Err(why) => problems.push(why),
        }
    }
    if !problems.is_empty() {
        return Err(problems.join("\n"));
    }
    for [path, other] in [CLOCKS, [CLOCKS[1], CLOCKS[0]]] {
        let is_changed = |path: &str| changes.iter().any(|(changed, _)| *changed == path);
        // The reader compares the two.
        if !is_changed(path) || is_changed(other) || !CLOCKS.iter().all(|clock| document.has(clock)) {
            continue;
        }
        if let Some((_, value)) = changes.iter().rev().find(|(changed, _)| *changed == path) {
            set(document, other, value)?;
        }
    }
    Ok(was)
}

fn set(document: &mut Document, path: &str, value: &str) -> Result<String, String> {
    can_set(document, path)?;
    document.set_value(path, value, may_have_a_fact)
}

/// Gives a kind of cores a value of its own, where it has that of the chip's core.
fn give_kind(document: &mut Document, path: &str) {
    let Some((name, rest)) = path.strip_prefix("cores.").and_then(|path| path.split_once('.')) else { return };
    document.give(&format!("{CORE}.{rest}"), &format!("{CORES}.{name}"), rest);
}

/// Checks that a chip file has a value that can be set by its path; the error says why it has none. Texts are set where they are words of
/// the file; a constant changes with its kind and source, for which one value is not enough.
pub fn can_set(document: &mut Document, path: &str) -> Result<(), String> {
    give_kind(document, path);
    let of_constant = constant_of(document.value(), path).is_some_and(|(_, field)| is_value(field));
    if of_constant && at(document.value(), path).is_some_and(Value::is_string) {
        return Err(format!(
            "{path} is a constant, which changes only together with its kind and source: write a chip file that extends \
             this one and has all three"
        ));
    }
    document.can_set(path, may_have_a_fact)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clocks(text: &str, changes: &[(&str, &str)]) -> (Option<f64>, Option<f64>) {
        let mut document = Document::parse("chip.json", text).unwrap();
        set_values(&mut document, changes).unwrap();
        let root = document.root().object(&["tick", "clock"]).unwrap();
        let number = |field: &str, inner: &str| {
            let object = root.get(field).filter(|c| c.is_object())?.object(&["clock_mhz", "mhz"])?;
            object.get(inner)?.number(0.0..=1e6)
        };
        (number("tick", "clock_mhz"), number("clock", "mhz"))
    }

    #[test]
    fn a_clock_that_is_said_twice_is_set_once() {
        let twice = r#"{"tick": {"clock_mhz": 75}, "clock": {"mhz": 75}}"#;
        assert_eq!(clocks(twice, &[("tick.clock_mhz", "20")]), (Some(20.0), Some(20.0)));
        assert_eq!(clocks(twice, &[("clock.mhz", "20")]), (Some(20.0), Some(20.0)));
        assert_eq!(clocks(twice, &[("clock.mhz", "20"), ("tick.clock_mhz", "30")]), (Some(30.0), Some(20.0)));
        // A tick given as a time is no clock.
        assert_eq!(clocks(r#"{"tick": "1 ns", "clock": {"mhz": 75}}"#, &[("clock.mhz", "20")]), (None, Some(20.0)));
    }
}
