//! Tiles of convolutions: the neurons of a layer that share a core, chosen for the fewest cores.
//!
//! A tile is a block of rows, columns and channels of a layer's output. Neighbours in rows and columns share most of
//! their sources and the channels of a position share all of them, so a tile of b_y x b_x x b_c neurons hears only
//!
//! ```text
//! ((b_y - 1) s + k) ((b_x - 1) s + k) C_in     inputs (stride s up to the kernel k), all of which a core must have axons for
//! ```
//!
//! less the padding. A pool before the convolution is part of its synapses: each of these inputs then is a window of
//! the pool. Of all blocks within the axons and the neurons of a core, the one with the fewest tiles is taken; of
//! equals, the one whose tiles hear the fewest inputs in all. Every size is tried, so none is better (with the same
//! blocks all over a layer); the remainder at the edges may still share a core.
//!
//! Rule: as Gopalakrishnan et al. 2020 (HFNet, Front. Neurosci. 14:907) describe a mapping of convolutions on cores of
//! N axons and M neurons, as far as its abstract goes; the choice among blocks is this project's.

use super::shared;
use crate::hw::Chip;
use crate::net::architecture::{Convolution, Kernel, LinearOp};
use crate::net::{Graph, Order};

#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) axons: u64,
    pub(super) neurons: u64,
    /// Inputs of every neuron that it shares with no other, in addition to those of the convolution.
    pub(super) own_inputs: u64,
}

/// Division of the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Channels {
    OfGroup(u64),
    /// Whole groups, at most this many.
    Groups(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tiling {
    rows: u64,
    columns: u64,
    channels: Channels,
    pub(super) tiles: u64,
    inputs: u64,
}

/// Number of inputs along an axis, by the outputs of a block.
struct Axis {
    /// The most inputs of a block of outputs.
    most: Vec<u64>,
    sum: Vec<u64>,
    outputs: u64,
}

impl Axis {
    fn of(conv: &Convolution, axis: usize, longest: u64) -> Self {
        let pick = |shape: crate::net::architecture::Shape| if axis == 0 { shape.height } else { shape.width };
        let (size, outputs) = (u64::from(pick(conv.input)), u64::from(pick(conv.output)));
        let [kernel, stride, padding] = [conv.kernel, conv.stride, conv.padding].map(|of| u64::from(of[axis]));
        // Begin and end of the window of an output among the inputs.
        let begin = |out: u64| (out * stride).saturating_sub(padding).min(size);
        let end = |out: u64| (out * stride + kernel).saturating_sub(padding).min(size);
        let inputs = |from: u64, to: u64| -> u64 {
            if stride <= kernel { end(to - 1) - begin(from) } else { (from..to).map(|out| end(out) - begin(out)).sum() }
        };
        let (mut most, mut sum) = (vec![0], vec![0]);
        for block in 1..=outputs.min(longest) {
            let firsts = (0..outputs).step_by(block as usize);
            let each = firsts.map(|from| inputs(from, outputs.min(from + block)));
            let (highest, all) = each.fold((0, 0), |(highest, all), n: u64| (highest.max(n), all + n));
            most.push(highest);
            sum.push(all);
        }
        Self { most, sum, outputs }
    }

    fn blocks(&self, block: u64) -> u64 {
        self.outputs.div_ceil(block)
    }
}

/// The best blocks of a layer, or `None` if not even one neuron fits in a core.
pub(super) fn choose(operation: &LinearOp, room: Room) -> Option<Tiling> {
    let Kernel::Conv(conv) = operation.kernel else { return None };
    let (rows, columns) = (Axis::of(&conv, 0, room.neurons), Axis::of(&conv, 1, room.neurons));
    let window = operation.window() as u64;
    let mut best: Option<Tiling> = None;
    for by in 1..rows.most.len() as u64 {
        for bx in 1..(columns.most.len() as u64).min(room.neurons / by + 1) {
            let (y, x) = (by as usize, bx as usize);
            let Some(cut) = channels(&conv, rows.most[y] * columns.most[x] * window, by * bx, room) else { continue };
            let tiling = Tiling {
                rows: by,
                columns: bx,
                channels: cut.channels,
                tiles: rows.blocks(by) * columns.blocks(bx) * cut.blocks,
                inputs: rows.sum[y] * columns.sum[x] * window * cut.heard,
            };
            if best.is_none_or(|best| (tiling.tiles, tiling.inputs) < (best.tiles, best.inputs)) {
                best = Some(tiling);
            }
        }
    }
    best
}

struct Cut {
    channels: Channels,
    blocks: u64,
    /// Input channels that all of them hear.
    heard: u64,
}

/// The fewest blocks of channels for a tile's places and inputs of a channel.
fn channels(conv: &Convolution, inputs: u64, places: u64, room: Room) -> Option<Cut> {
    let groups = u64::from(conv.groups);
    let (ins, outs) = (conv.group_inputs() as u64, conv.group_outputs() as u64);
    let own = room.own_inputs * places;
    let whole = [groups, room.neurons / (places * outs), room.axons / (inputs * ins + own * outs).max(1)];
    let whole = whole.into_iter().min().unwrap_or(0);
    if whole > 0 {
        // The same number of blocks, but of equal size.
        let blocks = groups.div_ceil(whole);
        let channels = Channels::Groups(groups.div_ceil(blocks));
        return Some(Cut { channels, blocks, heard: ins * groups });
    }
    let left = room.axons.checked_sub(inputs * ins)?;
    let part = [outs, room.neurons / places, left.checked_div(own).unwrap_or(u64::MAX)].into_iter().min()?;
    let blocks = outs.div_ceil(part.max(1)) * groups;
    let channels = Channels::OfGroup(outs.div_ceil(blocks / groups));
    (part > 0).then_some(Cut { channels, blocks, heard: ins * blocks })
}

impl Tiling {
    /// The tile of a neuron, by its number within the layer.
    fn tile_of(&self, conv: &Convolution, neuron: u64) -> (u64, u64, u64) {
        let (width, height) = (u64::from(conv.output.width), u64::from(conv.output.height));
        let (channel, row, column) = (neuron / (width * height), neuron / width % height, neuron % width);
        let outs = conv.group_outputs() as u64;
        let block = match self.channels {
            Channels::Groups(each) => channel / outs / each,
            Channels::OfGroup(each) => channel / outs * outs.div_ceil(each) + channel % outs / each,
        };
        (row / self.rows, column / self.columns, block)
    }
}

/// Capacity of the cores of a chip.
pub(super) fn room(chip: &Chip, own_inputs: u64) -> Room {
    let limits = &chip.core.limits;
    Room { axons: limits.max_axons_in.into(), neurons: limits.max_neurons.into(), own_inputs }
}

/// Orders the neurons of convolutions by tiles, and gives the starts of these, by new number; other populations are
/// ordered by common sources.
pub(super) fn order(graph: &Graph, chip: &Chip) -> (Order, Vec<u32>) {
    let shared = shared::order(graph);
    let mut order: Vec<u32> = (0..graph.neurons() as u32).map(|neuron| shared.before(neuron)).collect();
    let own = own_inputs(graph);
    let mut starts = Vec::new();
    for (population, own) in graph.populations.iter().zip(own) {
        let Some(operation) = graph.operation(population.first) else { continue };
        let (Kernel::Conv(conv), Some(tiling)) = (operation.kernel, choose(operation, room(chip, own))) else {
            continue;
        };
        let tile = |neuron: u32| tiling.tile_of(&conv, u64::from(graph.order.before(neuron) - population.first));
        let mut neurons: Vec<u32> = (population.first..population.first + population.count).collect();
        neurons.sort_by_key(|neuron| tile(*neuron));
        order[population.range()].copy_from_slice(&neurons);
        let changes = neurons.windows(2).map(|pair| tile(pair[0]) != tile(pair[1]));
        starts.extend(
            (population.first..).zip(std::iter::once(true).chain(changes)).filter_map(|(at, new)| new.then_some(at)),
        );
    }
    (Order::new(order), starts)
}

/// Inputs of each neuron of a population that no other neuron has: one if it hears a second population.
fn own_inputs(graph: &Graph) -> Vec<u64> {
    let mut heard = vec![0; graph.populations.len()];
    let mut last = vec![usize::MAX; graph.populations.len()];
    for (index, source) in graph.populations.iter().enumerate() {
        for neuron in source.range() {
            let mut at = 0;
            for target in graph.synapses.targets(neuron) {
                while graph.populations[at].range().end <= target as usize {
                    at += 1;
                }
                if std::mem::replace(&mut last[at], index) != index {
                    heard[at] += 1u64;
                }
            }
        }
    }
    heard.into_iter().map(|populations| populations.saturating_sub(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::architecture::{Pool, Shape};
    use crate::rng::mix;
    use std::collections::{BTreeMap, BTreeSet};

    fn layer(seed: u64) -> LinearOp {
        let draw = |x: u64, n: u64| (mix(seed << 8 ^ x) % n) as u32;
        let groups = [1, 1, 2, 3][draw(0, 4) as usize];
        let (ins, outs) = (groups * (1 + draw(1, 3)), groups * (1 + draw(2, 4)));
        let kernel = [1 + draw(3, 3), 1 + draw(4, 3)];
        let stride = [1 + draw(5, 3), 1 + draw(6, 2)];
        let padding = [draw(7, kernel[0].into()), draw(8, kernel[1].into())];
        let (height, width) = (kernel[0] + draw(9, 5), kernel[1] + draw(10, 5));
        let input = Shape { channels: ins, height, width };
        let out = |axis: usize, size: u32| (size + 2 * padding[axis] - kernel[axis]) / stride[axis] + 1;
        let output = Shape { channels: outs, height: out(0, height), width: out(1, width) };
        let window = [1 + draw(11, 2), 1 + draw(12, 2)];
        let before =
            Shape { channels: ins, height: height * window[0] + draw(13, window[0].into()), width: width * window[1] };
        let pool = (draw(14, 2) == 0).then_some(Pool { input: before, output: input, window });
        LinearOp { pool, kernel: Kernel::Conv(Convolution { input, output, kernel, stride, padding, groups }) }
    }

    /// Inputs of every neuron, from the synapses.
    fn heard(operation: &LinearOp) -> Vec<BTreeSet<usize>> {
        let mut all = vec![BTreeSet::new(); operation.outputs()];
        for input in 0..operation.inputs() {
            operation.for_each_target(input, |output, _| {
                all[output].insert(input);
            });
        }
        all
    }

    /// Neurons and inputs of the tiles that a rule cuts a layer into.
    fn cut<K: Ord>(heard: &[BTreeSet<usize>], tile: impl Fn(usize) -> K) -> Vec<(usize, usize)> {
        let mut tiles: BTreeMap<K, (usize, BTreeSet<usize>)> = BTreeMap::new();
        for (neuron, inputs) in heard.iter().enumerate() {
            let (neurons, all) = tiles.entry(tile(neuron)).or_default();
            *neurons += 1;
            all.extend(inputs);
        }
        tiles.into_values().map(|(neurons, inputs)| (neurons, inputs.len())).collect()
    }

    /// The fewest tiles of any block size, by exhaustive search.
    fn fewest(conv: &Convolution, heard: &[BTreeSet<usize>], room: Room) -> Option<usize> {
        let Shape { channels, height, width } = conv.output;
        let mut best = None;
        for (rows, columns) in (1..=height).flat_map(|rows| (1..=width).map(move |columns| (rows, columns))) {
            let (outs, groups) = (conv.group_outputs() as u32, conv.groups);
            let of_group = (1..=outs).map(|each| (each, false));
            for (each, whole) in of_group.chain((1..=groups).map(|each| (each, true))) {
                let tiles = cut(heard, |neuron| {
                    let neuron = neuron as u32;
                    let (channel, row, column) = (neuron / (width * height), neuron / width % height, neuron % width);
                    assert!(channel < channels);
                    let block =
                        if whole { (channel / outs / each, 0) } else { (channel / outs, channel % outs / each) };
                    (row / rows, column / columns, block)
                });
                let fits = |(neurons, inputs): &(usize, usize)| {
                    *neurons as u64 <= room.neurons && *inputs as u64 + room.own_inputs * *neurons as u64 <= room.axons
                };
                if tiles.iter().all(fits) && best.is_none_or(|best| tiles.len() < best) {
                    best = Some(tiles.len());
                }
            }
        }
        best
    }

    /// Tiles keep the limits, hold every neuron once, and no blocks give fewer.
    #[test]
    fn tiles_are_the_fewest() {
        let mut tiled = 0;
        for seed in 0..400 {
            let operation = layer(seed);
            let Kernel::Conv(conv) = operation.kernel else { unreachable!() };
            let heard = heard(&operation);
            let draw = |x: u64, n: u64| mix(seed << 20 ^ x) % n;
            let room = Room { axons: 4 + draw(1, 120), neurons: 1 + draw(2, 40), own_inputs: draw(3, 3) / 2 };
            let chosen = choose(&operation, room);
            let found = fewest(&conv, &heard, room);
            assert_eq!(chosen.map(|tiling| tiling.tiles as usize), found, "seed {seed}: {operation:?} {room:?}");
            let Some(tiling) = chosen else { continue };
            tiled += 1;
            let tiles = cut(&heard, |neuron| tiling.tile_of(&conv, neuron as u64));
            assert_eq!(tiles.len() as u64, tiling.tiles, "seed {seed}");
            assert_eq!(tiles.iter().map(|(neurons, _)| neurons).sum::<usize>(), operation.outputs());
            for (neurons, inputs) in tiles {
                assert!(neurons as u64 <= room.neurons, "seed {seed}");
                assert!(inputs as u64 + room.own_inputs * neurons as u64 <= room.axons, "seed {seed}");
            }
        }
        assert!(tiled > 200, "only {tiled} layers were tiled");
    }
}
