//! The only module that writes to standard output and standard error.
//!
//! Much of the text comes from files: names, paths, values, quotes in messages. Control characters are escaped here
//! (see [`crate::text`]), so no other module has to care. Colours come from the program only.

use super::Failure;
use super::colour::{marked, styled};
use crate::text::{visible, visible_but_colours};

use console::Term;
use indicatif::MultiProgress;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::Display;
use std::io::{self, IsTerminal, StderrLock, Write};
use std::ops::RangeInclusive;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing_subscriber::fmt::MakeWriter;

/// A blank at which no line of help is broken. It is printed as an ordinary one.
pub(super) const UNBROKEN: char = '\u{a0}';

/// Prints a result. A reader that closes the pipe early is no error.
pub(super) fn print(text: impl Display) -> Result<(), Failure> {
    put(&visible(&text.to_string()))
}

/// Prints a report: with bold headings, and colour where it says whether the chip computes what it should.
pub(super) fn print_report(text: &str) -> Result<(), Failure> {
    let safe = fitted(&visible(text), width());
    if colours().0 { put(&styled(&safe)) } else { put(&safe) }
}

/// The text with long lines broken at blanks; tables are laid out already.
fn fitted(text: &str, width: u16) -> String {
    let options = textwrap::Options::new(width.into()).break_words(false);
    let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
    let line = |line: &str| match line.starts_with([' ', '─']) || console::measure_text_width(line) <= width.into() {
        true => line.to_owned(),
        false => {
            // Below the text, where a label and blanks are before it.
            let label =
                line.find("  ").filter(|at| *at < 16).map_or(0, |at| line.len() - line[at..].trim_start().len());
            textwrap::fill(line, options.clone().subsequent_indent(&" ".repeat(label)))
        }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn print_coloured(text: &str) -> Result<(), Failure> {
    put(&visible_but_colours(text))
}

/// Whether a file is written to standard output, so that results for people go to standard error.
static TO_STDERR: AtomicBool = AtomicBool::new(false);
static UNPRINTED: OnceLock<String> = OnceLock::new();

/// Reserves standard output for a file.
pub(super) fn to_stderr() {
    TO_STDERR.store(true, Ordering::Relaxed);
}

/// Why a result could not be printed, if so. Files that are still to be written matter more than the rest of the text,
/// so this is reported at the end.
pub(super) fn unprinted() -> Option<String> {
    UNPRINTED.get().cloned()
}

/// Prints a file for other programs, such as a script, as it is.
pub(super) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    finished(io::stdout().lock().write_all(bytes), "standard output");
    Ok(())
}

fn finished(printed: io::Result<()>, name: &str) {
    if let Err(error) = printed
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        UNPRINTED.get_or_init(|| format!("{name}: {error}"));
    }
}

fn put(text: &str) -> Result<(), Failure> {
    let (name, printed) = bars().suspend(|| match TO_STDERR.load(Ordering::Relaxed) {
        true => ("standard error", writeln!(io::stderr().lock(), "{text}")),
        false => ("standard output", writeln!(io::stdout().lock(), "{text}")),
    });
    finished(printed, name);
    Ok(())
}

/// Prints a message on standard error. Write errors are ignored: nobody is left to report them to.
pub(super) fn tell(text: impl Display) {
    let text = text.to_string();
    let safe = visible(&text);
    let text = if colours().1 { marked(&safe) } else { safe.as_ref().into() };
    bars().suspend(|| {
        let _ = writeln!(io::stderr().lock(), "{text}");
    });
}

/// The progress bars that are on the terminal. Whatever else is printed there clears them first.
pub(super) fn bars() -> &'static MultiProgress {
    static BARS: OnceLock<MultiProgress> = OnceLock::new();
    BARS.get_or_init(MultiProgress::new)
}

/// Reports the problem with the arguments, which must already be escaped, or prints the help that was asked for: in
/// colour on a terminal.
pub(super) fn tell_usage(error: &clap::Error) {
    let (out, err) = colours();
    let coloured = if error.use_stderr() { err } else { out };
    let text = error.render();
    let text = if coloured { text.ansi().to_string() } else { text.to_string() };
    // Errors quote as the program's own messages do.
    let text = if error.use_stderr() { text.replace('\'', "\"") } else { text.replace(UNBROKEN, " ") };
    let _ = match error.use_stderr() {
        true => write!(io::stderr().lock(), "{text}"),
        false => write!(io::stdout().lock(), "{text}"),
    };
}

/// Removes the progress bars, before the program ends.
pub(super) fn clear_bars() {
    // The terminal may be gone.
    let _ = bars().clear();
}

/// Whether results, and messages on standard error, are in colour.
///
/// A terminal has colours unless `NO_COLOR` is set (no-color.org), or `CLICOLOR` is 0, or it is a dumb one. Where there is no
/// terminal, `CLICOLOR_FORCE` or `FORCE_COLOR` ask for colours; `NO_COLOR` is stronger.
pub(super) fn colours() -> (bool, bool) {
    let is =
        |name: &str, wanted: fn(&str) -> bool| std::env::var_os(name).is_some_and(|v| wanted(&v.to_string_lossy()));
    let forced = ["CLICOLOR_FORCE", "FORCE_COLOR"].iter().any(|name| is(name, |v| !v.is_empty() && v != "0"));
    let refused = is("NO_COLOR", |v| !v.is_empty());
    let usual = !is("CLICOLOR", |v| v == "0") && !is("TERM", |v| v == "dumb");
    let of = |terminal: bool| !refused && (forced || (usual && terminal));
    let err = of(io::stderr().is_terminal());
    (if TO_STDERR.load(Ordering::Relaxed) { err } else { of(io::stdout().is_terminal()) }, err)
}

/// Columns of lines that are not limited by a terminal.
const USUAL: u16 = 80;
/// Limits of the columns of a result: tables have no room in fewer, and lines are hard to read in more.
const COLUMNS: RangeInclusive<u16> = 40..=140;

/// Columns for results: those that `COLUMNS` gives, else those of the terminal that they go to, or that standard error
/// goes to, else 80.
pub(super) fn width() -> u16 {
    let asked = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse::<u32>().ok()).filter(|n| *n > 0);
    let asked = asked.map(|columns| u16::try_from(columns).unwrap_or(u16::MAX));
    let of = |term: Term| term.size_checked().map(|(_, columns)| columns).filter(|columns| *columns > 0);
    let result = || if TO_STDERR.load(Ordering::Relaxed) { None } else { of(Term::stdout()) };
    let found = asked.or_else(result).or_else(|| of(Term::stderr())).unwrap_or(USUAL);
    found.clamp(*COLUMNS.start(), *COLUMNS.end())
}

/// Columns of the terminal that progress bars are on.
pub(super) fn stderr_columns() -> u16 {
    Term::stderr().size_checked().map_or(USUAL, |(_, columns)| columns)
}

/// Prints panics like other messages: a panic may quote text that was read.
pub(super) fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current();
        let trace = Backtrace::capture();
        let trace = if trace.status() == BacktraceStatus::Captured { format!("\n{trace}") } else { String::new() };
        tell(format_args!("thread \"{}\" {panic}{trace}", thread.name().unwrap_or("unnamed")));
    }));
}

/// Writer of the log: whole lines to standard error.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogWriter {
    pub(super) coloured: bool,
}

impl MakeWriter<'_> for LogWriter {
    type Writer = LogLine;

    fn make_writer(&self) -> LogLine {
        LogLine { to: io::stderr().lock(), coloured: self.coloured }
    }
}

/// Buffer on the way to the log; the log writes whole lines.
#[derive(Debug)]
pub(super) struct LogLine {
    to: StderrLock<'static>,
    coloured: bool,
}

impl Write for LogLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let safe = if self.coloured { visible_but_colours(&text) } else { visible(&text) };
        self.to.write_all(safe.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
