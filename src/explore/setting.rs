//! Options of a run that can be swept, beside the numbers of a chip's file.

use super::retraining::Retraining;
use crate::json::unknown;
use crate::map::place::Placer;
use crate::map::{Objective, Partitioner, Sharing};
use crate::net::architecture::MAX_TIME_STEPS;
use crate::net::quantised::WEIGHT_BITS;
use crate::system::Contention;
use std::ops::RangeInclusive;

/// How a configuration is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepSetting {
    /// Time steps; `None` for the network's own.
    pub steps: Option<u32>,
    /// Bits of a weight; `None` for the network's own, or fewer where the chip has fewer.
    pub weight_bits: Option<u32>,
    /// Seed of what crossbars of cells draw, where their devices have errors.
    pub seed: u64,
    /// How time passes between cores.
    pub contention: Contention,
    /// Which neurons share a core.
    pub partitioner: Partitioner,
    /// When populations share cores.
    pub sharing: Sharing,
    /// Where cores go.
    pub placer: Placer,
    /// Objective of searches.
    pub objective: Objective,
    /// Cores over which neurons are spread; `None` for as few as they need.
    pub cores: Option<u32>,
    /// Table of constants; `None` for the chip's default.
    pub calibration: Option<String>,
    /// Changes to the network's layers and training settings, against its file.
    pub retraining: Retraining,
}

impl Default for SweepSetting {
    fn default() -> Self {
        Self {
            steps: None,
            weight_bits: None,
            seed: 1,
            contention: Contention::Modelled,
            partitioner: Partitioner::default(),
            sharing: Sharing::default(),
            placer: Placer::default(),
            objective: Objective::default(),
            cores: None,
            calibration: None,
            retraining: Retraining::default(),
        }
    }
}

type SetOption = fn(&mut SweepSetting, &str) -> Result<(), String>;

/// Options by name.
#[doc(hidden)]
pub const OPTIONS: &[(&str, SetOption)] = &[
    ("steps", |setting, text| within(text, 1..=MAX_TIME_STEPS.into()).map(|n| setting.steps = Some(n as u32))),
    ("weight_bits", |setting, text| {
        let range = u64::from(*WEIGHT_BITS.start())..=u64::from(*WEIGHT_BITS.end());
        within(text, range).map(|n| setting.weight_bits = Some(n as u32))
    }),
    ("seed", |setting, text| within(text, 0..=i64::MAX as u64).map(|n| setting.seed = n)),
    ("timing", |setting, text| {
        let at = one_of(text, &["event", "ideal"])?;
        setting.contention = [Contention::Modelled, Contention::Ignored][at];
        Ok(())
    }),
    ("partitioner", |setting, text| {
        one_of(text, Partitioner::NAMES).map(|at| setting.partitioner = Partitioner::ALL[at])
    }),
    ("share_cores", |setting, text| one_of(text, Sharing::NAMES).map(|at| setting.sharing = Sharing::ALL[at])),
    ("placer", |setting, text| one_of(text, Placer::NAMES).map(|at| setting.placer = Placer::ALL[at])),
    ("objective", |setting, text| one_of(text, Objective::NAMES).map(|at| setting.objective = Objective::ALL[at])),
    ("cores", |setting, text| within(text, 1..=u32::MAX.into()).map(|n| setting.cores = Some(n as u32))),
    ("calibration", |setting, text| {
        setting.calibration = Some(text.to_owned());
        Ok(())
    }),
];

impl SweepSetting {
    /// Sets an option, of the run or of the training; `None` if there is none of that name.
    pub fn set(&mut self, name: &str, text: &str) -> Option<Result<(), String>> {
        let done = match OPTIONS.iter().find(|(known, _)| *known == name) {
            Some((_, set)) => set(self, text),
            None => self.retraining.set(name, text)?,
        };
        Some(done.map_err(|why| format!("{name}: {why}")))
    }

    /// Whether a name is that of an option.
    pub fn has(name: &str) -> bool {
        OPTIONS.iter().any(|(known, _)| *known == name) || Retraining::has(name)
    }
}

fn within(text: &str, range: RangeInclusive<u64>) -> Result<u64, String> {
    let wrong = || format!("found \"{text}\", allowed: whole numbers of {} to {}", range.start(), range.end());
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(wrong)
}

fn one_of(text: &str, words: &[&str]) -> Result<usize, String> {
    words.iter().position(|word| *word == text).ok_or_else(|| unknown(text, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_set_by_name() {
        let mut setting = SweepSetting::default();
        for (name, text) in [("steps", "8"), ("weight_bits", "4"), ("seed", "7"), ("timing", "ideal")] {
            assert_eq!(setting.set(name, text), Some(Ok(())));
        }
        let right = SweepSetting {
            steps: Some(8),
            weight_bits: Some(4),
            seed: 7,
            contention: Contention::Ignored,
            ..SweepSetting::default()
        };
        assert_eq!(setting, right);
        assert_eq!(setting.set("core.max_neurons", "8"), None);
        let problem = |name, text| SweepSetting::default().set(name, text).unwrap().unwrap_err();
        assert_eq!(problem("steps", "0"), "steps: found \"0\", allowed: whole numbers of 1 to 4096");
        assert_eq!(problem("timing", "evnt"), "timing: found \"evnt\", allowed: event, ideal; did you mean \"event\"?");
    }
}
