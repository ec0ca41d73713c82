//! The edge half of a bulk load.

use super::Held;
use super::repeats::Repeats;
use super::sort::{self, Sorted};
use super::vertices::{StageTable, VertexStage, edge_table_of, finish_columns};
use crate::base::{Adjacency, Base, Half};
use crate::chunk::EdgeChunk;
use crate::schema::Schema;
use crate::snapshot::{EdgeRef, End, Snapshot};
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, JobContext, LabelId, Stop, Value, VertexIx};
use std::collections::{BTreeSet, HashMap};

/// What becomes of an edge that repeats an earlier one: spec 10, 5.4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RepeatedEdges {
    /// What to do.
    pub action: Repeated,
    /// True: an edge repeats another with the same ends. False: and the same label.
    pub ignore_label: bool,
}

/// The choices of [`RepeatedEdges`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repeated {
    /// Both stay.
    #[default]
    Allow,
    /// The earlier one stays.
    Ignore,
    /// The earlier one with the lowest index takes label and properties of the later and keeps its index.
    Override,
}

/// Stands in `sources` for a row that is no edge (any more).
const NO_EDGE: u32 = u32::MAX;

#[derive(Default)]
pub(super) struct EdgeStage {
    labels: Vec<Option<StageEdges>>,
    tables: Vec<Option<StageTable>>,
    /// The next index of each source, by vertex; grown as needed.
    next_index: Vec<u32>,
    repeats: Repeats,
    /// The schema is needed for tables of labels that come up later.
    schema: std::sync::Arc<Schema>,
    /// The memory of the rows that were a version's.
    _held: Option<Held>,
}

/// Appended rows of one label: parallel to the rows of its table.
#[derive(Default)]
struct StageEdges {
    sources: Vec<u32>,
    targets: Vec<u32>,
    indexes: Vec<u32>,
}

impl StageEdges {
    fn push(&mut self, (source, target, index): (u32, u32, u32)) {
        self.sources.push(source);
        self.targets.push(target);
        self.indexes.push(index);
    }

    fn heap_bytes(&self) -> usize {
        (self.sources.capacity() + self.targets.capacity() + self.indexes.capacity()) * size_of::<u32>()
    }
}

impl EdgeStage {
    /// What the rows take; the table of repeated edges has an account of its own.
    fn heap_bytes(&self) -> u64 {
        let rows: usize = self.labels.iter().flatten().map(StageEdges::heap_bytes).sum();
        let columns: usize = self.tables.iter().flatten().map(StageTable::heap_bytes).sum();
        (rows + columns + self.next_index.capacity() * size_of::<u32>()) as u64
    }

    pub fn over(
        ctx: &JobContext,
        snapshot: &Snapshot,
        schema: &std::sync::Arc<Schema>,
        repeated: RepeatedEdges,
    ) -> Result<EdgeStage, Stop> {
        let repeats = Repeats::new(repeated, schema.sort_key().is_some());
        let mut stage = EdgeStage { repeats, schema: schema.clone(), ..EdgeStage::default() };
        if snapshot.edge_count() == 0
            && snapshot.delta.next_index.is_empty()
            && snapshot.base.index_floor.is_empty()
        {
            return Ok(stage);
        }
        let mut held = Held::nothing(ctx)?;
        let mut tick = ctx.tick();
        for v in (0..snapshot.vertex_bound()).map(VertexIx) {
            tick.spend(4)?;
            snapshot.visit_edges(v, End::Source, |e| {
                tick.spend(16)?;
                held.row(ctx, || stage.heap_bytes())?;
                let table = edge_table_of(&mut stage.tables, e.label, schema);
                let row = table.push(|property| snapshot.edge_property(&e, property));
                stage.append(e.label, (e.source.0, e.target.0, e.index));
                let (ends, needs_keys) = ((e.source.0, e.target.0), stage.repeats.needs_keys());
                let key = if needs_keys { snapshot.sort_key_of(&e) } else { None };
                if stage.repeats.earlier(ends, e.label, key.as_ref()).is_none() {
                    stage.repeats.set(ctx, ends, (e.label, row), key.as_ref())?;
                }
                Ok(())
            })?;
        }
        let floors = snapshot.base.index_floor.iter().map(|(v, n)| (*v, *n));
        for (v, next) in floors.chain(snapshot.delta.next_index.iter().map(|(v, n)| (*v, *n))) {
            tick.spend(1)?;
            let slot = stage.next_index_of(v);
            *slot = next.max(*slot);
        }
        held.cover(ctx, stage.heap_bytes())?;
        Ok(EdgeStage { _held: Some(held), ..stage })
    }

    /// The edges of a version that have one of these labels.
    pub fn of_changed(
        ctx: &JobContext,
        snapshot: &Snapshot,
        labels: &BTreeSet<LabelId>,
    ) -> Result<EdgeStage, Stop> {
        let mut stage = EdgeStage { schema: snapshot.schema.clone(), ..EdgeStage::default() };
        let mut held = Held::nothing(ctx)?;
        let mut tick = ctx.tick();
        for label in labels {
            let Some(base) = snapshot.base.edges(*label) else { continue };
            for v in base.out().sources() {
                tick.spend(1)?;
                for ordinal in base.out().range(v) {
                    tick.spend(8)?;
                    if let Some(e) = snapshot.base_edge_of(VertexIx(v), *label, ordinal) {
                        held.row(ctx, || stage.heap_bytes())?;
                        stage.copy(snapshot, &e);
                    }
                }
            }
        }
        for e in snapshot.changed_edges(0..u32::MAX) {
            tick.spend(16)?;
            held.row(ctx, || stage.heap_bytes())?;
            stage.copy(snapshot, &e);
        }
        held.cover(ctx, stage.heap_bytes())?;
        Ok(EdgeStage { _held: Some(held), ..stage })
    }

    /// Appends an edge of a version as it is.
    fn copy(&mut self, snapshot: &Snapshot, e: &EdgeRef) {
        let table = edge_table_of(&mut self.tables, e.label, &snapshot.schema);
        table.push(|property| snapshot.edge_property(e, property));
        edges_of(&mut self.labels, e.label).push((e.source.0, e.target.0, e.index));
    }

    /// Finishes the labels that changed, and takes over the others.
    pub fn finish_changed(
        self,
        ctx: &JobContext,
        bound: u32,
        old: &Base,
        changed: &BTreeSet<LabelId>,
        base: &mut Base,
    ) -> Result<(), Stop> {
        let mut stages: HashMap<usize, _> = self
            .labels
            .into_iter()
            .zip(self.tables.into_iter().chain(std::iter::repeat_with(|| None)))
            .enumerate()
            .collect();
        let count = old.adjacency.len().max(stages.len());
        for label in (0..count).map(|l| LabelId(l as u16)) {
            let adjacency = if changed.contains(&label) {
                match stages.remove(&label.at()) {
                    Some((Some(edges), table)) => adjacency(ctx, edges, table.unwrap_or_default(), bound)?,
                    _ => None,
                }
            } else {
                old.edges(label).cloned()
            };
            base.edges += adjacency.as_ref().map_or(0, |a| a.len() as u64);
            base.adjacency.push(adjacency);
        }
        Ok(())
    }

    fn append(&mut self, label: LabelId, (source, target, index): (u32, u32, u32)) {
        edges_of(&mut self.labels, label).push((source, target, index));
        if source != NO_EDGE {
            let next = self.next_index_of(source);
            *next = (*next).max(index + 1);
        }
    }

    fn next_index_of(&mut self, source: u32) -> &mut u32 {
        let at = source as usize;
        if self.next_index.len() <= at {
            self.next_index.resize((at + 1).max(self.next_index.len() * 2), 0);
        }
        &mut self.next_index[at]
    }

    pub fn add(
        &mut self,
        ctx: &JobContext,
        vertices: &mut VertexStage,
        chunk: EdgeChunk,
    ) -> Result<(), Stop> {
        let schema = self.schema.clone();
        vertices.reserve(ctx, chunk.pending.len())?;
        let mut next_row: HashMap<LabelId, u32> = HashMap::new();
        let keys = if self.repeats.needs_keys() { keys_in_row_order(ctx, &chunk)? } else { Vec::new() };
        for (label, table) in chunk.tables.into_vec() {
            let stage = edge_table_of(&mut self.tables, label, &schema);
            next_row.insert(label, stage.rows);
            stage.append(table);
        }
        let mut pending = chunk.pending.iter();
        let mut tick = ctx.tick();
        let (mut last_label, mut row) = (None, 0);
        let ends = chunk.sources.iter().zip(&chunk.targets);
        for (at, ((source, target), label)) in ends.zip(chunk.labels).enumerate() {
            tick.spend(8)?;
            let mut end = |v: u32| match v {
                EdgeChunk::PENDING => pending.next().map_or(v, |id| vertices.find_or_add(id, &schema).0),
                known => known,
            };
            let (source, target) = (end(*source), end(*target));
            if last_label != Some(label) {
                if let Some(l) = last_label {
                    next_row.insert(l, row);
                }
                row = next_row.get(&label).copied().unwrap_or(0);
                last_label = Some(label);
            }
            self.add_row(ctx, (source, target), (label, row), keys.get(at).and_then(Option::as_ref))?;
            row += 1;
        }
        Ok(())
    }

    fn add_row(
        &mut self,
        ctx: &JobContext,
        ends: (u32, u32),
        (label, row): (LabelId, u32),
        key: Option<&Value>,
    ) -> Result<(), Stop> {
        let (source, target) = ends;
        match (self.repeats.earlier(ends, label, key), self.repeats.action()) {
            (Some((old_label, old_row)), Repeated::Override) => {
                let old = edges_of(&mut self.labels, old_label);
                let index = old.indexes[old_row as usize];
                old.sources[old_row as usize] = NO_EDGE;
                self.append(label, (source, target, index));
                self.repeats.set(ctx, ends, (label, row), key)?;
            }
            (Some(_), _) => self.append(label, (NO_EDGE, 0, 0)),
            (None, _) => {
                let index = *self.next_index_of(source);
                self.append(label, (source, target, index));
                self.repeats.set(ctx, ends, (label, row), key)?;
            }
        }
        Ok(())
    }

    pub fn finish(self, ctx: &JobContext, bound: u32, base: &mut Base) -> Result<(), Stop> {
        let mut tables = self.tables.into_iter();
        let mut highest = ctx.alloc(bound as usize, 0u32)?;
        for stage in self.labels {
            let table = tables.next().flatten();
            let Some(stage) = stage else {
                base.adjacency.push(None);
                continue;
            };
            note_highest(ctx, &stage, &mut highest)?;
            let adjacency = adjacency(ctx, stage, table.unwrap_or_default(), bound)?;
            base.edges += adjacency.as_ref().map_or(0, |a| a.len() as u64);
            base.adjacency.push(adjacency);
        }
        let mut tick = ctx.tick();
        for (v, next) in self.next_index.iter().enumerate().take(bound as usize) {
            tick.spend(1)?;
            if *next > highest[v] {
                base.index_floor.insert(v as u32, *next);
            }
        }
        Ok(())
    }
}

/// The sort keys of a chunk's rows.
fn keys_in_row_order(ctx: &JobContext, chunk: &EdgeChunk) -> Result<Vec<Option<Value>>, Stop> {
    let mut next: HashMap<LabelId, usize> = HashMap::new();
    let mut keys = Vec::with_capacity(chunk.labels.len());
    let mut tick = ctx.tick();
    for label in &chunk.labels {
        tick.spend(4)?;
        let row = next.entry(*label).or_default();
        keys.push(chunk.tables.get(*label).and_then(|table| table.sort_key(*row)));
        *row += 1;
    }
    Ok(keys)
}

fn edges_of(labels: &mut Vec<Option<StageEdges>>, label: LabelId) -> &mut StageEdges {
    if labels.len() <= label.at() {
        labels.resize_with(label.at() + 1, || None);
    }
    labels[label.at()].get_or_insert_with(StageEdges::default)
}

/// For each source, one past the highest index that is in use.
fn note_highest(ctx: &JobContext, stage: &StageEdges, highest: &mut [u32]) -> Result<(), Stop> {
    let mut tick = ctx.tick();
    for (source, index) in stage.sources.iter().zip(&stage.indexes) {
        tick.spend(1)?;
        if *source != NO_EDGE {
            let slot = &mut highest[*source as usize];
            *slot = (*slot).max(index + 1);
        }
    }
    Ok(())
}

fn adjacency(
    ctx: &JobContext,
    stage: StageEdges,
    table: StageTable,
    bound: u32,
) -> Result<Option<Adjacency>, Stop> {
    let mut rows = ctx.alloc(stage.sources.len(), 0u32)?;
    let mut live = 0;
    let mut tick = ctx.tick();
    for (row, source) in stage.sources.iter().enumerate() {
        tick.spend(1)?;
        rows[live] = row as u32;
        live += usize::from(*source != NO_EDGE);
    }
    rows.truncate(live);
    if live == 0 {
        return Ok(None);
    }
    let keys = bound as usize;
    let by_target = sort::by_key(ctx, &rows, keys, |row| stage.targets[row as usize])?;
    drop(rows);
    let by_source = sort::by_key(ctx, &by_target.items, keys, |row| stage.sources[row as usize])?;
    drop(by_target);
    let order = &by_source.items;
    let out = half(ctx, &by_source, |row| stage.targets[row as usize])?;
    let indexes = gather(ctx, order.len(), |i| stage.indexes[order[i] as usize])?;
    let ordinals: Buf<u32> = gather(ctx, order.len(), |i| i as u32)?;
    let by_target = sort::by_key(ctx, &ordinals, keys, |ordinal| out.neighbours[ordinal as usize])?;
    drop(ordinals);
    let incoming = half(ctx, &by_target, |ordinal| stage.sources[order[ordinal as usize] as usize])?;
    let mut in_order = live == stage.sources.len();
    for (i, row) in order.iter().enumerate() {
        if !in_order {
            break;
        }
        tick.spend(1)?;
        in_order = i as u32 == *row;
    }
    drop(stage);
    let columns = finish_columns(ctx, table.columns, (!in_order).then_some(&order[..]))?;
    let ordinals = by_target.items.release().share();
    Ok(Some(Adjacency { out, incoming, ordinals, indexes: indexes.release().share(), columns }))
}

fn half(ctx: &JobContext, sorted: &Sorted, neighbour: impl Fn(u32) -> u32 + Sync) -> Result<Half, Stop> {
    let neighbours = gather(ctx, sorted.items.len(), |i| neighbour(sorted.items[i]))?;
    // Offsets only over the range of vertices that have entries.
    let offsets = &sorted.offsets;
    let first = offsets.partition_point(|o| *o == 0).saturating_sub(1);
    let end = offsets.partition_point(|o| *o < sorted.items.len() as u64);
    let range = &offsets[first..=end];
    let own = ctx.alloc_copy(range)?;
    Ok(Half { first: first as u32, offsets: own.release().share(), neighbours: neighbours.release().share() })
}

fn gather(ctx: &JobContext, len: usize, value: impl Fn(usize) -> u32 + Sync) -> Result<Buf<u32>, Stop> {
    let mut out = ctx.alloc(len, 0u32)?;
    ctx.par_fill(&mut out, &even_cuts(len, 1 << 15), |range, out, _| {
        for (i, o) in range.zip(out) {
            *o = value(i);
        }
        Ok::<_, Stop>(())
    })?;
    Ok(out)
}
