//! The items of lists and sets.

use super::builder::ColumnBuilder;
use crate::schema::Property;
use gesso_core::{Cardinality, Value, ValueError};
use std::collections::HashMap;

impl Property {
    /// Reads the text of a field as a value of this property: for a list or set all of its items. The same
    /// rules as [`ColumnBuilder::push_text`].
    pub fn parse_field(&self, text: &str, escapes: bool) -> Result<Value, ValueError> {
        if self.cardinality == Cardinality::Single {
            return self.data_type.parse(text);
        }
        let items = split_items(text, escapes).map(|item| self.data_type.parse(&item));
        let mut items: Vec<Value> = items.collect::<Result<_, _>>()?;
        if self.cardinality == Cardinality::Set {
            retain_first(&mut items);
        }
        Ok(Value::Many(items.into()))
    }
}

/// Keeps the first of equal values.
pub fn retain_first(values: &mut Vec<Value>) {
    // Equal values have one hash; those that share one are compared.
    let mut seen: HashMap<u64, Vec<usize>> = HashMap::with_capacity(values.len());
    let mut keep = vec![true; values.len()];
    for (i, value) in values.iter().enumerate() {
        let alike = seen.entry(crate::index::hash_of_value(value)).or_default();
        keep[i] = !alike.iter().any(|other| values[*other] == *value);
        if keep[i] {
            alike.push(i);
        }
    }
    let mut keep = keep.into_iter();
    values.retain(|_| keep.next().unwrap_or(true));
}

/// Splits a field at `;` and appends each part to `items`; on an error `items` is as before.
pub(super) fn push_items(
    items: &mut ColumnBuilder,
    text: &str,
    escapes: bool,
    distinct: bool,
) -> Result<(), ValueError> {
    let first = items.len;
    let outcome = split_items(text, escapes).try_for_each(|part| items.push_text(&part, false));
    if outcome.is_err() {
        items.truncate(first);
        return outcome;
    }
    if distinct {
        drop_repeats(items, first);
    }
    Ok(())
}

fn drop_repeats(items: &mut ColumnBuilder, first: usize) {
    let mut values: Vec<Value> = (first..items.len).map(|i| items.value(i)).collect();
    retain_first(&mut values);
    if values.len() < items.len - first {
        items.truncate(first);
        for v in &values {
            items.push_value(v);
        }
    }
}

fn split_items(text: &str, escapes: bool) -> impl Iterator<Item = String> + '_ {
    let mut rest = Some(text.chars());
    std::iter::from_fn(move || {
        let chars = rest.as_mut()?;
        let mut item = String::new();
        loop {
            match chars.next() {
                None => {
                    rest = None;
                    return Some(item);
                }
                Some(';') => return Some(item),
                Some('\\') if escapes => item.extend(chars.next()),
                Some(c) => item.push(c),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesso_core::{DataType, JobContext};

    fn ctx() -> JobContext {
        JobContext::detached(1, 1 << 30)
    }

    fn builder(data_type: DataType, cardinality: Cardinality) -> ColumnBuilder {
        ColumnBuilder::of(&data_type, cardinality)
    }

    #[test]
    fn df10_26_sets_drop_repeats_and_lists_keep_them() {
        let mut set = builder(DataType::String, Cardinality::Set);
        let mut list = builder(DataType::String, Cardinality::List);
        set.push_text("a;a;b", false).unwrap();
        list.push_text("a;a;b", false).unwrap();
        let count = |b: ColumnBuilder| match b.finish(None, &ctx()).unwrap().get(0) {
            Some(Value::Many(v)) => v.len(),
            _ => 0,
        };
        assert_eq!((count(set), count(list)), (2, 3));
    }

    #[test]
    fn df10_26_the_first_of_equal_values_stays_in_a_large_set() {
        let value =
            |i: i32| if i % 2 == 0 { Value::Int(i % 1000) } else { Value::Text(i.to_string().into()) };
        let mut values: Vec<Value> = (0..100_000).map(value).collect();
        values.push(Value::Double(4.0));
        retain_first(&mut values);
        assert_eq!(values.len(), 500 + 50_000);
        assert_eq!((&values[0], &values[1], &values[2]), (&value(0), &value(1), &value(2)));
    }

    #[test]
    fn df10_53_an_escaped_semicolon_stays_inside_its_item() {
        let parts: Vec<String> = split_items(r"a\;b;c\\", true).collect();
        assert_eq!(parts, ["a;b", r"c\"]);
    }

    #[test]
    fn a_failing_item_leaves_the_list_column_as_before() {
        let mut b = builder(DataType::Int, Cardinality::List);
        b.push_text("1;2", false).unwrap();
        assert!(b.push_text("3;;4", false).is_err());
        b.push_text("5", false).unwrap();
        let c = b.finish(None, &ctx()).unwrap();
        assert_eq!(c.get(1), Some(Value::Many(Box::new([Value::Int(5)]))));
    }
}
