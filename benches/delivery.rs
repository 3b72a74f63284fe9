//! Adding the rows of neurons that fired to the sums of their targets: each format at several fills.
//!
//! The throughput is in synapses. `sparse`, `bitmap` and `dense` are forced, `fitting` is what a load chooses; `plain`
//! is the loop over synapses that are (target, weight) in no order, with sums in integers and in real numbers.

mod cpu;

use cpu::CpuTime;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use spikemesh::ids::{Id, NeuronId};
use spikemesh::model::{RowFormat, Rows};
use spikemesh::net::RandomSpec;
use spikemesh::net::graph::Csr;
use spikemesh::rng::mix;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

const FORMATS: [(&str, RowFormat); 4] = [
    ("sparse", RowFormat::Sparse),
    ("bitmap", RowFormat::Bitmap),
    ("dense", RowFormat::Dense),
    ("fitting", RowFormat::Fitting),
];

/// Rows, and steps in each of which some of their sources fire.
struct Case {
    name: String,
    neurons: usize,
    synapses: Arc<Csr>,
    steps: Vec<Vec<NeuronId>>,
}

impl Case {
    /// One in so many sources fires in each of 16 steps.
    fn new(name: String, neurons: usize, synapses: Arc<Csr>, one_in: u64) -> Self {
        let fires = |step: u64, source: NeuronId| mix(step << 32 ^ u64::from(source.get())).is_multiple_of(one_in);
        let sources = || (0..synapses.sources()).map(NeuronId::from_index);
        let steps = (0..16).map(|step| sources().filter(|source| fires(step, *source)).collect()).collect();
        Self { name, neurons, synapses, steps }
    }

    /// Rows of one segment, filled at random, that begins at a multiple of its length.
    fn segments(targets: u32, percent: u32, sources: u64, one_weight: bool) -> Self {
        let neurons = 16_384;
        let mut synapses = Csr::with_capacity(sources as usize, 0);
        for source in 0..sources {
            let first = mix(source) as u32 % (neurons / targets) * targets;
            for target in first..first + targets {
                let draw = mix(source << 32 | u64::from(target) | 1 << 63);
                if draw % 100 < u64::from(percent) {
                    synapses.push(target, if one_weight { 3 } else { i16::from((draw >> 40) as i8) }, 1);
                }
            }
            synapses.end_row();
        }
        let weights = if one_weight { ", one weight" } else { "" };
        let name = format!("{sources} rows, {percent} % of {targets}{weights}");
        Self::new(name, neurons as usize, Arc::new(synapses), 8)
    }

    /// A layer in which each source has a synapse with each target.
    fn dense(neurons: u32) -> Self {
        let mut synapses = Csr::with_capacity(neurons as usize, (neurons * neurons) as usize);
        for source in 0..neurons {
            for target in 0..neurons {
                synapses.push(target, i16::from(mix(u64::from(source) << 32 | u64::from(target)) as i8), 1);
            }
            synapses.end_row();
        }
        Self::new(format!("dense {neurons} x {neurons}"), neurons as usize, Arc::new(synapses), 8)
    }

    /// Patches of k x k in each of 32 planes of 14 x 14, as a convolution has them.
    fn convolution(k: u32) -> Self {
        let mut synapses = Csr::with_capacity(0, 0);
        for source in 0..32 * 196 {
            let corner = (source % 196 / 14).min(14 - k) * 14 + (source % 14).min(14 - k);
            for i in 0..32 * k * k {
                let target = i / (k * k) * 196 + corner + i / k % k * 14 + i % k;
                synapses.push(target, i16::from(mix(u64::from(source) << 32 | u64::from(i)) as i8), 1);
            }
            synapses.end_row();
        }
        Self::new(format!("convolution {k} x {k}"), 32 * 196, Arc::new(synapses), 8)
    }

    fn random(neurons: u32, targets: &str) -> Self {
        let cores = neurons / 128;
        let spec = format!("random:seed=1,neurons={neurons},cores={cores},targets={targets}");
        let graph = RandomSpec::parse(&spec).expect("the name is right").generate().graph;
        Self::new(format!("{targets} {neurons}"), neurons as usize, graph.synapses, 20)
    }

    fn events(&self) -> u64 {
        self.steps.iter().flatten().map(|source| self.synapses.fan_out(source.index()) as u64).sum()
    }

    fn plain(&self) -> Plain {
        let mut plain = Plain { row: vec![0], synapses: Vec::new() };
        for source in 0..self.synapses.sources() {
            let mut row: Vec<_> = self.synapses.row(source).map(|(target, weight, _)| (target, weight)).collect();
            row.sort_by_key(|(target, _)| mix(u64::from(*target) ^ (source as u64) << 32));
            plain.synapses.extend(row);
            plain.row.push(plain.synapses.len());
        }
        plain
    }
}

/// The loop that one would write first.
struct Plain {
    row: Vec<usize>,
    synapses: Vec<(u32, i16)>,
}

impl Plain {
    fn add<T: std::ops::AddAssign + From<i16>>(&self, sources: &[NeuronId], sums: &mut [T]) {
        for source in sources {
            for (target, weight) in &self.synapses[self.row[source.index()]..self.row[source.index() + 1]] {
                sums[*target as usize] += T::from(*weight);
            }
        }
    }
}

fn bench(criterion: &mut Criterion<CpuTime>, case: &Case, formats: &[(&str, RowFormat)], plain: bool) {
    let mut group = criterion.benchmark_group("delivery");
    group.throughput(Throughput::Elements(case.events()));
    group.sample_size(10).warm_up_time(Duration::from_millis(40)).measurement_time(Duration::from_millis(200));
    for (name, format) in formats {
        let rows = Rows::new(&case.synapses, *format);
        let mut sums = vec![0; case.neurons];
        group.bench_function(BenchmarkId::new(*name, &case.name), |b| {
            b.iter(|| case.steps.iter().for_each(|fired| rows.add(fired, black_box(&mut sums))));
            // Sums of many iterations would overflow.
            sums.fill(0);
        });
    }
    if plain {
        let rows = case.plain();
        let (mut integers, mut reals) = (vec![0i32; case.neurons], vec![0f64; case.neurons]);
        group.bench_function(BenchmarkId::new("plain", &case.name), |b| {
            b.iter(|| case.steps.iter().for_each(|fired| rows.add(fired, black_box(&mut integers))));
        });
        group.bench_function(BenchmarkId::new("plain, real", &case.name), |b| {
            b.iter(|| case.steps.iter().for_each(|fired| rows.add(fired, black_box(&mut reals))));
        });
    }
    group.finish();
}

fn benches(criterion: &mut Criterion<CpuTime>) {
    let unforced = [FORMATS[0], FORMATS[3]];
    for neurons in [16_384, 98_304] {
        bench(criterion, &Case::random(neurons, "uniform"), &unforced[..1], true);
    }
    bench(criterion, &Case::random(16_384, "local8"), &unforced, false);
    // Dense, these are half a megabyte, which a core's own cache holds, and four, which it does not.
    for (targets, sources) in [(256, 2048), (256, 16_384), (1024, 4096)] {
        for percent in [3, 6, 12, 25, 50, 100] {
            bench(criterion, &Case::segments(targets, percent, sources, false), &[FORMATS[0], FORMATS[2]], false);
        }
    }
    for (percent, sources) in [(12, 2048), (50, 2048), (12, 131_072), (50, 131_072)] {
        bench(criterion, &Case::segments(256, percent, sources, true), &FORMATS[..3], false);
    }
    bench(criterion, &Case::dense(800), &unforced, true);
    for k in [3, 5] {
        bench(criterion, &Case::convolution(k), &unforced, false);
    }
}

criterion_group! { name = delivery; config = cpu::criterion(); targets = benches }
criterion_main!(delivery);
