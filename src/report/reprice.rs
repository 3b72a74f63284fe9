//! A saved run with other constants: priced by the code that prices a run.

use super::at_rest::{RestBasis, at_rest};
use super::price::{Pricing, price};
use super::summary::Summary;
use super::times::Times;
use crate::hw::{Calibration, Chip};
use thiserror::Error;

/// Error of [`reprice`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "messages name the fields")]
pub enum RepriceError {
    /// The chip would count something else.
    #[error(
        "the chip {chip} is not the one that the run used: its file differs in more than texts and constants, so \
         the run's counts are not those of this chip; give the file that the run used, or run again"
    )]
    OtherChip { chip: String },
}

/// A saved run with the energies of a calibration, which may be another than the one it was made with. Latencies
/// and counts stay those of the run; where the calibration has other times, the report says so.
pub fn reprice(saved: Summary, chip: &Chip, calibration: &Calibration) -> Result<Summary, RepriceError> {
    if saved.structure != chip.structure || saved.tally.tick != chip.tick {
        return Err(RepriceError::OtherChip { chip: chip.name.clone() });
    }
    let mut pricing = price(&saved.tally, &saved.times, (calibration, &chip.calibrations));
    pricing.notes = notes(&saved, &pricing, calibration);
    pricing.notes.extend(chip.scaling_notes(&calibration.name));
    let basis = RestBasis { tally: &saved.tally, mapping: &saved.mapping, pricing: &pricing };
    let at_rest = at_rest(chip, calibration, basis);
    // What options give was priced with the constants of the run.
    let same = saved.pricing.energy_pj == pricing.energy_pj;
    let advice = saved.advice.filter(|_| same);
    Ok(Summary { pricing, at_rest, advice, ..saved })
}

fn notes(saved: &Summary, pricing: &Pricing, calibration: &Calibration) -> Vec<String> {
    let (timed, priced) = (&saved.times.calibration, &calibration.name);
    let mut notes: Vec<String> = calibration.elsewhere(saved.clock.mhz).into_iter().collect();
    let now = Times::of(calibration, &saved.tally.counted(), saved.mapping.tiles_used);
    let other = saved.times.differing(&now);
    if !other.is_empty() {
        notes.push(format!(
            "not simulated again: latency, cycles, throughput, power and static energy rest on the times of {timed} \
             as the run had them; {priced} now has other times for {}",
            other.join(", ")
        ));
    }
    let was = &saved.pricing;
    let same_sums = (was.energy_pj, &was.breakdown_pj, was.range_pj)
        == (pricing.energy_pj, &pricing.breakdown_pj, pricing.range_pj);
    if was.calibration.0 == *priced && !same_sums {
        notes.push(format!("the constants of {priced} have changed since the report was saved"));
    }
    notes
}
