//! Who hears of changes of jobs, and what each has not taken yet.
//!
//! Lock order: the list of watchers, then the queue of one. Both are held for moments, on the threads that
//! change jobs.

use gesso_jobs::{Change, GraphKey, Job, JobId, State};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::Notify;

/// Changes kept for one watcher before older ones of the same job are dropped.
const KEPT_MAX: usize = 4096;

/// All watchers of a server.
#[derive(Default)]
pub struct Watchers {
    list: Mutex<List>,
}

#[derive(Default)]
struct List {
    watchers: Vec<Weak<Watcher>>,
    is_closed: bool,
}

struct Watcher {
    graph: GraphKey,
    only: Option<JobId>,
    queue: Mutex<Queue>,
    /// Notified when there is something in the queue.
    wake: Notify,
}

#[derive(Default)]
struct Queue {
    changes: VecDeque<(Arc<Job>, u64, State)>,
    was_cut: bool,
    is_closed: bool,
}

/// What one watcher waits for; dropping it ends the watch.
pub struct Subscription(Arc<Watcher>);

/// Changes in their order.
pub struct Seen {
    /// The jobs and the states that they have come to.
    pub changes: Vec<(Arc<Job>, State)>,
    /// True if some were dropped: the present state of known jobs has to be looked at.
    pub was_cut: bool,
}

impl Watchers {
    /// Tells everyone whom it concerns. Never blocks for long.
    pub fn tell(&self, job: &Arc<Job>, change: Change) {
        if !change.is_new_state {
            return;
        }
        let mut list = lock(&self.list);
        list.watchers.retain(|watcher| watcher.strong_count() > 0);
        for watcher in list.watchers.iter().filter_map(Weak::upgrade) {
            if watcher.graph == *job.graph() && watcher.only.as_ref().is_none_or(|id| id == job.id()) {
                lock(&watcher.queue).push(job, change);
                watcher.wake.notify_one();
            }
        }
    }

    /// Begins a watch of the jobs of a graph, or of one of them.
    pub fn subscribe(&self, graph: GraphKey, only: Option<JobId>) -> Subscription {
        let queue = Mutex::default();
        let watcher = Arc::new(Watcher { graph, only, queue, wake: Notify::new() });
        let mut list = lock(&self.list);
        lock(&watcher.queue).is_closed = list.is_closed;
        list.watchers.push(Arc::downgrade(&watcher));
        Subscription(watcher)
    }

    /// Ends all watches of a graph.
    pub fn close_graph(&self, graph: &GraphKey) {
        self.close_some(|watcher| watcher.graph == *graph);
    }

    /// Ends all watches, also those that begin later.
    pub fn close(&self) {
        lock(&self.list).is_closed = true;
        self.close_some(|_| true);
    }

    fn close_some(&self, which: impl Fn(&Watcher) -> bool) {
        let list = lock(&self.list);
        for watcher in list.watchers.iter().filter_map(Weak::upgrade).filter(|w| which(w)) {
            lock(&watcher.queue).is_closed = true;
            watcher.wake.notify_one();
        }
    }
}

impl Queue {
    fn push(&mut self, job: &Arc<Job>, change: Change) {
        // Two threads may tell of changes in either order; their numbers tell which came first.
        let at = self.changes.iter().rposition(|(other, ..)| Arc::ptr_eq(other, job));
        match at.and_then(|at| self.changes.get(at).map(|(_, number, _)| (at, *number))) {
            Some((at, number)) if number > change.number => {
                self.changes.insert(at, (job.clone(), change.number, change.state));
            }
            _ => self.changes.push_back((job.clone(), change.number, change.state)),
        }
        if self.changes.len() > KEPT_MAX {
            self.cut();
        }
    }

    /// Keeps the newest change of each job; nothing if there are too many even so.
    fn cut(&mut self) {
        self.was_cut = true;
        let mut newest: HashMap<JobId, u64> = HashMap::new();
        for (job, number, _) in &self.changes {
            let at = newest.entry(job.id().clone()).or_default();
            *at = (*at).max(*number);
        }
        self.changes.retain(|(job, number, _)| newest.get(job.id()) == Some(number));
        if self.changes.len() > KEPT_MAX / 2 {
            let excess = self.changes.len() - KEPT_MAX / 2;
            self.changes.drain(..excess);
        }
    }
}

impl Subscription {
    /// Waits for changes; none when the watch has ended. Dropping the future loses nothing.
    pub async fn next(&self) -> Option<Seen> {
        loop {
            {
                let mut queue = lock(&self.0.queue);
                if !queue.changes.is_empty() || queue.was_cut {
                    let changes = std::mem::take(&mut queue.changes);
                    let changes = changes.into_iter().map(|(job, _, state)| (job, state)).collect();
                    return Some(Seen { changes, was_cut: std::mem::take(&mut queue.was_cut) });
                }
                if queue.is_closed {
                    return None;
                }
            }
            self.0.wake.notified().await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
