//! Adam with decoupled weight decay.

use super::parallel::Threads;
use multiversion::multiversion;

const BETA: [f32; 2] = [0.9, 0.999];
const EPSILON: f32 = 1e-8;
/// Values per task.
const CHUNK: usize = 1 << 14;

/// Trained values, with their gradient and Adam's two moments.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) value: Vec<f32>,
    pub(super) gradient: Vec<f32>,
    pub(super) moments: [Vec<f32>; 2],
    /// Whether weight decay applies.
    pub(super) decays: bool,
}

impl Parameter {
    pub(super) fn new(value: Vec<f32>) -> Self {
        let zeros = vec![0.0; value.len()];
        Self { gradient: zeros.clone(), moments: [zeros.clone(), zeros], decays: false, value }
    }

    pub(super) fn forget(&mut self) {
        self.moments.iter_mut().for_each(|moment| moment.fill(0.0));
    }
}

/// Moves parameters against their gradients. D. Kingma and J. Ba, 2015, arXiv:1412.6980; weight decay separate from the
/// gradient: I. Loshchilov and F. Hutter, 2019, arXiv:1711.05101.
#[derive(Clone, Debug, Default)]
pub(super) struct Adam {
    pub(super) steps: i32,
    /// Share of a value that is taken off per unit of the step size.
    pub(super) decay: f64,
}

/// Factors of one step.
#[derive(Clone, Copy)]
struct Factors {
    /// Share of a value that is taken off first.
    decay: f32,
    rate: f32,
    epsilon: f32,
}

impl Adam {
    /// One step for all parameters.
    pub(super) fn step<'p>(
        &mut self,
        threads: &Threads,
        rate: f64,
        parameters: impl Iterator<Item = &'p mut Parameter>,
    ) {
        self.steps = self.steps.saturating_add(1);
        let correction = BETA.map(|beta| 1.0 - f64::from(beta).powi(self.steps));
        let decay = (rate * self.decay) as f32;
        let rate = (rate * correction[1].sqrt() / correction[0]) as f32;
        let epsilon = EPSILON * correction[1].sqrt() as f32;
        let mut tasks = Vec::new();
        for parameter in parameters {
            let [first, second] = &mut parameter.moments;
            let values = parameter.value.chunks_mut(CHUNK).zip(parameter.gradient.chunks(CHUNK));
            let factors = Factors { decay: if parameter.decays { decay } else { 0.0 }, rate, epsilon };
            let moments = first.chunks_mut(CHUNK).zip(second.chunks_mut(CHUNK));
            tasks.extend(values.zip(moments).map(|task| (factors, task)));
        }
        threads.for_each(tasks.len() * CHUNK * 4, tasks, |(factors, ((value, gradient), (first, second)))| {
            descend(factors, value, gradient, first, second);
        });
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn descend(factors: Factors, value: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
    let Factors { decay, rate, epsilon } = factors;
    for (((value, g), first), second) in value.iter_mut().zip(gradient).zip(first).zip(second) {
        *first += (1.0 - BETA[0]) * (g - *first);
        *second += (1.0 - BETA[1]) * (g * g - *second);
        *value -= decay * *value;
        *value -= rate * *first / (second.sqrt() + epsilon);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_steps_by_the_definition() {
        let (rate, decay) = (0.1, 0.25);
        let mut adam = Adam { decay, ..Adam::default() };
        let mut parameters = [true, false].map(|decays| Parameter { decays, ..Parameter::new(vec![2.0, -1.0]) });
        let mut expected = [[2.0f64, -1.0], [2.0, -1.0]];
        let (mut first, mut second) = ([0.0; 2], [0.0; 2]);
        for (step, gradient) in [(1, [0.5, -2.0]), (2, [-0.25, 4.0])] {
            parameters.iter_mut().for_each(|p| p.gradient = gradient.map(|g| g as f32).to_vec());
            adam.step(&Threads::new(1), rate, parameters.iter_mut());
            for (i, g) in gradient.into_iter().enumerate() {
                first[i] = 0.9 * first[i] + 0.1 * g;
                second[i] = 0.999 * second[i] + 0.001 * g * g;
                let corrected = [first[i] / (1.0 - 0.9f64.powi(step)), second[i] / (1.0 - 0.999f64.powi(step))];
                expected[0][i] -= rate * decay * expected[0][i];
                expected.iter_mut().for_each(|values| values[i] -= rate * corrected[0] / (corrected[1].sqrt() + 1e-8));
            }
        }
        for (parameter, expected) in parameters.iter().zip(expected) {
            let near = parameter.value.iter().zip(expected).all(|(found, e)| (f64::from(*found) - e).abs() < 1e-5);
            assert!(near, "{:?} {expected:?}", parameter.value);
        }
    }
}
