//! Sort keys of edges: what tells parallel edges of one label apart in graphs of the database edition
//! (spec 03, 1.6).
//!
//! A graph has a type of sort keys from its creation on, or none. The key of an edge is one more property of it,
//! with a number that no property of a label gets and without a name that a request could use; it is stored,
//! logged and taken over like the others, and costs nothing where no edge has one.

use crate::schema::{Property, Schema};
use crate::snapshot::{EdgeRef, Snapshot};
use gesso_core::{Cardinality, DataType, JobContext, PropId, Stop, Value, VertexIx};

/// The property that holds an edge's sort key.
pub const SORT_KEY: PropId = PropId(u16::MAX);

/// Longest `string` sort key. Bytes.
const STRING_BYTES_MAX: usize = 40;
/// Longest `varString` sort key. Bytes.
const VAR_STRING_BYTES_MAX: usize = 2048;

/// The type of the sort keys of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKeyType {
    /// Whole numbers of 64 bits.
    Int,
    /// Texts of at most 40 bytes.
    String,
    /// Texts of at most 2 KiB.
    VarString,
}

impl SortKeyType {
    /// All of them.
    pub const ALL: [SortKeyType; 3] = [SortKeyType::Int, SortKeyType::String, SortKeyType::VarString];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            SortKeyType::Int => "int",
            SortKeyType::String => "string",
            SortKeyType::VarString => "varString",
        }
    }

    /// Reads a name in any case; `Integer` is `int`.
    pub fn parse(name: &str) -> Option<SortKeyType> {
        if name.eq_ignore_ascii_case("integer") {
            return Some(SortKeyType::Int);
        }
        SortKeyType::ALL.into_iter().find(|t| t.name().eq_ignore_ascii_case(name))
    }

    /// What a key must be, in words.
    pub fn expected(self) -> &'static str {
        match self {
            SortKeyType::Int => "a whole number of 64 bits",
            SortKeyType::String => "a text of at most 40 bytes",
            SortKeyType::VarString => "a text of at most 2048 bytes",
        }
    }

    /// The key that a text is; none if it is none of this type.
    pub fn value(self, text: &str) -> Option<Value> {
        let fits = |most: usize| (text.len() <= most).then(|| Value::Text(text.into()));
        match self {
            SortKeyType::Int => text.trim().parse().ok().map(Value::Long),
            SortKeyType::String => fits(STRING_BYTES_MAX),
            SortKeyType::VarString => fits(VAR_STRING_BYTES_MAX),
        }
    }

    /// How the keys are stored.
    pub fn data_type(self) -> DataType {
        match self {
            SortKeyType::Int => DataType::Long,
            SortKeyType::String | SortKeyType::VarString => DataType::String,
        }
    }

    pub(crate) fn property(self) -> Property {
        let data_type = self.data_type();
        Property { id: SORT_KEY, name: "".into(), data_type, cardinality: Cardinality::Single }
    }
}

/// What tells an edge from others between two vertices, in results: spec 06, 3.13.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeTold<'a> {
    /// Its number at its source.
    Index(u32),
    /// Its label, in graphs of the database edition.
    Label(&'a str),
}

impl EdgeTold<'_> {
    /// The name of the member that holds it.
    pub fn name(&self) -> &'static str {
        match self {
            EdgeTold::Index(_) => "index",
            EdgeTold::Label(_) => "label",
        }
    }
}

impl std::fmt::Display for EdgeTold<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            EdgeTold::Index(index) => index.fmt(f),
            EdgeTold::Label(label) => f.write_str(label),
        }
    }
}

impl Schema {
    /// An empty schema of a graph whose edges may have sort keys: one of the database edition.
    pub fn with_sort_keys(of_type: SortKeyType) -> Schema {
        let mut schema = Schema::default();
        schema.sort_key = Some(of_type);
        schema
    }

    /// The type of sort keys; none in graphs of the memory edition.
    pub fn sort_key(&self) -> Option<SortKeyType> {
        self.sort_key
    }
}

impl Snapshot {
    /// The sort key of an edge.
    pub fn sort_key_of(&self, edge: &EdgeRef) -> Option<Value> {
        self.schema().sort_key()?;
        self.edge_property(edge, SORT_KEY)
    }

    /// How results name the edge of an index between two vertices.
    pub fn told_by(&self, [source, target]: [VertexIx; 2], index: u32) -> EdgeTold<'_> {
        let edge = self.schema().sort_key().and_then(|_| {
            let edges = self.edges_between(source, target);
            edges.into_iter().find(|e| e.index == index)
        });
        // An edge that has gone since has no label to tell.
        edge.and_then(|e| self.schema().label(e.label))
            .map_or(EdgeTold::Index(index), |l| EdgeTold::Label(&l.name))
    }

    /// True if an edge of this version has, or had since its base was made, a sort key.
    pub fn has_sort_keys(&self, ctx: &JobContext) -> Result<bool, Stop> {
        if self.schema().sort_key().is_none() {
            return Ok(false);
        }
        let labels = self.schema().labels().filter_map(|l| self.base.edges(l.id));
        if labels.flat_map(|edges| &edges.columns).any(|c| c.0 == SORT_KEY) {
            return Ok(true);
        }
        let mut tick = ctx.tick();
        for (_, patch) in self.delta.edges(..) {
            tick.spend(8)?;
            if patch.properties.iter().any(|p| p.0 == SORT_KEY) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_of_their_type() {
        let check = |of_type: SortKeyType, text: &str, fits: bool| {
            assert_eq!(of_type.value(text).is_some(), fits, "{of_type:?} {text:?}");
        };
        check(SortKeyType::Int, "9223372036854775807", true);
        check(SortKeyType::Int, "x", false);
        check(SortKeyType::Int, "1.0", false);
        check(SortKeyType::String, &"ä".repeat(20), true);
        check(SortKeyType::String, &"ä".repeat(21), false);
        check(SortKeyType::VarString, &"x".repeat(2048), true);
        check(SortKeyType::VarString, &"x".repeat(2049), false);
        assert_eq!(SortKeyType::parse("INTEGER"), Some(SortKeyType::Int));
        assert_eq!(SortKeyType::parse("varstring"), Some(SortKeyType::VarString));
        assert_eq!(SortKeyType::parse("date"), None);
    }
}
