//! Which energies may be set beside each other: those that cover the same classes of cost, or what all of them cover.

use super::figures::{ENERGY, FIGURES, position};
use super::row::{ComparisonRow, RowFigures};
use crate::json::record::words;
use crate::report::{ClassCoverage, CostClass, Coverage};

words! {
    /// Which rows are ranked by energy, and by what rests on it.
    pub enum Ranking {
        /// Those whose energies are complete, where all of these cover the same classes; else none.
        SameClasses = "same_classes",
        /// All rows, by the energy of the classes that all of them cover.
        CommonTerms = "common_terms",
        /// All rows, whatever their energies cover.
        AllowMixed = "allow_mixed",
    }
}

#[expect(clippy::derivable_impls, reason = "the words of a list take no attributes")]
impl Default for Ranking {
    fn default() -> Self {
        Self::SameClasses
    }
}

/// Classes of which some of these rows' energies hold something that others do not. What was not counted costs nothing,
/// whoever prices it; of a class that is priced in part, the same terms must be open.
pub(super) fn differing<'r>(rows: impl Iterator<Item = &'r RowFigures>) -> Vec<CostClass> {
    type State<'r> = (ClassCoverage, Vec<&'r str>);
    let mut known: Vec<Option<State<'r>>> = vec![None; CostClass::ALL.len()];
    let mut differs = [false; CostClass::ALL.len()];
    for row in rows {
        for class in CostClass::ALL {
            let coverage = row.covers.coverage[*class as usize];
            if coverage == ClassCoverage::Empty {
                continue;
            }
            let is_partial = coverage == ClassCoverage::Partial;
            let terms = row.unpriced.iter().map(String::as_str);
            let open: Vec<&str> = terms.filter(|term| is_partial && CostClass::of_term(term) == *class).collect();
            match &known[*class as usize] {
                None => known[*class as usize] = Some((coverage, open)),
                Some(other) => differs[*class as usize] |= *other != (coverage, open),
            }
        }
    }
    CostClass::ALL.iter().copied().filter(|class| differs[*class as usize]).collect()
}

/// What rows are compared by where each is taken by the classes that all of them cover.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommonTerms {
    /// These classes.
    pub classes: Vec<CostClass>,
    /// Rows that have no such energy: their numbers in the plan, and why.
    pub left_out: Vec<(usize, String)>,
}

impl CommonTerms {
    /// Of rows that ran. One whose energy of these classes cannot be told from that of others takes no part.
    pub(super) fn of(rows: &[ComparisonRow]) -> Self {
        let ran = || rows.iter().filter_map(|row| Some((row.index, row.result.as_ref().ok()?)));
        let covers =
            |found: &RowFigures, class: CostClass| found.covers.coverage[class as usize] == ClassCoverage::Covered;
        let takes_part = |found: &RowFigures| CostClass::DYNAMIC.into_iter().any(|class| covers(found, class));
        let (mut part, others): (Vec<_>, Vec<_>) = ran().partition(|(_, found)| takes_part(found));
        let mut left_out: Vec<(usize, String)> =
            others.into_iter().map(|(index, _)| (index, "covers no class of a chip's work".to_owned())).collect();
        loop {
            let classes = common(&part);
            if !classes.iter().any(|class| CostClass::DYNAMIC.contains(class)) {
                let why = || "no class of a chip's work is covered by all rows; leave chips out of --chips".to_owned();
                left_out.extend(part.iter().map(|(index, _)| (*index, why())));
                part.clear();
            }
            let found: Vec<(usize, String)> =
                part.iter().filter_map(|(index, found)| Some((*index, inseparable(found, &classes)?))).collect();
            part.retain(|(index, _)| found.iter().all(|(other, _)| other != index));
            if found.is_empty() {
                left_out.sort_unstable();
                return Self { classes: if part.is_empty() { Vec::new() } else { classes }, left_out };
            }
            left_out.extend(found);
        }
    }

    /// The row with the energy of these classes in place of its own.
    pub(super) fn restate(&self, row: &mut ComparisonRow) {
        let is_out = self.left_out.iter().any(|(index, _)| *index == row.index);
        let Ok(found) = &mut row.result else { return };
        let energy = self.energy(found).filter(|_| !is_out);
        let latency = position("latency_ns").and_then(|at| found.figures[at]);
        for (figure, value) in FIGURES.iter().zip(&mut found.figures).filter(|(figure, _)| figure.priced) {
            *value = match (figure.name, energy, latency) {
                ("energy_pj", energy, _) => energy,
                ("energy_delay_pj_ns", Some(energy), Some(latency)) => Some(energy * latency),
                ("average_power_mw", Some(energy), Some(latency)) if latency > 0.0 => Some(energy / latency),
                // Others are known of the whole energy only.
                _ => None,
            };
        }
        found.coverage = if energy.is_some() { Coverage::Complete } else { Coverage::Unpriced };
    }

    /// The energy of these classes (pJ).
    fn energy(&self, found: &RowFigures) -> Option<f64> {
        if is_whole(found) {
            return found.figures[ENERGY];
        }
        // What is included in another class of these has no price of its own.
        let own = self.classes.iter().map(|class| found.covers.pj[*class as usize].unwrap_or(0.0));
        (!self.classes.is_empty()).then(|| own.sum())
    }
}

fn is_whole(found: &RowFigures) -> bool {
    found.scope == "all_in"
}

/// Classes that all rows cover, and at least one has counted something of.
fn common(rows: &[(usize, &RowFigures)]) -> Vec<CostClass> {
    let of = |class: CostClass| rows.iter().map(move |(_, found)| found.covers.coverage[class as usize]);
    let is_common = |class: &CostClass| {
        of(*class).all(|coverage| matches!(coverage, ClassCoverage::Covered | ClassCoverage::Empty))
            && of(*class).any(|coverage| coverage == ClassCoverage::Covered)
    };
    CostClass::ALL.iter().copied().filter(is_common).collect()
}

/// Why the energy of some classes cannot be told from that of the others, if that is so.
fn inseparable(found: &RowFigures, classes: &[CostClass]) -> Option<String> {
    let is_asked = |class: CostClass| classes.contains(&class);
    if is_whole(found) && CostClass::ALL.iter().any(|class| class.is_on_chip() && !is_asked(*class)) {
        return Some("its figure is that of the whole chip, and cannot be split".to_owned());
    }
    let separates = |[one, other]: [CostClass; 2]| is_asked(one) != is_asked(other);
    let crosses = found.covers.included.iter().find(|one| one.joined(&found.scope).is_some_and(separates))?;
    let (op, within) = (crosses.op.name(), crosses.within.name());
    let class = CostClass::of(crosses.op).name();
    Some(format!("its price of {within} holds that of {op}, so {class} cannot be told apart"))
}
