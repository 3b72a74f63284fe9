//! The spiking actor of a robot that finds its way, on Loihi: energy of an inference.
//!
//! Weights and neurons are those of the authors' repository, made integer as their code does it: by layer, 255 over
//! the largest magnitude of weights and biases, cut toward zero; a threshold of 0.5 times that. Each of the four
//! weighted layers has a bias neuron that the embedded processor makes spike in T steps, a step later for each layer;
//! 24 input neurons spike with probabilities that encode what the robot sees, in the first T steps, and five more
//! steps flush the layers. Spikes that the processor sends act within their step on Loihi and in the next one here, so
//! the first step is not counted. What the robot saw was not published: inputs here spike with one probability each, 0.5
//! unless said otherwise. Layers are on the cores that the authors put them on, up to their order.

use super::simulate::{StepwiseRun, build, calibration};
use super::{Case, Finding, FindingKind, Trouble, ValidationBench};
use crate::hw::{Calibration, Chip};
use crate::map::Limits;
use crate::net::Graph;
use crate::net::graph::{Csr, Drive, Population};
use crate::net::neuron::{Loihi, Model, Params, Reset};
use crate::rng::mix;
use crate::stats::Op;
use npyz::NpyFile;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

pub(super) const CASE: Case =
    Case { name: "actor", about: "energy of an inference of a robot's spiking actor on Loihi", run };

const SOURCE: &str = "Tang et al. 2020, IROS, arXiv:2003.01157 (dynamic energy of an inference on Loihi); network: \
                      combra-lab/spiking-ddpg-mapless-navigation, commit 00f394d";
const FOLDER: &str = "loihi_sddpg";

/// (time steps, measured energy in uJ, tolerance).
const POINTS: [(u32, f64, Option<f64>); 3] = [(5, 15.53, Some(0.25)), (10, 28.47, None), (50, 131.99, None)];
const RATES: [f64; 3] = [0.5, 0.2, 0.8];
const SAMPLES: u32 = 40;
const FLUSH: u32 = 5;
const SIZES: [u32; 5] = [24, 256, 256, 256, 2];
const PER_CORE: u32 = 128;
const LARGEST_FILE: u64 = 1 << 22;

fn run(bench: &ValidationBench) -> Result<Vec<Finding>, Trouble> {
    let absent =
        |why: String| Trouble::Absent(format!("its weights are not here ({why}): give --data DIR with {FOLDER}"));
    let folder = bench.data.as_ref().ok_or_else(|| absent("no folder was given".into()))?.join(FOLDER);
    if !folder.is_dir() {
        return Err(absent(format!("no folder {}", folder.display())));
    }
    let layers = (0..4).map(|layer| ActorLayer::read(&folder, layer)).collect::<Result<Vec<_>, _>>()?;
    let chip = bench.chip("loihi", &[])?;
    POINTS.iter().map(|point| finding(&chip, &layers, *point)).collect()
}

fn finding(chip: &Arc<Chip>, layers: &[ActorLayer], point: (u32, f64, Option<f64>)) -> Result<Finding, Trouble> {
    let (steps, published, tolerance) = point;
    let table = calibration(chip, "davies2018")?;
    let nominal = mean(chip, table, layers, steps, RATES[0])?;
    let other = |rate| mean(chip, table, layers, steps, rate).map(|cost| format!("{:.2} µJ at {rate}", cost.uj));
    let others = RATES[1..].iter().map(|rate| other(*rate)).collect::<Result<Vec<_>, _>>()?.join(", ");
    let fit = calibration(chip, "silicon_fit")?;
    let notes = vec![
        format!("inputs spike with probability {} (assumed); {others}", RATES[0]),
        format!(
            "{:.0} synaptic operations and {:.0} neuron updates in the mean of {SAMPLES} inferences",
            nominal.operations, nominal.updates
        ),
        format!("with the constants fitted to silicon {:.2} µJ", mean(chip, fit, layers, steps, RATES[0])?.uj),
    ];
    Ok(Finding {
        case: format!("actor, energy of an inference at T = {steps}"),
        ours: nominal.uj,
        published,
        unit: "µJ",
        tolerance,
        kind: FindingKind::Prediction,
        source: SOURCE,
        notes,
    })
}

/// Mean cost of an inference.
struct ActorCost {
    uj: f64,
    operations: f64,
    updates: f64,
}

fn mean(
    chip: &Arc<Chip>,
    table: &Calibration,
    layers: &[ActorLayer],
    steps: u32,
    rate: f64,
) -> Result<ActorCost, Trouble> {
    let (mut uj, mut operations, mut updates) = (0.0, 0, 0);
    for sample in 0..SAMPLES {
        let system = build(&network(layers, steps, rate, sample), chip, table, Limits::Enforce)?;
        let mut course = StepwiseRun::new(&system);
        course.steps(1)?;
        let before = course.work();
        course.steps(steps + FLUSH)?;
        let work = course.work().since(before);
        uj += work.dynamic_pj(table) / 1e6;
        operations += work.counts.synapses();
        updates += work.counts.of(Op::SomaAccess);
    }
    let each = |sum: u64| sum as f64 / f64::from(SAMPLES);
    Ok(ActorCost { uj: uj / f64::from(SAMPLES), operations: each(operations), updates: each(updates) })
}

struct ActorLayer {
    inputs: u32,
    outputs: u32,
    weights: Vec<i16>,
    biases: Vec<i16>,
    threshold: i32,
}

impl ActorLayer {
    fn read(folder: &Path, index: usize) -> Result<Self, Trouble> {
        let (inputs, outputs) = (SIZES[index], SIZES[index + 1]);
        let weights = read(&folder.join(format!("weight_{index}.npy")), &[outputs, inputs])?;
        let biases = read(&folder.join(format!("bias_{index}.npy")), &[outputs])?;
        let largest = weights.iter().chain(&biases).fold(0f64, |most, value| most.max(value.abs()));
        if largest == 0.0 {
            return Err(Trouble::Failed(format!("{}: layer {index} has only zeros", folder.display())));
        }
        let scale = 255.0 / largest;
        let whole = |values: Vec<f64>| values.into_iter().map(|v| (v * scale).clamp(-255.0, 255.0) as i16).collect();
        Ok(Self { inputs, outputs, weights: whole(weights), biases: whole(biases), threshold: (0.5 * scale) as i32 })
    }
}

fn read(path: &Path, shape: &[u32]) -> Result<Vec<f64>, Trouble> {
    let fail = |what: String| Trouble::Failed(format!("{}: {what}", path.display()));
    let file = File::open(path).map_err(|error| fail(format!("cannot be read: {error}")))?;
    let size = file.metadata().map_err(|error| fail(error.to_string()))?.len();
    if size > LARGEST_FILE {
        return Err(fail(format!("{size} bytes, expected at most {LARGEST_FILE}")));
    }
    let array = NpyFile::new(BufReader::new(file)).map_err(|error| fail(format!("not an array: {error}")))?;
    let found = array.shape().to_vec();
    if !found.iter().eq(shape.iter().map(|n| u64::from(*n)).collect::<Vec<_>>().iter()) {
        return Err(fail(format!("shape {found:?}, expected {shape:?}")));
    }
    let values = array.into_vec::<f32>().map_err(|error| fail(format!("expected f4: {error}")))?;
    if values.iter().any(|value| !value.is_finite()) {
        return Err(fail("a value that is no number".into()));
    }
    Ok(values.into_iter().map(f64::from).collect())
}

/// The populations: spikes that the processor sends, input and bias neurons, and the layers.
fn network(layers: &[ActorLayer], steps: u32, rate: f64, sample: u32) -> Graph {
    let bias_neurons = layers.len() as u32;
    let (inputs, sent) = (SIZES[0], SIZES[0] + layers.len() as u32);
    let mut builder = ActorBuilder::default();
    let source = builder.population("processor", sent, None, Some(spikes(steps, rate, sample)));
    let input = builder.population("inputs", inputs, Some((4095, 0, 100)), None);
    let bias = builder.population("biases", bias_neurons, Some((4095, 0, 100)), None);
    let mut before = input;
    let mut firsts = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let name = format!("layer{}", index + 1);
        firsts.push((before, builder.population(&name, layer.outputs, Some((2048, 1024, layer.threshold)), None)));
        before = firsts[index].1;
    }
    let mut rows: Vec<Vec<(u32, i16)>> = vec![Vec::new(); builder.graph.threshold.len()];
    (0..inputs).for_each(|k| rows[(source + k) as usize].push((input + k, 120)));
    (0..bias_neurons).for_each(|k| rows[(source + inputs + k) as usize].push((bias + k, 120)));
    for (index, (layer, (from, to))) in layers.iter().zip(firsts).enumerate() {
        for output in 0..layer.outputs {
            let weights = &layer.weights[(output * layer.inputs) as usize..((output + 1) * layer.inputs) as usize];
            for (k, weight) in (0..).zip(weights).filter(|(_, weight)| **weight != 0) {
                rows[(from + k) as usize].push((to + output, *weight));
            }
            let weight = layer.biases[output as usize];
            if weight != 0 {
                rows[bias as usize + index].push((to + output, weight));
            }
        }
    }
    builder.finish(rows)
}

/// Spikes that the processor sends: (step, input or bias neuron).
fn spikes(steps: u32, rate: f64, sample: u32) -> Vec<(u32, u32)> {
    let mut all = Vec::new();
    for step in 1..=steps + FLUSH {
        for input in (0..SIZES[0]).filter(|_| step <= steps) {
            let draw = mix(u64::from(sample) << 40 | u64::from(step) << 20 | u64::from(input)) >> 11;
            if (draw as f64) < rate * (1u64 << 53) as f64 {
                all.push((step, input));
            }
        }
        let biases = (0..4).filter(|layer| (layer + 1..=layer + steps).contains(&step));
        all.extend(biases.map(|layer| (step, SIZES[0] + layer)));
    }
    all
}

#[derive(Default)]
struct ActorBuilder {
    graph: Graph,
}

impl ActorBuilder {
    /// Adds a population of (decay of current, decay of voltage, threshold), or a source; gives its first neuron.
    fn population(
        &mut self,
        name: &str,
        count: u32,
        neuron: Option<(u32, u32, i32)>,
        source: Option<Vec<(u32, u32)>>,
    ) -> u32 {
        let first = self.graph.threshold.len() as u32;
        let (current_decay, voltage_decay, threshold) = neuron.unwrap_or((0, 0, 1));
        let model = Model::Loihi(Loihi {
            current_decay,
            voltage_decay,
            refractory: 1,
            bias_exponent: 0,
            weight_shift: 0,
            floor_exponent: 23,
        });
        let params = Params { model, reset: Reset::Zero, fraction_bits: 6, membrane_bits: 24, fires: true };
        let (name, drive) = (name.to_owned(), Drive::EveryStep);
        self.graph.populations.push(Population {
            name,
            first,
            count,
            params: params.into(),
            drive,
            window: None,
            source,
        });
        self.graph.threshold.resize((first + count) as usize, threshold << 6);
        first
    }

    fn finish(mut self, rows: Vec<Vec<(u32, i16)>>) -> Graph {
        let mut synapses = Csr::with_capacity(rows.len(), rows.iter().map(Vec::len).sum());
        for row in rows {
            row.into_iter().for_each(|(target, weight)| synapses.push(target, weight, 1));
            synapses.end_row();
        }
        self.graph.bias = vec![0; self.graph.threshold.len()];
        self.graph.neurons_per_core = Some(PER_CORE);
        self.graph.synapses = Arc::new(synapses);
        self.graph
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_sends_what_the_authors_code_sends() {
        let all = spikes(5, 1.0, 0);
        // Every input in the first five steps; bias neuron l in the steps l + 1 to l + 5.
        assert_eq!(all.iter().filter(|(_, neuron)| *neuron < 24).count(), 5 * 24);
        for layer in 0..4 {
            let steps: Vec<_> = all.iter().filter(|(_, neuron)| *neuron == 24 + layer).map(|(step, _)| *step).collect();
            assert_eq!(steps, (layer + 1..=layer + 5).collect::<Vec<_>>());
        }
        assert!(spikes(5, 0.0, 0).iter().all(|(_, neuron)| *neuron >= 24));
        let half = (0..200).map(|sample| spikes(5, 0.5, sample).len() - 20).sum::<usize>() as f64 / 200.0;
        assert!((half - 60.0).abs() < 2.0, "{half}");
    }
}
