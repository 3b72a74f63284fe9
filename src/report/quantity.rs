//! A figure per inference: its mean and how it is spread.

use super::saved::record;
use crate::stats::Distribution;

record! {
    /// A figure per inference.
    #[derive(Copy, Default)]
    pub struct Quantity {
        /// Mean, from exact integer sums.
        pub mean: f64,
        /// Median.
        pub p50: f64,
        /// 99th percentile.
        pub p99: f64,
    }
}

impl Quantity {
    pub(super) fn of(values: &Distribution, scale: f64) -> Self {
        let at = |share| values.quantile(share) as f64 * scale;
        Self { mean: values.mean() * scale, p50: at(0.5), p99: at(0.99) }
    }

    pub(super) fn all(&self) -> [f64; 3] {
        [self.mean, self.p50, self.p99]
    }
}
