//! Search of a space of configurations for the best of them, with few evaluations.
//!
//! A search chooses configurations in batches, [`tune`] simulates them as a comparison does, and the search gets their
//! figures. Rows go to the journal of the comparison of the same space, so that neither of the two simulates what
//! the other has found. Which configurations are chosen depends on the seed, on the size of a batch and on figures, never
//! on threads: an interrupted search continues to the same result.
//!
//! With several fidelities, all rows are run on few samples first, and the search gets only those figures. Rows that
//! may be on the front are then run on more samples. Only rows on all samples are on the front that is shown.

mod found;
mod present;
mod rungs;

pub use found::{ModelOfFigure, Tuned};
pub use present::{TUNE_SCHEMA, tune_csv, tune_html, tune_json, tune_text};

use super::candidate::Candidate;
use super::classes::Ranking;
use super::comparison::ComparisonTable;
use super::demand::{Nets, NetworkDemand};
use super::figures::{FIGURES, Goal};
use super::journal::{Journal, JournalError, Title};
use super::objectives::{JudgedRow, Objectives};
use super::one::SweepOptions;
use super::plan::{MOST_TO_SEARCH, Plan, PlanError};
use super::row::ComparisonRow;
use super::setting::SweepSetting;
use super::space::SearchSpace;
use super::sweep::simulate;
use crate::map::Limits;
use crate::run::Watch;
use crate::search::{LevelAxis, Observation, PointSearch, PointSearchOptions, SearchError, SearchGoal};
use rungs::{FigureChange, RungRows};
use std::collections::BTreeMap;
use thiserror::Error;

/// Configurations that are spread over the space before a model chooses: they are one batch.
const START: usize = 5;

/// A search, checked.
#[derive(Clone, Copy, Debug)]
pub struct TuneJob<'a> {
    /// The chips.
    pub candidates: &'a [Candidate],
    /// Options of a run that no axis sets.
    pub usual: &'a SweepSetting,
    /// The space of configurations.
    pub space: &'a SearchSpace,
    /// Objectives and limits.
    pub objectives: &'a Objectives,
    /// Which energies may be compared.
    pub ranking: Ranking,
    /// Configurations to evaluate; those that do not fit count.
    pub evaluations: usize,
    /// Configurations that are chosen at once, before the figures of any of them are known.
    pub batch: usize,
    /// Seed of the choice.
    pub seed: u64,
    /// Numbers of samples, in ascending order, on which configurations are run before all samples are: none where each is
    /// run on all.
    pub fidelity: &'a [u32],
}

/// Why a search ends without a result. Its rows are in the journal.
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "messages name the fields")]
pub enum TuneError {
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The space or the objectives are empty.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// Figures of rows cannot be compared.
    #[error("{0}")]
    Ranking(String),
    /// A network cannot be made.
    #[error("{0}")]
    Network(String),
}

/// Makes the networks that configurations need, or gives the reason why it cannot.
pub type MakeNets<'m, 'n> = dyn FnMut(&mut Nets<'n>, Vec<NetworkDemand>) -> Result<(), String> + 'm;

impl SearchSpace {
    /// The comparison of all points of the space.
    ///
    /// # Errors
    /// There are too many, or a chip is there twice.
    pub fn plan(&self, candidates: &[Candidate]) -> Result<Plan, PlanError> {
        let chips: Vec<String> = candidates.iter().map(|candidate| candidate.name.clone()).collect();
        let own = self.axes.iter().skip(usize::from(chips.len() > 1));
        Plan::within(MOST_TO_SEARCH, chips, own.map(|axis| axis.axis.clone()).collect(), false)
    }
}

/// The configuration of a point.
fn index(plan: &Plan, point: &[u32]) -> usize {
    let point: Vec<usize> = point.iter().map(|level| *level as usize).collect();
    match point.split_first() {
        Some((chip, rest)) if plan.chips.len() > 1 => plan.index(*chip, rest),
        _ => plan.index(0, &point),
    }
}

/// By how much the worst limit is exceeded, 0 or less if none is; `None` of a row that cannot be ranked.
fn excess(judged: &Result<JudgedRow, String>) -> Option<f64> {
    let limits = &judged.as_ref().ok()?.limits;
    Some(limits.iter().copied().reduce(f64::max).unwrap_or(0.0))
}

/// The point of a configuration.
fn point(plan: &Plan, index: usize) -> Vec<u32> {
    let (chip, positions) = plan.positions(index);
    let chip = (plan.chips.len() > 1).then_some(chip);
    chip.into_iter().chain(positions).map(|level| level as u32).collect()
}

impl TuneJob<'_> {
    /// Numbers of samples on which configurations are run, fewer first; the last is all of them.
    fn rungs(&self) -> Vec<Option<u32>> {
        self.fidelity.iter().map(|samples| Some(*samples)).chain([None]).collect()
    }

    /// Rows with comparable energies, and their figures.
    fn judged(&self, title: &Title, rows: Vec<ComparisonRow>) -> (ComparisonTable, Vec<Result<JudgedRow, String>>) {
        let figures = Some(self.objectives.figures.clone());
        // Energies by common terms are those of the table.
        let table = ComparisonTable::ranked(title.clone(), rows, figures, self.ranking);
        let judged = table.rows.iter().map(|row| self.objectives.judge(row, self.ranking)).collect();
        (table, judged)
    }

    /// Rows that are run on more samples next.
    fn rising(
        &self,
        journal: &Journal,
        on: &[usize],
        risen: &[usize],
        (fewer, more): (Option<u32>, Option<u32>),
    ) -> Vec<usize> {
        let row = |index: &usize, samples| journal.row_on(*index, samples).cloned();
        let below = on.iter().filter_map(|index| row(index, fewer));
        // All of them in one table, so that common terms are those of all.
        let both = below.chain(risen.iter().filter_map(|index| row(index, more))).collect();
        let (_, mut below) = self.judged(journal.title(), both);
        let mut above = below.split_off(on.len()).into_iter();
        let known: BTreeMap<usize, _> = risen.iter().filter_map(|index| Some((*index, above.next()?))).collect();
        let above: Vec<_> = on.iter().map(|index| known.get(index).cloned()).collect();
        let points: Vec<Vec<u32>> = on.iter().map(|index| point(&journal.title().plan, *index)).collect();
        let predict_changes = |changes: &[(usize, f64)]| self.predict_changes(&points, changes);
        let rising = RungRows::new(self.objectives, &below, &above).rising(self.batch, &predict_changes);
        rising.into_iter().map(|place| on[place]).collect()
    }

    /// How a figure of rows changes with more samples, by a model of how it changed in some of them.
    fn predict_changes(&self, points: &[Vec<u32>], changes: &[(usize, f64)]) -> Vec<FigureChange> {
        let goal = SearchGoal { highest: false, logarithmic: false };
        let options = PointSearchOptions { seed: self.seed, start: START };
        let predictions = PointSearch::new(self.axes(), vec![goal], options).map(|mut search| {
            for (place, change) in changes {
                let told = Observation::Measured { objectives: vec![*change], limits: Vec::new() };
                // A change of figures that are numbers is a number, and the points are those of the space.
                let _ = search.tell(points[*place].clone(), told);
            }
            search.predictions(0, points)
        });
        predictions.unwrap_or_default().into_iter().map(|(mean, sd)| FigureChange { mean, sd }).collect()
    }

    fn axes(&self) -> Vec<LevelAxis> {
        let axis = |axis: &super::space::SpaceAxis| match axis.places() {
            Some(places) => LevelAxis::Ordered(places),
            None => LevelAxis::Choice(axis.axis.values.len()),
        };
        self.space.axes.iter().map(axis).collect()
    }

    /// A search that has the results of all rows, and the rows in a table.
    fn told(&self, journal: &Journal, known: &KnownRows) -> Result<Tuned, TuneError> {
        let title = journal.title().clone();
        let first = self.rungs()[0];
        let row = |index: &usize, samples| journal.row_on(*index, samples).cloned();
        let asked = known.asked.iter().filter_map(|index| row(index, first)).collect();
        let (mut table, mut judged) = self.judged(&title, asked);
        self.can_be_ranked(&table, &judged)?;
        let mut search = self.search()?;
        for (row, judged) in table.rows.iter().zip(&judged) {
            let observation = match judged {
                Ok(JudgedRow { objectives, limits }) => {
                    Observation::Measured { objectives: objectives.clone(), limits: limits.clone() }
                }
                Err(_) => Observation::Unfit,
            };
            search.tell(point(&title.plan, row.index), observation)?;
        }
        // Each row is shown as it was judged on the most samples.
        let most = |index: &usize| row(index, known.risen.get(index).copied().unwrap_or(first));
        let rows: Vec<ComparisonRow> = known.asked.iter().filter_map(most).collect();
        if !known.risen.is_empty() {
            (table, judged) = self.judged(&title, rows.clone());
        }
        let excess: BTreeMap<usize, Option<f64>> =
            table.rows.iter().zip(&judged).map(|(row, judged)| (row.index, excess(judged))).collect();
        let is_within = |row: &ComparisonRow| {
            row.samples.is_none() && excess.get(&row.index).copied().flatten().is_none_or(|by| by <= 0.0)
        };
        let figures = Some(self.objectives.figures.clone());
        let table = ComparisonTable::within(title, rows, figures, self.ranking, &is_within);
        let excess = table.rows.iter().map(|row| excess.get(&row.index).copied().flatten()).collect();
        Ok(Tuned::new(table, search, excess, (self, self.simulated(known, journal))))
    }

    /// Samples that were simulated for some rows, all rungs together.
    fn simulated(&self, known: &KnownRows, journal: &Journal) -> u64 {
        let all = journal.title().samples as u64;
        let ran = |index: &usize, samples| journal.row_on(*index, samples).is_some_and(|row| row.result.is_ok());
        let of = |index: &usize| {
            let last = known.risen.get(index).copied().unwrap_or(self.rungs()[0]);
            let rungs = self.rungs().into_iter().take_while(|samples| *samples != last).chain([last]);
            let samples = rungs.filter(|samples| ran(index, *samples));
            samples.map(|samples| samples.map_or(all, u64::from)).sum::<u64>()
        };
        known.asked.iter().map(of).sum()
    }

    fn search(&self) -> Result<PointSearch, SearchError> {
        let figure = |at: &usize| {
            let highest = FIGURES[*at].goal == Goal::Most;
            SearchGoal { highest, logarithmic: !highest }
        };
        let figures = self.objectives.figures.iter().map(figure).collect();
        PointSearch::new(self.axes(), figures, PointSearchOptions { seed: self.seed, start: START })
    }

    /// Refuses rows whose figures cannot be compared, whatever else is found.
    fn can_be_ranked(&self, table: &ComparisonTable, judged: &[Result<JudgedRow, String>]) -> Result<(), TuneError> {
        let figures = self.objectives.figures.iter().copied();
        let mut all = figures.chain(self.objectives.limits.iter().map(|limit| limit.figure));
        if all.any(|at| FIGURES[at].priced) && !table.differing().is_empty() {
            let classes: Vec<&str> = table.differing().iter().map(|class| class.name()).collect();
            return Err(TuneError::Ranking(format!(
                "energies of configurations cover different classes of cost ({}), so a search cannot rank them; \
                 --common-terms compares what all of them cover, --allow-mixed compares them all the same, or search \
                 each chip alone",
                classes.join(", ")
            )));
        }
        let ran = || table.rows.iter().zip(judged).filter(|(row, _)| row.result.is_ok());
        match ran().next() {
            Some((_, Err(why))) if ran().all(|(_, judged)| judged.is_err()) => Err(TuneError::Ranking(format!(
                "no configuration can be ranked: {why}; name other --objectives, or give --allow-mixed"
            ))),
            _ => Ok(()),
        }
    }
}

/// A step of a search.
#[derive(Clone, Copy, Debug)]
pub enum TuneStep<'a> {
    /// Rows were found.
    Found(&'a Tuned),
    /// Rows will be run on more samples, or on all.
    Rising {
        /// Number of rows.
        rows: usize,
        /// Number of samples; `None` for all.
        samples: Option<u32>,
    },
}

/// Runs a search: chooses configurations, simulates those that are not in the journal, and updates the models with their
/// figures. With several fidelities it chooses by the figures on the fewest samples, and then runs on more samples the rows that
/// may be on the front. An interrupted search gives the result so far.
///
/// # Errors
/// See [`TuneError`].
pub fn tune<'n>(
    job: &TuneJob<'_>,
    nets: &mut Nets<'n>,
    make: &mut MakeNets<'_, 'n>,
    threads: usize,
    journal: &mut Journal,
    watch: &dyn Watch,
    seen: &mut dyn FnMut(TuneStep<'_>),
) -> Result<Tuned, TuneError> {
    let mut searching = Searching { job, nets, make, threads, journal, watch, seen };
    let mut known = KnownRows::default();
    let is_whole = searching.search(&mut known)? && searching.climb(&mut known)?;
    Ok(job.told(searching.journal, &known)?.explained(is_whole))
}

/// The rows of a search: configurations in the order of their evaluation.
#[derive(Clone, Debug, Default)]
struct KnownRows {
    asked: Vec<usize>,
    /// Number of samples of rows that were run on more samples than at first.
    risen: BTreeMap<usize, Option<u32>>,
}

/// A search at work.
struct Searching<'s, 'm, 'n> {
    job: &'s TuneJob<'s>,
    nets: &'s mut Nets<'n>,
    make: &'s mut MakeNets<'m, 'n>,
    threads: usize,
    journal: &'s mut Journal,
    watch: &'s dyn Watch,
    seen: &'s mut dyn FnMut(TuneStep<'_>),
}

impl Searching<'_, '_, '_> {
    /// Chooses configurations, and runs them on the fewest samples. Gives whether it was completed.
    fn search(&mut self, known: &mut KnownRows) -> Result<bool, TuneError> {
        let (job, samples) = (self.job, self.job.rungs()[0]);
        let plan = self.journal.title().plan.clone();
        loop {
            let mut tuned = job.told(self.journal, known)?;
            (self.seen)(TuneStep::Found(&tuned));
            let batch = if known.asked.is_empty() { START.max(job.batch) } else { job.batch };
            let count = batch.min(job.evaluations.saturating_sub(known.asked.len()));
            let points = if count == 0 || self.watch.cancelled() { Vec::new() } else { tuned.ask(count) };
            if points.is_empty() {
                return Ok(count == 0 || !self.watch.cancelled());
            }
            let wanted: Vec<usize> = points.iter().map(|point| index(&plan, point)).collect();
            if !self.evaluate(&plan, &wanted, samples)? {
                return Ok(false);
            }
            known.asked.extend(wanted.iter().filter(|index| self.journal.has_on(**index, samples)));
        }
    }

    /// Runs rows on more samples, rung by rung, as long as they may be on the front. Gives whether it was completed.
    fn climb(&mut self, known: &mut KnownRows) -> Result<bool, TuneError> {
        let plan = self.journal.title().plan.clone();
        let mut on = known.asked.clone();
        for pair in self.job.rungs().windows(2) {
            let (fewer, more) = (pair[0], pair[1]);
            let mut risen: Vec<usize> = Vec::new();
            loop {
                let rising = self.job.rising(self.journal, &on, &risen, (fewer, more));
                if rising.is_empty() {
                    break;
                }
                (self.seen)(TuneStep::Rising { rows: rising.len(), samples: more });
                let is_done = self.evaluate(&plan, &rising, more)?;
                risen.extend(rising.iter().filter(|index| self.journal.has_on(**index, more)));
                known.risen.extend(risen.iter().map(|index| (*index, more)));
                if !is_done || self.watch.cancelled() {
                    return Ok(false);
                }
                (self.seen)(TuneStep::Found(&self.job.told(self.journal, known)?));
            }
            // In the order of their evaluation.
            on.retain(|index| risen.contains(index));
        }
        Ok(true)
    }

    /// Makes the networks of some configurations and simulates those that are not in the journal. Gives whether it was completed.
    fn evaluate(&mut self, plan: &Plan, wanted: &[usize], samples: Option<u32>) -> Result<bool, TuneError> {
        let job = self.job;
        let open = wanted.iter().filter(|index| !self.journal.has_on(**index, samples));
        let chips = open.filter_map(|index| plan.chip(job.candidates, job.usual, *index).ok());
        let demands = self.nets.lacking(chips);
        match (self.make)(self.nets, demands) {
            Err(_) if self.watch.cancelled() => return Ok(false),
            made => made.map_err(TuneError::Network)?,
        }
        let work = SweepOptions { nets: self.nets, limits: Limits::Enforce };
        let configurations = (job.candidates, job.usual);
        simulate((plan, wanted, samples), configurations, work, self.threads, self.journal, self.watch, &mut |_| {})?;
        Ok(true)
    }
}
