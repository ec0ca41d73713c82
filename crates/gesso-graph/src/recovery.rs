//! Applying a log at a start: what [`Snapshot::apply`] does, but many operations on edges at a time.
//!
//! Edges that follow one another in a log lie anywhere in the maps of a version, and finding their places
//! one by one is most of the work of a start. So they are kept until there are [`EDGES_MAX`], sorted, and
//! entered in the order of the maps, in both directions at once, while the log is read on. Whatever edges depend
//! on, and what depends on them, ends the run before it: the outcome is that of one operation after another.
//!
//! Threads: [`Recovery::begin`] starts two, which own what they change until [`Recovery::settle`] joins them.

use crate::apply::{ApplyError, key};
use crate::base::Base;
use crate::delta::{EdgeKey, EdgePatch, EdgeRow, Rows, Touched, VertexRow};
use crate::error::GraphError;
use crate::index::DeltaKeys;
use crate::label_counts::LabelCounts;
use crate::op::{self, EdgeName, Op};
use crate::schema::Schema;
use crate::snapshot::Snapshot;
use gesso_core::{GraphVersion, LabelId, Lsn, VertexIx};
use gesso_store::StoreError;
use imbl::{OrdMap, OrdSet};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;

/// Operations on edges that are entered together. Some tens of megabytes.
const EDGES_MAX: usize = 1 << 17;

/// A version that takes in a log.
pub(crate) struct Recovery {
    tip: Snapshot,
    /// Operations on edges that the version has not taken in, in the order of the log.
    waiting: Vec<Waiting>,
    /// How many of them are entered together.
    waiting_max: usize,
    /// Those that are being entered. The parts of the version that they change are with them.
    entering: Option<Entering>,
}

/// The threads that enter edges.
struct Entering {
    outgoing: JoinHandle<Result<Outgoing, GraphError>>,
    incoming: JoinHandle<Result<(), GraphError>>,
}

/// What a record of the log tells beside its changes.
pub(crate) struct Replayed {
    /// When it was made. Milliseconds since 1970.
    pub time_ms: u64,
    /// The job that made it, if one did.
    pub job: Option<Box<str>>,
}

struct Waiting {
    edge: EdgeName,
    lsn: u64,
    /// None for a deletion.
    row: Option<EdgeRow>,
}

impl Recovery {
    pub fn of(tip: Snapshot) -> Recovery {
        Recovery { tip, waiting: Vec::new(), waiting_max: EDGES_MAX, entering: None }
    }

    /// Takes in the next record of the log.
    pub fn replay(&mut self, lsn: Lsn, record: &[u8]) -> Result<Replayed, GraphError> {
        let commit = op::decode(record).map_err(|source| GraphError::Record { lsn: lsn.0, source })?;
        let mut job = None;
        for op in commit.ops {
            match op {
                Op::PutEdge { edge, properties } => {
                    let kept = self.tip.delta.rows.keep_edge(EdgePatch { properties });
                    let kept = kept.map_err(|e| GraphError::Apply { lsn: lsn.0, source: e.into() });
                    self.wait(Waiting { edge, lsn: lsn.0, row: Some(kept?) })?;
                }
                Op::DeleteEdge { edge } => self.wait(Waiting { edge, lsn: lsn.0, row: None })?,
                Op::ByJob(id) => {
                    job = Some(id);
                    self.tip.delta.changes += 1;
                }
                other => {
                    if !matches!(&other, Op::PutVertex { vertex, .. } if self.can_overtake_edges(*vertex)) {
                        self.begin()?;
                    }
                    self.settle()?;
                    self.tip.apply(&other).map_err(|source| GraphError::Apply { lsn: lsn.0, source })?;
                }
            }
        }
        self.tip.version = GraphVersion(lsn.0);
        Ok(Replayed { time_ms: commit.time_ms, job })
    }

    /// The version with everything taken in.
    pub fn finish(mut self) -> Result<Snapshot, GraphError> {
        self.begin()?;
        self.settle()?;
        Ok(self.tip)
    }

    /// A vertex that is new or alive: edges before and after its change are the same.
    fn can_overtake_edges(&self, v: VertexIx) -> bool {
        v.0 == self.tip.vertex_bound() || (v.0 < self.tip.vertex_bound() && self.tip.is_alive(v))
    }

    fn wait(&mut self, waiting: Waiting) -> Result<(), GraphError> {
        // Asked now: a vertex that comes later in the log is none yet.
        let bound = self.tip.vertex_bound();
        if let Some(unknown) = [waiting.edge.source, waiting.edge.target].into_iter().find(|v| v.0 >= bound) {
            return Err(GraphError::Apply { lsn: waiting.lsn, source: ApplyError::NoVertex(unknown) });
        }
        self.waiting.push(waiting);
        if self.waiting.len() >= self.waiting_max { self.begin() } else { Ok(()) }
    }

    /// Begins to enter the operations that wait, once those before them are entered.
    fn begin(&mut self) -> Result<(), GraphError> {
        self.settle()?;
        if self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = Arc::new(std::mem::take(&mut self.waiting));
        let Snapshot { delta, touched, counts, keys, schema, base, .. } = &mut self.tip;
        delta.changes += waiting.len() as u64;
        let alive = Alive {
            touched: touched.clone(),
            vertices: delta.vertices.clone(),
            rows: delta.rows.clone(),
            base: base.clone(),
        };
        let mut outgoing = Outgoing {
            out: std::mem::take(&mut delta.out),
            hidden: std::mem::take(&mut delta.hidden),
            next_index: std::mem::take(&mut delta.next_index),
            edges: delta.edges,
            counts: std::mem::take(counts),
            keys: std::mem::take(keys),
            schema: schema.clone(),
            alive: alive.clone(),
        };
        let same = waiting.clone();
        self.entering = Some(Entering {
            outgoing: started(move || outgoing.enter(&waiting).map(|()| outgoing))?,
            incoming: started(move || enter_incoming(&same, &alive))?,
        });
        Ok(())
    }

    /// Waits for the operations that are being entered.
    fn settle(&mut self) -> Result<(), GraphError> {
        let Some(Entering { outgoing, incoming }) = self.entering.take() else { return Ok(()) };
        // Both have ended before either's error is told.
        let (outgoing, incoming) = (joined(outgoing), joined(incoming));
        let Outgoing { out, hidden, next_index, edges, counts, keys, .. } = outgoing?;
        incoming?;
        let delta = &mut self.tip.delta;
        (delta.out, delta.hidden, delta.next_index, delta.edges) = (out, hidden, next_index, edges);
        (self.tip.counts, self.tip.keys) = (counts, keys);
        Ok(())
    }
}

fn started<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, GraphError> {
    let thread = std::thread::Builder::new().name("gesso-recover".to_owned());
    thread.spawn(work).map_err(|source| {
        GraphError::Store(StoreError::Io { path: "recovery".into(), act: "start a thread for", source })
    })
}

fn joined<T>(thread: JoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Which vertices there are.
#[derive(Clone)]
struct Alive {
    touched: Arc<Touched>,
    vertices: OrdMap<u32, VertexRow>,
    rows: Arc<Rows>,
    base: Arc<Base>,
}

impl Alive {
    /// Marks a vertex whose edges change, which must be alive.
    fn touch(&self, v: VertexIx, lsn: u64) -> Result<(), GraphError> {
        let row = if self.touched.get(v.0) { self.vertices.get(&v.0) } else { None };
        if !row.map_or_else(|| self.base.is_alive(v), |row| *row != VertexRow::DELETED) {
            return Err(GraphError::Apply { lsn, source: ApplyError::NoVertex(v) });
        }
        self.touched.mark(v.0);
        Ok(())
    }
}

/// What an edge changes at its source.
struct Outgoing {
    out: OrdMap<EdgeKey, EdgeRow>,
    hidden: OrdSet<(u16, u32)>,
    next_index: OrdMap<u32, u32>,
    edges: u64,
    counts: LabelCounts,
    keys: DeltaKeys,
    schema: Arc<Schema>,
    alive: Alive,
}

impl Outgoing {
    fn enter(&mut self, waiting: &[Waiting]) -> Result<(), GraphError> {
        let order = order(waiting, key);
        let at = |entry: &(EdgeKey, u32)| waiting.get(entry.1 as usize);
        let mut by_label = BTreeMap::<LabelId, i64>::new();
        for of_source in order.chunk_by(|a, b| a.0.near == b.0.near) {
            let Some(first) = of_source.first().and_then(at) else { continue };
            let source = first.edge.source;
            self.alive.touch(source, first.lsn)?;
            for same in of_source.chunk_by(|a, b| a.0 == b.0) {
                let Some((key, _)) = same.first() else { continue };
                let more = match same.first().and_then(at) {
                    Some(only) if same.len() == 1 => self.single(*key, only)?,
                    _ => self.edge(*key, same.iter().filter_map(at))?,
                };
                *by_label.entry(LabelId(key.label)).or_default() += more;
            }
            let used = of_source.iter().filter_map(at).filter(|w| w.row.is_some());
            self.raise_next_index(source, used.map(|w| w.edge.index.saturating_add(1)).max().unwrap_or(0));
        }
        for (label, by) in by_label {
            self.edges = self.edges.saturating_add_signed(by);
            self.counts.add_edge(label, by);
        }
        Ok(())
    }

    /// Keeps the next index of a source, and makes it at least `least`. Most are raised: then it is one step.
    fn raise_next_index(&mut self, source: VertexIx, least: u32) {
        let known = self.next_index.insert(source.0, least);
        let known = known.unwrap_or_else(|| self.alive.base.next_index(source));
        if known > least {
            self.next_index.insert(source.0, known);
        }
    }

    fn note(&mut self, key: EdgeKey, old: Option<EdgeRow>, new: Option<EdgeRow>) {
        let row = |row| self.alive.rows.edge(row);
        self.keys.note_edge(&self.schema, key, old.map(row), new.map(row));
    }

    /// Enters the only operation on an edge; in one step if it is new.
    fn single(&mut self, key: EdgeKey, only: &Waiting) -> Result<i64, GraphError> {
        let Some(row) = only.row.filter(|_| self.alive.base.edge_named(&only.edge).is_none()) else {
            return self.edge(key, std::iter::once(only));
        };
        let old = self.out.insert(key, row);
        self.note(key, old, Some(row));
        Ok(i64::from(old.is_none()))
    }

    /// Enters all operations on one edge, in order. Returns how many edges there are more.
    fn edge<'w>(
        &mut self,
        key: EdgeKey,
        operations: impl Iterator<Item = &'w Waiting>,
    ) -> Result<i64, GraphError> {
        let mut row = self.out.get(&key).copied();
        let is_known = row.is_some();
        let (mut was_there, mut last) = (is_known, None::<Option<EdgeRow>>);
        for operation in operations {
            let is_first = last.is_none();
            // An edge of the base is hidden by the first change, and there if none hid it before.
            if is_first && let Some(ordinal) = self.alive.base.edge_named(&operation.edge) {
                let is_new = self.hidden.insert((key.label, ordinal.0)).is_none();
                if is_new {
                    self.keys.note_hidden(&self.schema, &self.alive.base, LabelId(key.label), ordinal);
                }
                was_there |= is_new;
            }
            let is_there = last.map_or(was_there, |row| row.is_some());
            if operation.row.is_none() && !is_there {
                let source = ApplyError::NoEdge(operation.edge);
                return Err(GraphError::Apply { lsn: operation.lsn, source });
            }
            let old = std::mem::replace(&mut row, operation.row);
            self.note(key, old, row);
            last = Some(row);
        }
        let is_there = matches!(last, Some(Some(_)));
        match last.flatten() {
            Some(row) => _ = self.out.insert(key, row),
            None if is_known => _ = self.out.remove(&key),
            None => {}
        }
        Ok(i64::from(is_there) - i64::from(was_there))
    }
}

/// Enters what edges change at their targets, one target after another.
fn enter_incoming(waiting: &[Waiting], alive: &Alive) -> Result<(), GraphError> {
    let order = order(waiting, |edge| key(edge).turned());
    for of_target in order.chunk_by(|a, b| a.0.near == b.0.near) {
        let mut operations = of_target.iter().filter_map(|(_, at)| waiting.get(*at as usize)).peekable();
        if let Some(first) = operations.peek() {
            alive.touch(first.edge.target, first.lsn)?;
        }
        operations.filter(|w| w.row.is_some()).for_each(|w| alive.rows.note_source(key(&w.edge)));
    }
    Ok(())
}

/// The operations in the order of a map; those on one edge in the order of the log.
fn order(waiting: &[Waiting], key: impl Fn(&EdgeName) -> EdgeKey) -> Vec<(EdgeKey, u32)> {
    let mut order: Vec<_> = waiting.iter().zip(0u32..).map(|(w, at)| (key(&w.edge), at)).collect();
    order.sort_unstable();
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::Delta;
    use crate::graph::{Graph, GraphInfo};
    use crate::index::IndexSpec;
    use crate::schema::{LabelDef, LabelKind, PropertyDef};
    use crate::snapshot::{EdgeRef, End};
    use crate::transaction::Transaction;
    use gesso_core::rng::Rng;
    use gesso_core::{Cardinality, DataType, JobContext, PropId, Value};
    use gesso_store::{Disk, Log};
    use std::path::Path;

    const VERTICES: u64 = 12;

    fn graph(dir: &Path) -> Arc<Graph> {
        let info = GraphInfo {
            uid: "1".to_owned(),
            project: "p".to_owned(),
            name: "g".to_owned(),
            created_ms: 0,
            options: BTreeMap::new(),
        };
        let graph = Arc::new(Graph::create(dir, info, 0).expect("a graph"));
        let property =
            PropertyDef { name: "n".into(), data_type: DataType::Int, cardinality: Cardinality::Single };
        let label = LabelDef { name: "l".into(), kind: LabelKind::All, properties: vec![property] };
        let schema = graph.snapshot().schema().merged(&[label]).expect("a schema");
        graph.write(|tx| tx.set_schema(schema)).expect("a write");
        for kind in ["GlobalCompositeVertexIndex", "GlobalCompositeEdgeIndex"] {
            let properties = Some(vec!["n".into()]);
            let spec = IndexSpec { name: kind.into(), kind: kind.into(), properties, ..IndexSpec::default() };
            let reserved = graph.reserve_indices(vec![spec], 10).expect("a free name");
            reserved.build(&JobContext::detached(1, 1 << 30)).expect("an index");
        }
        graph
    }

    /// Some change, where few vertices meet often.
    fn change(tx: &mut Transaction, rng: &mut Rng) -> Result<(), ApplyError> {
        let label = LabelId(1);
        let value = Value::Int(rng.below(3) as i32);
        let alive: Vec<VertexIx> =
            (0..tx.snapshot().vertex_bound()).map(VertexIx).filter(|v| tx.snapshot().is_alive(*v)).collect();
        if (alive.len() as u64) < VERTICES {
            let id = format!("v{}", rng.below(1 << 40));
            return tx.new_vertex(&id, vec![label], vec![(label, PropId(0), value)]).map(drop);
        }
        let mut any = || alive[rng.below(alive.len() as u64) as usize];
        let (a, b) = (any(), any());
        let edges = tx.snapshot().edges_at(a, End::Source);
        let edge = edges.get(rng.below(edges.len().max(1) as u64) as usize).map(EdgeRef::name);
        match (rng.below(20), edge) {
            (0, _) => tx.delete_vertex(a),
            (1, _) => tx.set_vertex(a, vec![label], vec![(label, PropId(0), value)]),
            (2, _) => {
                let schema = tx.snapshot().schema().as_ref().clone();
                tx.set_schema(schema)
            }
            (3..8, Some(edge)) => tx.delete_edge(edge),
            (8..11, Some(edge)) => tx.set_edge(edge, Vec::new()),
            (11, Some(edge)) => tx.relabel_edge(edge, LabelId::DEFAULT, Vec::new()),
            // Back again, with the index that it had.
            (12, Some(edge)) => tx.delete_edge(edge).and_then(|()| tx.set_edge(edge, Vec::new())),
            _ => tx.new_edge(a, b, label, vec![(PropId(0), value)]).map(drop),
        }
    }

    /// Everything that a version holds beside its base.
    fn shown(s: &Snapshot) -> String {
        let mut counts: Vec<_> =
            s.schema.labels().map(|l| (s.vertices_with(l.id), s.edges_with(l.id))).collect();
        counts.push((s.vertex_count(), s.edge_count()));
        let Delta { hidden, changes, rows, .. } = &s.delta;
        let known = |(key, row): (EdgeKey, Option<EdgeRow>)| {
            let patch = s.delta.edge(key).expect("an edge of the version");
            assert!(row.is_none_or(|row| rows.edge(row) == patch));
            (key, patch)
        };
        let out: Vec<_> = s.delta.edges(..).collect();
        let targets = 0..s.vertex_bound();
        let incoming: Vec<_> = targets.flat_map(|v| s.delta.edges_to(v)).map(known).collect();
        assert_eq!(incoming.len(), out.len());
        let vertices: Vec<_> = s.delta.vertices.iter().map(|(v, row)| (v, rows.vertex(*row))).collect();
        // Recovery keeps that of more sources than live changes do.
        let next: Vec<_> = (0..s.vertex_bound()).map(|v| s.next_index(VertexIx(v))).collect();
        let touched: Vec<_> = (0..s.vertex_bound()).map(|v| s.touched.get(v)).collect();
        format!(
            "{counts:?} {vertices:?} {out:?} {incoming:?} {next:?} {hidden:?} {changes} {touched:?} {:?} {:?}",
            s.version,
            s.keys.sorted()
        )
    }

    #[test]
    fn a_log_taken_in_by_many_is_a_log_taken_in_one_by_one() {
        for seed in 0..5 {
            let dir = tempfile::tempdir().expect("a directory");
            let (graph, mut rng) = (graph(&dir.path().join("g")), Rng::new(seed, 7));
            let mut write = |count| {
                for _ in 0..count {
                    let size = rng.below(4) + 1;
                    let changed = graph.write(|tx| (0..size).try_for_each(|_| change(tx, &mut rng)));
                    changed.expect("a write");
                }
            };
            write(40);
            graph.compact(&JobContext::detached(1, 1 << 30)).expect("a base");
            write(100);
            let live = graph.snapshot();
            for waiting_max in [1, 7, EDGES_MAX] {
                let ctx = JobContext::detached(1, 1 << 30);
                let stored = Graph::read_base(&Disk::default(), graph.dir(), &ctx).expect("a base");
                let from = Lsn(stored.manifest.lsn);
                let mut recovery = Recovery { waiting_max, ..Recovery::of(stored.tip) };
                Log::read_on(&Disk::default(), &graph.dir().join("log"), from, |lsn, record| {
                    recovery.replay(lsn, record).map(drop)
                })
                .expect("a log");
                let found = recovery.finish().expect("a version");
                assert_eq!(shown(&found), shown(&live), "seed {seed}, {waiting_max} together");
            }
        }
    }

    #[test]
    fn what_does_not_fit_the_version_is_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let graph = graph(&dir.path().join("g"));
        let edge =
            |index| EdgeName { source: VertexIx(0), target: VertexIx(0), label: LabelId::DEFAULT, index };
        let (labels, properties) = (vec![LabelId::DEFAULT], Vec::new());
        let vertex = Op::PutVertex { vertex: VertexIx(0), id: "a".into(), labels, properties };
        let put = Op::PutEdge { edge: edge(0), properties: Vec::new() };
        for (ops, reason) in [
            (vec![put.clone(), vertex.clone()], "vertex number 0 does not exist"),
            (vec![vertex.clone(), put.clone(), Op::DeleteEdge { edge: edge(1) }], "does not exist"),
            (vec![vertex, Op::DeleteVertex { vertex: VertexIx(0) }, put], "vertex number 0 does not exist"),
        ] {
            let mut recovery = Recovery::of(graph.snapshot().as_ref().clone());
            let replayed = ops.iter().zip(5..).try_for_each(|(op, lsn)| {
                recovery.replay(Lsn(lsn), &op::encode(1, std::slice::from_ref(op))).map(drop)
            });
            let refused = replayed.and_then(|()| recovery.finish().map(drop)).expect_err("a refusal");
            assert!(refused.to_string().contains(reason), "{refused}");
        }
    }
}
