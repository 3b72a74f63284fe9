//! What must be equal.

use super::cases::{Case, Draw, Seen};
use super::oracle;
use crate::model::ends::StepNetwork;
use crate::model::link_grant::LinkGrant;

/// Runs the steps of a case on both engines. Gives the packets that came, and whether one step came to no end.
pub(crate) fn check(draw: Draw) -> (usize, bool) {
    let case = Case::new(draw);
    let most_flits = if case.tables.multicast() { 1 } else { draw.most_flits };
    let mut network = LinkGrant::new(&case.tables, most_flits).unwrap();
    let (mut flits, mut packets) = (vec![0; case.tables.links.len()], 0);
    for step in 0..case.steps() {
        let (mut expected, mut found) = (Seen::new(&case, step), Seen::new(&case, step));
        let (end, own_flits) = oracle::run(&case, &mut expected);
        let found_end = network.run(&mut found);
        assert_eq!(found_end, end, "end of step {step} of {draw:?}");
        if end.is_none() {
            // What waits in a circle has left its state behind; the next step begins from rest.
            return (packets, true);
        }
        for seen in [&mut expected, &mut found] {
            seen.sent.sort_unstable();
            seen.came.sort_unstable();
        }
        assert_eq!(found.sent, expected.sent, "what left in step {step} of {draw:?}");
        assert_eq!(found.came, expected.came, "what came in step {step} of {draw:?}");
        flits.iter_mut().zip(own_flits).for_each(|(sum, own)| *sum += own);
        assert_eq!(network.link_flits().collect::<Vec<_>>(), flits, "flits by port in step {step} of {draw:?}");
        packets += found.came.len();
    }
    (packets, false)
}
