//! Check of a plan before anything is simulated: all that is wrong with its values.

use super::axis::SweepAxis;
use super::candidate::Candidate;
use super::plan::{Plan, PlanError};
use super::retraining::{Retraining, TRAINING};
use super::setting::{OPTIONS, SweepSetting};
use crate::hw::Chip;
use crate::json::nearest;
use crate::net::Architecture;
use crate::progress;

/// Which values of which axes some configuration of a chip can have.
struct SeenValues<'p> {
    plan: &'p Plan,
    /// By chip, axis and value.
    works: Vec<Vec<Vec<bool>>>,
    /// By chip: whether any configuration is one, and what was wrong first.
    any: Vec<bool>,
    first: Vec<Option<String>>,
    invalid: usize,
}

impl<'p> SeenValues<'p> {
    fn new(plan: &'p Plan) -> Self {
        let chips = plan.chips.len();
        let axes: Vec<Vec<bool>> = plan.axes.iter().map(|axis| vec![false; axis.values.len()]).collect();
        Self { plan, works: vec![axes; chips], any: vec![false; chips], first: vec![None; chips], invalid: 0 }
    }

    fn add(&mut self, index: usize, chip: Result<(), String>) {
        let (at, positions) = self.plan.positions(index);
        match chip {
            Ok(()) => {
                self.any[at] = true;
                self.works[at].iter_mut().zip(positions).for_each(|(values, position)| values[position] = true);
            }
            Err(why) => {
                self.invalid += 1;
                self.first[at].get_or_insert(why);
            }
        }
    }

    /// Values with which a chip cannot be read, whatever the others are; or why it never can.
    fn problems(&self, candidates: &[Candidate]) -> Vec<String> {
        let mut problems = Vec::new();
        for (at, candidate) in candidates.iter().enumerate() {
            let before = problems.len();
            for (axis, works) in self.plan.axes.iter().zip(&self.works[at]) {
                for (value, _) in axis.values.iter().zip(works).filter(|(_, works)| !**works) {
                    if let Err(why) = candidate.chip(&[(axis.name.as_str(), value.as_str())]) {
                        problems.push(format!("`set` {}={value}: {why}", axis.name));
                    }
                }
            }
            if problems.len() == before && !self.any[at] {
                problems.extend(self.first[at].clone());
            }
        }
        problems
    }
}

impl Plan {
    /// The setting and the chip of a configuration, or why there is no such chip.
    pub fn chip(
        &self,
        candidates: &[Candidate],
        usual: &SweepSetting,
        index: usize,
    ) -> Result<(SweepSetting, Chip), String> {
        progress::poll();
        let configuration = self.configuration(index);
        let (setting, changes) = self.split(&configuration, usual)?;
        Ok((setting, candidates[configuration.chip].chip(&changes)?))
    }

    /// Reads the chips of all configurations. Values that no configuration of a chip can have are an error; of what only
    /// does not go together the number is given, and its rows say why.
    pub fn check(&self, candidates: &[Candidate], usual: &SweepSetting) -> Result<usize, PlanError> {
        let mut problems = wrong_options(&self.axes, usual);
        problems.extend(wrong_names(&self.axes, candidates));
        if !problems.is_empty() {
            return Err(PlanError(problems));
        }
        let mut seen = SeenValues::new(self);
        (0..self.len()).for_each(|index| seen.add(index, self.chip(candidates, usual, index).map(drop)));
        let problems = seen.problems(candidates);
        if problems.is_empty() { Ok(seen.invalid) } else { Err(PlanError(problems)) }
    }
}

/// Values of options that are not allowed.
pub(super) fn wrong_options(axes: &[SweepAxis], usual: &SweepSetting) -> Vec<String> {
    let values = axes.iter().flat_map(|axis| axis.values.iter().map(move |value| (&axis.name, value)));
    let wrong = values.filter_map(|(name, value)| usual.clone().set(name, value)?.err());
    wrong.map(|why| format!("`set` {why}")).collect()
}

/// Axes that are neither an option nor a number of each chip's file.
pub(super) fn wrong_names(axes: &[SweepAxis], candidates: &[Candidate]) -> Vec<String> {
    let options: Vec<&str> = OPTIONS.iter().map(|(name, _)| *name).collect();
    let training: Vec<&str> = TRAINING.iter().map(|(name, _)| *name).collect();
    let mut problems = Vec::new();
    for axis in axes.iter().filter(|axis| !SweepSetting::has(&axis.name)) {
        let near = nearest(&axis.name, &[&options[..], &training].concat())
            .map_or(String::new(), |near| format!(", or option \"{near}\" of the run"));
        for why in candidates.iter().filter_map(|candidate| candidate.names(&axis.name).err()) {
            problems.push(format!(
                "`set` {}: {why}{near}; options: {}; with `retrain`: {}, width.LAYER",
                axis.name,
                options.join(", "),
                training.join(", ")
            ));
        }
    }
    problems
}

/// Axes that need a training where there is none, and widths of layers that the network does not have.
pub(super) fn wrong_retraining<'n>(
    names: impl Iterator<Item = &'n str>,
    is_retrained: bool,
    architecture: Option<&Architecture>,
) -> Vec<String> {
    let needs = "takes effect where the network is trained for each value; add `retrain`";
    let problem = |name: &str| match (is_retrained, architecture) {
        (false, _) => Some(format!("`set` {name}: {needs}")),
        (true, Some(architecture)) => {
            Retraining::check_name(name, architecture).err().map(|why| format!("`set` {why}"))
        }
        (true, None) => None,
    };
    names.filter(|name| Retraining::has(name)).filter_map(problem).collect()
}
