//! Filters against the elements of small graphs; each graph is asked twice, as changes and as a base.

use super::*;
use crate::spec::Target;
use gesso_core::{Cardinality, DataType, JobContext, LabelId, PropId, Value as Element, VertexIx};
use gesso_graph::{
    ApplyError, End, Graph, GraphInfo, LabelDef, LabelKind, PropertyDef, Schema, Selection, Snapshot,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const COLUMNS: [(&str, DataType, Cardinality); 9] = [
    ("i", DataType::Int, Cardinality::Single),
    ("d", DataType::Double, Cardinality::Single),
    ("s", DataType::String, Cardinality::Single),
    ("b", DataType::Bool, Cardinality::Single),
    ("date", DataType::Date, Cardinality::Single),
    ("list", DataType::Int, Cardinality::List),
    ("tags", DataType::String, Cardinality::Set),
    ("c", DataType::Char, Cardinality::Single),
    ("mixed", DataType::Int, Cardinality::Single),
];

fn schema() -> Schema {
    let property = |(name, data_type, cardinality): (&str, DataType, Cardinality)| PropertyDef {
        name: name.into(),
        data_type,
        cardinality,
    };
    let size = DataType::Enum(["S".into(), "M".into(), "L".into()].into());
    let columns = COLUMNS.into_iter().chain([("size", size, Cardinality::Single)]);
    let all =
        LabelDef { name: "all".into(), kind: LabelKind::All, properties: columns.map(property).collect() };
    let other =
        [("mixed", DataType::String, Cardinality::Single), ("own", DataType::Int, Cardinality::Single)];
    let other = other.map(property).to_vec();
    let other = LabelDef { name: "other".into(), kind: LabelKind::Vertex, properties: other };
    Schema::default().with_label(&all).unwrap().with_label(&other).unwrap()
}

const ALL: LabelId = LabelId(1);
const OTHER: LabelId = LabelId(2);

/// A value from its text; of a list from several texts.
fn value(schema: &Schema, label: LabelId, name: &str, texts: &[&str]) -> (PropId, Element) {
    let property = schema.label(label).unwrap().property(name).unwrap();
    let values: Vec<Element> = texts.iter().map(|t| property.data_type.parse(t).unwrap()).collect();
    match property.cardinality {
        Cardinality::Single => (property.id, values[0].clone()),
        _ => (property.id, Element::Many(values.into())),
    }
}

type Row = &'static [(&'static str, &'static [&'static str])];

/// Vertex `v0` with nothing, then one vertex for each row under label `all`, each with an edge from `v0`
/// that has the same properties; then `o`, under `other`, and `two`, under both.
const ROWS: [Row; 3] = [
    &[
        ("i", &["30"]),
        ("d", &["1.5"]),
        ("s", &["Porto"]),
        ("b", &["true"]),
        ("date", &["2021-03-04"]),
        ("list", &["1", "2"]),
        ("tags", &["a", "b"]),
        ("c", &["ß"]),
        ("size", &["S"]),
        ("mixed", &["7"]),
    ],
    &[
        ("i", &["-4"]),
        ("d", &["NaN"]),
        ("s", &["port"]),
        ("b", &["false"]),
        ("date", &["2021-03-04 00:00:01"]),
        ("list", &["3"]),
        ("tags", &["b"]),
        ("c", &["x"]),
        ("size", &["L"]),
        ("mixed", &["8"]),
    ],
    &[("s", &[""]), ("d", &["10"])],
];

struct Fixture {
    graph: Arc<Graph>,
    _dir: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Fixture {
        let dir = tempfile::tempdir().unwrap();
        let info = GraphInfo {
            uid: "u".into(),
            project: "p".into(),
            name: "g".into(),
            created_ms: 0,
            options: BTreeMap::new(),
        };
        let graph = Arc::new(Graph::create(&dir.path().join("g"), info, 0).unwrap());
        let schema = schema();
        graph.write(|tx| tx.set_schema(schema.clone())).unwrap();
        let written = graph.write(|tx| {
            tx.new_vertex("v0", vec![LabelId::DEFAULT], vec![])?;
            for (i, row) in ROWS.iter().enumerate() {
                let values = row.iter().map(|(name, texts)| value(&schema, ALL, name, texts));
                let labelled = values.clone().map(|(p, v)| (ALL, p, v)).collect();
                let v = tx.new_vertex(&format!("v{}", i + 1), vec![ALL], labelled)?;
                tx.new_edge(VertexIx(0), v, ALL, values.collect())?;
            }
            let own = |name, text| value(&schema, OTHER, name, &[text]);
            let of_other = |(p, v)| (OTHER, p, v);
            tx.new_vertex(
                "o",
                vec![OTHER],
                vec![of_other(own("mixed", "seven")), of_other(own("own", "1"))],
            )?;
            let (p, v) = value(&schema, ALL, "i", &["30"]);
            tx.new_vertex("two", vec![OTHER, ALL], vec![of_other(own("own", "2")), (ALL, p, v)])?;
            Ok::<_, ApplyError>(())
        });
        written.unwrap();
        Fixture { graph, _dir: dir }
    }
}

thread_local! {
    static FIXTURE: Fixture = Fixture::new();
    static BASE: Fixture = {
        let fixture = Fixture::new();
        fixture.graph.compact(&JobContext::detached(1, 1 << 28)).unwrap();
        fixture
    };
}

fn compiled(filter: &Value, target: Target) -> Result<CompiledFilter, FilterError> {
    PropertyFilter::parse(filter)?.compile(&schema(), target)
}

fn vertices(snapshot: &Snapshot, filter: &CompiledFilter) -> Vec<String> {
    let all = (0..snapshot.vertex_bound()).map(VertexIx);
    let passing = all.filter(|v| filter.passes_vertex(snapshot, *v));
    passing.map(|v| snapshot.id(v).to_owned()).collect()
}

/// The ids of the vertices that pass, and for edges those of the targets.
fn check(filter: Value, expected: &[&str]) {
    let filter = compiled(&filter, Target::Vertices).unwrap();
    for fixture in [&FIXTURE, &BASE] {
        fixture.with(|f| assert_eq!(vertices(&f.graph.snapshot(), &filter), expected, "{filter:?}"));
    }
}

fn check_edges(filter: Value, expected: &[&str]) {
    let edge = compiled(&filter, Target::Edges).unwrap();
    let filters = ElementFilters { vertex: None, edge: Some(edge) };
    for fixture in [&FIXTURE, &BASE] {
        fixture.with(|f| {
            let snapshot = f.graph.snapshot();
            let edges = snapshot.edges_at(VertexIx(0), End::Source);
            let passing = edges.iter().filter(|e| filters.passes_edge(&snapshot, e));
            let ids: Vec<&str> = passing.map(|e| snapshot.id(e.target)).collect();
            assert_eq!(ids, expected, "{filters:?}");
            assert!(filters.passes_vertex(&snapshot, VertexIx(0)));
        });
    }
}

fn on(left: Value, predicate: &str, right: Value) -> Value {
    json!({"property_filter": {"leftvalue": left, "predicate": predicate, "rightvalue": {"value": right}}})
}

fn property(name: &str, predicate: &str, right: impl Into<Value>) -> Value {
    on(json!({"property_name": name}), predicate, right.into())
}

fn id(predicate: &str, right: impl Into<Value>) -> Value {
    on(json!({"id": ""}), predicate, right.into())
}

fn label(predicate: &str, right: impl Into<Value>) -> Value {
    on(json!({"label_name": "labelName"}), predicate, right.into())
}

fn refused(filter: Value, target: Target) -> FilterError {
    compiled(&filter, target).unwrap_err()
}

const EVERYONE: [&str; 6] = ["v0", "v1", "v2", "v3", "o", "two"];

#[test]
fn nothing_to_filter_passes_everything() {
    for filter in [Value::Null, json!({}), json!(""), json!("{}"), json!({"property_filter": {}})] {
        check(filter, &EVERYONE);
    }
    assert!(PropertyFilter::default().passes_all());
    assert!(matches!(
        PropertyFilter::parse(&json!({"leftvalue": 1})),
        Err(FilterError::Missing { part: "property_filter", .. })
    ));
}

#[test]
fn numbers_compare_as_numbers() {
    check(property("i", "=", "30"), &["v1", "two"]);
    check(property("i", "=", 30), &["v1", "two"]);
    check(property("i", "==", 30), &["v1", "two"]);
    check(property("i", "<", "30"), &["v2"]);
    check(property("i", "<=", "30"), &["v1", "v2", "two"]);
    check(property("i", ">", "-4"), &["v1", "two"]);
    check(property("i", ">=", "-4"), &["v1", "v2", "two"]);
    check(property("d", ">", "1.5"), &["v3"]);
    check(property("d", "=", "1.50"), &["v1"]);
    // What is no number equals nothing.
    check(property("d", "!=", "1.5"), &["v2", "v3"]);
    check_edges(property("i", ">=", "-4"), &["v1", "v2"]);
}

#[test]
fn f07_24_negated_predicates_need_the_property() {
    check(property("i", "!=", "30"), &["v2"]);
    check(property("i", "<>", "31"), &["v1", "v2", "two"]);
    check(property("i", "NOTIN", json!(["30"])), &["v2"]);
    check(property("s", "NOTPREFIX", "P"), &["v2", "v3"]);
    check_edges(property("i", "!=", "30"), &["v2"]);
}

#[test]
fn f07_26_presence() {
    check(property("i", "HAS", Value::Null), &["v1", "v2", "two"]);
    check(property("i", "hasnot", Value::Null), &["v0", "v3", "o"]);
    check(property("nobody", "HAS", Value::Null), &[]);
    check(property("nobody", "HASNOT", Value::Null), &EVERYONE);
    check_edges(property("list", "HASNOT", Value::Null), &["v3"]);
    let without = json!({"property_filter": {"leftvalue": {"property_name": "s"}, "predicate": "HAS"}});
    check(without, &["v1", "v2", "v3"]);
    assert_eq!(
        refused(property("nobody", "=", 1), Target::Vertices),
        FilterError::NoProperty("nobody".into())
    );
    // Declared for vertices alone.
    assert_eq!(refused(property("own", "=", 1), Target::Edges), FilterError::NoProperty("own".into()));
}

#[test]
fn texts_compare_by_code_point() {
    check(property("s", "=", "Porto"), &["v1"]);
    check(property("s", "=", "porto"), &[]);
    check(property("s", "<", "port"), &["v1", "v3"]);
    check(property("s", ">=", "Porto"), &["v1", "v2"]);
    check(property("s", "=", ""), &["v3"]);
    check(property("c", "=", "ß"), &["v1"]);
    assert!(matches!(refused(property("c", "=", "ss"), Target::Vertices), FilterError::Operand { .. }));
    check(property("c", "PREFIX", "ss"), &[]);
}

#[test]
fn text_predicates_by_type() {
    check(property("s", "PREFIX", "Po"), &["v1"]);
    check(property("s", "SUFFIX", "rt"), &["v2"]);
    check(property("s", "SUBSTRING", "ort"), &["v1", "v2"]);
    check(property("s", "NOTSUBSTRING", "to"), &["v2", "v3"]);
    check(property("s", "NOTSUFFIX", "t"), &["v1", "v3"]);
    check(property("s", "CISUBSTRING", "POR"), &["v1", "v2"]);
    check(property("s", "NOTCISUBSTRING", "POR"), &["v3"]);
    check(property("s", "FUZZY", "ports"), &["v2"]);
    check(property("s", "NOTFUZZY", "ports"), &["v1", "v3"]);
    check(property("s", "REGEX", "[Pp]or.*"), &["v1", "v2"]);
    check(property("s", "NOTREGEX", "[Pp]or"), &["v1", "v2", "v3"]);
    // Numbers, dates and names by their text.
    check(property("i", "PREFIX", "-"), &["v2"]);
    check(property("d", "SUFFIX", ".0"), &["v3"]);
    check(property("date", "SUFFIX", "04"), &["v1"]);
    check(property("size", "REGEX", "[SM]"), &["v1"]);
    check(property("tags", "PREFIX", "a"), &["v1"]);
    check_edges(property("tags", "NOTPREFIX", "a"), &["v2"]);
}

#[test]
fn f07_25_whatever_is_not_true_is_false() {
    check(property("b", "=", "TRUE"), &["v1"]);
    check(property("b", "=", true), &["v1"]);
    check(property("b", "=", "yes"), &["v2"]);
    check(property("b", "!=", "1"), &["v1"]);
    check(property("b", "IN", json!(["no"])), &["v2"]);
    for predicate in ["<", ">=", "PREFIX", "REGEX"] {
        let refused = refused(property("b", predicate, "true"), Target::Vertices);
        assert!(matches!(refused, FilterError::NotAllowed { .. }), "{predicate}");
    }
}

#[test]
fn dates_compare_by_instant_and_names_by_position() {
    check(property("date", "=", "2021-03-04 00:00:00"), &["v1"]);
    check(property("date", ">", "2021-03-04"), &["v2"]);
    check(property("size", "<", "M"), &["v1"]);
    check(property("size", ">", "M"), &["v2"]);
    assert!(matches!(refused(property("size", "=", "XL"), Target::Vertices), FilterError::Operand { .. }));
}

#[test]
fn f07_20_some_value_of_a_list_is_enough() {
    check(property("list", "CONTAIN", "2"), &["v1"]);
    check(property("list", "NOTCONTAIN", "2"), &["v2"]);
    check(property("list", "=", 3), &["v2"]);
    check(property("list", "!=", 3), &["v1"]);
    check(property("list", ">", 1), &["v1", "v2"]);
    check(property("i", "CONTAIN", "30"), &["v1", "two"]);
    check(property("i", "NOTCONTAIN", json!([30, 5])), &["v2"]);
}

#[test]
fn f07_18_19_sets() {
    check(property("list", "SUBSET", json!(["1", 2])), &["v1"]);
    check(property("list", "SUBSET", json!(["1", 3])), &[]);
    check(property("list", "SUBSET", json!([])), &["v1", "v2"]);
    check(property("list", "SUBSET", "9"), &["v1", "v2"]);
    check(property("i", "SUBSET", "[30]"), &["v1", "two"]);
    check(property("tags", "IN", json!(["a", "c"])), &["v1"]);
    check(property("tags", "NOTIN", json!(["a", "c"])), &["v2"]);
    check(property("tags", "IN", "a"), &[]);
    check(property("tags", "NOTIN", "a"), &[]);
    check(property("tags", "IN", "[\"a\"]"), &["v1"]);
    check(property("tags", "IN", json!([])), &[]);
    check(property("tags", "NOTIN", json!([])), &["v1", "v2"]);
    check(id("IN", json!(["v0", "two", "nobody"])), &["v0", "two"]);
    check(id("IN", "v0"), &[]);
    check(id("NOTIN", json!(["v0", "o"])), &["v1", "v2", "v3", "two"]);
    check(label("IN", json!(["other", "none"])), &["o", "two"]);
}

#[test]
fn f07_17_the_first_of_an_array_counts() {
    check(property("s", "=", json!(["Porto", "port"])), &["v1"]);
    check(property("s", "PREFIX", json!(["p", "P"])), &["v2"]);
    // Not an array there.
    check(property("s", "=", "[\"Porto\"]"), &[]);
    assert!(matches!(
        refused(property("s", "=", json!([])), Target::Vertices),
        FilterError::Malformed { .. }
    ));
}

#[test]
fn ids_and_labels() {
    check(id("=", "o"), &["o"]);
    check(id("SUFFIX", "1"), &["v1"]);
    check(id("NOTPREFIX", "v"), &["o", "two"]);
    check(id(">", "v1"), &["v2", "v3"]);
    check(on(json!({"id": null}), "=", json!("o")), &["o"]);
    check(label("=", "other"), &["o", "two"]);
    check(label("!=", "other"), &["v0", "v1", "v2", "v3"]);
    check(label("=", "nobody"), &[]);
    check(label("PREFIX", "a"), &["v1", "v2", "v3", "two"]);
    check(on(json!({"label_name": "whatever"}), "=", json!("other")), &["o", "two"]);
    check_edges(label("=", "all"), &["v1", "v2", "v3"]);
    check_edges(label("!=", "all"), &[]);
    assert_eq!(refused(id("=", "v0"), Target::Edges), FilterError::EdgeId);
}

#[test]
fn f07_22_left_sides_of_the_matrix() {
    for predicate in ["HAS", "HASNOT", "CONTAIN", "NOTCONTAIN", "SUBSET"] {
        for filter in [id(predicate, "1"), label(predicate, "1")] {
            let refused = refused(filter, Target::Vertices);
            assert!(matches!(refused, FilterError::NotAllowed { .. }), "{predicate}");
        }
    }
}

#[test]
fn the_first_form_of_a_left_side_counts() {
    let left = json!({"id": "", "label_name": "labelName", "property_name": "s", "property_filter": null});
    check(on(left, "=", json!("Porto")), &["v1"]);
    check(on(json!({"id": "", "label_name": "labelName"}), "=", json!("other")), &["o", "two"]);
}

#[test]
fn a_label_whose_type_does_not_fit_does_not_match() {
    check(property("mixed", "=", "seven"), &["o"]);
    check(property("mixed", "=", "7"), &["v1"]);
    check(property("mixed", "!=", "seven"), &[]);
    check(property("mixed", "HAS", Value::Null), &["v1", "v2", "o"]);
    assert!(matches!(refused(property("i", ">=", "abc"), Target::Vertices), FilterError::Operand { .. }));
}

fn joined(left: &Value, predicate: &str, right: &Value) -> Value {
    json!({"property_filter": {"leftvalue": left, "predicate": predicate, "rightvalue": right}})
}

#[test]
fn conditions_nest_to_64_levels() {
    let (porto, small) = (property("s", "=", "Porto"), property("i", "<", 0));
    for and in ["&", "&&", "and"] {
        check(joined(&porto, and, &property("i", ">", 0)), &["v1"]);
    }
    for or in ["|", "||", "OR"] {
        check(joined(&porto, or, &small), &["v1", "v2"]);
    }
    let mut deep = porto;
    for _ in 0..LEVELS_MAX - 1 {
        deep = joined(&small, "|", &deep);
    }
    check(deep.clone(), &["v1", "v2"]);
    assert_eq!(refused(joined(&deep, "&", &small), Target::Vertices), FilterError::TooDeep);
}

#[test]
fn objects_may_be_text_at_every_level() {
    let text = |v: &Value| Value::from(v.to_string());
    check(text(&property("s", "=", "Porto")), &["v1"]);
    let inner = property("s", "=", "Porto")["property_filter"].clone();
    check(json!({"property_filter": text(&inner)}), &["v1"]);
    let sides = json!({"leftvalue": text(&inner["leftvalue"]), "predicate": "=", "rightvalue": text(&inner["rightvalue"])});
    check(json!({"property_filter": sides}), &["v1"]);
    let nested = json!({"property_filter": text(&inner)});
    check(joined(&text(&nested), "&", &nested), &["v1"]);
}

#[test]
fn f07_21_what_the_grammar_does_not_know_is_refused() {
    let plain = property("s", "=", "Porto");
    let condition = |left: Value, predicate: Value, right: Value| json!({"property_filter": {"leftvalue": left, "predicate": predicate, "rightvalue": right}});
    let name = json!({"property_name": "s"});
    let cases = [
        (joined(&plain, "&", &json!({"value": "x"})), "rightvalue.property_filter"),
        (joined(&name, "|", &plain), "leftvalue.property_filter"),
        (joined(&plain, "=", &json!({"value": "x"})), "nested conditions"),
        (joined(&name, "HAS", &plain), "nested conditions"),
        (property("s", "~", "x"), "predicate [~] is not supported"),
        (property("s", "", "x"), "predicate [] is not supported"),
        (condition(name.clone(), Value::Null, json!({"value": 1})), "[predicate] is required"),
        (condition(name.clone(), json!(7), json!({"value": 1})), "[predicate] value [7]"),
        (condition(Value::Null, json!("="), json!({"value": 1})), "[leftvalue] is required"),
        (condition(json!({}), json!("="), json!({"value": 1})), "[leftvalue] value [{}]"),
        (
            condition(json!({"property_name": 3}), json!("="), json!({"value": 1})),
            "[property_name] value [3]",
        ),
        (
            condition(name.clone(), json!("="), Value::Null),
            "[rightvalue.value] is required with predicate [=]",
        ),
        (condition(name.clone(), json!("="), json!({"value": null})), "[rightvalue.value] is required"),
        (condition(name.clone(), json!("="), json!({"value": {}})), "[rightvalue.value] value [{}]"),
        (condition(name.clone(), json!("IN"), json!({"value": [[]]})), "[rightvalue.value] value [[[]]]"),
        (condition(name, json!("="), json!(3)), "[rightvalue] value [3]"),
        (json!(3), "[filter] value [3]"),
        (json!("nonsense"), "[filter] value [nonsense]"),
        (json!({"property_filter": [1]}), "[property_filter] value [[1]]"),
        (property("s", "REGEX", "("), "regular expression [(] is invalid: unclosed group"),
        (property("i", "=", "x".repeat(200)), "property [i] value [xxxx"),
    ];
    for (filter, expected) in cases {
        let message = refused(filter, Target::Vertices).to_string();
        assert!(message.contains(expected) && message.len() < 300, "{message}");
    }
}
