//! What an output says of its making: the program and its version, digests of what was read, and the command.
//!
//! Commands note what they read where they read it; all that is written afterwards says so. What may differ between equal
//! runs is in one object, `host`. Of that, `threads` and `wall_seconds` have stood at the top of some reports before there
//! was such an object, and still do.

use super::page::command;
use crate::report::{ContentDigest, SourceKind, with_making};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Schema of the file beside a table.
pub(super) const TABLE_SCHEMA: &str = "spikemesh.table/1";

/// What this command has read, by kind and name.
static READ: Mutex<Vec<ContentDigest>> = Mutex::new(Vec::new());

/// Notes what was read. What was read before under the same name takes the place of it.
pub(super) fn note(what: SourceKind, name: &str, digest: u64) {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.retain(|known| known.what != what.name() || known.name != name);
    read.push(ContentDigest { what: what.name(), name: name.to_owned(), digest });
    read.sort_by(|a, b| (a.what, &a.name).cmp(&(b.what, &b.name)));
}

/// Notes what a saved report was made of; `run` comes before the names.
pub(super) fn note_again(known: &ContentDigest, run: &str) {
    let kinds = [SourceKind::Chip, SourceKind::Network, SourceKind::Data, SourceKind::Comparison];
    kinds
        .into_iter()
        .filter(|kind| kind.name() == known.what)
        .for_each(|kind| note(kind, &format!("{run}{}", known.name), known.digest));
}

/// Digests of what was read so far.
pub(super) fn digests() -> Vec<ContentDigest> {
    READ.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The command that runs.
pub(super) fn this_command() -> String {
    command(std::env::args_os().skip(1))
}

/// A report with its making.
pub(super) fn with(report: &Value) -> Value {
    with_making(report, &digests(), &this_command())
}

/// A page with its making, as metadata in its head.
pub(super) fn in_page(page: &str) -> String {
    const AFTER: &str = "<meta charset=\"utf-8\">";
    let escaped = |text: &str| {
        let text = text.replace('&', "&amp;").replace('"', "&quot;");
        text.replace('<', "&lt;").replace('>', "&gt;")
    };
    let meta = |name: &str, content: &str| format!("<meta name=\"{name}\" content=\"{}\">", escaped(content));
    let read = digests();
    let of_digest = |known: &ContentDigest| {
        meta(&format!("spikemesh:{}", known.what), &format!("{} {:016x}", known.name, known.digest))
    };
    let all: String = read.iter().map(of_digest).chain([meta("spikemesh:command", &this_command())]).collect();
    page.replacen(AFTER, &format!("{AFTER}{all}"), 1)
}

/// The file beside a table, which has its making: readers of tables know no comments. None where the table is a stream.
pub(super) fn beside(table: Option<&PathBuf>) -> Option<PathBuf> {
    let table = table.filter(|path| !is_stream(path))?;
    let mut name = table.clone().into_os_string();
    name.push("-metadata.json");
    Some(name.into())
}

fn is_stream(path: &Path) -> bool {
    !matches!(crate::files::PathKind::of(path), Ok(crate::files::PathKind::File(_)))
}

/// What the file beside a table says.
pub(super) fn of_table(table: &Path) -> Value {
    let name = table.file_name().unwrap_or_default().to_string_lossy();
    with(&json!({"schema": TABLE_SCHEMA, "table": name}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_its_making_where_names_are_text() {
        note(SourceKind::Network, "a\"<b>&", 0x2a);
        let page = in_page("<html><head><meta charset=\"utf-8\"><title>x</title></head></html>");
        assert!(
            page.contains("<meta name=\"spikemesh:network\" content=\"a&quot;&lt;b&gt;&amp; 000000000000002a\">"),
            "{page}"
        );
        assert!(page.contains("<meta name=\"spikemesh:command\" content=\"spikemesh"), "{page}");
        // Read again, it has another digest.
        note(SourceKind::Network, "a\"<b>&", 0x2b);
        assert_eq!(digests().iter().filter(|known| known.name.starts_with('a')).count(), 1);
    }

    #[test]
    fn what_varies_is_in_one_object() {
        let report = with(&json!({"schema": "x", "threads": 2, "wall_seconds": 0.5}));
        assert_eq!((&report["host"]["threads"], &report["host"]["wall_seconds"]), (&json!(2), &json!(0.5)));
        assert_eq!(
            (&report["threads"], &report["made_by"]),
            (&json!(2), &json!(concat!("spikemesh ", env!("CARGO_PKG_VERSION"))))
        );
        // A report of a trained network says which program trained it.
        assert_eq!(with(&json!({"made_by": "another"}))["made_by"], "another");
        assert_eq!(beside(Some(&PathBuf::from("a/b.csv"))), Some(PathBuf::from("a/b.csv-metadata.json")));
        assert_eq!(beside(Some(&PathBuf::from("-"))), None);
    }
}
