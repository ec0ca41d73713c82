//! Who runs next: fair between graphs, by priority and age within one, and only what fits in memory.
//!
//! Graphs take turns. Within a graph the highest priority goes first, then the oldest. A job whose need
//! does not fit at the moment is passed over, so that smaller ones go on; after [`PASSES_MAX`] times
//! nothing that needs memory passes it any more, until it fits.

use crate::error::SubmitError;
use crate::job::Job;
use crate::kind::Kind;
use crate::record::{GraphKey, State};
use gesso_core::{Account, Budget, JobContext, Outcome};
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// How often a job may be passed over for lack of memory.
const PASSES_MAX: u32 = 16;

/// The work of a job: see [`crate::Work`].
pub type Work = Box<dyn FnOnce(&JobContext) -> Result<Outcome, crate::Failure> + Send>;

/// A job that waits, with what it will do.
pub struct Waiting {
    pub job: Arc<Job>,
    pub work: Work,
    /// Bytes that it is granted at its start.
    pub need_bytes: u64,
    /// A job that is forgotten when this one is complete.
    pub erases: Option<Arc<Job>>,
    passed: u32,
}

impl Waiting {
    pub fn new(job: Arc<Job>, work: Work, need_bytes: u64, erases: Option<Arc<Job>>) -> Waiting {
        Waiting { job, work, need_bytes, erases, passed: 0 }
    }
}

/// A job whose turn it is, with the memory it was granted.
pub struct Turn {
    pub job: Arc<Job>,
    pub work: Work,
    pub account: Arc<Account>,
    pub erases: Option<Arc<Job>>,
}

/// The waiting jobs, and those that run.
#[derive(Default)]
pub struct Queue {
    /// In the order of their turns; only graphs that have slots taken.
    graphs: VecDeque<GraphQueue>,
    slots: usize,
    running: Vec<Arc<Job>>,
    closed: bool,
}

struct GraphQueue {
    key: GraphKey,
    waiting: BTreeMap<Place, Waiting>,
    /// Waiting jobs, and those whose record is being written.
    slots: usize,
}

/// The order within a graph.
type Place = (Reverse<u8>, u64);

impl Queue {
    /// Takes a slot for a job that is about to be recorded, or says which limit is reached.
    pub fn reserve(&mut self, graph: &GraphKey, per_graph: usize, total: usize) -> Result<(), SubmitError> {
        if self.closed {
            return Err(SubmitError::ShuttingDown);
        }
        if self.slots >= total {
            return Err(SubmitError::QueueFull { limit: total, per_graph: false });
        }
        let queue = self.graph(graph);
        if queue.slots >= per_graph {
            return Err(SubmitError::QueueFull { limit: per_graph, per_graph: true });
        }
        queue.slots += 1;
        self.slots += 1;
        Ok(())
    }

    /// Gives a slot back.
    pub fn release(&mut self, graph: &GraphKey) {
        let Some(at) = self.graphs.iter().position(|q| q.key == *graph) else { return };
        self.slots -= 1;
        if let Some(queue) = self.graphs.get_mut(at) {
            queue.slots -= 1;
            if queue.slots == 0 {
                self.graphs.remove(at);
            }
        }
    }

    /// Lets a job wait in the slot that was reserved for it. Gives it back if it has ended meanwhile.
    pub fn push(&mut self, waiting: Waiting) -> Result<(), Waiting> {
        if waiting.job.state().is_end() {
            self.release(waiting.job.graph());
            return Err(waiting);
        }
        let place = place_of(&waiting.job);
        self.graph(waiting.job.graph()).waiting.insert(place, waiting);
        Ok(())
    }

    /// Takes a waiting job out, for one that was stopped.
    pub fn remove(&mut self, job: &Job) -> Option<Waiting> {
        let queue = self.graphs.iter_mut().find(|q| q.key == *job.graph())?;
        let waiting = queue.waiting.remove(&place_of(job))?;
        self.release(job.graph());
        Some(waiting)
    }

    /// The next job that fits; it counts as running from now on.
    pub fn take(&mut self, budget: &Arc<Budget>) -> Option<Turn> {
        let mut blocked = false;
        let mut found = None;
        'graphs: for (at, queue) in self.graphs.iter().enumerate() {
            for (place, waiting) in &queue.waiting {
                let may_pass = !blocked || waiting.need_bytes == 0;
                if may_pass && let Ok(account) = budget.open(waiting.need_bytes) {
                    found = Some((at, *place, account));
                    break 'graphs;
                }
                blocked |= waiting.passed >= PASSES_MAX;
            }
        }
        let (at, place, account) = found?;
        self.count_passed(at, place);
        let mut queue = self.graphs.remove(at)?;
        let waiting = queue.waiting.remove(&place);
        queue.slots -= 1;
        self.slots -= 1;
        if queue.slots > 0 {
            self.graphs.push_back(queue);
        }
        let Waiting { job, work, erases, .. } = waiting?;
        self.running.push(job.clone());
        Some(Turn { job, work, account, erases })
    }

    /// Counts a pass for everyone who was looked at before the job that goes.
    fn count_passed(&mut self, graph_at: usize, place: Place) {
        for (at, queue) in self.graphs.iter_mut().enumerate().take(graph_at + 1) {
            for (other, waiting) in &mut queue.waiting {
                if at == graph_at && *other >= place {
                    break;
                }
                waiting.passed += 1;
            }
        }
    }

    /// A running job has come to rest.
    pub fn over(&mut self, job: &Arc<Job>) {
        self.running.retain(|running| !Arc::ptr_eq(running, job));
    }

    /// Admits nothing from now on and hands out no more turns.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// True after [`Queue::close`].
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// True if nobody waits.
    pub fn is_empty(&self) -> bool {
        self.slots == 0
    }

    /// The running jobs.
    pub fn running(&self) -> &[Arc<Job>] {
        &self.running
    }

    /// The waiting jobs, in no order.
    pub fn waiting(&self) -> impl Iterator<Item = &Arc<Job>> {
        self.graphs.iter().flat_map(|q| q.waiting.values().map(|w| &w.job))
    }

    /// How many jobs of each graph and kind are queued or running.
    pub fn counts(&self, state: State) -> Vec<(GraphKey, Kind, u64)> {
        let jobs: Vec<&Arc<Job>> =
            if state == State::Running { self.running.iter().collect() } else { self.waiting().collect() };
        let mut counts: Vec<(GraphKey, Kind, u64)> = Vec::new();
        for job in jobs {
            match counts.iter_mut().find(|(graph, kind, _)| graph == job.graph() && *kind == job.kind()) {
                Some((_, _, count)) => *count += 1,
                None => counts.push((job.graph().clone(), job.kind(), 1)),
            }
        }
        counts
    }

    fn graph(&mut self, key: &GraphKey) -> &mut GraphQueue {
        let at = self.graphs.iter().position(|q| q.key == *key).unwrap_or_else(|| {
            self.graphs.push_back(GraphQueue { key: key.clone(), waiting: BTreeMap::new(), slots: 0 });
            self.graphs.len() - 1
        });
        &mut self.graphs[at]
    }
}

fn place_of(job: &Job) -> Place {
    (Reverse(job.spec().priority), job.spec().seq)
}
