//! A property graph in memory: immutable base, small immutable delta, snapshots, schema, and the
//! projections that algorithms run on.
//!
//! Deliberately absent: protocols, job kinds, file formats.

mod added_ids;
mod added_sources;
mod apply;
pub mod backup;
pub mod base;
pub mod bulk;
pub mod catalogue;
mod checkpoint;
pub mod chunk;
pub mod column;
mod commit;
mod delta;
pub mod edit;
pub mod error;
pub mod generate;
pub mod graph;
pub mod ids;
pub mod index;
mod label_counts;
pub mod op;
mod persist;
pub mod projection;
mod recovery;
pub mod reports;
mod row_store;
mod same;
pub mod schema;
pub mod schema_json;
pub mod selection;
pub mod set_aside;
pub mod snapshot;
mod sort_key;
pub mod texts;
pub mod transaction;
pub mod verify;

pub use apply::ApplyError;
pub use backup::{BackupAbout, BackupReport};
pub use base::{Base, Memory};
pub use bulk::{BulkLoad, Repeated, RepeatedEdges};
pub use catalogue::{Catalogue, CreateError, FindError};
pub use chunk::{EdgeChunk, Table, Tables, VertexChunk};
pub use column::{Column, ColumnBuilder, ColumnData};
pub use commit::{Begun, Settled};
pub use edit::{ParallelAction, ParallelEdge, UpdateMode};
pub use error::{GraphError, WriteError};
pub use graph::{Graph, GraphInfo, LogLimits, PERSISTENCE};
pub use ids::{IdBuilder, IdDictionary};
pub use index::{IndexDef, IndexError, IndexId, IndexKind, IndexSpec};
pub use op::{Commit, EdgeName, Op};
pub use projection::{
    Csr, Direction, EdgeList, Multiplicity, Projection, ProjectionCache, ProjectionError, ProjectionSpec,
    TimeWindow, VertexIds,
};
pub use schema::{Label, LabelDef, LabelKind, Property, PropertyDef, Schema, SchemaError};
pub use selection::{NamedSelection, Selection};
pub use set_aside::SetAside;
pub use snapshot::{EdgeRef, End, Snapshot};
pub use sort_key::{EdgeTold, SORT_KEY, SortKeyType};
pub use texts::{TextSlab, Texts};
pub use transaction::{EdgeProperties, Transaction, VertexProperties};
