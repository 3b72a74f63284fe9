//! Synaptic operations of PilotNet-LIF on Loihi 2, by arithmetic, against those that the chip's profiler counted. For
//! information.
//!
//! The network is public, and so are the spikes of all layers for one input: operations of a step are the mean rate of a
//! layer times the connections that leave it. The profiled run had another input frame. Its plot shows no operations of
//! the first convolution, and its counters of neuron updates read about twice the neurons, so that those of synapses may
//! be doubled too; so three readings are shown. No energy of an operation follows, only upper bounds: what one costs at
//! most if all dynamic energy, and all time of the busiest core, were theirs.

use super::{Case, Finding, FindingKind, Trouble, ValidationBench};

pub(super) const CASE: Case = Case {
    name: "loihi2_pilotnet",
    about: "synaptic operations of PilotNet-LIF on Loihi 2, by arithmetic (for information)",
    run,
};

const SOURCE: &str = "lava-nc/lava-dl, commit d825ac5: network and spikes in tests/lava/lib/dl/netx/gts/pilotnet_lif, \
                      profile of Loihi 2 in tutorials/lava/lib/dl/netx/pilotnet_snn/benchmark.ipynb (plotted values)";

/// Operations of all cores and of the busiest one in the profiled run, and its steps.
const PROFILED: (f64, f64, f64) = (22.9e9, 1.51e9, 10_000.0);
/// Measured: dynamic energy of an inference (uJ), its steps, and the time of a step (us).
const MEASURED: (f64, f64, f64) = (1094.0, 16.0, 152.8);

/// A convolution without groups and dilation: (channels, rows, columns) in and out, and the kernel's side, stride and
/// padding by rows and columns.
struct ConvShape {
    /// Mean rate of its inputs (spikes a step).
    rate: f64,
    before: [u32; 3],
    after: [u32; 3],
    kernel: u32,
    stride: [u32; 2],
    padding: [u32; 2],
}

const CONVOLUTIONS: [ConvShape; 5] = [
    ConvShape {
        rate: 0.887_084,
        before: [3, 66, 200],
        after: [24, 32, 99],
        kernel: 3,
        stride: [2, 2],
        padding: [0, 0],
    },
    ConvShape {
        rate: 0.091_462,
        before: [24, 32, 99],
        after: [36, 15, 49],
        kernel: 3,
        stride: [2, 2],
        padding: [0, 0],
    },
    ConvShape { rate: 0.100_265, before: [36, 15, 49], after: [48, 7, 24], kernel: 3, stride: [2, 2], padding: [0, 0] },
    ConvShape { rate: 0.120_117, before: [48, 7, 24], after: [64, 4, 22], kernel: 3, stride: [2, 1], padding: [1, 0] },
    ConvShape { rate: 0.107_770, before: [64, 4, 22], after: [64, 2, 20], kernel: 3, stride: [1, 1], padding: [0, 0] },
];

/// Dense layers: mean rate of the inputs, inputs, outputs.
const DENSE: [(f64, u32, u32); 4] =
    [(0.110_189, 2560, 100), (0.094_167, 100, 50), (0.040_833, 50, 10), (0.033_333, 10, 1)];

impl ConvShape {
    /// Connections, without those to the padding.
    fn connections(&self) -> u64 {
        let taps: u64 = [0, 1].map(|axis| self.taps(axis)).iter().product();
        taps * u64::from(self.before[0]) * u64::from(self.after[0])
    }

    /// Pairs of an output and an input of a row or column.
    fn taps(&self, axis: usize) -> u64 {
        let (before, after) = (i64::from(self.before[axis + 1]), i64::from(self.after[axis + 1]));
        let first = |output: i64| output * i64::from(self.stride[axis]) - i64::from(self.padding[axis]);
        let reached =
            |output: i64| (first(output)..first(output) + i64::from(self.kernel)).filter(|at| (0..before).contains(at));
        (0..after).map(|output| reached(output).count() as u64).sum()
    }
}

/// Synaptic operations of a step, by layer.
fn operations() -> Vec<f64> {
    let convolutions = CONVOLUTIONS.iter().map(|layer| layer.rate * layer.connections() as f64);
    convolutions.chain(DENSE.iter().map(|(rate, inputs, outputs)| rate * f64::from(inputs * outputs))).collect()
}

fn run(_: &ValidationBench) -> Result<Vec<Finding>, Trouble> {
    let by_layer = operations();
    let all: f64 = by_layer.iter().sum();
    let (profiled, busiest) = (PROFILED.0 / PROFILED.2, PROFILED.1 / PROFILED.2);
    let bound = format!(
        "upper bounds of one operation, if nothing else took energy or time: {:.0} pJ ({:.3} mJ dynamic over {:.0} steps of \
         {:.2} M profiled operations) and {:.1} ns (a step of {:.1} us, {:.0} operations on the busiest core); twice that, if \
         the counters count twice",
        1e6 * MEASURED.0 / MEASURED.1 / profiled,
        MEASURED.0 / 1e3,
        MEASURED.1,
        profiled / 1e6,
        1e3 * MEASURED.2 / busiest,
        MEASURED.2,
        busiest
    );
    let finding = |what: &str, ours: f64, notes: Vec<String>| Finding {
        case: format!("loihi2_pilotnet, operations of a step, {what}"),
        ours: ours / 1e6,
        published: profiled / 1e6,
        unit: "million".into(),
        tolerance: None,
        kind: FindingKind::Prediction,
        source: SOURCE.into(),
        notes,
    };
    let layers: Vec<String> = by_layer.iter().map(|ops| format!("{:.1}", ops / 1e3)).collect();
    let notes = vec![
        format!("by layer, in thousands: {}", layers.join(", ")),
        "rates are those of another frame than the profiled one, and connections into the padding are left out; the profile \
         shows nothing of the first convolution, and its counters may count twice"
            .into(),
        bound,
    ];
    let rest = all - by_layer[0];
    Ok(vec![
        finding("all layers", all, notes),
        finding("without the first convolution", rest, Vec::new()),
        finding("without it, each counted twice", 2.0 * rest, Vec::new()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_follow_each_other_and_connections_are_those_counted_one_by_one() {
        for pair in CONVOLUTIONS.windows(2) {
            assert_eq!(pair[0].after, pair[1].before);
        }
        assert_eq!(CONVOLUTIONS[4].after.iter().product::<u32>(), DENSE[0].1);
        // Counted from the file's shapes by a program of another language.
        let expected = [2_052_864, 5_715_360, 2_612_736, 2_027_520, 1_474_560];
        assert_eq!(CONVOLUTIONS.map(|layer| layer.connections()), expected);
        for layer in CONVOLUTIONS {
            for axis in [0, 1] {
                let room = layer.before[axis + 1] + 2 * layer.padding[axis] - layer.kernel;
                assert_eq!(room / layer.stride[axis] + 1, layer.after[axis + 1]);
            }
        }
    }
}
