//! Networks from arrays of synapses.

use serde_json::{Map, Value};
use spikemesh::json::FileError;
use spikemesh::net::{self, Edge, NetworkBuilder, Neuron, SparseNetwork};
use spikemesh::progress::poll_at;
use std::collections::BTreeMap;

/// Most synapses of a network.
const MAX_SYNAPSES: usize = 1 << 28;
/// Most neurons that have an input each.
const MAX_NEURONS: u32 = 1 << 26;

/// A population as in a network's file; an input has no neurons.
struct Population {
    name: String,
    size: u32,
    is_input: bool,
    fields: Map<String, Value>,
}

/// Populations, and how neurons are counted over them.
pub(crate) struct Connections {
    populations: Vec<Population>,
    /// The end of each population that synapses can name.
    ends: Vec<u64>,
    /// Weight of the synapse from an input of each neuron.
    driven: Option<u32>,
}

impl Connections {
    /// Neurons with an input each.
    pub(crate) fn plain(count: u32, threshold: u32) -> Result<Self, String> {
        if !(1..=MAX_NEURONS).contains(&count) {
            return Err(format!("found {count}, allowed: 1 to {MAX_NEURONS}"));
        }
        let fields = Map::from_iter([("threshold".to_owned(), threshold.into())]);
        let neurons = Population { name: "neurons".into(), size: count, is_input: false, fields };
        Ok(Self { populations: vec![neurons], ends: vec![count.into()], driven: Some(threshold) })
    }

    /// Populations as in a network's file, where `"input": true` is one.
    pub(crate) fn described(value: Value) -> Result<Self, String> {
        let Value::Array(list) = value else {
            return Err("expected a number of neurons, or a list of populations".into());
        };
        let (mut populations, mut ends, mut problems, mut end) = (Vec::new(), Vec::new(), Vec::new(), 0u64);
        for (index, one) in list.into_iter().enumerate() {
            match population(index, one) {
                Ok(one) => {
                    end += u64::from(one.size);
                    ends.push(end);
                    populations.push(one);
                }
                Err(why) => problems.push(format!("[{index}]: {why}")),
            }
        }
        if problems.is_empty() { Ok(Self { populations, ends, driven: None }) } else { Err(problems.join("\n")) }
    }

    /// The population of a neuron, and its number in it.
    fn place(&self, neuron: i64) -> Option<(usize, u32)> {
        let neuron = u64::try_from(neuron).ok()?;
        let at = self.ends.partition_point(|end| *end <= neuron);
        let first = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        (at < self.ends.len()).then_some((at, (neuron - first) as u32))
    }

    fn builder(&self, name: &str) -> NetworkBuilder {
        let mut builder = net::Network::builder(name);
        if let (Some(_), Some(neurons)) = (self.driven, self.populations.first()) {
            builder = builder.source("input", neurons.size, []);
        }
        for Population { name, size, is_input, fields } in &self.populations {
            builder = match is_input {
                true => builder.source(name.clone(), *size, []),
                false => builder.population(name.clone(), *size, Neuron::new("if").with("reset", "zero")),
            };
            for (field, value) in fields {
                builder = builder.set(field, value.clone());
            }
        }
        builder
    }
}

fn population(index: usize, value: Value) -> Result<Population, String> {
    let Value::Object(mut fields) = value else { return Err("expected a dictionary".into()) };
    let size = fields.remove("size").ok_or("size: missing")?;
    let size = size.as_u64().and_then(|size| u32::try_from(size).ok());
    let size = size.ok_or("size: expected a whole number")?;
    let name = match fields.remove("name") {
        None => format!("population{index}"),
        Some(Value::String(name)) => name,
        Some(_) => return Err("name: expected a text".into()),
    };
    let is_input = match fields.remove("input") {
        None => false,
        Some(Value::Bool(flag)) => flag,
        Some(_) => return Err("input: expected True or False".into()),
    };
    Ok(Population { name, size, is_input, fields })
}

/// The network of synapses: neurons before and after, weights, and delays. A problem with these is an error of text.
pub(crate) fn network_of_synapses(
    name: &str,
    steps: Option<u32>,
    neurons: Connections,
    [pre, post, weight, delay]: [&[i64]; 4],
) -> Result<Result<SparseNetwork, FileError>, String> {
    let by_ends = edges(&neurons, [pre, post, weight, delay])?;
    let mut builder = neurons.builder(name);
    if let Some(steps) = steps {
        builder = builder.time_steps(steps);
    }
    let name_of = |index: usize| neurons.populations[index].name.clone();
    if let (Some(weight), Some(all)) = (neurons.driven, neurons.populations.first()) {
        let weight =
            i32::try_from(weight).map_err(|_| format!("threshold: found {weight}, allowed: 1 to {}", i32::MAX))?;
        let edges = (0..all.size).map(|neuron| Edge { source: neuron, target: neuron, weight, delay: 1 });
        builder = builder.connect("input", name_of(0), edges);
    }
    for ((from, to), edges) in by_ends {
        builder = builder.connect(name_of(from), name_of(to), edges);
    }
    Ok(builder.build())
}

/// Synapses by the populations of their ends.
type ByEnds = BTreeMap<(usize, usize), Vec<Edge>>;

fn edges(neurons: &Connections, [pre, post, weight, delay]: [&[i64]; 4]) -> Result<ByEnds, String> {
    let count = pre.len();
    if post.len() != count || weight.len() != count || ![1, count].contains(&delay.len()) {
        let (post, weight, delays) = (post.len(), weight.len(), delay.len());
        return Err(format!(
            "{count} neurons in pre, {post} in post, {weight} weights, {delays} delays; there must be one of each for every \
             synapse, or one delay for all"
        ));
    }
    if count > MAX_SYNAPSES {
        return Err(format!("{count} synapses, at most {MAX_SYNAPSES}"));
    }
    let last = neurons.ends.last().copied().unwrap_or(0).saturating_sub(1);
    let at = |what: &str, index: usize, neuron: i64| {
        neurons.place(neuron).ok_or_else(|| format!("{what}[{index}]: found {neuron}, allowed: 0 to {last}"))
    };
    let mut by_ends = ByEnds::new();
    for index in 0..count {
        poll_at(index);
        let ((from, source), (to, target)) = (at("pre", index, pre[index])?, at("post", index, post[index])?);
        let delay = delay[if delay.len() == 1 { 0 } else { index }];
        let weight = i32::try_from(weight[index])
            .map_err(|_| format!("weight[{index}]: found {}, allowed: those of 32 bits", weight[index]))?;
        let delay = u32::try_from(delay).map_err(|_| format!("delay[{index}]: found {delay}, allowed: 1 and more"))?;
        by_ends.entry((from, to)).or_default().push(Edge { source, target, weight, delay });
    }
    Ok(by_ends)
}
