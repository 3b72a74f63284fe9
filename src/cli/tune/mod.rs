//! `tune`: a search for the best configurations, with few evaluations.

use super::advice::in_options;
use super::args::{CompareOptions, LimitsArg, TuneOptions};
use super::compare::{Scratch, open, source, to_search, with_file};
use super::outputs::{Outputs, TUNE_PAGE, TUNE_TABLE};
use super::progress::{CompareBar, Ui};
use super::provenance::{self, TABLE_SCHEMA};
use super::{
    CommandOutcome, Done, Failure, can_be_updated, can_be_written, find, print, print_coloured, terminal, width, write,
    write_json, write_page, write_table,
};
use crate::explore::{
    CompareJob, Journal, Objectives, PlanError, PlanShard, SearchSpace, TUNE_SCHEMA, Title, TuneJob, TuneStep, Tuned,
    tune, tune_csv, tune_html, tune_json, tune_text,
};
use crate::files::FileKind;
use crate::report::SourceKind;
use std::path::Path;
use std::time::{Duration, Instant};

/// Pause between two writes of the table while rows are found.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) fn run(options: &TuneOptions, ui: &Ui) -> Done {
    let comparison = comparison(options)?;
    check_outputs(&comparison)?;
    let (objectives, job, space) = checked(options, &comparison)?;
    let (source, asked) = source(&job, &comparison, ui)?;
    let lacking = objectives.lacking(&job.candidates, &job.usual, source.measurable());
    if !lacking.is_empty() {
        return Err(PlanError(lacking).into());
    }
    let maker = job.maker(&source, &asked, ui)?;
    let mut nets = maker.nets();
    let scratch = Scratch::default();
    let title = job.title(&source, &nets, find::limits(comparison.limits), PlanShard::WHOLE);
    check_fidelity(&options.fidelity, &title)?;
    let samples = title.samples as u64;
    let mut journal = open(&comparison, title, &scratch, ui)?;
    let work = TuneJob {
        candidates: &job.candidates,
        usual: &job.usual,
        space: &space,
        objectives: &objectives,
        ranking: comparison.ranking(),
        evaluations: options.evaluations as usize,
        batch: options.batch as usize,
        seed: options.search_seed,
        fidelity: &options.fidelity,
    };
    let of = work.evaluations.min(usize::try_from(space.points()).unwrap_or(usize::MAX));
    let each = options.fidelity.first().map_or(nets.units(&job.usual), |few| u64::from(*few));
    let bar = ui.tune_bar(of as u64 * each, of);
    let mut make = |nets: &mut _, demands| maker.make(nets, demands, ui).map_err(|error| in_options(&error));
    let threads = find::threads(comparison.effort.threads);
    let mut follower = Follower {
        bar: &bar,
        samples,
        csv: comparison.csv.as_deref().filter(|path| can_be_updated(path)),
        last: None,
        written: Ok(()),
    };
    let tuned = tune(&work, &mut nets, &mut make, threads, &mut journal, &bar, &mut |step| follower.step(step));
    let written = follower.written;
    drop(bar);
    let tuned = tuned?;
    written?;
    finish(&tuned, &comparison, journal)
}

/// The comparison of all points, with what its sweep file says.
fn comparison(options: &TuneOptions) -> Result<CompareOptions, Failure> {
    let comparison = options.comparison();
    let Some(with_file) = with_file(&comparison, "tune")? else { return Ok(comparison) };
    let path = comparison.file.as_deref().unwrap_or(Path::new("")).display().to_string();
    let mut problems = Vec::new();
    if with_file.zip {
        problems.push(format!("{path}: zip: found true; a search combines all values"));
    }
    if with_file.limits == LimitsArg::Report {
        problems.push(format!("{path}: limits: found report; to a search, what does not fit has no figures"));
    }
    if with_file.set.is_empty() {
        problems.push(format!("{path}: set: there is nothing to search; give values here or with --set"));
    }
    if problems.is_empty() { Ok(with_file) } else { Err(PlanError(problems).into()) }
}

/// Objectives, limits and the space, or all that is wrong with them.
fn checked(
    options: &TuneOptions,
    comparison: &CompareOptions,
) -> Result<(Objectives, CompareJob, SearchSpace), Failure> {
    let named = options.objectives.as_deref().or(comparison.pareto.as_deref());
    let objectives = Objectives::parse(named, &options.limit);
    match (objectives, to_search(comparison)) {
        (Ok(objectives), Ok((job, space))) => Ok((objectives, job, space)),
        (Err(problems), Ok(_)) => Err(PlanError(as_options(problems)).into()),
        (Ok(_), Err(failure)) => Err(failure),
        (Err(problems), Err(Failure(more))) => Err(Failure(as_options(problems).join("\n") + "\n" + &more)),
    }
}

/// Problems of objectives and limits, by their options.
fn as_options(problems: Vec<String>) -> Vec<String> {
    problems.into_iter().map(|problem| format!("--{problem}")).collect()
}

/// Refuses numbers of samples that are not on the way to all of them.
fn check_fidelity(fidelity: &[u32], title: &Title) -> Result<(), Failure> {
    let all = title.samples;
    let found = || fidelity.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    if fidelity.is_empty() {
        return Ok(());
    }
    if all == 0 {
        return Err(Failure(format!(
            "--fidelity: {} runs once, without samples of which fewer could be taken",
            title.network
        )));
    }
    if fidelity.iter().any(|few| *few as usize >= all) {
        return Err(Failure(format!("--fidelity: found {}, allowed: fewer samples than all {all}", found())));
    }
    if fidelity.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(Failure(format!("--fidelity: found {}, expected fewer samples first, as in 20,100", found())));
    }
    Ok(())
}

/// Follows a search: moves the bar, and keeps the table up to date.
struct Follower<'f> {
    bar: &'f CompareBar<'f>,
    samples: u64,
    csv: Option<&'f Path>,
    last: Option<Instant>,
    written: Result<(), Failure>,
}

impl Follower<'_> {
    fn step(&mut self, step: TuneStep<'_>) {
        match step {
            TuneStep::Rising { rows, samples } => {
                self.bar.more(rows as u64 * samples.map_or(self.samples, u64::from));
            }
            TuneStep::Found(tuned) => {
                self.bar.known(tuned.table.rows.len());
                self.write(tuned);
            }
        }
    }

    fn write(&mut self, tuned: &Tuned) {
        let begun = *self.last.get_or_insert_with(Instant::now);
        if let (Some(path), Ok(()), true) = (self.csv, &self.written, begun.elapsed() >= PAUSE) {
            self.written = write(path, &tune_csv(&tuned.clone().with_hypervolume()));
            self.last = Some(Instant::now());
        }
    }
}

fn check_outputs(options: &CompareOptions) -> Result<(), Failure> {
    options.journal.as_deref().map_or(Ok(()), can_be_written)?;
    Outputs::new(options.replace.overwrite)
        .beside("--journal", options.journal.clone())
        .with("--json", options.json.as_ref(), FileKind::Json { schema: TUNE_SCHEMA })
        .with("--csv", options.csv.as_ref(), TUNE_TABLE)
        .with("--csv", provenance::beside(options.csv.as_ref()).as_ref(), FileKind::Json { schema: TABLE_SCHEMA })
        .with("--html", options.html.as_ref(), TUNE_PAGE)
        .check()
}

fn finish(tuned: &Tuned, options: &CompareOptions, journal: Journal) -> Done {
    let (title, known, of) = (&tuned.table.title, tuned.table.rows.len(), tuned.evaluations);
    if known == 0 {
        return Err(Failure(format!("interrupted after 0 of {of} evaluations")));
    }
    let (colours, _) = terminal::colours();
    provenance::note(SourceKind::Comparison, &title.network, title.digest);
    print_coloured(&tune_text(tuned, width(), colours))?;
    if let Some(path) = &options.json {
        write_json(path, &tune_json(tuned))?;
    }
    if let Some(path) = &options.csv {
        write_table(path, &tune_csv(tuned))?;
    }
    if let Some(path) = &options.html {
        write_page(path, &tune_html(tuned))?;
    }
    if known < of {
        print(format_args!("interrupted after {known} of {of} evaluations; the same command continues from here"))?;
    } else if tuned.is_partial() {
        print(format_args!(
            "interrupted before all rows that may be on the front were run on all samples; the same command continues \
             from here"
        ))?;
    } else if options.journal.is_none() {
        journal.remove();
    }
    Ok(if tuned.is_partial() || tuned.table.is_wrong() { CommandOutcome::Something } else { CommandOutcome::Nothing })
}
