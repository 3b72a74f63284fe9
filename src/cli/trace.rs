//! Files to which a run is traced, and the save files of viewers beside them.

use super::Failure;
use super::args::{TraceFile, TraceOptions};
use super::outputs::Outputs;
use super::progress::Ui;
use crate::files::PathKind;
use crate::run::Traced;
use crate::text::in_line;
use crate::trace::formats::TraceFormat;
use crate::trace::scene::Scene;
use crate::trace::{Kind, Sink, WantedRecords};
use indicatif::HumanCount;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) struct Traces {
    wanted: WantedRecords,
    samples: usize,
    sink: Vec<Box<dyn Sink>>,
    files: Vec<TracedTo>,
}

/// A file of a trace.
struct TracedTo {
    format: &'static TraceFormat,
    path: PathBuf,
    save: Saved,
}

/// What becomes of the save file of a trace's viewer.
enum Saved {
    /// The format has none, or the trace goes to a pipe.
    None,
    Written(PathBuf),
    /// One is there that its user has changed, or that is something else: it stays.
    Kept(PathBuf),
}

/// Reports problems with the options, and with the other files of the command, before the run.
pub(super) fn check(options: &TraceOptions, outputs: Outputs) -> Result<(), Failure> {
    options.filter().map_err(Failure)?;
    let mut outputs = outputs;
    for (file, save) in options.trace.iter().zip(save_files(&options.trace)) {
        outputs = outputs.with("--trace", Some(&file.path), TraceFormat::named(file.format).map_err(Failure)?.kind);
        outputs = outputs.beside("--trace", save);
    }
    outputs.check()
}

/// The save files of traces: the trace's name with another extension, or with one more where that is taken.
fn save_files(traces: &[TraceFile]) -> Vec<Option<PathBuf>> {
    let mut taken: Vec<PathBuf> = traces.iter().map(|file| file.path.clone()).collect();
    let mut saves = Vec::new();
    for file in traces {
        let has_one = TraceFormat::named(file.format).is_ok_and(|format| format.save_file.is_some());
        let is_file = matches!(PathKind::of(&file.path), Ok(PathKind::File(_)));
        let short = file.path.with_extension("gtkw");
        let mut long = file.path.file_name().map_or_else(OsString::new, OsString::from);
        long.push(".gtkw");
        let save = if taken.contains(&short) { file.path.with_file_name(long) } else { short };
        saves.push((has_one && is_file).then(|| {
            taken.push(save.clone());
            save
        }));
    }
    saves
}

fn saved(format: &TraceFormat, save: Option<PathBuf>, overwrite: bool) -> Saved {
    let may_replace =
        |path: &Path| overwrite || format.save_file.is_some_and(|kind| kind.may_replace(path).unwrap_or(false));
    match save {
        None => Saved::None,
        Some(path) if may_replace(&path) => Saved::Written(path),
        Some(path) => Saved::Kept(path),
    }
}

pub(super) fn open(
    options: &TraceOptions,
    overwrite: bool,
    scene: impl FnOnce() -> Scene,
) -> Result<Option<Traces>, Failure> {
    if options.trace.is_empty() {
        return Ok(None);
    }
    let scene = Arc::new(scene());
    let told = |what: String| Failure(format!("--trace-filter: {what}"));
    let wanted = options.filter().map_err(Failure)?.wanted(&scene).map_err(told)?;
    let (mut sink, mut files) = (Vec::new(), Vec::new());
    let mut kinds: Vec<Kind> = Vec::new();
    for (file, save) in options.trace.iter().zip(save_files(&options.trace)) {
        let format = TraceFormat::named(file.format).map_err(Failure)?;
        kinds.extend(format.signals.iter().flat_map(|signal| signal.kinds()));
        let save = saved(format, save, overwrite);
        let written = if let Saved::Written(path) = &save { Some(path.as_path()) } else { None };
        sink.push(format.open_with(&file.path, written, &scene, &wanted)?);
        files.push(TracedTo { format, path: file.path.clone(), save });
    }
    // Drops records that no format can hold.
    Ok(Some(Traces { wanted: wanted.only(&kinds), samples: options.trace_samples, sink, files }))
}

impl Traces {
    /// Reports how much of a run of `count` samples is traced.
    pub(super) fn tell(&self, count: usize, ui: &Ui) {
        if self.samples < count {
            let some = if self.samples == 1 { "the first".to_owned() } else { format!("the first {}", self.samples) };
            ui.note(format!("trace: {some} of {count} samples (--trace-samples)"));
        }
    }

    pub(super) fn traced(&mut self) -> Traced<'_> {
        Traced { wanted: self.wanted.clone(), samples: self.samples, sink: &mut self.sink }
    }

    /// What was written, a line for each file, and what opens it.
    pub(super) fn written(&self) -> Vec<String> {
        let files = self.files.iter().zip(&self.sink);
        let files = files.filter(|(file, _)| matches!(PathKind::of(&file.path), Ok(PathKind::File(_))));
        files.map(|(file, sink)| file.line(&sink.contents())).collect()
    }
}

impl TracedTo {
    fn line(&self, contents: &[(u64, &'static str)]) -> String {
        let mut parts: Vec<String> =
            contents.iter().map(|(count, what)| format!("{} {what}", HumanCount(*count))).collect();
        parts.extend(std::fs::metadata(&self.path).ok().map(|meta| size(meta.len())));
        let (opened, kept) = match &self.save {
            Saved::None => (&self.path, ""),
            Saved::Written(save) => (save, ""),
            Saved::Kept(save) => (save, " (not written by this program, and kept as it is)"),
        };
        let opened = self.format.reader.replace("{}", &quoted(opened, self.format.reader.contains('"')));
        format!("{}: {}; open with: {opened}{kept}", in_line(&self.path.display().to_string()), parts.join(", "))
    }
}

/// A path in a call, between quotes, or as a word of a shell.
fn quoted(path: &Path, is_in_call: bool) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "._/+-=@:,".contains(c);
    match is_in_call {
        true => text.replace('\\', "\\\\").replace('"', "\\\""),
        false if text.chars().all(is_plain) => text,
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// A size in bytes, kilobytes and so on, with at most three digits.
fn size(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["bytes", "KB", "MB", "GB"] {
        if size < 999.5 {
            let decimals = usize::from(size < 9.95 && unit != "bytes");
            return format!("{size:.decimals$} {unit}");
        }
        size /= 1000.0;
    }
    format!("{size:.0} TB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_paths_are_short_and_safe() {
        let sizes = [0, 999, 1000, 22_400, 999_600, 5_300_000, 7_200_000_000_000].map(size);
        assert_eq!(sizes, ["0 bytes", "999 bytes", "1.0 KB", "22 KB", "1.0 MB", "5.3 MB", "7 TB"]);
        let quoted = |path: &str, is_in_call| quoted(Path::new(path), is_in_call);
        assert_eq!(quoted("out/run.gtkw", false), "out/run.gtkw");
        assert_eq!(quoted("my run's.gtkw", false), "'my run'\\''s.gtkw'");
        assert_eq!(quoted("a \"b\".csv", true), "a \\\"b\\\".csv");
    }

    #[test]
    fn every_dump_has_a_save_file_of_its_own() {
        let file = |format, path: &str| TraceFile { format, path: path.into() };
        let saves = |files: &[TraceFile]| {
            let saves = save_files(files).into_iter();
            saves.map(|save| save.map_or("-".to_owned(), |path| path.display().to_string())).collect::<Vec<_>>()
        };
        assert_eq!(saves(&[file("vcd", "a/run.vcd"), file("csv", "a/run.csv")]), ["a/run.gtkw", "-"]);
        assert_eq!(saves(&[file("vcd", "run.vcd"), file("fst", "run.fst")]), ["run.gtkw", "run.fst.gtkw"]);
        assert_eq!(saves(&[file("vcd", "run.gtkw")]), ["run.gtkw.gtkw"]);
        assert_eq!(saves(&[file("vcd", "-"), file("fst", "/dev/null")]), ["-", "-"]);
    }
}
