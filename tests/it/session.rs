//! The library's front door beside the command line: the same report for the same network on the same chip.

use crate::cli::Bench;
use crate::common::repository;
use serde_json::Value;
use spikemesh::data;
use spikemesh::hw::{self, Chip};
use spikemesh::net::{self, Network, RandomSpec};
use spikemesh::run::Unwatched;
use spikemesh::session::{MapOptions, Outcome, RunOptions, Session, Workload};
use std::sync::Arc;

fn chip(name: &str) -> Chip {
    hw::load(&repository(&format!("hw_models/{name}.json"))).unwrap()
}

/// The report without what may differ between equal runs.
fn report(outcome: &Outcome) -> Value {
    let mut report = outcome.json();
    let fields = report.as_object_mut().unwrap();
    assert!(["wall_seconds", "threads"].iter().all(|name| fields.remove(*name).is_some()));
    report
}

fn run(chip: Chip, workload: Workload, samples: Option<usize>) -> Outcome {
    let deployment = Session::new(chip, workload).map(&MapOptions::default()).unwrap();
    deployment.run(&RunOptions { samples, threads: 1, ..RunOptions::default() }, &Unwatched).unwrap()
}

#[test]
fn layered_networks_have_the_report_of_the_command_line() {
    let bench = Bench::new();
    let digits = Arc::new(data::load("digits", &[]).unwrap());
    for (network, on) in [("digits-mlp", "loihi"), ("digits-mlp", "crossbar"), ("digits-cnn", "sram_mesh")] {
        let json = bench.path("run.json");
        bench.run(&["run", "--network", network, "--chip", on, "--samples", "5", "--json", &json, "--overwrite"]);
        let Ok(Network::Trained(trained)) = net::load(&repository(&format!("networks/trained/{network}"))) else {
            panic!("{network}: not trained")
        };
        let workload = Workload::trained(&trained, Arc::clone(&digits), None, Vec::new()).unwrap();
        let outcome = run(chip(on), workload, Some(5));
        assert_eq!(report(&outcome), bench.report("run.json"), "{network} on {on}");
        let energy = &bench.json("run.json")["per_inference"]["energy_pj"]["mean"];
        assert_eq!(energy.as_f64(), outcome.figure("energy_pj").map(|energy| energy.mean));
    }
}

#[test]
fn a_sparse_network_has_the_report_of_the_command_line() {
    let bench = Bench::new();
    let name = "random:seed=1,neurons=256,cores=4";
    let json = bench.path("run.json");
    bench.succeed(&["run", "--network", name, "--steps", "20", "--json", &json]);
    let network = RandomSpec::parse(name).unwrap().generate();
    let outcome = run(chip("loihi"), Workload::sparse(&network, Some(20)), None);
    assert_eq!(report(&outcome), bench.report("run.json"));
    let steps = outcome.steps().expect("a sparse network runs for steps");
    assert_eq!(steps.spikes.len(), 256);
}
