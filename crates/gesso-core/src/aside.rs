//! Waiting for the system without keeping a stop waiting.
//!
//! An fsync takes a millisecond, or a hundred when the disk is busy, and nothing can call it back. So it runs on
//! a thread of its own, and the job waits for that thread or for a stop, whichever comes first.
//!
//! Threads: one for each wait. It ends with what it runs, which takes no memory of the job and no processor time
//! to speak of; after a stop nobody waits for it.

use crate::ctx::JobContext;
use crate::gate::Stop;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// What the two threads share.
struct Shared<A, T> {
    /// What is to be run; taken by whoever runs it.
    act: Mutex<Option<A>>,
    /// What it gave, or its panic.
    given: Mutex<Option<thread::Result<T>>>,
    waiting: Arc<Waiting>,
}

/// The thread that waits.
struct Waiting(Thread);

impl Wake for Waiting {
    fn wake(self: Arc<Waiting>) {
        self.0.unpark();
    }
}

impl<A: FnOnce() -> T, T> Shared<A, T> {
    fn run(&self) {
        if let Some(act) = lock(&self.act).take() {
            let given = catch_unwind(AssertUnwindSafe(act));
            *lock(&self.given) = Some(given);
            self.waiting.clone().wake();
        }
    }
}

impl JobContext {
    /// Runs what blocks in the system, and gives what it gives. Fails when the job is stopped, at once: `act` then
    /// ends by itself, on a thread that nobody waits for, and what it gives is dropped.
    pub fn aside<T: Send + 'static>(&self, act: impl FnOnce() -> T + Send + 'static) -> Result<T, Stop> {
        self.checkpoint()?;
        let waiting = Arc::new(Waiting(thread::current()));
        let act = Mutex::new(Some(act));
        let shared = Arc::new(Shared { act, given: Mutex::new(None), waiting: waiting.clone() });
        let theirs = shared.clone();
        if thread::Builder::new().name("gesso-aside".to_owned()).spawn(move || theirs.run()).is_err() {
            // A thread that the system refuses is done without: then a stop waits.
            shared.run();
        }
        let waker = Waker::from(waiting);
        let mut stopping = pin!(self.gate().stopping());
        loop {
            if let Some(given) = lock(&shared.given).take() {
                return Ok(given.unwrap_or_else(|panic| resume_unwind(panic)));
            }
            if let Poll::Ready(stop) = stopping.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Err(stop);
            }
            thread::park();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn gives_what_is_given_and_passes_panics_on() {
        let ctx = JobContext::detached(1, 0);
        assert_eq!(ctx.aside(|| 7), Ok(7));
        let outcome = catch_unwind(AssertUnwindSafe(|| ctx.aside(|| panic!("boom"))));
        assert!(outcome.is_err());
    }

    #[test]
    fn a_stop_does_not_wait_for_what_runs_aside() {
        let ctx = JobContext::detached(1, 0);
        let ((began, has_begun), (end, may_end), (gone, is_gone)) = (channel(), channel::<()>(), channel());
        let gate = ctx.gate().clone();
        let stopper = thread::spawn(move || {
            has_begun.recv().expect("a beginning");
            assert!(gate.stop(Stop::Deadline));
        });
        let given = ctx.aside(move || {
            began.send(()).expect("a listener");
            // Never ends before the stop was answered, as only that lets it go.
            may_end.recv().expect("a word");
            gone.send(()).expect("a listener");
        });
        assert_eq!(given, Err(Stop::Deadline));
        stopper.join().expect("a stop");
        end.send(()).expect("a thread that still runs");
        is_gone.recv().expect("its end");
        assert_eq!(ctx.aside(|| ()), Err(Stop::Deadline));
    }
}
