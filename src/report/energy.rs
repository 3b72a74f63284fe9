//! Energy: counts times constants, exactly.
//!
//! Sums are integers of attojoules, so they are the same to the last digit however a run was divided.

use super::saved::{LeftOut, named, record, word};
use super::tally::CountsByKind;
use crate::hw::{Calibration, Cost, Energy, Scope};
use crate::stats::{Counts, Op};
use crate::units::EnergySum;

macro_rules! units {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// A part of the chip, or around it, that energy is charged to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the names say it")]
        pub enum EnergyUnit { $($variant),+ }

        impl EnergyUnit {
            /// All units, in the order of reports.
            pub const ALL: &'static [EnergyUnit] = &[$(EnergyUnit::$variant),+];
            /// Names of all units, as keys of the report.
            pub const NAMES: &'static [&'static str] = &[$($name),+];
        }
    };
}

units! {
    AxonIn = "axon_in",
    Synapse = "synapse",
    Dendrite = "dendrite",
    Soma = "soma",
    AxonOut = "axon_out",
    Network = "network",
    InterChip = "inter_chip",
    Converters = "converters",
    Encoder = "encoder",
    HostIo = "host_io",
    Readout = "readout",
    Reset = "reset",
    Sync = "sync",
    CoreBusy = "core_busy",
    Static = "static",
}

impl EnergyUnit {
    /// The unit that an operation is charged to.
    pub fn of(op: Op) -> Self {
        match op {
            Op::AxonIn => Self::AxonIn,
            Op::Synapse | Op::SynapseDense | Op::SynapseSparse | Op::SynapseConv | Op::ArrayRead => Self::Synapse,
            Op::Dendrite => Self::Dendrite,
            Op::SomaAccess | Op::SomaUpdate | Op::SomaSpike => Self::Soma,
            Op::SomaAccess2 | Op::SomaAccess3 | Op::SomaAccess4 => Self::Soma,
            Op::SomaUpdate2 | Op::SomaUpdate3 | Op::SomaUpdate4 => Self::Soma,
            Op::SomaSpike2 | Op::SomaSpike3 | Op::SomaSpike4 => Self::Soma,
            Op::AxonOut => Self::AxonOut,
            Op::Inject | Op::Eject | Op::HopEw | Op::HopNs => Self::Network,
            Op::HopEast | Op::HopWest | Op::HopNorth | Op::HopSouth => Self::Network,
            Op::HopChip => Self::InterChip,
            Op::RowDrive | Op::ColumnConversion => Self::Converters,
            Op::HostWrite => Self::HostIo,
            Op::EncoderMac => Self::Encoder,
            Op::Readout => Self::Readout,
            Op::Reset => Self::Reset,
            Op::Barrier => Self::Sync,
            Op::CoreBusy => Self::CoreBusy,
        }
    }
}

impl EnergyUnit {
    /// Whether it is part of the cores or of the network between them, of which the energy of an inference is. What
    /// stands around them (host, encoder, read-out, reset, barrier, power at rest) is in it where it has a price.
    pub fn is_of_the_cores(self) -> bool {
        match self {
            Self::AxonIn
            | Self::Synapse
            | Self::Dendrite
            | Self::Soma
            | Self::AxonOut
            | Self::Network
            | Self::InterChip
            | Self::Converters
            | Self::CoreBusy => true,
            Self::Encoder | Self::HostIo | Self::Readout | Self::Reset | Self::Sync | Self::Static => false,
        }
    }
}

/// How much of what was counted an energy is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coverage {
    /// Everything that was counted has a price.
    #[default]
    Complete,
    /// Some of it has none: the energy is a lower bound.
    Partial,
    /// None of it has a price: there is no energy to tell.
    Unpriced,
}

named!(Coverage);

impl Coverage {
    /// Names in files, in the order of the variants.
    pub const NAMES: &'static [&'static str] = &["complete", "lower_bound", "unpriced"];
    /// All of them, in the same order.
    pub const ALL: [Self; 3] = [Self::Complete, Self::Partial, Self::Unpriced];

    /// Coverage of a sum (pJ); `misses` says whether something counted has no price.
    pub(super) fn of(pj: f64, misses: bool) -> Self {
        match misses {
            false => Self::Complete,
            true if pj > 0.0 => Self::Partial,
            true => Self::Unpriced,
        }
    }

    /// The name in files.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// A figure as people read it: as it is, as a lower bound, or as nothing known.
    pub fn mark(self, figure: String) -> String {
        match self {
            Self::Complete => figure,
            Self::Partial => format!("≥ {figure}"),
            Self::Unpriced => UNPRICED.into(),
        }
    }

    /// A figure for machines: none where nothing is known.
    pub fn known<T>(self, figure: T) -> Option<T> {
        (self != Self::Unpriced).then_some(figure)
    }
}

/// Stands for an energy of which nothing is known.
pub(crate) const UNPRICED: &str = "–";

/// Cost of counts (aJ).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// By unit, in the order of [`EnergyUnit::ALL`].
    pub by_unit: [EnergySum; EnergyUnit::ALL.len()],
    /// With the lowest published constants.
    pub low: EnergySum,
    /// With the highest published constants.
    pub high: EnergySum,
}

impl Bill {
    /// All units together.
    pub fn total(&self) -> EnergySum {
        self.by_unit.iter().sum()
    }
}

impl Bill {
    /// Adds the price of counts by a table of costs.
    fn add(&mut self, counts: &Counts, costs: &[Cost]) {
        for op in Op::ALL {
            if let Energy::Priced { low, nominal, high } = costs[*op as usize].energy {
                let n = u128::from(counts.of(*op));
                self.by_unit[EnergyUnit::of(*op) as usize] += n * u128::from(nominal.0);
                self.low += n * u128::from(low.0);
                self.high += n * u128::from(high.0);
            }
        }
    }

    fn add_rest(&mut self, time_fs: u128, calibration: &Calibration) {
        if let Some(rest) = &calibration.static_power {
            let energy = rest.power.over(time_fs);
            self.by_unit[EnergyUnit::Static as usize] += energy;
            self.low += energy;
            self.high += energy;
        }
    }
}

/// Prices counts of which none are of cores with costs of their own, and static power over a time.
pub fn bill(counts: &Counts, time_fs: u128, calibration: &Calibration) -> Bill {
    let mut bill = Bill::default();
    bill.add(counts, &calibration.costs);
    bill.add_rest(time_fs, calibration);
    bill
}

/// Prices counts of a core of a kind, by its position among the chip's.
pub(super) fn bill_on(kind: usize, counts: &Counts, calibration: &Calibration) -> Bill {
    let mut bill = Bill::default();
    bill.add(counts, calibration.by_core.get(kind).unwrap_or(&calibration.costs));
    bill
}

/// Prices counts by kind of core, and static power over a time.
pub(super) fn bill_by_kind(counted: &CountsByKind, time_fs: u128, calibration: &Calibration) -> Bill {
    let mut bill = Bill::default();
    for (counts, costs) in groups(counted, calibration).iter().map(|group| (&group.counts, group.costs)) {
        bill.add(counts, costs);
    }
    bill.add_rest(time_fs, calibration);
    bill
}

/// Counts with costs of their own.
struct PricedGroup<'a> {
    /// The kind of the cores that they are of, where that has costs of its own.
    core: Option<&'a str>,
    counts: Counts,
    costs: &'a [Cost],
}

/// Counts by the costs that hold for them: those of the cores of each kind with its own ones, and all others.
fn groups<'a>(counted: &'a CountsByKind, calibration: &'a Calibration) -> Vec<PricedGroup<'a>> {
    let (mut rest, mut all) = (counted.all, Vec::new());
    for ((name, counts), costs) in counted.kinds.iter().zip(&calibration.by_core) {
        rest.take_off(counts);
        all.push(PricedGroup { core: Some(name), counts: *counts, costs });
    }
    all.insert(0, PricedGroup { core: None, counts: rest, costs: &calibration.costs });
    all
}

/// The name of an operation, with the kind of the cores that it is counted on, where that matters.
pub(super) fn op_on(op: Op, core: Option<&str>) -> String {
    core.map_or_else(|| op.name().to_owned(), |core| format!("{} on {core}", op.name()))
}

/// Stands for a kind of cores in prices of what the host did, such as handing packets to a router, where kinds of cores
/// have prices of their own. No kind can have this name.
pub(super) const HOST: &str = "(host)";

/// The costs of operations that were counted: the kind of the cores, where it matters, the operation, and the cost.
pub(super) fn counted_costs<'a>(
    counted: &'a CountsByKind,
    calibration: &'a Calibration,
) -> Vec<(Option<&'a str>, Op, &'a Cost)> {
    let (mut all, rest): (Vec<(Option<&str>, Op, &Cost)>, _) = (Vec::new(), counted.rest());
    for op in Op::ALL.iter().filter(|op| counted.all.of(**op) > 0) {
        let own = |kind: usize| calibration.cost_on(kind, *op) != calibration.cost(*op);
        let by_kind = (0..counted.kinds.len()).any(own);
        if !by_kind {
            all.push((None, *op, calibration.cost(*op)));
            continue;
        }
        let counts = counted.kinds.iter().enumerate().filter(|(_, (_, counts))| counts.of(*op) > 0);
        all.extend(counts.map(|(kind, (name, _))| (Some(name.as_str()), *op, calibration.cost_on(kind, *op))));
        if rest.of(*op) > 0 {
            all.push((Some(HOST), *op, calibration.cost(*op)));
        }
    }
    all
}

/// Terms that may have no price: operations, and static power.
const TERMS: [&str; Op::COUNT + 1] = {
    let (mut terms, mut index) = (["static"; Op::COUNT + 1], 0);
    while index < Op::COUNT {
        terms[index] = Op::NAMES[index];
        index += 1;
    }
    terms
};

record! {
    /// Something that was counted, or passed, and has no published cost.
    #[derive(Eq)]
    pub struct Unpriced {
        /// Operation, or `static`.
        pub term: &'static str = word(&TERMS),
        /// The unit it belongs to.
        pub unit: &'static str = word(EnergyUnit::NAMES),
        /// How often it was counted in all; 0 for static power.
        pub count: u64,
        /// The kind of the cores on which it has none, where it has one on others.
        pub core: Option<String> = LeftOut,
        /// Note of the chip file.
        pub note: Option<String>,
    }
}

impl Unpriced {
    pub(super) fn op(&self) -> Option<Op> {
        Op::ALL.iter().copied().find(|op| op.name() == self.term)
    }
}

/// Whether something of the cores was counted that has no price.
pub(super) fn misses(counted: &CountsByKind, unpriced: &[Unpriced]) -> bool {
    let is_counted = |term: &Unpriced| {
        let Some(op) = term.op().filter(|op| EnergyUnit::of(*op).is_of_the_cores()) else { return false };
        match &term.core {
            None => counted.all.of(op) > 0,
            Some(core) => counted.kinds.iter().any(|(name, counts)| name == core && counts.of(op) > 0),
        }
    };
    unpriced.iter().any(is_counted)
}

/// Operations that a total leaves out.
pub(super) fn unpriced(counted: &CountsByKind, calibration: &Calibration) -> Vec<Unpriced> {
    let groups = groups(counted, calibration);
    let mut list = Vec::new();
    for op in Op::ALL {
        let entry = |core: Option<&str>, counts: &Counts, cost: &Cost| Unpriced {
            term: op.name(),
            unit: EnergyUnit::NAMES[EnergyUnit::of(*op) as usize],
            count: counts.of(*op),
            core: core.map(str::to_owned),
            note: cost.note.clone(),
        };
        let with: Vec<&PricedGroup<'_>> = groups.iter().filter(|group| group.counts.of(*op) > 0).collect();
        let unpaid = |group: &&PricedGroup<'_>| is_unpaid(*op, &group.counts, group.costs);
        if !with.is_empty() && with.iter().all(unpaid) {
            list.push(entry(None, &counted.all, calibration.cost(*op)));
        } else {
            let open = with.into_iter().filter(unpaid);
            list.extend(open.map(|group| entry(group.core, &group.counts, &group.costs[*op as usize])));
        }
    }
    // An all-in figure holds static power already.
    if calibration.static_power.is_none() && calibration.scope == Scope::PerTerm {
        list.push(Unpriced { term: "static", unit: "static", count: 0, core: None, note: None });
    }
    list
}

/// Whether an operation has no price.
fn is_unpaid(op: Op, counts: &Counts, costs: &[Cost]) -> bool {
    !matches!(costs[op as usize].energy, Energy::NoTerm) && payer(op, counts, costs).is_none()
}

/// The operation whose price pays for another. One that is included in another is paid for only where that one was
/// counted, and so on to the one that has a price.
fn payer(op: Op, counts: &Counts, costs: &[Cost]) -> Option<Op> {
    let mut at = op;
    // A file of which operations include each other in a circle is refused.
    for _ in 0..Op::COUNT {
        match costs[at as usize].energy {
            Energy::Priced { .. } => return Some(at),
            Energy::IncludedIn(other) if counts.with_kinds(other) > 0 => at = other,
            Energy::IncludedIn(_) | Energy::Unpriced | Energy::NoTerm => return None,
        }
    }
    None
}

record! {
    /// An operation whose price is in that of another one.
    #[derive(Copy, Eq)]
    pub struct Included {
        /// The operation.
        pub op: Op as "operation",
        /// The one whose price holds its own.
        pub within: Op as "in",
    }
}

/// Operations that were counted and are paid for by others.
pub(super) fn included(counted: &CountsByKind, calibration: &Calibration) -> Vec<Included> {
    let groups = groups(counted, calibration);
    let mut all = Vec::new();
    for op in Op::ALL {
        for group in groups.iter().filter(|group| group.counts.of(*op) > 0) {
            let within = payer(*op, &group.counts, group.costs).filter(|payer| payer != op);
            let found = within.map(|within| Included { op: *op, within }).filter(|found| !all.contains(found));
            all.extend(found);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_names_and_every_operation_has_a_unit() {
        assert_eq!(EnergyUnit::ALL.len(), EnergyUnit::NAMES.len());
        assert!(EnergyUnit::ALL.iter().enumerate().all(|(i, unit)| *unit as usize == i));
        assert_eq!(EnergyUnit::NAMES[EnergyUnit::of(Op::HopNs) as usize], "network");
    }

    #[test]
    fn workload_w_costs_what_the_peer_says() {
        // Counts and picojoules of SANA-FE 2.2.9 for seed 1, 1,024 neurons on 16 cores, uniform, 100 steps.
        let text = include_str!("../../hw_models/loihi.json");
        let chip = crate::hw::read(crate::json::Document::parse("loihi.json", text).unwrap(), "loihi").unwrap();
        let mut counts = Counts::default();
        for (op, n) in [
            (Op::SomaAccess, 102_400),
            (Op::SomaUpdate, 102_400),
            (Op::SomaSpike, 2_468),
            (Op::Synapse, 237_235),
            (Op::AxonOut, 39_363),
            (Op::AxonIn, 39_363),
            (Op::HopNs, 48_966),
        ] {
            counts.add(op, n);
        }
        let bill = bill(&counts, 0, chip.calibration(Some("silicon_fit")).unwrap());
        let of = |unit: EnergyUnit| bill.by_unit[unit as usize];
        assert_eq!(of(EnergyUnit::Soma), 7_625_752_400_000);
        assert_eq!(of(EnergyUnit::Synapse), 8_421_842_500_000);
        assert_eq!(of(EnergyUnit::AxonOut) + of(EnergyUnit::Network) + of(EnergyUnit::AxonIn), 4_574_950_200_000);
        assert_eq!(crate::units::sum_to_pj(bill.total()), 20_622_545.1);
    }
}
