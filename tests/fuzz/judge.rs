//! Reads an input within the budget of time and memory; more than that is a finding, as a panic is.

#[path = "../corpus/budget.rs"]
mod budget;
#[path = "readers.rs"]
mod readers;

/// Reads bytes as a file of a kind.
pub fn judge(kind: &str, bytes: &[u8]) {
    let ((), spent) = budget::spent(|| readers::read(kind, bytes));
    let within = spent.seconds <= readers::MOST_SECONDS && spent.bytes <= readers::MOST_BYTES;
    assert!(within, "{kind}: {:.1} s of processor time, {} MB", spent.seconds, spent.bytes >> 20);
}
