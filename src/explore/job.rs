//! The job of a comparison or a search, checked before anything is simulated; all its problems are reported at once.

use super::candidate::Candidate;
use super::check::wrong_retraining;
use super::levels::AxisSpec;
use super::plan::{Plan, PlanError};
use super::setting::SweepSetting;
use super::space::SearchSpace;

/// The request for a comparison or a search.
#[derive(Clone, Debug)]
pub struct SweepRequest {
    /// Chips.
    pub candidates: Vec<Candidate>,
    /// Axes of variation.
    pub axes: Vec<AxisSpec>,
    /// Whether values go in step, the first of each axis together, and so on.
    pub zip: bool,
    /// Options that no axis sets.
    pub usual: SweepSetting,
    /// Whether the network is trained for each demand.
    pub retrain: bool,
}

/// A comparison or a search whose chips and values were checked.
#[derive(Clone, Debug)]
pub struct CompareJob {
    /// The configurations.
    pub plan: Plan,
    /// Chips, in the order of the plan.
    pub candidates: Vec<Candidate>,
    /// Options that no axis sets.
    pub usual: SweepSetting,
}

impl CompareJob {
    /// A comparison, and the number of its configurations that are not valid chips: their rows give the reason.
    ///
    /// # Errors
    /// All problems of the plan and its values.
    pub fn new(asked: SweepRequest) -> Result<(Self, usize), PlanError> {
        let untrained = asked.untrained();
        let SweepRequest { mut candidates, axes, zip, usual, retrain: _ } = asked;
        Candidate::tell_apart(&mut candidates);
        let names = candidates.iter().map(|candidate| candidate.name.clone()).collect();
        let axes = axes.iter().map(|axis| axis.resolved(&candidates)).collect();
        let plan = Plan::new(names, axes, zip).and_then(|plan| Ok((plan.check(&candidates, &usual)?, plan)));
        let (wrong, plan) = all_problems(plan, untrained)?;
        Ok((Self { plan, candidates, usual }, wrong))
    }

    /// The job of a search, whose space may be too large to look at each configuration, and that space.
    ///
    /// # Errors
    /// All problems of the axes.
    pub fn to_search(asked: SweepRequest) -> Result<(Self, SearchSpace), PlanError> {
        let untrained = asked.untrained();
        let SweepRequest { mut candidates, axes, zip: _, usual, retrain: _ } = asked;
        Candidate::tell_apart(&mut candidates);
        let space = SearchSpace::new(&candidates, &axes, &usual);
        let plan = space.and_then(|space| Ok((space.plan(&candidates)?, space)));
        let (plan, space) = all_problems(plan, untrained)?;
        Ok((Self { plan, candidates, usual }, space))
    }
}

impl SweepRequest {
    /// Axes that need a training where there is none.
    fn untrained(&self) -> Vec<String> {
        wrong_retraining(self.axes.iter().map(|axis| axis.name.as_str()), self.retrain, None)
    }
}

/// What was found, unless there are more problems; with an error, these too.
fn all_problems<T>(found: Result<T, PlanError>, more: Vec<String>) -> Result<T, PlanError> {
    match found {
        Ok(found) if more.is_empty() => Ok(found),
        Ok(_) => Err(PlanError(more)),
        Err(PlanError(problems)) => Err(PlanError([problems, more].concat())),
    }
}
