//! Networks without contention that are timed step by step, against the traces of whole runs: every packet that a trace says
//! was sent is sent again, and has to come when the trace says it came.

use crate::boards::{Board, boards};
use crate::common::{Rig, chip_from, chip_with, text_of};
use crate::differential::for_all;
use crate::traces::traced;
use spikemesh::hw::Chip;
use spikemesh::ids::{AxonId, TerminalId};
use spikemesh::map;
use spikemesh::model::Tables;
use spikemesh::model::ends::{Ends, Incoming, Outgoing, StepNetwork};
use spikemesh::model::ideal::IdealNetwork;
use spikemesh::net::{Graph, RandomSpec};
use spikemesh::run::Shards;
use spikemesh::system::Contention;
use spikemesh::trace::{Kind, Record};
use std::collections::{HashMap, VecDeque};

/// A packet that has come: its axon, and when it was ready and came, from the release of its step.
type Arrival = (u32, u64, u64);

/// The packets of a step by terminal, and those that have come.
struct Step {
    packets: Vec<VecDeque<Outgoing>>,
    arrived: Vec<Vec<Arrival>>,
    is_multicast: bool,
}

impl Ends for Step {
    fn next(&self, terminal: TerminalId) -> Option<u64> {
        self.packets[terminal.index()].front().map(|packet| packet.born)
    }

    fn take(&mut self, terminal: TerminalId, at: u64) -> Outgoing {
        let packet = self.packets[terminal.index()].pop_front().unwrap();
        assert_eq!(packet.born, at, "nothing holds a packet up");
        packet
    }

    fn arrive(&mut self, terminal: TerminalId, packet: Incoming, at: u64) -> u64 {
        let axon = if self.is_multicast { packet.branch } else { packet.load };
        self.arrived[terminal.index()].push((axon, packet.born, at));
        0
    }
}

/// The packet of a record, as it leaves in its step.
fn outgoing(tables: &Tables, record: &Record, release: u64) -> Outgoing {
    let born = record.tick - record.value as u64 - release;
    if tables.trees.is_some() {
        return Outgoing { router: record.item, exit: 0, flits: 1, load: record.item, born };
    }
    let target = tables.terminal(tables.destinations[AxonId::new(record.item)]);
    let target = &tables.fabric.terminals[target];
    Outgoing { router: target.router, exit: target.port, flits: tables.packet_flits, load: record.item, born }
}

/// Times the packets of a run again; gives how many came, and how many of them in a tick in which another one came.
fn agrees(what: &str, rig: &Rig, steps: u32) -> (usize, usize) {
    let (_, kept) = traced(rig, steps, Shards::default());
    let tables = &rig.system.tables;
    let terminals = tables.fabric.terminals.len();
    let releases: Vec<u64> = kept.of(Kind::Step).map(|record| record.tick).collect();
    let mut network = IdealNetwork::new(tables).unwrap();
    let (mut packets, mut ties) = (0, 0);
    for (step, release) in (1..).zip(&releases) {
        let of_step = |kind| kept.of(kind).filter(move |record| record.step == step);
        let mut sent: Vec<&Record> = of_step(Kind::Sent).collect();
        // The number of a packet says in which order its terminal made them.
        sent.sort_by_key(|record| record.serial);
        let (mut all, mut born) = (vec![VecDeque::new(); terminals], HashMap::new());
        for record in sent {
            let packet = outgoing(tables, record, *release);
            born.insert(record.serial, packet.born);
            all[(record.node - tables.fabric.routers) as usize].push_back(packet);
        }
        let arrived = vec![Vec::new(); terminals];
        let mut load = Step { packets: all, arrived, is_multicast: tables.trees.is_some() };
        let end = network.run(&mut load).unwrap();
        let mut expected: Vec<Vec<Arrival>> = vec![Vec::new(); terminals];
        for record in of_step(Kind::Delivered) {
            let at = record.tick - release;
            expected[(record.node - tables.fabric.routers) as usize].push((record.item, born[&record.serial], at));
        }
        // Those of one tick have no order in a trace; a core takes them in by axon.
        expected.iter_mut().for_each(|here| here.sort_by_key(|(axon, _, at)| (*at, *axon)));
        assert_eq!(load.arrived, expected, "{what}: step {step}");
        let last = expected.iter().flatten().map(|(.., at)| *at).max().unwrap_or(0);
        assert_eq!(end, last, "{what}: step {step}");
        packets += expected.iter().map(Vec::len).sum::<usize>();
        ties += expected.iter().flat_map(|here| here.windows(2)).filter(|pair| pair[0].2 == pair[1].2).count();
    }
    assert!(network.link_flits().all(|flits| flits == 0));
    (packets, ties)
}

fn workload(name: &str) -> Graph {
    RandomSpec::parse(name).unwrap().generate().graph
}

fn on(chip: Chip, graph: Graph) -> Rig {
    let options = map::MappingOptions { limits: map::Limits::Report, ..map::MappingOptions::default() };
    Rig::mapped(graph, chip, options, Contention::Ignored)
}

#[test]
fn packets_come_as_in_a_whole_run_on_all_topologies() {
    let mut found = Vec::new();
    let examples = ["mesh", "torus", "ring", "tree", "links", "mesh_of_chips", "fixed_tick"];
    let examples = examples.map(|name| (name, chip_from(&text_of(&format!("tests/chips/{name}.json")))));
    let shipped = ["loihi", "loihi2", "spinnaker1", "truenorth"].map(|name| (name, chip_with(name, &[])));
    for (name, chip) in examples.into_iter().chain(shipped) {
        let graph = workload("random:seed=5,neurons=256,cores=8,targets=uniform");
        found.push((name, agrees(name, &on(chip, graph), 32)));
    }
    assert!(found.iter().all(|(_, (packets, _))| *packets > 200), "{found:?}");
    assert!(found.iter().map(|(_, (_, ties))| ties).sum::<usize>() > 100, "{found:?} prove little");
}

fn on_board(board: &Board, seed: u32) -> (usize, usize) {
    let graph = workload(&format!("random:seed={seed},neurons=96,cores=4,targets=uniform"));
    let sizes: Vec<u64> = graph.populations.iter().map(|population| population.count.into()).collect();
    agrees(&format!("{board:?}"), &on(board.chip(&sizes), graph), 32)
}

#[test]
fn packets_come_as_in_a_whole_run_on_odd_chips() {
    let sum = std::cell::Cell::new((0, 0));
    for_all(60, 7, (boards(), 1..1000u32), |(board, seed)| {
        let (packets, ties) = on_board(&board, seed);
        sum.set((sum.get().0 + packets, sum.get().1 + ties));
        Ok(())
    });
    let (packets, ties) = sum.get();
    assert!(packets > 5_000 && ties > 100, "{packets} packets with {ties} ties prove little");
}
