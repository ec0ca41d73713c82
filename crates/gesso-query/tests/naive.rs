//! Queries against a naive evaluation, on graphs that are partly in the base and partly changed since.

use gesso_core::{Cardinality, DataType, JobContext, LabelId, PropId, Value, VertexIx};
use gesso_graph::*;
use gesso_query::{
    Compiled, Filter, Join, OrderBy, Plan, Predicate, Query, SortKey, Target, find_edges, find_vertices,
};
use proptest::prelude::*;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

const LABELS: [&str; 2] = ["a", "b"];

/// A row: label, `n`, `t`.
type Row = (usize, Option<i32>, Option<String>);

#[derive(Clone, Debug)]
struct Case {
    base: Vec<Row>,
    later: Vec<(usize, Row)>,
    deleted: Vec<usize>,
    indexed: Indexed,
    query: Query,
}

/// When indices are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Indexed {
    Never,
    /// While the graph is empty; the base is then made with them.
    Before,
    /// Over a base, before later changes.
    Between,
    /// Over a base and changes.
    After,
}

fn row() -> impl Strategy<Value = Row> {
    (0usize..2, prop::option::of(-3i32..4), prop::option::of("[a-c]{0,2}"))
}

fn filter() -> impl Strategy<Value = Filter> {
    use Predicate::*;
    let about_n = (
        prop::sample::select(vec![Equal, NotEqual, Less, Greater, AtMost, AtLeast, Range, Has, HasNot]),
        prop::collection::vec(-3i32..4, 2..4),
    );
    let about_n = about_n.prop_map(|(p, v)| ("n", p, v.iter().map(ToString::to_string).collect::<Vec<_>>()));
    let about_t = (
        prop::sample::select(vec![Equal, NotEqual, Less, AtLeast, Range]),
        prop::collection::vec("[a-c]{0,2}", 2..4),
    );
    let about_t = about_t.prop_map(|(p, v)| ("t", p, v));
    (prop_oneof![about_n, about_t], any::<bool>()).prop_map(|((name, predicate, operands), or)| Filter {
        property: name.into(),
        predicate,
        operands,
        join: if or { Join::Or } else { Join::And },
    })
}

fn query() -> impl Strategy<Value = Query> {
    let key = prop::sample::select(vec![
        SortKey::Label,
        SortKey::Property("n".into()),
        SortKey::Property("t".into()),
    ]);
    let sort = (key, any::<bool>()).prop_map(|(key, is_falling)| OrderBy { key, is_falling });
    let labels =
        prop::option::of(prop::sample::subsequence(vec!["a".to_owned(), "b".into(), "none".into()], 1..=2));
    (
        labels,
        prop::collection::vec(filter(), 0..4),
        prop::collection::vec(sort, 0..3),
        0u64..4,
        prop::option::of(0u64..9),
    )
        .prop_map(|(labels, filters, sorts, offset, limit)| Query {
            text: None,
            labels,
            filters,
            sorts,
            offset,
            limit,
        })
}

fn case() -> impl Strategy<Value = Case> {
    let rows = prop::collection::vec(row(), 1..40);
    (
        rows,
        prop::collection::vec((0usize..60, row()), 0..12),
        prop::collection::vec(0usize..40, 0..5),
        prop::sample::select(vec![Indexed::Never, Indexed::Before, Indexed::Between, Indexed::After]),
        query(),
    )
        .prop_map(|(base, later, deleted, indexed, query)| Case { base, later, deleted, indexed, query })
}

fn schema() -> Schema {
    let property = |name: &str, data_type| PropertyDef {
        name: name.into(),
        data_type,
        cardinality: Cardinality::Single,
    };
    LABELS.iter().fold(Schema::default(), |s, name| {
        let properties = vec![property("n", DataType::Int), property("t", DataType::String)];
        s.with_label(&LabelDef { name: (*name).into(), kind: LabelKind::All, properties }).unwrap()
    })
}

fn label(row: &Row) -> LabelId {
    LabelId(row.0 as u16 + 1)
}

fn properties(row: &Row) -> EdgeProperties {
    let n = row.1.map(|n| (PropId(0), Value::Int(n)));
    let t = row.2.as_ref().map(|t| (PropId(1), Value::Text(t.as_str().into())));
    n.into_iter().chain(t).collect()
}

fn labelled(row: &Row) -> VertexProperties {
    properties(row).into_iter().map(|(p, v)| (label(row), p, v)).collect()
}

/// Vertex i and edge i (from vertex 0 to vertex i) have row i; what came later is in the delta.
fn build(dir: &std::path::Path, case: &Case) -> (Arc<Graph>, BTreeMap<u32, Row>) {
    let info = GraphInfo {
        uid: "u".into(),
        project: "p".into(),
        name: "g".into(),
        created_ms: 0,
        options: BTreeMap::new(),
    };
    let graph = Arc::new(Graph::create(&dir.join("g"), info, 0).unwrap());
    graph.write(|tx| tx.set_schema(schema())).unwrap();
    make_indices(&graph, case, Indexed::Before);
    let mut rows: BTreeMap<u32, Row> = BTreeMap::new();
    graph
        .write(|tx| {
            for (i, row) in case.base.iter().enumerate() {
                let v = tx.new_vertex(&format!("v{i}"), vec![label(row)], labelled(row))?;
                tx.new_edge(VertexIx(0), v, label(row), properties(row))?;
                rows.insert(v.0, row.clone());
            }
            Ok::<_, ApplyError>(())
        })
        .unwrap();
    graph.compact(&JobContext::detached(2, 1 << 28)).unwrap();
    make_indices(&graph, case, Indexed::Between);
    graph
        .write(|tx| {
            for (at, row) in &case.later {
                let v = VertexIx(*at as u32);
                if let Some(old) = rows.get(&v.0) {
                    tx.set_vertex(v, vec![label(row)], labelled(row))?;
                    let name = EdgeName { source: VertexIx(0), target: v, label: label(old), index: v.0 };
                    tx.relabel_edge(name, label(row), properties(row))?;
                    rows.insert(v.0, row.clone());
                } else {
                    let v = tx.new_vertex(&format!("w{}", rows.len()), vec![label(row)], labelled(row))?;
                    let index = tx.new_edge(VertexIx(0), v, label(row), properties(row))?;
                    assert_eq!(index, v.0);
                    rows.insert(v.0, row.clone());
                }
            }
            // Vertex 0 holds all edges and stays.
            for at in case.deleted.iter().filter(|at| **at > 0) {
                if rows.remove(&(*at as u32)).is_some() {
                    tx.delete_vertex(VertexIx(*at as u32))?;
                }
            }
            Ok::<_, ApplyError>(())
        })
        .unwrap();
    make_indices(&graph, case, Indexed::After);
    assert!(!graph.lacks_indices());
    (graph, rows)
}

/// Indices over `n`, over both properties, and over label `a` alone; texts are cut to one byte.
fn make_indices(graph: &Arc<Graph>, case: &Case, now: Indexed) {
    if case.indexed != now {
        return;
    }
    let mut specs = Vec::new();
    for (name, kind, labels, properties) in [
        ("vn", "GlobalCompositeVertexIndex", None, vec!["n"]),
        ("vtn", "GlobalCompositeVertexIndex", None, vec!["t", "n"]),
        ("va", "CompositeVertexIndex", Some(vec!["a".to_owned()]), vec!["t"]),
        ("en", "GlobalCompositeEdgeIndex", None, vec!["n"]),
        ("etn", "GlobalCompositeEdgeIndex", None, vec!["t", "n"]),
        ("ea", "CompositeEdgeIndex", Some(vec!["a".to_owned()]), vec!["t"]),
    ] {
        specs.push(IndexSpec {
            name: name.into(),
            kind: kind.into(),
            labels,
            properties: Some(properties.into_iter().map(str::to_owned).collect()),
            key_bytes: Some(1),
            ..IndexSpec::default()
        });
    }
    let reserved = graph.reserve_indices(specs, 10).unwrap();
    reserved.build(&JobContext::detached(2, 1 << 28)).unwrap();
}

fn holds(filter: &Filter, row: &Row) -> bool {
    let compare = |operand: &str| -> Option<Ordering> {
        match filter.property.as_str() {
            "n" => row.1.map(|n| n.cmp(&operand.parse().unwrap())),
            _ => row.2.as_deref().map(|t| t.cmp(operand)),
        }
    };
    let is_set = if filter.property == "n" { row.1.is_some() } else { row.2.is_some() };
    let first = || compare(&filter.operands[0]);
    match filter.predicate {
        Predicate::Has => is_set,
        Predicate::HasNot => !is_set,
        Predicate::Equal => filter.operands.iter().any(|o| compare(o) == Some(Ordering::Equal)),
        Predicate::NotEqual => first().is_some_and(Ordering::is_ne),
        Predicate::Less => first().is_some_and(Ordering::is_lt),
        Predicate::Greater => first().is_some_and(Ordering::is_gt),
        Predicate::AtMost => first().is_some_and(Ordering::is_le),
        Predicate::AtLeast => first().is_some_and(Ordering::is_ge),
        Predicate::Range => {
            first().is_some_and(Ordering::is_ge) && compare(&filter.operands[1]).is_some_and(Ordering::is_le)
        }
    }
}

fn naive(query: &Query, rows: &BTreeMap<u32, Row>) -> Vec<u32> {
    let mut found: Vec<(&u32, &Row)> = rows
        .iter()
        .filter(|(_, row)| query.labels.as_ref().is_none_or(|l| l.iter().any(|l| l == LABELS[row.0])))
        .filter(|(_, row)| {
            let mut result = true;
            for (i, f) in query.filters.iter().enumerate() {
                result = match (i, f.join) {
                    (0, _) => holds(f, row),
                    (_, Join::And) => result & holds(f, row),
                    (_, Join::Or) => result | holds(f, row),
                };
            }
            result
        })
        .collect();
    found.sort_by(|(_, a), (_, b)| {
        query.sorts.iter().map(|s| order(s, a, b)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
    });
    let limit = query.limit.map_or(usize::MAX, |l| l as usize);
    found.into_iter().skip(query.offset as usize).take(limit).map(|(v, _)| *v).collect()
}

fn order(sort: &OrderBy, a: &Row, b: &Row) -> Ordering {
    fn missing_last<T: Ord>(a: Option<T>, b: Option<T>, falling: bool) -> Ordering {
        match (a, b) {
            (Some(a), Some(b)) if falling => b.cmp(&a),
            (Some(a), Some(b)) => a.cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }
    }
    match &sort.key {
        SortKey::Property(name) if name == "n" => missing_last(a.1, b.1, sort.is_falling),
        SortKey::Property(_) => missing_last(a.2.as_ref(), b.2.as_ref(), sort.is_falling),
        _ => missing_last(Some(a.0), Some(b.0), sort.is_falling),
    }
}

/// True if some index has all its properties asked for equality.
fn can_use_index(query: &Query) -> bool {
    let joins_fit = query.filters.iter().skip(1).all(|f| f.join == Join::And);
    let equal =
        |name: &str| query.filters.iter().any(|f| f.property == name && f.predicate == Predicate::Equal);
    let only_a = query.labels.as_ref().is_some_and(|l| l.iter().all(|l| l != "b"));
    joins_fit && (equal("n") || (only_a && equal("t")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn queries_find_what_a_naive_scan_finds(case in case()) {
        let dir = tempfile::tempdir().unwrap();
        let (graph, rows) = build(dir.path(), &case);
        let snapshot = graph.snapshot();
        let ctx = JobContext::detached(2, 1 << 28);
        let expected = naive(&case.query, &rows);
        let compiled = Compiled::of(snapshot.schema(), Target::Vertices, &case.query).unwrap();
        let plan = Plan::of(&snapshot, &compiled);
        let found = find_vertices(&ctx, &snapshot, &compiled, &plan).unwrap();
        prop_assert_eq!(found.iter().map(|v| v.0).collect::<Vec<_>>(), expected.clone());
        drop(found);
        let compiled = Compiled::of(snapshot.schema(), Target::Edges, &case.query).unwrap();
        let plan = Plan::of(&snapshot, &compiled);
        prop_assert_eq!(plan.name() == "index", case.indexed != Indexed::Never && can_use_index(&case.query));
        let found = find_edges(&ctx, &snapshot, &compiled, &plan).unwrap();
        prop_assert_eq!(found.iter().map(|e| e.name().target.0).collect::<Vec<_>>(), expected);
        drop(found);
        prop_assert_eq!(ctx.account().used(), 0);
    }
}

#[test]
fn a_stopped_query_gives_no_short_answer() {
    let dir = tempfile::tempdir().unwrap();
    let base = (0..100).map(|i| (i % 2, Some(1), None)).collect();
    let case = Case {
        base,
        later: Vec::new(),
        deleted: Vec::new(),
        indexed: Indexed::Never,
        query: Query::default(),
    };
    let (graph, _) = build(dir.path(), &case);
    let snapshot = graph.snapshot();
    let compiled = Compiled::of(snapshot.schema(), Target::Vertices, &case.query).unwrap();
    let ctx = JobContext::detached(1, 1 << 28).stop_at_checkpoint(1);
    let plan = Plan::of(&snapshot, &compiled);
    assert!(find_vertices(&ctx, &snapshot, &compiled, &plan).is_err());
    assert_eq!(ctx.account().used(), 0);
}
