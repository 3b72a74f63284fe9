//! `compare`: configurations side by side.

mod file;
mod job;
mod output;

use super::args::CompareOptions;
use super::outputs::{COMPARE_PAGE, COMPARE_TABLE, Outputs};
use super::progress::Ui;
use super::provenance::TABLE_SCHEMA;
use super::{CommandOutcome, Done, Failure, can_be_updated, can_be_written, find, print, provenance};
use crate::explore::{
    self, COMPARE_SCHEMA, CompareJob, ComparisonTable, Journal, Nets, PlanShard, SweepOptions, Title, pareto_axes,
    sweep,
};
use crate::files::FileKind;
use crate::session::{catalog, make_folder};
pub(super) use file::with_file;
pub(super) use job::{source, to_search};
use output::{TableStream, finish};
use std::cell::OnceCell;
use std::path::Path;
use tempfile::TempDir;

pub(super) fn run(options: &CompareOptions, ui: &Ui) -> Done {
    let with_file = with_file(options, "compare")?;
    compare(with_file.as_ref().unwrap_or(options), ui)
}

/// Checks a sweep file and the chips that it names; gives a short description.
pub(super) fn check(path: &Path) -> Result<String, Failure> {
    let options = file::alone(path)?;
    let pareto = options.pareto.as_deref().map(pareto_axes).transpose();
    pareto.map_err(|why| Failure(format!("{}: pareto: {why}", path.display())))?;
    let job = job::to_compare(&options, &Ui::new(true, false)).map_err(|Failure(why)| {
        let lines = why.lines().map(|line| format!("{}: {line}", path.display()));
        Failure(lines.collect::<Vec<_>>().join("\n"))
    })?;
    catalog::network(&options.network.network)?;
    Ok(format!(
        "a valid sweep of {} of {}",
        crate::report::count(job.plan.len() as u64, "configuration"),
        options.network.network
    ))
}

fn compare(options: &CompareOptions, ui: &Ui) -> Done {
    options.journal.as_deref().map_or(Ok(()), can_be_written)?;
    Outputs::new(options.replace.overwrite)
        // A journal is continued, and has its own rule.
        .beside("--journal", options.journal.clone())
        .with("--json", options.json.as_ref(), FileKind::Json { schema: COMPARE_SCHEMA })
        .with("--csv", options.csv.as_ref(), COMPARE_TABLE)
        .with("--csv", provenance::beside(options.csv.as_ref()).as_ref(), FileKind::Json { schema: TABLE_SCHEMA })
        .with("--html", options.html.as_ref(), COMPARE_PAGE)
        .check()?;
    let axes = options.pareto.as_deref().map(pareto_axes).transpose();
    let axes = axes.map_err(|why| Failure(format!("--pareto: {why}")))?;
    if !options.merge.is_empty() {
        let (title, rows) = explore::merge(&options.merge)?;
        return finish(&ComparisonTable::ranked(title, rows, axes, options.ranking()), options);
    }
    let job = job::to_compare(options, ui)?;
    let (source, asked) = source(&job, options, ui)?;
    let nets = job.nets(&job.maker(&source, &asked, ui)?, 0..job.plan.len(), ui)?;
    let shard = options.shard.unwrap_or(PlanShard::WHOLE);
    // Without a cache, the rows go to a temporary folder.
    let scratch = Scratch::default();
    let mut journal = open(options, job.title(&source, &nets, find::limits(options.limits), shard), &scratch, ui)?;
    simulate(&job, &nets, options, &mut journal, axes.as_deref(), ui)?;
    done(options, journal, (shard, count(&job.plan, shard)), axes)
}

/// Finds the rows that the journal does not have, and keeps the table up to date meanwhile.
fn simulate(
    job: &CompareJob,
    nets: &Nets<'_>,
    options: &CompareOptions,
    journal: &mut Journal,
    axes: Option<&[usize]>,
    ui: &Ui,
) -> Result<(), Failure> {
    let (plan, shard) = (&job.plan, journal.title().shard);
    let units = |index: usize| {
        let setting = plan.split(&plan.configuration(index), &job.usual);
        setting.map_or(0, |(setting, _)| nets.units(&setting))
    };
    let open = (0..plan.len()).filter(|index| shard.has(*index) && !journal.has(*index));
    let bar = ui.compare_bar(open.map(units).sum(), journal.rows().count(), count(plan, shard));
    let work = SweepOptions { nets, limits: find::limits(options.limits) };
    let effort = (shard, find::threads(options.effort.threads));
    let mut stream = options
        .csv
        .as_ref()
        .filter(|path| can_be_updated(path))
        .map(|path| TableStream::new(path, journal, axes, options.ranking()));
    let mut written = Ok(());
    sweep(plan, (&job.candidates, &job.usual), work, effort, journal, &bar, &mut |row| {
        bar.row(row.result.is_err().then(|| units(row.index)));
        if let (Some(stream), Ok(())) = (&mut stream, &written) {
            written = stream.add(row);
        }
    })?;
    written
}

fn count(plan: &explore::Plan, shard: PlanShard) -> usize {
    (0..plan.len()).filter(|index| shard.has(*index)).count()
}

/// Folder for a journal that is not continued.
#[derive(Default)]
pub(super) struct Scratch(OnceCell<TempDir>);

/// Opens the journal that was asked for, or one in the cache.
pub(super) fn open(options: &CompareOptions, title: Title, scratch: &Scratch, ui: &Ui) -> Result<Journal, Failure> {
    let path = match &options.journal {
        Some(path) => path.clone(),
        None => {
            let folder = match find::cache(&options.input.cache).told(ui) {
                Some(folder) => {
                    make_folder(folder).map_err(|error| {
                        Failure(format!("{}: cannot be created: {error}; give --journal", folder.display()))
                    })?;
                    folder.to_owned()
                }
                None => {
                    let folder = tempfile::tempdir()
                        .map_err(|error| Failure(format!("the journal cannot be created: {error}; give --journal")))?;
                    scratch.0.get_or_init(|| folder).path().to_owned()
                }
            };
            folder.join(format!("compare-{:016x}.journal", title.digest))
        }
    };
    let journal = Journal::open(&path, title)?;
    match (journal.rows().count(), journal.damaged()) {
        (0, 0) => {}
        (known, 0) => ui.note(format!("continuing: {known} configurations are known from {}", path.display())),
        (known, damaged) => {
            let path = path.display();
            ui.note(format!(
                "continuing: {known} configurations are known from {path}; {damaged} damaged lines are ignored"
            ));
        }
    }
    Ok(journal)
}

fn done(options: &CompareOptions, journal: Journal, (shard, of): (PlanShard, usize), axes: Option<Vec<usize>>) -> Done {
    let known = journal.rows().count();
    let rows = journal.rows().cloned().collect();
    let comparison = ComparisonTable::ranked(journal.title().clone(), rows, axes, options.ranking());
    if shard != PlanShard::WHOLE {
        let PlanShard { number, of: parts } = shard;
        let journal = options.journal.as_ref().map_or(String::new(), |path| path.display().to_string());
        print(format_args!("part {number}/{parts}: {known} of {of} configurations are in {journal}"))?;
        print(format_args!("combine the parts with: spikemesh compare --merge {journal} …"))?;
        let flagged = known < of || comparison.is_wrong();
        return Ok(if flagged { CommandOutcome::Something } else { CommandOutcome::Nothing });
    }
    if known == 0 {
        return Err(Failure(format!("interrupted after 0 of {of} configurations")));
    }
    let found = finish(&comparison, options)?;
    if known == of && options.journal.is_none() {
        journal.remove();
    }
    Ok(found)
}
