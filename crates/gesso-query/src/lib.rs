//! Filters over vertices and edges: compiled once against a schema, run as typed column scans in
//! parallel over a snapshot, or asked about one element after another by those who walk.
//!
//! Deliberately absent: requests and the shape of answers. No threads of its own.

pub mod compiled;
mod cutoff;
pub mod edges;
pub mod order;
pub mod plan;
pub mod property_filter;
pub mod spec;
pub mod test;
mod text;
pub mod vertices;
pub mod walk;
mod window;

pub use compiled::Compiled;
pub use edges::find_edges;
pub use plan::{Access, Plan};
pub use property_filter::{CompiledFilter, ElementFilters, FilterError, PropertyFilter};
pub use spec::{Filter, Join, OrderBy, Predicate, Query, QueryError, SortKey, Target, TextFilter};
pub use vertices::find_vertices;
