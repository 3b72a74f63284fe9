//! Whether a network keeps up with its load: what waits in it and before it, looked at now and then.
pub(super) const MARKS: u64 = 64;
