//! Walks through a graph, layer by layer: spec 07, sections 3 to 5.
//!
//! A [`Walk`] says where to start and what each layer asks for. [`Route::of`] compiles it for a snapshot.
//! What the layers hold is found forwards as sets ([`Route::reach`]); questions about single walks (paths,
//! rows, trees) first find backwards which elements lead to a complete walk, so that the enumeration that
//! follows never runs into a dead end and ends as soon as it has as many results as are asked for.

mod breadth;
mod elements;
mod layers;
mod marks;
mod moves;
mod paths;
mod route;
mod spec;
mod survey;
mod table;
mod tree;

pub use breadth::{BreadthTree, TreeSpec, grow};
pub use elements::{Element, Elements};
pub use layers::{Emit, Found, Keep, Reached};
pub use paths::Paths;
pub use route::Route;
pub use spec::{EdgeId, LayerSpec, Most, Start, Step, UntilSpec, Walk, WalkError, Way};
pub use survey::{Goal, Layers};
pub use table::{Column, Table};
pub use tree::TreeNode;
