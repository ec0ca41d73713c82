//! The words that every other Gesso crate speaks: ids, property values, error codes, accounted
//! memory, the job context with its gate, and the shape of a job's outcome.
//!
//! Deliberately absent: graphs, disks, protocols. Threads: [`pool::Pool`] starts its helper threads
//! when it is made and joins them when it is dropped; [`JobContext::aside`] starts one for each wait.

mod aside;
pub mod bits;
pub mod buf;
pub mod code;
pub mod ctx;
pub mod date;
pub mod gate;
pub mod ids;
pub mod json;
pub mod memory;
pub mod outcome;
pub mod pairs;
mod panics;
pub mod pile;
pub mod pool;
pub mod prefetch;
pub mod progress;
pub mod rng;
pub mod sync;
pub mod value;
pub mod wakers;

pub use bits::Bits;
pub use buf::{Buf, Plain, Slab};
pub use code::Code;
pub use ctx::{JobContext, Tick};
pub use gate::{Gate, Stop};
pub use ids::{EdgeOrdinal, GraphVersion, LabelId, Lsn, PropId, VertexIx};
pub use memory::{Account, Budget, Reservation};
pub use outcome::{Cells, EdgeForm, MoreRows, Outcome, Rows, Scalar};
pub use pairs::{ListedEdges, Pair, PairColumn, PairEnds, Pairs};
pub use panics::panic_text;
pub use pile::Pile;
pub use pool::Pool;
pub use value::{Cardinality, DataType, Value, ValueError};
pub use wakers::Wakers;
