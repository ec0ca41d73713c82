//! Filtered queries, and deletes by the same filters: spec 03, sections 2, 4.1, 4.13, 5.1 and 5.12.

use super::submit::{self, Request};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::{Fields, shown};
use crate::http::route::Answer;
use gesso_core::Code;
use gesso_graph::index::text::{TextError, TextPredicate};
use gesso_jobs::kinds::{delete_filtered, query};
use gesso_query::{
    Compiled, Filter, Join, OrderBy, Predicate, Query, QueryError, SortKey, Target, TextFilter,
};
use serde_json::Value;
use std::borrow::Cow;

/// Limit of a vertex query that gives none.
const VERTEX_LIMIT_DEFAULT: u64 = 10;

/// The codes of one target's errors.
pub(super) struct Codes {
    target: Target,
    /// What is asked for, in a word.
    pub(super) elements: &'static str,
    labels: Code,
    filter: Code,
    neither: Code,
    sorts: Code,
    no_text_index: Code,
    filters_field: &'static str,
}

pub(super) const VERTICES: Codes = Codes {
    target: Target::Vertices,
    elements: "vertices",
    labels: Code::VertexLabels,
    filter: Code::VertexFilter,
    neither: Code::VertexNoFilter,
    sorts: Code::VertexSorts,
    no_text_index: Code::VertexQuery,
    filters_field: "vertexFilters",
};

pub(super) const EDGES: Codes = Codes {
    target: Target::Edges,
    elements: "edges",
    labels: Code::EdgeLabels,
    filter: Code::EdgeFilter,
    neither: Code::EdgeNoFilter,
    sorts: Code::EdgeSorts,
    no_text_index: Code::EdgeQuery,
    filters_field: "edgeFilters",
};

/// `POST {G}/vertices/action?action_id=query`
pub fn vertices(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let query = parse(call, &VERTICES, Window::Read)?;
    check(&graph, &query, &VERTICES)?;
    let request = Request::of(call, &graph, "query_vertices");
    Ok(submit::accepted(&submit::submit(app, call, request, 0, query::vertices(graph, query))?))
}

/// `POST {G}/edges/action?action_id=query`
pub fn edges(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let query = parse(call, &EDGES, Window::Read)?;
    check(&graph, &query, &EDGES)?;
    let request = Request::of(call, &graph, "query_edges");
    Ok(submit::accepted(&submit::submit(app, call, request, 0, query::edges(graph, query))?))
}

/// `POST {G}/vertices/action?action_id=delete`
pub fn delete_vertices(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let query = checked(&graph, call, &VERTICES)?;
    let request = Request::of(call, &graph, "delete_vertices");
    Ok(submit::accepted(&submit::submit(app, call, request, 0, delete_filtered::vertices(graph, query))?))
}

/// `POST {G}/edges/action?action_id=delete`
pub fn delete_edges(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let query = checked(&graph, call, &EDGES)?;
    let request = Request::of(call, &graph, "delete_edges");
    Ok(submit::accepted(&submit::submit(app, call, request, 0, delete_filtered::edges(graph, query))?))
}

/// The query of a request without window and order, checked against the schema.
pub(super) fn checked(graph: &gesso_graph::Graph, call: &Call, codes: &Codes) -> Result<Query, ApiError> {
    let query = parse(call, codes, Window::Ignore)?;
    check(graph, &query, codes)?;
    Ok(query)
}

/// Whether an operation has a window and an order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Window {
    Read,
    Ignore,
}

/// Finds what the schema says against a query before a job is made of it.
fn check(graph: &gesso_graph::Graph, query: &Query, codes: &Codes) -> Result<(), ApiError> {
    let compiled = Compiled::of(graph.snapshot().schema(), codes.target, query);
    compiled.map(drop).map_err(|e| {
        let code = match e {
            QueryError::Sort(_) => codes.sorts,
            QueryError::Text(TextError::NoIndex(_)) => codes.no_text_index,
            _ => codes.filter,
        };
        ApiError::new(code, e.to_string())
    })
}

fn parse(call: &Call, codes: &Codes, window: Window) -> Result<Query, ApiError> {
    let fields = call.fields(codes.filter);
    let labels = fields.code(codes.labels).texts("labels")?;
    let given = fields.list(codes.filters_field)?;
    let has_none = |present: bool, is_empty: bool| !present || is_empty;
    if has_none(labels.is_some(), labels.as_ref().is_some_and(Vec::is_empty))
        && has_none(given.is_some(), given.as_ref().is_some_and(|f| f.is_empty()))
    {
        let text = format!("Bad Request, parameter labels and {} cannot all be null", codes.filters_field);
        return Err(ApiError::new(codes.neither, text));
    }
    let items = given.unwrap_or_default();
    let text = text_filter(&items, fields.get("labels").is_some(), codes)?;
    let ordinary = if text.is_some() { Cow::default() } else { items };
    let filters = ordinary.iter().map(|item| filter(item, codes)).collect::<Result<Vec<_>, _>>()?;
    let labels = labels.filter(|l| !l.is_empty());
    let mut query = Query { labels, filters, text, ..Query::default() };
    if window == Window::Read {
        query.sorts = sorts(fields.code(codes.sorts), codes)?;
        query.offset = fields.count("offset")?.unwrap_or(0);
        let default = (codes.target == Target::Vertices).then_some(VERTEX_LIMIT_DEFAULT);
        query.limit = fields.count("limit")?.or(default);
    }
    Ok(query)
}

fn filter(item: &Value, codes: &Codes) -> Result<Filter, ApiError> {
    let fields = filter_fields(item, codes)?;
    let name = fields.required_text("predicate")?;
    let predicate = Predicate::parse(&name)
        .ok_or_else(|| fields.wrong("predicate", &Value::from(&*name), "a documented predicate"))?;
    let property = fields.required_text("propertyName")?.into_owned();
    let join = match fields.text("type")?.as_deref() {
        None | Some("and") => Join::And,
        Some("or") => Join::Or,
        Some(other) => return Err(fields.wrong("type", &other.into(), "and or or")),
    };
    Ok(Filter { property, predicate, operands: operands(item, codes)?, join })
}

fn filter_fields<'a>(item: &'a Value, codes: &Codes) -> Result<Fields<'a>, ApiError> {
    let map = item.as_object().ok_or_else(|| wrong_filter(item, codes, "an object"))?;
    Ok(Fields::new(map, codes.filter))
}

fn wrong_filter(item: &Value, codes: &Codes, expected: &str) -> ApiError {
    let field = codes.filters_field;
    let text = format!("parameter [{field}] entry [{}] is invalid, expected {expected}", shown(item));
    ApiError::new(codes.filter, text)
}

/// The `values` of a filter as text.
fn operands(item: &Value, codes: &Codes) -> Result<Vec<String>, ApiError> {
    let text = |value, expected| operand(value).ok_or_else(|| wrong_filter(item, codes, expected));
    match filter_fields(item, codes)?.get("values") {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(|v| text(v, "texts or numbers in values")).collect(),
        Some(scalar) => Ok(vec![text(scalar, "an array of strings in values")?]),
    }
}

fn operand(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

/// Predicates that look into the words of a text.
/// The only condition of a request, if it is a full-text one: such conditions stand alone.
fn text_filter(items: &[Value], has_labels: bool, codes: &Codes) -> Result<Option<TextFilter>, ApiError> {
    let predicate = |item: &Value| TextPredicate::parse(item["predicate"].as_str()?);
    let Some((item, predicate)) = items.iter().find_map(|item| Some((item, predicate(item)?))) else {
        return Ok(None);
    };
    if has_labels || items.len() != 1 {
        let text = format!(
            "parameter [{}] with a full-text predicate must have one entry and no [labels]",
            codes.filters_field
        );
        return Err(ApiError::new(codes.filter, text));
    }
    let property = filter_fields(item, codes)?.required_text("propertyName")?.into_owned();
    let operands = if predicate == TextPredicate::Combination {
        pairs(item, codes)?
    } else {
        // As for other predicates of one operand, more than the first do not count.
        let first = operands(item, codes)?.into_iter().next();
        vec![(property, first.ok_or_else(|| wrong_filter(item, codes, "a value in values"))?)]
    };
    Ok(Some(TextFilter { predicate, operands }))
}

/// The properties of a combination, each with what it is searched for.
fn pairs(item: &Value, codes: &Codes) -> Result<Vec<(String, String)>, ApiError> {
    let expected = "one or more {\"propertyName\", \"value\"} in values";
    let wrong = || wrong_filter(item, codes, expected);
    let pair = |pair: &Value| {
        let fields = Fields::new(pair.as_object().ok_or_else(wrong)?, codes.filter);
        let property = fields.required_text("propertyName")?.into_owned();
        let value = fields.get("value").and_then(operand).ok_or_else(wrong)?;
        Ok((property, value))
    };
    let pairs: Vec<_> = match &item["values"] {
        Value::Array(items) => items.iter().map(pair).collect::<Result<_, ApiError>>()?,
        single => vec![pair(single)?],
    };
    if pairs.is_empty() { Err(wrong()) } else { Ok(pairs) }
}

fn sorts(fields: Fields<'_>, codes: &Codes) -> Result<Vec<OrderBy>, ApiError> {
    let items = fields.list("sorts")?.unwrap_or_default();
    items.iter().map(|item| sort(item, codes)).collect()
}

fn sort(item: &Value, codes: &Codes) -> Result<OrderBy, ApiError> {
    let text = format!("parameter [sorts] entry [{}] is invalid, expected an object", shown(item));
    let map = item.as_object().ok_or_else(|| ApiError::new(codes.sorts, text))?;
    let fields = Fields::new(map, codes.sorts);
    let property = fields.text("propertyName")?.filter(|p| !p.is_empty());
    let key = match (fields.text("key")?.as_deref(), property) {
        (Some("id"), _) if codes.target == Target::Vertices => SortKey::Id,
        (Some("label"), _) => SortKey::Label,
        (None | Some("property"), Some(name)) => SortKey::Property(name.into_owned()),
        (Some("property"), None) => return Err(fields.missing("propertyName")),
        (None, None) => return Err(fields.missing("key")),
        (Some(other), _) => {
            let expected =
                if codes.target == Target::Vertices { "id, label or property" } else { "label or property" };
            return Err(fields.wrong("key", &other.into(), expected));
        }
    };
    let is_falling = match fields.text("orderValue")?.as_deref() {
        None | Some("incr") => false,
        Some("decr") => true,
        Some(other) => return Err(fields.wrong("orderValue", &other.into(), "incr or decr")),
    };
    Ok(OrderBy { key, is_falling })
}
