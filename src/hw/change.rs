//! Changes numbers of a chip file before it is read, as sweeps and `--set` do.

use crate::json::Document;

/// Fields that may give the frequency of the one clock: the tick, and the clock of reports (MHz).
pub(super) const CLOCKS: [&str; 2] = ["tick.clock_mhz", "clock.mhz"];

/// Sets numbers of a chip file by their paths; gives their previous values, as the file has them. A chip has one clock:
/// where the file gives it twice and one of them is changed, the other follows.
///
/// # Errors
/// A path without a number, or a value that is not a number.
pub fn set_numbers(document: &mut Document, changes: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let was = changes.iter().map(|(path, value)| document.set_number(path, value)).collect::<Result<_, _>>()?;
    for [path, other] in [CLOCKS, [CLOCKS[1], CLOCKS[0]]] {
        let is_changed = |path: &str| changes.iter().any(|(changed, _)| *changed == path);
        // The reader compares the two.
        if !is_changed(path) || is_changed(other) || !CLOCKS.iter().all(|clock| document.has(clock)) {
            continue;
        }
        if let Some((_, value)) = changes.iter().rev().find(|(changed, _)| *changed == path) {
            document.set_number(other, value)?;
        }
    }
    Ok(was)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clocks(text: &str, changes: &[(&str, &str)]) -> (Option<f64>, Option<f64>) {
        let mut document = Document::parse("chip.json", text).unwrap();
        set_numbers(&mut document, changes).unwrap();
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
