//! Indices over properties of vertices and edges: spec 04, section 3.
//!
//! A definition is part of the schema, so that it is changed by the same commits and found again after a
//! restart. What it speeds up is derived, and never the only place of anything:
//!
//! | part | holds | lives as long as |
//! | --- | --- | --- |
//! | [`BaseIndex`] | rows of one base by the hash of their key | the base |
//! | [`DeltaKeys`] | changed rows by the hash of their key | the version |
//!
//! Both only propose candidates: whoever looks up tests the rows themselves. Entries therefore may be stale
//! (a row that has changed since) but never missing, and a row is entered once for each label that it can be
//! seen from. Indices over words are made of other parts, which are exact: see [`text`].
//!
//! A base that was just opened has no [`BaseIndex`] yet; until [`crate::Graph::build_missing_indices`] has
//! read it from beside the base (see `stored`) or made it anew, queries scan.

mod base;
mod create;
mod data;
mod definition;
mod delta;
mod keep;
mod key;
mod stored;
pub mod text;

pub use base::BaseIndex;
pub(crate) use create::IndexNames;
pub use create::{CreateIndexError, ReservedIndices};
pub use data::BaseIndices;
pub use definition::{IndexDef, IndexError, IndexId, IndexKind, IndexSpec};
pub(crate) use delta::{DeltaKeys, DeltaPart};
pub use key::{hash_of, hash_of_value};
pub use stored::StoredIndices;
