//! One job: its gate, its life, and who waits for it.
//!
//! The gate decides every end. `life` only says what readers see: a stop shows at once, because from
//! then on nothing can be published; a completion shows when its record is durable, so that nobody
//! reads an end that a crash could take back.

use crate::error::{CancelRefusal, OutcomeError};
use crate::kind::{Cancel, Kind};
use crate::record::{End, Error, GraphKey, Kept, Record, Request, Spec, State, now_ms};
use crate::shared::{CANCEL_DISK_WAIT, Shared};
use crate::status::{Status, reason};
use crate::watch::{Change, Waiting, Want};
use gesso_core::progress::Progress;
use gesso_core::sync::{Condvar, Mutex, MutexGuard};
use gesso_core::{Account, Gate, Outcome, Stop, Wakers};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

/// A job, from its submission until it is forgotten.
pub struct Job {
    spec: Spec,
    gate: Arc<Gate>,
    progress: Arc<Progress>,
    life: Mutex<Life>,
    /// Whether a request waits for it and will say whether it is to be remembered.
    of_request: AtomicBool,
    /// Waited for by `wait_ended` and `wait_idle`; notified at every change.
    changed: Condvar,
    owner: Weak<Shared>,
}

struct Life {
    /// What readers see.
    state: State,
    start_ms: Option<u64>,
    /// The decided end; of a completion before readers see it.
    end: Option<End>,
    /// While a thread works for the job.
    account: Option<Arc<Account>>,
    /// When a stop won.
    stop_at: Option<Instant>,
    stopped_after: Option<Duration>,
    is_idle: bool,
    /// The state that was told last.
    told: State,
    changes: u64,
    wakers: Wakers,
}

/// A stop that won: what has to be written down, and whether the job had begun.
pub(crate) struct Stopped {
    pub end: End,
    pub was_queued: bool,
}

impl Job {
    /// A job as its record has it.
    pub(crate) fn of_record(record: Record, owner: Weak<Shared>) -> Arc<Job> {
        let state = record.end.as_ref().map_or(State::Queued, |end| end.state);
        Job::with_life(record.spec, owner, state, record.start_ms, record.end)
    }

    fn with_life(
        spec: Spec,
        owner: Weak<Shared>,
        state: State,
        start_ms: Option<u64>,
        end: Option<End>,
    ) -> Arc<Job> {
        let life = Life {
            state,
            start_ms,
            is_idle: end.is_some(),
            end,
            account: None,
            stop_at: None,
            stopped_after: None,
            told: state,
            changes: 0,
            wakers: Wakers::default(),
        };
        let (gate, progress) = (Arc::default(), Arc::default());
        let (life, of_request) = (Mutex::new(life), AtomicBool::new(false));
        Arc::new(Job { spec, gate, progress, life, of_request, changed: Condvar::new(), owner })
    }

    /// The id, for clients.
    pub fn id(&self) -> &crate::JobId {
        &self.spec.id
    }

    /// The operation.
    pub fn kind(&self) -> Kind {
        self.spec.kind
    }

    /// The job's graph.
    pub fn graph(&self) -> &GraphKey {
        &self.spec.graph
    }

    /// The request that made it.
    pub fn request(&self) -> &Request {
        &self.spec.request
    }

    /// Everything known since its submission.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// What is told of a job that has just been submitted.
    pub(crate) const SUBMITTED: Change =
        Change { number: 0, state: State::Queued, is_new_state: true, is_idle: false };

    /// What is told of a job that was complete from the start.
    pub(crate) const DONE: Change =
        Change { number: 0, state: State::Complete, is_new_state: true, is_idle: true };

    /// Where it is in its life.
    pub fn state(&self) -> State {
        self.life().state
    }

    /// What a status answer needs.
    pub fn status(&self) -> Status {
        let life = self.life();
        let end = life.end.as_ref().filter(|_| life.state.is_end());
        let (progress, phase) = match life.state {
            State::Queued => (None, "queued"),
            State::Complete => (Some(1.0), "done"),
            State::Running | State::Failed | State::Cancelled => {
                (self.progress.fraction(), self.progress.phase_name())
            }
        };
        let peak_now = life.account.as_ref().map_or(0, |account| account.peak());
        Status {
            state: life.state,
            progress,
            phase,
            create_ms: self.spec.create_ms,
            start_ms: life.start_ms,
            end_ms: end.map(|end| end.end_ms),
            peak_bytes: end.map_or(0, |end| end.peak_bytes).max(peak_now),
            error: end.and_then(|end| end.error.clone()),
            is_expired: end.is_some_and(|end| end.kept == Kept::Expired),
            stopped_after: life.stopped_after,
        }
    }

    /// Bytes that the job holds now.
    pub fn held_bytes(&self) -> u64 {
        self.life().account.as_ref().map_or(0, |account| account.used())
    }

    /// The record as it would be written now.
    pub fn record(&self) -> Record {
        let life = self.life();
        Record { spec: self.spec.clone(), start_ms: life.start_ms, end: life.end.clone() }
    }

    /// The result of a complete job. Large ones are mapped from their file when first asked for.
    pub fn outcome(&self) -> Result<Arc<Outcome>, OutcomeError> {
        let (state, kept) = {
            let life = self.life();
            (life.state, life.end.as_ref().map(|end| end.kept.clone()).unwrap_or_default())
        };
        if state != State::Complete {
            return Err(OutcomeError::NotComplete(state));
        }
        self.owner.upgrade().ok_or(OutcomeError::Closed)?.results.load(&self.spec.id, kept)
    }

    /// Cancels the job. Once this returns `Ok`, everyone reads the state as cancelled and nothing of the
    /// job will be published; the record is durable too, unless the disk takes longer than a few
    /// milliseconds. Never waits for a thread or a queue slot; [`Job::wait_idle`] waits for the threads.
    pub fn cancel(self: &Arc<Job>) -> Result<(), CancelRefusal> {
        self.stop(Stop::Cancelled)
    }

    /// Stops the job for a reason: see [`Job::cancel`]. Any reason but a cancel also stops kinds that
    /// cannot be cancelled, unless they have sealed.
    pub fn stop(self: &Arc<Job>, why: Stop) -> Result<(), CancelRefusal> {
        let stopped = self.try_stop(why)?;
        if let Some(owner) = self.owner.upgrade() {
            owner.after_stop(self, stopped);
            owner.journal.wait_noted(CANCEL_DISK_WAIT);
        }
        Ok(())
    }

    /// True if the job has ended before `timeout` is over.
    pub fn wait_ended(&self, timeout: Duration) -> bool {
        self.wait(Want::Ended, timeout)
    }

    /// True if, before `timeout` is over, no thread works for the job and its memory is given back.
    pub fn wait_idle(&self, timeout: Duration) -> bool {
        self.wait(Want::Idle, timeout)
    }

    /// Completes when the job has ended.
    pub fn ended(self: &Arc<Job>) -> Waiting {
        Waiting::new(self.clone(), Want::Ended)
    }

    /// Completes when no thread works for the job and its memory is given back.
    pub fn idle(self: &Arc<Job>) -> Waiting {
        Waiting::new(self.clone(), Want::Idle)
    }

    /// The end, as soon as it is decided.
    pub(crate) fn end(&self) -> Option<End> {
        self.life().end.clone()
    }

    pub(crate) fn is_of_request(&self) -> bool {
        // Relaxed, here and below: set before the job is known to others, and then by the request alone.
        self.of_request.load(Relaxed)
    }

    pub(crate) fn set_of_request(&self, of_request: bool) {
        self.of_request.store(of_request, Relaxed);
    }

    pub(crate) fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    pub(crate) fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// From submission to start.
    pub(crate) fn waited(&self) -> Duration {
        Duration::from_millis(self.life().start_ms.unwrap_or(0).saturating_sub(self.spec.create_ms))
    }

    /// Closes the gate and shows the end. The winner has to record it.
    pub(crate) fn try_stop(self: &Arc<Job>, why: Stop) -> Result<Stopped, CancelRefusal> {
        let asked = Instant::now();
        let mut life = self.life();
        if let Some(end) = &life.end {
            return Err(CancelRefusal::AlreadyEnded(end.state));
        }
        let was_queued = life.state == State::Queued;
        if why == Stop::Cancelled && !was_queued && self.spec.kind.cancel() == Cancel::QueuedOnly {
            return Err(CancelRefusal::Unsupported);
        }
        if !self.gate.stop(why) {
            return Err(match self.gate.stopped() {
                None => CancelRefusal::Sealed,
                Some(Stop::Cancelled) => CancelRefusal::AlreadyEnded(State::Cancelled),
                Some(_) => CancelRefusal::AlreadyEnded(State::Failed),
            });
        }
        life.stop_at = Some(asked);
        let end = self.show_stopped(life, why);
        Ok(Stopped { end, was_queued })
    }

    /// The job's thread takes it up. Gives the time that it is shown to have started at, in milliseconds since
    /// 1970; none if it ended while it waited.
    pub(crate) fn start(self: &Arc<Job>, account: &Arc<Account>) -> Option<u64> {
        let mut life = self.life();
        if life.end.is_some() {
            return None;
        }
        let start_ms = now_ms();
        life.state = State::Running;
        life.start_ms = Some(start_ms);
        life.account = Some(account.clone());
        self.announce(life);
        Some(start_ms)
    }

    /// The job's thread found the gate stopped. Returns the end if nobody has shown it yet: then the
    /// stop came from inside the work, and the job's thread has to record it.
    pub(crate) fn settle_stopped(self: &Arc<Job>) -> Option<End> {
        let life = self.life();
        let why = self.gate.stopped()?;
        if life.end.is_some() { None } else { Some(self.show_stopped(life, why)) }
    }

    /// Decides the end of a sealed job, still unseen.
    pub(crate) fn decide(&self, state: State, error: Option<Error>, kept: Kept) -> End {
        let mut life = self.life();
        let end = End { state, end_ms: now_ms(), error, peak_bytes: peak(&life), kept };
        life.end = Some(end.clone());
        end
    }

    /// Shows the decided end.
    pub(crate) fn publish(self: &Arc<Job>) {
        let mut life = self.life();
        if let Some(end) = &life.end {
            life.state = end.state;
        }
        self.announce(life);
    }

    /// Says that no thread works for the job any more. The caller has given back its memory.
    pub(crate) fn rest(self: &Arc<Job>) {
        let mut life = self.life();
        life.account = None;
        life.is_idle = true;
        life.stopped_after = life.stop_at.map(|at| at.elapsed());
        let latency = life.stopped_after.filter(|_| life.state == State::Cancelled);
        // Counted before anyone who waits can look.
        if let (Some(latency), Some(owner)) = (latency, self.owner.upgrade()) {
            owner.metrics.cancelled_after(latency);
        }
        self.announce(life);
    }

    /// The result was dropped to make room.
    pub(crate) fn expire(&self) {
        if let Some(end) = &mut self.life().end {
            end.kept = Kept::Expired;
        }
    }

    pub(crate) fn reached_or_wake(&self, want: Want, slot: &mut u64, waker: &Waker) -> bool {
        let mut life = self.life();
        let is_reached = life.has(want);
        let old = if is_reached { None } else { life.wakers.keep(slot, waker) };
        drop(life);
        drop(old);
        is_reached
    }

    pub(crate) fn forget_waker(&self, slot: u64) {
        let old = self.life().wakers.forget(slot);
        drop(old);
    }

    fn wait(&self, want: Want, timeout: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.life(), timeout, |life| !life.has(want));
        waited.unwrap_or_else(PoisonError::into_inner).0.has(want)
    }

    fn show_stopped(self: &Arc<Job>, mut life: MutexGuard<'_, Life>, why: Stop) -> End {
        let state = if why == Stop::Cancelled { State::Cancelled } else { State::Failed };
        let error = reason(&self.spec, why, life.account.as_deref());
        let end =
            End { state, end_ms: now_ms(), error: Some(error), peak_bytes: peak(&life), kept: Kept::Nothing };
        life.end = Some(end.clone());
        life.state = state;
        self.announce(life);
        end
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        // A panic elsewhere does not spoil it: every critical section leaves it whole.
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everyone who waits, and the engine's listeners, without a lock.
    fn announce(self: &Arc<Job>, mut life: MutexGuard<'_, Life>) {
        life.changes += 1;
        let is_new_state = life.told != life.state;
        life.told = life.state;
        let change = Change { number: life.changes, state: life.state, is_new_state, is_idle: life.is_idle };
        let wakers = life.wakers.take();
        drop(life);
        self.changed.notify_all();
        for (_, waker) in wakers {
            waker.wake();
        }
        if let Some(owner) = self.owner.upgrade() {
            owner.tell(self, change);
        }
    }
}

impl Life {
    fn has(&self, want: Want) -> bool {
        match want {
            Want::Ended => self.state.is_end(),
            Want::Idle => self.is_idle,
        }
    }
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Job({} {} {})", self.spec.id, self.spec.kind.name(), self.state().name())
    }
}

fn peak(life: &Life) -> u64 {
    life.account.as_ref().map_or(0, |account| account.peak())
}
