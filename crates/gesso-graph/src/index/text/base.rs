//! The tokens of one base.

use super::piece::{BUILD_BYTES_MAX, DOCUMENTS_MAX, FIRST_BYTES, Piece, PieceBuilder};
use super::{Fault, Texts, fields};
use crate::base::Base;
use crate::index::IndexDef;
use crate::schema::Schema;
use gesso_core::ctx::even_cuts;
use gesso_core::{EdgeOrdinal, JobContext, LabelId, Tick, VertexIx};
use gesso_store::{Segment, SegmentWriter, StoreError};
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
        index.release();
        Ok(index)
    }

    /// Writes the index as arrays of a segment.
    pub(crate) fn save(&self, ctx: &JobContext, w: &mut SegmentWriter) -> Result<(), StoreError> {
        for (letter, side) in [("v", &self.vertices), ("e", &self.edges)] {
            for (i, piece) in side.pieces.iter().enumerate() {
                piece.save(ctx, w, &format!("{letter}{i}"))?;
            }
        }
        Ok(())
    }

    /// What [`TextIndex::save`] wrote.
    pub(crate) fn load(
        ctx: &JobContext,
        segment: &Segment,
        base: &Base,
        def: &IndexDef,
    ) -> Result<TextIndex, Fault> {
        let side = |letter: &str| {
            let names = (0..).map(|i| format!("{letter}{i}"));
            let names = names.take_while(|name| segment.contains(&format!("{name}.rows")));
            let pieces = names.map(|name| Piece::load(ctx, segment, &name, base, def.properties.len()));
            Ok::<_, Fault>(Side { pieces: pieces.collect::<Result<_, _>>()? })
        };
        let mut index = TextIndex { vertices: side("v")?, edges: side("e")? };
        index.release();
        Ok(index)
    }

    /// Ends the accounting of the job that made it.
    fn release(&mut self) {
        let pieces = self.vertices.pieces.iter_mut().chain(&mut self.edges.pieces);
        pieces.for_each(Piece::release);
    }

    /// About the bytes that building an index of some properties holds at a time: what it keeps, which is less
    /// than the texts are, and two pieces under construction.
    pub(crate) fn need_bytes(base: &Base, schema: &Schema, properties: &[String]) -> u64 {
        let (mut rows, mut texts) = (0, 0);
        for label in schema.labels() {
            for property in properties.iter().filter_map(|name| label.property(name)) {
                let of_vertices = base.vertex_table(label.id).and_then(|table| table.column(property.id));
                let of_edges = base.edges(label.id).and_then(|edges| edges.column(property.id));
                for column in of_vertices.into_iter().chain(of_edges) {
                    rows += column.len() as u64;
                    texts += column.size_bytes() as u64;
                }
            }
        }
        2 * texts + 16 * rows + 2 * (FIRST_BYTES as u64 + (8 * texts).min(BUILD_BYTES_MAX as u64))
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
