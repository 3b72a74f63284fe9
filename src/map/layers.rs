//! Layers on cores that store kernels once ([`SharedKernels`]): what a layer takes of such a core, and where it breaks its
//! limits. Such a core holds one layer, as a whole.

use super::check::Violation;
use crate::hw::{LayerShape, SharedKernels};
use crate::net::Graph;
use crate::net::architecture::{Convolution, Kernel, Pool, Shape};

/// The path of a limit in the chip file.
fn path(limit: &str) -> String {
    format!("core.synapses.{limit}")
}

/// A layer: its name, its shape, and what its limits are held against.
#[derive(Clone, Debug)]
pub(super) struct LayerOnCore {
    name: String,
    /// What it takes of the memories.
    pub(super) shape: LayerShape,
    conv: Option<Convolution>,
    pool: Option<Pool>,
    /// Other populations that it sends to.
    destinations: u64,
}

/// The populations that each population hears, by position; each once, itself apart.
pub(super) fn heard(net: &Graph) -> Vec<Vec<usize>> {
    let mut hears = vec![Vec::new(); net.populations.len()];
    for (source, population) in net.populations.iter().enumerate() {
        for neuron in population.range() {
            let mut reached = 0..0;
            for target in net.synapses.targets(neuron) {
                // Targets ascend, and those of one population come together.
                if reached.contains(&target) {
                    continue;
                }
                let at = net.population_of(target as usize);
                let found = &net.populations[at];
                reached = found.first..found.first + found.count;
                if at != source && !hears[at].contains(&source) {
                    hears[at].push(source);
                }
            }
        }
    }
    hears
}

/// What a population is to a core that stores its kernels once.
pub(super) fn layer(net: &Graph, at: usize, heard: &[Vec<usize>]) -> LayerOnCore {
    let population = &net.populations[at];
    let operation = net.operation(population.first);
    let biased = net.bias[population.range()].iter().any(|bias| *bias != 0);
    let count = |of: &[usize]| of.iter().map(|from| u64::from(net.populations[*from].count)).sum::<u64>();
    let all = count(&heard[at]);
    let flat = |inputs| (inputs, [1, 1], u64::from(population.count), [1, 1]);
    let area = |shape: Shape| (u64::from(shape.channels), [u64::from(shape.height), u64::from(shape.width)]);
    let (inputs, kernel, maps, map) = match operation.map(|operation| (operation, operation.kernel)) {
        Some((_, Kernel::Conv(conv))) => {
            let (maps, map) = area(conv.output);
            (area(conv.input).0, conv.kernel.map(u64::from), maps, map)
        }
        // The kernels of a dense layer are of the size of the maps that it reads.
        Some((operation, Kernel::Dense { .. })) => {
            let read =
                operation.pool.map(|pool| pool.output).or_else(|| maps_before(net, &heard[at], operation.inputs()));
            let (inputs, kernel) = read.map_or((operation.inputs() as u64, [1, 1]), area);
            (inputs, kernel, u64::from(population.count), [1, 1])
        }
        None => flat(all),
    };
    let of_operation = operation.map_or(all, |operation| operation.inputs() as u64);
    LayerOnCore {
        name: population.name.clone(),
        // Sources beside those of the operation are maps of their own.
        shape: LayerShape { inputs: inputs + all.saturating_sub(of_operation), kernel, maps, map, biased },
        conv: operation.and_then(|operation| match operation.kernel {
            Kernel::Conv(conv) => Some(conv),
            Kernel::Dense { .. } => None,
        }),
        pool: operation.and_then(|operation| operation.pool),
        destinations: heard.iter().filter(|of| of.contains(&at)).count() as u64,
    }
}

/// The maps of the convolution that a dense layer of so many inputs hears.
fn maps_before(net: &Graph, heard: &[usize], inputs: usize) -> Option<Shape> {
    let shapes = heard.iter().filter_map(|from| match net.operation(net.populations[*from].first)?.kernel {
        Kernel::Conv(conv) => Some(conv.output),
        Kernel::Dense { .. } => None,
    });
    shapes.into_iter().find(|shape| shape.neurons() as usize == inputs)
}

impl LayerOnCore {
    /// The limits of a core that it breaks.
    pub(super) fn broken(&self, core: &SharedKernels) -> Vec<Violation> {
        let name = &self.name;
        let mut found = self.memories(core);
        let [height, width] = self.shape.kernel;
        if height != width {
            found.push(Violation {
                limit: path("kernel_side"),
                place: format!("the kernel of {name}, of {height} x {width},"),
                needed: height.max(width),
                allowed: height.min(width),
                remedy: "kernels of this core are square, and those of a dense layer are as the maps that it reads"
                    .into(),
            });
        }
        if let Some(conv) = &self.conv {
            let stride = |side: &u32| listed("strides", format!("a stride of {name}"), *side, &core.strides);
            let padding = conv.padding[0].max(conv.padding[1]).into();
            let input = conv.input.height.max(conv.input.width).into();
            found.extend(conv.stride.iter().find_map(stride));
            found.extend(grow("padding", format!("the padding of {name}"), padding, core.padding));
            found.extend(grow("input_side", format!("a map into {name}"), input, core.input_side));
        }
        let pool = |side| listed("pools", format!("a pool before {name}"), side, &core.pools);
        found.extend(self.pool.iter().flat_map(|pool| pool.window).find_map(pool));
        found
    }

    /// The limits of memories, sides and numbers of maps that it breaks.
    fn memories(&self, core: &SharedKernels) -> Vec<Violation> {
        let (name, shape) = (&self.name, &self.shape);
        let ([height, width], [rows, columns]) = (shape.kernel, shape.map);
        let (kernels, maps) = (shape.kernel_words(), shape.maps.max(shape.inputs));
        let targets = format!("{name} by the layers that it sends to");
        let found = [
            grow("kernel_words", format!("{name}, {}, in words", self.kernels()), kernels, core.kernel_words),
            grow("state_words", format!("{name}, {}, in words", self.maps()), shape.state_words(), core.state_words),
            grow("biases", name.clone(), shape.biases(), core.biases),
            grow("kernel_side", format!("the kernel of {name}"), height.max(width), core.kernel_side),
            grow("map_side", format!("a map of {name}"), rows.max(columns), core.map_side),
            grow("maps", format!("{name} by its maps"), maps, core.maps),
            grow("destinations", targets, self.destinations, core.destinations),
        ];
        found.into_iter().flatten().collect()
    }

    fn kernels(&self) -> String {
        let LayerShape { inputs, kernel: [height, width], maps, .. } = self.shape;
        format!("kernels of {height} x {width} from {inputs} to {maps} maps")
    }

    fn maps(&self) -> String {
        let LayerShape { maps, map: [height, width], .. } = self.shape;
        format!("{maps} maps of {height} x {width}")
    }
}

/// A limit that would have to grow.
fn grow(limit: &str, place: String, needed: u64, allowed: u64) -> Option<Violation> {
    let remedy = format!("it would fit with {} of {needed} or more, or with a smaller layer", path(limit));
    (needed > allowed).then(|| Violation { limit: path(limit), place, needed, allowed, remedy })
}

/// A value that is none of those that a core has.
fn listed(limit: &str, place: String, found: u32, known: &[u32]) -> Option<Violation> {
    if known.contains(&found) {
        return None;
    }
    let below = known.iter().copied().filter(|one| *one < found).max().unwrap_or(0);
    let all: Vec<String> = known.iter().map(u32::to_string).collect();
    let remedy = format!("there are {}", all.join(", "));
    Some(Violation { limit: path(limit), place, needed: found.into(), allowed: below.into(), remedy })
}
