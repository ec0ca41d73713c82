//! The tokens of one base.

use super::piece::{DOCUMENTS_MAX, Piece, PieceBuilder};
use super::{Fault, Texts, fields};
use crate::base::Base;
use crate::index::IndexDef;
use crate::schema::Schema;
use gesso_core::ctx::even_cuts;
use gesso_core::{EdgeOrdinal, JobContext, LabelId, Tick, VertexIx};
use std::ops::Range;

/// A full-text index over one base.
#[derive(Debug, Default)]
pub struct TextIndex {
    pub(super) vertices: Side,
    pub(super) edges: Side,
}

/// The vertices of a base, or its edges.
#[derive(Debug, Default)]
pub struct Side {
    pub(super) pieces: Vec<Piece>,
}

/// What pieces are made from.
struct Source<'a> {
    ctx: &'a JobContext,
    base: &'a Base,
    schema: &'a Schema,
    def: &'a IndexDef,
}

impl TextIndex {
    /// Builds an index. The present phase advances by the vertices and edges that were looked at.
    pub(crate) fn build(
        ctx: &JobContext,
        base: &Base,
        schema: &Schema,
        def: &IndexDef,
    ) -> Result<TextIndex, Fault> {
        let source = Source { ctx, base, schema, def };
        let mut index = TextIndex { vertices: source.vertices()?, edges: source.edges()? };
        for piece in index.vertices.pieces.iter_mut().chain(&mut index.edges.pieces) {
            piece.release();
        }
        Ok(index)
    }

    /// Bytes held.
    pub fn size_bytes(&self) -> usize {
        let pieces = self.vertices.pieces.iter().chain(&self.edges.pieces);
        pieces.map(Piece::size_bytes).sum()
    }
}

impl Side {
    pub fn documents(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.rows.len() as u64).sum()
    }
}

impl Source<'_> {
    fn vertices(&self) -> Result<Side, Fault> {
        let mut labels = self.schema.labels().filter(|l| fields(self.def, l).next().is_some());
        if !labels.any(|l| self.base.vertex_table(l.id).is_some()) {
            return Ok(Side::default());
        }
        let cuts = even_cuts(self.base.vertex_bound() as usize, DOCUMENTS_MAX);
        let pieces = self.ctx.par_ranges(&cuts, |range, tick| {
            self.pieces(None, range, tick, |v| {
                Texts::of_base_vertex(self.schema, self.def, self.base, VertexIx(v as u32))
            })
        })?;
        Ok(Side { pieces: pieces.into_iter().flatten().collect() })
    }

    fn edges(&self) -> Result<Side, Fault> {
        let mut all = Side::default();
        for (label, edges) in self.base.edge_labels() {
            if self.schema.label(label).is_none_or(|l| fields(self.def, l).next().is_none()) {
                continue;
            }
            let cuts = even_cuts(edges.len(), DOCUMENTS_MAX);
            let pieces = self.ctx.par_ranges(&cuts, |range, tick| {
                self.pieces(Some(label), range, tick, |ordinal| {
                    let edge = EdgeOrdinal(ordinal as u32);
                    Texts::of_base_edge(self.schema, self.def, self.base, label, edge)
                })
            })?;
            all.pieces.extend(pieces.into_iter().flatten());
        }
        Ok(all)
    }

    /// The pieces of a range of rows: one, or more where texts are long.
    fn pieces(
        &self,
        label: Option<LabelId>,
        rows: Range<usize>,
        tick: &mut Tick<'_>,
        texts: impl Fn(usize) -> Texts,
    ) -> Result<Vec<Piece>, Fault> {
        let new = || PieceBuilder::new(self.ctx, self.def.properties.len(), label);
        let (mut done, mut builder) = (Vec::new(), new()?);
        let count = rows.len();
        for row in rows {
            tick.spend(8)?;
            let texts = texts(row);
            if texts.is_empty() {
                continue;
            }
            builder.add(row as u32, &texts, tick)?;
            if builder.is_full() {
                done.push(std::mem::replace(&mut builder, new()?).finish()?);
            }
        }
        if !builder.is_empty() {
            done.push(builder.finish()?);
        }
        self.ctx.advance(count as u64);
        Ok(done)
    }
}
