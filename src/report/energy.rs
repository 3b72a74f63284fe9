//! Energy: counts times constants, exactly.
//!
//! Sums are integers of attojoules, so they are the same to the last digit however a run was divided.

use super::saved::{record, word};
use crate::hw::{Calibration, Energy, Scope};
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
            | Self::Converters => true,
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

/// Prices counts, and static power over a time.
pub fn bill(counts: &Counts, time_fs: u128, calibration: &Calibration) -> Bill {
    let mut bill = Bill::default();
    for op in Op::ALL {
        if let Energy::Priced { low, nominal, high } = calibration.cost(*op).energy {
            let n = u128::from(counts.of(*op));
            bill.by_unit[EnergyUnit::of(*op) as usize] += n * u128::from(nominal.0);
            bill.low += n * u128::from(low.0);
            bill.high += n * u128::from(high.0);
        }
    }
    if let Some(rest) = &calibration.static_power {
        let energy = rest.power.over(time_fs);
        bill.by_unit[EnergyUnit::Static as usize] += energy;
        bill.low += energy;
        bill.high += energy;
    }
    bill
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
pub(super) fn misses(counts: &Counts, unpriced: &[Unpriced]) -> bool {
    let counted = |op: Op| counts.of(op) > 0 && EnergyUnit::of(op).is_of_the_cores();
    unpriced.iter().filter_map(Unpriced::op).any(counted)
}

/// Operations that a total leaves out.
pub(super) fn unpriced(counts: &Counts, calibration: &Calibration) -> Vec<Unpriced> {
    let counted = Op::ALL.iter().filter(|op| counts.of(**op) > 0);
    // An operation that is included in another is paid for only where that one was counted.
    let unpaid = |op: &&Op| match calibration.cost(**op).energy {
        Energy::Priced { .. } => false,
        Energy::IncludedIn(other) => counts.with_kinds(other) == 0,
        Energy::Unpriced => true,
    };
    let without = counted.filter(unpaid);
    let entry = |op: &Op| Unpriced {
        term: op.name(),
        unit: EnergyUnit::NAMES[EnergyUnit::of(*op) as usize],
        count: counts.of(*op),
        note: calibration.cost(*op).note.clone(),
    };
    let mut list: Vec<Unpriced> = without.map(entry).collect();
    // An all-in figure holds static power already.
    if calibration.static_power.is_none() && calibration.scope == Scope::PerTerm {
        list.push(Unpriced { term: "static", unit: "static", count: 0, note: None });
    }
    list
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
