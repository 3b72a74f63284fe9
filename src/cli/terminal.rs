//! The only module that writes to standard output and standard error.
//!
//! Much of the text comes from files: names, paths, values, quotes in messages. Control characters are escaped here
//! (see [`crate::text`]), so no other module has to care. Colours come from the program only.

use super::Failure;
use crate::text::{visible, visible_but_colours};
use clap::builder::styling::Style;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::Display;
use std::io::{self, IsTerminal, StderrLock, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing_subscriber::fmt::MakeWriter;

/// A blank at which no line of help is broken. It is printed as an ordinary one.
pub(super) const UNBROKEN: char = '\u{a0}';

/// Headings in help and reports.
pub(super) const HEADING: Style = Style::new().bold();

/// Prints a result. A reader that closes the pipe early is no error.
pub(super) fn print(text: impl Display) -> Result<(), Failure> {
    put(&visible(&text.to_string()))
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
    let (name, printed) = match TO_STDERR.load(Ordering::Relaxed) {
        true => ("standard error", writeln!(io::stderr().lock(), "{text}")),
        false => ("standard output", writeln!(io::stdout().lock(), "{text}")),
    };
    finished(printed, name);
    Ok(())
}

/// Prints a message on standard error. Write errors are ignored: nobody is left to report them to.
pub(super) fn tell(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{}", visible(&text.to_string()));
}

/// Reports the problem with the arguments, which must already be escaped, or prints the help that was asked for: in
/// colour on a terminal.
pub(super) fn tell_usage(error: &clap::Error) {
    let (out, err) = colours();
    let coloured = if error.use_stderr() { err } else { out };
    let text = error.render();
    let text = if coloured { text.ansi().to_string() } else { text.to_string() };
    let text = text.replace(UNBROKEN, " ");
    let _ = match error.use_stderr() {
        true => write!(io::stderr().lock(), "{text}"),
        false => write!(io::stdout().lock(), "{text}"),
    };
}

/// Whether standard output, and standard error, support colours.
pub(super) fn colours() -> (bool, bool) {
    let wanted = std::env::var_os("NO_COLOR").is_none();
    (wanted && io::stdout().is_terminal(), wanted && io::stderr().is_terminal())
}

/// Columns for tables: those of the terminal, within limits.
pub(super) fn width() -> u16 {
    console::Term::stdout().size_checked().map_or(100, |(_, columns)| columns.clamp(60, 140))
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
