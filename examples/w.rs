use spikemesh::*;
fn main() {
    let t0 = std::time::Instant::now();
    let a: Vec<String> = std::env::args().collect();
    let chip = hw::load(std::path::Path::new("hw_models/loihi.json")).unwrap();
    let net = net::RandomSpec::parse(&a[1]).unwrap().generate();
    let steps: u32 = a[2].parse().unwrap();
    println!("gen {:?}", t0.elapsed());
    let m = map::map(&net.graph, &chip, map::Options{limits: map::Limits::Report, placer: map::place::Placer::Linear}).unwrap();
    println!("map {:?} {:?}", t0.elapsed(), m.violations.iter().map(|v|v.to_string()).collect::<Vec<_>>());
    for c in [system::Contention::Modelled, system::Contention::Ignored] {
    let s = system::build(&net.graph, &chip, &chip.calibrations[0], &m, c).unwrap();
    println!("build {:?}", t0.elapsed());
    let r = run::run_sparse(&s, &net.graph, steps, &run::Unwatched).unwrap();
    println!("run {:?}", t0.elapsed());
    let mut tot = stats::Counts::default(); for c in &r.cores { tot.merge(c); }
    for op in stats::Op::ALL { println!("{} {}", op.name(), tot.of(*op)); }
    println!("mismatch {} ticks {} flits {} lat mean {} p99 {}", r.mismatched, r.step_ticks.iter().sum::<u64>(), r.link_flits.iter().sum::<u64>(), r.packet_latency.mean(), r.packet_latency.quantile(0.99));
    }
}
