//! Which engine simulates a network: all routers of a cycle at once, or events.
//!
//! Both give the same figures. An engine of all routers takes the same time in every cycle, whatever moves, and one of
//! events about the same for every flit that moves.

use super::Setup;
use super::clocked::ClockedNetwork;
use super::events::EventNetwork;
use super::network::NocEngine;
use super::source::{Traffic, TrafficPlan};
use crate::model::vector::{ClockedMesh, MOST_FLITS, MultiRouters, SHORT, Single, WHOLE};
use crate::units::Tick;
use std::ops::RangeInclusive;

/// Flits that have to move in a cycle, for each block of routers, for the engine of all routers to be chosen. Measured with
/// vectors of 64 bytes, routers of two cycles and uniform traffic, both take the same time at 9 on 8 x 8 routers and at 8 to 11
/// on 16 x 16 and 32 x 32; narrower vectors need more.
const PAYS: f64 = 12.0;

/// The engine that is faster for a plan, at rest. The choice depends on the network and its load alone.
pub(super) fn network<'t>(plan: &'t TrafficPlan<'t>, setup: &Setup) -> Box<dyn NocEngine + 't> {
    clocked_where_it_pays(plan).unwrap_or_else(|| Box::new(EventNetwork::new(plan, setup)))
}

/// The engine of all routers at once, where it fits and pays.
fn clocked_where_it_pays<'t>(plan: &'t TrafficPlan<'t>) -> Option<Box<dyn NocEngine + 't>> {
    let mesh = ClockedMesh::of(plan.fabric).filter(|_| plan.chip.is_none())?;
    let load = ClockedLoad::of(plan, &mesh)?;
    if load.moves_per_cycle < PAYS * mesh.blocks() as f64 {
        return None;
    }
    clocked(plan, &mesh, load.flits)
}

/// The engine of all routers at once, where it fits.
pub(super) fn clocked<'t>(
    plan: &'t TrafficPlan<'t>,
    mesh: &ClockedMesh,
    flits: RangeInclusive<u16>,
) -> Option<Box<dyn NocEngine + 't>> {
    // Packets in routers and on links, those to terminals too.
    let packets = mesh.most_packets() + mesh.routers() * mesh.eject;
    let alike = flits.start() == flits.end();
    if *flits.end() > MOST_FLITS || packets >= 1 << 24 {
        None
    } else if mesh.vcs > 1 {
        Some(Box::new(ClockedNetwork::new(plan, mesh, MultiRouters::new(mesh)?)))
    } else if alike && packets < 1 << 16 {
        Some(Box::new(ClockedNetwork::new(plan, mesh, Single::<SHORT>::new(mesh, flits))))
    } else {
        Some(Box::new(ClockedNetwork::new(plan, mesh, Single::<WHOLE>::new(mesh, flits))))
    }
}

/// The traffic of a plan, as far as the choice of an engine depends on it.
struct ClockedLoad {
    /// Expected number of flits that leave a router or a source in a cycle.
    moves_per_cycle: f64,
    /// Flits of the packets.
    flits: RangeInclusive<u16>,
}

impl ClockedLoad {
    /// `None` where there is no packet.
    fn of(plan: &TrafficPlan<'_>, mesh: &ClockedMesh) -> Option<Self> {
        match &plan.traffic {
            Traffic::Random { gaps, .. } => {
                // Destinations are as far away as uniform ones.
                let hops = (mesh.width + mesh.height) as f64 / 3.0;
                let flits = gaps.probability() * f64::from(plan.packet_flits) * mesh.routers() as f64;
                let load = Self { moves_per_cycle: flits * (hops + 2.0), flits: plan.packet_flits..=plan.packet_flits };
                (flits > 0.0).then_some(load)
            }
            Traffic::Replay(sources) => {
                let all = || sources.iter().enumerate().flat_map(|(from, all)| all.iter().map(move |one| (from, one)));
                let (first, last) = all().fold((Tick::MAX, 0), |(a, b), (_, (born, ..))| (a.min(*born), b.max(*born)));
                let flits = all().map(|(_, (.., flits))| *flits);
                let (least, most) = (flits.clone().min()?, flits.max()?);
                let moves = all().map(|(from, (_, to, flits))| {
                    let hops = plan.noc.hops_between(from as u32, *to).total();
                    f64::from(*flits) * f64::from(hops + 2)
                });
                Some(Self { moves_per_cycle: moves.sum::<f64>() / (last - first + 1) as f64, flits: least..=most })
            }
        }
    }
}
