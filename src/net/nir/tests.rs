//! Kinds of nodes against independent definitions, and refused graphs.

use super::*;
use crate::net::neuron::Reset;

fn array(shape: &[usize], data: &[f64]) -> FieldValue {
    FieldValue::Numbers(Array::new(shape.to_vec(), data.to_vec()).expect("as many as its shape says"))
}

fn vector(data: &[f64]) -> FieldValue {
    array(&[data.len()], data)
}

fn scalar(value: f64) -> FieldValue {
    array(&[], &[value])
}

/// A node's name, kind and fields.
type Described<'a> = (&'a str, &'a str, &'a [(&'static str, FieldValue)]);

/// A chain of nodes.
fn chain(nodes: &[Described<'_>]) -> NirGraph {
    let mut graph = NirGraph::default();
    for (name, kind, fields) in nodes {
        let kind = NodeKind::of(kind).expect("a kind that there is");
        graph.nodes.push(NirNode { name: (*name).into(), kind, fields: fields.iter().cloned().collect() });
    }
    graph.edges = (1..nodes.len()).map(|to| (to - 1, to)).collect();
    graph
}

fn lowered(graph: &NirGraph) -> Lowered {
    lower(graph, LowerOptions { dt: Some(1e-3), ..LowerOptions::default() })
        .unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Output of a linear node, between an input and neurons, for a vector.
fn through(graph: &NirGraph, vector: &[f64], outputs: usize) -> Vec<f64> {
    let net = lowered(graph);
    assert_eq!(net.projections.len(), 1);
    let somas = net.layers[1].somas.as_ref().expect("neurons");
    let sum = net.projections[0].matrix.apply(vector, outputs);
    sum.iter().zip(&somas.drive).map(|(sum, drive)| sum + drive).collect()
}

fn threshold(n: usize) -> Vec<(&'static str, FieldValue)> {
    vec![("threshold", array(&[n], &vec![1.0; n]))]
}

/// Values for the input of a linear node.
fn samples() -> Vec<f64> {
    (0..12).map(|i| f64::from(i * i % 7) - 2.0).collect()
}

#[test]
fn grouped_dilated_convolutions_are_their_definition() {
    let x = samples();
    // y(o, n) = b + Σ w(o, c, k) x(c, 2 n + 2 k - 1), two groups of one channel each, N = 6.
    let weight: Vec<f64> = (0..8).map(|i| f64::from(i) - 3.5).collect();
    let conv1d = [
        ("input_shape", scalar(6.0)),
        ("weight", array(&[4, 1, 2], &weight)),
        ("stride", scalar(2.0)),
        ("padding", scalar(1.0)),
        ("dilation", scalar(2.0)),
        ("groups", scalar(2.0)),
        ("bias", vector(&[0.5, -0.5, 1.0, 2.0])),
    ];
    let graph = chain(&[
        ("in", "Input", &[("shape", vector(&[2.0, 6.0]))]),
        ("c", "Conv1d", &conv1d),
        ("t", "Threshold", &threshold(12)),
    ]);
    let mut wanted = Vec::new();
    for o in 0..4usize {
        for n in 0..3i64 {
            let mut y = [0.5, -0.5, 1.0, 2.0][o];
            for k in 0..2i64 {
                let at = 2 * n + 2 * k - 1;
                if (0..6).contains(&at) {
                    y += weight[o * 2 + k as usize] * x[(o / 2) * 6 + at as usize];
                }
            }
            wanted.push(y);
        }
    }
    assert_eq!(through(&graph, &x, 12), wanted);
}

#[test]
fn convolutions_of_the_same_size_are_their_definition() {
    let x = samples();
    // Padding by word: as many outputs as inputs, one more after than before.
    let same = [
        ("weight", array(&[1, 1, 2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
        ("stride", vector(&[1.0, 1.0])),
        ("padding", FieldValue::Word("same".into())),
        ("dilation", vector(&[1.0, 1.0])),
        ("groups", scalar(1.0)),
        ("bias", vector(&[0.0])),
    ];
    let graph = chain(&[
        ("in", "Input", &[("shape", vector(&[1.0, 3.0, 4.0]))]),
        ("c", "Conv2d", &same),
        ("t", "Threshold", &threshold(12)),
    ]);
    let mut wanted = Vec::new();
    for (r, q) in (0..3i64).flat_map(|r| (0..4i64).map(move |q| (r, q))) {
        let mut y = 0.0;
        for (ky, kx) in (0..2i64).flat_map(|ky| (0..3i64).map(move |kx| (ky, kx))) {
            let (row, column) = (r + ky, q + kx - 1);
            if (0..3).contains(&row) && (0..4).contains(&column) {
                y += (ky * 3 + kx + 1) as f64 * x[(row * 4 + column) as usize];
            }
        }
        wanted.push(y);
    }
    assert_eq!(through(&graph, &x, 12), wanted);
}

#[test]
fn pools_and_scales_are_their_definitions() {
    let x = samples();
    let pool = |kind: &'static str| {
        let fields =
            [("kernel_size", vector(&[2.0, 2.0])), ("stride", vector(&[2.0, 2.0])), ("padding", vector(&[0.0, 0.0]))];
        let flat = [("start_dim", scalar(0.0)), ("end_dim", scalar(-1.0))];
        let scale = [("scale", vector(&[2.0, 3.0]))];
        chain(&[
            ("in", "Input", &[("shape", vector(&[1.0, 3.0, 4.0]))]),
            ("p", kind, &fields),
            ("f", "Flatten", &flat),
            ("s", "Scale", &scale),
            ("t", "Threshold", &threshold(2)),
        ])
    };
    // The third row fills no window.
    let sums = [x[0] + x[1] + x[4] + x[5], x[2] + x[3] + x[6] + x[7]];
    assert_eq!(through(&pool("SumPool2d"), &x, 2), [2.0 * sums[0], 3.0 * sums[1]]);
    assert_eq!(through(&pool("AvgPool2d"), &x, 2), [2.0 * sums[0] / 4.0, 3.0 * sums[1] / 4.0]);
}

/// Steps in which neuron 0 of the last layer spikes after one spike of input 0 in step 1.
fn answers(net: &Lowered, steps: u32) -> Vec<u32> {
    let mut found = Vec::new();
    float::run(net, &[vec![(1, 0)]], steps, |moment| {
        if moment.layer + 1 == net.layers.len() && moment.fired.contains(&0) {
            found.push(moment.step);
        }
    });
    found
}

#[test]
fn delays_are_steps_beyond_the_one_that_a_layer_takes() {
    for (delay, step) in [(0.0, 2), (3e-3, 5)] {
        let graph = chain(&[
            ("in", "Input", &[("shape", vector(&[1.0]))]),
            ("d", "Delay", &[("delay", vector(&[delay]))]),
            ("s", "Scale", &[("scale", vector(&[2.0]))]),
            ("t", "Threshold", &threshold(1)),
        ]);
        assert_eq!(answers(&lowered(&graph), 9), [step]);
    }
}

fn soma<'a>(kind: &'a str, fields: &'a [(&'static str, FieldValue)]) -> NirGraph {
    chain(&[
        ("in", "Input", &[("shape", vector(&[1.0]))]),
        ("n", kind, fields),
        ("out", "Output", &[("shape", vector(&[1.0]))]),
    ])
}

/// Potentials after each of the neuron's own steps, with a spike in its first step.
fn potentials(net: &Lowered, steps: u32) -> Vec<f64> {
    let mut found = Vec::new();
    float::run(net, &[vec![(1, 0)]], steps + 1, |moment| {
        if moment.layer == 1 && moment.step > 1 {
            found.push(moment.potentials[0]);
        }
    });
    found
}

fn near(found: &[f64], wanted: &[f64]) {
    assert!(
        found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12) && found.len() == wanted.len(),
        "{found:?} {wanted:?}"
    );
}

#[test]
fn neurons_follow_their_equations_under_both_integrators() {
    let li = [("tau", vector(&[4e-3])), ("r", vector(&[8.0])), ("v_leak", vector(&[1.0]))];
    // dt/τ = 1/4: v += (1 - v + 8 x)/4.
    near(&potentials(&lowered(&soma("LI", &li)), 3), &[9.0 / 4.0, 31.0 / 16.0, 109.0 / 64.0]);
    let exponential = LowerOptions { dt: Some(1e-3), integrator: Integrator::Exponential, ..LowerOptions::default() };
    let kept = (-0.25f64).exp();
    let first = (1.0 - kept) * 9.0;
    near(&potentials(&lower(&soma("LI", &li), exponential).unwrap(), 2), &[first, kept * first + (1.0 - kept)]);

    let cuba = [
        ("tau_syn", vector(&[2e-3])),
        ("tau_mem", vector(&[4e-3])),
        ("r", vector(&[8.0])),
        ("v_leak", vector(&[1.0])),
        ("w_in", vector(&[3.0])),
    ];
    // I: 3/2, 3/4; v: (1 + 12)/4, then 3/4 of it + (1 + 6)/4.
    near(&potentials(&lowered(&soma("CubaLI", &cuba)), 2), &[13.0 / 4.0, 39.0 / 16.0 + 7.0 / 4.0]);

    // v_reset differs from v_leak, and the leak reaches beyond the threshold.
    let lif = [
        ("tau", vector(&[4e-3])),
        ("r", vector(&[1.0])),
        ("v_leak", vector(&[4.0])),
        ("v_threshold", vector(&[1.5])),
        ("v_reset", vector(&[-1.0])),
    ];
    // 0 + (4 + 1)/4 = 5/4; 15/16 + 1 > 1.5: spike, to -1; -3/4 + 1 = 1/4.
    near(&potentials(&lowered(&soma("LIF", &lif)), 3), &[1.25, -1.0, 0.25]);
    let subtract = LowerOptions { dt: Some(1e-3), reset: Reset::Subtract, ..LowerOptions::default() };
    near(&potentials(&lower(&soma("LIF", &lif), subtract).unwrap(), 2), &[1.25, 31.0 / 16.0 - 1.5]);

    let cubalif: Vec<_> =
        cuba.iter().cloned().chain([("v_threshold", vector(&[3.0])), ("v_reset", vector(&[0.5]))]).collect();
    near(&potentials(&lowered(&soma("CubaLIF", &cubalif)), 2), &[0.5, 0.375 + 7.0 / 4.0]);

    let one = [("r", vector(&[5.0]))];
    near(&potentials(&lowered(&soma("I", &one)), 2), &[5.0, 5.0]);
    let current = LowerOptions { dt: Some(1e-3), if_input: IfInput::Current, ..LowerOptions::default() };
    near(&potentials(&lower(&soma("I", &one), current).unwrap(), 2), &[5e-3, 5e-3]);
}

/// Integers of wide membranes follow the real numbers, even from the start of a shifted potential.
#[test]
fn integers_follow_real_numbers_within_their_rounding() {
    let lif = [
        ("tau", vector(&[4e-3, 16e-3])),
        ("r", vector(&[1.0, 30.0])),
        ("v_leak", vector(&[4.0, 0.0])),
        ("v_threshold", vector(&[4.5, 9.0])),
        ("v_reset", vector(&[-1.0, 0.5])),
    ];
    let graph = chain(&[("in", "Input", &[("shape", vector(&[2.0]))]), ("n", "LIF", &lif)]);
    let net = lowered(&graph);
    let imported = quantise(&net, Bits { weight: 9, membrane: 32 }).unwrap();
    // Two decays are two settings of one population.
    assert_eq!((imported.figures[1].settings, imported.network.populations.len()), (2, 2));
    let spikes: Vec<(u32, u32)> =
        (1..40).flat_map(|step| [(step, 0), (step, 1)].into_iter().filter(move |_| step % 3 > 0)).collect();
    let real = float::run(&net, std::slice::from_ref(&spikes), 41, |_| {});
    let whole = crate::net::reference::sparse(&imported.with_spikes(vec![spikes]), 41);
    for (i, number) in imported.numbers[1].iter().enumerate() {
        let shift = net.layers[1].somas.as_ref().unwrap().shift[i];
        let v = f64::from(whole.membranes[*number as usize]) / imported.figures[1].units + shift;
        assert_eq!(whole.counts[*number as usize], real.counts[1][i]);
        assert!((v - real.potentials[1][i]).abs() < 0.02, "{v} {}", real.potentials[1][i]);
    }
    assert!(real.counts[1].iter().all(|count| *count > 0), "{:?}", real.counts);
}

fn problems(graph: &NirGraph, options: LowerOptions) -> String {
    let problems = lower(graph, options).expect_err("it must be refused");
    problems.iter().map(|p| format!("{}: {}\n", p.path, p.message)).collect()
}

#[test]
fn what_is_not_covered_is_named_and_all_at_once() {
    let dt = LowerOptions { dt: Some(1e-3), ..LowerOptions::default() };
    let tau = vector(&[4e-3]);
    let (one, r) = (vector(&[1.0]), vector(&[8.0]));
    let li = [("tau_mem", tau.clone()), ("tau_syn", tau), ("r", r), ("v_leak", one.clone()), ("w_in", one)];
    let short =
        [("tau", vector(&[1e-4])), ("r", vector(&[8.0])), ("v_leak", vector(&[1.0])), ("v_threshold", vector(&[1.0]))];
    let graph = chain(&[("in", "Input", &[("shape", vector(&[1.0]))]), ("li", "CubaLI", &li), ("lif", "LIF", &short)]);
    let found = problems(&graph, dt);
    assert!(
        found.contains("li (CubaLI): its potential goes to \"lif\"") && found.contains("lif (LIF): tau: 0.0001 s"),
        "{found}"
    );

    // A loop of linear nodes.
    let mut graph = chain(&[
        ("in", "Input", &[("shape", vector(&[1.0]))]),
        ("a", "Scale", &[("scale", vector(&[1.0]))]),
        ("b", "Scale", &[("scale", vector(&[1.0]))]),
    ]);
    graph.edges.push((2, 1));
    assert!(problems(&graph, dt).contains("in a loop without a neuron"));

    // A loop before an output, of nodes that only pass values on; and many parallel paths.
    let flat = [("start_dim", scalar(0.0)), ("end_dim", scalar(-1.0)), ("input_type", vector(&[1.0]))];
    let output = [("shape", vector(&[1.0]))];
    let mut graph = chain(&[("a", "Flatten", &flat), ("b", "Flatten", &flat), ("out", "Output", &output)]);
    graph.edges.push((1, 0));
    assert!(problems(&graph, dt).contains("in a loop without a neuron"));
    let input = [("shape", vector(&[1.0]))];
    let names: Vec<String> = (0..64).map(|i| format!("f{i}")).collect();
    let mut row: Vec<Described<'_>> = vec![("in", "Input", &input)];
    row.extend(names.iter().map(|name| (name.as_str(), "Flatten", flat.as_slice())));
    row.push(("out", "Output", &output));
    let mut graph = chain(&row);
    graph.edges.extend((2..row.len()).map(|to| (to - 2, to)));
    assert_eq!(lowered(&graph).layers.len(), 1);

    // Shapes that do not match.
    let graph = chain(&[
        ("in", "Input", &[("shape", vector(&[3.0]))]),
        ("w", "Linear", &[("weight", array(&[1, 2], &[1.0, 2.0]))]),
        ("t", "Threshold", &threshold(1)),
    ]);
    assert!(problems(&graph, dt).contains("takes [2], but \"in\" gives [3]"));
    assert!(problems(&graph, LowerOptions { dt: Some(-1.0), ..dt }).contains("expected seconds above 0"));
}

#[test]
fn a_linear_layer_before_an_output_is_a_readout_that_adds_up() {
    let graph = chain(&[
        ("in", "Input", &[("shape", vector(&[1.0]))]),
        ("if", "IF", &[("r", vector(&[2.0])), ("v_threshold", vector(&[1.0]))]),
        ("w", "Affine", &[("weight", array(&[2, 1], &[3.0, -1.0])), ("bias", vector(&[0.5, 0.0]))]),
        ("out", "Output", &[("shape", vector(&[2.0]))]),
    ]);
    let net = lowered(&graph);
    assert_eq!(
        net.layers.iter().map(|layer| (layer.name.as_str(), layer.level)).collect::<Vec<_>>(),
        [("in", 0), ("if", 1), ("out", 2)]
    );
    let run = float::run(&net, &[vec![(1, 0), (3, 0)]], 6, |_| {});
    // Two spikes of 3 and -1, and four own steps of the bias.
    assert_eq!(run.potentials[2], [2.0 * 3.0 + 4.0 * 0.5, -2.0]);
}

#[test]
fn every_kind_has_a_name_and_round_trips_through_a_file() {
    for kind in KINDS {
        let mut node = NirNode { name: kind.name.to_lowercase(), kind, fields: Default::default() };
        for (k, field) in kind.fields.iter().enumerate() {
            let value = match field.form {
                kinds::Form::Whole => vector(&[1.0, 2.0]),
                kinds::Form::WholeOrWord(words) => FieldValue::Word(words[0].into()),
                kinds::Form::Numbers => vector(&[0.1 * (k + 1) as f64, 2.0]),
                kinds::Form::NumbersOrInfinity => vector(&[0.1 * (k + 1) as f64, f64::INFINITY]),
            };
            node.fields.insert(field.name, value);
        }
        let graph = NirGraph { nodes: vec![node], version: Some("1.0.8".into()), ..NirGraph::default() };
        let metadata = [("dt", Meta::Number(0.5)), ("about", Meta::Text("x".into()))];
        let again = parse("again", bytes(&graph, &metadata).unwrap());
        let metadata = metadata.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        assert_eq!(again.unwrap(), NirGraph { dt: Some(0.5), metadata, ..graph }, "{}", kind.name);
    }
}

/// A neuron as snnTorch documents it: the potential before the reset decides on the reset of the next step.
fn snntorch(beta: f64, threshold: f64, weight: f64, spikes: &[bool]) -> Vec<bool> {
    let mut mem = 0.0;
    let step = |spike: &bool| {
        let reset = f64::from(mem > threshold);
        mem = beta * mem + if *spike { weight } else { 0.0 } - reset * threshold;
        mem > threshold
    };
    spikes.iter().map(step).collect()
}

#[test]
fn a_late_reset_is_that_of_snntorch_in_real_numbers_and_in_integers() {
    // Strong enough for several thresholds in a step, so that resets differ the most.
    let train: Vec<bool> = (0..200u32).map(|i| i * i % 7 < 3).collect();
    let fed: Vec<(u32, u32)> = (1..).zip(&train).filter(|(_, spike)| **spike).map(|(step, _)| (step, 0)).collect();
    for (beta, weight) in [(0.875, 1.7), (0.75, 0.6), (0.9375, 0.45)] {
        let (dt, tau) = (1e-3, 1e-3 / (1.0 - beta));
        let lif = [
            ("tau", vector(&[tau])),
            ("r", vector(&[weight * tau / dt])),
            ("v_leak", vector(&[0.0])),
            ("v_threshold", vector(&[1.0])),
            ("v_reset", vector(&[0.0])),
        ];
        let graph = soma("LIF", &lif);
        let asked = Asked { dt: Some(dt), reset: Some(ResetRule::Snntorch), ..Asked::default() };
        let net = lower(&graph, settle(&graph, asked).options).unwrap();
        let mut found = vec![false; train.len()];
        float::run(&net, std::slice::from_ref(&fed), train.len() as u32 + 1, |moment| {
            if moment.layer == 1 && moment.step > 1 {
                found[moment.step as usize - 2] = !moment.fired.is_empty();
            }
        });
        let wanted = snntorch(beta, 1.0, weight, &train);
        assert_eq!(found, wanted, "beta {beta}");
        let imported = quantise(&net, Bits { weight: 9, membrane: 32 }).unwrap();
        let steps = train.len() as u32 + 1;
        let count = crate::net::reference::sparse(&imported.with_spikes(vec![fed.clone()]), steps).counts[1];
        let wanted = wanted.iter().filter(|spike| **spike).count() as u32;
        assert!(count.abs_diff(wanted) <= 1 && wanted > 10, "beta {beta}: {count} in integers, {wanted}");
        // An immediate subtraction is another neuron.
        let at_once = Asked { reset: Some(ResetRule::Subtract), ..asked };
        let net = lower(&graph, settle(&graph, at_once).options).unwrap();
        assert_ne!(float::run(&net, std::slice::from_ref(&fed), steps, |_| {}).counts[1][0], wanted, "beta {beta}");
    }
}

#[test]
fn time_constants_at_their_ends_are_read() {
    // A tau that rounding to 32 bits made shorter than the time step: nothing is kept.
    let (dt, rounded) = (1e-4, f64::from(1e-4f32));
    assert!(rounded < dt);
    let lif = |tau: f64, r: f64| {
        let fields =
            [("tau", vector(&[tau])), ("r", vector(&[r])), ("v_leak", vector(&[0.0])), ("v_threshold", vector(&[1.0]))];
        let graph = soma("LIF", &fields);
        let options = LowerOptions { dt: Some(dt), ..LowerOptions::default() };
        lower(&graph, options)
            .map(|net| net.layers[1].somas.clone().unwrap())
            .map_err(|problems| problems[0].message.clone())
    };
    let found = lif(rounded, 1.0).unwrap();
    assert_eq!((found.keep[0], found.gain[0]), (0.0, 1.0));
    assert!(lif(0.9 * dt, 1.0).unwrap_err().contains("is shorter than a time step"));
    // snnTorch's beta of 1: a neuron without a leak, which adds weights unchanged.
    let found = lif(f64::INFINITY, f64::INFINITY).unwrap();
    assert_eq!((found.keep[0], found.gain[0]), (1.0, 1.0));
    assert!(lif(f64::INFINITY, 2.0).unwrap_err().contains("no input would arrive"));
    assert!(lif(1e-3, f64::INFINITY).unwrap_err().contains("covered only where its time constant is, too"));
    // The same case for a current that never decays.
    let fields = [
        ("tau_syn", vector(&[f64::INFINITY])),
        ("tau_mem", vector(&[2.0 * dt])),
        ("r", vector(&[2.0])),
        ("v_leak", vector(&[0.0])),
        ("w_in", vector(&[f64::INFINITY])),
        ("v_threshold", vector(&[10.0])),
    ];
    let graph = soma("CubaLIF", &fields);
    let somas = lower(&graph, LowerOptions { dt: Some(dt), ..LowerOptions::default() }).unwrap().layers[1]
        .somas
        .clone()
        .unwrap();
    assert_eq!((somas.current_keep.as_deref(), somas.gain.as_slice()), (Some([1.0].as_slice()), [1.0].as_slice()));
}

#[test]
fn neurons_with_thresholds_that_are_never_reached_never_spike() {
    let node = |thresholds: &[f64]| {
        let n = thresholds.len();
        chain(&[
            ("in", "Input", &[("shape", vector(&[n as f64]))]),
            ("n", "IF", &[("r", vector(&vec![1.0; n])), ("v_threshold", vector(thresholds))]),
        ])
    };
    let options = LowerOptions { dt: Some(1e-3), ..LowerOptions::default() };
    let never = lower(&node(&[f64::INFINITY; 2]), options).unwrap();
    assert!(never.layers[1].somas.as_ref().unwrap().threshold.is_none());
    assert!(never.notes.iter().any(|note| note.contains("never spikes")), "{:?}", never.notes);
    // Some of a node, and finite ones beyond all that can arrive.
    let spikes: Vec<(u32, u32)> = (1..=50).flat_map(|step| [(step, 0), (step, 1), (step, 2)]).collect();
    let net = lower(&node(&[1.5, f64::INFINITY, 1e7]), options).unwrap();
    assert!(net.notes.iter().any(|note| note.contains("1 of 3 thresholds are infinite")), "{:?}", net.notes);
    let expected = Expected { steps: Some(50), peaks: None };
    let imported = quantise_for(&net, Bits::default(), expected).unwrap();
    let counts = crate::net::reference::sparse(&imported.with_spikes(vec![spikes.clone()]), 52).counts;
    assert_eq!(counts[3..], [25, 0, 0]);
    assert_eq!(float::run_layers(&net, &[spikes], 50, |_| {}).counts[1], [25, 0, 0]);
}

#[test]
fn an_r_of_one_by_dt_makes_a_current_of_spikes_node_by_node() {
    let gains = |r: &[f64], if_input: IfInput| {
        let n = r.len();
        let graph = chain(&[
            ("in", "Input", &[("shape", vector(&[n as f64]))]),
            ("n", "IF", &[("r", vector(r)), ("v_threshold", vector(&vec![1.0; n]))]),
        ]);
        let net = lower(&graph, LowerOptions { dt: Some(1e-4), if_input, ..LowerOptions::default() }).unwrap();
        (net.layers[1].somas.as_ref().unwrap().gain.clone(), net.notes.iter().any(|note| note.contains("R dt is 1")))
    };
    assert_eq!(gains(&[1.0, 2.0], IfInput::Found), (vec![1.0, 2.0], false));
    // As rounded to a 32-bit float.
    let r = f64::from(1.0f32 / 1e-4f32);
    let (found, told) = gains(&[r], IfInput::Found);
    assert!((found[0] - 1.0).abs() < 1e-6 && told);
    assert_eq!(gains(&[r], IfInput::Impulse), (vec![r], false));
    assert_eq!(gains(&[2.0], IfInput::Current), (vec![2e-4], false));
}

#[test]
fn an_impulse_into_a_current_brings_the_whole_weight() {
    let cuba = [
        ("tau_syn", vector(&[4e-3])),
        ("tau_mem", vector(&[2e-3])),
        ("r", vector(&[1.0])),
        ("v_leak", vector(&[0.0])),
        ("w_in", vector(&[1.0])),
    ];
    let options = LowerOptions { dt: Some(1e-3), cuba_input: CubaInput::Impulse, ..LowerOptions::default() };
    // I: 1, 3/4, 9/16; v: 1/2, 1/4 + 3/8, 5/16 + 9/32.
    near(&potentials(&lower(&soma("CubaLI", &cuba), options).unwrap(), 3), &[0.5, 0.625, 0.59375]);
}
