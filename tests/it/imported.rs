//! Imported networks beside the real ones: that integers follow them over the steps of a run, or that a warning says where
//! they do not. What is right comes from plain loops over NIR's equations, written for these tests.

use crate::bench::{Bench, text};
use crate::common::Draw;
use serde_json::{Value, json};
use spikemesh::net::neuron::Reset;
use spikemesh::net::nir::{self, Array, Bits, Expected, FieldValue, LowerOptions, NirGraph, NirNode, NodeKind, float};

const DT: f64 = 1e-4;

/// A layer: what comes before its neurons, and these, as NIR has them.
#[derive(Clone, Debug, Default)]
struct Stage {
    kind: &'static str,
    /// Rows by output.
    weight: Vec<Vec<f64>>,
    bias: Vec<f64>,
    /// Weights from its own neurons, a step later.
    back: Option<Vec<Vec<f64>>>,
    tau: Vec<f64>,
    tau_syn: Vec<f64>,
    r: Vec<f64>,
    leak: Vec<f64>,
    threshold: Vec<f64>,
    reset: Vec<f64>,
}

impl Stage {
    /// Neurons of one kind, one for each row of weights, with values that change nothing.
    fn new(kind: &'static str, weight: Vec<Vec<f64>>) -> Self {
        let n = weight.len();
        let all = |value: f64| vec![value; n];
        Self {
            kind,
            weight,
            bias: all(0.0),
            back: None,
            tau: all(0.002),
            tau_syn: all(0.002),
            r: all(1.0),
            leak: all(0.0),
            threshold: all(1.0),
            reset: all(0.0),
        }
    }

    fn len(&self) -> usize {
        self.weight.len()
    }

    fn fires(&self) -> bool {
        ["IF", "LIF", "CubaLIF"].contains(&self.kind)
    }

    fn fields(&self) -> Vec<(&'static str, Vec<f64>)> {
        let n = self.len();
        let mut fields = vec![("r", self.r.clone())];
        match self.kind {
            "LIF" | "LI" => fields.extend([("tau", self.tau.clone()), ("v_leak", self.leak.clone())]),
            "CubaLIF" | "CubaLI" => fields.extend([
                ("tau_mem", self.tau.clone()),
                ("tau_syn", self.tau_syn.clone()),
                ("v_leak", self.leak.clone()),
                ("w_in", vec![1.0; n]),
            ]),
            _ => {}
        }
        if self.fires() {
            fields.extend([("v_threshold", self.threshold.clone()), ("v_reset", self.reset.clone())]);
        }
        fields
    }
}

fn vector(data: &[f64]) -> FieldValue {
    FieldValue::Numbers(Array::new(vec![data.len()], data.to_vec()).unwrap())
}

fn matrix(rows: &[Vec<f64>]) -> FieldValue {
    FieldValue::Numbers(Array::new(vec![rows.len(), rows[0].len()], rows.concat()).unwrap())
}

/// The graph of an input and stages in a row; a stage of the kind "" is a readout that adds up.
fn graph(stages: &[Stage]) -> NirGraph {
    let mut graph = NirGraph::default();
    let mut add = |name: String, kind: &str, fields: Vec<(&'static str, FieldValue)>| {
        let kind = NodeKind::of(kind).unwrap();
        graph.nodes.push(NirNode { name, kind, fields: fields.into_iter().collect() });
        graph.nodes.len() - 1
    };
    let mut edges = Vec::new();
    let mut before = add("in".into(), "Input", vec![("shape", vector(&[stages[0].weight[0].len() as f64]))]);
    for (k, stage) in stages.iter().enumerate() {
        let affine = vec![("weight", matrix(&stage.weight)), ("bias", vector(&stage.bias))];
        let weights = add(format!("w{k}"), "Affine", affine);
        edges.push((before, weights));
        before = weights;
        if stage.kind.is_empty() {
            continue;
        }
        let fields = stage.fields().into_iter().map(|(name, values)| (name, vector(&values))).collect();
        let neurons = add(format!("l{k}"), stage.kind, fields);
        edges.push((weights, neurons));
        if let Some(back) = &stage.back {
            let back = add(format!("b{k}"), "Linear", vec![("weight", matrix(back))]);
            edges.extend([(neurons, back), (back, neurons)]);
        }
        before = neurons;
    }
    let last = stages[stages.len() - 1].len() as f64;
    let output = add("out".into(), "Output", vec![("shape", vector(&[last]))]);
    edges.push((before, output));
    edges.sort_unstable();
    graph.edges = edges;
    graph
}

/// What plain loops give: spikes by stage and neuron, and last potentials.
struct Plain {
    counts: Vec<Vec<u32>>,
    potentials: Vec<Vec<f64>>,
}

/// Runs stages on rows of 0 and 1 by NIR's equations with forward Euler, layer after layer in every step.
fn plain(stages: &[Stage], rows: &[Vec<f64>], reset: Reset) -> Plain {
    let zeros = || stages.iter().map(|stage| vec![0.0; stage.len()]).collect::<Vec<_>>();
    let (mut v, mut current, mut last) = (zeros(), zeros(), zeros());
    let mut counts: Vec<Vec<u32>> = stages.iter().map(|stage| vec![0; stage.len()]).collect();
    for row in rows {
        let mut x = row.clone();
        for (k, stage) in stages.iter().enumerate() {
            let mut out = vec![0.0; stage.len()];
            for i in 0..stage.len() {
                let dot = |weights: &[f64], x: &[f64]| weights.iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
                let mut y = stage.bias[i] + dot(&stage.weight[i], &x);
                y += stage.back.as_ref().map_or(0.0, |back| dot(&back[i], &last[k]));
                let v = &mut v[k][i];
                match stage.kind {
                    "LIF" | "LI" => *v += DT / stage.tau[i] * (stage.leak[i] - *v + stage.r[i] * y),
                    "CubaLIF" | "CubaLI" => {
                        let current = &mut current[k][i];
                        *current += DT / stage.tau_syn[i] * (y - *current);
                        *v += DT / stage.tau[i] * (stage.leak[i] - *v + stage.r[i] * *current);
                    }
                    "" => *v += y,
                    _ => *v += stage.r[i] * y,
                }
                if stage.fires() && *v > stage.threshold[i] {
                    *v = if reset == Reset::Zero { stage.reset[i] } else { *v - stage.threshold[i] };
                    out[i] = 1.0;
                    counts[k][i] += 1;
                }
            }
            last[k].clone_from(&out);
            x = out;
        }
    }
    Plain { counts, potentials: v }
}

fn spikes_of(rows: &[Vec<f64>]) -> Vec<(u32, u32)> {
    let of = |(step, row): (u32, &Vec<f64>)| {
        (0u32..).zip(row.clone()).filter(|(_, x)| *x > 0.0).map(move |(i, _)| (step, i)).collect::<Vec<_>>()
    };
    (1..).zip(rows).flat_map(of).collect()
}

/// Rows of spikes; `rates` are in thousandths, by input.
fn draw_rows(draw: &mut Draw, steps: usize, rates: &[u64]) -> Vec<Vec<f64>> {
    (0..steps).map(|_| rates.iter().map(|rate| f64::from(draw.below(1000) < *rate)).collect()).collect()
}

fn compared(stages: &[Stage], rows: &[Vec<f64>], reset: Reset, bits: Bits) -> nir::Deviation {
    let options = LowerOptions { dt: Some(DT), reset, ..LowerOptions::default() };
    let net = nir::lower(&graph(stages), options).unwrap_or_else(|problems| panic!("{problems:?}"));
    let (spikes, steps) = (vec![spikes_of(rows)], rows.len() as u32);
    let real = float::run_layers(&net, &spikes, steps, |_| {});
    let expected = Expected { steps: Some(steps), peaks: Some(&real.peaks) };
    let imported = nir::quantise_for(&net, bits, expected).unwrap_or_else(|problems| panic!("{problems:?}"));
    nir::compare(&net, &imported, &spikes, steps)
}

/// Checks a comparison against plain loops; says whether it warns.
fn check(what: &str, found: &nir::Deviation, right: &Plain) -> bool {
    let mut warned = false;
    for (k, counts) in right.counts.iter().enumerate() {
        let row = &found.rows[k + 1];
        let name = format!("\"{}\"", row.figures.name);
        let warns = found.warnings().iter().any(|warning| warning.contains(&name));
        warned |= warns;
        let sum: u64 = counts.iter().map(|count| u64::from(*count)).sum();
        if row.fires {
            assert_eq!(row.spikes_real, sum, "{what}, layer {k}: in real numbers");
            let differ = row.spikes.abs_diff(sum) as f64;
            assert!(warns || differ <= 2f64.max(0.05 * sum.max(row.spikes) as f64), "{what}, layer {k}: {row:?}");
        } else {
            let largest = right.potentials[k].iter().fold(0.0f64, |most, v| most.max(v.abs()));
            let (real, integer) = row.potentials.unwrap();
            let all: f64 = right.potentials[k].iter().sum();
            assert!((real - all).abs() <= 1e-9 * (1.0 + largest), "{what}: {real} {all}");
            let most = 0.05 * largest * right.potentials[k].len() as f64;
            assert!(warns || (integer - all).abs() <= most + 1e-12, "{what}, layer {k}: {row:?}");
        }
    }
    warned
}

/// A number between two, evenly in its logarithm.
fn over_decades(draw: &mut Draw, low: f64, high: f64) -> f64 {
    low * (high / low).powf(draw.below(10_001) as f64 / 10_000.0)
}

/// A stage of some kind with all that went wrong once: slow leaks, outliers, biases, inhibition.
fn draw_stage(draw: &mut Draw, kind: &'static str, (inputs, outputs): (usize, usize)) -> Stage {
    let mean = (draw.unit() as f64 + 1.0) / 2.0;
    let mut weight = || (0..inputs).map(|_| mean + draw.unit() as f64).collect::<Vec<f64>>();
    let mut stage = Stage::new(kind, (0..outputs).map(|_| weight()).collect());
    if draw.below(4) == 0 {
        // An outlier of either sign.
        let size = over_decades(draw, 3.0, 1000.0) * if draw.below(2) == 0 { 1.0 } else { -1.0 };
        stage.weight[draw.below(outputs as u64) as usize][draw.below(inputs as u64) as usize] = size;
    }
    let same = draw.below(2) == 0;
    let (tau, tau_syn) = (over_decades(draw, 2e-4, 3.0), over_decades(draw, 2e-4, 1.0));
    for i in 0..outputs {
        stage.tau[i] = if same { tau } else { over_decades(draw, 2e-4, 3.0) };
        stage.tau_syn[i] = if same { tau_syn } else { over_decades(draw, 2e-4, 1.0) };
        // What a spike brings is a fraction of a threshold, whatever the time constants.
        stage.r[i] = match kind {
            "LIF" | "LI" => stage.tau[i] / DT * 0.3,
            "CubaLIF" | "CubaLI" => stage.tau[i] / DT * 0.3 * if draw.below(2) == 0 { 1.0 } else { 4.0 },
            _ => 0.3,
        };
        if draw.below(3) == 0 {
            stage.bias[i] = draw.unit() as f64 * 0.05;
        }
        if draw.below(4) == 0 && ["LIF", "LI"].contains(&kind) {
            stage.leak[i] = draw.unit() as f64 * 0.9;
        }
    }
    if draw.below(4) == 0 {
        let mut row = || (0..outputs).map(|_| draw.unit() as f64 * 0.5).collect::<Vec<f64>>();
        stage.back = Some((0..outputs).map(|_| row()).collect()).filter(|_| stage.fires());
    }
    stage
}

#[test]
fn integers_follow_the_real_network_or_a_warning_says_where_they_do_not() {
    let (cases, mut warned) = (150, 0);
    for seed in 0..cases {
        let mut draw = Draw::new(seed);
        let kinds = ["IF", "LIF", "CubaLIF"];
        let inputs = draw.between(1, 24) as usize;
        let hidden = draw.between(1, 12) as usize;
        let first = kinds[draw.below(3) as usize];
        let mut stages = vec![draw_stage(&mut draw, first, (inputs, hidden))];
        let last = ["IF", "LIF", "CubaLIF", "I", "LI", "CubaLI", ""][draw.below(7) as usize];
        let outputs = draw.between(1, 6) as usize;
        stages.push(draw_stage(&mut draw, last, (hidden, outputs)));
        let mut reset = [Reset::Zero, Reset::Subtract][draw.below(2) as usize];
        if stages.iter().any(|stage| stage.leak.iter().any(|leak| *leak != 0.0)) {
            reset = Reset::Zero;
        }
        let steps = [20, 100, 400, 1500][draw.below(4) as usize];
        let rates: Vec<u64> = (0..inputs).map(|_| draw.below(4) * 100).collect();
        let rows = draw_rows(&mut draw, steps, &rates);
        let what = format!("case {seed}: {first}, {last}, {steps} steps, {reset:?}");
        let found = compared(&stages, &rows, reset, Bits::default());
        warned += u64::from(check(&what, &found, &plain(&stages, &rows, reset)));
    }
    // Most follow; a test in which all warn would show nothing.
    assert!(warned <= cases / 3, "{warned} of {cases} warn");
}

/// Two stages of a row each, for what went wrong in public.
fn alone(kind: &'static str, weights: &[f64]) -> Stage {
    Stage::new(kind, vec![weights.to_vec()])
}

/// A name, stages, input rows by step, and the reset.
type Case = (String, Vec<Stage>, Vec<Vec<f64>>, Reset);

#[test]
fn what_saturated_or_lost_its_leak_follows_without_a_warning() {
    let every = |n: usize, inputs: usize| vec![vec![1.0; inputs]; n];
    let mut cases: Vec<Case> = Vec::new();
    // Readouts that add up for long; classes stay apart.
    for (kind, steps) in ["", "I", "LI", "CubaLI"].into_iter().flat_map(|kind| [50, 200, 1000, 3000].map(|n| (kind, n)))
    {
        let mut stage = Stage::new(kind, vec![vec![1.0], vec![1.2], vec![1.4]]);
        (stage.tau, stage.tau_syn, stage.r) = (vec![0.02; 3], vec![0.01; 3], vec![1.0; 3]);
        cases.push((format!("readout {kind}"), vec![stage], every(steps, 1), Reset::Zero));
    }
    // Lasting inhibition, then as much excitation.
    for (kind, steps) in ["IF", "LIF", "CubaLIF"].into_iter().flat_map(|kind| [30, 100, 1000].map(|n| (kind, n))) {
        let mut stage = alone(kind, &[-1.0, 1.0]);
        (stage.tau, stage.r) = (vec![0.05], vec![if kind == "IF" { 1.0 } else { 500.0 }]);
        let rows = (0..2 * steps).map(|step| if step < steps { vec![1.0, 0.0] } else { vec![0.0, 1.0] }).collect();
        cases.push((format!("inhibited {kind}"), vec![stage], rows, Reset::Zero));
    }
    // Strong drive, of which a spike takes off a part.
    cases.push(("subtract".into(), vec![alone("IF", &[1.7])], every(5000, 1), Reset::Subtract));
    // Leaks that 1/4096 cannot say.
    for tau in [0.05, 0.17, 0.294, 1.0, 5.0] {
        let mut stage = alone("LIF", &[0.5]);
        (stage.tau, stage.r, stage.bias) = (vec![tau], vec![tau / DT], vec![0.95 * DT / tau]);
        cases.push((
            format!("rest below the threshold, tau {tau}"),
            vec![stage.clone()],
            vec![vec![0.0]; 20_000],
            Reset::Zero,
        ));
        (stage.bias, stage.leak) = (vec![0.0], vec![1.5]);
        cases.push((
            format!("rest beyond the threshold, tau {tau}"),
            vec![stage],
            vec![vec![0.0]; 20_000],
            Reset::Zero,
        ));
        let mut stage = alone("CubaLIF", &[1.0]);
        (stage.tau_syn, stage.tau, stage.r) = (vec![tau], vec![0.002], vec![tau / DT * 2.0]);
        let rows = (0..5000).map(|step| vec![f64::from(step % 40 == 0)]).collect();
        cases.push((format!("slow synapse, tau {tau}"), vec![stage], rows, Reset::Zero));
    }
    for (what, stages, rows, reset) in cases {
        let right = plain(&stages, &rows, reset);
        let found = compared(&stages, &rows, reset, Bits::default());
        check(&what, &found, &right);
        let unexpected: Vec<String> =
            found.warnings().into_iter().filter(|warning| !warning.contains("never fires")).collect();
        assert!(unexpected.is_empty(), "{what}: {unexpected:?}");
    }
}

#[test]
fn a_large_weight_or_a_strong_projection_does_not_erase_the_others() {
    let mut draw = Draw::new(11);
    for ratio in [1.0, 50.0, 300.0, 1000.0] {
        let mut stage =
            Stage::new("LIF", (0..10).map(|_| (0..20).map(|_| 0.3 * draw.unit().abs() as f64).collect()).collect());
        (stage.r, stage.threshold) = (vec![20.0; 10], vec![1.0; 10]);
        stage.weight[0][0] = 0.3 * ratio;
        let rates: Vec<u64> = (0..20).map(|input| if input == 0 { 0 } else { 400 }).collect();
        let rows = draw_rows(&mut draw, 300, &rates);
        let right = plain(&[stage.clone()], &rows, Reset::Zero);
        let found = compared(&[stage], &rows, Reset::Zero, Bits::default());
        assert!(right.counts[0][0] > 5, "{ratio}: {:?}", right.counts);
        assert!(!check("outlier", &found, &right), "{ratio}: {:?}", found.warnings());
        // A teacher that fires each neuron of a layer by one strong spike, beside weak inputs.
        let mut weight = |i: usize, j: usize| match j {
            0..20 => 0.3 * draw.unit().abs() as f64,
            _ if j == 20 + i => 0.3 * ratio,
            _ => 0.0,
        };
        let rows = (0..8).map(|i| (0..28).map(|j| weight(i, j)).collect()).collect();
        let mut stage = Stage::new("LIF", rows);
        stage.r = vec![20.0; 8];
        let rates: Vec<u64> = (0..28).map(|input| if input < 20 { 400 } else { 20 }).collect();
        let rows = draw_rows(&mut draw, 300, &rates);
        let right = plain(&[stage.clone()], &rows, Reset::Zero);
        let found = compared(&[stage], &rows, Reset::Zero, Bits::default());
        assert!(!check("teacher", &found, &right), "{ratio}: {:?}", found.warnings());
    }
}

/// What was made integer before it was written keeps its integers, as one scale for a layer would have it.
#[test]
fn weights_on_a_common_grid_stay_as_they_are() {
    let mut draw = Draw::new(3);
    for (inputs, grid) in [(8, 0.013), (200, 0.0071), (100, 1.0)] {
        // The heaviest of the layer is 127 steps of the grid; rows have other maxima.
        let row = |i: i64, draw: &mut Draw| {
            let most = if i == 0 { 127 } else { 20 + 9 * i };
            let mut row: Vec<f64> = (0..inputs).map(|_| draw.between(-most, most) as f64).collect();
            row[0] = most as f64;
            row.iter().map(|w| f64::from((w * grid) as f32)).collect::<Vec<f64>>()
        };
        let rows: Vec<Vec<f64>> = (0..9).map(|i| row(i, &mut draw)).collect();
        let mut stage = Stage::new("LIF", rows);
        (stage.r, stage.threshold) = (vec![20.0; 9], vec![500.0 * grid; 9]);
        let rows = draw_rows(&mut draw, 100, &vec![100; inputs]);
        let found = compared(&[stage], &rows, Reset::Zero, Bits::default());
        assert!(found.rows[1].figures.weight_error < 1e-6, "{inputs} inputs: {:?}", found.rows[1]);
    }
}

#[test]
fn what_cannot_follow_is_named() {
    // Inhibition so strong that the excitation beside it has no bits, and a spike subtracts.
    let stage = alone("IF", &[0.3, -3000.0]);
    let rows: Vec<Vec<f64>> = (0..100).map(|_| vec![1.0, 0.0]).collect();
    let right = plain(std::slice::from_ref(&stage), &rows, Reset::Subtract);
    let found = compared(&[stage], &rows, Reset::Subtract, Bits::default());
    assert!(right.counts[0][0] > 20, "{:?}", right.counts);
    let warnings = found.warnings();
    assert!(warnings.iter().any(|warning| warning.contains("1 of 2 synapses round to zero")), "{warnings:?}");
    assert!(warnings.iter().any(|warning| warning.contains("never fires on these spikes in integers")), "{warnings:?}");
    // Membranes that are too narrow.
    let stage = alone("IF", &[1.0, -1.0]);
    let rows: Vec<Vec<f64>> = (0..2000).map(|step| vec![f64::from(step >= 1000), f64::from(step < 1000)]).collect();
    let narrow = Bits { membrane: 8, ..Bits::default() };
    let warnings = compared(&[stage], &rows, Reset::Zero, narrow).warnings();
    assert!(!warnings.is_empty());
}

fn write(bench: &Bench, name: &str, stages: &[Stage]) -> String {
    let path = bench.path(name);
    std::fs::write(&path, nir::bytes(&graph(stages), &[]).unwrap()).unwrap();
    path
}

fn layers(report: &Value, field: &str) -> Vec<u64> {
    report["layers"].as_array().unwrap().iter().filter_map(|layer| layer[field].as_u64()).collect()
}

/// Layers with biases of their own, of which every one would go on after its steps.
fn biased_chain(depth: usize) -> Vec<Stage> {
    let mut draw = Draw::new(5);
    let stage = |k: usize| {
        let width = if k == 0 { 4 } else { 3 };
        let mut stage =
            Stage::new("LIF", (0..3).map(|_| (0..width).map(|_| draw.unit() as f64 * 2.0).collect()).collect());
        stage.r = vec![20.0; 3];
        stage.bias = vec![0.35, 0.2, 0.15 + 0.01 * k as f64];
        stage
    };
    (0..depth).map(stage).collect()
}

#[test]
fn every_layer_takes_its_own_steps_and_no_more_also_with_other_steps() {
    let bench = Bench::new();
    for depth in [1, 2, 4, 8] {
        let stages = biased_chain(depth);
        let file = write(&bench, "chain.nir", &stages);
        let (out, spikes) = (bench.path("chain"), "random:rate=0.2,steps=20,seed=4");
        bench.succeed(&[
            "import",
            "--overwrite",
            &file,
            "--out",
            &out,
            "--spikes",
            spikes,
            "--json",
            &bench.path("i.json"),
        ]);
        // The program's own random spikes, as its network has them.
        let network: Value = bench.json("chain/network.json");
        let drawn = &network["populations"][0]["spikes"];
        for steps in [20, 7, 30] {
            let mut rows = vec![vec![0.0; 4]; steps];
            for spike in drawn.as_array().unwrap() {
                let (step, neuron) = (spike[0].as_u64().unwrap() as usize, spike[1].as_u64().unwrap() as usize);
                if step <= steps {
                    rows[step - 1][neuron] = 1.0;
                }
            }
            let right = plain(&stages, &rows, Reset::Zero);
            let sums: Vec<u64> = right.counts.iter().map(|counts| counts.iter().map(|c| u64::from(*c)).sum()).collect();
            for chip in ["loihi", "crossbar"] {
                let (count, json) = (steps.to_string(), bench.path("r.json"));
                bench.succeed(&["run", "--network", &out, "--chip", chip, "--steps", &count, "--json", &json, "-q"]);
                let report = bench.json("r.json");
                assert_eq!(report["mismatched_samples"], 0, "{chip}");
                assert_eq!(layers(&report["imported"], "spikes_real")[1..], sums, "depth {depth}, {steps} steps");
                assert_eq!(layers(&report["imported"], "spikes")[1..], sums, "depth {depth}, {steps} steps");
                assert_eq!(report["totals"]["spikes"], json!(sums.iter().sum::<u64>()), "{chip}, depth {depth}");
            }
        }
    }
}

#[test]
fn import_and_run_print_one_table_and_strict_makes_warnings_errors() {
    let bench = Bench::new();
    let good = write(&bench, "good.nir", &biased_chain(2));
    let out = bench.path("good");
    let said = bench.run(&["import", &good, "--out", &out, "--strict", "--json", &bench.path("i.json")]);
    assert_eq!(said.status.code(), Some(0), "{}", text(&said.stderr));
    bench.succeed(&["run", "--network", &out, "--json", &bench.path("r.json"), "--strict", "-q"]);
    let (imported, ran) = (bench.json("i.json"), bench.json("r.json"));
    assert_eq!(imported["layers"], ran["imported"]["layers"]);
    assert_eq!(imported["steps"], ran["imported"]["steps"]);
    // A run saved so is read again, with its table.
    bench.succeed(&["report", &bench.path("r.json"), "--json", &bench.path("again.json")]);
    assert_eq!(bench.json("again.json"), ran);

    let stage = Stage::new("IF", vec![vec![0.3, -3000.0]]);
    let bad = write(&bench, "bad.nir", &[stage]);
    let (out, options) = (bench.path("bad"), ["--reset", "subtract", "--steps", "40"]);
    let message = bench.fail(&[&["import", &bad, "--out", &out, "--strict"], &options[..]].concat());
    assert!(message.contains("layer \"l0\": 1 of 2 synapses round to zero"), "{message}");
    assert!(!std::path::Path::new(&out).exists());
    let said = bench.run(&[&["import", &bad, "--out", &out], &options[..]].concat());
    assert!(said.status.success() && text(&said.stderr).contains("warning: layer \"l0\""), "{}", text(&said.stderr));
    // The import's options come from the network's file.
    let said = bench.run(&["run", "--network", &out, "--verbose"]);
    assert!(text(&said.stderr).contains("warning: layer \"l0\": 1 of 2"), "{}", text(&said.stderr));
    assert!(text(&said.stdout).contains("real numbers and integers"));
    assert!(bench.fail(&["run", "--network", &out, "--strict"]).contains("1 of 2 synapses round to zero"));
    // More steps than there is room for are named.
    let said = bench.succeed(&["run", "--network", &bench.path("good"), "--steps", "500", "-q"]);
    assert!(said.contains("imported for 100 steps"), "{said}");
    // A network that was changed since is not compared, and strictly that is an error.
    let path = format!("{out}/network.json");
    let mut network = bench.json("bad/network.json");
    network["populations"][1]["threshold"] = json!(7);
    std::fs::write(&path, network.to_string()).unwrap();
    assert!(bench.succeed(&["run", "--network", &out, "-q"]).contains("not compared with real numbers"));
    assert!(bench.fail(&["run", "--network", &out, "--strict"]).contains("was changed since it was imported"));
    assert!(
        bench
            .fail(&["run", "--network", "random:seed=1,neurons=1024,cores=16", "--strict", "--steps", "2"])
            .contains("--strict: applies only to")
    );
}

#[test]
fn a_layer_that_never_fires_and_a_rounded_delay_are_named() {
    let bench = Bench::new();
    let mut stages = biased_chain(2);
    (stages[1].bias, stages[1].threshold) = (vec![0.0; 3], vec![1e4; 3]);
    let file = write(&bench, "silent.nir", &stages);
    let said = bench.run(&["import", &file, "--out", &bench.path("silent")]);
    assert!(text(&said.stderr).contains("layer \"l1\": never fires on these spikes"), "{}", text(&said.stderr));

    let mut delayed = graph(&[alone("IF", &[1.0])]);
    delayed.nodes.push(NirNode {
        name: "d".into(),
        kind: NodeKind::of("Delay").unwrap(),
        fields: [("delay", vector(&[0.4 * DT]))].into_iter().collect(),
    });
    let at = |graph: &NirGraph, name: &str| graph.nodes.iter().position(|node| node.name == name).unwrap();
    let (w, l, d) = (at(&delayed, "w0"), at(&delayed, "l0"), at(&delayed, "d"));
    delayed.edges.retain(|edge| *edge != (w, l));
    delayed.edges.extend([(w, d), (d, l)]);
    delayed.edges.sort_unstable();
    let path = bench.path("delayed.nir");
    std::fs::write(&path, nir::bytes(&delayed, &[]).unwrap()).unwrap();
    let (out, json) = (bench.path("delayed"), bench.path("d.json"));
    let said = bench.run(&["import", &path, "--out", &out, "--json", &json, "--dt", "1e-4"]);
    assert!(text(&said.stdout).contains("by at most 0.400 of a step"), "{}", text(&said.stdout));
    assert!(text(&said.stderr).contains("layer \"l0\": delays are rounded by up to 0.40"), "{}", text(&said.stderr));
    assert!((bench.json("d.json")["layers"][1]["delay_rounding_steps"].as_f64().unwrap() - 0.4).abs() < 1e-9);
    // In shorter steps it is whole.
    let said = bench.run(&["import", "--overwrite", &path, "--out", &out, "--dt", "2e-5", "--strict"]);
    assert_eq!(said.status.code(), Some(0), "{}", text(&said.stderr));
}
