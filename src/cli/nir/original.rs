//! The classes that the real network of an imported one gives to the samples of a run.

use super::{draft_of, fail};
use crate::cli::Failure;
use crate::data::Dataset;
use crate::net::samples::Classifier;
use crate::net::{Origin, SparseNetwork};
use crate::report::OriginalClasses;
use crate::threads;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Compares the classes that the chip gives to the first samples with those of the real network.
pub(in crate::cli) fn original(
    origin: &Origin,
    network: &SparseNetwork,
    (classifier, dataset): (&Classifier, &Dataset),
    predictions: &[u32],
    threads: usize,
) -> Result<OriginalClasses, Failure> {
    let real = draft_of(origin)?.real(network, classifier).map_err(|error| fail(&origin.file, error))?;
    let (next, count) = (&AtomicUsize::new(0), predictions.len());
    let parts = threads::side_by_side(threads.min(count).max(1), || {
        let (mut real, mut right, mut others) = (real.clone(), 0u64, 0u64);
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return (right, others);
            }
            let (sample, label) = dataset.test.sample(number);
            let class = real.class(classifier, number as u64, sample);
            right += u64::from(class == usize::from(label));
            others += u64::from(class != predictions[number] as usize);
        }
    });
    let (right, others) = parts.into_iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    Ok(OriginalClasses { accuracy: right as f64 / count.max(1) as f64, other_classes: others })
}
