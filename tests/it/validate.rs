//! Published measurements: the cases that need nothing from outside, RANC's hardware against a simulator of its own
//! written here.

use crate::bench::Bench;
use crate::common::Draw;
use spikemesh::validate::ranc::Folder;
use spikemesh::validate::{CASES, Finding, Trouble, ValidationBench, ranc};
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn bench(data: Option<PathBuf>) -> ValidationBench {
    ValidationBench { data, ..ValidationBench::default() }
}

fn run(case: &str, data: Option<PathBuf>) -> Result<Vec<Finding>, Trouble> {
    let case = CASES.iter().find(|c| c.name == case).unwrap();
    (case.run)(&bench(data))
}

#[test]
fn what_needs_no_data_is_within_its_tolerance() {
    for (case, findings) in
        [("odin", 4), ("isaac", 1), ("neurram", 16), ("break-even", 1), ("branches", 6), ("loihi2_pilotnet", 3)]
    {
        let found = run(case, None).unwrap();
        assert_eq!(found.len(), findings, "{case}");
        for finding in found {
            assert!(finding.passes(), "{finding:?}");
        }
    }
}

#[test]
fn closures_that_fail_are_printed_as_failing_and_change_no_exit_code() {
    let bench = Bench::new();
    let json = bench.path("a.json");
    let said = bench.succeed(&["validate", "parts", "--quiet", "--json", &json]);
    let all = bench.json("a.json");
    let case =
        |name: &str| all["cases"].as_array().unwrap().iter().find(|case| case["case"].as_str().unwrap().contains(name));
    for (name, kind, pass) in [
        ("ODIN, area", "prediction", true),
        ("ODIN, memory of", "bound", true),
        ("Loihi, hop between columns", "prediction", true),
        ("Loihi, hop between rows", "prediction", true),
        ("TrueNorth, hop", "prediction", true),
        ("TrueNorth, row", "known_limit", false),
        ("ISAAC, converter", "known_limit", false),
    ] {
        let case = case(name).unwrap_or_else(|| panic!("{name}: {said}"));
        assert_eq!((case["kind"].as_str(), case["pass"].as_bool()), (Some(kind), Some(pass)), "{case}");
    }
    assert!(said.contains("FAILS (known)") && said.contains("no bottom-up TrueNorth"), "{said}");
    assert!(!said.contains("MISSED") && !said.contains("NO LONGER"), "{said}");
}

#[test]
fn power_of_odin_is_the_published_line_of_its_own_rate() {
    // 27.3 uW + 1.78 uW/MHz f + 8.43 pJ r, worked out here from the rate that was simulated.
    let found = run("odin", None).unwrap();
    for (mhz, pair) in [75.0, 1.3].into_iter().zip(found.chunks(2)) {
        let line = 27.3 + 1.78 * mhz + 8.43 * pair[1].ours;
        assert!((pair[0].ours / line - 1.0).abs() < 1e-3, "{} for {line}", pair[0].ours);
    }
}

#[test]
fn what_is_not_here_is_said_and_nothing_is_made_up() {
    for case in ["ranc", "actor"] {
        let trouble = run(case, None).unwrap_err();
        assert!(matches!(&trouble, Trouble::Absent(why) if why.contains("--data")), "{trouble}");
    }
}

/// A neuron of a random test bench, in numbers.
#[derive(Clone)]
struct Cell {
    connected: Vec<bool>,
    potential: i32,
    reset: i32,
    weights: [i32; 4],
    leak: i32,
    threshold: i32,
    floor: i32,
    linear: bool,
    to: (i32, i32, u32, u32),
}

const AXONS: u32 = 16;

/// A number in so many digits of two's complement.
fn digits(value: i32, bits: u32) -> String {
    (0..bits).rev().map(|bit| if value >> bit & 1 == 1 { '1' } else { '0' }).collect()
}

fn packet((dx, dy, axon, tick): (i32, i32, u32, u32)) -> String {
    digits(dx, 9) + &digits(dy, 9) + &digits(axon as i32, AXONS.trailing_zeros()) + &digits(tick as i32, 4)
}

fn word(cell: &Cell) -> String {
    let mut word: String = cell.connected.iter().rev().map(|on| if *on { '1' } else { '0' }).collect();
    for value in
        [cell.potential, cell.reset].iter().chain(&cell.weights).chain([&cell.leak, &cell.threshold, &cell.floor])
    {
        word += &digits(*value, 9);
    }
    word + if cell.linear { "1" } else { "0" } + &packet(cell.to)
}

/// Nine bits with sign.
fn nine(value: i32) -> i32 {
    (value + 256).rem_euclid(512) - 256
}

/// A test bench of cores 0 → 1 → 2, of which core 1 feeds core 0 too, and the output bus behind core 2, on a 2x2 grid.
struct Random {
    cores: Vec<Vec<Cell>>,
    types: Vec<Vec<usize>>,
    inputs: Vec<Vec<(i32, i32, u32, u32)>>,
}

impl Random {
    fn new(seed: u64) -> Self {
        let mut draw = Draw::new(seed);
        let places = [(0, 0), (1, 0), (0, 1), (1, 1)];
        let mut cores = Vec::new();
        for core in 0..3usize {
            let mut cell = || {
                // The last core sends out; the others on, and the second one now and then back.
                let next = if core == 1 && draw.below(4) == 0 { 0 } else { core + 1 };
                let (from, to): ((i32, i32), (i32, i32)) = (places[core], places[next]);
                Cell {
                    connected: (0..AXONS).map(|_| draw.below(3) == 0).collect(),
                    potential: if draw.below(4) == 0 { draw.between(-40, 20) as i32 } else { 0 },
                    reset: draw.between(-5, 5) as i32,
                    weights: [0; 4].map(|_| draw.between(-90, 120) as i32),
                    leak: draw.between(-4, 6) as i32,
                    threshold: draw.between(1, 90) as i32,
                    floor: draw.between(-200, 0) as i32,
                    linear: draw.below(2) == 0,
                    to: (to.0 - from.0, to.1 - from.1, draw.below(AXONS.into()) as u32, draw.below(3) as u32),
                }
            };
            cores.push((0..12).map(|_| cell()).collect());
        }
        let types = (0..3).map(|_| (0..AXONS).map(|_| draw.below(4) as usize).collect()).collect();
        let mut packets = |n: u64| -> Vec<_> {
            (0..n).map(|_| (0, 0, draw.below(AXONS.into()) as u32, draw.below(4) as u32)).collect()
        };
        // Packets that come before the first tick, so that the first one out is known; doubles among them.
        let inputs = (0..12).map(|k| packets(if k == 0 { 9 } else { k % 5 })).collect();
        Self { cores, types, inputs }
    }

    /// Packets out in each tick, by RANC's rules: a plain loop over axons, in their order, wrapping after each addition.
    fn simulate(&self, ticks: usize) -> Vec<Vec<u32>> {
        let mut potential: Vec<Vec<i32>> =
            self.cores.iter().map(|core| core.iter().map(|cell| cell.potential).collect()).collect();
        // Spikes by tick, core and axon: a bit each.
        let mut spikes = vec![[[false; AXONS as usize]; 3]; ticks + 20];
        for (k, packets) in self.inputs.iter().enumerate() {
            packets.iter().for_each(|(_, _, axon, tick)| spikes[k + *tick as usize][0][*axon as usize] = true);
        }
        let mut out = vec![Vec::new(); ticks];
        for tick in 0..ticks {
            for (c, core) in self.cores.iter().enumerate() {
                for (n, cell) in core.iter().enumerate() {
                    let mut v = potential[c][n];
                    for (axon, reached) in spikes[tick][c].iter().enumerate() {
                        if *reached && cell.connected[axon] {
                            v = nine(v + cell.weights[self.types[c][axon]]);
                        }
                    }
                    v = nine(v + cell.leak);
                    let fires = v >= cell.threshold;
                    potential[c][n] = match (fires, v < cell.floor, cell.linear) {
                        (true, _, true) => nine(v - cell.threshold),
                        (true, _, false) => cell.reset,
                        (false, true, true) => nine(v - cell.floor),
                        (false, true, false) => nine(-cell.reset),
                        (false, false, _) => v,
                    };
                    if fires {
                        self.send(c, cell, tick, &mut spikes, &mut out);
                    }
                }
            }
        }
        out.iter_mut().for_each(|axons| axons.sort_unstable());
        out
    }

    fn send(
        &self,
        core: usize,
        cell: &Cell,
        tick: usize,
        spikes: &mut [[[bool; AXONS as usize]; 3]],
        out: &mut [Vec<u32>],
    ) {
        let (dx, dy, axon, later) = cell.to;
        let (x, y) = ((core % 2) as i32 + dx, (core / 2) as i32 + dy);
        match (y * 2 + x) as usize {
            3 => out[tick].push(axon),
            to => spikes[tick + 1 + later as usize][to][axon as usize] = true,
        }
    }

    fn write(&self, folder: &Path, outputs: &[Vec<u32>]) {
        let put = |name: String, text: String| std::fs::write(folder.join(name), text).unwrap();
        for (c, (core, types)) in self.cores.iter().zip(&self.types).enumerate() {
            let words: String = core.iter().fold(String::new(), |mut text, cell| {
                writeln!(text, "{}", word(cell)).unwrap();
                text
            });
            put(format!("csram_{c:03}.mem"), format!("/* a comment\nover lines */\n{words}"));
            let lines: Vec<String> = types.iter().map(|kind| digits(*kind as i32, 2)).collect();
            put(format!("tc_{c:03}.mem"), lines.join("\n"));
        }
        let all: Vec<String> = self.inputs.iter().flatten().map(|p| packet(*p)).collect();
        put("tb_input.txt".into(), all.join("\n"));
        let numbers = |lists: Vec<usize>| lists.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        put("tb_num_inputs.txt".into(), numbers(self.inputs.iter().map(Vec::len).collect()));
        let axons: Vec<String> = outputs.iter().flatten().map(|axon| digits(*axon as i32, 4)).collect();
        put("tb_correct.txt".into(), axons.join("\n"));
        put("tb_num_outputs.txt".into(), numbers(outputs.iter().map(Vec::len).collect()));
    }
}

/// The tick, from 1, from which outputs are compared: as replay says it.
fn compared_from(finding: &Finding) -> usize {
    let note = &finding.notes[0];
    note.rsplit(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{note}"))
}

#[test]
fn random_test_benches_equal_a_plain_simulator() {
    let mut packets = 0;
    for seed in 0..25 {
        let random = Random::new(seed);
        let all = random.simulate(60);
        let folder = tempfile::tempdir().unwrap();
        // Which tick comes first is asked of the replay, and must be what the way through the cores says: the first
        // packets act in tick 1 or later, and each core takes a tick or more.
        random.write(folder.path(), &all[2..3]);
        let given = Folder { path: folder.path().to_owned(), grid: Some((2, 2)) };
        let first = compared_from(&ranc::replay(&bench(None), &given).unwrap());
        assert!((3..=8).contains(&first), "{first}");
        let wanted = &all[first - 1..first + 40];
        packets += wanted.iter().map(Vec::len).sum::<usize>();
        random.write(folder.path(), wanted);
        let finding = ranc::replay(&bench(None), &given).unwrap();
        assert!(finding.passes(), "seed {seed}: {finding:?}");
        // One packet less, and it is seen.
        if let Some(tick) = wanted.iter().position(|axons| !axons.is_empty()) {
            let mut wrong = wanted.to_vec();
            wrong[tick].pop();
            random.write(folder.path(), &wrong);
            let finding = ranc::replay(&bench(None), &given).unwrap();
            assert!(!finding.passes() && finding.ours == finding.published - 1.0, "{finding:?}");
        }
    }
    assert!(packets > 1000, "{packets} packets");
}

#[test]
fn damaged_test_benches_are_refused_with_file_and_reason() {
    let random = Random::new(1);
    let replay = |edit: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        random.write(folder.path(), &random.simulate(20)[5..9]);
        edit(folder.path());
        let given = Folder { path: folder.path().to_owned(), grid: None };
        ranc::replay(&bench(None), &given).unwrap_err().to_string()
    };
    let put =
        |name: &'static str, text: &'static str| move |folder: &Path| std::fs::write(folder.join(name), text).unwrap();
    for (edit, wanted) in [
        (Box::new(put("csram_001.mem", "0101")) as Box<dyn Fn(&Path)>, "words of 4 bits, which fit no number of axons"),
        (Box::new(put("tc_001.mem", "00\n01")), "2 axons, expected 16"),
        (Box::new(put("tb_input.txt", "012")), "a packet of 3 bits, expected 26"),
        (Box::new(put("tb_num_inputs.txt", "-1")), "found \"-1\", expected a number"),
        (Box::new(put("tb_num_outputs.txt", "18446744073709551615\n9")), "packets in all, where the list has"),
        (Box::new(|folder: &Path| std::fs::remove_file(folder.join("tb_correct.txt")).unwrap()), "cannot be read"),
        (Box::new(put("csram_999999.mem", "0")), "expected at most 999"),
    ] {
        let error = replay(&*edit);
        assert!(error.contains(wanted), "{error}\ndoes not say: {wanted}");
    }
}
