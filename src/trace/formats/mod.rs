//! Formats of traces. Each is one file, and a line in the table here.

mod csv;
mod dot;
mod fst;
mod names;
#[cfg(feature = "nir")]
mod nir;
mod noxim;
mod out;
#[cfg(feature = "parquet")]
mod parquet;
mod perfetto;
mod row;
mod table;
mod vcd;
mod waves;

pub use table::{MOST_ROWS, TraceTable};

use super::scene::Scene;
use super::{Signal, Sink, TraceError, WantedRecords};
use crate::files::FileKind;
use crate::text::unknown;
use std::path::Path;
use std::sync::Arc;

/// A format.
#[derive(Clone, Copy)]
pub struct TraceFormat {
    /// Its name in options.
    pub name: &'static str,
    /// Description, with programs that read it.
    pub about: &'static str,
    /// Records that it can hold.
    pub signals: &'static [Signal],
    /// How an earlier file of it is recognised.
    pub kind: FileKind,
    /// What opens a file: a command, a call or a page; `{}` is the path, or that of its save file.
    pub reader: &'static str,
    /// Kind of the save file of a viewer that may be beside a file, where the format has one.
    pub save_file: Option<FileKind>,
    open: fn(Opening<'_>) -> Result<Box<dyn Sink>, TraceError>,
}

/// Arguments of a new file.
struct Opening<'a> {
    path: &'a Path,
    scene: Arc<Scene>,
    /// Records of the file: only those that its format can hold.
    wanted: WantedRecords,
    /// Where a save file for a viewer is to be, if one is.
    save: Option<&'a Path>,
}

/// All formats.
pub const FORMATS: &[TraceFormat] = &[
    csv::FORMAT,
    dot::FORMAT,
    fst::FORMAT,
    #[cfg(feature = "nir")]
    nir::FORMAT,
    noxim::FORMAT,
    #[cfg(feature = "parquet")]
    parquet::FORMAT,
    perfetto::FORMAT,
    vcd::FORMAT,
];

/// Names of the formats that this program was built without; each is that of its Cargo feature, too.
const LEFT_OUT: &[&str] = &[
    #[cfg(not(feature = "nir"))]
    "nir",
    #[cfg(not(feature = "parquet"))]
    "parquet",
];

impl TraceFormat {
    /// The format of a name; else an error that names all formats, or the Cargo feature that brings it.
    pub fn named(name: &str) -> Result<&'static Self, String> {
        if LEFT_OUT.contains(&name) {
            return Err(format!(
                "the format \"{name}\" needs the Cargo feature {name}, without which this program was built"
            ));
        }
        let found = FORMATS.iter().find(|format| format.name == name);
        found.ok_or_else(|| unknown(name, &FORMATS.iter().map(|format| format.name).collect::<Vec<_>>()))
    }

    /// Begins a file of what is wanted and the format can hold; the file is there when the sink is finished.
    pub fn open(&self, path: &Path, scene: &Arc<Scene>, wanted: &WantedRecords) -> Result<Box<dyn Sink>, TraceError> {
        self.open_with(path, None, scene, wanted)
    }

    /// The same, with a save file for the format's viewer, in the same folder; see [`TraceFormat::save_file`].
    pub fn open_with(
        &self,
        path: &Path,
        save: Option<&Path>,
        scene: &Arc<Scene>,
        wanted: &WantedRecords,
    ) -> Result<Box<dyn Sink>, TraceError> {
        let kinds: Vec<_> = self.signals.iter().flat_map(|signal| signal.kinds()).copied().collect();
        let wanted = wanted.only(&kinds);
        (self.open)(Opening { path, scene: Arc::clone(scene), wanted, save })
    }
}
