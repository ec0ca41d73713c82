//! The rules of GES for edits that depend on what is there: parallel edges and property updates
//! (spec 03, 4.6 and 5.5).

use crate::apply::ApplyError;
use crate::column::retain_first;
use crate::op::EdgeName;
use crate::schema::Property;
use crate::snapshot::EdgeRef;
use crate::sort_key::SORT_KEY;
use crate::transaction::{EdgeProperties, Transaction};
use gesso_core::{Cardinality, LabelId, PropId, Value, VertexIx};

/// What to do with a new edge that repeats one in the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParallelEdge {
    /// What to do.
    pub action: ParallelAction,
    /// True: an edge repeats another with the same ends. False: and the same label.
    pub ignore_label: bool,
    /// For [`ParallelAction::Override`]: labels whose edges repeat each other only if this property is
    /// equal, too.
    pub target_properties: Vec<(LabelId, PropId)>,
    /// True: an edge repeats another with the same ends, label and sort key, whatever else is said.
    pub by_sort_key: bool,
}

/// The choices of [`ParallelEdge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParallelAction {
    /// Always add.
    Allow,
    /// Do not add.
    Ignore,
    /// Overwrite the first one.
    Override,
}

/// How given values change a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateMode {
    /// Set, or replace all values.
    Update,
    /// Set, or append to a list, insert into a set.
    Add,
    /// Remove the property, or the given values from a list or set.
    Delete,
}

impl Default for ParallelEdge {
    fn default() -> ParallelEdge {
        ParallelEdge {
            action: ParallelAction::Allow,
            ignore_label: true,
            target_properties: Vec::new(),
            by_sort_key: false,
        }
    }
}

impl Transaction {
    /// Adds an edge under a rule for repeated ones, and gives the index of the edge that then stands for it.
    pub fn add_edge(
        &mut self,
        ends: (VertexIx, VertexIx),
        label: LabelId,
        properties: EdgeProperties,
        rule: &ParallelEdge,
    ) -> Result<u32, ApplyError> {
        let (source, target) = ends;
        let repeated = match rule.action {
            ParallelAction::Allow => None,
            _ => self.repeated(ends, label, &properties, rule),
        };
        match (repeated, rule.action) {
            (Some(old), ParallelAction::Override) => {
                self.relabel_edge(old, label, properties)?;
                Ok(old.index)
            }
            (Some(old), _) => Ok(old.index),
            (None, _) => self.new_edge(source, target, label, properties),
        }
    }

    fn repeated(
        &self,
        (source, target): (VertexIx, VertexIx),
        label: LabelId,
        properties: &EdgeProperties,
        rule: &ParallelEdge,
    ) -> Option<EdgeName> {
        if rule.by_sort_key {
            let key = properties.iter().find(|p| p.0 == SORT_KEY).map(|p| &p.1);
            return self.with_sort_key((source, target), label, key);
        }
        let by_value = rule.action == ParallelAction::Override && !rule.target_properties.is_empty();
        let any_label = rule.ignore_label && !by_value;
        let told_apart = rule.target_properties.iter().find(|t| by_value && t.0 == label);
        let wanted = told_apart.and_then(|t| properties.iter().find(|p| p.0 == t.1));
        let snapshot = self.snapshot();
        let same = |e: &EdgeRef| {
            (any_label || e.label == label)
                && wanted.is_none_or(|(property, value)| {
                    !matches!(value, Value::Many(_))
                        && snapshot.edge_property(e, *property).as_ref() == Some(value)
                })
        };
        snapshot.edges_between(source, target).iter().find(|e| same(e)).map(EdgeRef::name)
    }

    fn with_sort_key(
        &self,
        (source, target): (VertexIx, VertexIx),
        label: LabelId,
        key: Option<&Value>,
    ) -> Option<EdgeName> {
        let snapshot = self.snapshot();
        let same = |e: &&EdgeRef| e.label == label && snapshot.sort_key_of(e).as_ref() == key;
        snapshot.edges_between(source, target).iter().find(same).map(EdgeRef::name)
    }
}

/// The value of a property after an update, where `given` is what the request holds (none: an empty
/// array or null). None: the property becomes unset.
pub fn updated(
    mode: UpdateMode,
    property: &Property,
    old: Option<Value>,
    given: Option<Value>,
) -> Option<Value> {
    if property.cardinality == Cardinality::Single {
        return if mode == UpdateMode::Delete { None } else { given };
    }
    let values = |v: Option<Value>| match v {
        Some(Value::Many(values)) => values.into_vec(),
        Some(value) => vec![value],
        None => Vec::new(),
    };
    match (mode, given) {
        (UpdateMode::Update, given) => given,
        (UpdateMode::Delete, None) => None,
        (UpdateMode::Delete, given) => {
            let gone = values(given);
            let rest: Vec<Value> = values(old).into_iter().filter(|v| !gone.contains(v)).collect();
            (!rest.is_empty()).then(|| Value::Many(rest.into()))
        }
        (UpdateMode::Add, given) => {
            let mut all = values(old);
            all.extend(values(given));
            if property.cardinality == Cardinality::Set {
                retain_first(&mut all);
            }
            (!all.is_empty()).then(|| Value::Many(all.into()))
        }
    }
}
