//! Populations of sparse networks: neurons with their values, and sources.

use super::sources::{MAX_STEP, PopulationInput, read_beside, spikes_here};
use crate::json::record::{names, record};
use crate::json::schema::add_rules;
use crate::json::shape::{
    self, beside, by, elsewhere, flag, flat, listed_last, needed_by_rule, of_object, optional, or, or_by, shown, whole,
    within, word,
};
use crate::json::{Cursor, FieldSpec, FileRecord, Object};
use crate::net::beside::{file_name, sha256};
use crate::net::graph::{Drive, Graph, MAX_NEURONS, NamedUnits, Population, SynapseFormat, Window};
use crate::net::neuron::{
    self, If, Model, NeuronObject, Params, PerNeuron, Ranges, Reset, Settings, Traits, models_with_traits,
    rules_of_models,
};
use schemars::Schema;
use serde_json::{Map, Value, json};
use std::ops::RangeInclusive;

const SIZES: RangeInclusive<u32> = 1..=MAX_NEURONS as u32;

/// Context of a population's fields: its size, if it could be read.
type OfPopulation<'a> = (PopulationInput<'a>, Option<u32>);
/// Context of a value by neuron: also the models with their parameters.
type OfNeuron<'a> = (OfPopulation<'a>, Option<&'a neuron::NeuronKinds>);

record! {
    /// Neurons on the chip, or with "spikes" sources outside of it. A value by neuron is one number for all, or a list of one for
    /// each; its range follows from the model and its width.
    pub(super) struct PopulationFields as "Population" given PopulationInput<'_> {
        /// Its name, which no other has; at most 200 characters.
        name: String = shape::name();
        /// How many neurons, 1 to 2^26.
        size: u32 = whole(SIZES);
        /// The values of neurons.
        neurons: Neurons = beside(size, of_object(read_neurons, flat::<NeuronFields, _>()));
        /// Makes the population a source outside the chip: pairs of a time step from 1 and a neuron from 0, none of them twice.
        /// Example: [[1, 0], [3, 1]].
        spikes: Option<Vec<(u32, u32)>> = beside(size, optional(spikes_here()));
        /// The same in a file beside this one with 8 bytes a spike, little endian: step u32, neuron u32. A source has at most
        /// 2^22 spikes, all sources together 2^24.
        spikes_file: Option<Vec<(u32, u32)>> = beside(size, of_object(read_beside, optional(file_name())));
        /// SHA-256 of that file, which says that it belongs to this one.
        spikes_sha256: () = elsewhere(optional(sha256()));
        /// Of a source: the name of a population on whose synapses its spikes act, neuron by neuron, as if those had fired. It
        /// then has no projections. Only on chips whose cores work event by event, where such an input needs no axon.
        rows_of: () = elsewhere(optional(shape::name()));
    }
    rules of_population;
}

record! {
    /// The fields that only neurons have.
    struct NeuronFields given OfPopulation<'_> {
        /// The model of its neurons. Each field but "model" is one value for all, or a list of one for each.
        neuron: neuron::NeuronKinds = needed_by_rule(by::<NeuronObject, _, _>(|cursor, (_, size)| neuron::read(cursor, size)));
        /// Thresholds (membrane units).
        threshold: Vec<i32> = beside(neuron.as_ref(), threshold_or_silent());
        /// Added to the membrane in every step (membrane units).
        bias: Vec<i32> = beside(neuron.as_ref(), or_zero(per_neuron(|ranges| &ranges.bias)));
        /// The membrane after a spike (membrane units), of MODELS.
        reset_potential: Vec<i32> = beside(neuron.as_ref(), or_zero(trait_of(|ranges| &ranges.reset_potential)));
        /// Where the membrane is held or reset below (membrane units), of MODELS. Where nothing is
        /// said, the farthest from 0 that the model can have.
        negative_threshold: Option<Vec<i32>> =
            beside(neuron.as_ref(), optional(trait_of(|ranges| &ranges.negative_threshold)));
        /// The membrane before its first step (membrane units).
        start: Vec<i32> = beside(neuron.as_ref(), or_zero(per_neuron(|ranges| &ranges.membrane)));
        /// The first time step in which its neurons act, 1 to 2^24; before, they rest, and no spike may reach them.
        first_step: u32 = or(whole(1..=MAX_STEP), 1, 1);
        /// The last time step in which its neurons act, first_step to 2^24; after it they neither integrate nor fire. Where
        /// nothing is said, they act to the end of the run. A run of more or fewer steps moves it (--steps).
        last_step: Option<u32> = beside(
            first_step,
            optional(within(1..=MAX_STEP, |(_, first): (OfPopulation<'_>, Option<u32>)| first.unwrap_or(1)..=MAX_STEP)),
        );
        /// Whether its neurons fire; if not, they only add up, and need no threshold.
        fires: bool = or(flag(), true, true);
        /// How a core stores the synapses into its neurons, of chips that price formats apart: "dense", "sparse", or "conv" for a
        /// convolution, whose equal rows are stored once where the chip can. Where nothing is said, the smaller of the first two.
        synapse_format: Option<SynapseFormat> = listed_last(optional(word()));
        /// The soma unit that works on its neurons, of chips whose cores have several (core.soma_units); the first by default.
        soma_unit: Option<String> = listed_last(optional(shape::name()));
    }
    check NeuronFields::made => Neurons;
}

/// One value for all neurons, or one for each.
fn per_neuron<'s>(range: fn(&Ranges) -> &RangeInclusive<i64>) -> FieldSpec<'s, OfNeuron<'s>, Vec<i32>> {
    by::<PerNeuron, _, _>(move |cursor, ((_, size), neuron): OfNeuron<'_>| {
        read_per_neuron(cursor, size?, neuron, range)
    })
}

/// A value by neuron that only some models have.
fn trait_of<'s>(range: fn(&Ranges) -> &RangeInclusive<i64>) -> FieldSpec<'s, OfNeuron<'s>, Vec<i32>> {
    by::<PerNeuron, _, _>(move |cursor, ((_, size), neuron): OfNeuron<'_>| {
        let params = neuron?.params(0);
        if !params.model.has_traits() {
            cursor.problem(format!("the model \"{}\" has none", params.name()));
            return None;
        }
        read_per_neuron(cursor, size?, neuron, range)
    })
}

/// A value by neuron that is 0 where it is left out.
fn or_zero<'s>(value: FieldSpec<'s, OfNeuron<'s>, Vec<i32>>) -> FieldSpec<'s, OfNeuron<'s>, Vec<i32>> {
    shown(or_by(value, |((_, size), _)| vec![0; size.unwrap_or(0) as usize]), 0)
}

/// Thresholds; neurons that never fire need none.
fn threshold_or_silent<'s>() -> FieldSpec<'s, OfNeuron<'s>, Vec<i32>> {
    let mut value = needed_by_rule(per_neuron(|ranges| &ranges.threshold));
    let properties = std::mem::take(&mut value.properties);
    FieldSpec::field(properties, move |object, name, given: OfNeuron<'_>| {
        let is_silent = object.get("fires").and_then(|fires| fires.as_flag()) == Some(false);
        let ((_, size), _) = given;
        match object.get(name) {
            None if is_silent => size.map(|size| vec![1; size as usize]),
            _ => value.read_field(object, name, given),
        }
    })
}

fn read_per_neuron(
    cursor: &Cursor<'_>,
    size: u32,
    neurons: Option<&neuron::NeuronKinds>,
    range: fn(&Ranges) -> &RangeInclusive<i64>,
) -> Option<Vec<i32>> {
    // Values of neurons that could not be read are not checked.
    let anything = -i64::from(i32::MAX)..=i64::from(i32::MAX);
    if !cursor.is_list() {
        let allowed = neurons.map_or(anything, |neurons| neurons.common(range));
        return cursor.integer(allowed).map(|v| vec![v as i32; size as usize]);
    }
    let items = cursor.list(size as usize..=size as usize)?;
    let allowed = |neuron: usize| neurons.map_or(&anything, |neurons| range(neurons.ranges(neuron))).clone();
    let values = items.iter().enumerate().map(|(neuron, c)| c.integer(allowed(neuron)).map(|v| v as i32));
    let values: Vec<_> = values.collect();
    values.into_iter().collect()
}

/// Schema rules: sources have no neurons, and the fields of neurons follow from their model. The models with resets and
/// floors by neuron replace the word MODELS in the texts.
fn of_population(schema: &mut Schema) {
    let models = models_with_traits();
    for field in ["reset_potential", "negative_threshold"] {
        if let Some(Value::String(text)) = schema.pointer_mut(&format!("/properties/{field}/description")) {
            *text = text.replace("MODELS", &models);
        }
    }
    let of_neurons = names::<NeuronFields>().into_iter();
    let none: Map<_, _> = of_neurons.map(|name| (name.to_owned(), json!(false))).collect();
    let is_source = json!({"anyOf": [{"required": ["spikes"]}, {"required": ["spikes_file"]}]});
    let not_both = json!({"not": {"required": ["spikes", "spikes_file"]}});
    let fires = json!({
        "if": {"properties": {"fires": {"const": false}}, "required": ["fires"]},
        "then": {"required": ["neuron"]},
        "else": {"required": ["neuron", "threshold"]},
    });
    let source = json!({"if": is_source, "then": {"properties": none}, "else": fires});
    let file = json!({"dependentRequired": {"spikes_sha256": ["spikes_file"]}});
    add_rules(schema, [source, not_both, file].into_iter().chain(rules_of_models()));
}

/// Reads a population; `input` has the spikes of a source that a caller has in memory.
pub(super) fn read_population(cursor: &Cursor<'_>, input: PopulationInput<'_>, graph: &mut Graph) -> Option<()> {
    let object = cursor.object(&names::<PopulationFields>())?;
    let PopulationFields { name, size: count, neurons, spikes, spikes_file, .. } =
        PopulationFields::read_fields(&object, input)?;
    if graph.populations.iter().any(|p| p.name == name) {
        object.problem(format!("a second population named \"{name}\""));
        return None;
    }
    let neurons_so_far = graph.neurons() as u64 + u64::from(count);
    if neurons_so_far > MAX_NEURONS {
        object.problem(format!("{neurons_so_far} neurons up to here; at most {MAX_NEURONS}"));
        return None;
    }
    let Neurons { params, threshold, bias, traits, start, window, units } = neurons;
    let (first, source) = (graph.neurons() as u32, spikes.or(spikes_file));
    graph.populations.push(Population { name, first, count, params, drive: Drive::EveryStep, window, source });
    if units != NamedUnits::default() {
        graph.units.resize(graph.populations.len(), NamedUnits::default());
        graph.units[graph.populations.len() - 1] = units;
    }
    graph.threshold.extend(threshold);
    graph.bias.extend(bias);
    if !start.is_empty() {
        // Earlier neurons begin at 0.
        graph.start.resize(first as usize, 0);
        graph.start.extend(start);
    } else if !graph.start.is_empty() {
        graph.start.resize(graph.threshold.len(), 0);
    }
    graph.add_traits(traits);
    Some(())
}

#[derive(Clone, Debug, PartialEq)]
struct Neurons {
    params: Settings,
    threshold: Vec<i32>,
    bias: Vec<i32>,
    /// Resets and floors; empty if the model has none.
    traits: Vec<Traits>,
    /// Initial membranes; empty if all are 0.
    start: Vec<i32>,
    /// Steps in which the neurons act, if not all.
    window: Option<Window>,
    units: NamedUnits,
}

/// Reads the values of neurons; a source has no neurons on the chip.
fn read_neurons(object: &Object<'_>, given: OfPopulation<'_>) -> Option<Neurons> {
    let (input, size) = given;
    if !input.is_source(object) {
        return NeuronFields::read_fields(object, given);
    }
    for extra in names::<NeuronFields>().into_iter().filter_map(|field| object.get(field)) {
        extra.problem("a population with \"spikes\" is a source and has no neurons on the chip");
    }
    let params = Params { model: Model::If(If), reset: Reset::Zero, fraction_bits: 0, membrane_bits: 24, fires: false };
    let n = size? as usize;
    let (traits, start, params) = (Vec::new(), Vec::new(), params.into());
    Some(Neurons {
        params,
        threshold: vec![1; n],
        bias: vec![0; n],
        traits,
        start,
        window: None,
        units: NamedUnits::default(),
    })
}

impl NeuronFields {
    fn made(self, object: &Object<'_>, (_, size): OfPopulation<'_>) -> Option<Neurons> {
        let (neurons, first) = (self.neuron, self.first_step);
        let traits = match neurons.params(0).model.has_traits() {
            true => traits(&neurons, size? as usize, &self.reset_potential, self.negative_threshold.as_deref()),
            false => Vec::new(),
        };
        // Neurons that rest at first would fire there with a threshold of 0, or be moved by a floor above it.
        if first > 1 && (self.threshold.iter().any(|one| *one < 1) || traits.iter().any(|one| one.floor > 0)) {
            object.problem(
                "a first_step goes with thresholds of at least 1 and floors of at most 0: it rests at 0 before",
            );
            return None;
        }
        let shifted = |all: Vec<i32>, shift: &dyn Fn(usize) -> u32| {
            all.into_iter().enumerate().map(|(neuron, value)| value << shift(neuron)).collect()
        };
        Some(Neurons {
            params: neurons.settings(self.fires),
            threshold: shifted(self.threshold, &|neuron| neurons.ranges(neuron).threshold_shift),
            bias: shifted(self.bias, &|neuron| neurons.params(neuron).bias_shift()),
            traits,
            start: if self.start.iter().all(|v| *v == 0) { Vec::new() } else { self.start },
            window: match self.last_step {
                Some(last) => Some(Window { first, steps: last - first + 1, ends: true }),
                None => (first > 1).then_some(Window::from(first)),
            },
            units: NamedUnits { synapses: self.synapse_format, soma: self.soma_unit },
        })
    }
}

/// Resets and floors of neurons.
fn traits(neurons: &neuron::NeuronKinds, count: usize, reset_potential: &[i32], floors: Option<&[i32]>) -> Vec<Traits> {
    let one = |neuron: usize| {
        let ranges = neurons.ranges(neuron);
        // Signs are 1 or -1, and magnitudes have at most 29 bits.
        let given = floors.map(|floors| i64::from(floors[neuron]) * ranges.floor_sign);
        let floor = given.unwrap_or(ranges.least_floor) as i32;
        Traits { after: neurons.after(neuron), reset_potential: reset_potential[neuron], floor }
    };
    (0..count).map(one).collect()
}
