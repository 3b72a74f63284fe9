//! Published measurements that need the data of others: RANC's test benches and the Loihi actor.

use crate::needs::data;
use spikemesh::validate::{CASES, Finding, ValidationBench};

fn run(case: &str) -> Vec<Finding> {
    let case = CASES.iter().find(|c| c.name == case).unwrap();
    (case.run)(&ValidationBench { data: Some(data("")), ..ValidationBench::default() }).unwrap()
}

pub fn rancs_own_test_benches_are_met_packet_by_packet() {
    let found = run("ranc");
    assert_eq!(found.iter().map(|f| f.published).collect::<Vec<_>>(), [10.0, 107.0]);
    assert!(found.iter().all(Finding::passes), "{found:?}");
}

pub fn the_actor_is_predicted_within_a_quarter() {
    let found = run("actor");
    assert!(found.len() == 3 && found[0].passes(), "{found:?}");
    assert!(found[0].notes[1].contains("7980 neuron updates"), "{:?}", found[0].notes);
}
