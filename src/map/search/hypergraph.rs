//! A network as a hypergraph: one net for every neuron that sends, from its vertex to those that hear it.

/// Source of a net that enters from outside the chip.
pub const OUTSIDE: u32 = u32::MAX;

/// A net under construction: its source, the packets that a destination gets, and its listeners.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Net {
    /// The vertex that sends, or [`OUTSIDE`].
    pub source: u32,
    /// The vertices that hear it; the source itself needs no packet and does not count.
    pub pins: Vec<u32>,
    /// Packets to every core that hears it.
    pub weight: u32,
    /// Axons that it takes in a core; more than one where nets were merged.
    pub axons: u32,
}

/// Vertices and nets, each list contiguous in one vector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hypergraph {
    /// Neurons of each vertex.
    pub size: Vec<u32>,
    /// Kind of each vertex: a core holds vertices of one kind.
    pub kind: Vec<u32>,
    /// Source of each net.
    pub source: Vec<u32>,
    /// Packets of each net to a core.
    pub weight: Vec<u32>,
    /// Axons of each net in a core.
    pub axons: Vec<u32>,
    pins: NumberLists,
    heard: NumberLists,
    driven: NumberLists,
}

/// Lists of numbers, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct NumberLists {
    start: Vec<usize>,
    items: Vec<u32>,
}

impl Default for NumberLists {
    fn default() -> Self {
        Self { start: vec![0], items: Vec::new() }
    }
}

impl NumberLists {
    fn of(&self, row: u32) -> &[u32] {
        &self.items[self.start[row as usize]..self.start[row as usize + 1]]
    }

    /// Ends the row of the items appended since the last one.
    fn end(&mut self) {
        self.start.push(self.items.len());
    }

    /// For each key, the positions with that key, given every position's keys.
    fn inverse<'a>(keys: usize, each: impl Fn(usize) -> &'a [u32], positions: usize) -> Self {
        let mut start = vec![0usize; keys + 1];
        for position in 0..positions {
            each(position).iter().for_each(|key| start[*key as usize + 1] += 1);
        }
        for key in 0..keys {
            start[key + 1] += start[key];
        }
        let (mut next, mut items) = (start.clone(), vec![0; start[keys]]);
        for position in 0..positions {
            for key in each(position) {
                items[next[*key as usize]] = position as u32;
                next[*key as usize] += 1;
            }
        }
        Self { start, items }
    }
}

impl Hypergraph {
    /// Builds a hypergraph of vertices (neurons and kind of each) and nets. Pins come ascending; empty nets are dropped.
    pub fn new(size: Vec<u32>, kind: Vec<u32>, nets: impl Iterator<Item = Net>) -> Self {
        let mut all = Self { size, kind, ..Self::default() };
        for net in nets {
            all.push(net.source, net.weight, net.axons, &net.pins);
        }
        all.finish();
        all
    }

    /// A hypergraph of these vertices without nets, which are pushed to it.
    pub(in crate::map) fn begin(size: Vec<u32>, kind: Vec<u32>) -> Self {
        Self { size, kind, ..Self::default() }
    }

    /// Reserves room for nets and pins.
    pub(in crate::map) fn reserve(&mut self, nets: usize, pins: usize) {
        self.pins.items.reserve_exact(pins);
        self.pins.start.reserve_exact(nets);
        [&mut self.source, &mut self.weight, &mut self.axons].into_iter().for_each(|all| all.reserve_exact(nets));
    }

    pub(in crate::map) fn push(&mut self, source: u32, weight: u32, axons: u32, pins: &[u32]) {
        let before = self.pins.items.len();
        self.pins.items.extend(pins.iter().filter(|pin| **pin != source));
        if self.pins.items.len() > before {
            self.pins.end();
            self.source.push(source);
            self.weight.push(weight);
            self.axons.push(axons);
        }
    }

    /// Finds the nets of each vertex, after the last push.
    pub(in crate::map) fn finish(&mut self) {
        let (vertices, nets) = (self.size.len(), self.source.len());
        self.heard = NumberLists::inverse(vertices, |net| self.pins.of(net as u32), nets);
        let driver = |net: usize| match self.source[net] {
            OUTSIDE => &[][..],
            _ => &self.source[net..=net],
        };
        self.driven = NumberLists::inverse(vertices, driver, nets);
    }

    /// Number of vertices.
    pub fn vertices(&self) -> usize {
        self.size.len()
    }

    /// Number of nets.
    pub fn nets(&self) -> usize {
        self.source.len()
    }

    /// Number of pins of all nets.
    pub fn all_pins(&self) -> usize {
        self.pins.items.len()
    }

    /// Position of the first pin of a net among those of all nets.
    pub(super) fn first_pin(&self, net: u32) -> usize {
        self.pins.start[net as usize]
    }

    /// The vertices that hear a net.
    pub fn pins(&self, net: u32) -> &[u32] {
        self.pins.of(net)
    }

    /// The nets that a vertex hears.
    pub fn heard(&self, vertex: u32) -> &[u32] {
        self.heard.of(vertex)
    }

    /// The nets that a vertex sends.
    pub fn driven(&self, vertex: u32) -> &[u32] {
        self.driven.of(vertex)
    }

    /// The hypergraph in which vertices of the same number in `group` are merged.
    pub fn contract(&self, group: &[u32], groups: usize) -> Self {
        let (mut size, mut kind) = (vec![0; groups], vec![0; groups]);
        for (vertex, at) in group.iter().enumerate() {
            size[*at as usize] += self.size[vertex];
            kind[*at as usize] = self.kind[vertex];
        }
        let mut coarse = Self::begin(size, kind);
        let mut same = Vec::new();
        let members = NumberLists::inverse(groups, |vertex| &group[vertex..=vertex], group.len());
        for at in 0..groups as u32 {
            let driven = members.of(at).iter().flat_map(|vertex| self.driven(*vertex));
            same.extend(driven.map(|net| self.contracted(*net, at, group)));
            push_merged(&mut coarse, &mut same);
        }
        let outside = (0..self.nets() as u32).filter(|net| self.source[*net as usize] == OUTSIDE);
        same.extend(outside.map(|net| self.contracted(net, OUTSIDE, group)));
        push_merged(&mut coarse, &mut same);
        coarse.finish();
        coarse
    }

    fn contracted(&self, net: u32, source: u32, group: &[u32]) -> Net {
        let mut pins: Vec<u32> = self.pins(net).iter().map(|pin| group[*pin as usize]).collect();
        pins.sort_unstable();
        pins.dedup();
        Net { source, pins, weight: self.weight[net as usize], axons: self.axons[net as usize] }
    }
}

/// Moves nets of one source to a hypergraph, and merges those with the same pins.
fn push_merged(coarse: &mut Hypergraph, nets: &mut Vec<Net>) {
    nets.sort_unstable();
    let mut all = nets.drain(..).peekable();
    while let Some(mut net) = all.next() {
        while let Some(next) = all.next_if(|next| next.pins == net.pins) {
            net.weight = net.weight.saturating_add(next.weight);
            net.axons += next.axons;
        }
        coarse.push(net.source, net.weight, net.axons, &net.pins);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(source: u32, pins: &[u32], weight: u32) -> Net {
        Net { source, pins: pins.to_vec(), weight, axons: 1 }
    }

    #[test]
    fn nets_are_found_from_both_ends_and_contract() {
        let nets = [net(0, &[1, 2, 3], 5), net(1, &[0, 2], 2), net(2, &[2], 9), net(OUTSIDE, &[0, 3], 1)];
        let graph = Hypergraph::new(vec![1; 4], vec![0; 4], nets.into_iter());
        // A neuron that only hears itself needs no packet.
        assert_eq!((graph.nets(), graph.all_pins()), (3, 7));
        assert_eq!(graph.heard(2), [0, 1]);
        assert_eq!(graph.driven(1), [1]);
        assert_eq!(graph.heard(0), [1, 2]);
        let coarse = graph.contract(&[0, 0, 1, 1], 2);
        // Both inner nets go from group 0 to group 1; the outer one reaches both.
        assert_eq!((coarse.nets(), coarse.size.clone()), (2, vec![2, 2]));
        assert_eq!((coarse.weight[0], coarse.axons[0], coarse.pins(0)), (7, 2, &[1][..]));
        assert_eq!((coarse.source[1], coarse.pins(1)), (OUTSIDE, &[0, 1][..]));
    }
}
