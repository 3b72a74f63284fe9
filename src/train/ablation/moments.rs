//! Sums from which cosine and correlation are computed.

/// Sums over pairs of an activation and a count.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    pairs: u64,
    sums: [f64; 2],
    squares: [f64; 2],
    product: f64,
}

impl Moments {
    pub(super) fn add(&mut self, activation: f64, count: f64) {
        self.pairs += 1;
        self.sums[0] += activation;
        self.sums[1] += count;
        self.squares[0] += activation * activation;
        self.squares[1] += count * count;
        self.product += activation * count;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.pairs += other.pairs;
        self.product += other.product;
        for side in 0..2 {
            self.sums[side] += other.sums[side];
            self.squares[side] += other.squares[side];
        }
    }

    /// Cosine of the angle between all activations and all counts, as two vectors; `None` if one of them is 0.
    pub fn cosine(&self) -> Option<f64> {
        let length = (self.squares[0] * self.squares[1]).sqrt();
        (length > 0.0).then(|| (self.product / length).clamp(-1.0, 1.0))
    }

    /// Angle between them (degrees).
    pub fn angle_degrees(&self) -> Option<f64> {
        self.cosine().map(|cosine| cosine.acos().to_degrees())
    }

    /// Pearson's correlation; `None` if all activations or all counts are equal.
    pub fn correlation(&self) -> Option<f64> {
        let pairs = self.pairs as f64;
        // n² times the (co)variances.
        let spread = |side: usize| pairs * self.squares[side] - self.sums[side] * self.sums[side];
        let [a, c] = [spread(0), spread(1)];
        // Below this, only rounding errors are left.
        let rounding = |side: usize| pairs * self.squares[side] * 1e-12;
        let known = a > rounding(0) && c > rounding(1);
        known.then(|| ((pairs * self.product - self.sums[0] * self.sums[1]) / (a * c).sqrt()).clamp(-1.0, 1.0))
    }
}
