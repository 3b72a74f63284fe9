//! Progress where there is no terminal: one line a minute. And rates as people read them.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

/// Says when a line about work under way is due.
#[derive(Debug)]
pub(super) struct Pulse {
    what: &'static str,
    every: Duration,
    started: Instant,
    last: Mutex<Instant>,
}

impl Pulse {
    pub(super) fn new(what: &'static str) -> Self {
        let now = Instant::now();
        Self { what, every: MINUTE, started: now, last: Mutex::new(now) }
    }

    /// Another line about the work has just been printed.
    pub(super) fn told(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// The line about the work, if it is due: how much is done, how fast, and how long the rest takes.
    pub(super) fn line(&self, (done, total): (u64, u64), (now_done, unit): (u64, &str)) -> Option<String> {
        // Whoever holds the lock prints the line.
        let mut last = self.last.try_lock().ok()?;
        let now = Instant::now();
        if now.duration_since(*last) < self.every {
            return None;
        }
        *last = now;
        let seconds = now.duration_since(self.started).as_secs_f64().max(1e-9);
        let rate = now_done as f64 / seconds;
        let percent = done.saturating_mul(100).checked_div(total).unwrap_or(0);
        let left = match rate > 0.0 {
            true => format!(", {} left", span(total.saturating_sub(done) as f64 / rate)),
            false => String::new(),
        };
        let what = self.what;
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        Some(format!("{what}: {done} of {total}{unit} ({percent} %), {}{unit}/s{left}", pace(rate)))
    }
}

/// A rate with at most four significant digits.
pub(super) fn pace(rate: f64) -> String {
    match rate {
        rate if rate < 9.95 => format!("{rate:.1}"),
        rate if rate < 9_999.5 => indicatif::HumanCount(rate.round() as u64).to_string(),
        rate if rate < 999_500.0 => format!("{}k", three(rate / 1e3)),
        rate if rate < 999.5e6 => format!("{}M", three(rate / 1e6)),
        rate => format!("{}G", three(rate / 1e9)),
    }
}

/// A number from 1 to 999 with three significant digits.
fn three(number: f64) -> String {
    let decimals = if number < 9.995 { 2 } else { usize::from(number < 99.95) };
    format!("{number:.decimals$}")
}

/// A time to wait.
fn span(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5_400.0 => format!("{:.0} min", s / 60.0),
        s if s < 129_600.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_four_digits_at_most() {
        let rates = [0.0, 0.25, 9.96, 5_460.8, 9_999.4, 9_999.6, 54_608.0, 999_400.0, 1_234_567.0, 2.5e10];
        let texts = ["0.0", "0.2", "10", "5,461", "9,999", "10.0k", "54.6k", "999k", "1.23M", "25.0G"];
        assert_eq!(rates.map(pace), texts);
    }

    #[test]
    fn a_line_is_due_after_a_minute_and_not_before() {
        let mut pulse = Pulse::new("simulate");
        assert_eq!(pulse.line((1, 4), (1, "samples")), None);
        pulse.every = Duration::from_millis(20);
        std::thread::sleep(Duration::from_millis(40));
        let line = pulse.line((3, 400), (3, "samples")).unwrap();
        assert!(line.starts_with("simulate: 3 of 400 samples (0 %), ") && line.ends_with(" left"), "{line}");
        assert_eq!(pulse.line((3, 400), (3, "samples")), None);
        std::thread::sleep(Duration::from_millis(40));
        pulse.told();
        assert_eq!(pulse.line((4, 400), (4, "")), None);
    }

    #[test]
    fn times_have_a_unit_that_suits_them() {
        assert_eq!([5.0, 89.0, 300.0, 7_200.0, 200_000.0].map(span), ["5 s", "89 s", "5 min", "2.0 h", "2.3 days"]);
    }
}
