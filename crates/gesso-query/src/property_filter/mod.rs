//! Conditions on single elements: spec 07, section 2.
//!
//! [`PropertyFilter::parse`] reads the grammar, [`PropertyFilter::compile`] turns it into tests for the
//! labels of one schema, and a [`CompiledFilter`] answers for one vertex or edge at a time. Everything that
//! can be wrong with a filter is found by the first two.

mod check;
mod compile;
mod compiled;
mod grammar;
mod pattern;
mod predicate;
#[cfg(test)]
mod tests;

pub use compiled::{CompiledFilter, ElementFilters};
pub use grammar::PropertyFilter;

/// Deepest nesting of conditions.
pub const LEVELS_MAX: usize = 64;

/// Why a filter is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// A part of the filter is not there or not what the grammar wants there.
    #[error("filter: [{part}] value [{given}] is invalid, expected {expected}")]
    Malformed {
        /// The part.
        part: &'static str,
        /// What is there, cut to 80 characters.
        given: String,
        /// What the grammar wants.
        expected: &'static str,
    },
    /// A part of the filter is missing.
    #[error("filter: [{part}] is required{}", .of.map(|p| format!(" with predicate [{p}]")).unwrap_or_default())]
    Missing {
        /// The part.
        part: &'static str,
        /// The predicate that needs it.
        of: Option<&'static str>,
    },
    /// No such predicate.
    #[error("filter: predicate [{0}] is not supported")]
    Predicate(String),
    /// The predicate does not go with that left side, type or operand.
    #[error("filter: predicate [{predicate}] is not allowed on {what}")]
    NotAllowed {
        /// The predicate.
        predicate: &'static str,
        /// The left side or the type.
        what: String,
    },
    /// Conditions are nested too deeply.
    #[error("filter: conditions are nested more than {LEVELS_MAX} levels deep")]
    TooDeep,
    /// No label declares the property.
    #[error("property [{0}] does not exist")]
    NoProperty(String),
    /// Edges have no id.
    #[error("id filter is not supported on edges")]
    EdgeId,
    /// The right value is no value of the property's type.
    #[error("filter: property [{property}] value [{value}] is invalid, expected {expected}")]
    Operand {
        /// The property.
        property: String,
        /// The value, cut to 80 characters.
        value: String,
        /// The type.
        expected: &'static str,
    },
    /// The pattern of `REGEX` is wrong.
    #[error("filter: regular expression [{pattern}] is invalid: {reason}")]
    Regex {
        /// The pattern, cut to 80 characters.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// At most 80 characters of a text, for messages.
fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}
