//! The job of `compare`, and the network that it asks for.

use crate::cli::args::{CompareOptions, TimingArg};
use crate::cli::progress::Ui;
use crate::cli::{Failure, find, provenance};
use crate::explore::{
    Candidate, CompareJob, ComparedData, NetworkRequest, NetworkSource, SearchSpace, SweepRequest, SweepSetting,
};
use crate::report::SourceKind;
use crate::session;
use crate::session::catalog::NamedNetwork;
use crate::system::Contention;

/// The job of a comparison.
pub(super) fn to_compare(options: &CompareOptions, ui: &Ui) -> Result<CompareJob, Failure> {
    let (job, wrong) = CompareJob::new(request(options)?)?;
    if wrong > 0 {
        let of = job.plan.len();
        ui.note(format!("{wrong} of {of} configurations are not valid chips: their rows give the reason"));
    }
    Ok(job)
}

/// The job of a search, whose space may be too large to look at each configuration, and that space.
pub(in crate::cli) fn to_search(options: &CompareOptions) -> Result<(CompareJob, SearchSpace), Failure> {
    Ok(CompareJob::to_search(request(options)?)?)
}

/// The network of the command with its samples, and what is asked of it.
pub(in crate::cli) fn source(
    job: &CompareJob,
    options: &CompareOptions,
    ui: &Ui,
) -> Result<(NetworkSource, NetworkRequest), Failure> {
    let asked = NetworkRequest {
        data: options.input.data.clone().map_or(ComparedData::Own, ComparedData::Named),
        folders: find::folders(&options.input.folders),
        samples: options.input.samples.map(|count| count as usize),
        retrain: options.retrain,
        profile: options.profile.profile,
        threads: find::threads(options.effort.threads),
        cache: find::cache(&options.input.cache),
    };
    let NamedNetwork { network, origin, .. } = find::network(&options.network.network)?;
    let source = job.source((network, origin), &asked, ui)?;
    if let Some(dataset) = source.dataset() {
        provenance::note(SourceKind::Data, &dataset.name, dataset.digest);
        ui.notes(&dataset.notes);
    }
    Ok((source, asked))
}

fn request(options: &CompareOptions) -> Result<SweepRequest, Failure> {
    let usual = usual(options)?;
    let candidates = candidates(options)?;
    Ok(SweepRequest { candidates, axes: options.set.clone(), zip: options.zip, usual, retrain: options.retrain })
}

/// The chips of the command.
fn candidates(options: &CompareOptions) -> Result<Vec<Candidate>, Failure> {
    let names = if options.chips.is_empty() { vec!["loihi".to_owned()] } else { options.chips.clone() };
    let (mut candidates, mut problems) = (Vec::new(), Vec::new());
    for name in &names {
        match candidate(name) {
            Ok(candidate) => candidates.push(candidate),
            Err(Failure(why)) => problems.push(why),
        }
    }
    if problems.is_empty() { Ok(candidates) } else { Err(Failure(problems.join("\n"))) }
}

fn usual(options: &CompareOptions) -> Result<SweepSetting, Failure> {
    Ok(SweepSetting {
        steps: options.steps,
        seed: options.effort.seed,
        contention: if options.timing == TimingArg::Event { Contention::Modelled } else { Contention::Ignored },
        partitioner: session::partitioner(&options.search.partitioner)?,
        sharing: session::sharing(&options.search.share_cores)?,
        placer: session::placer(&options.search.placer)?,
        objective: session::objective(&options.search.objective)?,
        ..SweepSetting::default()
    })
}

fn candidate(argument: &str) -> Result<Candidate, Failure> {
    let candidate = Candidate::named(argument)?;
    provenance::note(SourceKind::Chip, &candidate.name, candidate.digest());
    Ok(candidate)
}
