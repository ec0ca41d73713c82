//! What a start makes of the jobs of an earlier process: spec 02, section 8.
//!
//! | found | after a clean shutdown | after anything else |
//! | --- | --- | --- |
//! | ended | as it was | as it was |
//! | queued, only reads | started again, if its work can be made anew | failed |
//! | queued or running, may write | failed by the shutdown already | failed, or complete if its commit was made |
//! | running, only reads | failed by the shutdown already | failed |
//!
//! A job that writes may be killed between its commit and the record of its end. The commit bears the job's
//! id, so that the graph knows; only the result is lost then. The start of a job is not waited for: a commit may be
//! durable of a job that is queued by its record.

use crate::engine::Work;
use crate::error::JobError;
use crate::id::JobId;
use crate::job::Job;
use crate::journal::{Event, Replayed};
use crate::kind::Effect;
use crate::queue::Waiting;
use crate::record::{End, Error, Kept, Record, State, now_ms};
use crate::shared::{Shared, lock};
use gesso_core::Stop;
use std::collections::HashSet;
use std::sync::Arc;

/// The work of a job that was queued when the server was shut down.
pub struct Rebuilt {
    /// What it does.
    pub work: Work,
    /// Upper bound of the memory that it will reserve.
    pub need_bytes: u64,
    /// As in [`crate::Submission::erases`].
    pub erases: Option<Arc<Job>>,
}

/// Tells whether the graph of a job has its commit.
pub type Committed<'a> = dyn Fn(&Record) -> bool + 'a;

/// Makes the work of a queued job anew from its record; none if that is not possible any more.
pub type Rebuilder<'a> = dyn Fn(&Record) -> Option<Rebuilt> + 'a;

/// Puts the jobs of an earlier process back: ended ones as they were, others by the rules of a restart.
/// Returns those that may run again.
pub(crate) fn restore(
    shared: &Arc<Shared>,
    replayed: Replayed,
    has_committed: &Committed<'_>,
) -> Result<Vec<Arc<Job>>, JobError> {
    lock(&shared.index).skip_to(replayed.last_seq);
    let has_file = |record: &&Record| matches!(record.end, Some(End { kept: Kept::File { .. }, .. }));
    let kept: HashSet<JobId> =
        replayed.records.iter().filter(has_file).map(|record| record.spec.id.clone()).collect();
    shared.results.sweep(|id| kept.contains(id))?;
    let mut last = shared.journal.append(&Event::Open)?;
    let mut parked = Vec::new();
    for mut record in replayed.records {
        let may_run =
            replayed.was_shut_down && record.start_ms.is_none() && record.spec.kind.effect() == Effect::Reads;
        if record.end.is_none() && !may_run {
            let is_done = record.spec.kind.effect() == Effect::Writes && has_committed(&record);
            let end = if is_done { done() } else { lost(&record, replayed.was_shut_down) };
            last = shared.journal.append(&Event::End { id: record.spec.id.clone(), end: end.clone() })?;
            record.end = Some(end);
        }
        let has_ended = record.end.is_some();
        let job = Job::of_record(record, Arc::downgrade(shared));
        lock(&shared.index).insert(&job);
        if has_ended {
            shared.restore_ended(&job);
        } else {
            parked.push(job);
        }
    }
    shared.journal.sync(last)?;
    Ok(parked)
}

/// Queues jobs again, with the work that `rebuild` makes.
pub(crate) fn resume(shared: &Arc<Shared>, parked: Vec<Arc<Job>>, rebuild: &Rebuilder<'_>) {
    for job in parked {
        let rebuilt = rebuild(&job.record()).filter(|r| r.need_bytes <= shared.budget.limit());
        match rebuilt {
            Some(Rebuilt { work, need_bytes, erases }) => {
                let mut queue = lock(&shared.queue);
                // Admitted once: the limits of the queue do not count again.
                _ = queue.reserve(job.graph(), usize::MAX, usize::MAX);
                let ended = queue.push(Waiting::new(job.clone(), work, need_bytes, erases));
                drop(queue);
                match ended {
                    Ok(()) => shared.turn.notify_one(),
                    // Cancelled while it had no work.
                    Err(waiting) => {
                        drop(waiting);
                        job.rest();
                    }
                }
            }
            None => {
                if let Ok(stopped) = job.try_stop(Stop::Shutdown) {
                    shared.after_stop(&job, stopped);
                    job.rest();
                }
            }
        }
    }
}

/// The end of a job whose commit was made, but not recorded.
fn done() -> End {
    End { state: State::Complete, end_ms: now_ms(), error: None, peak_bytes: 0, kept: Kept::Expired }
}

/// The end of a job that an earlier process did not bring to one.
fn lost(record: &Record, was_shut_down: bool) -> End {
    let was = if record.start_ms.is_some() { "running" } else { "queued" };
    let message = if was_shut_down {
        Stop::Shutdown.to_string()
    } else {
        format!("server restarted while the job was {was}")
    };
    let error = Some(Error::new(record.spec.kind.failure_code(), message));
    End { state: State::Failed, end_ms: now_ms(), error, peak_bytes: 0, kept: Kept::Nothing }
}
