//! Networks that training frameworks exported, against the spikes that the frameworks themselves recorded: neuron by neuron
//! and step by step, in integers. Weights were rounded before the export so that eight bits hold them: what could differ is
//! the meaning of the file. The recordings are read where they are.

use crate::bench::{Bench, text};
use crate::needs::data;
use spikemesh::net::nir::{self, Asked, Bits, CubaInput, Expected, IfInput, Integrator, ResetRule};
use spikemesh::net::reference;
use std::path::Path;

/// An array of bytes of three dimensions, by the definition of `.npy`.
struct Recording {
    shape: [usize; 3],
    values: Vec<u8>,
}

impl Recording {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let begin = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let header = String::from_utf8(bytes[10..begin].to_vec()).unwrap();
        assert!(header.contains("'|u1'") && header.contains("False"), "{header}");
        let sides = header.split('(').nth(1).unwrap().split(')').next().unwrap();
        let sides: Vec<usize> = sides.split(',').filter_map(|side| side.trim().parse().ok()).collect();
        Self { shape: sides.try_into().unwrap(), values: bytes[begin..].to_vec() }
    }

    fn row(&self, sample: usize, step: usize) -> &[u8] {
        let [_, steps, neurons] = self.shape;
        &self.values[(sample * steps + step) * neurons..][..neurons]
    }
}

/// What became of a model: places (sample, step, neuron) that differ in the hidden and the output layer, and spikes of both
/// in the recording.
#[derive(Debug, PartialEq)]
struct Compared {
    differ: [usize; 2],
    spikes: [usize; 2],
    notes: Vec<String>,
}

/// Imports a model as asked, and runs its integers on the recorded inputs.
fn compare(folder: &Path, model: &str, asked: Asked) -> Compared {
    let path = |ending: &str| folder.join(format!("{model}.{ending}"));
    let graph = nir::read(&path("nir")).unwrap_or_else(|error| panic!("{error}"));
    let settled = nir::settle(&graph, asked);
    let lowered = nir::lower(&graph, settled.options).unwrap_or_else(|problems| panic!("{model}: {problems:?}"));
    let own = path("inputs.npy");
    let inputs = Recording::read(&if own.is_file() { own } else { folder.join("../digits_inputs.npy") });
    let expected = Expected { steps: Some(inputs.shape[1] as u32), peaks: None };
    let imported = nir::quantise_for(&lowered, Bits::default(), expected);
    let imported = imported.unwrap_or_else(|problems| panic!("{model}: {problems:?}"));
    let recorded = ["hidden.npy", "output.npy"].map(|name| Recording::read(&path(name)));
    let layers: Vec<usize> = (0..lowered.layers.len())
        .filter(|layer| lowered.layers[*layer].somas.as_ref().is_some_and(|somas| somas.threshold.is_some()))
        .collect();
    assert_eq!(layers.len(), 2, "{model}: a hidden and an output layer");
    let (mut differ, mut spikes) = ([0; 2], [0; 2]);
    for sample in 0..recorded[0].shape[0] {
        let steps = inputs.shape[1];
        let fed = (0..steps).flat_map(|step| {
            let fires = inputs.row(sample, step).iter().enumerate().filter(|(_, value)| **value == 1);
            fires.map(move |(neuron, _)| (step as u32 + 1, neuron as u32)).collect::<Vec<_>>()
        });
        let network = imported.with_spikes(vec![fed.collect()]);
        let fired = fired(&network, (steps + 3) as u32);
        for (which, (layer, recorded)) in layers.iter().zip(&recorded).enumerate() {
            let level = lowered.layers[*layer].level as usize;
            for step in 0..steps {
                for (neuron, wanted) in recorded.row(sample, step).iter().enumerate() {
                    // Row t of the recording is the layer's own step t + 1.
                    let found = fired[step + level].contains(&imported.numbers[*layer][neuron]);
                    differ[which] += usize::from(found != (*wanted == 1));
                    spikes[which] += usize::from(*wanted > 0);
                }
            }
        }
    }
    assert!(spikes[0] > 100 && spikes[1] > 10, "{model}: a silent recording would say little: {spikes:?}");
    Compared { differ, spikes, notes: [settled.notes, lowered.notes].concat() }
}

/// The neurons that fire in each step, from step 1, by the reference evaluator.
fn fired(network: &spikemesh::net::Graph, steps: u32) -> Vec<std::collections::BTreeSet<u32>> {
    let mut before = vec![0; network.neurons()];
    (1..=steps)
        .map(|step| {
            let counts = reference::sparse(network, step).counts;
            let fired = (0..counts.len()).filter(|neuron| counts[*neuron] > before[*neuron]);
            let fired = fired.map(|neuron| neuron as u32).collect();
            before = counts;
            fired
        })
        .collect()
}

fn dt(seconds: f64) -> Asked {
    Asked { dt: Some(seconds), ..Asked::default() }
}

/// Models that must be equal in every spike, with the options that their file leaves open.
fn equal() -> Vec<(&'static str, &'static str, Asked)> {
    let subtract = Asked { reset: Some(ResetRule::Subtract), ..Asked::default() };
    vec![
        ("snntorch", "leaky_zero", dt(1e-4)),
        ("snntorch", "leaky_default", Asked { reset: Some(ResetRule::Snntorch), ..dt(1e-4) }),
        ("snntorch", "conv", dt(1e-4)),
        ("snntorch", "rleaky", dt(1e-4)),
        ("norse", "lif_box", dt(1e-6)),
        ("sinabs", "iaf_single_spike", subtract),
        ("sinabs", "lif", Asked { dt: Some(1.0), integrator: Integrator::Exponential, ..subtract }),
        ("spikingjelly", "lif", dt(1e-4)),
        // Its R is 1/dt, which is found.
        ("spikingjelly", "if", dt(1e-4)),
        ("spikingjelly", "conv", dt(1e-4)),
    ]
}

pub fn models_of_frameworks_spike_as_their_frameworks_recorded() {
    let folder = data("parity");
    for (framework, model, asked) in equal() {
        let found = compare(&folder.join(framework), model, asked);
        assert_eq!(found.differ, [0, 0], "{framework}/{model}: of {:?} spikes; {:?}", found.spikes, found.notes);
    }
}

/// Norse's decays are not multiples of 1/4096: a few hidden spikes differ, and no output.
pub fn the_main_neuron_of_norse_is_read_with_an_impulse_into_its_current() {
    let folder = data("parity");
    let asked = Asked { cuba_input: CubaInput::Impulse, ..dt(1e-6) };
    let found = compare(&folder.join("norse"), "lif_cuba", asked);
    assert!(found.differ[0] <= 5 && found.differ[1] == 0, "{found:?}");
    // As the file stands, hardly anything fires.
    let as_defined = compare(&folder.join("norse"), "lif_cuba", dt(1e-6));
    assert!(as_defined.differ[0] > 1000, "{as_defined:?}");
}

pub fn an_r_of_one_by_dt_is_found_and_said_and_an_option_wins() {
    let folder = data("parity");
    let folder = folder.join("spikingjelly");
    let found = compare(&folder, "if", dt(1e-4));
    assert!(found.notes.iter().any(|note| note.contains("R dt is 1")), "{:?}", found.notes);
    let told = compare(&folder, "if", Asked { if_input: IfInput::Impulse, ..dt(1e-4) });
    assert!(told.differ[0] > 1000 && !told.notes.iter().any(|note| note.contains("R dt is 1")), "{told:?}");
    // With another time step R is still 10,000, which nobody means as a factor: that is asked.
    let bench = Bench::new();
    let (file, out) = (folder.join("if.nir").display().to_string(), bench.path("out"));
    let message = bench.fail(&["import", &file, "--out", &out, "--dt", "1e-3"]);
    assert!(message.contains("thresholds; say --if-input current") && message.contains("dt is 0.0001 s"), "{message}");
    assert!(!Path::new(&out).exists());
    bench.succeed(&["import", &file, "--out", &out, "--dt", "1e-3", "--if-input", "current"]);
    let said = bench.run(&["import", "--overwrite", &file, "--out", &out]);
    assert!(said.status.success() && text(&said.stdout).contains("R dt is 1"), "{}", text(&said.stderr));
}

/// The default reset of snnTorch is another network than a subtraction at once, which the test above would not see if both
/// were the same.
pub fn the_late_reset_of_snntorch_is_no_subtraction_at_once() {
    let folder = data("parity");
    let at_once = Asked { reset: Some(ResetRule::Subtract), ..dt(1e-4) };
    let found = compare(&folder.join("snntorch"), "leaky_default", at_once);
    assert!(found.differ[0] > 1000, "{found:?}");
}

/// The command line over all recorded samples: the classes, and the spikes of every output, are those of the framework.
pub fn imported_networks_reach_the_accuracy_of_their_frameworks() {
    let folder = data("parity");
    let bench = Bench::new();
    let set = bench.path("set");
    std::fs::create_dir(&set).unwrap();
    let labels = std::fs::read(folder.join("digits_labels.npy")).unwrap();
    std::fs::copy(folder.join("digits_inputs.npy"), Path::new(&set).join("test_spikes.npy")).unwrap();
    std::fs::write(Path::new(&set).join("test_labels.npy"), &labels).unwrap();
    for (framework, model, options) in [
        ("snntorch", "leaky_zero", &["--dt", "1e-4"][..]),
        ("snntorch", "leaky_default", &["--dt", "1e-4", "--reset", "snntorch"]),
        ("norse", "lif_box", &["--dt", "1e-6"]),
        ("sinabs", "iaf_single_spike", &["--reset", "subtract"]),
        ("sinabs", "lif", &["--dt", "1", "--integrator", "exponential", "--reset", "subtract"]),
        ("spikingjelly", "if", &["--dt", "1e-4"]),
    ] {
        let (graph, out) =
            (folder.join(framework).join(format!("{model}.nir")).display().to_string(), bench.path(model));
        bench.succeed(&[&["import", &graph, "--out", &out, "--overwrite"], options].concat());
        let json = bench.path("run.json");
        bench.succeed(&["run", "--network", &out, "--data", &set, "--json", &json]);
        let report = bench.json("run.json");
        let recorded = Recording::read(&folder.join(framework).join(format!("{model}.output.npy")));
        let [samples, steps, outputs] = recorded.shape;
        let class = |sample: usize| {
            let count =
                |output: usize| (0..steps).map(|step| u32::from(recorded.row(sample, step)[output])).sum::<u32>();
            (0..outputs).rev().max_by_key(|output| count(*output)).unwrap()
        };
        let classes: Vec<usize> = (0..samples).map(class).collect();
        assert_eq!(report["predictions"], serde_json::json!(classes), "{framework}/{model}");
        assert_eq!(report["mismatched_samples"], 0, "{framework}/{model}");
        assert_eq!(report["real_network"]["samples_of_another_class"], 0, "{framework}/{model}");
        let right =
            classes.iter().zip(&labels[labels.len() - samples..]).filter(|(a, b)| **a == usize::from(**b)).count();
        assert_eq!(report["accuracy"].as_f64(), Some(right as f64 / samples as f64), "{framework}/{model}");
    }
}
