//! Groups of neurons: attributes of a group, of ranges of its neurons and of its units.

use super::yaml::{Node, Source, range};

/// What a neuron is said to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Attributes {
    pub(super) threshold: f64,
    pub(super) bias: f64,
    pub(super) leak_decay: f64,
    pub(super) input_decay: f64,
    pub(super) potential: f64,
    pub(super) refractory_delay: f64,
    pub(super) reset: f64,
    /// Spikes of an input by step, from the first one on.
    pub(super) spikes: Vec<bool>,
    pub(super) soma: Option<String>,
    pub(super) synapse: Option<String>,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            threshold: 0.0,
            bias: 0.0,
            leak_decay: 1.0,
            input_decay: 0.0,
            potential: 0.0,
            refractory_delay: 0.0,
            reset: 0.0,
            spikes: Vec::new(),
            soma: None,
            synapse: None,
        }
    }
}

/// Attributes that only say what is written to traces, and those that another unit of ours does.
const WITHOUT_EFFECT: &[&str] =
    &["log_spikes", "log_potential", "log_u", "log_v", "log_energy", "log_latency", "dendrite_hw_name"];

/// A group of neurons.
#[derive(Debug)]
pub(super) struct Group<'n> {
    pub(super) name: String,
    pub(super) node: &'n Node,
    pub(super) neurons: Vec<Attributes>,
}

/// Reads all groups of a network.
pub(super) fn groups<'n>(source: &Source, network: &'n Node, notes: &mut Vec<String>) -> Option<Vec<Group<'n>>> {
    let list = source.need(network, "groups")?;
    let groups: Vec<_> = list.items().iter().map(|node| group(source, node, notes)).collect();
    groups.into_iter().collect()
}

fn group<'n>(source: &Source, node: &'n Node, notes: &mut Vec<String>) -> Option<Group<'n>> {
    let (name, list) = (source.need(node, "name"), source.need(node, "neurons"));
    let name = name?.text().unwrap_or_default().to_owned();
    let mut common = Attributes::default();
    if let Some(attributes) = node.get("attributes") {
        read(source, (&name, attributes), &mut common, notes);
    }
    // Entries are `0: {…}`, `0..3: {…}`, or a number or range alone.
    let mut entries: Vec<(u32, u32, Option<&Node>)> = Vec::new();
    for item in list?.items() {
        let alone = item.text().map(|text| (text, None));
        let all = item.fields().into_iter().map(|(text, node)| (text, Some(node))).chain(alone);
        for (text, attributes) in all {
            match range(text) {
                Some((first, last)) => entries.push((first, last, attributes)),
                None => source.problem(item, format!("found \"{text}\", expected a neuron or a range such as 0..7")),
            }
        }
    }
    let count = entries.iter().map(|(_, last, _)| u64::from(*last) + 1).max().unwrap_or(0);
    if !(1..=1 << 24).contains(&count) {
        source.problem(node, format!("{count} neurons in {name}, expected 1 to {}", 1 << 24));
        return None;
    }
    let mut neurons = vec![common.clone(); count as usize];
    for (first, last, attributes) in entries {
        let Some(attributes) = attributes else { continue };
        let mut own = common.clone();
        read(source, (&name, attributes), &mut own, notes);
        neurons[first as usize..=last as usize].fill(own);
    }
    Some(Group { name, node, neurons })
}

/// Reads attributes over those that are there.
fn read(source: &Source, (group, node): (&str, &Node), into: &mut Attributes, notes: &mut Vec<String>) {
    for (name, value) in node.fields() {
        let number = |place: &mut f64| *place = source.number(value).unwrap_or(*place);
        match name {
            "threshold" => number(&mut into.threshold),
            "bias" => number(&mut into.bias),
            "leak_decay" => number(&mut into.leak_decay),
            "input_decay" => number(&mut into.input_decay),
            "potential" => number(&mut into.potential),
            "refractory_delay" => number(&mut into.refractory_delay),
            "reset" => number(&mut into.reset),
            "spikes" => into.spikes = value.items().iter().map(Node::flag).collect(),
            "soma_hw_name" => into.soma = value.text().map(base),
            "synapse_hw_name" => into.synapse = value.text().map(base),
            "soma" | "dendrite" | "synapse" => read(source, (group, value), into, notes),
            "reset_mode" if value.text() == Some("hard") => {}
            "reset_mode" => source.problem(value, "only reset_mode \"hard\" carries over: v falls to 0 after a spike"),
            "reverse_reset_mode" if value.text() == Some("none") => {}
            "poisson" | "rate" => source.problem(value, format!("{name} does not carry over; give \"spikes\"")),
            "reverse_reset_mode" => source.problem(value, "a reverse reset does not carry over"),
            "force_update" | "force_update_every_timestep" if !value.flag() => {}
            other if WITHOUT_EFFECT.contains(&other) => {}
            other => {
                let note = format!("group {group}: {other} has no counterpart here and is left out");
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
    }
}

/// A unit's name without its number in a range.
pub(super) fn base(name: &str) -> String {
    name.split('[').next().unwrap_or(name).to_owned()
}
