//! What a search makes as good as it can, and the limits that a configuration must keep.

use super::candidate::Candidate;
use super::classes::Ranking;
use super::comparison::MOST_AXES;
use super::figures::{FIGURES, Goal, position};
use super::row::ComparisonRow;
use super::setting::SweepSetting;
use crate::hw::{Chip, Energy};
use crate::json::unknown;
use crate::net::architecture::Target;
use crate::report::Coverage;

/// Objectives where none are named.
const USUAL: &str = "accuracy,energy_pj,latency_ns";

/// A short name of a figure.
const SHORT: (&str, &str) = ("edp", "energy_delay_pj_ns");

/// A figure with a bound: an upper one where less is better, else a lower one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FigureLimit {
    /// The figure, by position in [`FIGURES`].
    pub figure: usize,
    /// Its bound, which is within.
    pub bound: f64,
}

/// Figures to be made as good as they can be, within limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Objectives {
    /// Figures, by position in [`FIGURES`].
    pub figures: Vec<usize>,
    /// Bounds of figures.
    pub limits: Vec<FigureLimit>,
}

/// What a row is worth to a search.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedRow {
    /// The objectives, in their order.
    pub objectives: Vec<f64>,
    /// By how much of its bound each limit is exceeded: 0 or less within it.
    pub limits: Vec<f64>,
}

/// What a network and its data allow to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measurable {
    /// The target of a layered network; `None` of a sparse one, which a comparison runs without samples.
    pub target: Option<Target>,
}

impl Measurable {
    /// Why a figure has no value, whatever the chip is.
    fn lacks(self, name: &str) -> Option<&'static str> {
        match (name, self.target) {
            ("accuracy" | "mse", None) => Some("the network runs without labelled samples"),
            ("accuracy", Some(Target::Input)) => Some("the network gives its input back and names no class; use mse"),
            ("accuracy", Some(Target::Given)) => Some("the network gives numbers and names no class; use mse"),
            ("mse", Some(Target::Label)) => Some("the network names classes and gives nothing back; use accuracy"),
            _ => None,
        }
    }
}

impl FigureLimit {
    /// Reads `FIGURE=BOUND`.
    ///
    /// # Errors
    /// A message that names the problem in the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = || format!("found \"{text}\", expected FIGURE=BOUND as in energy_pj=200e3");
        let (name, bound) = text.split_once('=').ok_or_else(form)?;
        let bound = bound.trim().parse().ok().filter(|bound: &f64| bound.is_finite()).ok_or_else(form)?;
        let figure = figure(name.trim())?;
        let is_part = ["accuracy", "utilisation"].iter().any(|part| FIGURES[figure].name.ends_with(part));
        if is_part && !(0.0..=1.0).contains(&bound) {
            return Err(format!("found \"{text}\", expected a part from 0 to 1, as in {}=0.9", FIGURES[figure].name));
        }
        Ok(Self { figure, bound })
    }

    /// By how much of its bound a value exceeds it; 0 or less within it.
    pub fn excess(&self, value: f64) -> f64 {
        let beyond = if FIGURES[self.figure].goal == Goal::Most { self.bound - value } else { value - self.bound };
        if self.bound == 0.0 { beyond } else { beyond / self.bound.abs() }
    }
}

/// A figure with a better end, by its name.
fn figure(name: &str) -> Result<usize, String> {
    let full = if name == SHORT.0 { SHORT.1 } else { name };
    let known: Vec<&str> = FIGURES.iter().filter(|f| f.goal != Goal::None).map(|figure| figure.name).collect();
    position(full).filter(|_| known.contains(&full)).ok_or_else(|| unknown(name, &[&known[..], &[SHORT.0]].concat()))
}

impl Objectives {
    /// Reads names of figures, separated by commas, and limits.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn parse(objectives: Option<&str>, limits: &[String]) -> Result<Self, Vec<String>> {
        let (mut figures, mut problems) = (Vec::new(), Vec::new());
        for name in objectives.unwrap_or(USUAL).split(',').map(str::trim) {
            match figure(name) {
                Ok(at) if figures.contains(&at) => problems.push(format!("objectives: found {name} twice")),
                Ok(at) => figures.push(at),
                Err(why) => problems.push(format!("objectives: {why}")),
            }
        }
        if figures.len() > MOST_AXES {
            problems.push(format!("objectives: found {} figures, allowed 1 to {MOST_AXES}", figures.len()));
        }
        let mut bounds: Vec<FigureLimit> = Vec::new();
        for limit in limits {
            match FigureLimit::parse(limit) {
                Ok(limit) if bounds.iter().any(|other| other.figure == limit.figure) => {
                    problems.push(format!("limit: found {} twice", FIGURES[limit.figure].name));
                }
                Ok(limit) => bounds.push(limit),
                Err(why) => problems.push(format!("limit: {why}")),
            }
        }
        if problems.is_empty() { Ok(Self { figures, limits: bounds }) } else { Err(problems) }
    }

    /// All figures in use, each once.
    fn all(&self) -> Vec<usize> {
        let limits = self.limits.iter().map(|limit| limit.figure).filter(|at| !self.figures.contains(at));
        self.figures.iter().copied().chain(limits).collect()
    }

    /// Figures that no row of a chip can have: known before anything is simulated.
    pub fn lacking(&self, candidates: &[Candidate], usual: &SweepSetting, measurable: Measurable) -> Vec<String> {
        let mut problems = Vec::new();
        for at in self.all() {
            let name = FIGURES[at].name;
            if let Some(why) = measurable.lacks(name) {
                problems.push(format!("{name}: {why}"));
                continue;
            }
            for candidate in candidates {
                let Ok(chip) = candidate.chip(&[]) else { continue };
                if let Some(why) = lacks(&chip, at, usual) {
                    problems.push(format!("{name}: {} {why}", candidate.name));
                }
            }
        }
        problems
    }

    /// What a row is worth, or why it is worth nothing.
    ///
    /// # Errors
    /// Why it was not run, or which figure it lacks; an energy that is a lower bound counts only where that is allowed.
    pub fn judge(&self, row: &ComparisonRow, ranking: Ranking) -> Result<JudgedRow, String> {
        let found = row.result.as_ref().map_err(Clone::clone)?;
        let value = |at: usize| {
            let figure = &FIGURES[at];
            if figure.priced && found.coverage != Coverage::Complete && ranking != Ranking::AllowMixed {
                return Err(format!("{} is a lower bound: {} unpriced", figure.name, found.unpriced.join(", ")));
            }
            row.figure(at).ok_or_else(|| format!("{} is unknown", figure.name))
        };
        Ok(JudgedRow {
            objectives: self.figures.iter().map(|at| value(*at)).collect::<Result<_, _>>()?,
            limits: self.limits.iter().map(|l| Ok(l.excess(value(l.figure)?))).collect::<Result<_, String>>()?,
        })
    }
}

/// Why a figure has no value on a chip, whatever its numbers are.
fn lacks(chip: &Chip, at: usize, usual: &SweepSetting) -> Option<&'static str> {
    let has_area = || chip.area().is_some();
    if FIGURES[at].name.ends_with("area_mm2") && !has_area() {
        return Some("has no area: its file has no composition with one");
    }
    let calibration = chip.calibration(usual.calibration.as_deref())?;
    let is_priced = calibration.costs.iter().any(|cost| matches!(cost.energy, Energy::Priced { .. }));
    let is_priced = is_priced || calibration.static_power.is_some();
    (FIGURES[at].priced && !is_priced).then_some("has no energies in its table of constants")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::catalog;

    fn parsed(objectives: &str, limits: &[&str]) -> Result<Objectives, Vec<String>> {
        let limits: Vec<String> = limits.iter().map(|limit| (*limit).to_owned()).collect();
        Objectives::parse(Some(objectives), &limits)
    }

    #[test]
    fn figures_and_limits_are_read_by_name() {
        let found = parsed("accuracy, edp", &["energy_pj=200e3", "accuracy=0.9"]).unwrap();
        let names: Vec<&str> = found.figures.iter().map(|at| FIGURES[*at].name).collect();
        assert_eq!(names, ["accuracy", "energy_delay_pj_ns"]);
        let [energy, accuracy] = [0, 1].map(|at| found.limits[at]);
        // Costs are bounded from above, accuracies from below; a bound itself is within.
        assert_eq!([100e3, 200e3, 300e3].map(|value| energy.excess(value)), [-0.5, 0.0, 0.5]);
        assert!(accuracy.excess(0.95) < 0.0 && accuracy.excess(0.8) > 0.0 && accuracy.excess(0.9) == 0.0);
        assert_eq!(Objectives::parse(None, &[]).unwrap().figures.len(), 3);
    }

    #[test]
    fn all_that_is_wrong_with_them_is_found_at_once() {
        let problems =
            parsed("acuracy,cycles,cycles", &["energy_pj", "latency_ns=x", "accuracy=90", "hops=1", "hops=2"])
                .unwrap_err();
        assert!(problems[0].ends_with("did you mean \"accuracy\"?"), "{problems:#?}");
        assert_eq!(
            problems[1..],
            [
                "objectives: found cycles twice",
                "limit: found \"energy_pj\", expected FIGURE=BOUND as in energy_pj=200e3",
                "limit: found \"latency_ns=x\", expected FIGURE=BOUND as in energy_pj=200e3",
                "limit: found \"accuracy=90\", expected a part from 0 to 1, as in accuracy=0.9",
                "limit: found hops twice",
            ]
        );
        assert_eq!(
            parsed("accuracy,energy_pj,latency_ns,cycles,hops", &[]).unwrap_err(),
            ["objectives: found 5 figures, allowed 1 to 4"]
        );
    }

    #[test]
    fn figures_that_no_row_can_have_are_known_beforehand() {
        let candidate = |name: &str| Candidate {
            name: name.to_owned(),
            file: format!("{name}.json"),
            text: catalog::chip_text(name).unwrap(),
            origin: None,
        };
        let chips = [candidate("sram_mesh"), candidate("truenorth")];
        let wanted = parsed("accuracy,energy_pj,area_mm2", &["mse=1"]).unwrap();
        let labelled = Measurable { target: Some(Target::Label) };
        assert_eq!(
            wanted.lacking(&chips, &SweepSetting::default(), labelled),
            [
                "area_mm2: truenorth has no area: its file has no composition with one",
                "mse: the network names classes and gives nothing back; use accuracy",
            ]
        );
        let unpriced = SweepSetting { calibration: Some("unpriced".into()), ..SweepSetting::default() };
        let problems = parsed("energy_pj", &[]).unwrap().lacking(&chips[..1], &unpriced, labelled);
        assert_eq!(problems, ["energy_pj: sram_mesh has no energies in its table of constants"]);
        let sparse = Measurable { target: None };
        assert_eq!(parsed("accuracy", &[]).unwrap().lacking(&chips, &unpriced, sparse).len(), 1);
    }

    #[test]
    fn rows_without_figures_are_worth_nothing() {
        let wanted = parsed("accuracy", &[]).unwrap();
        let unfit = ComparisonRow { index: 0, samples: None, result: Err("does not fit: cores".into()) };
        assert_eq!(wanted.judge(&unfit, Ranking::SameClasses), Err("does not fit: cores".into()));
    }
}
