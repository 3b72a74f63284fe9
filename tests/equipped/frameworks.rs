//! Networks that training frameworks exported, against the spikes that the frameworks themselves recorded: neuron by neuron
//! and step by step, in integers. Weights were rounded before the export so that eight bits hold them: what could differ is
//! the meaning of the file. The recordings are read where they are.

use crate::bench::{Bench, text};
use crate::needs::data;
use spikemesh::net::nir::{self, Asked, Bits, Expected, Framework, IfInput, ResetRule};
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
                    let found = fired[step + level][imported.numbers[*layer][neuron] as usize];
                    differ[which] += usize::from(found != u32::from(*wanted));
                    spikes[which] += usize::from(*wanted > 0);
                }
            }
        }
    }
    assert!(spikes[0] > 100 && spikes[1] > 10, "{model}: a silent recording would say little: {spikes:?}");
    Compared { differ, spikes, notes: [settled.notes, lowered.notes].concat() }
}

/// How often each neuron fires in each step, from step 1, by the reference evaluator.
fn fired(network: &spikemesh::net::Graph, steps: u32) -> Vec<Vec<u32>> {
    let mut before = vec![0; network.neurons()];
    (1..=steps)
        .map(|step| {
            let counts = reference::sparse(network, step).counts;
            let fired = counts.iter().zip(&before).map(|(after, before)| after - before).collect();
            before = counts;
            fired
        })
        .collect()
}

fn dt(seconds: f64) -> Asked {
    Asked { dt: Some(seconds), ..Asked::default() }
}

/// What `--from` alone asks for.
fn from(framework: Framework) -> Asked {
    Asked { from: Some(framework), ..Asked::default() }
}

/// Models that must be equal in every spike: the framework is enough, and where a model is not of its default kind, one
/// option beside it.
fn equal() -> Vec<(Framework, &'static str, Asked)> {
    use Framework::{Norse, Sinabs, Snntorch, SpikingJelly};
    let zero = Asked { reset: Some(ResetRule::Zero), ..from(Snntorch) };
    vec![
        (Snntorch, "leaky_zero", zero),
        (Snntorch, "leaky_default", from(Snntorch)),
        (Snntorch, "conv", zero),
        (Snntorch, "rleaky", zero),
        (Norse, "lif_box", from(Norse)),
        (Sinabs, "iaf_single_spike", from(Sinabs)),
        (Sinabs, "lif", from(Sinabs)),
        (Sinabs, "iaf_multi_spike", Asked { max_spikes: Some(255), ..from(Sinabs) }),
        (SpikingJelly, "lif", from(SpikingJelly)),
        (SpikingJelly, "if", from(SpikingJelly)),
        (SpikingJelly, "conv", from(SpikingJelly)),
    ]
}

pub fn models_of_frameworks_spike_as_their_frameworks_recorded() {
    let folder = data("parity");
    for (framework, model, asked) in equal() {
        let framework = framework.name();
        let found = compare(&folder.join(framework), model, asked);
        assert_eq!(found.differ, [0, 0], "{framework}/{model}: of {:?} spikes; {:?}", found.spikes, found.notes);
    }
}

/// Who wrote a file is seen from its parameters, where they show it, and said when nothing else settles what it leaves open.
pub fn the_framework_of_a_file_is_suggested() {
    let folder = data("parity");
    let hint = |framework: &str, model: &str, asked: Asked| {
        let graph = nir::read(&folder.join(framework).join(format!("{model}.nir"))).unwrap();
        nir::settle(&graph, asked).hint
    };
    for (framework, model, _) in equal().into_iter().chain([(Framework::Norse, "lif_cuba", Asked::default())]) {
        let said = hint(framework.name(), model, Asked::default()).unwrap_or_default();
        // An IF with an R of 1 has nothing that shows its origin.
        let (both, named) = (model.starts_with("iaf"), format!("`from` {}", framework.name()));
        assert!(said.contains(&named) && said.contains("look like") != both, "{framework:?}/{model}: {said}");
        assert_eq!(hint(framework.name(), model, from(framework)), None);
        assert_eq!(hint(framework.name(), model, dt(1e-4)), None);
    }
    let bench = Bench::new();
    let (file, out) = (folder.join("norse/lif_box.nir").display().to_string(), bench.path("out"));
    let message = bench.fail(&["import", &file, "--out", &out]);
    assert!(
        message.contains("forward Euler does not bear")
            && message.contains("hint: ")
            && message.contains("--from norse"),
        "{message}"
    );
    let output = bench.run(&["import", &file, "--out", &out, "--from", "norse"]);
    assert!(output.status.success() && !text(&output.stderr).contains("hint"), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .contains("as Norse means it: dt 0.000001 s")
    );
    // A file of another framework is said to be one.
    let other = bench.run(&["import", "--overwrite", &file, "--out", &out, "--from", "sinabs"]);
    assert!(
        text(&other.stdout)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .contains("look like those of Norse, not of Sinabs")
    );
}

/// Norse's decays are not multiples of 1/4096: a few hidden spikes differ, and no output.
pub fn the_main_neuron_of_norse_is_read_with_an_impulse_into_its_current() {
    let folder = data("parity");
    let found = compare(&folder.join("norse"), "lif_cuba", from(Framework::Norse));
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
        ("snntorch", "leaky_zero", &["--reset", "zero"][..]),
        ("snntorch", "leaky_default", &[]),
        ("norse", "lif_box", &[]),
        ("norse", "lif_cuba", &[]),
        ("sinabs", "iaf_single_spike", &[]),
        ("sinabs", "lif", &[]),
        ("sinabs", "iaf_multi_spike", &["--max-spikes", "255"]),
        ("spikingjelly", "if", &[]),
    ] {
        let (graph, out) =
            (folder.join(framework).join(format!("{model}.nir")).display().to_string(), bench.path(model));
        bench.succeed(&[&["import", &graph, "--out", &out, "--overwrite", "--from", framework], options].concat());
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
