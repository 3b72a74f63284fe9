//! `noc`: a network on chip alone, under synthetic or replayed traffic.

mod job;
mod rates;

use super::args::NocOptions;
use super::outputs::{NOC_PAGE, NOC_TABLE, Outputs};
use super::progress::{RunBar, Ui};
use super::provenance::TABLE_SCHEMA;
use super::{CommandOutcome, Done, Failure, print_report, provenance, width, write_json, write_page, write_table};
use crate::files::FileKind;
use crate::noc::{self, Load, Point};
use crate::report::{NOC_SCHEMA, NocCurve, NocReport, noc_csv, noc_html, noc_json, noc_text};
use job::{AskedLoad, NocJob};
use std::path::PathBuf;
use std::time::Instant;

pub(super) fn run(options: &NocOptions, ui: &Ui) -> Done {
    let started = Instant::now();
    let job = NocJob::of(options).map_err(|problems| Failure(problems.join("\n")))?;
    Outputs::new(options.replace.overwrite)
        .with("--json", options.json.as_ref(), FileKind::Json { schema: NOC_SCHEMA })
        .with("--csv", options.csv.as_ref(), NOC_TABLE)
        .with("--csv", provenance::beside(options.csv.as_ref()).as_ref(), FileKind::Json { schema: TABLE_SCHEMA })
        .with("--html", options.html.as_ref(), NOC_PAGE)
        .check()?;
    let with = curves(&options.with)?;
    let bar = ui.run_bar(job.cycles(), options.max_seconds, job.max_events).counting("cycles");
    let points = measure(&job, &bar);
    let reason = Some(bar.reason());
    drop(bar);
    let (points, setup) = (points?, job.setup);
    if let Some(events) = points.iter().find_map(|point| point.outcome.too_little) {
        ui.shards_do_not_pay(setup.shards, events);
    }
    let (asked, longest) = match &job.asked {
        AskedLoad::Rates(rates) => (rates.len(), setup.packet_flits),
        AskedLoad::Trace(packets) => (1, packets.iter().flatten().map(|(.., flits)| *flits).max().unwrap_or(0)),
    };
    let sweep = asked > 1;
    let wall_seconds = started.elapsed().as_secs_f64();
    let (chip, traffic, threads) = (job.chip, options.traffic.clone(), setup.threads);
    let report = NocReport { setup, chip, traffic, longest, points, with, asked, sweep, reason, threads, wall_seconds };
    finish(&report, options)
}

/// Reads saved reports before the work begins; all that is wrong with them is told at once.
fn curves(paths: &[PathBuf]) -> Result<Vec<NocCurve>, Failure> {
    let (read, failed): (Vec<_>, Vec<_>) = paths.iter().map(|path| NocCurve::open(path)).partition(Result::is_ok);
    let failed: Vec<String> = failed.into_iter().filter_map(Result::err).map(|error| error.to_string()).collect();
    if failed.is_empty() { Ok(read.into_iter().flatten().collect()) } else { Err(Failure(failed.join("\n"))) }
}

/// Takes the measurements; a stop before the first result is an error.
fn measure(job: &NocJob, bar: &RunBar<'_>) -> Result<Vec<Point>, Failure> {
    let _span = tracing::info_span!("measure").entered();
    let load = match &job.asked {
        AskedLoad::Rates(rates) if rates.len() > 1 => {
            let points = noc::sweep(&job.setup, &job.pattern, rates, bar)?;
            let none = || Failure(format!("interrupted after 0 of {} rates", rates.len()));
            return if points.is_empty() { Err(none()) } else { Ok(points) };
        }
        AskedLoad::Rates(rates) => Load::Pattern { name: job.pattern.clone(), rate: rates[0] },
        AskedLoad::Trace(packets) => Load::Replay(packets.clone()),
    };
    let point = Point::measure(&job.setup, &load, bar)?;
    let outcome = &point.outcome;
    if outcome.interrupted && outcome.measured == 0 {
        let (cycles, warmup) = (outcome.cycles, job.setup.warmup);
        return Err(Failure(format!("interrupted after {cycles} of {warmup} cycles before the measurement")));
    }
    Ok(vec![point])
}

fn finish(report: &NocReport, options: &NocOptions) -> Done {
    print_report(&noc_text(report, width()))?;
    if let Some(path) = &options.json {
        write_json(path, &noc_json(report))?;
    }
    if let Some(path) = &options.csv {
        write_table(path, &noc_csv(report))?;
    }
    if let Some(path) = &options.html {
        write_page(path, &noc_html(report))?;
    }
    Ok(if report.interrupted() { CommandOutcome::Something } else { CommandOutcome::Nothing })
}
