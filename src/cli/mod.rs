//! The command line: the only module that prints, exits or reads the environment.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0 done; 1 done, and it found
//! what it was asked to flag; 2 error.

mod advice;
mod args;
mod check;
mod classify;
mod colour;
mod compare;
mod diff;
mod find;
mod folder;
mod guide;
mod index;
mod init;
mod list;
mod map;
#[cfg(feature = "nir")]
mod nir;
#[cfg(not(feature = "nir"))]
#[path = "no_nir.rs"]
mod nir;
mod noc;
mod outputs;
mod page;
mod posteriors;
mod progress;
mod provenance;
mod pulse;
mod real;
mod report;
mod run;
mod shell;
mod signals;
mod spikes;
mod terminal;
mod trace;
mod train;
mod train_report;
mod tune;
mod validate;

use crate::session::carry_large_networks;
use args::{Arguments, Command};
use std::io;
use std::path::Path;
use std::process::ExitCode;
use terminal::{LogWriter, print, print_coloured, print_report, tell, to_stderr, width};
use tracing_subscriber::EnvFilter;

/// Result of a command that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CommandOutcome {
    Nothing,
    /// A finding to flag: exit code 1.
    Something,
}

/// Why a command failed: a text for people.
#[derive(Debug)]
struct Failure(String);

impl<E: std::error::Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(advice::in_options(&error))
    }
}

type Done = Result<CommandOutcome, Failure>;

/// Runs the program.
pub fn main() -> ExitCode {
    terminal::tell_panics();
    carry_large_networks();
    let arguments = match args::parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            args::explain(&error);
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    start_log(&arguments);
    let ui = progress::Ui::new(arguments.quiet, arguments.verbose);
    let done = match arguments.command {
        Command::Run(options) => run::run(&options.with_defaults(), &ui),
        Command::Train(options) => train::run(&options, &ui),
        Command::Map(options) => map::run(&options.with_defaults(), &ui),
        Command::Report(options) => report::run(&options, &ui),
        Command::Index(options) => index::run(&options),
        Command::Compare(options) => compare::run(&options, &ui),
        Command::Tune(options) => tune::run(&options, &ui),
        Command::Diff(options) => diff::run(&options),
        Command::Init(options) => init::run(&options),
        Command::Noc(options) => noc::run(&options, &ui),
        Command::Validate(options) => validate::run(&options, &ui),
        Command::Check(options) => check::run(&options),
        #[cfg(feature = "nir")]
        Command::Import(options) => nir::import(&options, &ui),
        #[cfg(feature = "nir")]
        Command::Export(options) => nir::export(&options),
        Command::Chips(options) => list::chips(&options),
        Command::Networks(options) => list::networks(&options),
        Command::Datasets(options) => list::datasets(&options),
        Command::Completions(options) => shell::completions(&options),
        Command::Man(options) => shell::man(&options),
        Command::Version => print(concat!("spikemesh ", env!("CARGO_PKG_VERSION"))).map(|()| CommandOutcome::Nothing),
        Command::Guide(options) => guide::run(&options),
    };
    // A result that could not be printed is an error, but the files that come after it are still written.
    let unprinted = terminal::unprinted().map_or(Ok(()), |why| Err(Failure(why)));
    match done.and_then(|found| unprinted.map(|()| found)) {
        Ok(CommandOutcome::Nothing) => ExitCode::SUCCESS,
        Ok(CommandOutcome::Something) => ExitCode::from(1),
        Err(Failure(text)) => {
            tell(format_args!("error: {text}"));
            ExitCode::from(2)
        }
    }
}

fn start_log(arguments: &Arguments) {
    let level = if arguments.verbose { "spikemesh=info" } else { "warn" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let (_, coloured) = terminal::colours();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(LogWriter { coloured }).with_ansi(coloured);
    // A closed reader of the log is no error either.
    let log = log.log_internal_errors(false);
    // Spans are reported when they close, with the time they took.
    log.with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE).init();
}

/// Writes a report, with how it was made.
fn write_json(path: &Path, report: &serde_json::Value) -> Result<(), Failure> {
    write_plain_json(path, &provenance::with(report))
}

/// Writes a file that other commands read, or one that says itself how it was made.
fn write_plain_json(path: &Path, value: &serde_json::Value) -> Result<(), Failure> {
    write(path, &(crate::json::layout(value) + "\n"))
}

/// Writes a page, with how it was made.
fn write_page(path: &Path, page: &str) -> Result<(), Failure> {
    write(path, &provenance::in_page(page))
}

/// Writes a table, and how it was made beside it.
fn write_table(path: &std::path::PathBuf, table: &str) -> Result<(), Failure> {
    write(path, table)?;
    let beside = provenance::beside(Some(path));
    beside.map_or(Ok(()), |beside| write_plain_json(&beside, &provenance::of_table(path)))
}

/// Writes a file completely or not at all.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    match crate::files::write_atomically(path, text.as_bytes()) {
        // The reader of standard output has closed it.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe && path == Path::new("-") => Ok(()),
        Err(error) => Err(Failure(format!("{}: cannot be written: {error}", path.display()))),
        Ok(()) => Ok(()),
    }
}

/// Whether each write replaces the whole output, as in a file. A stream would show every earlier version, too.
fn can_be_updated(path: &Path) -> bool {
    matches!(crate::files::PathKind::of(path), Ok(crate::files::PathKind::File(_)))
}

fn can_be_written(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let why = match (path.is_dir(), folder.is_dir()) {
        (true, _) => "it is a folder",
        (false, false) => "its folder does not exist",
        (false, true) => return Ok(()),
    };
    Err(Failure(format!("{}: cannot be written: {why}", path.display())))
}
