//! An imported network compared with the real one it was made from: a row for each layer, and the warnings on it.

/// Spikes of a layer may differ by this share of the larger number without a warning ...
const SPIKES: f64 = 0.05;
/// ... or by this number.
const FEW_SPIKES: u64 = 2;
/// Potentials of layers that never fire may differ by this share of the largest of the layer.
const POTENTIAL: f64 = 0.05;
/// Weights that round to zero may be this share of all weights into a neuron, by magnitude ...
const WEIGHT_LOST: f64 = 0.02;
/// ... and less than this share of the synapses of a layer.
const ZEROED: f64 = 0.5;
/// Leaks may be off by this share of themselves.
const LEAK: f64 = 0.05;
/// Delays may be off by this many time steps.
const DELAY: f64 = 0.1;

/// Result of the import of a layer.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq)]
pub struct LayerFigures {
    /// Name of the layer.
    pub name: String,
    /// Kind of the node.
    pub kind: &'static str,
    /// Shape of the layer.
    pub shape: Vec<usize>,
    /// Different settings (parameters) of its neurons.
    pub settings: usize,
    /// Neuron model as reports describe it; empty for an input.
    pub model: String,
    /// Synapses into the layer.
    pub synapses: u64,
    /// Synapses that are left out because their weight rounds to zero.
    pub zeroed: u64,
    /// Root mean square of the rounding errors of weights, relative to that of the weights.
    pub weight_error: f64,
    /// Largest change of a decay (of potential or current), in the share that is kept.
    pub decay_error: f64,
    /// Largest change of a share that a step takes off a potential or current, relative to itself, where 1/64 or more
    /// of it decays in a run.
    pub leak_error: f64,
    /// Largest share of a neuron's weights, by magnitude, that rounds to zero.
    pub weight_lost: f64,
    /// Membrane units of one unit of the file's potential: for the neuron with the fewest.
    pub units: f64,
    /// Finest decays, in bits; 0 where nothing decays.
    pub decay_bits: u32,
}

/// A layer of an imported network, in integers and in real numbers.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq)]
pub struct LayerDeviation {
    /// Result of the import.
    pub figures: LayerFigures,
    /// Spikes in real numbers.
    pub spikes_real: u64,
    /// Spikes in integers.
    pub spikes: u64,
    /// Neurons whose numbers of spikes differ.
    pub neurons_that_differ: u64,
    /// For a layer that never fires: sums of the final potentials in real numbers and in integers (units of the file).
    pub potentials: Option<(f64, f64)>,
    /// For a layer that never fires: the largest difference of final potentials, in units of the file.
    pub potential_difference: Option<f64>,
    /// The largest magnitude of a final potential in real numbers.
    pub potential_largest: f64,
    /// Steps in which a membrane or a current of the layer saturates.
    pub saturated_steps: u64,
    /// Neurons that saturate in some step.
    pub saturated_neurons: u64,
    /// Largest deviation of delays into the layer from whole steps (steps).
    pub delay_error: f64,
    /// Whether spikes reach it, in real numbers.
    pub is_reached: bool,
    /// Whether it has neurons that fire.
    pub fires: bool,
}

/// Comparison of both networks over a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// Steps that every layer took.
    pub steps: u32,
    /// Layers, in the order of the lowered graph.
    pub rows: Vec<LayerDeviation>,
}

impl Deviation {
    /// Warnings on values beyond the thresholds, by layer.
    pub fn warnings(&self) -> Vec<String> {
        self.rows.iter().flat_map(LayerDeviation::warnings).collect()
    }
}

impl LayerDeviation {
    fn warnings(&self) -> Vec<String> {
        let figures = &self.figures;
        let mut found = Vec::new();
        if self.saturated_steps > 0 {
            found.push(format!(
                "membranes saturate in {} steps, {} of its neurons; `bits.membrane` makes room",
                self.saturated_steps, self.saturated_neurons
            ));
        }
        let differ = self.spikes_real.abs_diff(self.spikes);
        let most = (SPIKES * self.spikes_real.max(self.spikes) as f64).max(FEW_SPIKES as f64);
        if differ as f64 > most {
            found.push(format!("{} spikes in real numbers, {} in integers", self.spikes_real, self.spikes));
        }
        if let Some(difference) = self.potential_difference.filter(|off| *off > POTENTIAL * self.potential_largest) {
            found.push(format!(
                "final potentials differ by up to {difference:.4}, where the largest is {:.4}",
                self.potential_largest
            ));
        }
        let all = figures.synapses + figures.zeroed;
        if figures.weight_lost > WEIGHT_LOST || (figures.zeroed > 0 && figures.zeroed as f64 >= ZEROED * all as f64) {
            found.push(format!(
                "{} of {all} synapses round to zero, up to {:.1} % of the weights into a neuron; `bits.weight` keeps more",
                figures.zeroed,
                100.0 * figures.weight_lost
            ));
        }
        if figures.leak_error > LEAK {
            found.push(format!("leaks are off by up to {:.1} % of themselves", 100.0 * figures.leak_error));
        }
        if self.delay_error > DELAY {
            found.push(format!(
                "delays are rounded by up to {:.2} of a time step; a shorter `dt` keeps them",
                self.delay_error
            ));
        }
        if self.fires && self.is_reached && self.spikes == 0 {
            let where_ = if self.spikes_real > 0 { " in integers" } else { "" };
            found.push(format!("never fires on these spikes{where_}"));
        } else if self.fires && self.is_reached && self.spikes_real == 0 {
            found.push("never fires on these spikes in real numbers".to_owned());
        }
        found.into_iter().map(|text| format!("layer \"{}\": {text}", figures.name)).collect()
    }
}
