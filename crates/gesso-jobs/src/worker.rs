//! The thread that runs jobs, one after another.
//!
//! What is long happens before the seal, where it can be thrown away: the work itself and storing its
//! result. Then the gate decides. Behind a won seal comes one record; behind a lost one nothing, as
//! whoever stopped the job has recorded that.

use crate::config::Point;
use crate::error::Failure;
use crate::job::Job;
use crate::journal::Event;
use crate::queue::{Turn, Work};
use crate::record::{End, Error, Kept, State};
use crate::shared::{Shared, lock};
use gesso_core::{JobContext, panic_text};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Runs jobs until the queue is closed.
pub fn work(shared: &Arc<Shared>) {
    let _member = shared.threads.enter();
    while let Some(turn) = shared.next_turn() {
        let job = turn.job.clone();
        run(shared, turn);
        lock(&shared.queue).over(&job);
        shared.memory_freed();
    }
}

fn run(shared: &Arc<Shared>, turn: Turn) {
    let Turn { job, work, account, erases } = turn;
    let Some(start_ms) = job.start(&account) else {
        drop(work);
        drop(account);
        job.rest();
        return;
    };
    shared.metrics.started(job.kind(), job.waited());
    shared.journal.note(&Event::Start { id: job.id().clone(), start_ms });
    let started = Instant::now();
    let timeout_ms = job.spec().timeout_ms;
    let deadline = (timeout_ms > 0)
        .then(|| started.checked_add(Duration::from_millis(timeout_ms)))
        .flatten()
        .map(|at| shared.timer.add(at, &job));
    let (gate, progress) = (job.gate().clone(), job.progress().clone());
    let ctx = JobContext::new(gate, progress, account, shared.pool.clone(), shared.config.threads);
    let ctx = ctx.of_job(job.id().as_str()).of_paths(shared.config.paths_max);
    let end = perform(shared, &job, &ctx, work);
    if let Some(deadline) = deadline {
        shared.timer.remove(deadline);
    }
    if ctx.account().used() > 0 {
        tracing::warn!(job = %job.id(), bytes = ctx.account().used(), "an ended job still holds memory");
    }
    drop(ctx);
    shared.metrics.ran(job.kind(), started.elapsed());
    if let Some(end) = end {
        let erased = erases.filter(|_| end.state == State::Complete);
        publish(shared, &job, end, erased);
    } else {
        rest_stopped(shared, &job);
    }
}

/// Makes the end of a sealed job durable, then visible. Whoever sees it finds the erased job gone.
fn publish(shared: &Shared, job: &Arc<Job>, end: End, erased: Option<Arc<Job>>) {
    let state = end.state;
    shared.commit_end(job, end);
    if let Some(erased) = erased {
        shared.forget_all(&[erased]);
    }
    shared.probe(Point::Recorded, job);
    shared.retire(job, state);
    job.rest();
    job.publish();
    // The graph may have been deleted while the job was sealed: then nobody else drops its result.
    if lock(&shared.index).get(job.graph(), job.id()).is_none() {
        shared.results.remove(job.id());
    }
}

/// A stopped job has come to rest. Whoever stopped it has recorded that and hurried the threads, unless its own work
/// stopped it.
fn rest_stopped(shared: &Shared, job: &Arc<Job>) {
    let end = job.settle_stopped();
    job.rest();
    if let Some(end) = end {
        let state = end.state;
        shared.journal.note(&Event::End { id: job.id().clone(), end });
        shared.retire(job, state);
    } else {
        shared.threads.calm();
    }
}

/// Does the work and stores its result. None if the job was stopped before it sealed.
fn perform(shared: &Shared, job: &Job, ctx: &JobContext, work: Work) -> Option<End> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let outcome = work(ctx)?;
        let kept = shared.results.keep(ctx, job, &outcome);
        match kept {
            // The work has sealed: what it changed stands, whatever becomes of its result.
            Err(_) if ctx.gate().is_sealed() => Ok(Kept::Expired),
            kept => kept,
        }
    }));
    let outcome = outcome.unwrap_or_else(|panic| Err(of_panic(job, &*panic)));
    shared.probe(Point::BeforeSeal, job);
    if !ctx.gate().is_sealed() && ctx.seal().is_err() {
        if matches!(outcome, Ok(Kept::File { .. })) {
            shared.results.remove(job.id());
        }
        return None;
    }
    shared.probe(Point::Sealed, job);
    Some(match outcome {
        Ok(kept) => job.decide(State::Complete, None, kept),
        Err(failure) => {
            let error = Error::new(failure.code, failure.message);
            job.decide(State::Failed, Some(error), Kept::Nothing)
        }
    })
}

/// A panic, told to the client by an id under which the log has the rest.
fn of_panic(job: &Job, panic: &(dyn Any + Send)) -> Failure {
    let error_id = Uuid::new_v4();
    tracing::error!(job = %job.id(), %error_id, panic = panic_text(panic), "the work of a job panicked");
    Failure::new(job.kind().failure_code(), format!("internal error {error_id}: see the server's log"))
}
