//! Full-text indices: spec 03, 2.4, and spec 04, section 3.
//!
//! | part | holds | lives as long as |
//! | --- | --- | --- |
//! | [`TextIndex`] | the tokens of the rows of one base, in pieces of the index library | the base |
//! | [`TextDelta`] | the tokens of the rows that differ from the base, and how many less the base has | the version |
//!
//! A search asks both, so that a write is found by whoever sees it. Unlike the keys of the other indices, these
//! are exact: a row of the base counts if the version has not touched it, and a changed row stands in the
//! changes as it is now. Where a base has no data yet, rows are read one after the other ([`find`]): slower,
//! and the same answer.
//!
//! Threads: none but the job's.

mod analysis;
mod base;
mod delta;
mod element;
mod files;
mod find;
mod piece;
mod rank;
mod search;
mod tally;

pub use base::TextIndex;
pub(crate) use delta::TextDelta;
pub use element::Element;
pub use find::{Hit, TextFind};
pub use search::{TextError, TextPredicate, TextSearch};

use crate::base::Base;
use crate::delta::{EdgePatch, VertexPatch};
use crate::index::IndexDef;
use crate::index::definition::is_indexable;
use crate::schema::{Label, Property, Schema};
use analysis::Tokens;
use gesso_core::{EdgeOrdinal, JobContext, LabelId, PropId, Stop, Tick, Value, VertexIx};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// Why something was not built or found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The job was stopped.
    #[error(transparent)]
    Stopped(#[from] Stop),
    /// The index library failed on data in memory: they are not what was written.
    #[error("full-text index data is damaged: {0}")]
    Broken(String),
}

impl Fault {
    /// A failure of the library while a job builds: mostly that the job was stopped at one of its writes.
    fn of_build(ctx: &JobContext, error: &tantivy::TantivyError) -> Fault {
        ctx.gate().stopped().map_or_else(|| Fault::Broken(error.to_string()), Fault::Stopped)
    }
}

impl From<tantivy::TantivyError> for Fault {
    fn from(error: tantivy::TantivyError) -> Fault {
        Fault::Broken(error.to_string())
    }
}

impl From<tantivy::directory::error::OpenReadError> for Fault {
    fn from(error: tantivy::directory::error::OpenReadError) -> Fault {
        Fault::Broken(error.to_string())
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Fault {
        Fault::Broken(error.to_string())
    }
}

/// The texts of one element by field. An element without any is not in the index.
#[derive(Debug, Default)]
pub struct Texts(Vec<(u16, String)>);

impl Texts {
    /// The values that an element has under some labels.
    pub fn of(
        schema: &Schema,
        def: &IndexDef,
        labels: impl IntoIterator<Item = LabelId>,
        value: impl Fn(LabelId, PropId) -> Option<Value>,
    ) -> Texts {
        let mut texts = Texts::default();
        for label in labels.into_iter().filter_map(|l| schema.label(l)) {
            for (field, property) in fields(def, label) {
                if let Some(value) = value(label.id, property.id) {
                    texts.push(field, property, value);
                }
            }
        }
        texts
    }

    /// The values of a vertex of a base.
    fn of_base_vertex(schema: &Schema, def: &IndexDef, base: &Base, v: VertexIx) -> Texts {
        Texts::of(schema, def, base.labels_of(v).map(|(label, _)| label), |label, property| {
            let (_, row) = base.labels_of(v).find(|(own, _)| *own == label)?;
            base.vertex_table(label)?.column(property)?.get(row)
        })
    }

    /// The values of an edge of a base.
    fn of_base_edge(
        schema: &Schema,
        def: &IndexDef,
        base: &Base,
        label: LabelId,
        edge: EdgeOrdinal,
    ) -> Texts {
        Texts::of(schema, def, [label], |_, property| base.edges(label)?.column(property)?.get(edge.at()))
    }

    /// The values of a changed vertex; none of a deleted one.
    fn of_vertex(schema: &Schema, def: &IndexDef, patch: &VertexPatch) -> Texts {
        Texts::of(schema, def, patch.labels.iter().copied(), |label, property| {
            patch.properties.iter().find(|p| p.0 == label && p.1 == property).map(|p| p.2.clone())
        })
    }

    /// The values of a changed edge.
    fn of_edge(schema: &Schema, def: &IndexDef, label: LabelId, patch: &EdgePatch) -> Texts {
        Texts::of(schema, def, [label], |_, property| {
            patch.properties.iter().find(|p| p.0 == property).map(|p| p.1.clone())
        })
    }

    fn push(&mut self, field: u16, property: &Property, value: Value) {
        let text = match value {
            Value::Text(text) => text.into_string(),
            other => {
                let mut text = String::new();
                property.data_type.write_text(&other, &mut text);
                text
            }
        };
        self.0.push((field, text));
    }

    fn iter(&self) -> impl Iterator<Item = (u16, &str)> {
        self.0.iter().map(|(field, text)| (*field, text.as_str()))
    }

    /// The tokens of each field that has a text.
    fn tokens(&self) -> BTreeMap<u16, Tokens> {
        let mut tokens = BTreeMap::<u16, Tokens>::new();
        for (field, text) in self.iter() {
            match tokens.entry(field).or_default().read(text, |_| Ok::<_, Infallible>(())) {
                Ok(()) => {}
            }
        }
        tokens
    }

    /// The tokens of one field.
    fn tokens_of(&self, field: u16, tick: &mut Tick<'_>) -> Result<Tokens, Stop> {
        let mut tokens = Tokens::default();
        for (_, text) in self.iter().filter(|(own, _)| *own == field) {
            tokens.read(text, |steps| tick.spend(steps))?;
        }
        Ok(tokens)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The properties of a label that an index covers, with their places in it.
fn fields<'a>(def: &'a IndexDef, label: &'a Label) -> impl Iterator<Item = (u16, &'a Property)> {
    let properties = (0u16..).zip(&def.properties);
    properties.filter_map(|(field, name)| Some((field, label.property(name).filter(|p| is_indexable(p))?)))
}
