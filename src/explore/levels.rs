//! Requested axes: lists of values, and ranges whose levels are computed.
//!
//! A range is a list that a program writes: `8..128:log` stands for `8,11,16,23,32,45,64,91,128`. Its levels are whole
//! numbers where what it varies takes no others, which is only known once the chips are.

use super::axis::{AxisError, SweepAxis};

/// Default number of levels of a range.
const USUAL_LEVELS: usize = 9;
/// Most levels of a range.
const MOST_LEVELS: usize = 1000;

/// How the levels of an axis lie to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisScale {
    /// By their values.
    Linear,
    /// By the logarithms of their values.
    Log,
    /// They have no order.
    Choice,
}

impl AxisScale {
    /// Words, in the order of [`AxisScale::ALL`].
    pub const NAMES: &[&str] = &["linear", "log", "choice"];
    /// All scales.
    pub const ALL: &[Self] = &[Self::Linear, Self::Log, Self::Choice];

    /// Its word.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    fn read(word: &str) -> Option<Self> {
        Self::NAMES.iter().position(|name| *name == word).map(|at| Self::ALL[at])
    }
}

/// A requested axis.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisSpec {
    /// Path in the chips' files, or name of an option.
    pub name: String,
    levels: AskedLevels,
    /// How its levels lie, where that is said.
    scale: Option<AxisScale>,
}

#[derive(Clone, Debug, PartialEq)]
enum AskedLevels {
    /// As they were written.
    List(Vec<String>),
    Range(LevelRange),
}

/// Levels from one number to another, both among them.
#[derive(Clone, Copy, Debug, PartialEq)]
struct LevelRange {
    first: f64,
    last: f64,
    is_log: bool,
    levels: usize,
}

impl From<SweepAxis> for AxisSpec {
    fn from(SweepAxis { name, values }: SweepAxis) -> Self {
        Self { name, levels: AskedLevels::List(values), scale: None }
    }
}

impl AxisSpec {
    /// Reads `NAME=VALUE,VALUE,…`, `NAME=A..B:N`, `NAME=A..B:log` or `NAME=A..B:linear`, the last two perhaps with the
    /// number of levels, as in `0.5..2:linear:9`. A list may end with how its values lie, as in `1,2,4,8:log`.
    ///
    /// # Errors
    /// A message that names the problem in the text.
    pub fn parse(text: &str) -> Result<Self, AxisError> {
        let (name, levels) = text.split_once('=').ok_or(AxisError::Form)?;
        let name = name.trim();
        if name.is_empty() || levels.trim().is_empty() {
            return Err(AxisError::Form);
        }
        Self::of_levels(name, levels)
    }

    /// Reads the levels of an axis with a name.
    ///
    /// # Errors
    /// A message that names the problem in the text.
    pub fn of_levels(name: &str, text: &str) -> Result<Self, AxisError> {
        if text.contains("..") {
            let range = LevelRange::parse(text.trim());
            let range = range.map_err(|problem| AxisError::Range { name: name.to_owned(), problem })?;
            let scale = if range.is_log { AxisScale::Log } else { AxisScale::Linear };
            return Ok(Self { name: name.to_owned(), levels: AskedLevels::Range(range), scale: Some(scale) });
        }
        let said = text.rsplit_once(':').and_then(|(list, word)| Some((list, AxisScale::read(word.trim())?)));
        let (list, scale) = said.map_or((text, None), |(list, scale)| (list, Some(scale)));
        let SweepAxis { name, values } = SweepAxis::parse(&format!("{name}={list}"))?;
        let spec = Self { name, levels: AskedLevels::List(values), scale };
        match spec.unplaced() {
            Some((value, problem)) => {
                let problem =
                    format!("found \"{value}\" of {}, {problem}", spec.scale.unwrap_or(AxisScale::Choice).name());
                Err(AxisError::Range { name: spec.name, problem })
            }
            None => Ok(spec),
        }
    }

    /// A value that has no place on the scale that was said.
    fn unplaced(&self) -> Option<(&str, &'static str)> {
        let AskedLevels::List(values) = &self.levels else { return None };
        let problem = |value: &String| match (self.scale, number(value)) {
            (None | Some(AxisScale::Choice), _) | (Some(AxisScale::Linear), Some(_)) => None,
            (Some(AxisScale::Log), Some(number)) if number > 0.0 => None,
            (Some(AxisScale::Log), Some(_)) => Some("expected numbers above 0"),
            (Some(_), None) => Some("expected numbers"),
        };
        values.iter().find_map(|value| problem(value).map(|problem| (value.as_str(), problem)))
    }

    /// Whether its levels depend on what it varies.
    pub fn is_range(&self) -> bool {
        matches!(self.levels, AskedLevels::Range(_))
    }

    /// Its values. `takes` says whether what it varies takes a value: a range has whole numbers where no others are taken,
    /// each of them once.
    pub fn values(&self, takes: &dyn Fn(&str) -> bool) -> Vec<String> {
        match &self.levels {
            AskedLevels::List(values) => values.clone(),
            AskedLevels::Range(range) => range.values(takes),
        }
    }

    /// The axis with its values.
    pub fn axis(&self, takes: &dyn Fn(&str) -> bool) -> SweepAxis {
        SweepAxis { name: self.name.clone(), values: self.values(takes) }
    }

    /// How values of it lie to each other: as was said; numbers by the scale on which they are spread more evenly.
    pub fn scale(&self, values: &[String]) -> AxisScale {
        self.scale.unwrap_or_else(|| usual_scale(values))
    }
}

/// Places of values on a scale, from 0 to 1; `None` of a choice.
pub(super) fn places(values: &[String], scale: AxisScale) -> Option<Vec<f64>> {
    let numbers: Vec<f64> = values.iter().map(|value| number(value)).collect::<Option<_>>()?;
    let placed: Vec<f64> = match scale {
        AxisScale::Choice => return None,
        AxisScale::Linear => numbers,
        // libm's is the same on every machine.
        AxisScale::Log => numbers.into_iter().map(libm::log).collect(),
    };
    let low = placed.iter().copied().fold(f64::INFINITY, f64::min);
    let extent = placed.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low;
    Some(placed.into_iter().map(|place| if extent > 0.0 { (place - low) / extent } else { 0.0 }).collect())
}

fn usual_scale(values: &[String]) -> AxisScale {
    let numbers: Option<Vec<f64>> = values.iter().map(|value| number(value)).collect();
    let Some(mut numbers) = numbers else { return AxisScale::Choice };
    numbers.sort_by(f64::total_cmp);
    if numbers[0] <= 0.0 {
        return AxisScale::Linear;
    }
    // How much larger the largest step is than the smallest.
    let uneven = |step: &dyn Fn(f64, f64) -> f64| {
        let steps: Vec<f64> = numbers.windows(2).map(|pair| step(pair[0], pair[1])).collect();
        let least = steps.iter().copied().fold(f64::INFINITY, f64::min);
        steps.iter().copied().fold(0.0, f64::max) / least
    };
    let [linear, log] = [uneven(&|a, b| b - a), uneven(&|a, b| libm::log(b / a))];
    // Two numbers are as even on both.
    if log < linear - 1e-9 { AxisScale::Log } else { AxisScale::Linear }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

const FORM: &str =
    "expected FIRST..LAST:COUNT, FIRST..LAST:log or FIRST..LAST:linear, as in 8..128:log or 0.5..2:linear:9";

impl LevelRange {
    fn parse(text: &str) -> Result<Self, String> {
        let form = || format!("found \"{text}\", {FORM}");
        let (first, rest) = text.split_once("..").ok_or_else(form)?;
        let (last, how) = rest.split_once(':').ok_or_else(form)?;
        let end = |text: &str| number(text.trim()).ok_or_else(form);
        let (first, last) = (end(first)?, end(last)?);
        let (kind, count) = match how.split_once(':') {
            Some((kind, count)) => (kind, Some(count)),
            None if AxisScale::read(how.trim()).is_some() => (how, None),
            None => (AxisScale::Linear.name(), Some(how)),
        };
        let is_log = match AxisScale::read(kind.trim()) {
            Some(AxisScale::Linear) => false,
            Some(AxisScale::Log) => true,
            Some(AxisScale::Choice) | None => return Err(form()),
        };
        if first >= last {
            return Err(format!("found {first}..{last}, expected the lower number first"));
        }
        if is_log && first <= 0.0 {
            return Err(format!("found {first}..{last} of log, expected numbers above 0"));
        }
        let known = |count: &str| count.trim().parse().ok().filter(|count| (2..=MOST_LEVELS).contains(count));
        let levels = match count {
            None => USUAL_LEVELS,
            Some(count) => known(count).ok_or_else(|| {
                let words = if how == count { ", or log or linear" } else { "" };
                format!("found \"{count}\", allowed: 2 to {MOST_LEVELS} levels{words}")
            })?,
        };
        // Makes a negative zero a zero.
        Ok(Self { first: first + 0.0, last: last + 0.0, is_log, levels })
    }

    fn values(&self, takes: &dyn Fn(&str) -> bool) -> Vec<String> {
        let mut numbers: Vec<f64> = (0..self.levels).map(|at| self.level(at)).collect();
        let is_whole = |number: &f64| number.fract() == 0.0;
        if is_whole(&self.first) && is_whole(&self.last) {
            let parts = numbers.iter().filter(|number| !is_whole(number));
            // The first number that says which ones are taken; those outside of what is allowed say nothing.
            let taken = parts.map(|number| (takes(&number.to_string()), takes(&number.round().to_string())));
            if taken.into_iter().find(|taken| *taken != (false, false)) == Some((false, true)) {
                numbers.iter_mut().for_each(|number| *number = number.round());
            }
        }
        numbers.dedup();
        numbers.iter().map(f64::to_string).collect()
    }

    /// A level by its number, without the last digits, which come from the division.
    fn level(&self, at: usize) -> f64 {
        let share = at as f64 / (self.levels - 1) as f64;
        match (at, self.is_log) {
            (0, _) => self.first,
            (at, _) if at + 1 == self.levels => self.last,
            (_, false) => rounded(self.first + (self.last - self.first) * share, 12),
            // As many digits as a sensible value has.
            (_, true) => rounded(self.first * libm::pow(self.last / self.first, share), 4).clamp(self.first, self.last),
        }
    }
}

/// A number with some of its digits.
fn rounded(number: f64, digits: usize) -> f64 {
    format!("{number:.*e}", digits - 1).parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(text: &str, takes: &dyn Fn(&str) -> bool) -> Vec<String> {
        AxisSpec::parse(&format!("x={text}")).unwrap().values(takes)
    }

    fn whole(text: &str) -> bool {
        text.parse::<u32>().is_ok()
    }

    #[test]
    fn ranges_have_both_ends_and_as_many_levels_as_are_asked_for() {
        let any = |_: &str| true;
        assert_eq!(values("8..128:log", &whole), ["8", "11", "16", "23", "32", "45", "64", "91", "128"]);
        assert_eq!(values("1..4:log", &whole), ["1", "2", "3", "4"]);
        assert_eq!(values("0.5..2:linear:4", &any), ["0.5", "1", "1.5", "2"]);
        assert_eq!(values("0.1..0.4:4", &any), ["0.1", "0.2", "0.3", "0.4"], "as noc --rate");
        assert_eq!(values("0..1:3", &any), ["0", "0.5", "1"]);
        assert_eq!(values("1..8:3", &whole), ["1", "5", "8"]);
        assert_eq!(values("0.0001..0.1:log:4", &any), ["0.0001", "0.001", "0.01", "0.1"]);
        assert_eq!(values("0.0001..0.001:log:3", &any), ["0.0001", "0.0003162", "0.001"]);
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for (text, part) in [
            ("1..8", "found \"1..8\", expected FIRST..LAST:COUNT"),
            ("8..1:log", "found 8..1, expected the lower number first"),
            ("0..8:log", "found 0..8 of log, expected numbers above 0"),
            ("1..8:lgo", "found \"lgo\", allowed: 2 to 1000 levels, or log or linear"),
            ("1..8:log:1", "found \"1\", allowed: 2 to 1000 levels"),
            ("1..8:choice", "expected FIRST..LAST"),
            ("1..8:log,16", "found \"log,16\", allowed: 2 to 1000 levels, or log or linear"),
            ("0,1:log", "found \"0\" of log, expected numbers above 0"),
            ("a,b:linear", "found \"a\" of linear, expected numbers"),
        ] {
            let error = AxisSpec::parse(&format!("x={text}")).map(|spec| format!("{spec:?}"));
            let error = error.map_err(|error| error.to_string());
            assert!(error.as_ref().is_err_and(|error| error.contains(part)), "{text}: {error:?}");
        }
        assert_eq!(AxisSpec::parse("steps="), Err(AxisError::Form));
    }

    #[test]
    fn numbers_lie_where_they_are_spread_more_evenly() {
        let scale = |text: &str| {
            let spec = AxisSpec::parse(&format!("x={text}")).unwrap();
            spec.scale(&spec.values(&|_| true))
        };
        assert_eq!(scale("1,2,4,8"), AxisScale::Log);
        assert_eq!(scale("8,16,32,128"), AxisScale::Log);
        assert_eq!(scale("2,3,4,5"), AxisScale::Linear);
        assert_eq!(scale("0,1,10"), AxisScale::Linear);
        assert_eq!(scale("linear,greedy"), AxisScale::Choice);
        assert_eq!(scale("null,1,2"), AxisScale::Choice);
        assert_eq!(scale("1,2,4:linear"), AxisScale::Linear);
        assert_eq!(scale("1,2,4:choice"), AxisScale::Choice);
        let texts = ["1", "2", "4"].map(String::from);
        assert_eq!(places(&texts, AxisScale::Log), Some(vec![0.0, 0.5, 1.0]));
    }

    proptest! {
        /// Levels rise, both ends are among them, and whole ones differ.
        #[test]
        fn levels_of_a_range_rise(first in 1u32..5000, more in 1u32..5000, count in 2usize..60, is_log: bool) {
            let (last, kind) = (first + more, if is_log { "log" } else { "linear" });
            let text = format!("{first}..{last}:{kind}:{count}");
            for takes in [&whole as &dyn Fn(&str) -> bool, &|_: &str| true] {
                let found: Vec<f64> = values(&text, takes).iter().map(|value| value.parse().unwrap()).collect();
                prop_assert!(found.len() <= count && found.windows(2).all(|pair| pair[0] < pair[1]));
                prop_assert_eq!((found[0], found[found.len() - 1]), (first.into(), last.into()));
            }
            prop_assert!(values(&text, &whole).iter().all(|value| whole(value)));
        }
    }
}
