//! The network on chip alone against BookSim 2, row by row of our measurements with it (`tests/reference`).

use crate::common::text_of;
use spikemesh::hw::Noc;
use spikemesh::noc::{Cycles, Load, Measurement, Setup, Unwatched, simulate};
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A row of the measurements.
#[derive(Debug)]
struct Row {
    config: String,
    side: u32,
    traffic: String,
    packet_flits: u16,
    vcs: u8,
    buffer: u16,
    /// Cycles of the router's pipeline.
    router: u32,
    rate: f64,
    stable: bool,
    latency: f64,
    hops: f64,
    accepted: f64,
}

impl Row {
    fn read(names: &[&str], line: &str) -> Self {
        let fields: Vec<&str> = line.split(',').collect();
        let text = |name: &str| fields[names.iter().position(|n| *n == name).unwrap()];
        let number = |name: &str| text(name).parse::<f64>().unwrap();
        assert_eq!(text("topology"), "mesh");
        let traffic = match text("traffic") {
            "bitcomp" => "bit-complement",
            // 73 packets of 640 go to this one, 9 to each of the others.
            "hotspot" => "hotspot:nodes=27,fraction=0.1",
            other => other,
        };
        Self {
            config: text("config").to_owned(),
            side: number("k") as u32,
            traffic: traffic.to_owned(),
            packet_flits: number("packet_flits") as u16,
            vcs: number("num_vcs") as u8,
            buffer: number("vc_buf") as u16,
            router: 3 + number("routing_delay") as u32,
            rate: number("injection_rate_flits"),
            stable: text("stable") == "1",
            latency: number("pkt_latency"),
            hops: number("avg_hops_manhattan"),
            accepted: number("accepted_rate"),
        }
    }

    fn setup(&self) -> Setup {
        let noc = Noc::synthetic("mesh", self.side, self.side, self.vcs).unwrap();
        let (warmup, measured) = self.length();
        Setup {
            noc: Noc { buffer_flits: self.buffer, packet_flits: self.packet_flits, ..noc },
            cycles: Cycles { router: self.router, link: 1, credit: 1 },
            chip: None,
            packet_flits: self.packet_flits,
            warmup,
            measured,
            seed: 1,
            shards: 1,
            threads: 1,
        }
    }

    /// Cycles to warm up and to measure: as few as the tolerances allow. Flits over links in a cycle are what takes time.
    fn length(&self) -> (u64, u64) {
        let flits = self.accepted * f64::from(self.side * self.side) * self.hops;
        if self.stable { (1_000, (FLIT_HOPS / flits).clamp(2_000.0, 10_000.0) as u64) } else { PAST }
    }

    fn measure(&self) -> Measurement {
        let load = Load::Pattern { name: self.traffic.clone(), rate: self.rate };
        simulate(&self.setup(), &load, &Unwatched).unwrap_or_else(|error| panic!("{self:?}: {error}"))
    }

    /// What is compared: (what, ours, theirs, tolerance).
    fn compare(&self, found: &Measurement) -> Vec<(&'static str, f64, f64, f64)> {
        if !self.stable {
            return vec![("accepted", found.accepted, self.accepted, 0.05)];
        }
        // Hops of a packet differ by at most about half a side from their mean, whatever the pattern.
        let error = f64::from(self.side) / 2.0 / (found.latency.len() as f64).sqrt() / self.hops;
        let hops = found.mean_hops.unwrap_or(f64::NAN);
        vec![("latency", found.latency.mean(), self.latency, 0.05), ("hops", hops, self.hops, 0.01 + 3.0 * error)]
    }
}

/// Flits over links in a measurement, about.
const FLIT_HOPS: f64 = 250_000.0;

/// Cycles to warm up and to measure past saturation.
const PAST: (u64, u64) = (3_000, 2_000);

fn rows() -> Vec<Row> {
    let table = text_of("tests/reference/booksim.csv");
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines.map(|line| Row::read(&names, line)).collect()
}

/// Measures all rows, on as many threads as there are.
fn measure(rows: &[Row]) -> Vec<Measurement> {
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        // The last rows are those of larger networks: they are begun first.
        while let Some(at) = rows.len().checked_sub(next.fetch_add(1, Ordering::Relaxed) + 1) {
            let outcome = rows[at].measure();
            found.lock().unwrap().push((at, outcome));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, |count| count.get()) {
            scope.spawn(work);
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, outcome)| outcome).collect()
}

#[test]
fn every_row_agrees() {
    let rows = rows();
    assert_eq!((rows.len(), rows.iter().filter(|row| row.stable).count()), (110, 88));
    let (mut table, mut wrong) = (String::new(), 0);
    for (row, found) in rows.iter().zip(measure(&rows)) {
        for (what, ours, theirs, tolerance) in row.compare(&found) {
            let error = ours / theirs - 1.0;
            let right = error.abs() <= tolerance;
            wrong += u32::from(!right);
            let mark = if right { "" } else { "  WRONG" };
            let _ = writeln!(
                table,
                "{} {:>30} {:>8}  {what:>8} {ours:>9.4} {theirs:>9.4} {:>+6.2} % of {:.2}{mark}",
                row.config,
                row.traffic,
                row.rate,
                100.0 * error,
                100.0 * tolerance
            );
        }
    }
    assert!(wrong == 0, "{wrong} figures are wrong:\n{table}");
}
