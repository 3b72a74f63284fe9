//! Which configurations a comparison has: chips × axes, every value with every other, or the values in step.

use super::axis::Axis;
use super::candidate::Candidate;
use super::setting::{OPTIONS, Setting};
use crate::hw::Chip;
use crate::json::nearest;
use std::fmt;
use thiserror::Error;

/// Most configurations of a comparison.
pub const MOST_CONFIGURATIONS: usize = 1 << 16;

/// A part of a comparison, for one of several machines: configurations `number - 1`, `number - 1 + of`, …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Reads `i/n`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("found \"{text}\", expected I/N with I of 1 to N, as in 1/3");
        let (number, of) = text.split_once('/').ok_or_else(wrong)?;
        let (number, of) = number.parse().ok().zip(of.parse().ok()).ok_or_else(wrong)?;
        if number == 0 || number > of || of > MOST_CONFIGURATIONS { Err(wrong()) } else { Ok(Self { number, of }) }
    }

    /// Whether a configuration is in this part.
    pub fn has(self, index: usize) -> bool {
        index % self.of == self.number - 1
    }
}

/// The configurations of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Names of the chips.
    pub chips: Vec<String>,
    /// What is varied.
    pub axes: Vec<Axis>,
    /// Whether values go in step, the first of each axis together, and so on.
    pub zip: bool,
}

/// One of them: a chip's position and the values of the axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration<'p> {
    /// Position of the chip.
    pub chip: usize,
    /// A value of each axis.
    pub values: Vec<&'p str>,
}

/// Numbers of a chip's file, by path, and what they become.
pub(super) type Changes<'p> = Vec<(&'p str, &'p str)>;

/// What is wrong with a plan, all of it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub struct PlanError(pub Vec<String>);

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl Plan {
    /// A plan of chips and axes, if it is one.
    pub fn new(chips: Vec<String>, axes: Vec<Axis>, zip: bool) -> Result<Self, PlanError> {
        let mut problems = Vec::new();
        for (at, axis) in axes.iter().enumerate() {
            if axes[..at].iter().any(|other| other.name == axis.name) {
                problems.push(format!("--set {}: found twice", axis.name));
            }
        }
        if let Some((at, _)) = chips.iter().enumerate().find(|(at, name)| chips[..*at].contains(name)) {
            problems.push(format!("--chips: found \"{}\" twice", chips[at]));
        }
        let lengths: Vec<usize> = axes.iter().map(|axis| axis.values.len()).collect();
        if zip && lengths.windows(2).any(|pair| pair[0] != pair[1]) {
            let found: Vec<String> =
                axes.iter().map(|axis| format!("{} of {}", axis.values.len(), axis.name)).collect();
            problems.push(format!("--zip: found {} values; all must have as many", found.join(", ")));
        }
        let plan = Self { chips, axes, zip };
        match plan.checked_len() {
            Some(len) if len <= MOST_CONFIGURATIONS => {}
            _ => problems.push(format!("more than {MOST_CONFIGURATIONS} configurations; use fewer values of --set")),
        }
        if problems.is_empty() { Ok(plan) } else { Err(PlanError(problems)) }
    }

    /// Combinations of values.
    fn combinations(&self) -> Option<usize> {
        let mut lengths = self.axes.iter().map(|axis| axis.values.len());
        if self.zip { Some(lengths.next().unwrap_or(1)) } else { lengths.try_fold(1usize, usize::checked_mul) }
    }

    fn checked_len(&self) -> Option<usize> {
        self.combinations()?.checked_mul(self.chips.len())
    }

    /// Number of configurations.
    pub fn len(&self) -> usize {
        self.checked_len().unwrap_or(0)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A configuration by its number: chips one after the other, the last axis fastest.
    pub fn configuration(&self, index: usize) -> Configuration<'_> {
        let combinations = self.combinations().unwrap_or(1);
        let (chip, mut rest) = (index / combinations, index % combinations);
        let mut values: Vec<&str> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let len = if self.zip { 1 } else { axis.values.len() };
                let at = if self.zip { rest } else { rest % len };
                rest /= len;
                axis.values[at].as_str()
            })
            .collect();
        values.reverse();
        Configuration { chip, values }
    }

    /// The options that a configuration sets, on top of the usual ones, and what it changes of its chip's file.
    pub fn split<'p>(
        &'p self,
        configuration: &Configuration<'p>,
        usual: &Setting,
    ) -> Result<(Setting, Changes<'p>), String> {
        let (mut setting, mut changes) = (usual.clone(), Vec::new());
        for (axis, value) in self.axes.iter().zip(&configuration.values) {
            match setting.set(&axis.name, value) {
                Some(result) => result?,
                None => changes.push((axis.name.as_str(), *value)),
            }
        }
        Ok((setting, changes))
    }

    /// Reads the chips of all configurations. Values that no configuration of a chip can have are an error; what only
    /// does not go together is told of its configuration.
    pub fn chips(&self, candidates: &[Candidate], usual: &Setting) -> Result<Vec<Result<Chip, String>>, PlanError> {
        let mut problems = self.wrong_options(usual);
        problems.extend(self.wrong_names(candidates));
        if !problems.is_empty() {
            return Err(PlanError(problems));
        }
        let chip = |index: usize| {
            let configuration = self.configuration(index);
            let (_, changes) = self.split(&configuration, usual)?;
            candidates[configuration.chip].chip(&changes)
        };
        let chips: Vec<Result<Chip, String>> = (0..self.len()).map(chip).collect();
        let problems = self.wrong_values(candidates, &chips);
        if problems.is_empty() { Ok(chips) } else { Err(PlanError(problems)) }
    }

    /// Values of options that are not allowed.
    fn wrong_options(&self, usual: &Setting) -> Vec<String> {
        let values = self.axes.iter().flat_map(|axis| axis.values.iter().map(move |value| (&axis.name, value)));
        values
            .filter_map(|(name, value)| usual.clone().set(name, value)?.err())
            .map(|why| format!("--set {why}"))
            .collect()
    }

    /// Axes that are neither an option nor a number of each chip's file.
    fn wrong_names(&self, candidates: &[Candidate]) -> Vec<String> {
        let mut problems = Vec::new();
        for axis in self.axes.iter().filter(|axis| OPTIONS.iter().all(|(known, _)| *known != axis.name)) {
            for candidate in candidates {
                // A number that is always one.
                let Err(why) = candidate.names(&axis.name) else { continue };
                let options: Vec<&str> = OPTIONS.iter().map(|(name, _)| *name).collect();
                let near = nearest(&axis.name, &options)
                    .map_or(String::new(), |near| format!(", or option \"{near}\" of the run"));
                problems.push(format!("--set {}: {why}{near}; options: {}", axis.name, options.join(", ")));
            }
        }
        problems
    }

    /// Values of numbers with which a chip cannot be read, whatever the others are.
    fn wrong_values(&self, candidates: &[Candidate], chips: &[Result<Chip, String>]) -> Vec<String> {
        let mut problems = Vec::new();
        for (at, candidate) in candidates.iter().enumerate() {
            for (place, axis) in self.axes.iter().enumerate() {
                for value in &axis.values {
                    let mut with = (0..self.len())
                        .filter(|index| {
                            let configuration = self.configuration(*index);
                            configuration.chip == at && configuration.values[place] == value
                        })
                        .map(|index| &chips[index]);
                    if with.any(Result::is_ok) {
                        continue;
                    }
                    if let Err(why) = candidate.chip(&[(axis.name.as_str(), value.as_str())]) {
                        problems.push(format!("--set {}={value}: {why}", axis.name));
                    }
                }
            }
            if !problems.is_empty() {
                continue;
            }
            let mut own =
                (0..self.len()).filter(|index| self.configuration(*index).chip == at).map(|index| &chips[index]);
            if let (true, Some(Err(why))) = (own.clone().all(Result::is_err), own.next()) {
                problems.push(why.clone());
            }
        }
        problems
    }
}
