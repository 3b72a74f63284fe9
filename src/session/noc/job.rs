//! A measurement that is ready to be taken.

use crate::noc::{self, Load, Point, Setup, Watch, trace};
use crate::report::{NocCurve, NocReport, Reason};
use crate::session::error::Error;
use std::time::Instant;

/// The load that is asked for.
#[derive(Clone, Debug)]
pub(super) enum AskedLoad {
    Rates(Vec<f64>),
    Trace(trace::TracePackets),
}

/// A measurement that is ready to be taken.
#[derive(Clone, Debug)]
pub struct NocJob {
    pub(super) setup: Setup,
    pub(super) chip: Option<String>,
    pub(super) read: Option<(String, u64)>,
    /// Pattern or trace, as it was asked for.
    pub(super) traffic: String,
    pub(super) asked: AskedLoad,
    pub(super) max_events: Option<u64>,
}

/// Ends a measurement when it has had its events.
struct Limited<'w> {
    watch: &'w dyn Watch,
    most: u64,
}

impl Watch for Limited<'_> {
    fn done(&self, count: u64) {
        self.watch.done(count);
    }

    fn cancelled(&self) -> bool {
        self.watch.cancelled()
    }

    fn most_events(&self) -> u64 {
        self.most.min(self.watch.most_events())
    }
}

impl NocJob {
    /// The network, and how it is measured.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Name and digest of the chip's file, if it is a chip's network.
    pub fn chip_read(&self) -> Option<(&str, u64)> {
        self.read.as_ref().map(|(name, digest)| (name.as_str(), *digest))
    }

    /// Points that are asked for.
    pub fn points(&self) -> usize {
        match &self.asked {
            AskedLoad::Rates(rates) => rates.len(),
            AskedLoad::Trace(_) => 1,
        }
    }

    /// Cycles that will be simulated, as far as that is known; in ticks.
    pub fn cycles(&self) -> u64 {
        match &self.asked {
            AskedLoad::Rates(rates) => rates.len() as u64 * self.setup.ticks(self.setup.warmup + self.setup.measured),
            AskedLoad::Trace(packets) => {
                let last = packets.iter().flat_map(|source| source.last()).map(|(born, ..)| *born).max();
                last.map_or(0, |born| self.setup.ticks(born) + 1)
            }
        }
    }

    /// Takes the measurements, as many as there is time for.
    ///
    /// # Errors
    /// Where the load does not fit, and where it was ended before the first result.
    pub fn measure(&self, watch: &dyn Watch) -> Result<Vec<Point>, Error> {
        let _span = tracing::info_span!("measure").entered();
        let watch = &Limited { watch, most: self.max_events.unwrap_or(u64::MAX) };
        let load = match &self.asked {
            AskedLoad::Rates(rates) if rates.len() > 1 => {
                let points = noc::sweep(&self.setup, &self.traffic, rates, watch)?;
                let of = rates.len() as u64;
                let none = points.is_empty().then_some(Error::NocInterrupted { done: 0, of, what: "rates" });
                return none.map_or(Ok(points), Err);
            }
            AskedLoad::Rates(rates) => Load::Pattern { name: self.traffic.clone(), rate: rates[0] },
            AskedLoad::Trace(packets) => Load::Replay(packets.clone()),
        };
        let point = Point::measure(&self.setup, &load, watch)?;
        let (outcome, of) = (&point.outcome, self.setup.warmup);
        if outcome.interrupted && outcome.measured == 0 {
            let what = "cycles before the measurement";
            return Err(Error::NocInterrupted { done: outcome.cycles, of, what });
        }
        Ok(vec![point])
    }

    /// The report of measurements.
    pub fn report(
        self,
        points: Vec<Point>,
        with: Vec<NocCurve>,
        (reason, wall_seconds): (Option<Reason>, f64),
    ) -> NocReport {
        let asked = self.points();
        let longest = match &self.asked {
            AskedLoad::Rates(_) => self.setup.packet_flits,
            AskedLoad::Trace(packets) => packets.iter().flatten().map(|(.., flits)| *flits).max().unwrap_or(0),
        };
        let Self { setup, chip, traffic, .. } = self;
        let threads = setup.threads;
        let sweep = asked > 1;
        NocReport { setup, chip, traffic, longest, points, with, asked, sweep, reason, threads, wall_seconds }
    }

    /// Takes the measurements and reports them.
    ///
    /// # Errors
    /// As [`NocJob::measure`].
    pub fn run(self, watch: &dyn Watch) -> Result<NocReport, Error> {
        let started = Instant::now();
        let points = self.measure(watch)?;
        Ok(self.report(points, Vec::new(), (None, started.elapsed().as_secs_f64())))
    }
}
