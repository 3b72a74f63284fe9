//! Throughput, power, and the range of the energy.

use super::energy::Price;
use super::{About, Remark, Saved, Summary, To};
use crate::json::{Cursor, Object};
use crate::report::energy::Coverage;
use crate::report::measure::{Input, Run};
use crate::report::saved::{Fields, Form, Record, Usual, fields};
use crate::report::table::{energy, number};
use crate::units::Tick;
use serde_json::json;

/// Inferences per second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Throughput {
    /// Each starts when the last has ended.
    pub one_at_a_time: f64,
    /// Each starts T steps after the last; an estimate from the T longest steps of an inference.
    pub pipelined: Option<f64>,
}

impl Record for Throughput {
    fields!(Throughput { one_at_a_time, pipelined });
}

pub(super) struct Section;

impl super::Section for Section {
    fn names(into: &mut Vec<&'static str>) {
        into.extend(["throughput_per_second", "average_power_mw", "energy_range_pj"]);
    }

    fn put(s: &Summary, into: &mut Fields) {
        let (coverage, (low, high)) = (s.pricing.coverage.total, s.pricing.range_pj);
        Usual.put("throughput_per_second", &s.throughput, into);
        into.insert("average_power_mw".into(), json!(coverage.known(s.pricing.average_power_mw)));
        into.insert("energy_range_pj".into(), json!([coverage.known(low), coverage.known(high)]));
    }

    fn take(object: &Object<'_>, s: &mut Summary) -> bool {
        let throughput = Usual.take("throughput_per_second", object).map(|found| s.throughput = found);
        let power = Price.take("average_power_mw", object).map(|found| s.pricing.average_power_mw = found);
        let range = object.need("energy_range_pj").and_then(|cursor| {
            let pair = cursor.list(2..=2)?;
            if pair.iter().all(Cursor::is_null) {
                return Some((0.0, 0.0));
            }
            let (low, high) = (Usual.load(&pair[0]), Usual.load(&pair[1]));
            Some((low?, high?))
        });
        let range = range.map(|found| s.pricing.range_pj = found);
        throughput.and(power).and(range).is_some()
    }

    fn measure(run: &Run<'_>, s: &mut Summary) {
        s.throughput.one_at_a_time = 1e9 / s.tally.latency_ns();
        // Without a barrier an inference begins when the one before is at rest.
        if let (Input::Batch(input), false) = (run.input, run.context.chip.stepping.is_free()) {
            let interval: Tick = input.result.inferences.iter().map(|i| i.interval).sum();
            s.throughput.pipelined = Some(1e9 * s.tally.samples() / run.context.chip.ns(interval));
        }
    }

    fn check(s: &Summary, saved: &Saved<'_>) {
        let power = s.pricing.energy_pj.mean / s.tally.latency_ns();
        saved.same("average_power_mw", s.pricing.average_power_mw, power);
        let range = saved.root.get("energy_range_pj").and_then(|c| c.list(2..=2)).unwrap_or_default();
        let figures = range.into_iter().chain(saved.root.get("average_power_mw"));
        figures.for_each(|cursor| saved.has_price(&cursor, s.pricing.coverage.total));
    }

    fn remarks(s: &Summary, to: To) -> Vec<Remark> {
        if to == To::Page {
            return Vec::new();
        }
        let add = |label, text| Remark::new(About::Rates, label, text);
        let pipelined = s.throughput.pipelined.map(|rate| format!(", {} pipelined (estimate)", number(rate)));
        let one = number(s.throughput.one_at_a_time);
        let rate = format!("{one} inferences/s one at a time{}", pipelined.unwrap_or_default());
        let mut remarks = vec![add("throughput", rate)];
        let coverage = s.pricing.coverage.total;
        let power = coverage.mark(format!("{} mW", number(s.pricing.average_power_mw)));
        let when = if coverage == Coverage::Unpriced { ": unpriced" } else { " while it runs" };
        remarks.push(add("power", format!("{power}{when}")));
        let (low, high) = s.pricing.range_pj;
        if low != high {
            let of = if coverage == Coverage::Partial { " of what is priced" } else { "" };
            let range = format!("{} to {}{of}, from the published ranges of constants", energy(low), energy(high));
            remarks.push(add("energy range", range));
        }
        remarks
    }
}
