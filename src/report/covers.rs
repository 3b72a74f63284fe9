//! What an energy covers: classes of cost, and how much of each the constants of a run price.
//!
//! Totals of two runs can be set beside each other only where they cover the same classes: a chip whose figure holds its
//! power at rest is not the worse one for it.

use super::energy::{Included, Unpriced};
use super::saved::{Restore, Save, list, named, or_null, word};
use super::tally::CountsByKind;
use crate::hw::Scope;
use crate::json::record::words;
use crate::json::{Cursor, Object};
use crate::stats::Op;
use serde_json::{Map, Value, json};

words! {
    /// A class of cost. Every operation belongs to one.
    pub enum CostClass {
        /// What weights cost, in a memory or an array.
        Synapse = "synapse",
        /// What the state of neurons costs.
        Neuron = "neuron",
        /// What making and taking in spikes costs.
        Spike = "spike",
        /// What the way between cores costs.
        Network = "network",
        /// Power at rest over the time of the run.
        Rest = "memory at rest",
        /// What is around the cores: the host, and what coordinates time steps and inferences.
        Host = "host",
    }
}

named!(CostClass);

/// Number of classes.
const CLASSES: usize = CostClass::ALL.len();

impl CostClass {
    /// Classes of a chip's work, as opposed to its power at rest.
    pub const DYNAMIC: [Self; 4] = [Self::Synapse, Self::Neuron, Self::Spike, Self::Network];

    /// The class of an operation, by what the operation is and not by where a chip's file puts its price.
    pub fn of(op: Op) -> Self {
        match op {
            // A crossbar reads all weights of an array at once: its drivers and converters are a part of that reading.
            Op::Synapse | Op::SynapseDense | Op::SynapseSparse | Op::SynapseConv => Self::Synapse,
            Op::ArrayRead | Op::RowDrive | Op::ColumnConversion => Self::Synapse,
            // Adding up what synapses give ends where the sum is handed over.
            Op::Dendrite => Self::Synapse,
            Op::SomaAccess | Op::SomaAccess2 | Op::SomaAccess3 | Op::SomaAccess4 => Self::Neuron,
            Op::SomaUpdate | Op::SomaUpdate2 | Op::SomaUpdate3 | Op::SomaUpdate4 => Self::Neuron,
            // These take place once for each spike, or for each spike and core that it goes to.
            Op::SomaSpike | Op::SomaSpike2 | Op::SomaSpike3 | Op::SomaSpike4 => Self::Spike,
            Op::AxonOut | Op::AxonIn => Self::Spike,
            Op::Inject | Op::Eject | Op::HopEw | Op::HopNs | Op::HopChip => Self::Network,
            Op::HopEast | Op::HopWest | Op::HopNorth | Op::HopSouth => Self::Network,
            Op::HostWrite | Op::EncoderMac | Op::Readout | Op::Reset => Self::Host,
            // It coordinates time steps and moves no spike, and what was measured of it holds the processors that take
            // part. So it is no cost of the network between cores.
            Op::Barrier => Self::Host,
            // A power over the time that a core is in use, whatever it does in it.
            Op::CoreBusy => Self::Rest,
        }
    }

    /// The class of a term that may have no price: an operation, or power at rest.
    pub(crate) fn of_term(term: &str) -> Self {
        let op = Op::ALL.iter().find(|op| op.name() == term);
        op.map_or(Self::Rest, |op| Self::of(*op))
    }

    /// Whether it is on the chip, so that an all-in figure holds it.
    pub fn is_on_chip(self) -> bool {
        self != Self::Host
    }
}

words! {
    /// How much of a class an energy is of.
    pub enum ClassCoverage {
        /// Everything that was counted in it has a price, or is included in one.
        Covered = "covered",
        /// Some of what was counted in it has a price.
        Partial = "partial",
        /// Nothing that was counted in it has a price.
        Unpriced = "unpriced",
        /// Nothing was counted in it.
        Empty = "empty",
    }
}

named!(ClassCoverage);

/// What an energy covers, by class in the order of [`CostClass::ALL`].
#[derive(Clone, Debug, PartialEq)]
pub struct Covers {
    /// How much of each class the energy is of.
    pub coverage: [ClassCoverage; CLASSES],
    /// Energy of the operations of each class that have a price of their own, per inference (pJ); `None` where no counted
    /// one has, where it is not known, and where an all-in figure cannot be split.
    pub pj: [Option<f64>; CLASSES],
    /// Operations whose price is in that of another one.
    pub included: Vec<Included>,
}

impl Default for Covers {
    fn default() -> Self {
        Self { coverage: [ClassCoverage::Empty; CLASSES], pj: [None; CLASSES], included: Vec::new() }
    }
}

fn by_class<T: Copy>(cursor: &Cursor<'_>, load: impl Fn(&Cursor<'_>) -> Option<T>) -> Option<[T; CLASSES]> {
    let object = cursor.object(CostClass::NAMES)?;
    let values: Vec<Option<T>> = CostClass::NAMES.iter().map(|name| load(&object.need(name)?)).collect();
    values.into_iter().collect::<Option<Vec<T>>>()?.try_into().ok()
}

/// How much of each class is priced, where these terms are not.
pub(super) fn class_coverage(counted: &CountsByKind, unpriced: &[Unpriced], scope: &Scope) -> [ClassCoverage; CLASSES] {
    let mut coverage = [ClassCoverage::Empty; CLASSES];
    // A barrier is coordinated on the chip, so it is in an all-in figure, and that says nothing of the host.
    let is_seen = |op: Op| counted.all.of(op) > 0 && (op != Op::Barrier || *scope == Scope::PerTerm);
    for op in Op::ALL.iter().filter(|op| is_seen(**op)) {
        let open = unpriced.iter().find(|term| term.term == op.name());
        let found = match open {
            None => ClassCoverage::Covered,
            // On the cores of other kinds it has a price.
            Some(Unpriced { core: Some(_), .. }) => ClassCoverage::Partial,
            Some(_) => ClassCoverage::Unpriced,
        };
        let class = &mut coverage[CostClass::of(*op) as usize];
        *class = match *class {
            ClassCoverage::Empty => found,
            known if known == found => known,
            _ => ClassCoverage::Partial,
        };
    }
    // An all-in figure is a share of all that the chip draws, wherever that goes.
    let is_whole = *scope != Scope::PerTerm && coverage[CostClass::Synapse as usize] == ClassCoverage::Covered;
    let rest = if unpriced.iter().any(|term| term.term == "static") || *scope != Scope::PerTerm && !is_whole {
        ClassCoverage::Unpriced
    } else {
        ClassCoverage::Covered
    };
    coverage[CostClass::Rest as usize] = rest;
    for class in CostClass::ALL.iter().copied().filter(|class| is_whole && class.is_on_chip()) {
        coverage[class as usize] = ClassCoverage::Covered;
    }
    coverage
}

impl Included {
    /// The classes that an inclusion joins, that of the operation and that of the price that holds its own.
    pub(crate) fn joined(&self, scope: &str) -> Option<[CostClass; 2]> {
        let classes = [CostClass::of(self.op), CostClass::of(self.within)];
        // Files put the handing over of a sum to either side of it. It is done once for a neuron, and takes no class along.
        // A barrier is in every all-in figure.
        let is_apart = self.op == Op::Dendrite || self.op == Op::Barrier && scope != Scope::PerTerm.name();
        (classes[0] != classes[1] && !is_apart).then_some(classes)
    }
}

/// Names of the fields that say in a file what an energy covers.
pub(crate) const COVERS_FIELDS: [&str; 4] = ["covers", "class_coverage", "energy_by_class_pj", "included"];

impl Covers {
    /// The fields of [`COVERS_FIELDS`].
    pub(crate) fn fields(&self) -> Map<String, Value> {
        fn by_class<T: Save>(values: impl IntoIterator<Item = T>) -> Value {
            let values = CostClass::NAMES.iter().zip(values);
            Value::Object(values.map(|(name, value)| ((*name).to_owned(), value.save())).collect())
        }
        let values = [json!(self.names()), by_class(self.coverage), by_class(self.pj), self.included.save()];
        COVERS_FIELDS.into_iter().map(str::to_owned).zip(values).collect()
    }

    /// Reads the fields of [`COVERS_FIELDS`].
    pub(crate) fn read(object: &Object<'_>) -> Option<Self> {
        let [names, coverage, pj, included] = COVERS_FIELDS.map(|name| object.need(name));
        let names = names.and_then(|c| list(0..=CLASSES, word(CostClass::NAMES))(&c));
        let coverage = coverage.and_then(|c| by_class(&c, ClassCoverage::load));
        let pj = pj.and_then(|c| by_class(&c, or_null(f64::load)));
        let included = included.and_then(|c| Vec::load(&c));
        let covers = Self { coverage: coverage?, pj: pj?, included: included? };
        if names? != covers.names() {
            object.need(COVERS_FIELDS[0])?.problem("these are not the classes that class_coverage says are covered");
        }
        Some(covers)
    }

    /// Classes of which an energy has this much.
    pub fn with(&self, wanted: ClassCoverage) -> impl Iterator<Item = CostClass> + '_ {
        CostClass::ALL.iter().copied().filter(move |class| self.coverage[*class as usize] == wanted)
    }

    /// Names of the classes that are covered.
    pub fn names(&self) -> Vec<&'static str> {
        self.with(ClassCoverage::Covered).map(CostClass::name).collect()
    }

    /// What an energy covers and what it does not, in one line.
    pub fn text(&self) -> String {
        let list = |wanted| self.with(wanted).map(CostClass::name).collect::<Vec<_>>().join(", ");
        let [covered, partial, open] =
            [ClassCoverage::Covered, ClassCoverage::Partial, ClassCoverage::Unpriced].map(list);
        let covered = if covered.is_empty() && partial.is_empty() { "nothing".to_owned() } else { covered };
        let parts = [("", covered), ("in part ", partial), ("not ", open)];
        let parts =
            parts.into_iter().filter(|(_, names)| !names.is_empty()).map(|(word, names)| word.to_owned() + &names);
        parts.collect::<Vec<_>>().join("; ")
    }

    /// The classes that are covered, in a word or two.
    pub fn brief(&self) -> String {
        let covers = |class: CostClass| self.coverage[class as usize] == ClassCoverage::Covered;
        let open = |class: CostClass| !covers(class) && self.coverage[class as usize] != ClassCoverage::Empty;
        let has_all =
            |classes: &[CostClass]| !classes.iter().any(|class| open(*class)) && classes.iter().any(|c| covers(*c));
        let dynamic = has_all(&CostClass::DYNAMIC);
        match (dynamic, covers(CostClass::Rest), covers(CostClass::Host)) {
            (true, true, true) => "all".to_owned(),
            (true, true, false) => "on chip".to_owned(),
            (true, false, false) => "dynamic".to_owned(),
            _ if self.names().is_empty() => "nothing".to_owned(),
            _ => self.names().join(", "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Counts;

    fn counted(ops: &[Op]) -> CountsByKind {
        let mut counts = Counts::default();
        ops.iter().for_each(|op| counts.add(*op, 3));
        CountsByKind::alike(counts)
    }

    fn open(term: &'static str, core: Option<&str>) -> Unpriced {
        Unpriced { term, unit: "soma", count: 3, core: core.map(str::to_owned), note: None }
    }

    fn all_in() -> Scope {
        Scope::AllIn { operating_point: "1 V".into() }
    }

    #[test]
    fn kinds_of_an_operation_are_of_its_class() {
        for (general, kinds) in Op::KINDS {
            assert!(kinds.iter().all(|kind| CostClass::of(*kind) == CostClass::of(general)), "{general:?}");
        }
        let on_chip = |class: &CostClass| class.is_on_chip();
        assert_eq!(CostClass::ALL.iter().copied().filter(on_chip).count(), 5);
    }

    #[test]
    fn a_class_is_covered_where_all_that_was_counted_in_it_is_paid_for() {
        use ClassCoverage::{Covered, Empty, Partial, Unpriced};
        let ops = [Op::Synapse, Op::SomaAccess, Op::SomaUpdate, Op::AxonIn, Op::SomaSpike, Op::Reset];
        let unpriced =
            [open("soma_update", None), open("axon_in", None), open("soma_spike", None), open("static", None)];
        let found = class_coverage(&counted(&ops), &unpriced, &Scope::PerTerm);
        assert_eq!(found, [Covered, Partial, Unpriced, Empty, Unpriced, Covered]);
        // Priced on the cores of one kind, and not on those of another.
        let found = class_coverage(&counted(&[Op::Synapse]), &[open("synapse", Some("small"))], &Scope::PerTerm);
        assert_eq!(found, [Partial, Empty, Empty, Empty, Covered, Empty]);
    }

    #[test]
    fn an_all_in_figure_covers_the_chip_or_nothing() {
        use ClassCoverage::{Covered, Empty, Unpriced};
        let found = class_coverage(&counted(&[Op::Synapse, Op::Readout]), &[open("readout", None)], &all_in());
        assert_eq!(found, [Covered, Covered, Covered, Covered, Covered, Unpriced]);
        // Without a synaptic operation there is no figure.
        let found = class_coverage(&counted(&[Op::SomaAccess]), &[open("soma_access", None)], &all_in());
        assert_eq!(found, [Empty, Unpriced, Empty, Empty, Unpriced, Empty]);
    }

    #[test]
    fn texts_say_what_is_covered_and_what_is_not() {
        use ClassCoverage::{Covered, Empty, Partial, Unpriced};
        let of = |coverage| Covers { coverage, ..Covers::default() };
        let dynamic = of([Covered, Covered, Covered, Empty, Unpriced, Partial]);
        assert_eq!(dynamic.text(), "synapse, neuron, spike; in part host; not memory at rest");
        assert_eq!((dynamic.brief(), dynamic.names()), ("dynamic".into(), vec!["synapse", "neuron", "spike"]));
        assert_eq!(of([Covered, Covered, Covered, Covered, Covered, Unpriced]).brief(), "on chip");
        assert_eq!(of([Covered, Unpriced, Unpriced, Covered, Unpriced, Empty]).brief(), "synapse, network");
        assert_eq!(of([Unpriced, Unpriced, Partial, Empty, Covered, Empty]).brief(), "memory at rest");
        assert_eq!(of([Unpriced; 6]).text(), "nothing; not synapse, neuron, spike, network, memory at rest, host");
        assert_eq!(of([Unpriced; 6]).brief(), "nothing");
        assert_eq!(of([Partial, Empty, Empty, Empty, Unpriced, Empty]).text(), "in part synapse; not memory at rest");
    }
}
