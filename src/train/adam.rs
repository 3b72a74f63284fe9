//! Adam.

use super::parallel::Threads;
use multiversion::multiversion;

const BETA: [f32; 2] = [0.9, 0.999];
const EPSILON: f32 = 1e-8;
/// Values per task.
const CHUNK: usize = 1 << 14;

/// Values that are trained, with their gradient and Adam's two moments.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) value: Vec<f32>,
    pub(super) gradient: Vec<f32>,
    pub(super) moments: [Vec<f32>; 2],
}

impl Parameter {
    pub(super) fn new(value: Vec<f32>) -> Self {
        let zeros = vec![0.0; value.len()];
        Self { gradient: zeros.clone(), moments: [zeros.clone(), zeros], value }
    }
}

/// Moves parameters against their gradients. D. Kingma and J. Ba, 2015, arXiv:1412.6980.
#[derive(Clone, Debug, Default)]
pub(super) struct Adam {
    pub(super) steps: i32,
}

/// Factors of one step.
#[derive(Clone, Copy)]
struct Factors {
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
        let rate = (rate * correction[1].sqrt() / correction[0]) as f32;
        let factors = Factors { rate, epsilon: EPSILON * correction[1].sqrt() as f32 };
        let mut tasks = Vec::new();
        for parameter in parameters {
            let [first, second] = &mut parameter.moments;
            let values = parameter.value.chunks_mut(CHUNK).zip(parameter.gradient.chunks(CHUNK));
            tasks.extend(values.zip(first.chunks_mut(CHUNK)).zip(second.chunks_mut(CHUNK)));
        }
        threads.for_each(tasks.len() * CHUNK * 4, tasks, |(((value, gradient), first), second)| {
            descend(factors, value, gradient, first, second);
        });
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn descend(factors: Factors, value: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
    let Factors { rate, epsilon } = factors;
    for (((value, g), first), second) in value.iter_mut().zip(gradient).zip(first).zip(second) {
        *first += (1.0 - BETA[0]) * (g - *first);
        *second += (1.0 - BETA[1]) * (g * g - *second);
        *value -= rate * *first / (second.sqrt() + epsilon);
    }
}
