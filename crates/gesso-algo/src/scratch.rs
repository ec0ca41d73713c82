//! Working memory for the chunks of a parallel loop: one array for each thread, reused from chunk to
//! chunk because clearing graph-sized memory for each would cost more than the chunk.

use gesso_core::{Buf, JobContext, Plain, Stop};
use std::sync::{Mutex, PoisonError};

/// As many arrays as threads, zeroed at first. Whoever takes one hands it back zeroed, unless nobody minds, or
/// fails.
pub(crate) struct Scratch<T: Plain> {
    // Held for a push or a pop, once a chunk.
    free: Mutex<Vec<Buf<T>>>,
}

impl<T: Plain> Scratch<T> {
    /// Arrays of `len` zeroes for the threads of the job.
    pub(crate) fn new(ctx: &JobContext, len: usize) -> Result<Scratch<T>, Stop> {
        let free = (0..ctx.threads()).map(|_| ctx.alloc(len, T::default())).collect::<Result<_, _>>()?;
        Ok(Scratch { free: Mutex::new(free) })
    }

    /// Runs `body` with an array of its own. After an error the array is not used again.
    pub(crate) fn with<R, E>(&self, body: impl FnOnce(&mut [T]) -> Result<R, E>) -> Result<R, E> {
        let taken = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut mine = taken.expect("a loop runs on at most as many threads as the context names");
        let out = body(&mut mine)?;
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(mine);
        Ok(out)
    }
}
