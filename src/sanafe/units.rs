//! The units of a core: their names, models and constants.

use super::yaml::{Node, Source, counted};
use serde_json::{Value, json};

/// A constant of energy (aJ) and time (fs).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Constant {
    pub(super) energy_aj: u64,
    pub(super) latency_fs: u64,
}

/// Largest energy (J) and time (s) that are read.
const MOST: f64 = 1e-3;

impl Constant {
    /// Reads `energy_NAME` and `latency_NAME`, both of which have to be there.
    pub(super) fn read(source: &Source, attributes: &Node, name: &str) -> Option<Self> {
        let field = |kind: &str, scale: f64| {
            let node = source.need(attributes, &format!("{kind}_{name}"))?;
            let value = source.number(node)?;
            if !(0.0..=MOST).contains(&value) {
                source.problem(node, format!("found {value}, expected 0 to {MOST}"));
                return None;
            }
            Some((value * scale).round() as u64)
        };
        let (energy, latency) = (field("energy", 1e18), field("latency", 1e15));
        Some(Self { energy_aj: energy?, latency_fs: latency? })
    }

    /// As a cost of a chip file.
    pub(super) fn cost(self) -> Value {
        json!({"energy": energy(self.energy_aj), "latency": time(self.latency_fs), "kind": "model", "source": "file"})
    }

    /// As a cost of at least one tick.
    pub(super) fn cost_of_way(self, tick_fs: u64) -> Value {
        Self { latency_fs: self.latency_fs.max(tick_fs), ..self }.cost()
    }
}

/// An energy as chip files have it.
pub(super) fn energy(aj: u64) -> String {
    let (pj, rest) = (aj / 1_000_000, aj % 1_000_000);
    let digits = format!("{pj}.{rest:06}");
    format!("{} pJ", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// A time as chip files have it.
pub(super) fn time(fs: u64) -> String {
    let (unit, size) =
        [("ns", 1_000_000), ("ps", 1_000)].into_iter().find(|(_, size)| fs.is_multiple_of(*size)).unwrap_or(("fs", 1));
    format!("{} {unit}", fs / size)
}

/// A unit of a core.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Unit<'n> {
    pub(super) name: &'n str,
    pub(super) node: &'n Node,
    pub(super) attributes: &'n Node,
}

impl<'n> Unit<'n> {
    pub(super) fn model(&self) -> Option<&'n str> {
        self.attributes.get("model").and_then(Node::text)
    }
}

/// The units of one section of a core.
pub(super) fn units<'n>(source: &Source, core: &'n Node, section: &str) -> Option<Vec<Unit<'n>>> {
    let list = source.need(core, section)?;
    let mut all = Vec::new();
    for node in list.items() {
        let (name, attributes) = (source.need(node, "name"), source.need(node, "attributes"));
        let name = name?.text().and_then(counted);
        let Some((name, _)) = name else {
            source.problem(node, "found a name that is no text such as \"soma\" or \"soma[0..3]\"");
            continue;
        };
        all.push(Unit { name, node, attributes: attributes? });
    }
    if all.is_empty() {
        source.problem(list, format!("\"{section}\" has no units"));
    }
    Some(all)
}

/// Names the attributes that have no counterpart, except those that are `known`.
pub(super) fn note_others(notes: &mut Vec<String>, what: &str, attributes: &Node, known: &[&str]) {
    for (name, _) in attributes.fields().into_iter().filter(|(name, _)| !known.contains(name)) {
        let note = format!("{what}: {name} has no counterpart here and is left out");
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_written_without_loss() {
        assert_eq!(
            [energy(35_500_000), energy(0), energy(1), energy(111_000_000)],
            ["35.5 pJ", "0 pJ", "0.000001 pJ", "111 pJ"]
        );
        assert_eq!([time(6_000_000), time(4_100_000), time(7), time(0)], ["6 ns", "4100 ps", "7 fs", "0 ns"]);
    }
}
