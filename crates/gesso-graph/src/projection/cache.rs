//! Finished projections, kept for the next job on the same version. Only whole ones get in.

use super::{Projection, ProjectionError, ProjectionSpec, build};
use crate::snapshot::Snapshot;
use gesso_core::{GraphVersion, JobContext};
use std::sync::{Arc, Mutex, PoisonError};

/// The projections of one graph, least recently used first; bounded by bytes.
#[derive(Default)]
pub struct ProjectionCache {
    /// Held for look-ups only, never while a projection is built.
    entries: Mutex<Vec<Entry>>,
    limit_bytes: u64,
    /// What was asked for and not built, on the newest version that something was asked for on.
    missed: Mutex<(GraphVersion, Vec<ProjectionSpec>)>,
}

/// Specs remembered for not being there.
const MISSED_MAX: usize = 64;

struct Entry {
    version: GraphVersion,
    spec: ProjectionSpec,
    projection: Arc<Projection>,
}

impl ProjectionCache {
    /// A cache of at most `limit_bytes`.
    pub fn new(limit_bytes: u64) -> ProjectionCache {
        ProjectionCache { entries: Mutex::default(), limit_bytes, missed: Mutex::default() }
    }

    /// The projection of a version, built if nobody has built it yet.
    pub fn get(
        &self,
        ctx: &JobContext,
        snapshot: &Arc<Snapshot>,
        spec: &ProjectionSpec,
    ) -> Result<Arc<Projection>, ProjectionError> {
        if let Some(found) = self.find(snapshot.version(), spec) {
            return Ok(found);
        }
        let made = Arc::new(build(ctx, snapshot, spec)?);
        self.insert(snapshot.version(), spec, &made);
        Ok(made)
    }

    /// True for a projection that is there, or that was asked for before on this version: then it is worth
    /// building for who could do without it.
    pub fn is_wanted(&self, version: GraphVersion, spec: &ProjectionSpec) -> bool {
        if self.lock().iter().any(|e| e.version == version && e.spec == *spec) {
            return true;
        }
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        if missed.0 != version {
            *missed = (version, Vec::new());
        }
        if missed.1.contains(spec) {
            return true;
        }
        if missed.1.len() < MISSED_MAX {
            missed.1.push(spec.clone());
        }
        false
    }

    /// Bytes of all projections in the cache.
    pub fn size_bytes(&self) -> u64 {
        self.lock().iter().map(|e| e.projection.size_bytes()).sum()
    }

    /// Lets go of everything.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn find(&self, version: GraphVersion, spec: &ProjectionSpec) -> Option<Arc<Projection>> {
        let mut entries = self.lock();
        let at = entries.iter().position(|e| e.version == version && e.spec == *spec)?;
        let entry = entries.remove(at);
        let found = entry.projection.clone();
        entries.push(entry);
        Some(found)
    }

    fn insert(&self, version: GraphVersion, spec: &ProjectionSpec, projection: &Arc<Projection>) {
        let mut entries = self.lock();
        // Versions only grow; nobody new will ask for an older one.
        entries.retain(|e| e.version >= version);
        let newest = entries.last().map_or(version, |e| e.version);
        if newest > version || projection.size_bytes() > self.limit_bytes {
            return;
        }
        entries.push(Entry { version, spec: spec.clone(), projection: projection.clone() });
        let mut total: u64 = entries.iter().map(|e| e.projection.size_bytes()).sum();
        while total > self.limit_bytes && !entries.is_empty() {
            total -= entries.remove(0).projection.size_bytes();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
