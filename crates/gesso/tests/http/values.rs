//! Values of every type through the JSON of requests and answers: spec 03, sections 1.4, 1.5 and 2.3.

use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

/// A graph with a label `t` that has one property `p`.
fn typed<'s>(s: &'s TestServer, data_type: &str, cardinality: &str) -> TestGraph<'s> {
    let g = s.graph("values");
    let names = json!({"typeNameCount": 2, "typeName1": "b", "typeName2": "a", "maxDataSize": 3});
    let mut property = json!({"name": "p", "dataType": data_type, "cardinality": cardinality});
    for (name, value) in names.as_object().into_iter().flatten() {
        property[name] = value.clone();
    }
    g.post("/schema/labels", json!({"name": "t", "properties": [property]})).expect(200);
    g
}

/// Each value must be stored, and shown as the value beside it after a restart, too; none of `wrong` is stored.
fn round_trip(data_type: &str, cardinality: &str, good: &[(Value, Value)], wrong: &[Value]) {
    let s = TestServer::start();
    let g = typed(&s, data_type, cardinality);
    let vertex = |id: String, p: &Value| json!({"vertex": id, "label": "t", "properties": {"p": p}});
    for (i, (given, _)) in good.iter().enumerate() {
        g.post("/vertices", vertex(format!("v{i}"), given)).expect(200);
    }
    for given in wrong {
        check(g.post("/vertices", vertex("wrong".into(), given)), 400, "GES.8000");
    }
    let read = |g: &TestGraph<'_>| {
        for (i, (given, shown)) in good.iter().enumerate() {
            let seen = g.vertex(&format!("v{i}"))["properties"].take();
            assert_eq!(seen["p"], *shown, "{data_type} {given}");
        }
        assert_eq!(g.counts().0, good.len() as u64, "{data_type}");
    };
    read(&g);
    let s = s.restart();
    read(&s.named("values"));
}

fn same(values: &[Value]) -> Vec<(Value, Value)> {
    values.iter().map(|v| (v.clone(), json!([v]))).collect()
}

#[test]
fn v03_35_numbers_keep_every_digit() {
    let long = [json!(i64::MAX), json!(i64::MIN), json!(9007199254740993_i64), json!(0)];
    round_trip(
        "long",
        "single",
        &same(&long),
        &[json!(u64::MAX), json!(1.5), json!(1e300), json!(true), json!("")],
    );
    let double = [json!(0.1), json!(1e308), json!(5e-324), json!(-1.5), json!(123456789.12345679)];
    round_trip("double", "single", &same(&double), &[json!("x"), json!({}), json!([[1]])]);
    let float =
        [(json!(0.1), json!([0.1])), (json!("3.5"), json!([3.5])), (json!(16777216), json!([16777216.0]))];
    round_trip("float", "single", &float, &[json!(1e39)]);
}

#[test]
fn v03_35_booleans_chars_enums_and_dates() {
    let yes = [json!(true), json!(1), json!("TRUE"), json!("1"), json!([true])].map(|v| (v, json!([true])));
    round_trip("bool", "single", &yes, &[json!(2), json!("yes"), json!([true, false])]);
    round_trip(
        "char",
        "single",
        &same(&[json!("é"), json!("😀"), json!(" ")]),
        &[json!("ab"), json!("e\u{301}")],
    );
    round_trip("char array", "single", &same(&[json!("😀😀😀"), json!("")]), &[json!("abcd")]);
    round_trip("enum", "single", &same(&[json!("a"), json!("b")]), &[json!("c"), json!("A"), json!(1)]);
    let dates = [
        json!("2024-02-29"),
        json!("2021-03-04 05:06:07"),
        json!("0001-01-01"),
        json!("9999-12-31 24:00:00"),
    ];
    round_trip(
        "date",
        "single",
        &same(&dates),
        &[json!("2023-02-29"), json!("2024-2-9"), json!(20240209), json!("")],
    );
}

#[test]
fn v03_35_texts_keep_every_character() {
    let odd = [
        "",
        " a ",
        "\"",
        "\\",
        "\n\r\t",
        "\u{0}\u{1}\u{1f}\u{7f}",
        "😀é人",
        "null",
        "</script>",
        "\u{2028}\u{feff}",
    ];
    let mut texts: Vec<Value> = odd.iter().map(|t| json!(t)).collect();
    texts.push(json!("x".repeat(1 << 20)));
    round_trip("string", "single", &same(&texts), &[json!(["a", "b"]), json!({"a": 1})]);
}

#[test]
fn v03_39_lists_keep_repeats_and_sets_do_not() {
    let list = [(json!([3, 1, 3]), json!([3, 1, 3])), (json!(7), json!([7])), (json!([]), Value::Null)];
    round_trip("int", "list", &list, &[json!([1, "x"]), json!([[1], [2]])]);
    let set = [(json!(["b", "a", "b"]), json!(["b", "a"])), (json!(["", ""]), json!([""]))];
    round_trip("string", "set", &set, &[json!([{}])]);
}

#[test]
fn v03_39_add_and_delete_of_list_values() {
    let s = TestServer::start();
    let g = typed(&s, "int", "list");
    g.post("/vertices", json!({"vertex": "v", "label": "t", "properties": {"p": [1, 2]}})).expect(200);
    let changed = |action: &str, values: Value| {
        let tail = format!("/vertices/v/properties/action?action_id={action}");
        g.post(&tail, json!({"properties": {"p": values}})).expect(200);
        g.vertex("v")["properties"]["p"].take()
    };
    assert_eq!(changed("add", json!([2, 1])), json!([1, 2, 2, 1]));
    assert_eq!(changed("del", json!(["2"])), json!([1, 1]));
    assert_eq!(changed("update", json!([])), Value::Null);
}

#[test]
fn v03_05_texts_are_compared_by_code_point_and_numbers_by_value() {
    let s = TestServer::start();
    let g = typed(&s, "string", "single");
    for (id, p) in
        [("a", "Z"), ("b", "a"), ("c", "é"), ("d", "\u{ffff}"), ("e", "😀"), ("f", "10"), ("g", "9")]
    {
        g.post("/vertices", json!({"vertex": id, "label": "t", "properties": {"p": p}})).expect(200);
    }
    let found = |predicate: &str, operand: &str| {
        let filter = json!({"propertyName": "p", "predicate": predicate, "values": [operand]});
        let body = json!({"vertexFilters": [filter], "sorts": [{"propertyName": "p"}]});
        let outputs = g.outputs("/vertices/action?action_id=query", body);
        let ids = outputs["vertices"].as_array().expect("vertices").iter().filter_map(|v| v["id"].as_str());
        ids.collect::<String>()
    };
    assert_eq!(found("<", "a"), "fga");
    assert_eq!(found(">", "é"), "de");
    assert_eq!(found("!=", "a"), "fgacde");
    assert_eq!(found("=", "10"), "f");
}

#[test]
fn v03_11_one_name_with_two_types_is_read_for_each_label() {
    let s = TestServer::start();
    let g = typed(&s, "int", "single");
    let text = json!({"name": "u", "properties": [{"name": "p", "dataType": "string"}]});
    g.post("/schema/labels", text).expect(200);
    g.post("/vertices", json!({"vertex": "number", "label": "t", "properties": {"p": 7}})).expect(200);
    g.post("/vertices", json!({"vertex": "text", "label": "u", "properties": {"p": "old"}})).expect(200);
    let found = |operand: &str| {
        let filter = json!({"propertyName": "p", "predicate": "=", "values": [operand]});
        let outputs = g.outputs("/vertices/action?action_id=query", json!({"vertexFilters": [filter]}));
        outputs["vertices"][0]["id"].clone()
    };
    assert_eq!((found("7"), found("old")), (json!("number"), json!("text")));
}

#[test]
fn v03_48_a_vertex_of_two_labels_is_found_by_each_and_once_by_both() {
    let s = TestServer::start();
    let g = typed(&s, "int", "single");
    g.post("/schema/labels", json!({"name": "u", "properties": [{"name": "p", "dataType": "string"}]}))
        .expect(200);
    g.post("/vertices", json!({"vertex": "v", "label": "t", "properties": {"p": 7}})).expect(200);
    g.post("/vertices/v/labels", json!({"label": "u"})).expect(200);
    for labels in [json!(["t"]), json!(["u"]), json!(["u", "t", "u"])] {
        let outputs = g.outputs("/vertices/action?action_id=query", json!({"labels": labels}));
        assert_eq!(outputs["data_total_size"], 1, "{labels}");
    }
    let update = json!({"properties": {"p": "text"}, "label": "u"});
    g.post("/vertices/v/properties/action?action_id=update", update).expect(200);
    assert_eq!(g.delete("/vertices/v/labels/t").expect(200), json!({}));
    assert_eq!(g.vertex("v"), json!({"id": "v", "label": "u", "properties": {"p": ["text"]}}));
}
