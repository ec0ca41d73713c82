//! Keys: the values of an index's properties, as one number that equal keys share.

use super::definition::IndexDef;
use crate::column::{Column, ColumnData};
use crate::schema::{Label, Schema};
use gesso_core::{LabelId, PropId, Value, date::Date};
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The hash of a key of no property.
pub(super) const START: u64 = 0x6765_7373_6f00_0001;

/// The hash of a key; values that an `=` filter takes for equal have one hash.
pub fn hash_of<'v>(def: &IndexDef, values: impl IntoIterator<Item = &'v Value>) -> u64 {
    values.into_iter().fold(START, |hash, value| with_value(hash, value, def.key_bytes))
}

/// The hash of one value; values that compare as equal have one hash.
pub fn hash_of_value(value: &Value) -> u64 {
    match value.as_real() {
        // Numbers of different types may be equal.
        Some(real) => with_real(START, real),
        None => with_value(START, value, u16::MAX),
    }
}

fn with_value(hash: u64, value: &Value, key_bytes: u16) -> u64 {
    match value {
        Value::Bool(v) => with_whole(hash, i64::from(*v)),
        Value::Int(v) => with_whole(hash, i64::from(*v)),
        Value::Long(v) => with_whole(hash, *v),
        Value::Date(v) => with_whole(hash, v.seconds()),
        Value::Enum(v) => with_whole(hash, i64::from(*v)),
        Value::Float(v) => with_real(hash, f64::from(*v)),
        Value::Double(v) => with_real(hash, *v),
        Value::Text(v) => with_text(hash, v, key_bytes),
        // Lists and sets are not indexed.
        Value::Many(_) => hash,
    }
}

fn with_whole(hash: u64, v: i64) -> u64 {
    xxh3_64_with_seed(&v.to_le_bytes(), hash)
}

fn with_real(hash: u64, v: f64) -> u64 {
    // Adding 0 makes one of −0 and 0.
    xxh3_64_with_seed(&(v + 0.0).to_bits().to_le_bytes(), hash)
}

fn with_text(hash: u64, text: &str, key_bytes: u16) -> u64 {
    let bytes = text.as_bytes();
    xxh3_64_with_seed(&bytes[..bytes.len().min(usize::from(key_bytes))], hash)
}

/// The key of an element as it is seen from one of its labels: a property that the label leaves unset has
/// the value that another label gives it. None if a property has no value.
pub(super) fn seen_from(
    schema: &Schema,
    def: &IndexDef,
    label: &Label,
    labels: &[LabelId],
    value: impl Fn(LabelId, PropId) -> Option<Value>,
) -> Option<u64> {
    let mut hash = START;
    for name in &def.properties {
        let own = label.property(name).and_then(|p| value(label.id, p.id));
        let found = own.or_else(|| {
            let others = labels.iter().filter(|l| **l != label.id).filter_map(|l| schema.label(*l));
            others.into_iter().find_map(|l| value(l.id, l.property(name)?.id))
        });
        hash = with_value(hash, &found?, def.key_bytes);
    }
    Some(hash)
}

/// Folds the values of a stretch of a column into hashes; rows without a value are marked in `unset`.
pub(super) fn fold_column(
    column: Option<&Column>,
    rows: Range<usize>,
    key_bytes: u16,
    hashes: &mut [u64],
    unset: &mut [bool],
) {
    let Some(column) = column else { return unset.fill(true) };
    match &column.data {
        ColumnData::Bool(v) => fold(hashes, &v[rows.clone()], |h, x| with_whole(h, i64::from(x))),
        ColumnData::Int(v) => fold(hashes, &v[rows.clone()], |h, x| with_whole(h, i64::from(x))),
        ColumnData::Long(v) => fold(hashes, &v[rows.clone()], with_whole),
        ColumnData::Date(v) => {
            fold(hashes, &v[rows.clone()], |h, x| with_whole(h, Date::from_bits(x).seconds()));
        }
        ColumnData::Enum(v) => fold(hashes, &v[rows.clone()], |h, x| with_whole(h, i64::from(x))),
        ColumnData::Float(v) => fold(hashes, &v[rows.clone()], |h, x| with_real(h, f64::from(x))),
        ColumnData::Double(v) => fold(hashes, &v[rows.clone()], with_real),
        ColumnData::Text(texts) => {
            for (hash, row) in hashes.iter_mut().zip(rows.clone()) {
                *hash = with_text(*hash, texts.get(row), key_bytes);
            }
        }
        ColumnData::Dictionary { codes, texts } => {
            for (hash, row) in hashes.iter_mut().zip(rows.clone()) {
                *hash = with_text(*hash, texts.get(codes.at(row)), key_bytes);
            }
        }
        ColumnData::Many { .. } => unset.fill(true),
    }
    if column.valid.is_some() {
        for (unset, row) in unset.iter_mut().zip(rows) {
            *unset |= !column.is_set(row);
        }
    }
}

fn fold<T: Copy>(hashes: &mut [u64], values: &[T], with: impl Fn(u64, T) -> u64) {
    for (hash, value) in hashes.iter_mut().zip(values) {
        *hash = with(*hash, *value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::ColumnBuilder;
    use crate::index::{IndexId, IndexKind};
    use crate::schema::Property;
    use gesso_core::{Cardinality, DataType, JobContext};

    fn def(properties: &[&str]) -> IndexDef {
        IndexDef {
            id: IndexId(0),
            name: "i".into(),
            kind: IndexKind::GlobalVertex,
            has_label: false,
            labels: Vec::new(),
            properties: properties.iter().map(|p| (*p).into()).collect(),
            key_bytes: 4,
        }
    }

    /// Rows of a column must have the hash of their values, whatever form the column has.
    #[test]
    fn columns_and_values_have_the_same_hashes() {
        let ctx = JobContext::detached(1, 1 << 20);
        let def = def(&["p"]);
        let texts = |n: usize| (0..n).map(|i| format!("text{i}")).collect::<Vec<_>>();
        for (data_type, rows) in [
            (DataType::Int, vec!["-1".to_owned(), "7".to_owned()]),
            (DataType::Date, vec!["2024-01-02".to_owned(), "2024-01-02 00:00:00".to_owned()]),
            (DataType::Float, vec!["-0".to_owned(), "0.1".to_owned()]),
            (DataType::Double, vec!["1e300".to_owned()]),
            (DataType::String, texts(10)),
            (DataType::String, vec!["same".to_owned(); 10]),
        ] {
            let p = Property { id: PropId(0), name: "p".into(), data_type, cardinality: Cardinality::Single };
            let mut builder = ColumnBuilder::new(&p);
            for r in &rows {
                builder.push_text(r, false).unwrap();
            }
            builder.push_unset();
            let column = builder.finish(None, &ctx).unwrap();
            let (mut hashes, mut unset) = (vec![START; rows.len() + 1], vec![false; rows.len() + 1]);
            fold_column(Some(&column), 0..rows.len() + 1, def.key_bytes, &mut hashes, &mut unset);
            for (i, text) in rows.iter().enumerate() {
                let value = p.data_type.parse(text).unwrap();
                assert_eq!(hashes[i], hash_of(&def, [&value]), "{text}");
                assert!(!unset[i]);
            }
            assert!(unset[rows.len()]);
        }
    }

    #[test]
    fn equal_numbers_and_dates_have_one_hash_and_texts_are_cut() {
        let def = def(&["p"]);
        let same = |a: Value, b: Value| assert_eq!(hash_of(&def, [&a]), hash_of(&def, [&b]));
        same(Value::Double(-0.0), Value::Double(0.0));
        same(Value::Float(0.5), Value::Double(0.5));
        same(Value::Text("abcdX".into()), Value::Text("abcdY".into()));
        let date = |t| DataType::Date.parse(t).unwrap();
        same(date("2024-01-02"), date("2024-01-02 00:00:00"));
        let (a, b) = (Value::Int(1), Value::Int(2));
        assert_ne!(hash_of(&def, [&a, &b]), hash_of(&def, [&b, &a]));
    }
}
