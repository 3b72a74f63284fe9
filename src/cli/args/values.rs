//! Values of options: numbers within limits, and names that a shell completes.

use crate::data;
use crate::guide::CHAPTERS;
use crate::json::Words;
use crate::map::place::Placer;
use crate::map::{Objective, Partitioner, Sharing};
use crate::noc::traffic;
use crate::session::catalog::{CHIPS, NETWORKS};
use crate::train::Rule;
use crate::validate::CASES;
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};
use std::ffi::{OsStr, OsString};
use std::ops::{Bound, RangeBounds};
use std::time::Duration;

/// Reads a whole number within limits.
pub(super) fn whole<T: TryFrom<u64> + Clone + Send + Sync + 'static>(
    allowed: impl RangeBounds<u64> + Clone + Send + Sync + 'static,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text: &str| {
        let found = text.trim().parse::<u64>().ok().filter(|number| allowed.contains(number));
        found.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            let least = match allowed.start_bound() {
                Bound::Included(least) => *least,
                Bound::Excluded(below) => below.saturating_add(1),
                Bound::Unbounded => 0,
            };
            match allowed.end_bound() {
                Bound::Included(most) => format!("allowed: whole numbers from {least} to {most}"),
                Bound::Excluded(above) => format!("allowed: whole numbers from {least} to {}", above - 1),
                Bound::Unbounded => format!("allowed: whole numbers from {least}"),
            }
        })
    }
}

/// A number of seconds, fractions too.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let found = text.trim().parse().ok().filter(|seconds: &f64| *seconds > 0.0);
    found.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).ok_or("allowed: numbers above 0".into())
}

/// Reads a real number; its limits are checked later.
pub(super) fn real(text: &str) -> Result<f64, String> {
    let found = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
    found.ok_or("expected a number, as in 0.05".into())
}

/// A text for which a shell offers names. Others are taken too, such as paths; the command says what is wrong with them.
#[derive(Clone)]
pub(super) struct Names(fn() -> Vec<String>);

impl TypedValueParser for Names {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn parse(&self, command: &Command, arg: Option<&Arg>, value: OsString) -> Result<String, Error> {
        StringValueParser::new().parse(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter().map(PossibleValue::new)))
    }
}

pub(super) fn chips() -> Names {
    Names(|| CHIPS.names())
}

pub(super) fn networks() -> Names {
    Names(|| NETWORKS.names())
}

pub(super) fn datasets() -> Names {
    Names(|| data::catalogue(&[]).into_iter().map(|entry| entry.name.to_owned()).collect())
}

pub(super) fn placers() -> Names {
    Names(words::<Placer>)
}

pub(super) fn partitioners() -> Names {
    Names(words::<Partitioner>)
}

pub(super) fn sharings() -> Names {
    Names(words::<Sharing>)
}

pub(super) fn objectives() -> Names {
    Names(words::<Objective>)
}

pub(super) fn rules() -> Names {
    Names(|| Rule::ALL.iter().map(|rule| rule.name().to_owned()).collect())
}

/// Topologies that `noc` draws by their size.
pub(super) fn topologies() -> Names {
    Names(|| ["mesh", "torus", "ring", "tree"].map(str::to_owned).to_vec())
}

pub(super) fn patterns() -> Names {
    Names(|| traffic::KNOWN.iter().map(|kind| kind.name.to_owned()).collect())
}

pub(super) fn topics() -> Names {
    Names(|| CHAPTERS.iter().map(|chapter| chapter.name.to_owned()).collect())
}

pub(super) fn cases() -> Names {
    Names(|| CASES.iter().map(|case| case.name.to_owned()).collect())
}

fn words<T: Words>() -> Vec<String> {
    T::ALL.iter().map(|one| one.word().to_owned()).collect()
}
