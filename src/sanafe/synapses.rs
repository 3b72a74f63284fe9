//! Edges: single ones, and those between groups as a dense matrix, a list of pairs or a convolution.

use super::groups::Group;
use super::yaml::{Node, Source};
use crate::net::Edge;

/// Synapses from one group to another, by position.
pub(super) struct Projection {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) edges: Vec<Edge>,
}

/// Reads all edges.
pub(super) fn projections(
    source: &Source,
    network: &Node,
    groups: &[Group<'_>],
    notes: &mut Vec<String>,
) -> Option<Vec<Projection>> {
    let list = source.need(network, "edges")?;
    let mut all: Vec<Projection> = Vec::new();
    for item in list.items() {
        for (text, node) in item.fields() {
            let Some(((from, source_neuron), (to, target_neuron))) = ends(source, item, text, groups) else { continue };
            let reader = EdgeReader { source, node, sizes: [groups[from].neurons.len(), groups[to].neurons.len()] };
            let edges = match (source_neuron, target_neuron) {
                (Some(s), Some(t)) => reader.one(s, t, notes),
                (None, None) => reader.many(notes),
                _ => {
                    source.problem(item, format!("\"{text}\": give a neuron at both ends, or at none"));
                    None
                }
            };
            let Some(edges) = edges else { continue };
            match all.iter_mut().find(|projection| (projection.from, projection.to) == (from, to)) {
                Some(projection) => projection.edges.extend(edges),
                None => all.push(Projection { from, to, edges }),
            }
        }
    }
    Some(all)
}

type End = (usize, Option<u32>);

/// The ends of an edge: `a.1 -> b.2`, or `a -> b`.
fn ends(source: &Source, item: &Node, text: &str, groups: &[Group<'_>]) -> Option<(End, End)> {
    let Some((from, to)) = text.split_once("->") else {
        source.problem(item, format!("found \"{text}\", expected an edge such as \"a.0 -> b.1\" or \"a -> b\""));
        return None;
    };
    let end = |text: &str| address(source, item, text.trim(), groups);
    let (from, to) = (end(from), end(to));
    let one = |(group, range): (usize, Option<(u32, u32)>)| (group, range.map(|(first, _)| first));
    Some((one(from?), one(to?)))
}

/// A group, or neurons of it: `group`, `group.3` or `group.0..7`.
pub(super) fn address(
    source: &Source,
    item: &Node,
    text: &str,
    groups: &[Group<'_>],
) -> Option<(usize, Option<(u32, u32)>)> {
    let (name, neurons) = match text.split_once('.') {
        Some((name, neurons)) => (name, Some(neurons)),
        None => (text, None),
    };
    let Some(group) = groups.iter().position(|group| group.name == name) else {
        source.problem(item, format!("there is no group \"{name}\""));
        return None;
    };
    let Some(neurons) = neurons else { return Some((group, None)) };
    let range = super::yaml::range(neurons).filter(|(_, last)| (*last as usize) < groups[group].neurons.len());
    if range.is_none() {
        let count = groups[group].neurons.len();
        source.problem(item, format!("found \"{text}\"; {name} has the neurons 0 to {}", count - 1));
    }
    range.map(|range| (group, Some(range)))
}

struct EdgeReader<'n> {
    source: &'n Source,
    node: &'n Node,
    /// Neurons of the two groups.
    sizes: [usize; 2],
}

/// Most synapses of a projection.
const MOST: usize = 1 << 28;

impl<'n> EdgeReader<'n> {
    fn weight(&self, node: &Node) -> Option<i32> {
        self.source.whole(node, i16::MIN.into()..=i16::MAX.into()).map(|weight| weight as i32)
    }

    /// A field of the edge, or of its synapse.
    fn field(&self, names: &[&str]) -> Option<&'n Node> {
        let find = |node: &'n Node| names.iter().find_map(|name| node.get(name));
        find(self.node).or_else(|| self.node.get("synapse").and_then(find))
    }

    fn note_delays(&self, notes: &mut Vec<String>) {
        let delayed = self.field(&["delay", "d"]).is_some();
        let note = "delays of edges are left out: a spike acts in the next step";
        if delayed && !notes.iter().any(|known| known == note) {
            notes.push(note.into());
        }
    }

    fn one(&self, source: u32, target: u32, notes: &mut Vec<String>) -> Option<Vec<Edge>> {
        self.note_delays(notes);
        let weight = match self.field(&["weight", "w"]) {
            Some(node) => self.weight(node)?,
            None => 0,
        };
        Some(vec![Edge { source, target, weight, delay: 1 }])
    }

    fn many(&self, notes: &mut Vec<String>) -> Option<Vec<Edge>> {
        self.note_delays(notes);
        let kind = self.source.need(self.node, "type")?;
        let Some(weights) = self.field(&["weight", "w"]) else {
            self.source.problem(self.node, "has no \"weight\"");
            return None;
        };
        let weights: Vec<Option<i32>> = weights.items().iter().map(|node| self.weight(node)).collect();
        let weights: Vec<i32> = weights.into_iter().collect::<Option<_>>()?;
        match kind.text() {
            Some("dense") => self.dense(&weights),
            Some("sparse") => self.sparse(&weights),
            Some("conv2d") => self.convolution(&weights),
            _ => {
                self.source.problem(kind, format!("found {}, allowed: dense, sparse, conv2d", kind.describe()));
                None
            }
        }
    }

    /// Notes that there are other weights than needed.
    fn expect(&self, found: usize, needed: usize) -> Option<()> {
        if found != needed || needed > MOST {
            self.source.problem(self.node, format!("{found} weights, expected {needed} (at most {MOST})"));
            return None;
        }
        Some(())
    }

    fn dense(&self, weights: &[i32]) -> Option<Vec<Edge>> {
        let [sources, targets] = self.sizes;
        self.expect(weights.len(), sources.saturating_mul(targets))?;
        let pairs = (0..sources as u32).flat_map(|source| (0..targets as u32).map(move |target| (source, target)));
        Some(
            pairs
                .zip(weights)
                .map(|((source, target), weight)| Edge { source, target, weight: *weight, delay: 1 })
                .collect(),
        )
    }

    fn sparse(&self, weights: &[i32]) -> Option<Vec<Edge>> {
        let pairs = self.source.need(self.node, "source_target_pairs")?;
        self.expect(weights.len(), pairs.items().len())?;
        let edge = |(pair, weight): (&Node, &i32)| {
            let [source, target] = pair.items() else {
                self.source.problem(pair, "expected a pair of a source and a target");
                return None;
            };
            let most = self.sizes.map(|size| 0..=size as i64 - 1);
            let (source, target) =
                (self.source.whole(source, most[0].clone()), self.source.whole(target, most[1].clone()));
            Some(Edge { source: source? as u32, target: target? as u32, weight: *weight, delay: 1 })
        };
        let edges: Vec<_> = pairs.items().iter().zip(weights).map(edge).collect();
        edges.into_iter().collect()
    }

    /// Neurons are counted channel by channel, row by row; weights by row, column, channel before and channel after.
    fn convolution(&self, weights: &[i32]) -> Option<Vec<Edge>> {
        let size = |name: &str| {
            let node = self.source.need(self.node, name)?;
            self.source.whole(node, 1..=65_536).map(|value| value as usize)
        };
        let or_one = |name: &str| self.node.get(name).map_or(Some(1), |_| size(name));
        let (height, width, channels) = (size("input_height"), size("input_width"), size("input_channels"));
        let (rows, columns, kernels) = (size("kernel_height"), size("kernel_width"), size("kernel_count"));
        let (down, right) = (or_one("stride_height")?, or_one("stride_width")?);
        let (height, width, channels) = (height?, width?, channels?);
        let (rows, columns, kernels) = (rows?, columns?, kernels?);
        if rows > height || columns > width {
            self.source.problem(self.node, "the kernel is larger than the input");
            return None;
        }
        let out = [(height - rows) / down + 1, (width - columns) / right + 1];
        let needed = [height * width * channels, out[0] * out[1] * kernels];
        if needed != self.sizes {
            let message = format!(
                "{} x {} neurons for a convolution of {} x {}",
                self.sizes[0], self.sizes[1], needed[0], needed[1]
            );
            self.source.problem(self.node, message);
            return None;
        }
        self.expect(weights.len(), rows * columns * channels * kernels)?;
        let mut edges = Vec::with_capacity(needed[1] * rows * columns * channels);
        for (target, kernel) in (0..needed[1]).map(|target| (target, target / (out[0] * out[1]))) {
            let (y, x) = (target / out[1] % out[0] * down, target % out[1] * right);
            for channel in 0..channels {
                for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
                    let source = (channel * height + y + row) * width + x + column;
                    let weight = weights[((row * columns + column) * channels + channel) * kernels + kernel];
                    edges.push(Edge { source: source as u32, target: target as u32, weight, delay: 1 });
                }
            }
        }
        Some(edges)
    }
}
