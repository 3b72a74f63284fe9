//! What frameworks mean by the files they export, and what nodes inside a network become. What is right comes from plain
//! loops over the frameworks' or NIR's equations, written for these tests.

use crate::common::Draw;
use spikemesh::net::nir::{self, Array, Asked, Bits, Expected, FieldValue, FiresAt, Framework, LifInput};
use spikemesh::net::nir::{IfInput, Integrator, LowerOptions, Lowered, NirGraph, NirNode, NodeKind, ResetRule, float};
use spikemesh::net::reference;

/// A field, its shape and its values.
type Field<'a> = (&'static str, &'a [usize], &'a [f64]);

/// A chain of nodes, with more edges.
fn chain(nodes: &[(&str, &str, &[Field<'_>])], more: &[(usize, usize)]) -> NirGraph {
    let node = |(name, kind, fields): &(&str, &str, &[Field<'_>])| NirNode {
        name: (*name).to_owned(),
        kind: NodeKind::of(kind).unwrap(),
        fields: fields
            .iter()
            .map(|(name, shape, data)| (*name, FieldValue::Numbers(Array::new(shape.to_vec(), data.to_vec()).unwrap())))
            .collect(),
    };
    let mut edges: Vec<(usize, usize)> = (1..nodes.len()).map(|to| (to - 1, to)).chain(more.iter().copied()).collect();
    edges.sort_unstable();
    NirGraph { nodes: nodes.iter().map(node).collect(), edges, ..NirGraph::default() }
}

fn lowered(graph: &NirGraph, asked: Asked) -> Result<Lowered, String> {
    nir::lower(graph, nir::settle(graph, asked).options).map_err(|problems| {
        problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect::<Vec<_>>().join("\n")
    })
}

fn from(framework: Framework) -> Asked {
    Asked { from: Some(framework), ..Asked::default() }
}

/// Spikes of a layer in its own steps, in real numbers and in integers.
fn trains(net: &Lowered, name: &str, rows: &[Vec<bool>]) -> [Vec<Vec<bool>>; 2] {
    let layer = net.layers.iter().position(|layer| layer.name == name).unwrap();
    let (steps, level, n) = (rows.len() as u32, net.layers[layer].level as usize, net.layers[layer].neurons());
    let fed: Vec<(u32, u32)> = (1u32..)
        .zip(rows)
        .flat_map(|(step, row)| (0u32..).zip(row).filter(|(_, on)| **on).map(move |(i, _)| (step, i)))
        .collect();
    let (mut real, mut whole) = (vec![vec![false; n]; rows.len()], vec![vec![false; n]; rows.len()]);
    let run = float::run_layers(net, std::slice::from_ref(&fed), steps, |moment| {
        if moment.layer == layer {
            moment.fired.iter().for_each(|i| real[moment.step as usize - 1 - level][*i as usize] = true);
        }
    });
    let expected = Expected { steps: Some(steps), peaks: Some(&run.peaks) };
    let imported = nir::quantise_for(net, Bits { weight: 9, membrane: 32 }, expected).unwrap();
    let network = imported.with_spikes(vec![fed]);
    let mut before = vec![0; network.neurons()];
    for step in 1..=steps + level as u32 {
        let counts = reference::sparse(&network, step).counts;
        for (i, number) in imported.numbers[layer].iter().enumerate() {
            let number = *number as usize;
            if counts[number] > before[number] {
                whole[step as usize - 1 - level][i] = true;
            }
        }
        before = counts;
    }
    [real, whole]
}

fn differ(a: &[Vec<bool>], b: &[Vec<bool>]) -> usize {
    a.iter().flatten().zip(b.iter().flatten()).filter(|(a, b)| a != b).count()
}

fn rows(draw: &mut Draw, steps: usize, inputs: usize) -> Vec<Vec<bool>> {
    (0..steps).map(|_| (0..inputs).map(|_| draw.below(3) == 0).collect()).collect()
}

/// Multiples of 1/256 from -1 to 1, so that integers hold them.
fn weights(draw: &mut Draw, count: usize) -> Vec<f64> {
    (0..count).map(|_| (draw.below(511) as f64 - 255.0) / 256.0).collect()
}

fn product(weights: &[f64], x: &[f64]) -> Vec<f64> {
    weights.chunks(x.len()).map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum()).collect()
}

#[test]
fn potentials_inside_a_network_are_the_currents_of_the_neurons_behind() {
    let mut draw = Draw::new(5);
    let (inputs, hidden, outputs, steps, dt) = (6, 5, 4, 60, 1e-3);
    for (kind, keep, filter_keep) in [("LIF", 0.75, 0.5), ("LIF", 0.5, 1.0), ("IF", 1.0, 0.75)] {
        let (first, second) = (weights(&mut draw, hidden * inputs), weights(&mut draw, outputs * hidden));
        let bias: Vec<f64> = weights(&mut draw, hidden).iter().map(|b| b / 4.0).collect();
        let ones = |n: usize| vec![1.0; n];
        let tau = |keep: f64, n: usize| vec![dt / (1.0 - keep); n];
        let (filter, filter_tau) =
            if filter_keep == 1.0 { ("I", None) } else { ("LI", Some(tau(filter_keep, hidden))) };
        let zeros = vec![0.0; hidden.max(outputs)];
        let (rs, out_tau) = (ones(hidden.max(outputs)), tau(if keep < 1.0 { keep } else { 0.0 }, outputs));
        let thresholds = vec![0.4; outputs];
        let mut of_filter: Vec<Field<'_>> = vec![("r", &[5], &rs[..hidden])];
        if let Some(tau) = &filter_tau {
            of_filter.extend([("tau", &[5][..], tau.as_slice()), ("v_leak", &[5], &zeros[..hidden])]);
        }
        let mut of_soma: Vec<Field<'_>> = vec![("r", &[4], &rs[..outputs]), ("v_threshold", &[4], &thresholds)];
        if kind == "LIF" {
            of_soma.extend([("tau", &[4][..], out_tau.as_slice()), ("v_leak", &[4], &zeros[..outputs])]);
        }
        let graph = chain(
            &[
                ("in", "Input", &[("shape", &[1], &[6.0])]),
                ("w", "Affine", &[("weight", &[5, 6], &first), ("bias", &[5], &bias)]),
                ("f", filter, &of_filter),
                ("u", "Linear", &[("weight", &[4, 5], &second)]),
                ("n", kind, &of_soma),
                ("out", "Output", &[("shape", &[1], &[4.0])]),
            ],
            &[],
        );
        let net = lowered(&graph, Asked { dt: Some(dt), ..Asked::default() }).unwrap();
        assert_eq!(net.layers.len(), 2, "the filter is part of the neurons");
        assert!(net.notes.iter().any(|note| note == "\"n\" holds the potentials of \"f\" as its synaptic currents"));
        let fed = rows(&mut draw, steps, inputs);
        let (mut f, mut v) = (vec![0.0; hidden], vec![0.0; outputs]);
        let wanted: Vec<Vec<bool>> = fed
            .iter()
            .map(|row| {
                let x = product(&first, &row.iter().map(|on| f64::from(u8::from(*on))).collect::<Vec<_>>());
                for i in 0..hidden {
                    let gain = if filter == "I" { 1.0 } else { 1.0 - filter_keep };
                    f[i] = filter_keep * f[i] + gain * (x[i] + bias[i]);
                }
                let y = product(&second, &f);
                (0..outputs)
                    .map(|i| {
                        v[i] = keep * v[i] + if kind == "IF" { y[i] } else { (1.0 - keep) * y[i] };
                        let fires = v[i] > 0.4;
                        v[i] = if fires { 0.0 } else { v[i] };
                        fires
                    })
                    .collect()
            })
            .collect();
        let [real, whole] = trains(&net, "n", &fed);
        assert_eq!(real, wanted, "{kind} behind {filter}");
        let spikes = wanted.iter().flatten().filter(|fired| **fired).count();
        assert!(spikes > 10 && differ(&whole, &wanted) * 20 <= spikes, "{kind} behind {filter}: {spikes}");
    }
}

/// A graph with a filter before neurons: weights before and behind it, a bias behind it, time constants.
fn filtered(bias: f64, taus: [f64; 2], kind: &str, beside: bool) -> Result<Lowered, String> {
    let mut soma: Vec<Field<'_>> = vec![("r", &[1], &[1.0]), ("v_leak", &[1], &[0.0]), ("v_threshold", &[1], &[1.0])];
    match kind {
        "LIF" => soma.push(("tau", &[1], &[2e-3])),
        _ => soma.extend([("tau_mem", &[1][..], &[2e-3][..]), ("tau_syn", &[1], &[2e-3])]),
    }
    let li: [Field<'_>; 3] = [("tau", &[2], &taus), ("r", &[1], &[1.0]), ("v_leak", &[1], &[0.0])];
    let graph = chain(
        &[
            ("in", "Input", &[("shape", &[1], &[2.0])]),
            ("f", "LI", &li),
            ("u", "Affine", &[("weight", &[1, 2], &[1.0, 1.0]), ("bias", &[1], &[bias])]),
            ("n", kind, &soma),
            ("x", "Linear", &[("weight", &[1, 1], &[1.0])]),
            ("m", "IF", &[("r", &[1], &[1.0]), ("v_threshold", &[1], &[1.0])]),
        ],
        if beside { &[(0, 2)] } else { &[] },
    );
    lowered(&graph, Asked { dt: Some(1e-3), ..Asked::default() })
}

#[test]
fn potentials_that_no_current_can_be_are_refused_by_name() {
    assert!(filtered(0.0, [2e-3, 2e-3], "LIF", false).is_ok());
    for (bias, taus, kind, beside, why) in [
        (0.5, [2e-3, 2e-3], "LIF", false, "n (LIF): there is a bias between \"f\" and it"),
        (0.0, [2e-3, 4e-3], "LIF", false, "sums potentials that decay to 0.5 and to 0.75"),
        (0.0, [2e-3, 2e-3], "CubaLIF", false, "n (CubaLIF): takes the potential of \"f\" and filters it again"),
        (0.0, [2e-3, 2e-3], "LIF", true, "takes spikes of \"in\" beside the potential of \"f\""),
    ] {
        let found = filtered(bias, taus, kind, beside).unwrap_err();
        assert!(found.contains(why), "{found}");
    }
}

#[test]
fn parameters_of_channels_are_those_of_all_their_neurons() {
    let graph = |shape: &[usize], taus: &[f64], thresholds: &[f64]| {
        chain(
            &[
                ("in", "Input", &[("shape", &[3], &[2.0, 2.0, 3.0])]),
                ("s", "Scale", &[("scale", shape, taus)]),
                (
                    "n",
                    "LIF",
                    &[
                        ("tau", shape, taus),
                        ("r", &[], &[1.0]),
                        ("v_leak", &[1], &[0.0]),
                        ("v_threshold", &[2, 2, 3], thresholds),
                    ],
                ),
            ],
            &[],
        )
    };
    let thresholds: Vec<f64> = (1..=12).map(f64::from).collect();
    let asked = Asked { dt: Some(1e-3), ..Asked::default() };
    let found = lowered(&graph(&[2, 1, 1], &[2e-3, 4e-3], &thresholds), asked).unwrap();
    let spread = [[2e-3; 6], [4e-3; 6]].concat();
    assert_eq!(found, lowered(&graph(&[2, 2, 3], &spread, &thresholds), asked).unwrap());
    // Along the last side, and along two.
    let columns = lowered(&graph(&[1, 1, 3], &[2e-3, 4e-3, 8e-3], &thresholds), asked).unwrap();
    assert_eq!(columns.layers[1].somas.as_ref().unwrap().keep[..4], [0.5, 0.75, 0.875, 0.5]);
    let rows = lowered(&graph(&[2, 1, 3], &[2e-3, 4e-3, 8e-3, 2e-3, 2e-3, 4e-3], &thresholds), asked).unwrap();
    assert_eq!(rows.layers[1].somas.as_ref().unwrap().keep[3..8], [0.5, 0.75, 0.875, 0.5, 0.5]);
    assert!(
        lowered(&graph(&[3, 1, 1], &[2e-3; 3], &thresholds), asked)
            .unwrap_err()
            .contains("n (LIF): tau: shape [3, 1, 1]")
    );
    // A vector of as many values as there are channels may as well be one of columns.
    assert!(lowered(&graph(&[2], &[2e-3; 2], &thresholds), asked).is_err());
}

/// `Leaky(beta)` of snnTorch with its defaults, whose reset comes a step later: mem = β mem + x - θ (what mem was above θ).
fn leaky(beta: f64, weight: f64, fed: &[Vec<bool>]) -> Vec<Vec<bool>> {
    let mut mem = 0.0;
    let step = |row: &Vec<bool>| {
        let reset = if mem > 1.0 { 1.0 } else { 0.0 };
        mem = beta * mem + weight * row.iter().filter(|on| **on).count() as f64 - reset;
        vec![mem > 1.0]
    };
    fed.iter().map(step).collect()
}

/// A neuron of snnTorch as its exporter writes it: τ = dt/(1 - β) and R = τ/dt in 32 bits, infinite for a β of 1.
fn of_snntorch(beta: f64, weight: f64) -> NirGraph {
    let tau = f64::from((1e-4 / (1.0 - beta)) as f32);
    let r = f64::from((tau / 1e-4) as f32);
    chain(
        &[
            ("input", "Input", &[("shape", &[1], &[3.0])]),
            ("0", "Linear", &[("weight", &[1, 3], &[weight; 3])]),
            (
                "1",
                "LIF",
                &[("tau", &[1], &[tau]), ("r", &[1], &[r]), ("v_leak", &[1], &[0.0]), ("v_threshold", &[1], &[1.0])],
            ),
        ],
        &[],
    )
}

#[test]
fn neurons_of_snntorch_are_read_from_no_memory_to_no_leak() {
    let fed = rows(&mut Draw::new(11), 200, 3);
    for (beta, weight) in [(0.0, 0.75), (0.0, 1.5), (0.5, 0.75), (0.875, 0.5), (1.0, 0.25), (1.0, 0.125)] {
        let graph = of_snntorch(beta, weight);
        let net = lowered(&graph, from(Framework::Snntorch)).unwrap();
        assert!((net.dt - 1e-4).abs() < 1e-9, "{}", net.dt);
        let wanted = leaky(beta, weight, &fed);
        let [real, whole] = trains(&net, "1", &fed);
        let spikes = wanted.iter().flatten().filter(|fired| **fired).count();
        assert!(spikes > 10, "beta {beta}: {spikes}");
        assert_eq!((differ(&real, &wanted), differ(&whole, &wanted)), (0, 0), "beta {beta}, weight {weight}");
        assert_eq!(nir::settle(&graph, Asked::default()).hint.map(|hint| hint.contains("`from` snntorch")), Some(true));
        // It is no subtraction at once.
        let at_once = lowered(&graph, Asked { reset: Some(ResetRule::Subtract), ..from(Framework::Snntorch) }).unwrap();
        assert_eq!(trains(&at_once, "1", &fed)[0] == wanted, beta == 1.0, "beta {beta}");
    }
}

#[test]
fn neurons_of_sinabs_fire_at_their_threshold_and_may_take_whole_weights() {
    let fed: Vec<Vec<bool>> = (0..12).map(|step| vec![step % 5 != 4]).collect();
    let graph = |tau: Option<f64>| {
        let fields: [Field<'_>; 2] = [("r", &[1], &[1.0]), ("v_threshold", &[1], &[1.0])];
        let (tau, leak) = (tau.into_iter().collect::<Vec<_>>(), [0.0]);
        let mut all: Vec<Field<'_>> = fields.to_vec();
        if !tau.is_empty() {
            all.extend([("tau", &[1][..], tau.as_slice()), ("v_leak", &[1], &leak)]);
        }
        let kind = if tau.is_empty() { "IF" } else { "LIF" };
        chain(
            &[
                ("in", "Input", &[("shape", &[1], &[1.0])]),
                ("w", "Linear", &[("weight", &[1, 1], &[0.5])]),
                ("n", kind, &all),
            ],
            &[],
        )
    };
    let iaf = lowered(&graph(None), from(Framework::Sinabs)).unwrap();
    let every_second: Vec<Vec<bool>> = fed
        .iter()
        .scan(0, |seen, row| {
            *seen += usize::from(row[0]);
            Some(vec![row[0] && (*seen).is_multiple_of(2)])
        })
        .collect();
    assert_eq!(trains(&iaf, "n", &fed), [every_second.clone(), every_second.clone()]);
    // NIR's own neuron fires above.
    let above = lowered(&graph(None), Asked { fires: Some(FiresAt::Above), ..from(Framework::Sinabs) }).unwrap();
    assert_ne!(trains(&above, "n", &fed)[0], every_second);
    // v = α v + x with norm_input=False: 0.5, 0.5 + 0.5 α, …
    let alpha = (-1.0f64 / 8.0).exp();
    let mut v = 0.0;
    let wanted: Vec<Vec<bool>> = fed
        .iter()
        .map(|row| {
            v = alpha * v + if row[0] { 0.5 } else { 0.0 };
            let fires = v >= 1.0;
            v -= if fires { 1.0 } else { 0.0 };
            vec![fires]
        })
        .collect();
    let whole = Asked { lif_input: Some(LifInput::Impulse), ..from(Framework::Sinabs) };
    assert_eq!(trains(&lowered(&graph(Some(8.0)), whole).unwrap(), "n", &fed), [wanted.clone(), wanted]);
    let as_by_default = nir::settle(&graph(Some(8.0)), from(Framework::Sinabs));
    assert!(as_by_default.notes.iter().any(|note| note.contains("norm_input=False give `lif_input` impulse")));
    assert!(
        trains(&lowered(&graph(Some(8.0)), from(Framework::Sinabs)).unwrap(), "n", &fed)[0].iter().all(|row| !row[0])
    );
}

/// Spikes of Sinabs' `IAF`: as many as thresholds fit into the membrane, or `most`, each of which subtracts one.
#[test]
fn neurons_of_sinabs_may_spike_several_times_in_a_step() {
    let fields: [Field<'_>; 2] = [("r", &[2], &[1.0; 2]), ("v_threshold", &[2], &[1.0; 2])];
    let graph = chain(
        &[
            ("in", "Input", &[("shape", &[1], &[2.0])]),
            ("w", "Linear", &[("weight", &[2, 2], &[2.25, -0.5, 0.75, 1.5])]),
            ("n", "IF", &fields),
            ("x", "Linear", &[("weight", &[1, 2], &[0.5, 0.25])]),
            ("m", "IF", &[("r", &[1], &[1.0]), ("v_threshold", &[1], &[1.0])]),
        ],
        &[],
    );
    let fed = rows(&mut Draw::new(3), 40, 2);
    let spikes: Vec<(u32, u32)> = (1u32..)
        .zip(&fed)
        .flat_map(|(step, row)| (0u32..2).filter(|i| row[*i as usize]).map(move |i| (step, i)))
        .collect();
    for most in [1, 2, 255] {
        let asked = Asked { max_spikes: Some(most), ..from(Framework::Sinabs) };
        let net = lowered(&graph, asked).unwrap();
        let (mut v, mut counts) = ([0.0f64; 3], [0u32; 3]);
        let mut fire = |i: usize, input: f64| {
            v[i] += input;
            let sent = (v[i].max(0.0).floor()).min(most.into());
            v[i] -= sent;
            counts[i] += sent as u32;
            sent
        };
        for row in &fed {
            let x = row.iter().map(|on| f64::from(u8::from(*on))).collect::<Vec<_>>();
            let sent = [fire(0, 2.25 * x[0] - 0.5 * x[1]), fire(1, 0.75 * x[0] + 1.5 * x[1])];
            fire(2, 0.5 * sent[0] + 0.25 * sent[1]);
        }
        let real = float::run_layers(&net, std::slice::from_ref(&spikes), 40, |_| {});
        assert_eq!(real.counts[1..].concat(), counts, "at most {most}");
        let imported = nir::quantise_for(&net, Bits::default(), Expected { steps: Some(40), peaks: None }).unwrap();
        let network = imported.with_spikes(vec![spikes.clone()]);
        assert_eq!(reference::sparse(&network, 44).counts[2..], counts, "at most {most}");
        let model = network.populations[1].params.name();
        assert_eq!(model, if most == 1 { "if" } else { "multi_spike" });
    }
    let said = |asked: Asked| {
        let options = nir::ImportOptions { asked, ..nir::ImportOptions::default() };
        nir::import(&graph, options, &spikemesh::net::spikes::Stimulus::default()).unwrap().notes
    };
    assert!(said(from(Framework::Sinabs)).iter().any(|note| note.contains("for those give `max_spikes` 255")));
    let several = Asked { max_spikes: Some(255), ..from(Framework::Sinabs) };
    assert!(!said(several).iter().any(|note| note.contains("MultiSpike")));
    let zero = Asked { reset: Some(ResetRule::Zero), ..several };
    assert!(lowered(&graph, zero).unwrap_err().contains("are covered with `reset` subtract"));
}

#[test]
fn options_beside_a_framework_win() {
    let graph = of_snntorch(0.5, 0.5);
    let of = |asked: Asked| nir::settle(&graph, asked).options;
    let sinabs = of(from(Framework::Sinabs));
    assert_eq!((sinabs.dt, sinabs.integrator, sinabs.fires), (Some(1.0), Integrator::Exponential, FiresAt::Reached));
    let changed = Asked {
        dt: Some(0.5),
        integrator: Some(Integrator::Euler),
        fires: Some(FiresAt::Above),
        ..from(Framework::Sinabs)
    };
    let changed = of(changed);
    assert_eq!((changed.dt, changed.integrator, changed.fires), (Some(0.5), Integrator::Euler, FiresAt::Above));
    let current = Asked { if_input: IfInput::Impulse, ..from(Framework::SpikingJelly) };
    assert_eq!(
        (of(current).if_input, of(from(Framework::SpikingJelly)).if_input),
        (IfInput::Impulse, IfInput::Current)
    );
    assert_eq!(of(Asked::default()), LowerOptions::default());
    // The step of a file whose R is 1/dt is found, whatever its exporter was given.
    let of_r = |r: f64| {
        let fields: [Field<'_>; 2] = [("r", &[1], &[r]), ("v_threshold", &[1], &[1.0])];
        chain(&[("in", "Input", &[("shape", &[1], &[1.0])]), ("n", "IF", &fields)], &[])
    };
    for (r, dt) in [(1000.0, 1e-3), (f64::from(1e4f32), 1e-4), (1.0, 1e-4)] {
        assert_eq!(nir::settle(&of_r(r), from(Framework::SpikingJelly)).options.dt, Some(dt));
    }
    let said = nir::settle(&graph, from(Framework::Norse)).notes;
    assert!(said.iter().any(|note| note.contains("look like those of snnTorch, not of Norse")), "{said:?}");
}
