//! From a filter to its tests under each label of a schema.

use super::FilterError;
use super::check::Check;
use super::compiled::{CompiledFilter, Node, PropertyNode, Rule};
use super::grammar::{Condition, Leaf, Left, PropertyFilter};
use super::predicate::TestKind;
use crate::compiled::reachable;
use crate::spec::Target;
use gesso_core::DataType;
use gesso_graph::Schema;

impl PropertyFilter {
    /// Compiles the filter for vertices or for edges of a schema. It fails if the filter names a property
    /// that no label of theirs declares, or asks of it what its type does not allow.
    pub fn compile(&self, schema: &Schema, target: Target) -> Result<CompiledFilter, FilterError> {
        let root = match &self.condition {
            None => Node::Always,
            Some(condition) => node(condition, schema, target)?,
        };
        Ok(CompiledFilter { root })
    }
}

fn node(condition: &Condition, schema: &Schema, target: Target) -> Result<Node, FilterError> {
    let both = |pair: &[Condition; 2]| {
        let [left, right] = pair;
        Ok::<_, FilterError>(Box::new([node(left, schema, target)?, node(right, schema, target)?]))
    };
    Ok(match condition {
        Condition::And(pair) => Node::And(both(pair)?),
        Condition::Or(pair) => Node::Or(both(pair)?),
        Condition::Test(leaf) => match &leaf.left {
            Left::Property(name) => Node::Property(property(leaf, name, schema, target)?),
            Left::Label => labels(leaf, schema)?,
            Left::Id if target == Target::Edges => return Err(FilterError::EdgeId),
            Left::Id => Node::Id(Check::of(leaf, &DataType::String, "id")?),
        },
    })
}

fn labels(leaf: &Leaf, schema: &Schema) -> Result<Node, FilterError> {
    let check = Check::of(leaf, &DataType::String, "label")?;
    let mut holds = vec![false; schema.label_bound()];
    for label in schema.labels() {
        holds[label.id.at()] = check.holds_text(&label.name);
    }
    Ok(Node::Labels { holds: holds.into(), is_negated: check.is_negated() })
}

/// The condition must apply to at least one label that declares the property; where types differ between
/// labels, those that it does not apply to just do not match.
fn property(leaf: &Leaf, name: &str, schema: &Schema, target: Target) -> Result<PropertyNode, FilterError> {
    let mut rules: Vec<Option<Rule>> = Vec::new();
    rules.resize_with(schema.label_bound(), || None);
    let (mut applies, mut refusal) = (false, None);
    for label in reachable(schema, target) {
        let Some(declared) = label.property(name) else { continue };
        let check = match Check::of(leaf, &declared.data_type, name) {
            Ok(check) => {
                applies = true;
                Some(check)
            }
            Err(e) => {
                refusal.get_or_insert(e);
                None
            }
        };
        let data_type = declared.data_type.clone();
        rules[label.id.at()] = Some(Rule { property: declared.id, data_type, check });
    }
    let is_about_presence = leaf.predicate.test == TestKind::Has;
    if !applies && !is_about_presence {
        return Err(refusal.unwrap_or_else(|| FilterError::NoProperty(name.to_owned())));
    }
    let passes_without = is_about_presence && leaf.predicate.is_negated;
    Ok(PropertyNode { rules: rules.into(), passes_without })
}
