//! The rows of a base by the hash of their key.
//!
//! For each label that the index covers, rows are sorted into buckets by the leading bits of the hash, by the
//! same stable counting sort that makes adjacency. A bucket holds about four rows of different keys, so a row
//! costs 4 bytes and its share of the bucket's offset 2.

use super::definition::IndexDef;
use super::key::{START, fold_column, seen_from};
use super::text::Fault;
use crate::base::Base;
use crate::bulk::sort;
use crate::schema::{Label, Schema};
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, JobContext, LabelId, Slab, Stop, VertexIx};
use gesso_store::{Segment, SegmentWriter, StoreError};
use std::collections::HashMap;

/// Rows per bucket, about.
const BUCKET_ROWS: usize = 4;
/// Rows hashed between two looks at the gate.
const STRETCH: usize = 8192;

/// An index over one base.
#[derive(Debug, Default)]
pub struct BaseIndex {
    parts: HashMap<LabelId, Part>,
    /// The labels that the definition covered when the index was built.
    covered: Vec<LabelId>,
}

/// The rows of one label.
#[derive(Debug)]
struct Part {
    /// How far a hash is shifted to become the number of a bucket.
    shift: u32,
    offsets: Slab<u64>,
    /// Rows of the label's vertex table, or ordinals of its edges; rising within a bucket.
    rows: Slab<u32>,
}

impl BaseIndex {
    /// Builds an index. The present phase advances by the rows that were hashed.
    pub(crate) fn build(
        ctx: &JobContext,
        base: &Base,
        schema: &Schema,
        def: &IndexDef,
    ) -> Result<BaseIndex, Stop> {
        let mut index = BaseIndex::default();
        for label in schema.labels().filter(|l| def.covers(l)) {
            index.covered.push(label.id);
            let keys = if def.kind.is_on_vertices() {
                vertex_keys(ctx, base, schema, def, label)?
            } else {
                edge_keys(ctx, base, def, label)?
            };
            if let Some(part) = Part::of(ctx, keys)? {
                index.parts.insert(label.id, part);
            }
        }
        Ok(index)
    }

    /// Rows under a label whose key may have this hash, rising.
    pub fn candidates(&self, label: LabelId, hash: u64) -> &[u32] {
        self.parts.get(&label).map_or(&[], |part| part.bucket(hash))
    }

    /// False if rows of the label may be missing: the definition did not cover it when the index was built,
    /// and values that other labels give its rows may make keys of them now.
    pub fn knows(&self, base: &Base, label: LabelId) -> bool {
        self.covered.contains(&label) || base.more_labels.is_empty()
    }

    /// Writes the index as arrays of a segment.
    pub(super) fn save(&self, ctx: &JobContext, w: &mut SegmentWriter) -> Result<(), StoreError> {
        w.array(ctx, "covered", &self.covered.iter().map(|l| l.0).collect::<Vec<u16>>())?;
        let mut parts: Vec<_> = self.parts.iter().collect();
        parts.sort_unstable_by_key(|(label, _)| **label);
        for (label, part) in parts {
            w.array(ctx, &format!("{label}.shift"), &[part.shift])?;
            w.array(ctx, &format!("{label}.offsets"), &part.offsets)?;
            w.array(ctx, &format!("{label}.rows"), &part.rows)?;
        }
        Ok(())
    }

    /// What [`BaseIndex::save`] wrote, with every number checked that leads somewhere.
    pub(super) fn load(
        ctx: &JobContext,
        segment: &Segment,
        base: &Base,
        def: &IndexDef,
    ) -> Result<BaseIndex, Fault> {
        let covered = segment.array::<u16>("covered")?.iter().map(|l| LabelId(*l)).collect();
        let mut index = BaseIndex { parts: HashMap::new(), covered };
        let labels = segment.names().filter_map(|name| name.strip_suffix(".shift")?.parse().ok());
        for label in labels.map(LabelId) {
            let rows = if def.kind.is_on_vertices() {
                base.vertex_table(label).map_or(0, crate::base::VertexTable::len)
            } else {
                base.edges(label).map_or(0, crate::base::Adjacency::len)
            };
            let part = Part {
                shift: segment.array::<u32>(&format!("{label}.shift"))?.first().copied().unwrap_or(0),
                offsets: segment.array(&format!("{label}.offsets"))?,
                rows: segment.array(&format!("{label}.rows"))?,
            };
            part.check(ctx, rows)?;
            index.parts.insert(label, part);
        }
        Ok(index)
    }

    /// Bytes held.
    pub fn size_bytes(&self) -> usize {
        self.parts.values().map(|p| p.offsets.size_bytes() + p.rows.size_bytes()).sum()
    }
}

impl Part {
    fn of(ctx: &JobContext, keys: Keys) -> Result<Option<Part>, Stop> {
        let Keys { hashes, rows } = keys;
        if rows.is_empty() {
            return Ok(None);
        }
        let buckets = rows.len().div_ceil(BUCKET_ROWS).next_power_of_two().max(2);
        let shift = 64 - buckets.trailing_zeros();
        let sorted = sort::by_key(ctx, &rows, buckets, |row| (hashes[row as usize] >> shift) as u32)?;
        let (offsets, rows) = (sorted.offsets.release().share(), sorted.items.release().share());
        Ok(Some(Part { shift, offsets, rows }))
    }

    /// Fails if a lookup could go astray in a table of so many rows.
    fn check(&self, ctx: &JobContext, rows: usize) -> Result<(), Fault> {
        let buckets = self.offsets.len().saturating_sub(1);
        let mut is_sound = buckets.is_power_of_two()
            && buckets > 1
            && self.shift == 64 - buckets.trailing_zeros()
            && self.offsets.last() == Some(&(self.rows.len() as u64));
        for offsets in self.offsets.chunks(STRETCH) {
            ctx.checkpoint()?;
            is_sound &= offsets.is_sorted() && offsets.last().is_none_or(|o| *o <= self.rows.len() as u64);
        }
        for stretch in self.rows.chunks(STRETCH) {
            ctx.checkpoint()?;
            is_sound &= stretch.iter().all(|row| (*row as usize) < rows);
        }
        if is_sound { Ok(()) } else { Err(Fault::Broken("buckets lead astray".to_owned())) }
    }

    fn bucket(&self, hash: u64) -> &[u32] {
        let bucket = (hash >> self.shift) as usize;
        &self.rows[self.offsets[bucket] as usize..self.offsets[bucket + 1] as usize]
    }
}

/// The hash of each row, and the rows that have a key.
struct Keys {
    hashes: Buf<u64>,
    rows: Buf<u32>,
}

fn vertex_keys(
    ctx: &JobContext,
    base: &Base,
    schema: &Schema,
    def: &IndexDef,
    label: &Label,
) -> Result<Keys, Stop> {
    let len = base.vertex_table(label.id).map_or(0, crate::base::VertexTable::len);
    let Some(table) = base.vertex_table(label.id) else { return keys(ctx, 0, |_, _, _| {}) };
    keys(ctx, len, |range, hashes, unset| {
        for name in &def.properties {
            let column = label.property(name).and_then(|p| table.column(p.id));
            fold_column(column, range.clone(), def.key_bytes, hashes, unset);
        }
        if base.more_labels.is_empty() {
            return;
        }
        for (i, row) in range.enumerate() {
            let v = table.member(row);
            if let Some(labels) = several_labels(base, v) {
                let value = |l, p| {
                    let (_, row) = base.labels_of(v).find(|(own, _)| *own == l)?;
                    base.vertex_table(l)?.column(p)?.get(row)
                };
                let key = seen_from(schema, def, label, &labels, value);
                (hashes[i], unset[i]) = (key.unwrap_or(START), key.is_none());
            }
        }
    })
}

fn several_labels(base: &Base, v: VertexIx) -> Option<Vec<LabelId>> {
    base.more_labels.binary_search_by_key(&v.0, |m| m.0).ok()?;
    Some(base.labels_of(v).map(|(l, _)| l).collect())
}

fn edge_keys(ctx: &JobContext, base: &Base, def: &IndexDef, label: &Label) -> Result<Keys, Stop> {
    let Some(edges) = base.edges(label.id) else { return keys(ctx, 0, |_, _, _| {}) };
    keys(ctx, edges.len(), |range, hashes, unset| {
        for name in &def.properties {
            let column = label.property(name).and_then(|p| edges.column(p.id));
            fold_column(column, range.clone(), def.key_bytes, hashes, unset);
        }
    })
}

/// Hashes stretch by stretch, in parallel.
fn keys(
    ctx: &JobContext,
    len: usize,
    hash: impl Fn(std::ops::Range<usize>, &mut [u64], &mut [bool]) + Sync,
) -> Result<Keys, Stop> {
    let cuts = even_cuts(len, STRETCH);
    let mut hashes = ctx.alloc(len, START)?;
    let counts = ctx.par_fill(&mut hashes, &cuts, |range, hashes, _| {
        let mut unset = vec![false; range.len()];
        hash(range.clone(), hashes, &mut unset);
        // Rows without a key are told by a hash that no row with a key keeps.
        let mut count = 0usize;
        for (hash, unset) in hashes.iter_mut().zip(unset) {
            *hash = if unset { NO_KEY } else { (*hash).max(1) };
            count += usize::from(!unset);
        }
        ctx.advance(range.len() as u64);
        Ok::<usize, Stop>(count)
    })?;
    let mut starts = vec![0usize];
    for count in &counts {
        starts.push(starts[starts.len() - 1] + count);
    }
    let mut rows = ctx.alloc(starts[starts.len() - 1], 0u32)?;
    ctx.par_fill_parts(&mut rows, &starts, |i, out, _| {
        let with_key = (cuts[i]..cuts[i + 1]).filter(|row| hashes[*row] != NO_KEY);
        for (slot, row) in out.iter_mut().zip(with_key) {
            *slot = row as u32;
        }
        Ok::<_, Stop>(())
    })?;
    Ok(Keys { hashes, rows })
}

const NO_KEY: u64 = 0;
