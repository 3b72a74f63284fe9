//! The tick of a chip file, and times as whole numbers of it.
//!
//! `"tick": "100 ps"`, or `"tick": { "clock_mhz": 75 }`: then a tick is a cycle of that clock, its period rounded to the
//! nearest femtosecond, and any time in the file may be a number of cycles.

use crate::json::record::record;
use crate::json::schema::{Time, TimeNotZero, ZERO, value_type};
use crate::json::shape::{by, number};
use crate::json::{Cursor, FieldSpec, FileRecord, Object};
use crate::units::{self, Femtoseconds, TimeSpan};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::ops::RangeInclusive;

/// Longest latency of an operation (ticks); a longer one is a mistake in the file.
const MAX_TICKS: u64 = 1 << 28;

/// The tick, as the file gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TickLength {
    pub(super) length: Femtoseconds,
    /// Frequency of the clock whose cycle it is, if any (MHz).
    pub(super) mhz: Option<f64>,
}

/// How a schema describes the field `tick`.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "it describes values, and nothing is made of it")]
pub(super) enum TickOfFile {
    /// A length from 1 fs to 1 ms.
    Length(TimeOfTick),
    Cycle(ClockOfTick),
}

value_type!(
    /// A length.
    pub(super) TimeOfTick, inline: true,
    json_schema!({"type": "string", "pattern": units::time_pattern(), "not": {"pattern": ZERO}})
);

record! {
    /// A tick that is a cycle of a clock, its period rounded to the nearest femtosecond.
    pub(super) struct ClockOfTick {
        /// Frequency of the clock (MHz), 0.001 to 1,000,000.
        clock_mhz: f64 = number(1e-3..=1e6);
    }
    check |clock: Self, _: &Object<'_>, _| {
        let mhz = clock.clock_mhz;
        Some(TickLength { length: Femtoseconds((1e9 / mhz).round() as u64), mhz: Some(mhz) })
    } => TickLength;
}

/// Reads the field `tick`.
pub(super) fn read_tick(cursor: &Cursor<'_>) -> Option<TickLength> {
    if cursor.is_object() {
        return ClockOfTick::read(cursor, ());
    }
    let length = cursor.time()?;
    let allowed = Femtoseconds(1)..=Femtoseconds(1_000_000_000_000);
    if !allowed.contains(&length) {
        cursor.problem("found a tick of zero or of more than 1 ms, expected 1 fs to 1 ms");
        return None;
    }
    Some(TickLength { length, mhz: None })
}

/// A context with the tick of the file, if it could be read.
pub(super) trait OnTick {
    fn tick(&self) -> Option<TickLength>;
}

impl OnTick for Option<TickLength> {
    fn tick(&self) -> Option<TickLength> {
        *self
    }
}

/// A duration as a whole number of ticks, with a least number.
pub(super) fn ticks<'s, G: OnTick>(least: u64) -> FieldSpec<'s, G, u32> {
    let read = move |cursor: &Cursor<'_>, given: G| read_ticks(cursor, given.tick(), least);
    if least == 0 { by::<Time, _, _>(read) } else { by::<TimeNotZero, _, _>(read) }
}

/// A duration of time steps: a whole number of ticks, at least one, with a largest number.
pub(super) fn step_of<'s, G: OnTick>(most: u64) -> FieldSpec<'s, G, u64> {
    by::<TimeNotZero, _, _>(move |cursor, given: G| read_span(cursor, given.tick(), 1..=most))
}

/// A duration as a whole number of ticks within a range. Without a tick, whose problem was noted, only the duration
/// itself is checked.
pub(super) fn read_ticks(cursor: &Cursor<'_>, tick: Option<TickLength>, least: u64) -> Option<u32> {
    read_span(cursor, tick, least..=MAX_TICKS).map(|ticks| ticks as u32)
}

/// A duration as a number of ticks, at least one: the nearest, or of cycles those that it needs.
pub(super) fn ticks_of(cursor: &Cursor<'_>, tick: Option<TickLength>, ns: f64) -> Option<u32> {
    let TickLength { length, mhz } = tick?;
    let exact = ns * 1e6 / length.0 as f64;
    let ticks = if mhz.is_some() { exact.ceil() } else { exact.round() }.max(1.0);
    if ticks > MAX_TICKS as f64 {
        cursor.problem(format!("{ns} ns are more than {MAX_TICKS} ticks of {} ns", length.ns()));
        return None;
    }
    Some(ticks as u32)
}

/// The same for any range.
fn read_span(cursor: &Cursor<'_>, tick: Option<TickLength>, range: RangeInclusive<u64>) -> Option<u64> {
    let Some(TickLength { length, mhz }) = tick else {
        cursor.span()?;
        return None;
    };
    let span = if mhz.is_some() { cursor.span()? } else { read_plain(cursor)? };
    let ticks = match span {
        TimeSpan::Cycles(cycles) => cycles,
        TimeSpan::Time(time) if time.0.is_multiple_of(length.0) => time.0 / length.0,
        TimeSpan::Time(time) => {
            let hint = if mhz.is_some() { "; give it in cycles, as in \"2 cycles\"" } else { "" };
            cursor.problem(format!("{} ns is not a multiple of the tick of {} ns{hint}", time.ns(), length.ns()));
            return None;
        }
    };
    if !range.contains(&ticks) {
        let (least, most) = (range.start(), range.end());
        cursor.problem(format!("{ticks} ticks of {} ns, expected {least} to {most}", length.ns()));
        return None;
    }
    Some(ticks)
}

/// A time where the tick is not a cycle.
fn read_plain(cursor: &Cursor<'_>) -> Option<TimeSpan> {
    let cycles = |text| matches!(units::parse_span(text), Ok(TimeSpan::Cycles(_)));
    if cursor.as_text().is_some_and(cycles) {
        cursor.problem(
            "cycles of what? They are those of the tick, which is a plain time here; give a time such as \"6.5 ns\", or \
             \"tick\": {\"clock_mhz\": …}",
        );
        return None;
    }
    cursor.time().map(TimeSpan::Time)
}
