//! The engine: admission, lookup, and the end of everything.

use crate::config::EngineConfig;
use crate::error::{CancelRefusal, JobError, SubmitError, UnknownJob};
use crate::id::JobId;
use crate::index::Index;
use crate::job::Job;
use crate::journal::{Event, Journal};
use crate::kind::{Effect, Kind};
use crate::metrics::{Counters, Metrics};
use crate::priority::JobThreads;
use crate::queue::{Queue, Waiting};
use crate::record::{End, GraphKey, Kept, Record, Request, Spec, State, now_ms};
use crate::restart::{Committed, Rebuilder, restore, resume};
use crate::results::Results;
use crate::shared::{CANCEL_DISK_WAIT, Listener, Shared, lock};
use crate::timer::Timer;
use crate::watch::Change;
use crate::worker::work;
use gesso_core::{Budget, Pool, Stop};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

pub use crate::queue::Work;

/// A job to be run. `work` returns its result, which the engine then seals and publishes; work that
/// writes seals by itself just before its commit.
pub struct Submission {
    /// The job's graph.
    pub graph: GraphKey,
    /// The operation.
    pub kind: Kind,
    /// The request, for lists, with its secrets masked.
    pub request: Request,
    /// 0–9, higher first; larger values count as 9.
    pub priority: u8,
    /// How long it may run; none for as long as it takes.
    pub timeout: Option<Duration>,
    /// Upper bound of the memory that it will reserve.
    pub need_bytes: u64,
    /// What it does.
    pub work: Work,
    /// A job that is forgotten, with its result, once this one is complete; never before.
    pub erases: Option<Arc<Job>>,
    /// Whether the job is that of a request which waits for it: then it takes no place from ended jobs, and whoever
    /// submits it calls [`Engine::forget`] or [`Engine::keep`] in the end.
    pub of_request: bool,
}

impl Submission {
    /// Work of no need, without a deadline and with the middle priority.
    pub fn new(graph: GraphKey, kind: Kind, request: Request, work: Work) -> Submission {
        Submission {
            graph,
            kind,
            request,
            priority: 5,
            timeout: None,
            need_bytes: 0,
            work,
            erases: None,
            of_request: false,
        }
    }
}

/// Which jobs a list shows. Empty lists mean all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these states.
    pub states: Vec<State>,
    /// Only these kinds.
    pub kinds: Vec<Kind>,
    /// Only jobs submitted at or after this time, milliseconds since 1970.
    pub since_ms: u64,
}

/// A part of a list, newest first.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The jobs of the page.
    pub jobs: Vec<Arc<Job>>,
    /// How many the filter lets through in all.
    pub total: usize,
}

/// What [`Engine::cancel_all`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Jobs cancelled.
    pub cancelled: usize,
    /// Running jobs whose kind cannot be cancelled.
    pub skipped: usize,
}

/// Runs jobs. Dropping it shuts it down, which no work of its own may do: work holds no engine.
pub struct Engine {
    shared: Arc<Shared>,
    threads: Mutex<Threads>,
    /// Jobs without work, until they are resumed.
    parked: Mutex<Vec<Arc<Job>>>,
}

/// What a job is to be recorded with.
struct Wanted {
    graph: GraphKey,
    kind: Kind,
    request: Request,
    priority: u8,
    /// 0 for none.
    timeout_ms: u64,
    of_request: bool,
}

#[derive(Default)]
struct Threads {
    workers: Vec<JoinHandle<()>>,
    /// Timer and recorder: they outlive the workers, who need them.
    services: Vec<JoinHandle<()>>,
}

impl Engine {
    /// Opens the engine of a directory and starts its threads: [`Engine::open_parked`] and
    /// [`Engine::resume`] in one.
    pub fn open(dir: &Path, config: EngineConfig, rebuild: &Rebuilder<'_>) -> Result<Arc<Engine>, JobError> {
        let engine = Engine::open_parked(dir, config, &|_| false)?;
        engine.resume(rebuild);
        Ok(engine)
    }

    /// Opens the engine of a directory and starts its threads. Ended jobs are as they were. Jobs that
    /// were queued or running when the process died have failed. After a clean shutdown, queued jobs
    /// that only read stay queued without work, until [`Engine::resume`].
    /// A job that was running is complete if `has_committed` says that its graph has its commit.
    pub fn open_parked(
        dir: &Path,
        config: EngineConfig,
        has_committed: &Committed<'_>,
    ) -> Result<Arc<Engine>, JobError> {
        let (journal, replayed) = Journal::open(dir)?;
        let results = Results::open(dir.join("results"))?;
        let result_bytes_max = match config.result_bytes {
            Some(bytes) => bytes,
            None => results.share_of_disk(replayed.kept_bytes())?,
        };
        let threads = Arc::<JobThreads>::default();
        let entering = threads.clone();
        let shared = Arc::new(Shared {
            budget: Budget::new(config.memory_bytes),
            pool: Pool::new(config.threads.saturating_sub(1), move || entering.enter()),
            threads,
            journal,
            results,
            result_bytes_max,
            index: Mutex::new(Index::default()),
            queue: Mutex::new(Queue::default()),
            turn: Condvar::new(),
            timer: Timer::default(),
            metrics: Counters::new(),
            listeners: RwLock::default(),
            config,
        });
        let parked = restore(&shared, replayed, has_committed)?;
        let engine = Arc::new(Engine { shared, threads: Mutex::default(), parked: Mutex::new(parked) });
        engine.start_threads()?;
        Ok(engine)
    }

    /// Queues the jobs that wait for their work since the start with what `rebuild` makes of them; those
    /// of which it makes nothing have failed.
    pub fn resume(&self, rebuild: &Rebuilder<'_>) {
        let parked = std::mem::take(&mut *lock(&self.parked));
        resume(&self.shared, parked, rebuild);
    }

    /// Admits a job. Its record is durable when this returns, which takes one fsync at most; async code
    /// calls it where it may block.
    pub fn submit(&self, submission: Submission) -> Result<Arc<Job>, SubmitError> {
        let shared = &self.shared;
        let Submission { graph, kind, request, priority, timeout, need_bytes, work, erases, of_request } =
            submission;
        let budget = shared.budget.limit();
        if need_bytes > budget {
            return Err(SubmitError::TooLarge { need: need_bytes, budget });
        }
        let (per_graph, total) = (shared.config.queue_per_graph, shared.config.queue_total);
        lock(&shared.queue).reserve(&graph, per_graph, total)?;
        let timeout_ms = timeout.map_or(0, |timeout| timeout.as_millis().max(1) as u64);
        let priority = priority.min(9);
        let wanted = Wanted { graph: graph.clone(), kind, request, priority, timeout_ms, of_request };
        let recorded = self.record(wanted, None);
        let job = recorded.inspect_err(|_| lock(&shared.queue).release(&graph))?;
        shared.tell(&job, Job::SUBMITTED);
        let ended = lock(&shared.queue).push(Waiting::new(job.clone(), work, need_bytes, erases));
        match ended {
            Ok(()) => shared.turn.notify_one(),
            Err(waiting) => {
                drop(waiting);
                job.rest();
            }
        }
        Ok(job)
    }

    /// Records work that is done already as a complete job, which no queue or worker sees. Durable when this returns.
    pub fn record_done(
        &self,
        graph: GraphKey,
        kind: Kind,
        request: Request,
    ) -> Result<Arc<Job>, SubmitError> {
        let end =
            End { state: State::Complete, end_ms: now_ms(), error: None, peak_bytes: 0, kept: Kept::Nothing };
        let wanted = Wanted { graph, kind, request, priority: 0, timeout_ms: 0, of_request: false };
        let job = self.record(wanted, Some(end))?;
        self.shared.tell(&job, Job::DONE);
        self.shared.retire(&job, State::Complete);
        Ok(job)
    }

    /// The job of that id, if it belongs to the graph. Texts that are no ids are unknown jobs.
    pub fn find(&self, graph: &GraphKey, id: &str) -> Result<Arc<Job>, UnknownJob> {
        let job = JobId::parse(id).and_then(|id| lock(&self.shared.index).get(graph, &id).cloned());
        job.ok_or_else(|| UnknownJob { id: id.to_owned() })
    }

    /// The job of that id, whichever graph of the project it belongs to, or belonged to.
    pub fn find_in_project(&self, project: &str, id: &str) -> Result<Arc<Job>, UnknownJob> {
        let job = JobId::parse(id).and_then(|id| lock(&self.shared.index).by_id(&id).cloned());
        let job = job.filter(|job| job.graph().project == project);
        job.ok_or_else(|| UnknownJob { id: id.to_owned() })
    }

    /// The job of that id, if the graph that it belongs to has, or had, this name in this project.
    pub fn find_by_name(&self, project: &str, graph: &str, id: &str) -> Option<Arc<Job>> {
        let job = lock(&self.shared.index).by_id(&JobId::parse(id)?).cloned()?;
        let fits = job.graph().project == project && job.graph().name == graph;
        fits.then_some(job)
    }

    /// The jobs of a graph, newest first.
    pub fn list(&self, graph: &GraphKey, filter: &Filter, offset: usize, limit: usize) -> Page {
        let index = lock(&self.shared.index);
        let (jobs, total) = if filter.is_open() {
            index.page(graph, offset, limit)
        } else {
            index.page_where(graph, |job| filter.lets_through(job), offset, limit)
        };
        Page { jobs, total }
    }

    /// Cancels the jobs of a graph that are in one of `states` and of one of `kinds` (empty: all kinds).
    pub fn cancel_all(&self, graph: &GraphKey, states: &[State], kinds: &[Kind]) -> Swept {
        let filter = Filter { states: states.to_vec(), kinds: kinds.to_vec(), since_ms: 0 };
        let mut swept = Swept::default();
        for job in self.list(graph, &filter, 0, usize::MAX).jobs {
            match job.try_stop(Stop::Cancelled) {
                Ok(stopped) => {
                    self.shared.after_stop(&job, stopped);
                    swept.cancelled += 1;
                }
                Err(CancelRefusal::Unsupported) => swept.skipped += 1,
                Err(CancelRefusal::AlreadyEnded(_) | CancelRefusal::Sealed) => {}
            }
        }
        self.shared.journal.wait_noted(CANCEL_DISK_WAIT);
        swept
    }

    /// Stops and forgets all jobs of a graph. Returns those that threads still work for: wait for them
    /// to be idle before the graph's memory is expected back.
    pub fn delete_graph(&self, graph: &GraphKey) -> Vec<Arc<Job>> {
        let (mut jobs, _) = lock(&self.shared.index).page(graph, 0, usize::MAX);
        for job in &jobs {
            if let Ok(stopped) = job.try_stop(Stop::GraphDeleted) {
                self.shared.after_stop(job, stopped);
            }
        }
        self.shared.forget_all(&jobs);
        jobs.retain(|job| !job.wait_idle(Duration::ZERO));
        jobs
    }

    /// Forgets an ended job and its result. False if it has not ended, or is forgotten already.
    pub fn forget(&self, job: &Arc<Job>) -> bool {
        job.state().is_end() && self.shared.forget_all(std::slice::from_ref(job)) > 0
    }

    /// Remembers the ended job of a request like any other.
    pub fn keep(&self, job: &Arc<Job>) {
        job.set_of_request(false);
        if job.state().is_end() {
            self.shared.restore_ended(job);
        }
    }

    /// Calls `listener` at every change of every job, on the thread that makes it, without locks held.
    /// It must not block, nor hold the engine.
    pub fn on_change(&self, listener: impl Fn(&Arc<Job>, Change) + Send + Sync + 'static) {
        let listener: Listener = Arc::new(listener);
        self.shared.listeners.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// Forgets ended jobs that have come to their age; without this they stay until the next one ends.
    pub fn forget_old(&self) {
        self.shared.forget_old();
    }

    /// What all running jobs together may hold. Whoever else draws from it calls
    /// [`Engine::memory_freed`] afterwards.
    pub fn budget(&self) -> &Arc<Budget> {
        &self.shared.budget
    }

    /// The helper threads of parallel loops, for work outside of jobs.
    pub fn pool(&self) -> &Arc<Pool> {
        &self.shared.pool
    }

    /// Looks whether a waiting job fits, now that memory of the budget has come back.
    pub fn memory_freed(&self) {
        self.shared.memory_freed();
    }

    /// All counters.
    pub fn metrics(&self) -> Metrics {
        let mut metrics = self.shared.metrics.snapshot();
        let queue = lock(&self.shared.queue);
        metrics.queued = queue.counts(State::Queued);
        metrics.running = queue.counts(State::Running);
        let running = queue.running().to_vec();
        drop(queue);
        metrics.held = running.into_iter().map(|job| (job.held_bytes(), job)).collect();
        metrics.memory_bytes = self.shared.budget.used();
        metrics.result_bytes = lock(&self.shared.index).file_bytes();
        metrics
    }

    /// Admits nothing more, stops what runs, and returns when every thread has ended and everything is
    /// durable. Queued jobs that only read stay queued for the next start; other ones have failed.
    pub fn shutdown(&self) {
        let mut threads = lock(&self.threads);
        if threads.services.is_empty() {
            return;
        }
        let (running, waiting): (Vec<_>, Vec<_>) = {
            let mut queue = lock(&self.shared.queue);
            queue.close();
            (queue.running().to_vec(), queue.waiting().cloned().collect())
        };
        self.shared.turn.notify_all();
        let lost = waiting.iter().filter(|job| job.kind().effect() == Effect::Writes);
        for job in running.iter().chain(lost) {
            if let Ok(stopped) = job.try_stop(Stop::Shutdown) {
                self.shared.after_stop(job, stopped);
            }
        }
        join(&mut threads.workers);
        self.shared.journal.note(&Event::Shutdown);
        self.shared.timer.close();
        self.shared.journal.close();
        join(&mut threads.services);
    }

    /// Makes a job and its record durable, with its end if it has one already.
    fn record(&self, wanted: Wanted, end: Option<End>) -> Result<Arc<Job>, SubmitError> {
        let Shared { index, journal, .. } = &*self.shared;
        let seq = lock(index).next_seq();
        let of_request = wanted.of_request;
        let spec = wanted.spec(seq);
        let start_ms = end.as_ref().map(|_| spec.create_ms);
        let mut events = vec![journal.encode(&Event::Submit(spec.clone()))?];
        if let (Some(start_ms), Some(end)) = (start_ms, &end) {
            events.push(journal.encode(&Event::Start { id: spec.id.clone(), start_ms })?);
            events.push(journal.encode(&Event::End { id: spec.id.clone(), end: end.clone() })?);
        }
        let job = Job::of_record(Record { spec, start_ms, end }, Arc::downgrade(&self.shared));
        job.set_of_request(of_request);
        // Inserted and appended under one lock, so that a snapshot misses no job. Nothing waits for the disk here, as
        // everybody who looks for a job waits for this lock.
        let mut jobs = lock(index);
        let lsn = journal.append_all(&events)?;
        jobs.insert(&job);
        drop(jobs);
        if let Err(e) = journal.sync(lsn) {
            lock(index).remove(&job);
            return Err(e.into());
        }
        Ok(job)
    }

    fn start_threads(&self) -> Result<(), JobError> {
        let mut threads = lock(&self.threads);
        let shared = self.shared.clone();
        threads.services.push(spawn("jobs-recorder".to_owned(), move || {
            shared.journal.run(|| shared.jobs());
        })?);
        let shared = self.shared.clone();
        threads.services.push(spawn("jobs-timer".to_owned(), move || {
            shared.timer.run(|job| {
                if let Ok(stopped) = job.try_stop(Stop::Deadline) {
                    shared.after_stop(&job, stopped);
                }
            });
        })?);
        for i in 0..self.shared.config.running.max(1) {
            let shared = self.shared.clone();
            threads.workers.push(spawn(format!("job-{i}"), move || work(&shared))?);
        }
        Ok(())
    }
}

impl Wanted {
    fn spec(self, seq: u64) -> Spec {
        let Wanted { graph, kind, request, priority, timeout_ms, .. } = self;
        Spec { id: JobId::new(seq), seq, graph, kind, request, priority, timeout_ms, create_ms: now_ms() }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl Filter {
    /// True if it lets everything through.
    fn is_open(&self) -> bool {
        self.states.is_empty() && self.kinds.is_empty() && self.since_ms == 0
    }

    fn lets_through(&self, job: &Job) -> bool {
        job.spec().create_ms >= self.since_ms
            && (self.kinds.is_empty() || self.kinds.contains(&job.kind()))
            && (self.states.is_empty() || self.states.contains(&job.state()))
    }
}

fn spawn(name: String, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, JobError> {
    std::thread::Builder::new()
        .name(name.clone())
        .spawn(run)
        .map_err(|source| JobError::Thread { name, source })
}

fn join(threads: &mut Vec<JoinHandle<()>>) {
    for thread in threads.drain(..) {
        if thread.join().is_err() {
            tracing::error!("a thread of the job engine panicked");
        }
    }
}
