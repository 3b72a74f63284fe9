//! Generated sparse networks by name: `random:seed=7,neurons=16384,cores=128,targets=local8`.
//!
//! Defined by integer hashing, so that anyone can regenerate them bit for bit:
//!
//! ```text
//! H(seed, stream, i) = mix(mix(seed 2^8 + stream) xor i)         mix: splitmix64
//! fan-out(i) = 64 + H(seed, 1, i) mod 65;   edge (i, k), k < fan-out(i), x = 128 i + k
//! target: uniform = H(seed, 2, x) mod N
//!         local8  = P c + H(seed, 2, x) mod P,  c = H(seed, 5, 8 i + k mod 8) mod C
//! weight = H(seed, 3, x) mod 5 - 2;   bias(i) = (64 + H(seed, 4, i) mod 257) / 64
//! ```
//!
//! N neurons are on C cores, P = N / C on each. A neuron integrates without leak, fires above 100 and resets to zero.
//! Membranes count in 1/64: everything is an integer.

use super::graph::{Csr, Drive, Graph, MAX_NEURONS, MAX_SYNAPSES, Population, size};
use super::network::SparseNetwork;
use super::neuron::{If, Model, Params, Reset};
use super::samples::SampleForm;
use crate::json::{FileError, Problem};
use crate::rng::mix;
use std::sync::Arc;

/// Targets of the synapses of a generated network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Targets {
    Uniform,
    Local8,
}

/// The parameters of a generated network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RandomSpec {
    seed: u64,
    neurons: u32,
    cores: u32,
    targets: Targets,
}

const PREFIX: &str = "random:";
const FRACTION_BITS: u32 = 6;
/// Most synapses that leave a neuron.
const MOST_FAN_OUT: u64 = 128;

impl RandomSpec {
    /// Whether a network argument names a generated network.
    pub fn is_name(argument: &str) -> bool {
        argument.starts_with(PREFIX)
    }

    /// Reads `random:seed=…,neurons=…,cores=…,targets=…`.
    pub fn parse(argument: &str) -> Result<Self, FileError> {
        let mut problems = Vec::new();
        let mut values = [None, None, None, None];
        let names = ["seed", "neurons", "cores", "targets"];
        for pair in argument.strip_prefix(PREFIX).unwrap_or(argument).split(',') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match names.iter().position(|n| *n == name) {
                Some(i) if values[i].is_some() => problems.push((name, "given twice".to_owned())),
                Some(i) => values[i] = Some(value),
                None => problems.push((name, format!("unknown; known: {}", names.join(", ")))),
            }
        }
        let number =
            |i: usize, range: std::ops::RangeInclusive<u64>, default: u64, problems: &mut Vec<_>| match values[i] {
                None => default,
                Some(text) => text.parse().ok().filter(|v| range.contains(v)).unwrap_or_else(|| {
                    let (low, high) = (range.start(), range.end());
                    problems.push((names[i], format!("found \"{text}\", expected an integer of {low} to {high}")));
                    default
                }),
            };
        let seed = number(0, 0..=(u64::MAX >> 8), 1, &mut problems);
        let neurons = number(1, 1..=MAX_NEURONS, 1024, &mut problems) as u32;
        let cores = number(2, 1..=65_536, 16, &mut problems) as u32;
        let targets = match values[3] {
            None | Some("uniform") => Targets::Uniform,
            Some("local8") => Targets::Local8,
            Some(other) => {
                problems.push((names[3], format!("found \"{other}\", allowed: uniform, local8")));
                Targets::Uniform
            }
        };
        if problems.is_empty() && !neurons.is_multiple_of(cores) {
            problems.push((names[1], format!("{neurons} neurons do not divide evenly among {cores} cores")));
        }
        let spec = Self { seed, neurons, cores, targets };
        // Most are far from the ceiling.
        let is_large = u64::from(neurons) * MOST_FAN_OUT > MAX_SYNAPSES;
        if problems.is_empty() && is_large {
            problems.extend(size::beyond(neurons.into(), spec.synapses()).map(|why| (names[1], why)));
        }
        if problems.is_empty() {
            return Ok(spec);
        }
        let problem = |(path, message): (&str, String)| Problem { path: path.to_owned(), message };
        Err(FileError { file: argument.to_owned(), problems: problems.into_iter().map(problem).collect() })
    }

    /// The draws of a stream by number.
    fn draws(&self, stream: u64) -> impl Fn(u64) -> u64 + use<> {
        let key = mix((self.seed << 8) + stream);
        move |index| mix(key ^ index)
    }

    fn fan_out(&self) -> impl Fn(u64) -> u64 + use<> {
        let draw = self.draws(1);
        move |neuron| 64 + draw(neuron) % 65
    }

    /// Number of synapses.
    pub fn synapses(&self) -> u64 {
        (0..u64::from(self.neurons)).map(self.fan_out()).sum()
    }

    /// Reports a network for which this machine has not enough memory, before any is taken.
    pub fn check_memory(&self) -> Result<(), FileError> {
        let Some(message) = size::too_large(self.neurons.into(), self.synapses()) else { return Ok(()) };
        let (file, problem) =
            (format!("{PREFIX}neurons={}", self.neurons), Problem { path: "neurons".into(), message });
        Err(FileError { file, problems: vec![problem] })
    }

    fn make_synapses(&self) -> Csr {
        let (draw, of_weight, of_core, fan_out) = (self.draws(2), self.draws(3), self.draws(5), self.fan_out());
        let (neurons, cores) = (Divisor::new(self.neurons), Divisor::new(self.cores));
        let per_core = Divisor::new(self.neurons / self.cores);
        let mut synapses = Csr::with_capacity(self.neurons as usize, self.synapses() as usize);
        for i in 0..u64::from(self.neurons) {
            // The first neurons of the cores that a neuron reaches.
            let firsts: [u64; 8] = match self.targets {
                Targets::Uniform => [0; 8],
                Targets::Local8 => std::array::from_fn(|k| per_core.value * cores.rest(of_core(i * 8 + k as u64))),
            };
            let among = if self.targets == Targets::Local8 { per_core } else { neurons };
            for k in 0..fan_out(i) {
                let x = i * 128 + k;
                let weight = (of_weight(x) % 5) as i16 - 2;
                synapses.push((firsts[(k % 8) as usize] + among.rest(draw(x))) as u32, weight, 1);
            }
            synapses.end_row();
        }
        synapses
    }

    /// Generates the network.
    pub fn generate(&self) -> SparseNetwork {
        let n = self.neurons as usize;
        let synapses = self.make_synapses();
        let of_bias = self.draws(4);
        let bias = (0..n as u64).map(|i| 64 + (of_bias(i) % 257) as i32).collect();
        let population = Population {
            name: "random".into(),
            first: 0,
            count: self.neurons,
            params: Params {
                model: Model::If(If),
                reset: Reset::Zero,
                fraction_bits: FRACTION_BITS,
                membrane_bits: 24,
                fires: true,
            }
            .into(),
            drive: Drive::EveryStep,
            window: None,
            source: None,
        };
        let graph = Graph {
            populations: vec![population],
            bias,
            // Fires when v > 100, that is at 100 + 1/64.
            threshold: vec![100 * (1 << FRACTION_BITS) + 1; n],
            synapses: Arc::new(synapses),
            neurons_per_core: Some(self.neurons / self.cores),
            ..Graph::default()
        };
        let targets = match self.targets {
            Targets::Uniform => "uniform",
            Targets::Local8 => "local8",
        };
        let Self { seed, neurons, cores, .. } = self;
        SparseNetwork {
            name: format!("random:seed={seed},neurons={neurons},cores={cores},targets={targets}"),
            description: "generated by integer hashing".into(),
            graph,
            time_steps: None,
            seed: Some(*seed),
            notes: Vec::new(),
            imported: None,
            samples: SampleForm::default(),
        }
    }
}

/// A number that others are divided by.
#[derive(Clone, Copy)]
struct Divisor {
    value: u64,
    /// The bits of a remainder, of a power of two.
    mask: Option<u64>,
}

impl Divisor {
    fn new(value: u32) -> Self {
        let value = u64::from(value);
        Self { value, mask: value.is_power_of_two().then(|| value - 1) }
    }

    /// What is left of a number.
    #[inline(always)]
    fn rest(self, number: u64) -> u64 {
        match self.mask {
            Some(mask) => number & mask,
            None => number % self.value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workload_w_is_regenerated() {
        let net = RandomSpec::parse("random:seed=1,neurons=1024,cores=16").unwrap().generate();
        assert_eq!(net.graph.synapses.len(), 98_743);
        assert_eq!(RandomSpec::parse("random:seed=1,neurons=1024,cores=16").unwrap().synapses(), 98_743);
        let outcome = crate::net::reference::sparse(&net.graph, 100);
        assert_eq!(outcome.spikes_per_step.iter().sum::<u64>(), 2_468);
    }

    #[test]
    fn every_problem_is_named() {
        let error = RandomSpec::parse("random:seed=x,nuerons=5,cores=0").unwrap_err();
        assert_eq!(error.problems.len(), 3, "{error}");
        assert!(RandomSpec::parse("random:neurons=1025,cores=16").is_err());
        assert!(RandomSpec::parse("random:neurons=99999999999").is_err());
        assert!(RandomSpec::parse("random:neurons=67108865,cores=1").is_err());
        // The most neurons whose synapses are certainly not too many.
        assert!(RandomSpec::parse("random:neurons=33554431,cores=1").is_ok());
    }
}
