//! A first partition: cores are filled one after the other, each with vertices that hear the same nets as those in it.

use super::hypergraph::{Hypergraph, OUTSIDE};

/// Affinity of a vertex with the core being filled, for a net of weight 1.
const SCALE: u64 = 1 << 10;

/// Fills the cores of each kind; `kind` is the kind of each core. If the sizes of vertices do not add up, a core gets
/// more than its share, and the caller evens that out.
pub(super) fn fill(graph: &Hypergraph, kind: &[u32]) -> Vec<u32> {
    let mut growth = CoreGrowth {
        graph,
        core: vec![None; graph.vertices()],
        common: vec![0; graph.vertices()],
        seen: vec![u32::MAX; graph.nets()],
    };
    let kinds = kind.iter().max().map_or(0, |most| most + 1);
    for one in 0..kinds {
        let cores: Vec<u32> = (0..kind.len() as u32).filter(|core| kind[*core as usize] == one).collect();
        let mut left: Vec<u32> =
            (0..graph.vertices() as u32).filter(|vertex| graph.kind[*vertex as usize] == one).collect();
        let mut neurons: u64 = left.iter().map(|vertex| u64::from(graph.size[*vertex as usize])).sum();
        for (position, core) in cores.iter().enumerate() {
            let share = neurons.div_ceil((cores.len() - position) as u64);
            neurons -= growth.fill_core(*core, share, &mut left);
        }
        // The last core takes the rest.
        let last = cores.last().copied().unwrap_or(0);
        left.iter().for_each(|vertex| growth.core[*vertex as usize] = Some(last));
    }
    growth.core.into_iter().map(Option::unwrap_or_default).collect()
}

struct CoreGrowth<'a> {
    graph: &'a Hypergraph,
    core: Vec<Option<u32>>,
    /// Affinity of each vertex with the core, and a little with those before it.
    common: Vec<u64>,
    /// The last core that was found to hear each net.
    seen: Vec<u32>,
}

impl CoreGrowth<'_> {
    /// Fills a core up to its share; gives its number of neurons.
    fn fill_core(&mut self, core: u32, share: u64, left: &mut Vec<u32>) -> u64 {
        let mut filled = 0;
        while filled < share {
            let room = share - filled;
            let size = |vertex: u32| u64::from(self.graph.size[vertex as usize]);
            let key = |(_, vertex): &(usize, &u32)| (self.common[**vertex as usize], std::cmp::Reverse(**vertex));
            let fits = left.iter().enumerate().filter(|(_, vertex)| size(**vertex) <= room.max(1));
            let Some((place, vertex)) = fits.max_by_key(key).map(|(place, vertex)| (place, *vertex)) else { break };
            left.swap_remove(place);
            filled += size(vertex);
            self.core[vertex as usize] = Some(core);
            self.hear(vertex, core);
        }
        // The next core begins next to this one.
        self.common.iter_mut().for_each(|common| *common /= 16);
        filled
    }

    /// Adds to the affinity of all vertices on the nets of a vertex with its core.
    fn hear(&mut self, vertex: u32, core: u32) {
        let graph = self.graph;
        for net in graph.heard(vertex).iter().chain(graph.driven(vertex)) {
            if std::mem::replace(&mut self.seen[*net as usize], core) == core {
                continue;
            }
            let pins = graph.pins(*net);
            let by = u64::from(graph.weight[*net as usize]) * SCALE / pins.len() as u64;
            pins.iter().for_each(|pin| self.common[*pin as usize] += by);
            if graph.source[*net as usize] != OUTSIDE {
                self.common[graph.source[*net as usize] as usize] += by;
            }
        }
    }
}
