//! The start of time steps in a chip file: the objects `fixed_tick` and `free_running`, and conflicts with the latter.

use super::kinds::{CORE, CORES, CoreKinds};
use super::tick::{TickLength, step_of};
use crate::json::record::record;
use crate::json::{Cursor, FileRecord, Object};
use crate::units::Tick;

/// Synchronisation of the time steps of a chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stepping {
    /// A barrier: a step begins when all cores have finished the one before. Timing never affects function.
    Barrier,
    /// A clock that waits for all cores: steps begin at multiples of a length, and a longer step takes as many whole
    /// lengths as it needs. Timing never affects function.
    Fixed {
        /// The length (ticks).
        length: Tick,
    },
    /// A clock that does not wait: spikes act when they arrive, and timing affects function.
    Free {
        /// Length of a time step (ticks).
        time_step: Tick,
        /// End of an inference, whatever is in progress (ticks).
        deadline: Tick,
    },
}

impl Stepping {
    /// Whether steps start without waiting.
    pub fn is_free(self) -> bool {
        matches!(self, Self::Free { .. })
    }

    /// The field of a chip file that excludes a barrier, if any.
    pub(super) fn instead_of_barrier(root: &Object<'_>) -> Option<&'static str> {
        [FREE, FIXED].into_iter().find(|name| root.get(name).is_some())
    }

    /// Most steps that end before the deadline, if there is one.
    pub fn most_steps(self) -> Option<u64> {
        match self {
            Self::Barrier | Self::Fixed { .. } => None,
            Self::Free { time_step, deadline } => Some(deadline / time_step),
        }
    }
}

pub(super) const FREE: &str = "free_running";
pub(super) const FIXED: &str = "fixed_tick";

/// Longest time of a step and latest deadline (ticks).
const MOST: Tick = 1 << 40;

/// Longest fixed tick (ticks): the steps of the longest run stay far within 64 bits.
const MOST_FIXED: Tick = 1 << 36;

record! {
    /// A clock that waits for nothing.
    pub(super) struct FreeRunning given Option<TickLength> {
        /// Length of a time step, as in "50 us".
        time_step: Tick = step_of(MOST);
        /// After so long an inference ends, whatever is under way; at least one time step.
        deadline: Tick = step_of(MOST);
    }
    check FreeRunning::check => Stepping;
}

record! {
    /// A clock that waits for all cores.
    pub(super) struct FixedTick given Option<TickLength> {
        /// Length of a time step, as in "1 ms".
        length: Tick = step_of(MOST_FIXED);
    }
    check |fixed: Self, _: &Object<'_>, _| Some(Stepping::Fixed { length: fixed.length }) => Stepping;
}

impl FreeRunning {
    fn check(self, object: &Object<'_>, _: Option<TickLength>) -> Option<Stepping> {
        let Self { time_step, deadline } = self;
        if deadline < time_step {
            object.problem(format!(
                "the deadline of {deadline} ticks is before the end of the first time step, of {time_step} ticks"
            ));
            return None;
        }
        Some(Stepping::Free { time_step, deadline })
    }
}

/// Reads the fields; a chip without them has a barrier.
pub(super) fn read_stepping(
    root: &Object<'_>,
    (tick, cores): (Option<TickLength>, Option<&CoreKinds>),
) -> Option<Stepping> {
    let (free, fixed) = (root.get(FREE), root.get(FIXED));
    if let (Some(_), Some(fixed)) = (&free, &fixed) {
        fixed.problem("does not go with free_running: time steps either wait for all cores or for nothing");
    }
    let fixed = fixed.map(|cursor| FixedTick::read(&cursor, tick));
    if let Some(cursor) = free {
        let stepping = FreeRunning::read(&cursor, tick);
        check_free(root);
        return stepping;
    }
    for (index, kind) in cores.iter().flat_map(|cores| cores.all()).enumerate() {
        if let (true, Some(core)) = (kind.core.sweep.is_some_and(|sweep| sweep.packets), core_of(root, index)) {
            core.problem(
                "sweep.packets goes with free_running only: elsewhere neurons are updated when a time step ends",
            );
        }
    }
    fixed.unwrap_or(Some(Stepping::Barrier))
}

/// The kind of cores at a position, as the file gives it.
fn core_of<'a>(root: &Object<'a>, index: usize) -> Option<Cursor<'a>> {
    match root.get(CORES) {
        Some(kinds) => kinds.is_object().then(|| kinds.entries())??.into_iter().nth(index).map(|(_, kind)| kind),
        None => root.get(CORE).filter(|_| index == 0),
    }
}

/// Reports what a free-running chip cannot have; barriers in calibrations are reported there.
fn check_free(root: &Object<'_>) {
    if let Some(gating) = root.get("gating").filter(|c| c.as_text() == Some("window")) {
        gating.problem(
            "\"window\" does not go with free_running: without a barrier layers have no windows; give \"none\"",
        );
    }
    let mut cores = (0..).map_while(|index| core_of(root, index));
    cores.clone().for_each(|core| check_free_core(&core));
    let flag = |core: Cursor<'_>| core.field("sweep")?.field("packets")?.as_flag();
    let delivery = root.get("mesh").and_then(|mesh| mesh.field("delivery"));
    if let Some(delivery) = delivery.filter(|c| c.as_text() == Some("multicast"))
        && cores.any(|core| flag(core) == Some(true))
    {
        delivery.problem(
            "\"multicast\" does not go with sweep.packets of a core: its spikes for itself enter its own queue",
        );
    }
}

fn check_free_core(core: &Cursor<'_>) {
    let part = |path: &[&str]| path.iter().try_fold(core.clone(), |cursor, name| cursor.field(name));
    if let Some(kind) = part(&["synapses", "kind"]).filter(|c| c.as_text() == Some("crossbar")) {
        kind.problem(
            "\"crossbar\" does not go with free_running: it is read once per time step, and no step ends here; give \"sram\"",
        );
    }
    if let Some(delay) = part(&["max_delay"]).filter(|c| c.as_integer().is_some_and(|delay| delay > 1)) {
        delay.problem("free_running needs 1: delays count time steps, and spikes do not wait for those here");
    }
    if let Some(units) = part(&["soma_units"]) {
        units.problem("does not go with free_running: its cores have one soma unit");
    }
    if let Some(sums) = part(&["partial_sums"]) {
        sums.problem(
            "does not go with free_running: a partial sum is sent when a time step ends, and no step ends here",
        );
    }
}
