//! Property filters in filtered queries: spec 07, section 2.

use crate::fixture::property as declared;
use crate::harness::{TestGraph, TestServer, check};
use crate::walk_stage::{FQ, data, graph_a, label, names, on, passing, property};
use serde_json::{Value, json};

fn refused(g: &TestGraph<'_>, filter: Value) -> String {
    let body = json!({"vertices": [], "filters": [{"operator": "vertex", "vertex_filter": filter}]});
    check(g.post(FQ, body), 400, "GES.8806")
}

/// Vertices with a list, a flag and a long text.
fn things(s: &TestServer) -> TestGraph<'_> {
    let g = s.graph("things");
    let properties =
        [declared("n", "int", "list"), declared("b", "bool", "single"), declared("t", "string", "single")];
    g.post("/schema/labels", json!({"name": "thing", "type": "vertex", "properties": properties}))
        .expect(200);
    let vertex =
        |id: &str, properties: Value| json!({"vertex": id, "label": "thing", "properties": properties});
    let vertices = [
        vertex("x", json!({"n": [1, 2], "b": [true], "t": ["a".repeat(100_000)]})),
        vertex("y", json!({"n": [3], "b": [false]})),
        vertex("z", json!({})),
    ];
    g.post("/vertices/action?action_id=batch-add", json!({"vertices": vertices})).expect(200);
    g
}

#[test]
fn f07_10_a_filter_may_be_json_text() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let filter = property("city", "=", json!("Porto"));
    assert_eq!(passing(&g, filter.clone()), ["ana", "cy", "gus", "ivy"]);
    assert_eq!(passing(&g, json!(filter.to_string())), ["ana", "cy", "gus", "ivy"]);
}

#[test]
fn f07_17_18_19_arrays_on_the_right() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    assert_eq!(passing(&g, property("city", "=", json!(["Porto", "Lyon"]))), ["ana", "cy", "gus", "ivy"]);
    assert!(passing(&g, property("city", "IN", json!("Porto"))).is_empty());
    assert_eq!(passing(&g, property("city", "in", json!(["Porto"]))), ["ana", "cy", "gus", "ivy"]);
    let persons = ["ana", "bo", "cy", "dee", "eli", "flo", "ivy", "zed", "kim"];
    assert_eq!(passing(&g, property("age", "SUBSET", json!("5"))), persons);
}

#[test]
fn f07_20_values_of_lists() {
    let s = TestServer::start();
    let g = things(&s);
    assert_eq!(passing(&g, property("n", "CONTAIN", json!("2"))), ["x"]);
    assert_eq!(passing(&g, property("n", "NOTCONTAIN", json!("2"))), ["y"]);
}

#[test]
fn f07_21_22_23_conditions_that_are_refused() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let porto = property("city", "=", json!("Porto"));
    let joined =
        json!({"property_filter": {"leftvalue": porto, "predicate": "&", "rightvalue": {"value": "x"}}});
    assert!(refused(&g, joined).contains("rightvalue.property_filter"));
    assert!(refused(&g, label("HAS", Value::Null)).contains("[HAS] is not allowed on label_name"));
    assert!(refused(&g, property("age", ">=", json!("abc"))).contains("property [age] value [abc]"));
    assert!(refused(&g, property("city", "~", json!("x"))).contains("[~]"));
    let on_edges = json!({"vertices": ["ana"], "filters": [
        {"operator": "out", "edge_filter": on(json!({"id": ""}), "=", json!("ana"))}]});
    assert_eq!(check(g.post(FQ, on_edges), 400, "GES.8806"), "id filter is not supported on edges");
}

#[test]
fn f07_24_an_element_without_the_property_fails() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let others = passing(&g, property("age", "!=", json!(31)));
    assert_eq!(others, ["bo", "cy", "dee", "eli", "flo", "ivy", "zed", "kim"]);
    let weights = json!({"vertices": ["eli"], "filters": [{"operator": "out", "edge_filter": property("w", "!=", json!(7))}]});
    assert_eq!(names(&data(&g, weights)["edges"]), ["eli flo 0"]);
}

#[test]
fn f07_25_flags() {
    let s = TestServer::start();
    let g = things(&s);
    assert_eq!(passing(&g, property("b", "=", json!("yes"))), ["y"]);
    assert_eq!(passing(&g, property("b", "=", json!("TRUE"))), ["x"]);
}

#[test]
fn f07_26_undeclared_properties() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    assert_eq!(refused(&g, property("nothing", "=", json!(1))), "property [nothing] does not exist");
    assert_eq!(passing(&g, property("nothing", "HASNOT", Value::Null)).len(), 11);
    assert!(passing(&g, property("nothing", "HAS", Value::Null)).is_empty());
}

#[test]
fn f07_27_regular_expressions() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    assert!(passing(&g, property("city", "REGEX", json!("P.r"))).is_empty());
    assert_eq!(passing(&g, property("city", "REGEX", json!("P.rto"))), ["ana", "cy", "gus", "ivy"]);
    let t = things(&s);
    assert!(passing(&t, property("t", "REGEX", json!("(a|aa|a*)*b"))).is_empty());
    assert_eq!(passing(&t, property("t", "REGEX", json!("(a|aa|a*)*"))), ["x"]);
}

#[test]
fn f07_conditions_nest_to_64_levels() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let nested = |levels: usize| {
        let small = property("age", "<", json!(0));
        let mut deep = property("city", "=", json!("Porto"));
        for _ in 1..levels {
            deep = json!({"property_filter": {"leftvalue": small, "predicate": "|", "rightvalue": deep}});
        }
        deep
    };
    assert_eq!(passing(&g, nested(64)), ["ana", "cy", "gus", "ivy"]);
    let message = refused(&g, nested(65));
    assert!(message.contains("more than 64 levels"), "{message}");
}
