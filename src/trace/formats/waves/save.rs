//! A save file for GTKWave beside a dump: which signals are shown, in which order and how.
//!
//! What the whole chip does comes first, then layers, the busiest cores and links, and single neurons in closed groups. The
//! lists are bounded, and say how many are left out.

use super::counters::Counters;
use super::variables::Variables;
use super::{VarShape, Wave, Waves, choice};
use crate::files::FileKind;
use crate::text::in_line;
use crate::trace::TraceError;
use crate::trace::formats::out::{OutFile, at};
use crate::units::Tick;
use std::collections::HashMap;
use std::io::Write as _;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// How an earlier save file of ours is recognised. One that GTKWave has saved has another beginning: it is its user's.
pub(in crate::trace::formats) const SAVE_FILE: FileKind =
    FileKind::Marked { what: "GTKWave save file of a trace", first: b"[*] spikemesh ", holds: b"[dumpfile]" };

/// Markers that GTKWave has, `A` to `Z`.
const MARKERS: usize = 26;
/// Width of the wave pane (pixels), in which the whole run is to fit.
const PIXELS: f64 = 930.0;
/// Pixels whose time a zoom is the logarithm of.
const FRAME: f64 = 200.0;

/// What is noted for a save file while a run is traced.
#[derive(Debug)]
pub(super) struct SaveFile {
    path: PathBuf,
    dump: String,
    /// When the first steps and the first samples begin, and their numbers: one more of each than there are markers.
    steps: Vec<(Tick, u32)>,
    samples: Vec<(Tick, u32)>,
}

/// The names of some variables in the file: what declares them says so once more.
struct VarNames<W> {
    names: HashMap<u32, String>,
    scopes: Vec<String>,
    first: String,
    count: u32,
    wave: PhantomData<fn() -> W>,
}

impl<W: Wave> VarNames<W> {
    fn of(names: HashMap<u32, String>, waves: &Waves<W>) -> Result<Self, TraceError> {
        let mut all = Self { names, scopes: Vec::new(), first: String::new(), count: 0, wave: PhantomData };
        Variables::declare(&mut all, &waves.scene, &waves.wanted, &mut Counters::default())?;
        Ok(all)
    }
}

impl<W: Wave> Wave for VarNames<W> {
    const UNICODE: bool = W::UNICODE;

    fn comment(&mut self, _text: &str) -> Result<(), TraceError> {
        Ok(())
    }

    fn scope(&mut self, name: &str) -> Result<(), TraceError> {
        if self.first.is_empty() {
            name.clone_into(&mut self.first);
        }
        self.scopes.push(name.to_owned());
        Ok(())
    }

    fn up(&mut self) -> Result<(), TraceError> {
        self.scopes.pop();
        Ok(())
    }

    fn var(&mut self, name: &str, _shape: VarShape) -> Result<(), TraceError> {
        if let Some(full) = self.names.get_mut(&self.count) {
            *full = format!("{}.{name}", self.scopes.join("."));
        }
        self.count += 1;
        Ok(())
    }

    fn start(&mut self) -> Result<(), TraceError> {
        Ok(())
    }

    fn time(&mut self, _time: u64) -> Result<(), TraceError> {
        Ok(())
    }

    fn event(&mut self, _var: u32) -> Result<(), TraceError> {
        Ok(())
    }

    fn number(&mut self, _var: u32, _shape: VarShape, _value: i64) -> Result<(), TraceError> {
        Ok(())
    }

    fn real(&mut self, _var: u32, _value: f64) -> Result<(), TraceError> {
        Ok(())
    }

    fn finish(&mut self) -> Result<(), TraceError> {
        Ok(())
    }
}

impl SaveFile {
    pub(super) fn of(path: &Path, dump: &Path) -> Self {
        let dump = dump.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { path: path.to_owned(), dump, steps: Vec::new(), samples: Vec::new() }
    }

    pub(super) fn step(&mut self, at: Tick, number: u32) {
        if self.steps.len() <= MARKERS {
            self.steps.push((at, number));
        }
    }

    pub(super) fn sample(&mut self, at: Tick, number: u32) {
        if self.samples.len() <= MARKERS {
            self.samples.push((at, number));
        }
    }

    /// Writes the file, when all of the dump is there.
    pub(super) fn finish<W: Wave>(self, waves: &Waves<W>) -> Result<(), TraceError> {
        let mut out = OutFile::create(&self.path)?;
        let text = self.text(waves)?;
        out.write_all(text.as_bytes()).map_err(at(out.path()))?;
        out.keep()
    }

    fn text<W: Wave>(&self, waves: &Waves<W>) -> Result<String, TraceError> {
        let groups = choice::groups(waves, self.samples.len() > 1, self.steps.len() > MARKERS);
        let mut vars: HashMap<u32, String> = HashMap::new();
        for row in groups.iter().flat_map(|group| &group.rows) {
            vars.insert(row.var, String::new());
        }
        let names = VarNames::of(vars, waves)?;
        let mut text = self.head(waves.out.now.unwrap_or(0), waves.viewed);
        text += &format!("[treeopen] {}.\n", names.first);
        let mut flags = 0;
        for group in &groups {
            group.write(&names.names, &mut flags, &mut text);
        }
        Ok(text)
    }

    /// All but the signals. GTKWave counts time in units of which a tick has `viewed`.
    fn head(&self, end: Tick, viewed: u64) -> String {
        let save = self.path.file_name().unwrap_or_default().to_string_lossy();
        let version = env!("CARGO_PKG_VERSION");
        let mut text = format!("[*] spikemesh {version}: what GTKWave shows of {}\n", in_line(&self.dump));
        // Both names without a folder: GTKWave looks for the dump beside this file.
        text += &format!("[dumpfile] \"{}\"\n[savefile] \"{}\"\n", in_line(&self.dump), in_line(&save));
        text += "[timestart] 0\n[size] 1400 1000\n[pos] -1 -1\n";
        let end = end.saturating_mul(viewed).max(1) as f64;
        text += &format!("*{:.6} -1", -(end * FRAME / PIXELS).log2());
        let marked: Vec<_> =
            self.marked().iter().filter_map(|(tick, number)| Some((tick.checked_mul(viewed)?, number))).collect();
        for marker in 0..MARKERS {
            text += &marked.get(marker).map_or(" -1".to_owned(), |(time, _)| format!(" {time}"));
        }
        text.push('\n');
        for (letter, (_, number)) in ('A'..='Z').zip(&marked) {
            text += &format!("[markername] {letter}{number}\n");
        }
        text + "[sst_expanded] 0\n[signals_width] 300\n"
    }

    /// Times that get a marker: the beginnings of steps, else of samples, where there are not too many.
    fn marked(&self) -> &[(Tick, u32)] {
        let few = |times: &[(Tick, u32)]| times.len() > 1 && times.len() <= MARKERS;
        [&self.steps, &self.samples].into_iter().find(|times| few(times)).map_or(&[], |times| times)
    }
}
