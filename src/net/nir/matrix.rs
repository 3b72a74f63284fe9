//! Sparse matrices of real weights, in rows by input; entries may have delays in time steps.

use crate::progress::poll_at;

/// Most entries of a matrix.
pub(super) const MAX_ENTRIES: u64 = 1 << 25;

/// A weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weight {
    /// Target output.
    pub to: u32,
    /// Delay in time steps.
    pub delay: u32,
    /// Value of the weight.
    pub value: f64,
}

/// A linear map from inputs to outputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    /// Start of the weights of each input; one longer than there are inputs.
    row: Vec<usize>,
    weights: Vec<Weight>,
}

impl Matrix {
    /// A matrix of (input, output, value); `list` gives the same entries twice: to be counted, and to be stored.
    /// Entries of an input may be in any order, those of the same output add up, and zeros are left out.
    pub(super) fn of(inputs: usize, list: impl Fn(&mut dyn FnMut(u32, u32, f64))) -> Self {
        let mut row = vec![0; inputs + 1];
        list(&mut |input, _, value| row[input as usize + 1] += usize::from(value != 0.0));
        (0..inputs).for_each(|i| row[i + 1] += row[i]);
        let mut next = row.clone();
        let mut weights = vec![Weight { to: 0, delay: 0, value: 0.0 }; row[inputs]];
        list(&mut |input, to, value| {
            if value != 0.0 {
                weights[next[input as usize]] = Weight { to, delay: 0, value };
                next[input as usize] += 1;
            }
        });
        let mut merged = Self { row: vec![0], weights };
        let mut end = 0;
        for i in 0..inputs {
            poll_at(i);
            end = merged.merge(row[i]..row[i + 1], end);
            merged.row.push(end);
        }
        merged.weights.truncate(end);
        merged
    }

    /// Sorts a row somewhere behind the last one, and moves it to the end of that one, with one weight for each output
    /// and delay; returns its end.
    fn merge(&mut self, from: std::ops::Range<usize>, first: usize) -> usize {
        self.weights[from.clone()].sort_by_key(|weight| (weight.to, weight.delay));
        let mut end = first;
        for at in from {
            let weight = self.weights[at];
            match self.weights[first..end].last_mut() {
                Some(last) if (last.to, last.delay) == (weight.to, weight.delay) => last.value += weight.value,
                _ => {
                    self.weights[end] = weight;
                    end += 1;
                }
            }
        }
        end
    }

    /// Each input goes to the output of its number, with a delay.
    pub(super) fn diagonal(values: impl Iterator<Item = (f64, u32)>) -> Self {
        let weights: Vec<Weight> =
            values.enumerate().map(|(i, (value, delay))| Weight { to: i as u32, delay, value }).collect();
        Self { row: (0..=weights.len()).collect(), weights }
    }

    /// Adds a row: sorted, and with one weight for each output and delay.
    fn push_row(&mut self, weights: &mut [Weight]) {
        weights.sort_by_key(|weight| (weight.to, weight.delay));
        let first = self.weights.len();
        for weight in weights.iter() {
            match self.weights[first..].last_mut() {
                Some(last) if (last.to, last.delay) == (weight.to, weight.delay) => last.value += weight.value,
                _ => self.weights.push(*weight),
            }
        }
        self.row.push(self.weights.len());
    }

    /// Whether every input goes to the output of its number, unchanged and without delay.
    pub(super) fn is_identity(&self) -> bool {
        let own = |(i, weight): (usize, &Weight)| *weight == Weight { to: i as u32, delay: 0, value: 1.0 };
        self.len() == self.inputs()
            && self.weights.iter().enumerate().all(own)
            && self.row.iter().enumerate().all(|(i, first)| i == *first)
    }

    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.row.len().saturating_sub(1)
    }

    /// Number of weights.
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there is no weight.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// The weights of an input, by output.
    pub fn row(&self, input: usize) -> &[Weight] {
        &self.weights[self.row[input]..self.row[input + 1]]
    }

    /// All weights.
    pub fn weights(&self) -> &[Weight] {
        &self.weights
    }

    /// All weights, to be scaled.
    pub(super) fn weights_mut(&mut self) -> &mut [Weight] {
        &mut self.weights
    }

    /// Products of weights in this map followed by another one.
    pub(super) fn products(&self, next: &Self) -> u64 {
        self.weights.iter().map(|weight| next.row(weight.to as usize).len() as u64).sum()
    }

    /// This map followed by another one; `None` if the result has too many weights.
    pub(super) fn then(&self, next: &Self) -> Option<Self> {
        let mut all = Self { row: vec![0], weights: Vec::new() };
        let mut row = Vec::new();
        for input in 0..self.inputs() {
            poll_at(input);
            row.clear();
            for first in self.row(input) {
                row.extend(next.row(first.to as usize).iter().map(|second| Weight {
                    to: second.to,
                    delay: first.delay + second.delay,
                    value: first.value * second.value,
                }));
            }
            all.push_row(&mut row);
            if all.weights.len() as u64 > MAX_ENTRIES {
                return None;
            }
        }
        Some(all)
    }

    /// The sum of two maps of the same inputs.
    pub(super) fn plus(&self, other: &Self) -> Self {
        let mut sum = Self { row: vec![0], weights: Vec::with_capacity(self.len() + other.len()) };
        for input in 0..self.inputs() {
            poll_at(input);
            sum.push_row(&mut [self.row(input), other.row(input)].concat());
        }
        sum
    }

    /// The image of a vector, without regard to delays.
    pub(super) fn apply(&self, vector: &[f64], outputs: usize) -> Vec<f64> {
        let mut result = vec![0.0; outputs];
        for (input, value) in vector.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            self.row(input).iter().for_each(|weight| result[weight.to as usize] += value * weight.value);
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_compose_and_add_as_matrices_do() {
        // Rows are inputs: [[1, 2], [0, 3]] then [[4], [5]].
        let of = |list: &'static [(u32, u32, f64)]| {
            Matrix::of(2, |take| list.iter().for_each(|(input, to, value)| take(*input, *to, *value)))
        };
        let first = of(&[(0, 1, 2.0), (1, 1, 3.0), (0, 0, 1.0)]);
        let second = of(&[(0, 0, 4.0), (1, 0, 5.0)]);
        let both = first.then(&second).unwrap();
        let values = |m: &Matrix, i| m.row(i).iter().map(|w| (w.to, w.value)).collect::<Vec<_>>();
        assert_eq!(values(&both, 0), [(0, 14.0)]);
        assert_eq!(values(&both, 1), [(0, 15.0)]);
        assert_eq!(values(&both.plus(&both), 0), [(0, 28.0)]);
        assert_eq!(both.apply(&[2.0, -1.0], 1), [13.0]);
        let late = Matrix::diagonal([(1.0, 3), (2.0, 0)].into_iter());
        let late = late.then(&second).unwrap();
        assert_eq!(late.row(0), [Weight { to: 0, delay: 3, value: 4.0 }]);
        assert_eq!(late.row(1), [Weight { to: 0, delay: 0, value: 10.0 }]);
        // The same output at different times stays two weights.
        assert_eq!(late.plus(&of(&[(0, 0, 1.0)])).row(0).len(), 2);
        // Weights of the same output add up, zeros are left out.
        let sums = of(&[(1, 3, 1.0), (1, 0, 0.0), (0, 2, 7.0), (1, 3, 0.5), (1, 1, -1.0)]);
        assert_eq!((values(&sums, 0), values(&sums, 1)), (vec![(2, 7.0)], vec![(1, -1.0), (3, 1.5)]));
        let same = Matrix::diagonal([(1.0, 0), (1.0, 0)].into_iter());
        assert!(same.is_identity() && !late.is_identity() && !first.is_identity() && same.then(&first) == Some(first));
    }
}
