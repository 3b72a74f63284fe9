//! Start of a run: CPU time and memory to make a network, to map it and to build its system, by size.
//!
//! `cargo bench --bench start` takes workload W with local targets on 32 Loihi chips, from 2^14 to 2^20 neurons, and fits
//! exponents of time by synapses. `-- neurons=65536` takes one size.

use cpu_time::ProcessTime;
use spikemesh::map::{Limits, MappingOptions, arrange};
use spikemesh::net::RandomSpec;
use spikemesh::session::catalog;
use spikemesh::system::{self, Contention};

/// Neurons on a core, as long as the chip has enough.
const PER_CORE: u32 = 256;

/// CPU seconds of the three stages, and the synapses.
struct Start {
    synapses: usize,
    seconds: [f64; 3],
}

fn start(neurons: u32) -> Start {
    let chip = catalog::chip("loihi_nahuku32").expect("a shipped chip");
    let calibration = chip.calibration(None).expect("its constants");
    let cores = (neurons / PER_CORE).clamp(1, chip.noc.cores());
    let name = format!("random:seed=1,neurons={neurons},cores={cores},targets=local8");
    let clock = ProcessTime::now();
    let network = RandomSpec::parse(&name).expect("a network").generate();
    let made = clock.elapsed().as_secs_f64();
    let options = MappingOptions { limits: Limits::Report, ..MappingOptions::default() };
    let arranged = arrange(&network.graph, &chip, options, None).expect("a mapping");
    let mapped = clock.elapsed().as_secs_f64();
    let system = system::build(&arranged.graph, &chip, calibration, &arranged.mapping, Contention::Modelled);
    let system = system.expect("a system");
    let built = clock.elapsed().as_secs_f64();
    assert_eq!(system.tables.synapses.len(), network.graph.synapses.len());
    Start { synapses: network.graph.synapses.len(), seconds: [made, mapped - made, built - mapped] }
}

/// Exponent of a figure by another one between two sizes.
fn exponent(from: (f64, f64), to: (f64, f64)) -> f64 {
    (to.1 / from.1).ln() / (to.0 / from.0).ln()
}

/// The most memory that the process has taken, in bytes, where the system reports it.
fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kilobytes| kilobytes * 1024.0)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = arguments.iter().find_map(|argument| argument.strip_prefix("neurons="));
    let sizes: Vec<u32> = match asked {
        Some(neurons) => vec![neurons.parse().expect("a number of neurons")],
        None if arguments.iter().any(|argument| argument == "--test") => vec![1 << 10, 1 << 12],
        None => vec![1 << 14, 1 << 16, 1 << 18, 1 << 20],
    };
    println!("neurons     synapses  made  mapped   built     all (CPU s)  exponent  bytes a synapse, whole process");
    let mut before: Option<(f64, f64)> = None;
    for neurons in sizes {
        let Start { synapses, seconds: [made, mapped, built] } = start(neurons);
        let here = (synapses as f64, made + mapped + built);
        let grown = before.map_or("-".to_owned(), |before| format!("{:.2}", exponent(before, here)));
        // Sizes ascend, so that the peak is that of the largest so far.
        let bytes = peak().map_or("-".to_owned(), |peak| format!("{:.1}", peak / here.0));
        let all = here.1;
        println!("{neurons:7} {synapses:12} {made:5.2} {mapped:7.2} {built:7.2} {all:7.2} {grown:>17} {bytes:>9}");
        before = Some(here);
    }
}
