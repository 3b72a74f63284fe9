//! The start of runs.

use crate::arrays::whole;
use crate::chip::chip_of;
use crate::data::set_data;
use crate::errors::{to_py, wrong};
use crate::events::stimulus_of;
use crate::map::mapping_of;
use crate::network::workload_of;
use crate::outputs::OutputArrays;
use crate::recipe::Recipe;
use crate::run::Run;
use crate::trace::{Trace, asked_trace};
use crate::watch::{Work, seconds_of, watched, with_partial};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikemesh::report::{Reason, RunDetails, RunHost};
use spikemesh::session::{self, Error, TraceRecords, WorkloadOptions};
use spikemesh::system::Contention;
use spikemesh::{MapOptions, Outcome, RunOptions};
use std::sync::Arc;
use std::time::Instant;

/// What a network runs on: samples, or spikes of its inputs.
fn workload_options(
    steps: Option<u32>,
    seed: u64,
    (data, spikes, encode): (Option<&Bound<'_, PyAny>>, Option<&Bound<'_, PyAny>>, Option<&str>),
) -> PyResult<WorkloadOptions> {
    let mut options = WorkloadOptions { steps, seed: Some(seed), ..WorkloadOptions::default() };
    set_data(data, &mut options)?;
    options.spikes = spikes.filter(|spikes| !spikes.is_none()).map(stimulus_of).transpose()?;
    options.encode = encode.map(session::encoding).transpose().map_err(to_py)?;
    Ok(options)
}

pub(crate) fn timing_of(name: &str) -> PyResult<Contention> {
    match name {
        "event" => Ok(Contention::Modelled),
        "ideal" => Ok(Contention::Ignored),
        other => Err(wrong("timing", spikemesh::text::unknown(other, &["event", "ideal"]))),
    }
}

/// Runs a network on a chip, and gives what it cost and whether the chip computed what the network computes.
///
/// >>> run = sm.run("digits-mlp", chip="loihi", samples=50)
/// >>> run.energy_pj.mean > 0, run.accuracy > 0.9
/// (True, True)
/// >>> sm.run("digits-mlp", chip="loihi", samples=50, set={"core.max_neurons": 32}).energy_pj.mean > run.energy_pj.mean
/// True
#[pyfunction]
#[pyo3(signature = (network, *, chip, data=None, spikes=None, encode=None, samples=None, steps=None, threads=None,
                    calibration=None, timing="event", set=None, mapping=None, trace=None, seed=None, progress=None,
                    max_seconds=None))]
#[expect(clippy::too_many_arguments, reason = "they are the options of a run by name")]
pub fn run<'py>(
    py: Python<'py>,
    network: &Bound<'py, PyAny>,
    chip: &Bound<'py, PyAny>,
    data: Option<&Bound<'py, PyAny>>,
    spikes: Option<&Bound<'py, PyAny>>,
    encode: Option<&str>,
    samples: Option<&Bound<'py, PyAny>>,
    steps: Option<&Bound<'py, PyAny>>,
    threads: Option<&Bound<'py, PyAny>>,
    calibration: Option<String>,
    timing: &str,
    set: Option<&Bound<'py, PyDict>>,
    mapping: Option<&Bound<'py, PyAny>>,
    trace: Option<&Bound<'py, PyAny>>,
    seed: Option<&Bound<'py, PyAny>>,
    progress: Option<&Bound<'py, PyAny>>,
    max_seconds: Option<f64>,
) -> PyResult<Bound<'py, Run>> {
    let started = Instant::now();
    let network = workload_of(network)?;
    let steps = whole("steps", steps, 1..=16_777_216)?.map(|steps| steps as u32);
    let seed = whole("seed", seed, 0..=i64::MAX as u64)?.unwrap_or(1);
    let workload = workload_options(steps, seed, (data, spikes, encode))?;
    let mapping = mapping_of(mapping)?;
    let mut map = MapOptions { timing: timing_of(timing)?, seed, ..MapOptions::default() };
    map.search.effort.seed = seed;
    let mut options = RunOptions { samples: None, outputs: true, ..RunOptions::default() };
    options.samples = whole("samples", samples, 1..=u32::MAX.into())?.map(|samples| samples as usize);
    if let Some(threads) = whole("threads", threads, 1..=1024)? {
        options.threads = threads as usize;
    }
    let trace = asked_trace(trace)?;
    let work = Work::within(seconds_of(max_seconds)?);
    let chip = chip_of(chip, set)?.unbind();
    let recipe = Recipe { network, workload, chip, calibration, map, mapping };
    let (outcome, ended) = watched(py, progress, &work, |work| {
        let deployment = work.prepare(|| recipe.deployment())??;
        work.expect(deployment.length(&options)?);
        let (outcome, trace) = match &trace {
            None => (deployment.run(&options, work)?, None),
            Some(request) => {
                let (outcome, records) = deployment.run_recorded(&options, work, request)?;
                (outcome, Some(records))
            }
        };
        Ok(Ran { details: deployment.details(&outcome), outcome, trace })
    })?;
    finished(py, outcome, ended, (&work, started, recipe))
}

/// What a run leaves.
struct Ran {
    outcome: Outcome,
    details: RunDetails,
    trace: Option<TraceRecords>,
}

/// The run of an outcome; or the exception that ended it, with what was done.
fn finished<'py>(
    py: Python<'py>,
    outcome: Result<Ran, Error>,
    ended: Option<PyErr>,
    (work, started, recipe): (&Work, Instant, Recipe),
) -> PyResult<Bound<'py, Run>> {
    let (Ran { outcome, details, trace }, ended) = match (outcome, ended) {
        (Err(error), None) => return Err(to_py(error)),
        (Err(_), Some(ended)) => return Err(with_partial(py, ended, None)),
        (Ok(ran), ended) => (ran, ended),
    };
    let (mut summary, results) = outcome.into_parts();
    let seconds = started.elapsed().as_secs_f64();
    summary.header.wall_seconds = seconds;
    summary.header.host = Some(RunHost {
        command: "spikemesh.run".into(),
        threads: u32::try_from(summary.header.threads).ok(),
        wall_seconds: Some(seconds),
    });
    if let Some(mark) = &mut summary.interrupted {
        mark.reason = Some(if work.is_cancelled() { Reason::Asked } else { Reason::Seconds });
    }
    let outputs = Some(OutputArrays::of(py, &results, &summary)?);
    let trace = trace.map(|records| Trace::of(py, records)).transpose()?;
    let run = Bound::new(py, Run { summary, outputs, details: Some(details), trace, recipe: Some(Arc::new(recipe)) })?;
    match ended {
        Some(ended) => Err(with_partial(py, ended, Some(run.into_any()))),
        None => Ok(run),
    }
}
