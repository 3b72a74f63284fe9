//! `noc`: a network on chip alone, under synthetic or replayed traffic.

use super::args::NocOptions;
use super::outputs::{NOC_PAGE, NOC_TABLE, Outputs};
use super::progress::Ui;
use super::provenance::TABLE_SCHEMA;
use super::{
    CommandOutcome, Done, Failure, can_be_written, print_report, provenance, width, write_json, write_page, write_table,
};
use crate::files::FileKind;
use crate::report::{NOC_SCHEMA, NocCurve, NocReport, SourceKind, noc_csv, noc_html, noc_json, noc_text};
use crate::session::{Error, NocChip, NocJob, NocRates, NocRequest};
use std::path::PathBuf;
use std::time::Instant;

pub(super) fn run(options: &NocOptions, ui: &Ui) -> Done {
    let started = Instant::now();
    let job = job(options)?;
    if let Some((name, digest)) = job.chip_read() {
        provenance::note(SourceKind::Chip, name, digest);
    }
    Outputs::new(options.replace.overwrite)
        .with("--json", options.json.as_ref(), FileKind::Json { schema: NOC_SCHEMA })
        .with("--csv", options.csv.as_ref(), NOC_TABLE)
        .with("--csv", provenance::beside(options.csv.as_ref()).as_ref(), FileKind::Json { schema: TABLE_SCHEMA })
        .with("--html", options.html.as_ref(), NOC_PAGE)
        .check()?;
    let with = curves(&options.with)?;
    let bar = ui.run_bar(job.cycles(), options.max_seconds, options.max_events).counting("cycles");
    let points = job.measure(&bar);
    let reason = Some(bar.reason());
    drop(bar);
    let points = points?;
    if let Some(events) = points.iter().find_map(|point| point.outcome.too_little) {
        ui.shards_do_not_pay(job.setup().shards, events);
    }
    finish(&job.report(points, with, (reason, started.elapsed().as_secs_f64())), options)
}

/// The job, checked; all problems of the arguments are reported at once.
fn job(options: &NocOptions) -> Result<NocJob, Failure> {
    let found = request(options).job_as(|field| format!("--{}", field.replace('_', "-")));
    let mut problems = match &found {
        Err(Error::Noc { problems }) => problems.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    for path in [&options.json, &options.csv, &options.html].into_iter().flatten() {
        problems.extend(can_be_written(path).err().map(|Failure(text)| text));
    }
    if problems.is_empty() { Ok(found?) } else { Err(Failure(problems.join("\n"))) }
}

fn request(options: &NocOptions) -> NocRequest {
    let owned = |(path, value): (&str, &str)| (path.to_owned(), value.to_owned());
    NocRequest {
        topology: options.chip.is_none().then(|| options.topology.clone()),
        width: options.width,
        height: options.height,
        chip: options.chip.clone().map(NocChip::Named),
        set: options.changes.pairs().into_iter().map(owned).collect(),
        routing: options.routing.clone(),
        vcs: options.vcs,
        buffer: options.buffer,
        router_cycles: options.router_cycles,
        link_cycles: options.link_cycles,
        credit_cycles: options.credit_cycles,
        traffic: options.traffic.clone(),
        rate: options.rate.clone().map(NocRates::Text),
        packet_flits: options.packet_flits,
        cycles: options.cycles,
        warmup: options.warmup,
        seed: options.seed,
        threads: options.threads,
        shards: options.shards,
        max_events: options.max_events,
    }
}

/// Reads saved reports before the work begins; all that is wrong with them is told at once.
fn curves(paths: &[PathBuf]) -> Result<Vec<NocCurve>, Failure> {
    let (read, failed): (Vec<_>, Vec<_>) = paths.iter().map(|path| NocCurve::open(path)).partition(Result::is_ok);
    let failed: Vec<String> = failed.into_iter().filter_map(Result::err).map(|error| error.to_string()).collect();
    if failed.is_empty() { Ok(read.into_iter().flatten().collect()) } else { Err(Failure(failed.join("\n"))) }
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
