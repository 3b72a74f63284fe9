//! The library's front door beside the command line: the same report for the same network on the same chip.

use crate::bench::Bench;
use crate::errors::LIMITS;
use serde_json::Value;
use spikemesh::run::Unwatched;
use spikemesh::session::{MapOptions, Outcome, RunOptions, Session, Workload, WorkloadOptions, catalog};

/// The report without what may differ between equal runs.
fn report(outcome: &Outcome) -> Value {
    let mut report = outcome.json();
    let fields = report.as_object_mut().unwrap();
    assert!(["wall_seconds", "threads", "digests"].iter().all(|name| fields.remove(*name).is_some()));
    fields.remove("host");
    report
}

/// A report of the command line without what it alone says: which files it read.
fn of_program(bench: &Bench) -> Value {
    let mut report = bench.report("run.json");
    assert!(report.as_object_mut().unwrap().remove("digests").is_some());
    report
}

/// Runs samples or steps of a network on a chip.
fn run(network: &str, on: &str, steps: Option<u32>, samples: Option<usize>) -> Outcome {
    let workload = Workload::named(network, &WorkloadOptions { steps, ..WorkloadOptions::default() }).unwrap();
    let deployment = Session::new(catalog::chip(on).unwrap(), workload).map(&MapOptions::default()).unwrap();
    deployment.run(&RunOptions { samples, threads: 1, ..RunOptions::default() }, &Unwatched).unwrap()
}

#[test]
fn layered_networks_have_the_report_of_the_command_line() {
    let bench = Bench::new();
    let json = bench.path("run.json");
    for (network, on) in [("digits-mlp", "loihi"), ("digits-mlp", "crossbar"), ("digits-cnn", "sram_mesh")] {
        bench.run(&["run", "--network", network, "--chip", on, "--samples", "5", "--json", &json]);
        let outcome = run(network, on, None, Some(5));
        assert_eq!(report(&outcome), of_program(&bench), "{network} on {on}");
        let energy = &bench.json("run.json")["per_inference"]["energy_pj"]["mean"];
        assert_eq!(energy.as_f64(), outcome.figure("energy_pj").map(|energy| energy.mean));
    }
}

#[test]
fn a_sparse_network_has_the_report_of_the_command_line() {
    let bench = Bench::new();
    let (name, json) = ("random:seed=1,neurons=256,cores=4", bench.path("run.json"));
    bench.succeed(&["run", "--network", name, "--steps", "20", "--json", &json]);
    let outcome = run(name, "loihi", Some(20), None);
    assert_eq!(report(&outcome), of_program(&bench));
    assert_eq!(outcome.steps().map(|steps| steps.spikes.len()), Some(256));
}

#[test]
fn the_command_line_alone_names_options() {
    let bench = Bench::new();
    let said = |arguments: &[&str]| bench.fail(&[&["run"], arguments].concat());
    let options = WorkloadOptions { steps: Some(5000), ..WorkloadOptions::default() };
    let library = Workload::named("digits-mlp", &options).unwrap_err().to_string();
    assert!(library.starts_with("steps: found 5000"), "{library}");
    assert_eq!(said(&["--network", "digits-mlp", "--steps", "5000"]), format!("error: --{library}\n"));
    let sample = said(&["--network", "digits-mlp", "--samples", "401"]);
    assert!(sample.ends_with("error: --samples: found 401, digits has 400 test samples\n"), "{sample}");
    let fit = said(&["--network", "random:seed=1,neurons=4096,cores=16", "--chip", "odin", "--steps", "2"]);
    assert!(
        fit.starts_with("error: the network does not fit on odin:\n") && fit.ends_with(&format!("{LIMITS}\n")),
        "{fit}"
    );
}
