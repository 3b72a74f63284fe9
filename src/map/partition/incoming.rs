//! Sources of every neuron's synapses: the synapses of a network by target.

use crate::net::Graph;
use crate::progress::poll_at_row;
use std::cell::OnceCell;
use std::ops::Range;

/// Sources by target. They are collected when they are first asked for: cores that are given are counted without them.
pub(super) struct IncomingSynapses<'a> {
    net: &'a Graph,
    sources: OnceCell<SourceRows>,
}

/// Sources of every neuron's synapses, in rows by target.
struct SourceRows {
    row: Vec<u64>,
    source: Vec<u32>,
}

/// Neurons whose sources are collected at once: so many that these stay in a processor's cache.
const BLOCK: usize = 1 << 15;

impl SourceRows {
    fn of(net: &Graph) -> Self {
        let n = net.neurons();
        let mut row = Vec::with_capacity(n + 1);
        row.push(0);
        let mut end = 0;
        row.extend(net.synapses.fan_in(n).into_iter().map(|count| {
            end += u64::from(count);
            end
        }));
        let mut all = vec![0u32; net.synapses.len()];
        let mut next = row.clone();
        // The targets of a row ascend, so that those of a block follow those of the block before.
        let mut begun: Vec<u64> = (0..n).map(|source| net.synapses.span(source).start as u64).collect();
        for first in (0..n).step_by(BLOCK) {
            let last = (first + BLOCK).min(n) as u32;
            for (source, begun) in begun.iter_mut().enumerate() {
                poll_at_row(source, net.synapses.fan_out(source));
                let span = *begun as usize..net.synapses.span(source).end;
                for target in net.synapses.targets_at(span).take_while(|target| *target < last) {
                    let place = &mut next[target as usize];
                    all[*place as usize] = source as u32;
                    *place += 1;
                    *begun += 1;
                }
            }
        }
        Self { row, source: all }
    }
}

impl<'a> IncomingSynapses<'a> {
    pub(super) fn new(net: &'a Graph) -> Self {
        Self { net, sources: OnceCell::new() }
    }

    fn get(&self) -> &SourceRows {
        self.sources.get_or_init(|| SourceRows::of(self.net))
    }

    /// Where the sources of each neuron begin, and where all end.
    pub(super) fn rows(&self) -> &[u64] {
        &self.get().row
    }

    /// The sources of a neuron's synapses, each with its place.
    pub(super) fn sources(&self, target: u32) -> impl Iterator<Item = (usize, usize)> + use<'_> {
        let SourceRows { row, source } = self.get();
        let row = row[target as usize] as usize..row[target as usize + 1] as usize;
        row.clone().zip(&source[row]).map(|(place, source)| (place, *source as usize))
    }

    /// Synapses into a range of neurons.
    pub(super) fn synapses(&self, neurons: &Range<u32>) -> u64 {
        let row = self.rows();
        row[neurons.end as usize] - row[neurons.start as usize]
    }
}
