//! Running a query with a full-text condition.

use crate::compiled::Compiled;
use crate::order::Values;
use crate::spec::{OrderBy, SortKey};
use crate::window::collect;
use gesso_core::{JobContext, Pile, Stop, Value};
use gesso_graph::Snapshot;
use gesso_graph::index::text::{Element, Hit, TextFind, TextSearch};

/// Matches that are handed over at a time.
const BATCH: usize = 4096;

/// The elements that a query with a full-text condition asks for: in its order, or the most relevant ones
/// first.
pub(crate) fn find<E: Element>(
    ctx: &JobContext,
    snapshot: &Snapshot,
    query: &Compiled,
    search: &TextSearch,
    values: &impl Values<E>,
) -> Result<Pile<E>, Stop> {
    let mut sorts = query.sorts.clone();
    let mut most = usize::MAX;
    if sorts.is_empty() {
        let end = query.limit.map_or(u64::MAX, |limit| limit.saturating_add(query.offset));
        most = usize::try_from(end).unwrap_or(usize::MAX);
        if search.is_ranked() {
            sorts.push(OrderBy { key: SortKey::Relevance, is_falling: true });
        }
    }
    // Chunks of a search are in no order of their own.
    sorts.push(OrderBy { key: SortKey::Internal, is_falling: false });
    let query = Compiled { sorts, ..query.clone() };
    let find = TextFind::<E>::of(ctx, snapshot, search, most)?;
    let values = HitValues(values);
    let hits =
        collect(ctx, &query, &values, find.chunks(), |_| (), |chunk, (), tick| find.hits(chunk, tick))?;
    let mut found = Pile::new(ctx)?;
    for hits in hits.chunks(BATCH) {
        found.extend(ctx, &hits.iter().map(|hit| hit.element).collect::<Vec<_>>())?;
    }
    Ok(found)
}

/// The value of [`SortKey::Internal`].
pub(crate) fn internal<E: Element>(element: E) -> Value {
    // With its top bit turned over, a signed number has the order of the unsigned one.
    Value::Long((element.order() ^ 1 << 63).cast_signed())
}

struct HitValues<'v, V>(&'v V);

impl<E: Element, V: Values<E>> Values<Hit<E>> for HitValues<'_, V> {
    fn value(&self, sort: &OrderBy, hit: Hit<E>) -> Option<Value> {
        match sort.key {
            SortKey::Relevance => Some(Value::Float(hit.score)),
            _ => self.0.value(sort, hit.element),
        }
    }
}
