//! Steps of tandem training: three networks of Fashion-MNIST's shapes, T = 4, batches of 64, two threads. Wall time,
//! with the CPU time of the whole process beside it.
//!
//! A step is all that a training does for a batch: loading, forward, backward, Adam. Rounds of the networks take turns,
//! and the median counts. `benches/peers/tandem.py` runs the same steps in PyTorch, in turns with this.
//!
//! ```text
//! cargo bench --bench train -- [--json] [--network NAME] [--rounds N] [--steps N] [--warm-up N] [--threads N] [--serve]
//! ```
//!
//! `--serve` does a round of the network named on each line of standard input, and answers with a line of JSON.

use cpu_time::ProcessTime;
use serde_json::{Value, json};
use spikemesh::data::{self, Dataset, Split};
use spikemesh::json::Document;
use spikemesh::net::architecture::Shape;
use spikemesh::net::{self, Architecture, Network};
use spikemesh::rng::mix;
use spikemesh::train::{Config, TrainSteps};
use std::error::Error;
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

const NETWORKS: [(&str, &str); 3] = [
    ("train-mlp", include_str!("networks/train-mlp.json")),
    ("fashion-cnn", include_str!("../networks/fashion-cnn.json")),
    ("train-cnn", include_str!("networks/train-cnn.json")),
];

/// What the command line asks for.
struct Options {
    network: Option<String>,
    rounds: usize,
    steps: usize,
    warm_up: usize,
    threads: usize,
    json: bool,
    serve: bool,
}

impl Options {
    fn read() -> Result<Self, Box<dyn Error>> {
        let mut options =
            Self { network: None, rounds: 7, steps: 20, warm_up: 40, threads: 2, json: false, serve: false };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut number =
                || words.next().ok_or("a number is missing")?.parse::<usize>().map_err(Box::<dyn Error>::from);
            match word.as_str() {
                "--rounds" => options.rounds = number()?.max(1),
                "--steps" => options.steps = number()?.max(1),
                "--warm-up" => options.warm_up = number()?,
                "--threads" => options.threads = number()?,
                "--json" => options.json = true,
                "--serve" => options.serve = true,
                "--network" => options.network = words.next(),
                "--test" => (options.rounds, options.steps, options.warm_up) = (1, 1, 0),
                // What cargo itself adds, and names that choose among benches.
                _ => {}
            }
        }
        Ok(options)
    }
}

/// Fashion-MNIST, or noise of its share of dark pixels and its mean.
fn dataset() -> Dataset {
    data::load("fashion-mnist", &[]).unwrap_or_else(|_| {
        let pixel = |i: u64| if mix(i).is_multiple_of(2) { 0 } else { (mix(!i) % 147 + 72) as u8 };
        let part = |samples: u64, key: u64| Split {
            pixels: (0..784 * samples).map(|i| pixel(i + (key << 40))).collect(),
            labels: (0..samples).map(|i| (mix(i ^ key) % 10) as u8).collect(),
            sample_len: 784,
            sequences: None,
            targets: None,
        };
        Dataset {
            folder: None,
            part_of: None,
            name: "random pixels".into(),
            shape: Shape { channels: 1, height: 28, width: 28 },
            classes: 10,
            full_scale: 255,
            steps: None,
            train: part(6_400, 1),
            validation: part(10, 2),
            test: part(10, 3),
            source: "made here".into(),
            notes: Vec::new(),
            digest: 0,
        }
    })
}

fn architecture(name: &str, text: &str) -> Result<Architecture, Box<dyn Error>> {
    match net::read(Document::parse(name, text)?, name, Path::new("."))? {
        Network::Untrained(architecture) => Ok(architecture),
        _ => Err(format!("{name} has weights").into()),
    }
}

/// A network under training, and its rounds so far.
struct Case<'a> {
    name: &'a str,
    steps: TrainSteps<'a>,
    warm_up: usize,
    /// Wall and CPU seconds per step.
    rounds: Vec<[f64; 2]>,
    loss: f64,
}

impl Case<'_> {
    fn round(&mut self, steps: usize) -> [f64; 2] {
        (0..std::mem::take(&mut self.warm_up)).for_each(|_| {
            self.steps.step();
        });
        let (wall, cpu) = (Instant::now(), ProcessTime::now());
        (0..steps).for_each(|_| self.loss = self.steps.step());
        let seconds = [wall.elapsed(), cpu.elapsed()].map(|time| time.as_secs_f64() / steps as f64);
        self.rounds.push(seconds);
        seconds
    }

    fn json(&self, [wall, cpu]: [f64; 2], options: &Options, dataset: &str) -> Value {
        json!({
            "network": self.name,
            "data": dataset,
            "batch": self.steps.batch(),
            "threads": options.threads,
            "ms_per_step": wall * 1e3,
            "cpu_ms_per_step": cpu * 1e3,
            "steps_per_s": 1.0 / wall,
            "samples_per_s": self.steps.batch() as f64 / wall,
            "loss": self.loss,
            "spikes_per_neuron_and_step": self.steps.densities(),
        })
    }

    fn medians(&self) -> [f64; 2] {
        [0, 1].map(|i| {
            let mut all: Vec<f64> = self.rounds.iter().map(|round| round[i]).collect();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        })
    }
}

/// The processor's name, where the system tells it.
fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name"));
    name.map_or(std::env::consts::ARCH.into(), |name| name.trim_start_matches([' ', '\t', ':']).to_owned())
}

fn print(case: &Case<'_>, options: &Options, dataset: &str) {
    let medians = case.medians();
    if options.json {
        return println!("{}", case.json(medians, options, dataset));
    }
    let [wall, cpu] = medians.map(|seconds| seconds * 1e3);
    let densities: Vec<_> = case.steps.densities().iter().map(|d| format!("{d:.3}")).collect();
    println!(
        "{:<12} {wall:>8.2} ms per step ({cpu:.2} ms CPU), {:.1} steps per s, {:.0} samples per s; spikes per neuron and step: {}",
        case.name,
        1e3 / wall,
        1e3 * case.steps.batch() as f64 / wall,
        densities.join(" "),
    );
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::read()?;
    let dataset = dataset();
    let chosen = NETWORKS.iter().filter(|(name, _)| options.network.as_ref().is_none_or(|wanted| wanted == name));
    let architectures: Vec<_> = chosen.map(|(name, text)| architecture(name, text)).collect::<Result<_, _>>()?;
    let configs: Vec<_> = architectures
        .iter()
        .map(|a| Config { batch: 64, dropout: 0.0, learning_rate: 1e-3, ..Config::of(a, 1, options.threads) })
        .collect();
    let mut cases = Vec::new();
    for (architecture, config) in architectures.iter().zip(&configs) {
        let steps = TrainSteps::new(architecture, &dataset, config)?;
        let warm_up = options.warm_up;
        cases.push(Case { name: &architecture.name, steps, warm_up, rounds: Vec::new(), loss: f64::NAN });
    }
    if options.serve {
        for line in std::io::stdin().lock().lines() {
            let line = line?;
            let case = cases.iter_mut().find(|case| case.name == line.trim()).ok_or("no such network")?;
            let seconds = case.round(options.steps);
            println!("{}", case.json(seconds, &options, &dataset.name));
        }
        return Ok(());
    }
    if !options.json {
        println!("{}, {} threads, {}, T = 4, batch 64", processor(), options.threads, dataset.name);
    }
    for _ in 0..options.rounds {
        cases.iter_mut().for_each(|case| {
            case.round(options.steps);
        });
    }
    cases.iter().for_each(|case| print(case, &options, &dataset.name));
    Ok(())
}
