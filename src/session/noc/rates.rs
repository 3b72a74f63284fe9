//! Rates of a load: numbers, or a text that names them.

use serde::{Deserialize, Serialize};

/// Most rates of a measurement.
const MOST: usize = 1000;

/// Rates as a caller gives them (flits per terminal and cycle).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NocRates {
    /// Numbers.
    All(Vec<f64>),
    /// A number, a list `A,B,…`, or evenly spaced numbers `A..B:N`, both ends included.
    Text(String),
}

impl NocRates {
    /// The rates as numbers, if all of them are allowed.
    pub(super) fn numbers(&self) -> Result<Vec<f64>, String> {
        match self {
            Self::Text(text) => rates(text),
            Self::All(all) if (1..=MOST).contains(&all.len()) => all.iter().map(|one| allowed(*one)).collect(),
            Self::All(all) => Err(format!("{} rates, allowed 1 to {MOST}", all.len())),
        }
    }
}

fn allowed(rate: f64) -> Result<f64, String> {
    // Makes a negative zero a zero.
    let rate = Some(rate).filter(|rate| (0.0..=1.0).contains(rate)).map(|rate| rate + 0.0).ok_or(rate);
    rate.map_err(|rate| format!("found {rate}, allowed 0 to 1 flit per node and cycle"))
}

/// Reads a number, a list `A,B,…`, or evenly spaced numbers `A..B:N`, both ends included.
fn rates(text: &str) -> Result<Vec<f64>, String> {
    let Some((first, rest)) = text.split_once("..") else {
        let rates: Vec<f64> = text.split(',').map(rate).collect::<Result<_, _>>()?;
        return if rates.len() <= MOST {
            Ok(rates)
        } else {
            Err(format!("{} rates, allowed 1 to {MOST}", rates.len()))
        };
    };
    let (last, count) = rest.split_once(':').ok_or_else(|| format!("found \"{text}\", expected FIRST..LAST:COUNT"))?;
    let (first, last) = (rate(first)?, rate(last)?);
    if first >= last {
        return Err(format!("found {first}..{last}, expected the lower rate first"));
    }
    let known = count.trim().parse::<usize>().ok().filter(|count| (2..=MOST).contains(count));
    let count = known.ok_or_else(|| format!("found \"{count}\" rates, allowed 2 to {MOST}"))?;
    let steps = (count - 1) as f64;
    Ok((0..count).map(|step| rounded(first + (last - first) * step as f64 / steps)).collect())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.trim().parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
    // Makes a negative zero a zero.
    rate.map(|rate: f64| rate + 0.0).ok_or_else(|| format!("found \"{text}\", allowed 0 to 1 flit per node and cycle"))
}

/// Drops the last digits, which come from the division: 0.3, not 0.30000000000000004.
fn rounded(rate: f64) -> f64 {
    (rate * 1e12).round() / 1e12
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sweeps_hold_both_ends() {
        assert_eq!(rates("0.1..0.4:4"), Ok(vec![0.1, 0.2, 0.3, 0.4]));
        assert_eq!(rates("0..1:3"), Ok(vec![0.0, 0.5, 1.0]));
        assert_eq!(rates("0.01..0.4:16").map(|all| (all.len(), all[0], all[15])), Ok((16, 0.01, 0.4)));
        assert_eq!(rates("0.3, 1e-3"), Ok(vec![0.3, 0.001]));
        assert_eq!(rates("1"), Ok(vec![1.0]));
    }

    #[test]
    fn numbers_are_checked_as_texts_are() {
        assert_eq!(NocRates::All(vec![0.3, -0.0]).numbers(), Ok(vec![0.3, 0.0]));
        for wrong in [vec![], vec![0.1; MOST + 1], vec![1.5], vec![f64::NAN], vec![-0.1]] {
            assert!(NocRates::All(wrong.clone()).numbers().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_is_no_rate_is_told() {
        for (text, part) in [
            ("1.01", "found \"1.01\", allowed 0 to 1"),
            ("-0.1", "allowed 0 to 1"),
            ("NaN", "allowed 0 to 1"),
            ("0.1,,0.2", "found \"\""),
            ("0.1..0.2", "FIRST..LAST:COUNT"),
            ("0.2..0.1:3", "lower rate first"),
            ("0.1..0.2:1", "found \"1\" rates, allowed 2 to 1000"),
            ("0.1..0.2:1001", "allowed 2 to 1000"),
            ("0.1..2:4", "found \"2\""),
        ] {
            let error = rates(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
