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

use super::graph::{Csr, Drive, Graph, MAX_NEURONS, MAX_SYNAPSES, Population};
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
        let neurons = number(1, 1..=MAX_NEURONS.min(MAX_SYNAPSES / 128), 1024, &mut problems) as u32;
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
        if problems.is_empty() {
            return Ok(Self { seed, neurons, cores, targets });
        }
        let problem = |(path, message): (&str, String)| Problem { path: path.to_owned(), message };
        Err(FileError { file: argument.to_owned(), problems: problems.into_iter().map(problem).collect() })
    }

    fn hash(&self, stream: u64, index: u64) -> u64 {
        mix(mix((self.seed << 8) + stream) ^ index)
    }

    fn target(&self, i: u64, k: u64) -> u32 {
        let draw = self.hash(2, i * 128 + k);
        let per_core = u64::from(self.neurons / self.cores);
        match self.targets {
            Targets::Uniform => (draw % u64::from(self.neurons)) as u32,
            Targets::Local8 => {
                let core = self.hash(5, i * 8 + k % 8) % u64::from(self.cores);
                (per_core * core + draw % per_core) as u32
            }
        }
    }

    /// Generates the network.
    pub fn generate(&self) -> SparseNetwork {
        let n = self.neurons as usize;
        let mut synapses = Csr::with_capacity(n, n * 97);
        for i in 0..n as u64 {
            for k in 0..64 + self.hash(1, i) % 65 {
                let weight = (self.hash(3, i * 128 + k) % 5) as i16 - 2;
                synapses.push(self.target(i, k), weight, 1);
            }
            synapses.end_row();
        }
        let bias = (0..n as u64).map(|i| 64 + (self.hash(4, i) % 257) as i32).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workload_w_is_regenerated() {
        let net = RandomSpec::parse("random:seed=1,neurons=1024,cores=16").unwrap().generate();
        assert_eq!(net.graph.synapses.len(), 98_743);
        let outcome = crate::net::reference::sparse(&net.graph, 100);
        assert_eq!(outcome.spikes_per_step.iter().sum::<u64>(), 2_468);
    }

    #[test]
    fn every_problem_is_named() {
        let error = RandomSpec::parse("random:seed=x,nuerons=5,cores=0").unwrap_err();
        assert_eq!(error.problems.len(), 3, "{error}");
        assert!(RandomSpec::parse("random:neurons=1025,cores=16").is_err());
        assert!(RandomSpec::parse("random:neurons=99999999999").is_err());
    }
}
