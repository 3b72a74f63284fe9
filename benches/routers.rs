//! A network on chip alone at shares of its saturation: exact routers with finite buffers, on one thread.
//!
//! Uniform traffic of single flits, routers of 2 cycles (allocation, traversal) with one virtual channel of 4 flits,
//! links of 1 cycle; with 2 and 4 virtual channels at half load; and packets of 5 flits with buffers of 16. The throughput is
//! in flit-hops: flits over links between routers.

mod cpu;

use cpu::CpuTime;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use spikemesh::hw::Noc;
use spikemesh::noc::{Cycles, Load, Measurement, Setup, Unwatched, simulate};
use std::time::Duration;

fn setup(side: u32, channels: u8, router: u32) -> Setup {
    let noc = Noc::synthetic("mesh", side, side, channels).expect("a mesh is free of deadlock");
    Setup {
        noc,
        cycles: Cycles { router, link: 1, credit: 1 },
        chip: None,
        packet_flits: 1,
        warmup: 0,
        measured: if side > 16 { 1_000 } else { 5_000 },
        seed: 1,
        shards: 1,
        threads: 1,
    }
}

fn run(setup: &Setup, rate: f64) -> Measurement {
    let load = Load::Pattern { name: "uniform".into(), rate };
    simulate(setup, &load, &Unwatched).expect("nothing is stuck")
}

fn benches(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("routers, flit-hops");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(1500));
    let one = [(8, 1, 2), (16, 1, 2), (32, 1, 2), (8, 1, 4)];
    let several = [8, 16, 32].into_iter().flat_map(|side| [2, 4].map(|channels| (side, channels, 4)));
    for (side, channels, router) in one.into_iter().chain(several) {
        let setup = setup(side, channels, router);
        let saturation = run(&setup, 1.0).accepted;
        let shares: &[f64] = if channels == 1 && router == 2 { &[0.1, 0.5, 0.9] } else { &[0.5] };
        for share in shares {
            let rate = saturation * share;
            group.throughput(Throughput::Elements(run(&setup, rate).flit_hops));
            let name = format!("{side}x{side}, {channels} channels, router {router} cycles");
            group.bench_function(BenchmarkId::new(name, share), |b| b.iter(|| run(&setup, rate)));
        }
    }
    // As CNSim was measured.
    let mut long = setup(16, 1, 2);
    (long.packet_flits, long.noc.buffer_flits) = (5, 16);
    group.throughput(Throughput::Elements(run(&long, 0.1).flit_hops));
    let name = "16x16, 1 channel of 16 flits, packets of 5 flits, router 2 cycles, rate";
    group.bench_function(BenchmarkId::new(name, 0.1), |b| b.iter(|| run(&long, 0.1)));
    group.finish();
}

criterion_group! { name = routers; config = cpu::criterion(); targets = benches }
criterion_main!(routers);
