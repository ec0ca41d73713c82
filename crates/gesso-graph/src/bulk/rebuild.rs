//! A base of a version without further rows: what a checkpoint writes.
//!
//! Only what the version changes is built again. Labels without a change, and the vertices if no vertex
//! changed, are taken over array by array, so that they cost no time, no memory and, linked, no disk.

use super::edges::EdgeStage;
use super::vertices::VertexStage;
use crate::base::Base;
use crate::snapshot::Snapshot;
use gesso_core::{EdgeOrdinal, JobContext, LabelId, Stop, VertexIx};
use std::collections::BTreeSet;

/// Which labels a version's delta touches.
pub(super) struct Changed {
    /// Labels whose vertex tables differ from the base.
    pub tables: BTreeSet<LabelId>,
    /// Labels whose edges differ from the base.
    pub edges: BTreeSet<LabelId>,
    /// True if some vertex is new, changed or gone.
    vertices: bool,
}

/// The base of everything in a version.
pub(crate) fn rebuild(ctx: &JobContext, snapshot: &Snapshot) -> Result<Base, Stop> {
    let changed = Changed::of(ctx, snapshot)?;
    let old = &snapshot.base;
    let mut base = if changed.vertices {
        VertexStage::of_changed(ctx, snapshot, &changed.tables)?.finish(ctx)?
    } else {
        Base {
            ids: old.ids.clone(),
            labels: old.labels.clone(),
            rows: old.rows.clone(),
            more_labels: old.more_labels.clone(),
            vertex_tables: old.vertex_tables.clone(),
            live_vertices: old.live_vertices,
            ..Base::default()
        }
    };
    let bound = base.vertex_bound();
    EdgeStage::of_changed(ctx, snapshot, &changed.edges)?.finish_changed(
        ctx,
        bound,
        old,
        &changed.edges,
        &mut base,
    )?;
    note_floors(ctx, snapshot, &mut base)?;
    Ok(base)
}

impl Changed {
    fn of(ctx: &JobContext, snapshot: &Snapshot) -> Result<Changed, Stop> {
        let (base, delta) = (&snapshot.base, &snapshot.delta);
        let mut changed =
            Changed { tables: BTreeSet::new(), edges: BTreeSet::new(), vertices: !delta.vertices.is_empty() };
        let mut tick = ctx.tick();
        for (v, row) in &delta.vertices {
            tick.spend(16)?;
            changed.tables.extend(delta.rows.vertex(*row).labels.iter().copied());
            changed.tables.extend(base.labels_of(VertexIx(*v)).map(|(label, _)| label));
        }
        for label in delta.out.keys().map(|key| key.label).chain(delta.hidden.iter().map(|h| h.0)) {
            tick.spend(2)?;
            changed.edges.insert(LabelId(label));
        }
        Ok(changed)
    }
}

/// The next indexes of sources where those in use do not tell it.
fn note_floors(ctx: &JobContext, snapshot: &Snapshot, base: &mut Base) -> Result<(), Stop> {
    let mut tick = ctx.tick();
    let delta = &snapshot.delta.next_index;
    let old = snapshot.base.index_floor.iter().filter(|(v, _)| !delta.contains_key(*v));
    for (v, next) in old.chain(delta.iter()) {
        let mut in_use = 0;
        for (_, edges) in base.edge_labels() {
            let positions = edges.out().range(*v);
            tick.spend(positions.len() as u64 + 4)?;
            in_use = positions.map(|p| edges.index(EdgeOrdinal(p as u32)) + 1).fold(in_use, u32::max);
        }
        if *next > in_use {
            base.index_floor.insert(*v, *next);
        }
    }
    Ok(())
}
