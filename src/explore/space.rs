//! The space of a search: axes with their levels, and what a point of it is run with.

use super::axis::SweepAxis;
use super::candidate::Candidate;
use super::check::{wrong_names, wrong_options};
use super::levels::{AxisScale, AxisSpec, places};
use super::plan::PlanError;
use super::setting::SweepSetting;
use crate::hw::Chip;

/// Points of a space with which a value is tried where it does not work alone.
const TRIALS: u64 = 64;

/// An axis of a space.
#[derive(Clone, Debug, PartialEq)]
pub struct SpaceAxis {
    /// Its name and its values, one for each level.
    pub axis: SweepAxis,
    /// How they lie to each other.
    pub scale: AxisScale,
}

impl SpaceAxis {
    /// An axis, whose levels rise where they have an order; each number is one level, however it is written.
    fn new(mut axis: SweepAxis, asked: &AxisSpec) -> Self {
        let scale = asked.scale(&axis.values);
        if scale != AxisScale::Choice {
            let number = |text: &String| text.parse().unwrap_or(f64::NAN);
            axis.values.sort_by(|a, b| number(a).total_cmp(&number(b)));
            axis.values.dedup_by(|a, b| number(a) == number(b));
        }
        Self { axis, scale }
    }

    /// Places of its levels, from 0 to 1; `None` where they have no order.
    pub fn places(&self) -> Option<Vec<f64>> {
        places(&self.axis.values, self.scale)
    }
}

/// What a search chooses from: one of the chips, and a level of each axis.
///
/// A point is the position of a level on each axis. Where there are several chips, they are the first axis.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchSpace {
    /// The axes.
    pub axes: Vec<SpaceAxis>,
    /// Whether the first axis is the chip.
    has_chips: bool,
}

impl AxisSpec {
    /// The axis with its values, for these chips.
    pub fn resolved(&self, candidates: &[Candidate]) -> SweepAxis {
        let name = self.name.as_str();
        self.axis(&|text| match SweepSetting::default().set(name, text) {
            Some(set) => set.is_ok(),
            None => candidates.iter().any(|candidate| candidate.chip(&[(name, text)]).is_ok()),
        })
    }
}

impl SearchSpace {
    /// The space of chips and axes.
    ///
    /// # Errors
    /// All that is wrong with the axes: unknown names, and values that no point can have.
    pub fn new(candidates: &[Candidate], asked: &[AxisSpec], usual: &SweepSetting) -> Result<Self, PlanError> {
        let mut problems = Vec::new();
        for (at, spec) in asked.iter().enumerate() {
            if asked[..at].iter().any(|other| other.name == spec.name) {
                problems.push(format!("`set` {}: found twice", spec.name));
            }
        }
        let axes: Vec<SweepAxis> = asked.iter().map(|spec| spec.resolved(candidates)).collect();
        problems.extend(wrong_options(&axes, usual));
        problems.extend(wrong_names(&axes, candidates));
        let has_chips = candidates.len() > 1;
        let chips = SweepAxis {
            name: "chip".into(),
            values: candidates.iter().map(|candidate| candidate.name.clone()).collect(),
        };
        let chips = SpaceAxis { axis: chips, scale: AxisScale::Choice };
        let scaled = axes.into_iter().zip(asked).map(|(axis, spec)| SpaceAxis::new(axis, spec));
        let space = Self { axes: has_chips.then_some(chips).into_iter().chain(scaled).collect(), has_chips };
        if problems.is_empty() {
            problems = space.wrong_values(candidates, usual);
        }
        if problems.is_empty() { Ok(space) } else { Err(PlanError(problems)) }
    }

    /// Number of its points; the largest number where there are more.
    pub fn points(&self) -> u64 {
        let levels = self.axes.iter().map(|axis| axis.axis.values.len() as u64);
        levels.fold(1, u64::saturating_mul)
    }

    /// The position of the chip of a point, and the values of the other axes by name.
    fn parts<'s>(&'s self, point: &[u32]) -> (usize, Vec<(&'s str, &'s str)>) {
        let mut values = self.axes.iter().zip(point).map(|(SpaceAxis { axis, .. }, level)| {
            let value = axis.values.get(*level as usize).or(axis.values.last());
            (axis.name.as_str(), value.map_or("", String::as_str))
        });
        let chip = if self.has_chips { values.next().and(point.first()).map_or(0, |at| *at as usize) } else { 0 };
        (chip, values.collect())
    }

    /// What a point is run with: the setting and the chip.
    ///
    /// # Errors
    /// Why there is no such chip: the point does not fit.
    pub fn configuration(
        &self,
        candidates: &[Candidate],
        usual: &SweepSetting,
        point: &[u32],
    ) -> Result<(SweepSetting, Chip), String> {
        let (chip, values) = self.parts(point);
        let (mut setting, mut changes) = (usual.clone(), Vec::new());
        for (name, value) in values {
            match setting.set(name, value) {
                Some(set) => set?,
                None => changes.push((name, value)),
            }
        }
        let candidate = candidates.get(chip).ok_or("there is no such chip")?;
        Ok((setting, candidate.chip(&changes)?))
    }

    /// Values of the chips' files with which no point is a chip, as far as some points of the space show it.
    fn wrong_values(&self, candidates: &[Candidate], usual: &SweepSetting) -> Vec<String> {
        let mut problems = Vec::new();
        let own = self.axes.iter().enumerate().skip(usize::from(self.has_chips));
        for (at, SpaceAxis { axis, .. }) in own.filter(|(_, axis)| !SweepSetting::has(&axis.axis.name)) {
            for (level, value) in axis.values.iter().enumerate() {
                let alone = |candidate: &Candidate| candidate.chip(&[(axis.name.as_str(), value.as_str())]).map(drop);
                let found: Result<Vec<()>, String> = candidates.iter().map(alone).collect();
                let Err(why) = found else { continue };
                let works = |trial| {
                    let mut point = self.spread(trial);
                    point[at] = level as u32;
                    self.configuration(candidates, usual, &point).is_ok()
                };
                if !candidates.iter().any(|candidate| alone(candidate).is_ok()) && !(0..TRIALS).any(works) {
                    problems.push(format!("`set` {}={value}: {why}", axis.name));
                }
            }
        }
        problems
    }

    /// One of some points that lie all over the space.
    fn spread(&self, trial: u64) -> Vec<u32> {
        let mut mixed = trial;
        let level = |axis: &SpaceAxis| {
            mixed = mixed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            ((mixed >> 33) % axis.axis.values.len() as u64) as u32
        };
        self.axes.iter().map(level).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::catalog;

    fn candidates(names: &[&str]) -> Vec<Candidate> {
        let candidate = |name: &&str| Candidate {
            name: (*name).to_owned(),
            file: format!("{name}.json"),
            text: catalog::chip_text(name).unwrap(),
            origin: None,
        };
        names.iter().map(candidate).collect()
    }

    fn space(chips: &[&str], axes: &[&str]) -> Result<SearchSpace, Vec<String>> {
        let asked: Vec<AxisSpec> = axes.iter().map(|axis| AxisSpec::parse(axis).unwrap()).collect();
        SearchSpace::new(&candidates(chips), &asked, &SweepSetting::default()).map_err(|PlanError(problems)| problems)
    }

    #[test]
    fn a_point_is_a_chip_and_a_setting() {
        let axes = ["core.max_neurons=64..512:log", "steps=1,2,4,8", "placer=linear,greedy", "clock.mhz=100..101:3"];
        let space = space(&["sram_mesh", "loihi"], &axes[..3]).unwrap();
        assert_eq!(space.points(), 2 * 9 * 4 * 2);
        let scales: Vec<AxisScale> = space.axes.iter().map(|axis| axis.scale).collect();
        assert_eq!(scales, [AxisScale::Choice, AxisScale::Log, AxisScale::Log, AxisScale::Choice]);
        let places = space.axes[2].places().unwrap();
        assert!(
            (places[2] - 2.0 / 3.0).abs() < 1e-12,
            "4 is two thirds of the way from 1 to 8 by logarithms: {places:?}"
        );
        let both = candidates(&["sram_mesh", "loihi"]);
        let (setting, chip) = space.configuration(&both, &SweepSetting::default(), &[0, 8, 1, 1]).unwrap();
        assert_eq!((setting.steps, setting.placer.name()), (Some(2), "greedy"));
        assert_eq!((chip.name.as_str(), chip.core.limits.max_neurons), ("sram_mesh", 512));
        let fractions = AxisSpec::parse(axes[3]).unwrap().resolved(&both[..1]).values;
        assert_eq!(fractions, ["100", "100.5", "101"], "a clock may have a part of a MHz, a core no part of a neuron");
    }

    #[test]
    fn levels_with_an_order_rise() {
        let space = space(&["loihi"], &["steps=8,1,4,2", "core.max_neurons=128,64,128.0", "placer=hilbert,greedy"]);
        let levels: Vec<Vec<String>> = space.unwrap().axes.into_iter().map(|axis| axis.axis.values).collect();
        assert_eq!(levels, [vec!["1", "2", "4", "8"], vec!["64", "128"], vec!["hilbert", "greedy"]]);
    }

    #[test]
    fn all_that_is_wrong_with_a_space_is_found_at_once() {
        let problems = space(&["loihi"], &["core.max_nurons=8..64:log", "placer=hilbrt", "steps=0..4:linear"]);
        let problems = problems.unwrap_err();
        let starts = ["`set` placer: found \"hilbrt\"", "`set` steps: found \"0\"", "`set` core.max_nurons: "];
        assert_eq!(problems.len(), starts.len(), "{problems:#?}");
        assert!(problems.iter().zip(starts).all(|(problem, start)| problem.starts_with(start)), "{problems:#?}");
        assert!(problems[2].contains("did you mean \"core.max_neurons\"?"), "{problems:#?}");
        let problems = space(&["loihi"], &["core.max_neurons=0,64"]).unwrap_err();
        assert!(problems.len() == 1 && problems[0].starts_with("`set` core.max_neurons=0: "), "{problems:#?}");
    }
}
