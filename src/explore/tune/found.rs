//! The result of a search: rows in the order of their evaluation, and how far the models can be trusted.

use super::TuneJob;
use crate::explore::comparison::ComparisonTable;
use crate::explore::figures::FIGURES;
use crate::explore::objectives::FigureLimit;
use crate::search::{AxisEffect, PointSearch};

/// Relative errors from which a model is of limited use, and of none: 1 is the error of the mean of all other rows.
const WEAK: f64 = 0.5;
const USELESS: f64 = 0.9;

/// Where the reference point of a hypervolume is, on each axis whose observed values go from 0 to 1.
const REFERENCE: f64 = 1.1;

/// Quality of the model of an objective.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelOfFigure {
    /// The figure, by position in [`FIGURES`].
    pub figure: usize,
    /// Leave-one-out error of the model, relative to that of the mean of the other rows: 0 for a perfect model, 1 and more for
    /// one without information.
    pub error: f64,
    /// Effect of each axis of the space.
    pub axes: Vec<AxisEffect>,
}

/// How far a model can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It predicts rows that it was not fitted to.
    Good,
    /// It predicts them with large errors.
    Weak,
    /// It predicts nothing.
    None,
}

impl Trust {
    /// Its word in files.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Weak => "weak",
            Self::None => "none",
        }
    }
}

impl ModelOfFigure {
    /// How far it can be trusted.
    pub fn trust(&self) -> Trust {
        match self.error {
            error if error < WEAK => Trust::Good,
            error if error < USELESS => Trust::Weak,
            _ => Trust::None,
        }
    }

    /// The name of its figure for people.
    pub(super) fn label(&self) -> &'static str {
        FIGURES[self.figure].label
    }
}

/// The result of a search, complete or not.
#[derive(Clone, Debug)]
pub struct Tuned {
    /// Its rows, in the order of their evaluation.
    pub table: ComparisonTable,
    /// Names of the axes of the space; the chip is one where there are several.
    pub axes: Vec<String>,
    /// Limits that rows must keep.
    pub limits: Vec<FigureLimit>,
    /// Of each row, by how much of its bound the limit that it exceeds most is exceeded, 0 or less within all; `None` where
    /// it is not ranked.
    pub excess: Vec<Option<f64>>,
    /// After each row, the part of the box between the best and the worst values of all rows that rows so far dominate.
    pub hypervolume: Vec<f64>,
    /// The models of the objectives; none while too little is known.
    pub models: Vec<ModelOfFigure>,
    /// Configurations that were to be evaluated: fewer where the space has no more.
    pub evaluations: usize,
    /// Configurations that were chosen at once, and the seed of the choice.
    pub batch: usize,
    /// Seed of the choice.
    pub seed: u64,
    /// Numbers of samples on which rows were judged before all samples: none where all rows are on all. Models and
    /// hypervolumes are of figures of the first of them.
    pub fidelity: Vec<u32>,
    /// Samples that were simulated for the rows, and as many as all rows would take on all samples.
    pub simulated: (u64, u64),
    /// Whether it came to its end.
    is_whole: bool,
    search: PointSearch,
}

impl Tuned {
    pub(super) fn new(
        table: ComparisonTable,
        search: PointSearch,
        excess: Vec<Option<f64>>,
        (job, simulated): (&TuneJob<'_>, u64),
    ) -> Self {
        let ran = table.rows.iter().filter(|row| row.result.is_ok()).count() as u64;
        let all = ran * table.title.samples as u64;
        let points = usize::try_from(job.space.points()).unwrap_or(usize::MAX);
        let mut tuned = Self {
            table,
            axes: job.space.axes.iter().map(|axis| axis.axis.name.clone()).collect(),
            limits: job.objectives.limits.clone(),
            excess,
            hypervolume: Vec::new(),
            models: Vec::new(),
            evaluations: job.evaluations.min(points),
            batch: job.batch,
            seed: job.seed,
            fidelity: job.fidelity.to_vec(),
            simulated: (simulated, all),
            is_whole: false,
            search,
        };
        tuned.evaluations = tuned.evaluations.max(tuned.table.rows.len());
        tuned
    }

    /// The next points to evaluate.
    pub(super) fn ask(&mut self, count: usize) -> Vec<Vec<u32>> {
        self.search.ask(count)
    }

    /// The same with the hypervolume after each row.
    pub fn with_hypervolume(mut self) -> Self {
        let whole = REFERENCE.powi(i32::try_from(self.table.axes.len()).unwrap_or(0));
        self.hypervolume = self.search.hypervolume().into_iter().map(|volume| volume / whole).collect();
        self
    }

    /// Computes the figures of the search itself, complete or not.
    pub(super) fn explained(mut self, is_whole: bool) -> Self {
        self.is_whole = is_whole;
        self = self.with_hypervolume();
        let effects = self.search.sensitivity();
        let models = self.search.leave_one_out().into_iter().zip(effects).zip(&self.table.axes);
        self.models = models
            .map(|((left_out, effects), figure)| ModelOfFigure {
                figure: *figure,
                error: left_out.relative,
                axes: effects.axes,
            })
            .collect();
        self
    }

    /// Whether it was ended before all was evaluated.
    pub fn is_partial(&self) -> bool {
        !self.is_whole || self.table.rows.len() < self.evaluations
    }

    /// Whether a row is within the limits; `None` where it is not ranked.
    pub fn within(&self, row: usize) -> Option<bool> {
        self.excess.get(row).copied().flatten().map(|by| by <= 0.0)
    }

    /// Samples on which a row was run; `None` where it was not run, or not on samples.
    pub fn samples(&self, row: usize) -> Option<u64> {
        let row = self.table.rows.get(row).filter(|row| row.result.is_ok())?;
        let all = self.table.title.samples as u64;
        Some(row.samples.map_or(all, u64::from)).filter(|samples| *samples > 0)
    }

    /// Rows that were run on all samples.
    pub fn rows_in_full(&self) -> usize {
        self.table.rows.iter().filter(|row| row.result.is_ok() && row.samples.is_none()).count()
    }

    /// The row that comes nearest to the limits, where none is within them.
    pub(super) fn nearest(&self) -> Option<usize> {
        let ranked = self.excess.iter().enumerate().filter_map(|(row, by)| Some((row, (*by)?)));
        let nearest = ranked.min_by(|(_, one), (_, other)| one.total_cmp(other));
        nearest.filter(|(_, by)| *by > 0.0).map(|(row, _)| row)
    }

    /// Sentences on the quality of the models.
    pub fn verdict(&self) -> Vec<String> {
        if self.models.is_empty() {
            return vec!["too few configurations were measured for a model".to_owned()];
        }
        let of = |trust: Trust| {
            let labels: Vec<&str> =
                self.models.iter().filter(|m| m.trust() == trust).map(ModelOfFigure::label).collect();
            (!labels.is_empty()).then(|| labels.join(", "))
        };
        if self.models.iter().all(|model| model.trust() == Trust::None) {
            return vec![
                "the models predict nothing: these configurations are no better chosen than at random; more --evaluations, \
                 or fewer axes and values, may help"
                    .to_owned(),
            ];
        }
        let good = of(Trust::Good).map(|labels| format!("the models predict {labels} of rows that they are not shown"));
        let weak =
            of(Trust::Weak).map(|labels| format!("{labels}: predicted with large errors; take what axes do as a hint"));
        let none = of(Trust::None).map(|labels| {
            format!("{labels}: not predicted, so the search chose no better than at random by it, and what axes do to it is not known")
        });
        good.into_iter().chain(weak).chain(none).collect()
    }
}
