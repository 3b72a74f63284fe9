//! Which configurations a comparison has: chips × axes, every value with every other, or the values in step.

use super::axis::SweepAxis;
use super::setting::SweepSetting;
use std::fmt;
use thiserror::Error;

/// Most configurations of a comparison.
#[doc(hidden)]
pub const MOST_CONFIGURATIONS: usize = 1 << 16;

/// Most configurations of the space of a search, which evaluates few of them: their numbers are whole in JSON.
#[doc(hidden)]
pub const MOST_TO_SEARCH: usize = usize::MAX >> 11;

/// A part of a comparison, for one of several machines: configurations `number - 1`, `number - 1 + of`, …
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanShard {
    /// Which part, from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
}

impl PlanShard {
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
    /// Axes of variation.
    pub axes: Vec<SweepAxis>,
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

/// All problems of a plan.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub struct PlanError(pub Vec<String>);

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl Plan {
    /// A plan of chips and axes, if it is one, of which all configurations are simulated.
    pub fn new(chips: Vec<String>, axes: Vec<SweepAxis>, zip: bool) -> Result<Self, PlanError> {
        Self::within(MOST_CONFIGURATIONS, chips, axes, zip)
    }

    /// A plan of at most `most` configurations.
    pub(super) fn within(most: usize, chips: Vec<String>, axes: Vec<SweepAxis>, zip: bool) -> Result<Self, PlanError> {
        let mut problems = Vec::new();
        for (at, axis) in axes.iter().enumerate() {
            if axes[..at].iter().any(|other| other.name == axis.name) {
                problems.push(format!("`set` {}: found twice", axis.name));
            }
        }
        if let Some((at, _)) = chips.iter().enumerate().find(|(at, name)| chips[..*at].contains(name)) {
            problems.push(format!("`chips`: found \"{}\" twice", chips[at]));
        }
        let lengths: Vec<usize> = axes.iter().map(|axis| axis.values.len()).collect();
        if zip && lengths.windows(2).any(|pair| pair[0] != pair[1]) {
            let found: Vec<String> =
                axes.iter().map(|axis| format!("{} of {}", axis.values.len(), axis.name)).collect();
            problems.push(format!("`zip`: found {} values; all must have as many", found.join(", ")));
        }
        let plan = Self { chips, axes, zip };
        match plan.checked_len() {
            Some(len) if len <= most => {}
            _ => problems.push(format!("more than {most} configurations; use fewer values of `set`")),
        }
        if problems.is_empty() { Ok(plan) } else { Err(PlanError(problems)) }
    }

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
        let (chip, positions) = self.positions(index);
        let values = self.axes.iter().zip(positions).map(|(axis, at)| axis.values[at].as_str()).collect();
        Configuration { chip, values }
    }

    /// The position of its chip, and of its value on each axis.
    pub(super) fn positions(&self, index: usize) -> (usize, Vec<usize>) {
        let combinations = self.combinations().unwrap_or(1);
        let (chip, mut rest) = (index / combinations, index % combinations);
        if self.zip {
            return (chip, vec![rest; self.axes.len()]);
        }
        let mut positions = vec![0; self.axes.len()];
        for (position, axis) in positions.iter_mut().zip(&self.axes).rev() {
            (*position, rest) = (rest % axis.values.len(), rest / axis.values.len());
        }
        (chip, positions)
    }

    /// The number of the configuration with a chip and with values at these positions.
    pub(super) fn index(&self, chip: usize, positions: &[usize]) -> usize {
        let number = |index, (axis, at): (&SweepAxis, &usize)| index * axis.values.len() + at;
        if self.zip {
            return chip * self.combinations().unwrap_or(1) + positions.first().copied().unwrap_or(0);
        }
        self.axes.iter().zip(positions).fold(chip, number)
    }

    /// The options that a configuration sets, on top of the usual ones, and what it changes of its chip's file.
    pub fn split<'p>(
        &'p self,
        configuration: &Configuration<'p>,
        usual: &SweepSetting,
    ) -> Result<(SweepSetting, Changes<'p>), String> {
        let (mut setting, mut changes) = (usual.clone(), Vec::new());
        for (axis, value) in self.axes.iter().zip(&configuration.values) {
            match setting.set(&axis.name, value) {
                Some(result) => result?,
                None => changes.push((axis.name.as_str(), *value)),
            }
        }
        Ok((setting, changes))
    }
}
