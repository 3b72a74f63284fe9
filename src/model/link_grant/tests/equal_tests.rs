//! What must be equal.

use super::case_tests::{Case, Draw, Seen};
use crate::engine::Pending;
use crate::ids::TerminalId;
use crate::model::ends::{Ends, StepNetwork};
use crate::model::fabric::FabricTable;
use crate::model::link_grant::LinkGrant;
use crate::model::step_events::EventSteps;
use crate::units::Tick;

/// What an engine says of a step: its end if it comes to one, and the flits of each port so far.
type Timed = (Option<Tick>, Vec<u64>);

/// Runs a step on the engine of events, in a network that is new.
fn expected<'c>(tables: &FabricTable, seen: Seen<'c>) -> (Timed, Seen<'c>) {
    let sending: Vec<TerminalId> = tables.terminals.ids().filter(|id| seen.next(*id).is_some()).collect();
    let mut network = EventSteps::new(tables, Pending::new(&[64]), seen);
    let end = network.run(&sending);
    let flits = network.link_flits().collect();
    let is_stuck = !network.waiting().is_empty();
    ((if is_stuck { None } else { Some(end) }, flits), std::mem::take(network.ends()))
}

/// Runs the steps of a case on both engines. Gives the packets that came, and whether one step came to no end.
pub(crate) fn check(draw: Draw) -> (usize, bool) {
    let case = Case::new(draw);
    let most_flits = if case.tables.multicast() { 1 } else { draw.most_flits };
    let mut network = LinkGrant::new(&case.tables, most_flits).unwrap();
    let (mut flits, mut packets, mut stuck) = (vec![0; case.tables.links.len()], 0, false);
    for step in 0..case.steps() {
        let ((end, own_flits), mut expected) = expected(&case.tables, Seen::new(&case, step));
        let mut found = Seen::new(&case, step);
        assert_eq!(network.run(&mut found), end, "end of step {step} of {draw:?}");
        if end.is_none() {
            // The next step begins from rest all the same.
            (flits, stuck) = (network.link_flits().collect(), true);
            continue;
        }
        for seen in [&mut expected, &mut found] {
            seen.sent.sort_unstable();
            seen.came.sort_unstable();
        }
        assert_eq!(found.sent, expected.sent, "what left in step {step} of {draw:?}");
        assert_eq!(found.came, expected.came, "what came in step {step} of {draw:?}");
        check_hops(&case.tables, &mut found, &own_flits);
        flits.iter_mut().zip(own_flits).for_each(|(sum, own)| *sum += own);
        assert_eq!(network.link_flits().collect::<Vec<_>>(), flits, "flits by port in step {step} of {draw:?}");
        packets += found.came.len();
    }
    (packets, stuck)
}

/// Every flit that left a port was heard of, and those of a port were as far apart as its link needs.
fn check_hops(tables: &FabricTable, seen: &mut Seen<'_>, flits: &[u64]) {
    seen.hops.sort_unstable();
    let mut heard = vec![0; flits.len()];
    seen.hops.iter().for_each(|(router, port, _)| heard[tables.link(*router, *port).index()] += 1);
    assert_eq!(heard, flits);
    let apart = |hops: &[(u32, u8, Tick)]| hops[0].2 + Tick::from(tables.interval) <= hops[1].2;
    assert!(seen.hops.windows(2).all(|hops| (hops[0].0, hops[0].1) != (hops[1].0, hops[1].1) || apart(hops)));
}
