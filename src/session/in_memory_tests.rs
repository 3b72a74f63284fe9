//! Networks, samples and spikes that a caller has in memory.

use super::catalog::NamedNetwork;
use super::*;
use crate::data;
use crate::net::{Network, Trained};
use crate::run::Unwatched;
use std::sync::Arc;

fn trained() -> Trained {
    match catalog::network("digits-mlp") {
        Ok(Network::Untrained(architecture)) => shipped(&architecture).unwrap(),
        _ => panic!("it is trained now"),
    }
}

fn run(network: NamedNetwork, options: &WorkloadOptions, samples: Option<usize>) -> Result<Outcome, Error> {
    let workload = Workload::found(network, options)?;
    let deployment = Session::new(catalog::chip("loihi")?, workload).map(&MapOptions::default())?;
    deployment.run(&RunOptions { samples, threads: 1, ..RunOptions::default() }, &Unwatched)
}

fn array(kind: &str, shape: &str, bytes: Vec<u8>) -> GivenArray {
    GivenArray { header: format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"), bytes }
}

#[test]
fn samples_in_memory_are_those_of_the_data_set() {
    let test = data::load("digits", &[]).unwrap().test;
    let given = |shape: &str, values: Vec<u8>, labels: usize| {
        let samples = vec![array("<f4", shape, values)];
        let labels = array("|u1", &format!("({labels},)"), test.labels[..labels].to_vec());
        WorkloadOptions {
            given: Some(Arc::new(GivenData { samples, labels, ..GivenData::default() })),
            ..WorkloadOptions::default()
        }
    };
    let share = |pixel: &u8| (f32::from(*pixel) / 16.0).to_le_bytes();
    let values: Vec<u8> = test.pixels[..20 * 64].iter().flat_map(share).collect();
    let named = || NamedNetwork::in_memory(Network::Trained(Box::new(trained())));
    let of_data = run(named(), &WorkloadOptions::default(), Some(20)).unwrap();
    for shape in ["(20, 64)", "(20, 8, 8)", "(20, 1, 8, 8)"] {
        let outcome = run(named(), &given(shape, values.clone(), 20), None).unwrap();
        assert_eq!(outcome.predictions(), of_data.predictions());
        assert_eq!(outcome.figure("energy_pj"), of_data.figure("energy_pj"));
        assert_eq!(outcome.summary().accuracy, of_data.summary().accuracy);
    }
    let error = |options: &WorkloadOptions| run(named(), options, None).unwrap_err().to_string();
    assert!(error(&given("(20, 64)", values.clone(), 19)).contains("19 labels for 20 samples"));
    assert!(error(&given("(40, 32)", values.clone(), 40)).starts_with("digits-mlp reads samples of 1x8x8"));
    let both = WorkloadOptions { data: Some("digits".into()), ..given("(20, 64)", values, 20) };
    assert_eq!(error(&both), "data: a data set by name, and samples in memory; one is allowed");
}

#[cfg(feature = "nir")]
mod graphs {
    use super::*;
    use crate::net::SparseNetwork;
    use crate::net::nir::{self, ImportOptions, Values};
    use crate::net::spikes::{RandomSpikes, Stimulus};

    /// The graph of a trained network, imported again.
    fn digits() -> SparseNetwork {
        let (graph, metadata) = nir::export(&trained(), Values::Integer).unwrap();
        let bytes = nir::bytes(&graph, &metadata).unwrap();
        imported("digits.nir", bytes.into(), ImportOptions::default(), &Stimulus::default()).unwrap().0
    }

    fn named(network: SparseNetwork) -> NamedNetwork {
        NamedNetwork::in_memory(network.into())
    }

    #[test]
    fn runs_on_samples_have_the_accuracy_of_the_graph() {
        let data = WorkloadOptions { data: Some("digits".into()), ..WorkloadOptions::default() };
        let outcome = run(named(digits()), &data, Some(25)).unwrap();
        let original = outcome.summary().original.expect("it is compared");
        assert_eq!((original.other_classes, Some(original.accuracy)), (0, outcome.summary().accuracy));
        // What the graph does is asked, not copied: wrong classes are other ones.
        let network = digits();
        let Workload { task: RunTask::Samples(classifier, Some(data)), .. } =
            Workload::found(named(network.clone()), &data).unwrap()
        else {
            panic!("it names classes")
        };
        let wrong: Vec<u32> = outcome.summary().predictions.iter().map(|class| (class + 1) % 10).collect();
        let of_graph = Original::of(network.imported.as_ref().unwrap()).unwrap();
        let found = of_graph.classes(&network, (&classifier, &data.test), &wrong, (1, &Unwatched)).unwrap().unwrap();
        assert_eq!((found.other_classes, found.accuracy), (25, original.accuracy));
    }

    #[test]
    fn runs_on_spikes_are_compared_over_these() {
        let random = RandomSpikes { rate: 0.3, steps: 12, seed: 4 };
        let spikes = WorkloadOptions { spikes: Some(random.into()), ..WorkloadOptions::default() };
        let outcome = run(named(digits()), &spikes, None).unwrap();
        let found = outcome.summary().imported.clone().expect("it is compared");
        let (graph, metadata) = nir::export(&trained(), Values::Integer).unwrap();
        let bytes = nir::bytes(&graph, &metadata).unwrap();
        let (_, again) = imported("digits.nir", bytes.into(), ImportOptions::default(), &random.into()).unwrap();
        assert_eq!(found.steps, 12);
        let counts = |table: &crate::report::ImportedNetwork| {
            table.layers.iter().map(|layer| (layer.spikes_real, layer.spikes)).collect::<Vec<_>>()
        };
        assert_eq!(counts(&found), counts(&again));
        assert!(counts(&found)[0].0 > 100, "it has spikes to compare");
    }

    #[test]
    fn a_changed_network_is_not_compared() {
        let mut network = digits();
        network.graph.bias[70] += 1;
        let outcome = run(named(network), &WorkloadOptions::default(), None).unwrap();
        assert!(outcome.summary().imported.is_none());
        let notes = &outcome.summary().header.notes;
        let why = "not compared with real numbers: source.nir: the network was changed since it was imported";
        assert!(notes.iter().any(|note| note == why), "{notes:?}");
    }

    #[test]
    fn a_network_is_the_same_after_it_was_files() {
        let place = std::env::temp_dir().join(format!("spikemesh-files-{}", std::process::id()));
        let [one, two] = ["one", "two"].map(|part| place.join(part));
        [&one, &two].into_iter().for_each(|folder| std::fs::create_dir_all(folder).unwrap());
        let network = named(digits());
        let files = network.files(&one).unwrap();
        assert!(files.iter().any(|(name, _)| name == IMPORT_SOURCE), "the graph goes with it");
        let again = NamedNetwork::of_files("digits", &files, &two).unwrap();
        std::fs::remove_dir_all(&place).unwrap();
        let [of_first, of_second] = [network, again].map(|one| run(one, &WorkloadOptions::default(), None).unwrap());
        assert!(of_second.summary().imported.is_some(), "the files are no longer needed");
        assert_eq!(of_first.summary().imported, of_second.summary().imported);
        let outside = [("../network.json".to_owned(), Vec::new())];
        assert!(NamedNetwork::of_files("digits", &outside, &two).unwrap_err().to_string().contains("not the name"));
    }
}
