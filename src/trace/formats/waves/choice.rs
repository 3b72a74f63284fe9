//! Which signals a save file shows: the chip, its layers, the busiest cores and links, some neurons.

use super::rows::{ANALOG, ANALOG_SIGNED, BIT, DECIMAL, LABEL, SaveGroup, SaveRow, WaveColour};
use super::{NONE, Wave, Waves};
use std::cmp::Reverse;

/// Most entries of the lists.
const LAYERS: usize = 16;
const CORES: usize = 32;
const OPEN_CORES: usize = 4;
const LINKS: usize = 12;
const ROUTERS: usize = 8;
const NEURONS: usize = 32;

fn row(var: u32, flags: u32, colour: WaveColour) -> SaveRow {
    SaveRow { var, flags, colour, label: None, more: 0 }
}

/// A row that is a curve over some lines.
fn curve(var: u32, colour: WaveColour) -> SaveRow {
    SaveRow { more: 1, ..row(var, ANALOG, colour) }
}

fn named(row: SaveRow, label: String) -> SaveRow {
    SaveRow { label: Some(label), ..row }
}

/// A line that says how many entries of a list are not shown.
fn left_out(shown: usize, of: usize, what: &str) -> Option<SaveRow> {
    let label = format!("{} more {what} in the tree", of - shown);
    (shown < of).then(|| named(row(NONE, LABEL, WaveColour::Usual), label))
}

fn open(name: &str, rows: Vec<SaveRow>) -> SaveGroup {
    SaveGroup { name: name.to_owned(), open: true, rows }
}

/// All groups, in their order: with the number of the sample, if there are several. Numbers of many steps, and those of the
/// whole chip, which change all the time, have no room: they are curves.
pub(super) fn groups<W: Wave>(waves: &Waves<W>, samples: bool, many_steps: bool) -> Vec<SaveGroup> {
    let count = if many_steps { ANALOG } else { DECIMAL };
    let mut groups = vec![clock(waves, samples), chip(waves), layers(waves, count)];
    groups.extend(cores(waves, count));
    groups.extend([links(waves), routers(waves)]);
    groups.extend(neurons(waves));
    groups
}

fn clock<W: Wave>(waves: &Waves<W>, samples: bool) -> SaveGroup {
    let vars = &waves.vars;
    let mut rows = vec![row(vars.step, DECIMAL, WaveColour::Yellow), row(vars.barrier, BIT, WaveColour::Red)];
    if samples {
        rows.insert(0, row(vars.sample, DECIMAL, WaveColour::Yellow));
    }
    let energy = |var| SaveRow { more: 1, ..row(var, ANALOG_SIGNED, WaveColour::Orange) };
    rows.extend([energy(vars.energy), energy(vars.step_energy)]);
    open("", rows)
}

fn chip<W: Wave>(waves: &Waves<W>) -> SaveGroup {
    let shown = |counter| waves.counters.total(counter).0;
    let chip = &waves.vars.chip;
    let rows = vec![
        curve(shown(chip.spikes), WaveColour::Green),
        row(shown(chip.sent), ANALOG, WaveColour::Blue),
        row(shown(chip.delivered), ANALOG, WaveColour::Blue),
        row(shown(chip.hops), ANALOG, WaveColour::Blue),
        curve(shown(chip.queue), WaveColour::Red),
        curve(shown(chip.buffered), WaveColour::Red),
    ];
    open("the chip: counts of the step, and what waits", rows)
}

fn layers<W: Wave>(waves: &Waves<W>, count: u32) -> SaveGroup {
    let all: Vec<u32> = waves.vars.layer_spikes.iter().map(|counter| waves.counters.total(*counter).0).collect();
    let mut rows: Vec<SaveRow> = Vec::new();
    let of = all.iter().filter(|var| **var != NONE).count();
    for (var, layer) in all.iter().zip(&waves.scene.layers).filter(|(var, _)| **var != NONE).take(LAYERS) {
        rows.push(named(row(*var, count, WaveColour::Green), format!("{}: spikes", layer.name)));
    }
    let shown = rows.len();
    // One layer is what the chip is.
    if shown == 1 {
        rows.clear();
    }
    rows.extend(left_out(shown, of, "layers"));
    open("layers", rows)
}

/// Positions of those that are counted, the largest sums first; of equal ones in their order.
fn busiest(sums: impl Iterator<Item = u64>) -> Vec<(usize, u64)> {
    let mut all: Vec<(usize, u64)> = sums.enumerate().collect();
    all.sort_by_key(|(position, sum)| (Reverse(*sum), *position));
    all
}

fn cores<W: Wave>(waves: &Waves<W>, count: u32) -> Vec<SaveGroup> {
    let (vars, scene) = (&waves.vars, &waves.scene);
    let of =
        |counters: &[u32], core: usize| counters.get(core).map_or((NONE, 0), |counter| waves.counters.total(*counter));
    let wire = |wires: &[u32], core: usize| wires.get(core).copied().unwrap_or(NONE);
    let sum =
        |core| -> u64 { [&vars.core_spikes, &vars.sent, &vars.delivered].iter().map(|all| of(all, core).1).sum() };
    let wanted = |core: u32| waves.wanted.has_node(scene.node_of_core(core));
    let order = busiest((0..scene.cores.len()).map(sum));
    let order: Vec<_> = order.into_iter().filter(|(core, _)| wanted(*core as u32)).collect();
    let rows = |core: usize| {
        vec![
            row(wire(&vars.soma, core), BIT, WaveColour::Yellow),
            row(wire(&vars.receive, core), BIT, WaveColour::Yellow),
            curve(of(&vars.queue, core).0, WaveColour::Red),
            row(of(&vars.core_spikes, core).0, count, WaveColour::Green),
            row(of(&vars.sent, core).0, count, WaveColour::Blue),
            row(of(&vars.delivered, core).0, count, WaveColour::Blue),
        ]
    };
    let mut groups: Vec<SaveGroup> = Vec::new();
    for (place, (core, _)) in order.iter().enumerate().take(CORES) {
        let name = format!("core {core}: {}", scene.layers_of(*core as u32));
        groups.push(SaveGroup { name, open: place < OPEN_CORES, rows: rows(*core) });
    }
    if let Some(last) = groups.last_mut() {
        last.rows.extend(left_out(CORES.min(order.len()), order.len(), "cores, less busy than these,"));
    }
    let host = scene.cores.len();
    if wanted(host as u32) && sum(host) > 0 {
        let rows = vec![
            row(of(&vars.core_spikes, host).0, count, WaveColour::Green),
            row(of(&vars.sent, host).0, count, WaveColour::Blue),
        ];
        groups.insert(0, open("host: the input", rows));
    }
    groups
}

fn links<W: Wave>(waves: &Waves<W>) -> SaveGroup {
    let (vars, scene) = (&waves.vars, &waves.scene);
    let ports = usize::from(scene.ports.max(1));
    let place = |port: usize| ((port / ports) as u32, (port % ports) as u8);
    let is_hop = |port: usize| scene.is_hop(place(port).0, place(port).1);
    let order = busiest(vars.outputs.iter().map(|counter| waves.counters.total(*counter).1));
    let used: Vec<_> = order.into_iter().filter(|(port, flits)| *flits > 0 && is_hop(*port)).collect();
    let mut rows: Vec<SaveRow> = Vec::new();
    for (port, flits) in used.iter().take(LINKS) {
        let (router, side) = place(*port);
        let from = scene.routers.get(router as usize).map_or("", |router| router.name.as_str());
        let to = scene.link(router, side).map_or("", |link| link.name.as_str());
        let (var, _) = waves.counters.total(vars.outputs[*port]);
        rows.push(named(row(var, DECIMAL, WaveColour::Violet), format!("{from} {to}: {flits} flits in all")));
    }
    let shown = rows.len();
    rows.extend(left_out(shown, used.len(), "links"));
    open("busiest links, flits of the step", rows)
}

fn routers<W: Wave>(waves: &Waves<W>) -> SaveGroup {
    let order = busiest(waves.vars.buffered.iter().map(|counter| waves.counters.total(*counter).1));
    let used: Vec<_> = order.into_iter().filter(|(_, flits)| *flits > 0).collect();
    let mut rows: Vec<SaveRow> = Vec::new();
    for (router, _) in used.iter().take(ROUTERS) {
        let (var, _) = waves.counters.total(waves.vars.buffered[*router]);
        let label = format!("{}: flits waiting", waves.scene.routers[*router].name);
        rows.push(named(row(var, DECIMAL, WaveColour::Red), label));
    }
    let shown = rows.len();
    rows.extend(left_out(shown, used.len(), "routers"));
    open("busiest routers, flits in their buffers", rows)
}

fn neurons<W: Wave>(waves: &Waves<W>) -> Vec<SaveGroup> {
    let (vars, scene) = (&waves.vars, &waves.scene);
    let wire = |wires: &[u32], neuron: u32| wires.get(neuron as usize).copied().unwrap_or(NONE);
    let mut groups = Vec::new();
    for layer in scene.layers.iter().take(LAYERS) {
        let traced: Vec<u32> = (layer.first..layer.first + layer.count)
            .filter(|neuron| [&vars.spikes, &vars.membranes].iter().any(|wires| wire(wires, *neuron) != NONE))
            .collect();
        let mut rows = Vec::new();
        for neuron in traced.iter().take(NEURONS) {
            rows.push(row(wire(&vars.spikes, *neuron), BIT, WaveColour::Green));
            rows.push(SaveRow { more: 1, ..row(wire(&vars.membranes, *neuron), ANALOG_SIGNED, WaveColour::Usual) });
        }
        rows.extend(left_out(NEURONS.min(traced.len()), traced.len(), "neurons"));
        groups.push(SaveGroup { name: format!("{}: single neurons", layer.name), open: false, rows });
    }
    groups
}
