//! `compare --file`: options from a sweep file, below those on the command line.

use crate::cli::Failure;
use crate::cli::args::{self, Arguments, Command, CompareOptions};
use crate::explore::SweepFile;
use crate::session::catalog::{as_argument, is_path};
use clap::parser::ValueSource;
use clap::{ArgMatches, FromArgMatches, ValueEnum};
use std::path::{Path, PathBuf};

/// The options, of a command, with those of the sweep file that is named in them.
pub(in crate::cli) fn with_file(options: &CompareOptions, command: &str) -> Result<Option<CompareOptions>, Failure> {
    let Some(path) = &options.file else { return Ok(None) };
    let file = SweepFile::load(path)?;
    // Whether an option was given, even if with its default value.
    let matches = args::command(80).try_get_matches_from(std::env::args_os()).ok();
    let matches = matches.as_ref().and_then(|all| all.subcommand_matches(command));
    Ok(Some(merged(options.clone(), file, path, &|option| is_given(matches, option))))
}

fn is_given(matches: Option<&ArgMatches>, option: &str) -> bool {
    let known = matches.filter(|matches| matches.try_contains_id(option).is_ok());
    known.is_some_and(|matches| matches.value_source(option) == Some(ValueSource::CommandLine))
}

/// The options of a sweep file alone.
pub(super) fn alone(path: &Path) -> Result<CompareOptions, Failure> {
    let file = SweepFile::load(path)?;
    let matches = args::command(80).try_get_matches_from(["spikemesh", "compare"]);
    let arguments = matches.and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = arguments.map_err(|error| Failure(error.to_string()))?;
    match arguments.command {
        Command::Compare(options) => Ok(merged(*options, file, path, &|_| false)),
        _ => Err(Failure("compare is not a command".into())),
    }
}

fn merged(
    mut options: CompareOptions,
    file: SweepFile,
    path: &Path,
    is_given: &dyn Fn(&str) -> bool,
) -> CompareOptions {
    let folder = path.parent().unwrap_or(Path::new(""));
    // Without the `.` of "./mine.json", but still as a path.
    let joined = |name: &str| as_argument(&folder.join(name).components().collect::<PathBuf>());
    let here = |name: String| if is_path(&name) { joined(&name) } else { name };
    /// Takes a value of the file where the command line has none.
    macro_rules! take {
        ($option:literal, $place:expr, $value:expr) => {
            if let (Some(value), false) = ($value, is_given($option)) {
                $place = value;
            }
        };
    }
    take!("chips", options.chips, file.chips.map(|chips| chips.into_iter().map(here).collect()));
    take!("network", options.network.network, file.network.map(here));
    // Axes of the command line take the place of those of the same name.
    let own = std::mem::take(&mut options.set);
    let of_file = file.set.unwrap_or_default().into_iter();
    options.set = of_file.filter(|axis| own.iter().all(|other| other.name != axis.name)).map(Into::into).collect();
    options.set.extend(own);
    take!("zip", options.zip, file.zip);
    take!("retrain", options.retrain, file.retrain);
    take!("data", options.input.data, file.data.map(here).map(Some));
    take!("samples", options.input.samples, file.samples.map(Some));
    take!("steps", options.steps, file.steps.map(Some));
    take!("timing", options.timing, file.timing.and_then(|word| ValueEnum::from_str(word, false).ok()));
    take!("partitioner", options.search.partitioner, file.partitioner.map(str::to_owned));
    take!("share_cores", options.search.share_cores, file.share_cores.map(str::to_owned));
    take!("placer", options.search.placer, file.placer.map(str::to_owned));
    take!("objective", options.search.objective, file.objective.map(str::to_owned));
    take!("profile", options.profile.profile, file.profile);
    take!("limits", options.limits, file.limits.and_then(|word| ValueEnum::from_str(word, false).ok()));
    take!("seed", options.effort.seed, file.seed);
    // The command line chooses one of the two.
    if !is_given("common_terms") && !is_given("allow_mixed") {
        options.common_terms = file.common_terms.unwrap_or(false);
        options.allow_mixed = file.allow_mixed.unwrap_or(false);
    }
    take!("pareto", options.pareto, file.pareto.map(|figures| Some(figures.join(","))));
    options
}
