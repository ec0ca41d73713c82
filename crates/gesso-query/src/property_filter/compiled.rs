//! A filter that is ready to be asked.

use super::check::Check;
use gesso_core::{DataType, LabelId, PropId, Value, VertexIx};
use gesso_graph::{EdgeRef, Selection, Snapshot};

/// A filter for the vertices, or for the edges, of snapshots with the schema that it was compiled for.
#[derive(Clone, Debug)]
pub struct CompiledFilter {
    pub(super) root: Node,
}

/// Filters for those who walk: which vertices and which edges take part. None passes all.
#[derive(Clone, Debug, Default)]
pub struct ElementFilters {
    /// Compiled for vertices.
    pub vertex: Option<CompiledFilter>,
    /// Compiled for edges.
    pub edge: Option<CompiledFilter>,
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    Always,
    And(Box<[Node; 2]>),
    Or(Box<[Node; 2]>),
    /// By label number, whether the label's name passes the positive form.
    Labels {
        holds: Box<[bool]>,
        is_negated: bool,
    },
    Id(Check),
    Property(PropertyNode),
}

/// A condition on a property.
#[derive(Clone, Debug)]
pub(super) struct PropertyNode {
    /// By label number; none where the label does not declare the property.
    pub rules: Box<[Option<Rule>]>,
    /// Whether elements without the property pass.
    pub passes_without: bool,
}

/// A condition on a property under one label.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub property: PropId,
    pub data_type: DataType,
    /// None where the condition does not apply to the type: nothing passes.
    pub check: Option<Check>,
}

impl CompiledFilter {
    /// Whether a vertex passes.
    pub fn passes_vertex(&self, snapshot: &Snapshot, vertex: VertexIx) -> bool {
        self.root.passes_vertex(snapshot, vertex)
    }

    /// Whether an edge passes.
    pub fn passes_edge(&self, snapshot: &Snapshot, edge: &EdgeRef) -> bool {
        self.root.passes_edge(snapshot, edge)
    }
}

impl Selection for ElementFilters {
    fn passes_vertex(&self, snapshot: &Snapshot, vertex: VertexIx) -> bool {
        self.vertex.as_ref().is_none_or(|filter| filter.passes_vertex(snapshot, vertex))
    }

    fn passes_edge(&self, snapshot: &Snapshot, edge: &EdgeRef) -> bool {
        self.edge.as_ref().is_none_or(|filter| filter.passes_edge(snapshot, edge))
    }
}

impl Node {
    fn passes_vertex(&self, snapshot: &Snapshot, v: VertexIx) -> bool {
        match self {
            Node::Always => true,
            Node::And(both) => both.iter().all(|node| node.passes_vertex(snapshot, v)),
            Node::Or(both) => both.iter().any(|node| node.passes_vertex(snapshot, v)),
            Node::Labels { holds, is_negated } => {
                let holds = |l: LabelId| holds.get(l.at()).copied().unwrap_or(false);
                let some = if snapshot.is_row_changed(v) {
                    snapshot.labels_of(v).into_iter().any(holds)
                } else {
                    snapshot.base().labels_of(v).any(|(l, _)| holds(l))
                };
                some != *is_negated
            }
            Node::Id(check) => check.passes_text(snapshot.id(v)),
            Node::Property(node) => node.passes_vertex(snapshot, v),
        }
    }

    fn passes_edge(&self, snapshot: &Snapshot, edge: &EdgeRef) -> bool {
        match self {
            Node::Always => true,
            Node::And(both) => both.iter().all(|node| node.passes_edge(snapshot, edge)),
            Node::Or(both) => both.iter().any(|node| node.passes_edge(snapshot, edge)),
            Node::Labels { holds, is_negated } => {
                holds.get(edge.label.at()).copied().unwrap_or(false) != *is_negated
            }
            // Refused when the filter is compiled for edges.
            Node::Id(_) => false,
            Node::Property(node) => node.passes_edge(snapshot, edge),
        }
    }
}

impl PropertyNode {
    fn rule(&self, label: LabelId) -> Option<&Rule> {
        self.rules.get(label.at())?.as_ref()
    }

    /// The first of the vertex's labels that has a value decides.
    fn passes_vertex(&self, snapshot: &Snapshot, v: VertexIx) -> bool {
        if snapshot.is_row_changed(v) {
            let mut rules = snapshot.labels_of(v).into_iter().filter_map(|l| Some((l, self.rule(l)?)));
            let found = rules
                .find_map(|(label, rule)| Some((rule, snapshot.vertex_property(v, label, rule.property)?)));
            return found.map_or(self.passes_without, |(rule, value)| rule.passes(&value));
        }
        let rules = snapshot.base().labels_of(v).filter_map(|(l, row)| Some((l, row, self.rule(l)?)));
        for (label, row, rule) in rules {
            let column = snapshot.base().vertex_table(label).and_then(|t| t.column(rule.property));
            if let Some(column) = column.filter(|c| c.is_set(row)) {
                return rule.check.as_ref().is_some_and(|c| c.passes_row(&rule.data_type, column, row));
            }
        }
        self.passes_without
    }

    fn passes_edge(&self, snapshot: &Snapshot, edge: &EdgeRef) -> bool {
        let Some(rule) = self.rule(edge.label) else { return self.passes_without };
        let Some(ordinal) = snapshot.base_ordinal(edge) else {
            let value = snapshot.edge_property(edge, rule.property);
            return value.map_or(self.passes_without, |value| rule.passes(&value));
        };
        let column = snapshot.base().edges(edge.label).and_then(|e| e.column(rule.property));
        match column.filter(|c| c.is_set(ordinal.at())) {
            Some(column) => {
                rule.check.as_ref().is_some_and(|c| c.passes_row(&rule.data_type, column, ordinal.at()))
            }
            None => self.passes_without,
        }
    }
}

impl Rule {
    fn passes(&self, value: &Value) -> bool {
        self.check.as_ref().is_some_and(|check| check.passes(&self.data_type, value))
    }
}
