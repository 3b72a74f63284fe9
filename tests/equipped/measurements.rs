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

pub fn the_measured_actor_lies_between_the_tables() {
    let found = run("actor");
    assert!(found.iter().all(Finding::passes), "{found:?}");
    // Energies of a decision (uJ) as a program of its own has them, which draws other spikes of the same probabilities:
    // the published table, the fit with dense and with sparse synapses; continuous, then from rest.
    let others = [
        (5, [12.25, 18.87, 17.94, 11.06, 16.98, 16.14]),
        (10, [21.79, 33.61, 31.94, 20.63, 31.76, 30.17]),
        (50, [97.8, 151.0, 143.4, 96.6, 149.1, 141.6]),
    ];
    let mut rest = found.iter();
    for (steps, expected) in others {
        for other in expected {
            let finding = rest.next().unwrap();
            assert!(finding.case.starts_with(&format!("actor, T = {steps}, ")), "{finding:?}");
            assert!((finding.ours / other - 1.0).abs() < 0.02, "{other}: {finding:?}");
        }
        let band = rest.next().unwrap();
        assert_eq!((band.ours, band.error()), (band.published, 0.0), "{band:?}");
    }
    assert_eq!(found.iter().filter(|finding| finding.tolerance.is_some()).count(), 3);
    assert!(found[0].notes[0].contains("7980 neuron updates in the mean of 1200"), "{:?}", found[0].notes);
}
