//! A sweep of rates, measured side by side.

use super::{Load, Measurement, Setup, SetupError, Watch, simulate};
use crate::threads;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

/// A point of the load-latency curve: the measurement at a rate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Point {
    /// Rate asked for (flits per terminal and cycle); `None` of a trace.
    pub rate: Option<f64>,
    /// Result at that rate.
    pub outcome: Measurement,
    /// Wall time of the simulation (s).
    pub wall_seconds: f64,
}

impl Point {
    /// Measures one load.
    pub(crate) fn measure(setup: &Setup, load: &Load, watch: &dyn Watch) -> Result<Self, SetupError> {
        let started = Instant::now();
        let rate = if let Load::Pattern { rate, .. } = load { Some(*rate) } else { None };
        let outcome = simulate(setup, load, watch)?;
        Ok(Self { rate, outcome, wall_seconds: started.elapsed().as_secs_f64() })
    }
}

/// Measures a pattern at all rates (flits per terminal and cycle), as many side by side as the setup has threads. Returns
/// the points in the order of the rates, without those that were not done when it was cancelled or out of events.
///
/// # Errors
///
/// As [`simulate`].
pub fn sweep(setup: &Setup, pattern: &str, rates: &[f64], watch: &dyn Watch) -> Result<Vec<Point>, SetupError> {
    let workers = setup.threads.clamp(1, rates.len().max(1));
    // Spare threads help with the parts of a network.
    let setup = &Setup { threads: (setup.threads / workers).max(1), ..setup.clone() };
    let (next, failed, spent) = (&AtomicUsize::new(0), &AtomicBool::new(false), &AtomicU64::new(0));
    let most = watch.most_events();
    let work = || {
        let mut found = Vec::new();
        while !watch.cancelled() && !failed.load(Ordering::Relaxed) && spent.load(Ordering::Relaxed) < most {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(rate) = rates.get(index) else { break };
            let point = Point::measure(setup, &Load::Pattern { name: pattern.to_owned(), rate: *rate }, watch);
            failed.fetch_or(point.is_err(), Ordering::Relaxed);
            spent.fetch_add(point.as_ref().map_or(0, |point| point.outcome.events), Ordering::Relaxed);
            found.push((index, point));
        }
        found
    };
    let mut found: Vec<(usize, Result<Point, SetupError>)> =
        threads::side_by_side(workers, work).into_iter().flatten().collect();
    found.sort_by_key(|(index, _)| *index);
    let points: Vec<Point> = found.into_iter().map(|(_, point)| point).collect::<Result<_, _>>()?;
    // Events are spent in the order of the rates, whichever was done first.
    let spent = points.iter().scan(0u64, |sum, point| {
        *sum += point.outcome.events;
        Some(*sum)
    });
    let within: Vec<bool> = spent.map(|spent| spent <= most).collect();
    let known = points.into_iter().zip(within).filter(|(point, within)| *within && !point.outcome.interrupted);
    Ok(known.map(|(point, _)| point).collect())
}
