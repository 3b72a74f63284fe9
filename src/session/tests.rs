//! Errors of sessions, by the fields that they are about, and contents of outcomes.

use super::*;
use crate::data::{self, Dataset, Mismatch};
use crate::hw::Chip;
use crate::net::{Network, RandomSpec, Trained};
use crate::run::{RunError, Unwatched};
use std::sync::Arc;

fn loihi() -> Chip {
    catalog::chip("loihi").unwrap()
}

fn trained() -> Trained {
    match catalog::network("digits-mlp") {
        Ok(Network::Untrained(architecture)) => shipped(&architecture).unwrap(),
        _ => panic!("it is trained now"),
    }
}

fn digits() -> Dataset {
    data::load("digits", &[]).unwrap()
}

fn deployment() -> Deployment {
    let workload = Workload::trained(&trained(), Arc::new(digits()), None, Vec::new()).unwrap();
    Session::new(loihi(), workload).map(&MapOptions::default()).unwrap()
}

fn run(change: impl Fn(&mut RunOptions)) -> Result<Outcome, Error> {
    let mut options = RunOptions { samples: Some(3), threads: 1, ..RunOptions::default() };
    change(&mut options);
    deployment().run(&options, &Unwatched)
}

#[test]
fn data_of_another_shape_are_an_error() {
    let mut wide = digits();
    wide.shape.width = 9;
    let error = Workload::trained(&trained(), Arc::new(wide), None, Vec::new()).unwrap_err();
    assert!(matches!(error, Error::Samples(Mismatch::Shape { .. })), "{error}");
    assert!(error.to_string().starts_with("digits-mlp reads samples of 1x8x8, digits has samples of"), "{error}");
}

#[test]
fn no_samples_and_too_many_are_errors_of_that_field() {
    for asked in [0, 401, usize::MAX] {
        let error = run(|options| options.samples = Some(asked)).unwrap_err();
        assert!(matches!(error, Error::Field { field: OptionField::Samples, .. }), "{error}");
        assert_eq!(error.to_string(), format!("samples: found {asked}, digits has 400 test samples"));
    }
}

#[test]
fn no_threads_and_no_steps_are_errors() {
    let error = run(|options| options.threads = 0).unwrap_err();
    assert!(matches!(error, Error::Run(RunError::None { what: "threads" })), "{error}");
    let of =
        |steps| Workload::trained(&trained(), Arc::new(digits()), Some(steps), Vec::new()).unwrap_err().to_string();
    assert_eq!(of(0), "steps: found 0, allowed: 1 and more");
    assert_eq!(of(5000), "steps: found 5000, a layered network takes at most 4096");
    let network = RandomSpec::parse("random:seed=1,neurons=64,cores=2").unwrap().generate();
    let deployment = Session::new(loihi(), Workload::sparse(&network, Some(0))).map(&MapOptions::default()).unwrap();
    let error = deployment.run(&RunOptions::default(), &Unwatched).unwrap_err();
    assert!(matches!(error, Error::Run(RunError::None { what: "time steps" })), "{error}");
}

#[test]
fn constants_and_data_must_be_there() {
    let trained = trained();
    let workload = Workload::trained(&trained, Arc::new(digits()), None, Vec::new()).unwrap();
    let error = Session::new(loihi(), workload.clone()).calibrated(Some("none")).unwrap_err().to_string();
    assert!(error.starts_with("calibration: found \"none\", allowed: silicon_fit"), "{error}");
    let RunTask::Inferences(network, _) = workload.task else { panic!("it is layered") };
    let bare = Workload::layered("bare", network, workload.graph, None);
    let deployment = Session::new(loihi(), bare).map(&MapOptions::default()).unwrap();
    let options = RunOptions { samples: Some(2), ..RunOptions::default() };
    assert!(matches!(deployment.run(&options, &Unwatched), Err(Error::NoData { .. })));
    // The caller's samples replace a data set.
    assert_eq!(deployment.run_on(&digits().test, &options, &Unwatched).unwrap().inferences().len(), 2);
}

#[test]
fn an_outcome_has_figures_by_name_and_neurons_on_request() {
    let outcome = run(|options| options.neurons = true).unwrap();
    assert_eq!(outcome.predictions().len(), 3);
    assert_eq!(outcome.figure("energy_pj"), Some(outcome.summary().pricing.energy_pj));
    assert!(outcome.figure("latency_ns").is_some_and(|latency| latency.mean > 0.0));
    assert_eq!(outcome.figure("no such figure"), None);
    for inference in outcome.inferences() {
        let neurons = inference.neurons.as_ref().expect("they were asked for");
        assert_eq!((neurons.class() as u8, neurons.outputs.len()), (inference.class, 10));
        assert_eq!(neurons.counts.iter().map(|n| u64::from(*n)).sum::<u64>(), inference.window_spikes);
    }
    let without = run(|_| {}).unwrap();
    assert!(without.inferences().iter().all(|inference| inference.neurons.is_none()));
    assert_eq!(without.json()["per_inference"], outcome.json()["per_inference"]);
}

#[test]
fn a_deployment_owns_its_parts() {
    fn kept<T: Send + Sync + 'static>(value: T) -> T {
        value
    }
    let deployment = kept(deployment());
    assert_eq!((deployment.chip().name.as_str(), deployment.workload().name.as_str()), ("loihi", "digits-mlp"));
}

#[test]
fn workloads_go_by_name() {
    let error = |name: &str| Workload::named(name, &WorkloadOptions::default()).unwrap_err().to_string();
    assert!(error("digits-mpl").ends_with("did you mean \"digits-mlp\"?"), "{}", error("digits-mpl"));
    assert_eq!(error("some.nir"), "some.nir: a NIR graph; import it first");
    let options = WorkloadOptions { steps: Some(2), data: Some("digits".into()), ..WorkloadOptions::default() };
    let workload = Workload::named("digits-mlp", &options).unwrap();
    let note = "trained with T = 4, quantised again from the real weights for T = 2: the whole bias is kept, in fewer steps, \
                where accuracy falls";
    assert_eq!(workload.notes.first().map(String::as_str), Some(note));
    assert_eq!(
        placer("linaer").unwrap_err().to_string(),
        "placer: found \"linaer\", allowed: linear, greedy, hilbert, force, annealing; did you mean \"linear\"?"
    );
}
