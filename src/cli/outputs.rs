//! Output files of a command, checked before it begins: nothing is replaced that the user has not agreed to lose.

use super::{Failure, to_stderr};
use crate::files::{self, FileKind, PathKind};
pub(super) use crate::session::TRAIN_PAGE;
use std::io;
use std::path::{Path, PathBuf};

/// Pages, by the command that writes them (`report::noc::colours::head` puts the mark there).
pub(super) const RUN_PAGE: FileKind = page(b"content=\"spikemesh run,");
pub(super) const INDEX_PAGE: FileKind = page(b"content=\"spikemesh index,");
pub(super) const MAP_PAGE: FileKind = page(b"content=\"spikemesh map,");
pub(super) const NOC_PAGE: FileKind = page(b"content=\"spikemesh noc,");
pub(super) const COMPARE_PAGE: FileKind = page(b"content=\"spikemesh compare,");
pub(super) const NOC_TABLE: FileKind =
    FileKind::Marked { what: "table of noc", first: b"rate,", holds: b",accepted_flits_per_node_cycle," };
pub(super) const COMPARE_TABLE: FileKind =
    FileKind::Marked { what: "table of compare", first: b"number,chip,", holds: b",status," };

pub(super) const TUNE_PAGE: FileKind = page(b"content=\"spikemesh tune,");
pub(super) const TUNE_TABLE: FileKind =
    FileKind::Marked { what: "table of tune", first: b"evaluation,hypervolume,", holds: b",status," };

pub(super) const OUTPUT_ARRAYS: FileKind =
    FileKind::Marked { what: "file of outputs", first: b"PK\x03\x04", holds: b"spike_counts.npy" };

const fn page(mark: &'static [u8]) -> FileKind {
    FileKind::Marked { what: "page of this command", first: b"<!DOCTYPE html>", holds: mark }
}

pub(super) struct Outputs {
    overwrite: bool,
    all: Vec<OutputFile>,
}

struct OutputFile {
    option: &'static str,
    path: PathBuf,
    /// Kind that the file may replace; `None` where another rule applies.
    kind: Option<FileKind>,
}

impl Outputs {
    pub(super) fn new(overwrite: bool) -> Self {
        Self { overwrite, all: Vec::new() }
    }

    pub(super) fn with(mut self, option: &'static str, path: Option<&PathBuf>, kind: FileKind) -> Self {
        self.all.extend(path.map(|path| OutputFile { option, path: path.clone(), kind: Some(kind) }));
        self
    }

    /// Adds a file that only must not be the same as another.
    pub(super) fn beside(mut self, option: &'static str, path: Option<PathBuf>) -> Self {
        self.all.extend(path.map(|path| OutputFile { option, path, kind: None }));
        self
    }

    /// Refuses, all at once, paths that cannot be written, existing files that would be lost, and files with one path.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let mut problems: Vec<String> = self.all.iter().filter_map(|output| self.problem(output)).collect();
        for (position, output) in self.all.iter().enumerate() {
            if let Some(other) = self.all[..position].iter().find(|other| same(&other.path, &output.path)) {
                let OutputFile { option, path, .. } = output;
                let what = match *option == other.option {
                    true => "is given twice".to_owned(),
                    false => format!("is what {} writes", other.option),
                };
                problems.push(format!("{option}: {} {what}", path.display()));
            }
        }
        if self.all.iter().any(|output| output.path == Path::new("-")) {
            to_stderr();
        }
        problems.dedup();
        if problems.is_empty() { Ok(()) } else { Err(Failure(problems.join("\n"))) }
    }

    fn problem(&self, OutputFile { option, path, kind }: &OutputFile) -> Option<String> {
        let kind = (*kind)?;
        let name = path.display();
        let unwritable = |why: &dyn std::fmt::Display| Some(format!("{name}: cannot be written: {why}"));
        match PathKind::of(path) {
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => return unwritable(&"it is a folder"),
            Err(error) => return unwritable(&error),
            Ok(PathKind::Stream) => return None,
            Ok(PathKind::File(target))
                if !target.parent().is_none_or(|folder| folder.as_os_str().is_empty() || folder.is_dir()) =>
            {
                return unwritable(&"its folder does not exist");
            }
            Ok(PathKind::File(_)) => {}
        }
        match kind.may_replace(path) {
            Err(error) if !self.overwrite => return unwritable(&format!("what is there cannot be read: {error}")),
            Ok(false) if !self.overwrite => return Some(there(option, path, kind)),
            _ => {}
        }
        files::can_begin(path).err().and_then(|error| unwritable(&error))
    }
}

fn there(option: &str, path: &Path, kind: FileKind) -> String {
    let path = path.display();
    match kind {
        FileKind::Input { what } => {
            format!("{option}: {path} is there already, and {what} is not replaced without --overwrite")
        }
        _ => format!(
            "{option}: {path} is there already, and is not {}; it is not replaced without --overwrite",
            kind.what()
        ),
    }
}

/// Whether two paths name the same file or stream. The null device never counts as the same.
fn same(one: &Path, other: &Path) -> bool {
    match (PathKind::of(one), PathKind::of(other)) {
        (Ok(PathKind::File(one)), Ok(PathKind::File(other))) => one == other,
        _ => one == other && one != Path::new("/dev/null"),
    }
}
