//! `index`: a page over several saved runs.

use super::args::IndexOptions;
use super::outputs::{INDEX_PAGE, Outputs, RUN_PAGE};
use super::{CommandOutcome, Done, Failure, write_page};
use crate::report::{IndexedRun, index_html, load_run};
use std::path::{Component, Path, PathBuf};

pub(super) fn run(options: &IndexOptions) -> Done {
    Outputs::new(options.replace.overwrite).with("--html", Some(&options.html), INDEX_PAGE).check()?;
    let mut runs = Vec::new();
    let mut problems = Vec::new();
    for file in &options.files {
        match load_run(file) {
            Ok(summary) => {
                runs.push(IndexedRun { summary, file: file.display().to_string(), page: page_of(file, &options.html) });
            }
            Err(error) => {
                let Failure(text) = error.into();
                problems.push(text);
            }
        }
    }
    if !problems.is_empty() {
        return Err(Failure(problems.join("\n")));
    }
    write_page(&options.html, &index_html(&runs))?;
    Ok(CommandOutcome::Nothing)
}

/// The address of the page beside a saved run, from the folder of the index; `None` if there is no such page.
fn page_of(run: &Path, index: &Path) -> Option<String> {
    let page = run.with_extension("html");
    // Of this kind is also a file that is empty or not there, which a page may replace.
    let written = std::fs::metadata(&page).is_ok_and(|file| file.is_file() && file.len() > 0);
    if !written || !RUN_PAGE.may_replace(&page).unwrap_or(false) {
        return None;
    }
    let folder = index.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let way = relative(&folder.canonicalize().ok()?, &page.canonicalize().ok()?)?;
    let parts: Option<Vec<String>> = way.components().map(|part| Some(encoded(part.as_os_str().to_str()?))).collect();
    Some(parts?.join("/"))
}

/// The way from a folder to a file; both are absolute.
fn relative(folder: &Path, file: &Path) -> Option<PathBuf> {
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (folder.components().collect(), file.components().collect());
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    // Two drives have no way between them.
    (same > 0).then(|| {
        let up = from[same..].iter().map(|_| Component::ParentDir);
        up.chain(to[same..].iter().copied()).collect()
    })
}

/// A part of an address.
fn encoded(part: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    part.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_linked_by_the_way_from_the_index() {
        let way = |folder: &str, file: &str| relative(Path::new(folder), Path::new(file)).unwrap();
        assert_eq!(way("/a/b", "/a/b/run.html"), Path::new("run.html"));
        assert_eq!(way("/a/b", "/a/c/run.html"), Path::new("../c/run.html"));
        assert_eq!(encoded("a b#1?é.html"), "a%20b%231%3F%C3%A9.html");
        assert_eq!(encoded(".."), "..");
    }
}
