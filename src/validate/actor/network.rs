//! The actor as a network of Loihi's neurons, and the spikes that the embedded processor sends it.

use super::layers::ActorLayer;
use super::{FLUSH, Pose, SIZES};
use crate::net::Graph;
use crate::net::graph::{Csr, Drive, Population};
use crate::net::neuron::{Loihi, Model, Params, Reset};
use crate::rng::{Domain, stream};
use rand::Rng;
use std::sync::Arc;

const PER_CORE: u32 = 128;
const SEED: u64 = 1;

/// The populations: spikes that the processor sends, input and bias neurons, and the layers.
pub(super) fn network(layers: &[ActorLayer], poses: &[Pose], steps: u32) -> Graph {
    let bias_neurons = layers.len() as u32;
    let (inputs, sent) = (SIZES[0], SIZES[0] + bias_neurons);
    let mut builder = ActorBuilder::default();
    let source = builder.population("processor", sent, None, Some(spikes(poses, steps)));
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

/// Spikes that the processor sends for decisions that follow each other: (step, input or bias neuron).
fn spikes(poses: &[Pose], steps: u32) -> Vec<(u32, u32)> {
    let mut all = Vec::new();
    for (decision, pose) in (0..).zip(poses) {
        let before = decision * (steps + FLUSH);
        let mut draws = stream(SEED, Domain::InputSpikes, decision.into());
        for step in 1..=steps + FLUSH {
            if step <= steps {
                let is_sent = |percent: u8| (draws.next_u64() >> 32) * 100 < u64::from(percent) << 32;
                let sent = (0..).zip(pose.map(is_sent)).filter(|(_, is_sent)| *is_sent);
                all.extend(sent.map(|(input, _)| (before + step, input)));
            }
            let biases = (0..4).filter(|layer| (layer + 1..=layer + steps).contains(&step));
            all.extend(biases.map(|layer| (before + step, SIZES[0] + layer)));
        }
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
    use super::super::INPUTS;
    use super::*;

    #[test]
    fn the_processor_sends_what_the_authors_code_sends() {
        let all = spikes(&[[100; INPUTS]], 5);
        // Every input in the first five steps; bias neuron l in the steps l + 1 to l + 5.
        assert_eq!(all.iter().filter(|(_, neuron)| *neuron < 24).count(), 5 * 24);
        for layer in 0..4 {
            let steps: Vec<_> = all.iter().filter(|(_, neuron)| *neuron == 24 + layer).map(|(step, _)| *step).collect();
            assert_eq!(steps, (layer + 1..=layer + 5).collect::<Vec<_>>());
        }
        assert!(spikes(&[[0; INPUTS]; 3], 5).iter().all(|(_, neuron)| *neuron >= 24));
        let half = (spikes(&[[50; INPUTS]; 200], 5).len() - 200 * 20) as f64 / 200.0;
        assert!((half - 60.0).abs() < 2.0, "{half}");
    }

    #[test]
    fn each_input_spikes_with_its_own_probability_and_decisions_follow_each_other() {
        let pose: Pose = std::array::from_fn(|input| input as u8 * 4);
        let (steps, decisions) = (10, 400);
        let all = spikes(&vec![pose; decisions], steps);
        assert!(all.is_sorted(), "sources need their spikes in order");
        assert_eq!(all.last().unwrap().0, (decisions as u32 - 1) * (steps + FLUSH) + steps + 3);
        for (input, percent) in (0..).zip(pose) {
            let share = all.iter().filter(|(_, neuron)| *neuron == input).count() as f64 / (10.0 * decisions as f64);
            assert!((share - f64::from(percent) / 100.0).abs() < 0.04, "input {input}: {share}");
        }
        // More steps continue the same draws.
        let (five, ten) = (spikes(&[pose], 5), spikes(&[pose], 10));
        let inputs = |all: &[(u32, u32)]| all.iter().filter(|s| s.0 <= 5 && s.1 < 24).copied().collect::<Vec<_>>();
        assert_eq!(inputs(&five), inputs(&ten));
    }
}
