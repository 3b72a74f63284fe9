//! Import of a graph: open points are settled, real numbers become integers, and both are compared on spikes.
//!
//! ```text
//! NirGraph ─ settle, lower ─► Draft ─ spikes of its inputs ─► real run ─ quantise ─► Import: network, deviation, notes
//! ```

use super::asked::{Asked, Framework};
use super::compare::{compare, compare_with};
use super::discrete::{CubaInput, FiresAt, IfInput, Integrator, LifInput};
use super::float::{self, RealRun};
use super::graph::NirGraph;
use super::layers::Lowered;
use super::lower::lower;
use super::metadata::{Settled, settle};
use super::quantise::{Bits, Expected, IntegerNetwork, quantise_for};
use crate::json::Problem;
use crate::net::SparseNetwork;
use crate::net::deviation::{Deviation, LayerFigures};
use crate::net::graph::Graph;
use crate::net::neuron::DECAY_BITS;
use crate::net::samples::{MAX_CURRENT_STEP, SampleForm};
use crate::net::spikes::{Fed, MAX_SPIKE_STEPS, SpikesError, Stimulus};

/// Most spikes of a neuron in a step.
pub const MAX_SPIKES: u32 = 255;

/// How a graph is imported.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ImportOptions {
    /// Choices for the points that NIR leaves open.
    pub asked: Asked,
    /// Widths of the integers.
    pub bits: Bits,
    /// Time steps of every layer, for which membranes have room; by default those of the spikes.
    pub steps: Option<u32>,
    /// Whether it is an error if integers do not follow the real numbers.
    pub strict: bool,
}

impl ImportOptions {
    /// Values out of range. The time step is checked when the graph is lowered.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let steps = self.steps.map(|steps| ("steps", steps, 1..=i64::from(MAX_SPIKE_STEPS)));
        let (weight, membrane) = (self.bits.weight, self.bits.membrane);
        let spikes = self.asked.max_spikes.map(|spikes| ("max_spikes", spikes, 1..=i64::from(MAX_SPIKES)));
        let all = [
            Some(("bits.weight", weight, Bits::WEIGHT)),
            Some(("bits.membrane", membrane, Bits::MEMBRANE)),
            steps,
            spikes,
        ];
        let wrong = all.into_iter().flatten().filter(|(_, value, range)| !range.contains(&i64::from(*value)));
        wrong
            .map(|(path, value, range)| Problem {
                path: path.to_owned(),
                message: format!("found {value}, expected {} to {}", range.start(), range.end()),
            })
            .collect()
    }
}

/// Reason why a graph was not imported.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// All nodes or options that are not supported.
    #[error("{}", lines(.0))]
    NotCovered(Vec<Problem>),
    /// The spikes do not fit the inputs.
    #[error("{0}")]
    Spikes(#[from] SpikesError),
    /// The integers do not follow the real numbers in a strict import; with the warnings.
    #[error("integers do not follow the real network\n{}", .0.join("\n"))]
    DoesNotFollow(Vec<String>),
    /// The network is not the one that the graph becomes.
    #[error("the network was changed since it was imported")]
    Changed,
}

fn lines(problems: &[Problem]) -> String {
    let line = |Problem { path, message }: &Problem| match path.as_str() {
        "" => message.clone(),
        path => format!("{path}: {message}"),
    };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A graph as a network of integers with its spikes, compared with the real one.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The network, with spikes of its inputs.
    pub network: Graph,
    /// Time steps of every layer.
    pub steps: u32,
    /// The conversion of each layer.
    pub figures: Vec<LayerFigures>,
    /// By layer: number of each of its neurons in the network.
    pub numbers: Vec<Vec<u32>>,
    /// By layer and neuron: membrane units per unit of the file's potential; empty for inputs.
    pub units: Vec<Vec<f64>>,
    /// How it reads samples and names their class.
    pub samples: SampleForm,
    /// Deviation of integers from real numbers on these spikes.
    pub deviation: Deviation,
    /// Sentences for reports: choices made, roundings, and repairs.
    pub notes: Vec<String>,
}

impl Imported {
    /// Time steps of a run in which every layer takes all its steps.
    pub fn time_steps(&self) -> u32 {
        self.network.steps_for(self.steps)
    }

    /// The network with a name and a description, for runs and for files.
    pub fn into_network(self, name: impl Into<String>, description: impl Into<String>) -> SparseNetwork {
        SparseNetwork {
            name: name.into(),
            description: description.into(),
            time_steps: Some(self.time_steps()),
            graph: self.network,
            seed: None,
            notes: self.notes,
            imported: None,
            samples: self.samples,
        }
    }
}

/// Imports a graph, and compares integers with real numbers on the spikes of a stimulus.
///
/// # Errors
/// All unsupported features at once; spikes that do not fit; in a strict import, integers that do not follow.
pub fn import(graph: &NirGraph, options: ImportOptions, stimulus: &Stimulus) -> Result<Imported, ImportError> {
    let draft = Draft::new(graph, options)?;
    let fed = stimulus.feed(&draft.inputs())?;
    draft.finish(fed)
}

/// A graph in time steps with known inputs, before it gets spikes and becomes integers.
#[derive(Clone, Debug)]
pub struct Draft {
    options: ImportOptions,
    version: Option<String>,
    settled: Settled,
    lowered: Lowered,
}

impl Draft {
    /// Settles the points that the graph leaves open, and lowers it.
    ///
    /// # Errors
    /// All unsupported features at once.
    pub fn new(graph: &NirGraph, options: ImportOptions) -> Result<Self, ImportError> {
        let problems = options.problems();
        if !problems.is_empty() {
            return Err(ImportError::NotCovered(problems));
        }
        let settled = settle(graph, options.asked);
        let lowered = lower(graph, settled.options).map_err(ImportError::NotCovered)?;
        Ok(Self { options, version: graph.version.clone(), settled, lowered })
    }

    /// Names and sizes of the inputs, in the order of the network.
    pub fn inputs(&self) -> Vec<(&str, u32)> {
        let inputs = self.lowered.layers.iter().filter(|layer| layer.somas.is_none());
        inputs.map(|layer| (layer.name.as_str(), layer.neurons() as u32)).collect()
    }

    /// Steps of every layer with these spikes.
    pub fn steps(&self, fed: &Fed) -> u32 {
        self.options.steps.unwrap_or(fed.steps)
    }

    /// Runs the graph in real numbers, quantises it with room for their peaks, and compares both.
    ///
    /// # Errors
    /// Layers that cannot be integers; in a strict import, integers that do not follow.
    pub fn finish(self, fed: Fed) -> Result<Imported, ImportError> {
        let steps = self.steps(&fed);
        let fed = fed.until(steps);
        let numbers = float::run_layers(&self.lowered, &fed.spikes, steps, |_| {});
        let imported = self.integers(steps, &numbers.peaks)?;
        let deviation = compare_with(&self.lowered, &imported, &fed.spikes, &numbers, steps);
        if self.options.strict {
            deviation.follows()?;
        }
        let mut notes = self.notes(&imported, &fed.note);
        notes.extend(self.more_spikes(&numbers));
        let (network, samples) = (imported.with_spikes(fed.spikes), self.samples(&imported));
        let IntegerNetwork { figures, numbers, units, .. } = imported;
        Ok(Imported { network, steps, figures, numbers, units, samples, deviation, notes })
    }

    /// Compares the network that this graph became with real numbers, on other spikes and steps: those of `fed`, the
    /// network as it runs.
    ///
    /// # Errors
    /// A network that this graph does not become.
    pub fn compare(&self, network: &Graph, fed: &Graph) -> Result<Deviation, ImportError> {
        let (Some(own), Some(steps)) = (network.own_steps(), fed.own_steps()) else { return Err(ImportError::Changed) };
        let (imported, numbers) = self.becomes(network)?;
        let (before, spikes) = (network.spikes(), fed.spikes());
        if (steps, &spikes) == (own, &before) {
            return Ok(compare_with(&self.lowered, &imported, &spikes, &numbers, steps));
        }
        Ok(compare(&self.lowered, &imported, &spikes, steps))
    }

    /// The integers that this graph becomes, and the run in real numbers that settles their sizes.
    ///
    /// # Errors
    /// A network that this graph does not become.
    pub(super) fn becomes(&self, network: &Graph) -> Result<(IntegerNetwork, RealRun), ImportError> {
        let own = network.own_steps().ok_or(ImportError::Changed)?;
        let spikes = network.spikes();
        let numbers = float::run_layers(&self.lowered, &spikes, own, |_| {});
        let imported = self.integers(own, &numbers.peaks)?;
        match imported.with_spikes(spikes) == *network {
            true => Ok((imported, numbers)),
            false => Err(ImportError::Changed),
        }
    }

    pub(super) fn current_step_in_file(&self) -> Option<f64> {
        self.settled.current_step
    }

    pub(super) fn lowered(&self) -> &Lowered {
        &self.lowered
    }

    /// The step of currents of samples in membrane units, where it is whole and the same for all neurons behind an input.
    fn current_step(&self, imported: &IntegerNetwork) -> Option<u32> {
        let step = self.settled.current_step?;
        let Lowered { layers, projections, .. } = &self.lowered;
        let driven = projections.iter().filter(|projection| layers[projection.from].somas.is_none());
        let mut steps = driven.flat_map(|projection| &imported.units[projection.to]).map(|units| units * step);
        let first = steps.next()?;
        let whole =
            (first - first.round()).abs() <= 1e-9 * first && (1.0..=f64::from(MAX_CURRENT_STEP)).contains(&first);
        (whole && steps.all(|step| (step - first).abs() <= 1e-9 * first)).then_some(first.round() as u32)
    }

    /// How the network of integers reads samples, and which of its neurons name their class.
    fn samples(&self, imported: &IntegerNetwork) -> SampleForm {
        let Settled { input, time_steps, .. } = self.settled;
        let current_step = self.current_step(imported);
        let form = SampleForm { input, time_steps, current_step, ..SampleForm::default() };
        let [layer] = self.lowered.outputs[..] else { return form };
        let outputs = imported.numbers[layer].clone();
        let Some(somas) = self.lowered.layers[layer].somas.as_ref().filter(|somas| somas.threshold.is_none()) else {
            return SampleForm { outputs, ..form };
        };
        // Potentials are compared as they are in the file.
        let shifts = somas.shift.iter().zip(&imported.units[layer]);
        let offsets: Vec<i32> = shifts.map(|(shift, units)| (shift * units).round() as i32).collect();
        let alike = offsets.windows(2).all(|pair| pair[0] == pair[1]);
        SampleForm { outputs, offsets: if alike { Vec::new() } else { offsets }, ..form }
    }

    /// The network of integers for `steps` steps, if real numbers reached these peaks.
    fn integers(&self, steps: u32, peaks: &[Vec<f64>]) -> Result<IntegerNetwork, ImportError> {
        let expected = Expected { steps: Some(steps), peaks: Some(peaks) };
        quantise_for(&self.lowered, self.options.bits, expected).map_err(ImportError::NotCovered)
    }

    /// A note on spikes that neurons of a framework with several in a step would have had.
    fn more_spikes(&self, run: &RealRun) -> Option<String> {
        let again: u64 = run.again.iter().sum();
        let asked = self.options.asked;
        (asked.from == Some(Framework::Sinabs) && asked.max_spikes.is_none() && again > 0).then(|| {
            format!(
                "Sinabs: {again} times a neuron was still at its threshold after its spike; neurons with Sinabs' default, \
                 MultiSpike, spike again in the same step: for those give `max_spikes` {MAX_SPIKES}"
            )
        })
    }

    /// Sentences for the report of every run.
    fn notes(&self, imported: &IntegerNetwork, spikes: &str) -> Vec<String> {
        let Self {
            options: ImportOptions { bits, asked: Asked { from: options_from, .. }, .. },
            version,
            settled,
            lowered,
        } = self;
        let version = version.as_deref().map_or(String::new(), |version| format!(" (written by version {version})"));
        let integrator = match settled.options.integrator {
            Integrator::Euler => "forward Euler",
            Integrator::Exponential => "exponential Euler",
        };
        let input = match settled.options.if_input {
            IfInput::Found | IfInput::Impulse => "at once (v += R w)",
            IfInput::Current => "as a current for a time step (v += dt R w)",
        };
        let cuba = match settled.options.cuba_input {
            CubaInput::Defined => "",
            CubaInput::Impulse => "; currents take the whole weight of a spike, whatever w_in says",
        };
        let lif = match settled.options.lif_input {
            LifInput::Defined => "",
            LifInput::Impulse => "; LI and LIF take spikes at once (v += R w)",
        };
        let fires = match settled.options.fires {
            FiresAt::Above => "",
            FiresAt::Reached => "; neurons spike at their threshold, too",
        };
        let several = match settled.options.max_spikes {
            1 => String::new(),
            most => format!(", up to {most} times in a step"),
        };
        let from = options_from.map_or(String::new(), |from| format!(" as {} means it", from.title()));
        let (dt, reset) = (lowered.dt, settled.reset.describe());
        let rounding = imported.figures.iter().map(|layer| layer.weight_error).fold(0.0, f64::max);
        let mut notes = vec![
            format!(
                "imported from NIR{version}{from}: dt {dt} s, {integrator}, reset {reset}; IF takes spikes {input}{lif}{cuba}{fires}{several}"
            ),
            format!(
                "weights of {} bits, membranes of {} bits; largest rounding of weights {:.2} % (root mean square, by layer)",
                bits.weight,
                bits.membrane,
                100.0 * rounding
            ),
            spikes.to_owned(),
        ];
        let finest = imported.figures.iter().map(|layer| layer.decay_bits).max().unwrap_or(0);
        if finest > DECAY_BITS {
            notes.push(format!("decays of up to {finest} bits, where 12 (as on Loihi) would miss a leak"));
        }
        notes.extend(settled.notes.iter().chain(&lowered.notes).chain(&imported.notes).cloned());
        notes
    }
}

impl Deviation {
    /// Checks that the integers follow the real numbers.
    ///
    /// # Errors
    /// The warnings, if there are any.
    pub fn follows(&self) -> Result<(), ImportError> {
        let warnings = self.warnings();
        if warnings.is_empty() { Ok(()) } else { Err(ImportError::DoesNotFollow(warnings)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::nir::{Array, FieldValue, NirNode, NodeKind};
    use crate::net::spikes::{InputSpikes, RandomSpikes};
    use std::collections::BTreeMap;

    /// Two inputs, a weight of 1 from the first, an `IF` with a threshold of 1.5, and an output.
    fn graph(weight: f64) -> NirGraph {
        let numbers =
            |shape: &[usize], data: &[f64]| FieldValue::Numbers(Array::new(shape.to_vec(), data.to_vec()).unwrap());
        let node = |name: &str, kind: &str, fields: &[(&'static str, FieldValue)]| NirNode {
            name: name.to_owned(),
            kind: NodeKind::of(kind).unwrap(),
            fields: fields.iter().cloned().collect::<BTreeMap<_, _>>(),
        };
        let one = |value: f64| numbers(&[1], &[value]);
        let nodes = vec![
            node("in", "Input", &[("shape", one(2.0))]),
            node("w", "Linear", &[("weight", numbers(&[1, 2], &[weight, 0.5]))]),
            node("n", "IF", &[("r", one(1.0)), ("v_threshold", one(1.5))]),
            node("out", "Output", &[("shape", one(1.0))]),
        ];
        NirGraph { nodes, edges: vec![(0, 1), (1, 2), (2, 3)], ..NirGraph::default() }
    }

    #[test]
    fn a_graph_is_imported_with_spikes_from_an_array() {
        let raster: Vec<bool> = (0..20).map(|value| value % 2 == 0).collect();
        let spikes = InputSpikes::from_raster(&raster, [10, 2]).unwrap();
        let imported = import(&graph(1.0), ImportOptions::default(), &spikes.into()).unwrap();
        assert_eq!((imported.steps, imported.time_steps()), (10, 11));
        // The first input spikes in every step: every second step the potential of 2 is beyond 1.5.
        let row = &imported.deviation.rows[1];
        assert_eq!((row.spikes_real, row.spikes, row.neurons_that_differ), (5, 5, 0));
        assert_eq!(imported.figures[1].synapses, 2);
        assert!(imported.notes.iter().any(|note| note == "spikes of the inputs: 10 spikes in 10 steps"));
        let network = imported.into_network("net", "a test");
        assert_eq!((network.graph.inputs(), network.time_steps), (vec![("in", 2)], Some(11)));
    }

    #[test]
    fn options_out_of_range_unfit_spikes_and_strict_deviations_are_errors() {
        let wide = ImportOptions { bits: Bits { weight: 40, membrane: 0 }, steps: Some(0), ..ImportOptions::default() };
        let error = import(&graph(1.0), wide, &Stimulus::default()).unwrap_err().to_string();
        assert_eq!(
            error,
            "bits.weight: found 40, expected 2 to 9\nbits.membrane: found 0, expected 8 to 32\nsteps: found 0, expected 1 to 1048576"
        );
        let spikes = InputSpikes::from_events(&[], 5, 7).unwrap();
        let error = import(&graph(1.0), ImportOptions::default(), &spikes.into()).unwrap_err();
        assert!(matches!(error, ImportError::Spikes(SpikesError::Neurons { found: 7, .. })), "{error}");
        // The weight of 0.5 rounds to zero beside one of -3000.
        let strict = ImportOptions { strict: true, ..ImportOptions::default() };
        let error = import(&graph(-3000.0), strict, &RandomSpikes::default().into()).unwrap_err();
        assert!(
            matches!(&error, ImportError::DoesNotFollow(warnings) if warnings[0].contains("round to zero")),
            "{error}"
        );
        assert!(import(&graph(-3000.0), ImportOptions::default(), &Stimulus::default()).is_ok());
    }

    #[test]
    fn an_imported_network_is_compared_again_and_a_changed_one_is_not() {
        let draft = Draft::new(&graph(1.0), ImportOptions::default()).unwrap();
        let imported = import(&graph(1.0), ImportOptions::default(), &Stimulus::default()).unwrap();
        assert_eq!(draft.compare(&imported.network, &imported.network).unwrap(), imported.deviation);
        let longer = imported.network.clone().with_steps(150);
        assert_eq!(draft.compare(&imported.network, &longer).unwrap().steps, 150);
        let mut changed = imported.network.clone();
        *changed.threshold.last_mut().unwrap() += 1;
        assert_eq!(draft.compare(&changed, &changed), Err(ImportError::Changed));
        assert_eq!(draft.compare(&Graph::default(), &Graph::default()), Err(ImportError::Changed));
    }
}
