//! The chip files that the library contains.

use include_dir::{Dir, include_dir};

/// The folder of chip files.
pub static CHIP_FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/hw_models");

/// The name of a built-in chip's file in messages, and its text.
pub(super) fn text_of(name: &str) -> Option<(String, &'static str)> {
    let file = format!("{name}.json");
    let text = CHIP_FILES.get_file(&file)?.contents_utf8()?;
    Some((format!("hw_models/{file}"), text))
}

/// Names of all built-in chips, sorted.
pub(super) fn names() -> Vec<&'static str> {
    let files = CHIP_FILES.files().filter_map(|file| file.path().to_str()?.strip_suffix(".json"));
    let mut names: Vec<&str> = files.collect();
    names.sort_unstable();
    names
}
