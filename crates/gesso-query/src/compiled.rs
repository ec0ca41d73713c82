//! A query against one schema: for each label, the tests on its columns.

use crate::spec::{Join, OrderBy, Predicate, Query, QueryError, SortKey, Target};
use crate::test::Test;
use gesso_core::{Cardinality, LabelId, PropId, Value};
use gesso_graph::index::text::TextSearch;
use gesso_graph::schema::Label;
use gesso_graph::{Column, Schema};
use std::ops::Range;
use std::sync::Arc;

/// A query that is ready to run on snapshots of the schema it was compiled for.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    /// For each label number, whether its elements can match and with which tests.
    pub(crate) rules: Vec<Option<LabelRule>>,
    /// What the query runs over.
    pub(crate) target: Target,
    /// True if only elements of some labels are asked for.
    pub(crate) has_labels: bool,
    /// Conditions of equality, where all conditions must hold: (property, operands).
    pub(crate) equalities: Vec<(String, Vec<String>)>,
    /// A full-text condition.
    pub(crate) text: Option<Arc<TextSearch>>,
    /// Order of the answer.
    pub(crate) sorts: Vec<OrderBy>,
    pub(crate) offset: u64,
    pub(crate) limit: Option<u64>,
}

/// The conditions for elements of one label, in order.
#[derive(Clone, Debug)]
pub struct LabelRule {
    terms: Vec<Term>,
}

#[derive(Clone, Debug)]
struct Term {
    join: Join,
    property: Option<PropId>,
    test: Test,
}

impl Compiled {
    /// Compiles a query. Everything that can be wrong with it is found here.
    pub fn of(schema: &Schema, target: Target, query: &Query) -> Result<Compiled, QueryError> {
        check_filters(schema, target, query)?;
        check_sorts(schema, target, &query.sorts)?;
        let text =
            query.text.as_ref().map(|t| TextSearch::of(schema, t.predicate, &t.operands)).transpose()?;
        let mut rules: Vec<Option<LabelRule>> = Vec::new();
        rules.resize_with(schema.label_bound(), || None);
        for label in reachable(schema, target) {
            let wanted = query.labels.as_ref().is_none_or(|names| names.iter().any(|n| **n == *label.name));
            rules[label.id.at()] = wanted.then(|| rule(label, query));
        }
        Ok(Compiled {
            rules,
            target,
            has_labels: query.labels.is_some(),
            equalities: equalities(query),
            text: text.map(Arc::new),
            sorts: query.sorts.clone(),
            offset: query.offset,
            limit: query.limit,
        })
    }

    /// True if elements of more than one label can match.
    pub(crate) fn has_several_rules(&self) -> bool {
        self.rules.iter().flatten().nth(1).is_some()
    }

    /// The operands of which a property must equal one in every match; none if there is no such condition.
    pub(crate) fn equality(&self, property: &str) -> Option<&[String]> {
        self.equalities.iter().find(|e| e.0 == property).map(|e| e.1.as_slice())
    }

    /// The rule for a label; none if no element matches for having it.
    pub fn rule(&self, label: LabelId) -> Option<&LabelRule> {
        self.rules.get(label.at())?.as_ref()
    }
}

impl LabelRule {
    /// Whether an element passes; `value` gives its properties.
    pub fn passes(&self, value: impl Fn(PropId) -> Option<Value>) -> bool {
        let mut result = true;
        for (i, term) in self.terms.iter().enumerate() {
            let value = term.property.and_then(&value);
            let passed = term.test.passes(value.as_ref());
            result = if i == 0 { passed } else { joined(term.join, result, passed) };
        }
        result
    }

    /// Sets `out[i]` to whether row `rows.start + i` passes; `scratch` is as long as `out`.
    pub fn scan<'c>(
        &self,
        column: impl Fn(PropId) -> Option<&'c Column>,
        rows: &Range<usize>,
        out: &mut [bool],
        scratch: &mut [bool],
    ) {
        out.fill(true);
        for (i, term) in self.terms.iter().enumerate() {
            let column = term.property.and_then(&column);
            if i == 0 {
                term.test.scan(column, rows.clone(), out);
                continue;
            }
            term.test.scan(column, rows.clone(), scratch);
            for (o, s) in out.iter_mut().zip(&*scratch) {
                *o = joined(term.join, *o, *s);
            }
        }
    }
}

fn equalities(query: &Query) -> Vec<(String, Vec<String>)> {
    // How the first condition joins those before it says nothing.
    if query.filters.iter().skip(1).any(|f| f.join == Join::Or) {
        return Vec::new();
    }
    let equal = query.filters.iter().filter(|f| f.predicate == Predicate::Equal);
    equal.map(|f| (f.property.clone(), f.operands.clone())).collect()
}

fn joined(join: Join, before: bool, now: bool) -> bool {
    match join {
        Join::And => before & now,
        Join::Or => before | now,
    }
}

/// The labels that elements of a target may have.
pub(crate) fn reachable(schema: &Schema, target: Target) -> impl Iterator<Item = &Label> {
    schema.labels().map(AsRef::as_ref).filter(move |l| match target {
        Target::Vertices => l.kind.on_vertices(),
        Target::Edges => l.kind.on_edges(),
    })
}

/// A filter must apply to at least one label that declares its property; where types differ between
/// labels, those it does not apply to just do not match.
fn check_filters(schema: &Schema, target: Target, query: &Query) -> Result<(), QueryError> {
    for filter in &query.filters {
        let mut outcome = None;
        for property in reachable(schema, target).filter_map(|l| l.property(&filter.property)) {
            match Test::of(filter, property) {
                Ok(_) => {
                    outcome = Some(Ok(()));
                    break;
                }
                Err(e) => outcome = outcome.or(Some(Err(e))),
            }
        }
        let about_presence = matches!(filter.predicate, Predicate::Has | Predicate::HasNot);
        let unknown =
            || if about_presence { Ok(()) } else { Err(QueryError::NoProperty(filter.property.clone())) };
        outcome.unwrap_or_else(unknown)?;
    }
    Ok(())
}

fn check_sorts(schema: &Schema, target: Target, sorts: &[OrderBy]) -> Result<(), QueryError> {
    for sort in sorts {
        let SortKey::Property(name) = &sort.key else { continue };
        let mut declared = reachable(schema, target).filter_map(|l| l.property(name)).peekable();
        if declared.peek().is_none() || declared.any(|p| p.cardinality != Cardinality::Single) {
            return Err(QueryError::Sort(name.clone()));
        }
    }
    Ok(())
}

fn rule(label: &Label, query: &Query) -> LabelRule {
    let terms = query.filters.iter().map(|filter| {
        let property = label.property(&filter.property);
        let test = match property {
            Some(p) => Test::of(filter, p).unwrap_or(Test::Never),
            None if filter.predicate == Predicate::HasNot => Test::Unset,
            None => Test::Never,
        };
        Term { join: filter.join, property: property.map(|p| p.id), test }
    });
    LabelRule { terms: terms.collect() }
}
