//! Locks and atomics of what decides the end of a job: those of the standard library, or, with the feature
//! `model`, those of `shuttle`, which tries many orders of threads in tests.

#[cfg(not(feature = "model"))]
pub use std::sync::{Condvar, Mutex, MutexGuard, atomic::AtomicU8};

#[cfg(feature = "model")]
pub use shuttle::sync::{Condvar, Mutex, MutexGuard, atomic::AtomicU8};
