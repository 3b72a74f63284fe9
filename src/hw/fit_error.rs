//! How far the fit that a table of constants comes from is off.

use crate::json::record::record;
use crate::json::shape::{number, optional};

record! {
    /// Largest error of a fit, as a share: 0.117 for 11.7 %.
    pub struct FitError derive(Copy) {
        /// Of energies, 0 to 1.
        pub energy: Option<f64> = optional(number(0.0..=1.0));
        /// Of times, 0 to 1.
        pub latency: Option<f64> = optional(number(0.0..=1.0));
    }
}
