//! `map`: whether a network fits, on how many cores, and with how much traffic.

use super::args::MapArguments;
use super::outputs::{MAP_PAGE, Outputs};
use super::progress::Ui;
use super::{
    CommandOutcome, Done, Failure, find, print, print_report, width, write_json, write_page, write_plain_json,
};
use crate::data::Dataset;
use crate::files::FileKind;
use crate::map::{self, search};
use crate::net::samples::Classifier;
use crate::report::MAP_SCHEMA;
use crate::session::catalog::Changed;
use crate::session::{Session, Workload};
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub(super) fn run(options: &MapArguments, ui: &Ui) -> Done {
    let found = find::chip(&options.target.chip.chip, &options.target.chip.changes)?;
    Outputs::new(options.replace.overwrite)
        .with("--save", options.save.as_ref(), FileKind::Input { what: "a mapping" })
        .with("--json", options.json.as_ref(), FileKind::Json { schema: MAP_SCHEMA })
        .with("--html", options.html.as_ref(), MAP_PAGE)
        .check()?;
    // Reports wrong names before the network is read.
    find::mapping(&options.target, options.seed)?;
    let network = find::network(options.target.network.name())?;
    let profile = options.target.profile.profile;
    let workload = Workload::to_map(network, profile, &find::folders(&options.folders), ui)?;
    // On interruption, a search ends with the best mapping so far, which is then written.
    let _unbroken = ui.unbroken();
    let interrupted = ui.interrupted();
    search::heeding(move || interrupted.load(Ordering::Relaxed), || mapped(options, &found, workload, ui))
}

fn mapped(options: &MapArguments, found: &Changed, workload: Workload, ui: &Ui) -> Done {
    let (chip, graph) = (Arc::new(found.chip.clone()), Arc::clone(&workload.graph));
    let session = Session::new(Arc::clone(&chip), workload).found(found);
    let how = find::mapping(&options.target, options.seed)?;
    let arranged = session.arrange(&how).map_err(|error| find::of_target(&error, &options.target, &graph))?;
    if let Some(path) = &options.save {
        write_plain_json(path, &map::save(&session.workload().name, &chip, &arranged))?;
    }
    let mut mapped = session.measured(arranged, &how, ui.is_interrupted());
    mapped.summary.profile = session.workload().profile.as_ref().map(|_| options.target.profile.profile);
    mapped.interrupted = ui.is_interrupted();
    if let Some(path) = &options.json {
        write_json(path, &mapped.json())?;
    }
    if let Some(path) = &options.html {
        write_page(path, &mapped.html())?;
    }
    print_report(&mapped.text(width()))?;
    // The command was asked to flag broken limits that were only reported.
    if mapped.interrupted {
        print("interrupted: the search did not finish; this is the best mapping so far")?;
    }
    Ok(if mapped.summary.occupancy.violations.is_empty() && !mapped.interrupted {
        CommandOutcome::Nothing
    } else {
        CommandOutcome::Something
    })
}

/// Spikes of all neurons of a sparse network that names classes in the first training samples, if requested.
pub(super) fn profile_of(
    samples: u32,
    network: &Classifier,
    dataset: &Dataset,
    ui: &Ui,
) -> Result<Option<Vec<u32>>, Failure> {
    if samples == 0 {
        return Ok(None);
    }
    if dataset.train.is_empty() {
        return Err(Failure(format!("--profile: {} has no training samples", dataset.name)));
    }
    let count = dataset.train.len().min(samples as usize);
    ui.note(format!("traffic is weighted by the spikes of {count} training samples"));
    let mut sums = vec![0u32; network.graph().neurons()];
    for number in 0..count {
        let (outcome, _) = network.evaluate(number as u64, dataset.train.sample(number).0);
        sums.iter_mut().zip(outcome.counts).for_each(|(sum, count)| *sum = sum.saturating_add(count));
    }
    Ok(Some(sums))
}
