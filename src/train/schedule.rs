//! The step size over a training.

use crate::net::architecture::Schedule;

/// The step size at a point of a training.
///
/// `done` is the number of finished epochs, with a fraction; `epochs` that of the whole training.
pub(super) fn learning_rate(schedule: Schedule, start: f64, done: f64, epochs: u32) -> f64 {
    match schedule {
        Schedule::Cosine => {
            let (end, progress) = (start / 100.0, done / f64::from(epochs));
            end + (start - end) * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
        }
        // A product step by step: a power could differ in its last bit between systems.
        Schedule::Step { every, factor } => (0..done as u32 / every.max(1)).fold(start, |rate, _| rate * factor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cosine_begins_at_the_rate_and_ends_at_a_hundredth() {
        let rate = |done| learning_rate(Schedule::Cosine, 0.2, done, 8);
        assert_eq!(rate(0.0), 0.2);
        assert!((rate(4.0) - (0.2 + 0.002) / 2.0).abs() < 1e-15);
        assert!((rate(8.0) - 0.002).abs() < 1e-15);
        assert!((0..80).all(|i| rate(f64::from(i) / 10.0) > rate(f64::from(i + 1) / 10.0)));
    }

    #[test]
    fn steps_fall_at_whole_epochs() {
        let schedule = Schedule::Step { every: 3, factor: 0.5 };
        let rate = |done| learning_rate(schedule, 0.8, done, 10);
        assert_eq!([0.0, 2.99, 3.0, 5.5, 6.0, 9.99].map(rate), [0.8, 0.8, 0.4, 0.4, 0.2, 0.1]);
    }
}
