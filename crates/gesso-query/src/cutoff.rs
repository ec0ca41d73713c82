//! Leaving out rows that can not get into a sorted window, by a typed scan of the first sort key's column.

use crate::compiled::Compiled;
use crate::spec::SortKey;
use crate::test::Test;
use gesso_core::{LabelId, PropId, Value};
use gesso_graph::{Column, Schema};
use std::ops::Range;

/// What is asked of rows in addition to the query's conditions, by label.
#[derive(Debug, Default)]
pub(crate) struct Cutoff {
    /// None: rows of any label may still get in.
    by_label: Option<Vec<Bound>>,
}

#[derive(Clone, Debug)]
enum Bound {
    /// Every row may get in.
    Open,
    /// No row has a value, and values come first.
    Closed,
    /// Rows that are no worse than the worst one that is kept.
    Within(PropId, Test),
}

impl Cutoff {
    /// The bounds behind which rows are worse than the worst match that is kept, whose first key is `worst`.
    pub fn of(schema: &Schema, query: &Compiled, worst: Option<&Value>) -> Cutoff {
        let Some((worst, sort)) = worst.zip(query.sorts.first()) else { return Cutoff::default() };
        let SortKey::Property(name) = &sort.key else { return Cutoff::default() };
        let mut by_label = vec![Bound::Open; schema.label_bound()];
        for label in schema.labels().filter(|l| query.rule(l.id).is_some()) {
            let bound = match label.property(name) {
                None => Bound::Closed,
                Some(property) => Test::no_worse(worst, sort.is_falling, property)
                    .map_or(Bound::Open, |test| Bound::Within(property.id, test)),
            };
            if let Some(slot) = by_label.get_mut(label.id.at()) {
                *slot = bound;
            }
        }
        Cutoff { by_label: Some(by_label) }
    }

    /// Clears `out[i]` where row `rows.start + i` of a label can not get in.
    pub fn scan<'c>(
        &self,
        label: LabelId,
        column: impl Fn(PropId) -> Option<&'c Column>,
        rows: &Range<usize>,
        out: &mut [bool],
        scratch: &mut [bool],
    ) {
        match self.by_label.as_ref().and_then(|bounds| bounds.get(label.at())) {
            None | Some(Bound::Open) => {}
            Some(Bound::Closed) => out.fill(false),
            Some(Bound::Within(property, test)) => {
                test.scan(column(*property), rows.clone(), scratch);
                for (o, s) in out.iter_mut().zip(&*scratch) {
                    *o &= *s;
                }
            }
        }
    }
}
