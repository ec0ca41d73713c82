//! Distinct types for numbers that must not be mixed up.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(pub $inner);
        impl $name {
            /// The number as an array index.
            #[inline]
            pub fn at(self) -> usize {
                self.0 as usize
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// A vertex's dense number. Given once, in order of insertion; never given again, so that a
    /// result which holds it means the same vertex for as long as the graph exists.
    VertexIx(u32)
}
id! {
    /// A label's number within its graph. 0 is `__DEFAULT__`.
    LabelId(u16)
}
id! {
    /// A property's number within its label. Given once, never reused after the property is dropped.
    PropId(u16)
}
id! {
    /// The position of an edge in its label's outgoing adjacency of one base; leads to its columns.
    EdgeOrdinal(u32)
}
id! {
    /// Counts the published versions of one graph.
    GraphVersion(u64)
}
id! {
    /// The number of a record in a log.
    Lsn(u64)
}

impl LabelId {
    /// The label that every graph has.
    pub const DEFAULT: LabelId = LabelId(0);
}
