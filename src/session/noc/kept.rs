//! Reports of networks on chip that are kept: what was measured, as text, to which the request adds the rest.

use super::job::{AskedLoad, NocJob};
use crate::noc::{Measurement, Point};
use crate::report::{NocReport, Reason};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Schema of the text.
const MEASURED_SCHEMA: &str = "spikemesh.noc-measured/1";

/// What was measured.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptMeasurements {
    schema: String,
    points: Vec<Point>,
    reason: Option<String>,
    wall_seconds: f64,
}

/// Why a text holds no measurements of a job.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("measurements of a network on chip: {0}")]
pub struct MeasuredError(String);

impl NocJob {
    /// The measurements of a report as text, from which [`NocJob::report_of`] makes the report again.
    pub fn measured(report: &NocReport) -> String {
        let NocReport { points, reason, wall_seconds, .. } = report;
        let (schema, reason) = (MEASURED_SCHEMA.to_owned(), reason.map(|reason| reason.name().to_owned()));
        let measured = KeptMeasurements { schema, points: points.clone(), reason, wall_seconds: *wall_seconds };
        // Numbers, texts and lists are never refused.
        serde_json::to_string(&measured).unwrap_or_default()
    }

    /// The report of measurements that were kept as text.
    ///
    /// # Errors
    /// A text that has no measurements, or those of another request.
    pub fn report_of(self, measured: &str) -> Result<NocReport, MeasuredError> {
        let measured: KeptMeasurements =
            serde_json::from_str(measured).map_err(|error| MeasuredError(error.to_string()))?;
        let reason = |name: &String| {
            let at = Reason::NAMES.iter().position(|known| *known == name.as_str());
            at.map(|at| Reason::ALL[at]).ok_or_else(|| MeasuredError(format!("unknown reason \"{name}\"")))
        };
        let reason = measured.reason.as_ref().map(reason).transpose()?;
        if measured.schema != MEASURED_SCHEMA {
            return Err(MeasuredError(format!("expected the schema \"{MEASURED_SCHEMA}\"")));
        }
        let mut rates = match &self.asked {
            AskedLoad::Rates(rates) => rates.iter().copied().map(Some).collect::<Vec<_>>(),
            AskedLoad::Trace(_) => vec![None],
        }
        .into_iter();
        let links = self.setup.noc.topology.routers.len() * (usize::from(self.setup.noc.topology.ports) + 1);
        let mut is_ours = |point: &Point| {
            let is_time = point.wall_seconds >= 0.0 && point.wall_seconds.is_finite();
            is_time && rates.any(|rate| rate == point.rate) && is_sound(&point.outcome, links)
        };
        if measured.wall_seconds < 0.0 || measured.points.is_empty() || !measured.points.iter().all(&mut is_ours) {
            return Err(MeasuredError("of another request".into()));
        }
        Ok(self.report(measured.points, Vec::new(), (reason, measured.wall_seconds)))
    }
}

fn is_sound(outcome: &Measurement, links: usize) -> bool {
    let Measurement { ticks_per_cycle, zero_load, mean_hops, offered, accepted, .. } = outcome;
    let figures = [Some(*offered), Some(*accepted), *zero_load, *mean_hops];
    *ticks_per_cycle > 0.0
        && ticks_per_cycle.is_finite()
        && figures.into_iter().flatten().all(|figure| figure >= 0.0 && figure.is_finite())
        && outcome.link_flits.len() == links
        && outcome.link_flits.iter().try_fold(0u64, |sum, flits| sum.checked_add(*flits)).is_some()
        && outcome.latency.is_sound()
}
