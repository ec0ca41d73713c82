//! Progress bars on standard error, hidden where it is no terminal.
//!
//! Threads: [`Following`] starts one that looks at a job's progress ten times a second, and joins it
//! when it is dropped.

use crate::client::JobStatus;
use gesso_core::progress::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Steps of a full bar.
const STEPS: u64 = 1000;

/// Time between two moves of a followed bar.
const MOVE_EVERY: Duration = Duration::from_millis(100);

/// A bar from 0 to 1.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar under a name.
    pub fn new(name: &str) -> Bar {
        let bar = ProgressBar::new(STEPS);
        if let Ok(style) = ProgressStyle::with_template("{prefix:>14} {bar:40} {percent:>3} % {msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(name.to_owned());
        Bar(bar)
    }

    /// Shows a fraction and what is being done.
    pub fn set(&self, fraction: Option<f64>, phase: &str) {
        self.0.set_position((fraction.unwrap_or(0.0) * STEPS as f64) as u64);
        self.0.set_message(phase.to_owned());
    }

    /// Shows a job.
    pub fn show(&self, status: &JobStatus) {
        self.set(status.progress(), status.phase());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A bar that follows the progress of work on another thread until it is dropped.
pub struct Following {
    end: Arc<End>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct End {
    has_come: Mutex<bool>,
    /// Waited for by the thread, with a timeout; notified when the bar is dropped.
    wake: Condvar,
}

impl Following {
    /// A bar that shows `progress`. Without a thread for it there is just no bar.
    pub fn new(name: &str, progress: Arc<Progress>) -> Following {
        let (bar, end) = (Bar::new(name), Arc::<End>::default());
        let own = end.clone();
        let thread = std::thread::Builder::new().name("bar".to_owned());
        let thread = thread.spawn(move || {
            while !own.waited() {
                bar.set(progress.fraction(), progress.phase_name());
            }
        });
        Following { end, thread: thread.ok() }
    }
}

impl End {
    fn waited(&self) -> bool {
        let has_come = self.has_come.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.wake.wait_timeout_while(has_come, MOVE_EVERY, |has_come| !*has_come);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        *self.end.has_come.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.end.wake.notify_all();
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}
