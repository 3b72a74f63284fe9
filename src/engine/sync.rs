//! What threads share: the standard library's, or loom's, which tries all orders in which threads may run.

#[cfg(not(loom))]
pub(super) use std::sync::{
    Condvar, Mutex,
    atomic::{AtomicBool, AtomicU64, AtomicUsize},
};

#[cfg(loom)]
pub(super) use loom::sync::{
    Condvar, Mutex,
    atomic::{AtomicBool, AtomicU64, AtomicUsize},
};

pub(super) use std::sync::{PoisonError, atomic::Ordering};
