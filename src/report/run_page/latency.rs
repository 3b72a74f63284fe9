//! How long inferences take, as a histogram.

use crate::report::Summary;
use crate::report::page::plot::{MEAN, PlotAxis, Svg, draw};
use crate::report::table::time;
use plotters::prelude::*;

const BARS: u64 = 24;

/// Bars: where the first begins, how wide they are, and how many inferences each has (ticks).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Histogram {
    pub(super) first: u64,
    pub(super) width: u64,
    pub(super) counts: Vec<u64>,
}

impl Histogram {
    pub(super) fn of(values: &[u64]) -> Option<Self> {
        let (least, most) = (*values.iter().min()?, *values.iter().max()?);
        let width = ((most - least) / BARS + 1).max(1);
        let mut counts = vec![0; ((most - least) / width + 1) as usize];
        values.iter().for_each(|value| counts[((value - least) / width) as usize] += 1);
        Some(Self { first: least, width, counts })
    }
}

pub(super) fn picture(summary: &Summary) -> Svg {
    let ticks: Vec<u64> = summary.tally.inferences.iter().map(|(_, ticks)| *ticks).collect();
    let histogram = Histogram::of(&ticks).ok_or("no inference")?;
    let ns = |ticks: u64| summary.tally.tick.0 as f64 * ticks as f64 / 1e6;
    let (low, bars) = (ns(histogram.first), histogram.counts.len() as u64);
    let high = ns(histogram.first + bars * histogram.width);
    let most = histogram.counts.iter().copied().max().unwrap_or(1) as f64 * 1.08;
    let (ns_text, count_text) = (|ns: &f64| time(*ns), |count: &f64| format!("{count:.0}"));
    let x = PlotAxis { title: "latency of an inference", ends: low..high, labels: 4, write: Some(&ns_text) };
    let y =
        PlotAxis { title: "inferences", ends: 0.0..most, labels: (most as usize + 1).min(6), write: Some(&count_text) };
    draw(&x, &y, (24, 62), |chart| {
        let bar = |(index, count): (usize, &u64)| {
            let at = |index: u64| ns(histogram.first + index * histogram.width);
            Rectangle::new([(at(index as u64), 0.0), (at(index as u64 + 1), *count as f64)], MEAN.filled())
        };
        chart.draw_series(histogram.counts.iter().enumerate().map(bar))?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_its_bar() {
        assert_eq!(Histogram::of(&[]), None);
        let one = Histogram::of(&[7, 7, 7]).unwrap();
        assert_eq!(one, Histogram { first: 7, width: 1, counts: vec![3] });
        let values: Vec<u64> = (0..1000).map(|n| 50 + n * n % 997).collect();
        let histogram = Histogram::of(&values).unwrap();
        assert!(histogram.counts.len() as u64 <= BARS);
        for (index, count) in histogram.counts.iter().enumerate() {
            let from = histogram.first + index as u64 * histogram.width;
            let inside = values.iter().filter(|value| (from..from + histogram.width).contains(value)).count();
            assert_eq!(inside as u64, *count);
        }
    }
}
