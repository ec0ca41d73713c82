//! What a filtered query asks for, before it meets a schema: spec 03, section 2.

use gesso_core::Stop;
use gesso_graph::index::text::{TextError, TextPredicate};

/// A filtered query over vertices or over edges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Only elements with one of these labels; none means all. Unknown labels match nothing.
    pub labels: Option<Vec<String>>,
    /// Conditions, folded from left to right without precedence.
    pub filters: Vec<Filter>,
    /// A full-text condition, which stands alone.
    pub text: Option<TextFilter>,
    /// Order of the answer; ties mean internal order, and so does an empty list unless
    /// there is a full-text condition: then the most relevant elements come first.
    pub sorts: Vec<OrderBy>,
    /// Elements to leave out at the start.
    pub offset: u64,
    /// Most elements to give; none means all.
    pub limit: Option<u64>,
}

/// One condition on one property.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// The property's name.
    pub property: String,
    /// How it is tested.
    pub predicate: Predicate,
    /// Operands as text.
    pub operands: Vec<String>,
    /// How the condition joins those before it.
    pub join: Join,
}

/// A full-text condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFilter {
    /// How texts are searched.
    pub predicate: TextPredicate,
    /// Properties, each with what it is searched for. All must match.
    pub operands: Vec<(String, String)>,
}

/// How a condition joins those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Join {
    /// Both must hold.
    #[default]
    And,
    /// One is enough.
    Or,
}

/// How a property is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Predicate {
    /// Equal to one of the operands.
    Equal,
    /// Set and different.
    NotEqual,
    /// Less.
    Less,
    /// Greater.
    Greater,
    /// Less or equal.
    AtMost,
    /// Greater or equal.
    AtLeast,
    /// Between two operands, both included.
    Range,
    /// Set.
    Has,
    /// Not set.
    HasNot,
}

/// One key of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderBy {
    /// What to order by.
    pub key: SortKey,
    /// True: falling.
    pub is_falling: bool,
}

/// What to order by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// The id of a vertex.
    Id,
    /// The first label's name.
    Label,
    /// A property; elements without it come last.
    Property(String),
    /// The relevance for a full-text condition.
    Relevance,
    /// Internal order.
    Internal,
}

/// What a query runs over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// Vertices.
    #[default]
    Vertices,
    /// Edges.
    Edges,
}

/// Why a query is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// No label that the query can reach declares the property.
    #[error("filter property [{0}] does not exist")]
    NoProperty(String),
    /// The predicate does not apply to lists and sets, or to the type.
    #[error("filter on property [{property}]: predicate [{predicate}] is not allowed on {what}")]
    NotAllowed {
        /// The property.
        property: String,
        /// The predicate as written.
        predicate: &'static str,
        /// The type or cardinality.
        what: String,
    },
    /// No operand, or too few.
    #[error("filter on property [{property}]: predicate [{predicate}] needs {needed} values")]
    Operands {
        /// The property.
        property: String,
        /// The predicate as written.
        predicate: &'static str,
        /// How many are needed.
        needed: usize,
    },
    /// An operand that is no value of the property's type.
    #[error("filter on property [{property}]: value [{value}] is not of type {expected}")]
    Operand {
        /// The property.
        property: String,
        /// The operand.
        value: String,
        /// The type.
        expected: &'static str,
    },
    /// A sort on a list, a set, or an unknown property.
    #[error("sort property [{0}] does not exist or holds several values")]
    Sort(String),
    /// A full-text condition without an index, or with an operand that is none.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The job was stopped.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl Predicate {
    const TABLE: [(Predicate, &'static str); 9] = [
        (Predicate::Equal, "="),
        (Predicate::NotEqual, "!="),
        (Predicate::Less, "<"),
        (Predicate::Greater, ">"),
        (Predicate::AtMost, "<="),
        (Predicate::AtLeast, ">="),
        (Predicate::Range, "range"),
        (Predicate::Has, "has"),
        (Predicate::HasNot, "hasNot"),
    ];

    /// The predicate of a name as printed in the documents; case matters.
    pub fn parse(text: &str) -> Option<Predicate> {
        Predicate::TABLE.iter().find(|p| p.1 == text).map(|p| p.0)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        Predicate::TABLE.iter().find(|p| p.0 == self).map_or("", |p| p.1)
    }

    /// How many operands it needs.
    pub fn operands(self) -> usize {
        match self {
            Predicate::Has | Predicate::HasNot => 0,
            Predicate::Range => 2,
            _ => 1,
        }
    }
}
