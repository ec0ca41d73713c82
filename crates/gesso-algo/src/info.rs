//! What an algorithm is called, takes and gives: written once, read by every surface.

use crate::condition;
use std::fmt;

/// The declaration of an algorithm.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// Canonical name, lower case with `_`.
    pub name: &'static str,
    /// Other names that find it.
    pub aliases: &'static [&'static str],
    /// What kind of question it answers.
    pub family: Family,
    /// Which graphs it has an answer for.
    pub demand: Demand,
    /// One line on what it computes.
    pub summary: &'static str,
    /// Every parameter, in the order in which docs show them.
    pub params: &'static [Param],
    /// Every member of the result, in the order in which it is shown; the list comes with its place.
    pub outputs: &'static [Output],
    /// Where the method was published.
    pub source: &'static str,
}

/// Groups of algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Importance of vertices.
    Centrality,
    /// Groups and cohesion.
    Community,
    /// Distances and paths.
    Path,
    /// Likeness of vertices, and edges that are likely to come.
    Similarity,
    /// Vertices as vectors.
    Embedding,
    /// Trees, orders, cuts and samples.
    Structure,
}

/// Which graphs an algorithm has an answer for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Every graph.
    Any,
    /// Graphs without cycles; others are an error.
    Acyclic,
    /// Graphs whose vertices have the text property that a parameter names.
    Property,
}

/// The declaration of one parameter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Canonical name.
    pub name: &'static str,
    /// Other names that are read.
    pub aliases: &'static [&'static str],
    /// What it accepts.
    pub kind: Kind,
    /// Whether a request without it is refused.
    pub required: bool,
    /// What a missing value means; none for "not used".
    pub default: Option<Literal>,
    /// A valid value for docs and tests where there is no default.
    pub example: Option<Literal>,
    /// One sentence for users.
    pub doc: &'static str,
}

/// What a parameter accepts.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A real number.
    Real(Bounds<f64>),
    /// A whole number.
    Int(Bounds<i64>),
    /// True or false.
    Bool,
    /// The id of a vertex.
    Vertex,
    /// The name of a property; the empty text means none.
    Property,
    /// The name of a label; no label of that name needs to exist.
    Label,
    /// One of these words, in any case.
    Choice(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// Vertices, as CSV or as an array of ids: spec 06, 2.6.
    Vertices {
        /// Most ids.
        most: usize,
        /// An id that is repeated counts each time, as other parameters say something of each; of a set it counts once.
        may_repeat: bool,
    },
    /// Lines of two ids each: origin and destination.
    Pairs,
    /// Words separated by commas, or an array of them; the text says of what kind.
    Words(&'static str),
    /// A window of time: spec 06, 2.5.
    Window,
    /// A condition on vertices or edges: spec 07, section 2.
    Filter,
    /// Hops with conditions: spec 06, 3.14.
    Layers,
    /// Known to older interfaces, read and ignored.
    Hint,
}

/// A range with open or closed ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds<T> {
    /// Lower end.
    pub min: T,
    /// Upper end; the greatest value of the type means that there is none.
    pub max: T,
    /// The lower end itself is outside.
    pub min_open: bool,
    /// The upper end itself is outside.
    pub max_open: bool,
}

/// A value written in a declaration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal {
    /// A real number.
    Real(f64),
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A text.
    Text(&'static str),
}

/// The declaration of one member of a result.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// Its name.
    pub name: &'static str,
    /// What it looks like.
    pub shape: Shape,
    /// One sentence for users.
    pub doc: &'static str,
}

/// What a member of a result looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A real number.
    Real,
    /// A whole number.
    Int,
    /// True or false.
    Bool,
    /// The id of a vertex.
    Vertex,
    /// The ids along a path.
    Path,
    /// List of ids, not paged.
    Ids,
    /// Paged list of ids.
    Vertices,
    /// Paged list of paths.
    Paths,
    /// Paged list of `{"paths", "source", "target"}`.
    PathSets,
    /// Paged list of circles, each as a parameter says.
    Circles,
    /// Paged list of `{id: real}`.
    PerVertexReal,
    /// Paged list of `{id: integer}`.
    PerVertexInt,
    /// Paged list of `{id: text}`.
    PerVertexText,
    /// Paged list of `{id: [real, …]}`.
    PerVertexVector,
    /// Paged list of `{id: real}`, the highest first, equal ones in vertex order.
    Ranked,
    /// Paged list of `{"source", "target", "index", …}`.
    Edges,
    /// Paged list of `{"source", "target", …}`.
    Pairs,
}

impl Shape {
    /// True for lists, of which a request sees one page.
    pub fn is_paged(self) -> bool {
        match self {
            Shape::Vertices
            | Shape::Paths
            | Shape::PathSets
            | Shape::Circles
            | Shape::PerVertexReal
            | Shape::PerVertexInt
            | Shape::PerVertexText
            | Shape::PerVertexVector
            | Shape::Ranked
            | Shape::Edges
            | Shape::Pairs => true,
            Shape::Real | Shape::Int | Shape::Bool | Shape::Vertex | Shape::Path | Shape::Ids => false,
        }
    }
}

/// The form of a member, as docs write it.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Shape::Real => "number",
            Shape::Int => "whole number",
            Shape::Bool => "true or false",
            Shape::Vertex => "id",
            Shape::Path => "list of ids along a path",
            Shape::Ids => "list of ids",
            Shape::Vertices => "paged list of ids",
            Shape::Paths => "paged list of lists of ids",
            Shape::PathSets => "paged list of `{\"paths\", \"source\", \"target\"}`",
            Shape::Circles => "paged list of lists of ids or edges",
            Shape::PerVertexReal => "paged list of `{id: number}`",
            Shape::PerVertexInt => "paged list of `{id: whole number}`",
            Shape::PerVertexText => "paged list of `{id: text}`",
            Shape::PerVertexVector => "paged list of `{id: [number, …]}`",
            Shape::Ranked => "paged list of `{id: number}`, highest first",
            Shape::Edges => "paged list of `{\"source\", \"target\", \"index\", …}`",
            Shape::Pairs => "paged list of `{\"source\", \"target\", …}`",
        })
    }
}

impl Output {
    /// Declares a member.
    pub const fn new(name: &'static str, shape: Shape, doc: &'static str) -> Output {
        Output { name, shape, doc }
    }
}

impl Param {
    /// Declares an optional parameter without default.
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Param {
        Param { name, aliases: &[], kind, required: false, default: None, example: None, doc }
    }

    /// A request without it is refused.
    pub const fn required(mut self) -> Param {
        self.required = true;
        self
    }

    /// What a missing value means.
    pub const fn or(mut self, default: Literal) -> Param {
        self.default = Some(default);
        self
    }

    /// Other names that are read.
    pub const fn alias(mut self, aliases: &'static [&'static str]) -> Param {
        self.aliases = aliases;
        self
    }

    /// A valid value for docs and tests.
    pub const fn example(mut self, example: Literal) -> Param {
        self.example = Some(example);
        self
    }

    /// True if the parameter has this name.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

impl<T: PartialOrd> Bounds<T> {
    /// Both ends belong to the range.
    pub const fn closed(min: T, max: T) -> Bounds<T> {
        Bounds { min, max, min_open: false, max_open: false }
    }

    /// Neither end belongs to the range.
    pub const fn open(min: T, max: T) -> Bounds<T> {
        Bounds { min, max, min_open: true, max_open: true }
    }

    /// True if the value lies in the range; never for NaN.
    pub fn contains(&self, value: &T) -> bool {
        let above = if self.min_open { *value > self.min } else { *value >= self.min };
        let below = if self.max_open { *value < self.max } else { *value <= self.max };
        above && below
    }
}

impl Bounds<f64> {
    /// Above `min`, without upper end.
    pub const fn above(min: f64) -> Bounds<f64> {
        Bounds { min, max: f64::MAX, min_open: true, max_open: false }
    }

    /// Above `min`, up to and with `max`.
    pub const fn above_to(min: f64, max: f64) -> Bounds<f64> {
        Bounds { min, max, min_open: true, max_open: false }
    }
}

impl Bounds<i64> {
    /// From `min` without upper end.
    pub const fn at_least(min: i64) -> Bounds<i64> {
        Bounds::closed(min, i64::MAX)
    }
}

impl fmt::Display for Bounds<f64> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let max = (self.max < f64::MAX).then(|| self.max.to_string());
        write_range(f, (self.min_open, self.max_open), &self.min.to_string(), max)
    }
}

impl fmt::Display for Bounds<i64> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let max = (self.max < i64::MAX).then(|| self.max.to_string());
        write_range(f, (self.min_open, self.max_open), &self.min.to_string(), max)
    }
}

fn write_range(
    f: &mut fmt::Formatter<'_>,
    open: (bool, bool),
    min: &str,
    max: Option<String>,
) -> fmt::Result {
    let left = if open.0 { '(' } else { '[' };
    match max {
        Some(max) => write!(f, "{left}{min},{max}{}", if open.1 { ')' } else { ']' }),
        None => write!(f, "{left}{min},+inf)"),
    }
}

/// The range or form that is accepted, as error messages and docs write it.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Real(bounds) => bounds.fmt(f),
            Kind::Int(bounds) => bounds.fmt(f),
            Kind::Bool => f.write_str("true or false"),
            Kind::Vertex => f.write_str("the id of a vertex"),
            Kind::Property => f.write_str("the name of a property"),
            Kind::Label => f.write_str("the name of a label"),
            Kind::Choice(words) => f.write_str(&words.join(", ")),
            Kind::Texts => f.write_str("an array of texts"),
            Kind::Vertices { most, .. } => write!(f, "1 to {most} ids separated by commas"),
            Kind::Pairs => f.write_str("lines of two ids separated by a comma"),
            Kind::Words(form) => f.write_str(form),
            Kind::Window => f.write_str("an object with filterName, filterType, startTime, endTime"),
            Kind::Filter => f.write_str(condition::FILTER),
            Kind::Layers => f.write_str(condition::LAYERS),
            Kind::Hint => f.write_str("anything"),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Real(v) => v.fmt(f),
            Literal::Int(v) => v.fmt(f),
            Literal::Bool(v) => v.fmt(f),
            Literal::Text(v) => v.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_read_as_the_documents_write_them() {
        assert_eq!(Kind::Real(Bounds::open(0.0, 1.0)).to_string(), "(0,1)");
        assert_eq!(Kind::Int(Bounds::closed(1, 2000)).to_string(), "[1,2000]");
        assert_eq!(Kind::Int(Bounds::at_least(0)).to_string(), "[0,+inf)");
        assert!(!Bounds::open(0.0, 1.0).contains(&f64::NAN));
    }
}
