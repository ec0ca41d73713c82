//! Filtered query V2, and its older relative: spec 07, sections 4 and 5.1.

use super::walks::{self, Mode, SYNC_MAX};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::Fields;
use crate::http::route::Answer;
use gesso_io::elements::Parts;
use gesso_jobs::kinds::path_query::{self, Field, PathQuery, Show};
use gesso_query::PropertyFilter;
use gesso_query::walk::{Column, LayerSpec, Most, Start, Step, UntilSpec, Walk, Way};
use serde_json::Value;

/// Most hops.
const TIMES_MAX: u64 = 20;

/// What tells the two operations apart.
struct Form {
    command: &'static str,
    mode: Mode,
    times: u64,
    emits: bool,
    limit: Option<u64>,
    /// Start edges, several conditions, and results of whole walks.
    is_repeat: bool,
}

const PATH_QUERY: Form = Form {
    command: "path_query",
    mode: Mode::Sync,
    times: 2,
    emits: false,
    limit: Some(10_000),
    is_repeat: false,
};
const REPEAT_QUERY: Form =
    Form { command: "repeat_query", mode: Mode::Async, times: 5, emits: true, limit: None, is_repeat: true };

/// `POST {G}/action?action_id=path-query`
pub fn execute(app: &App, call: &Call) -> Result<Answer, ApiError> {
    answer(app, call, &PATH_QUERY)
}

/// `POST {G}/action?action_id=repeat-query`
pub fn repeat(app: &App, call: &Call) -> Result<Answer, ApiError> {
    answer(app, call, &REPEAT_QUERY)
}

fn answer(app: &App, call: &Call, form: &Form) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = walks::fields(call);
    let mode = Mode::of(fields, form.mode)?;
    let query = parse(fields, form, mode)?;
    walks::check(fields, &graph.snapshot(), &query.walk)?;
    walks::answer(app, call, &graph, form.command, mode, path_query::work(graph.clone(), query))
}

/// An element of `repeat`.
struct Hop {
    way: Way,
    /// `out`, `in`, `both`: edges, where it is the last hop.
    names_edges: bool,
    vertex: PropertyFilter,
    edge: PropertyFilter,
    name: Option<String>,
}

fn parse(fields: Fields<'_>, form: &Form, mode: Mode) -> Result<PathQuery, ApiError> {
    let times = walks::within(fields, "times", 1, TIMES_MAX)?.unwrap_or(form.times) as usize;
    let hops = hops(fields)?;
    let until = until(fields, form, hops.len())?;
    let show = show(fields, form, &hops, times)?;
    let yields_edges = matches!(show, Show::Elements(_)) && until.is_empty();
    // `times` and `until` run over the elements again and again.
    let layer = |(i, hop): (usize, &Hop)| {
        let is_last = i + 1 == times;
        let step = if hop.names_edges && is_last && yields_edges {
            Step::Edges(hop.way)
        } else {
            Step::Neighbours(hop.way)
        };
        let until = until.iter().cycle().nth(i).cloned();
        LayerSpec { step, vertex: hop.vertex.clone(), edge: hop.edge.clone(), until }
    };
    let layers = hops.iter().cycle().take(times).enumerate().map(layer).collect();
    let start = start(fields, form, mode)?;
    let is_restricted = walks::flag(fields, "restricted", true)?;
    Ok(PathQuery {
        walk: Walk { start, is_restricted, layers },
        show,
        emits: walks::flag(fields, "emit", form.emits)?,
        most: most(fields, form, mode)?,
        is_whole: mode == Mode::Sync,
    })
}

fn most(fields: Fields<'_>, form: &Form, mode: Mode) -> Result<Most, ApiError> {
    let limit = walks::within(fields, "limit", 1, u64::MAX)?.or(form.limit);
    Ok(match (limit, mode) {
        (Some(limit), Mode::Sync) => Most::First(limit.min(SYNC_MAX)),
        (Some(limit), Mode::Async) => Most::First(limit),
        (None, Mode::Sync) => Most::OrRefuse(SYNC_MAX),
        (None, Mode::Async) => Most::All,
    })
}

fn start(fields: Fields<'_>, form: &Form, mode: Mode) -> Result<Start, ApiError> {
    let vertices = fields.texts("vertices")?;
    let edges = if form.is_repeat { walks::edges(fields)? } else { None };
    let edges = edges.filter(|edges| vertices.is_none() || !edges.is_empty());
    match (vertices, edges) {
        (None, None) => Err(fields.missing("vertices")),
        (Some(ids), Some(_)) if !ids.is_empty() => {
            Err(fields.refused("parameters [vertices] and [edges] can not both have entries"))
        }
        (_, Some(ids)) => {
            walks::check_starts(fields, "edges", ids.len(), mode)?;
            Ok(Start::TargetsOf(ids))
        }
        (Some(ids), None) if ids.is_empty() => Ok(Start::AllVertices),
        (Some(ids), None) => {
            walks::check_starts(fields, "vertices", ids.len(), mode)?;
            Ok(Start::Vertices(ids))
        }
    }
}

fn hops(fields: Fields<'_>) -> Result<Vec<Hop>, ApiError> {
    let items =
        fields.list("repeat")?.filter(|items| !items.is_empty()).ok_or_else(|| fields.missing("repeat"))?;
    if items.len() > walks::LAYERS_MAX {
        let text =
            format!("parameter [repeat] has {} entries, expected at most {}", items.len(), walks::LAYERS_MAX);
        return Err(fields.refused(text));
    }
    let hop = |item: &Value| {
        let map = walks::object(fields, "repeat", item)?;
        let own = fields.within(&map);
        let given = own.required_text("operator")?;
        let (way, names_edges) = match given.to_ascii_lowercase().as_str() {
            "outv" => (Way::Out, false),
            "inv" => (Way::In, false),
            "bothv" => (Way::Both, false),
            "out" => (Way::Out, true),
            "in" => (Way::In, true),
            "both" => (Way::Both, true),
            _ => {
                return Err(own.wrong(
                    "operator",
                    &Value::from(&*given),
                    "outV, inV, bothV, out, in or both",
                ));
            }
        };
        let [vertex, edge] = [walks::filter(own, "vertex_filter")?, walks::filter(own, "edge_filter")?];
        let name = own.text("as")?.filter(|name| !name.is_empty()).map(std::borrow::Cow::into_owned);
        Ok(Hop { way, names_edges, vertex, edge, name })
    };
    items.iter().map(hop).collect()
}

fn until(fields: Fields<'_>, form: &Form, hops: usize) -> Result<Vec<UntilSpec>, ApiError> {
    let items = fields.list("until")?.unwrap_or_default();
    let fits = items.len() <= 1 || form.is_repeat && items.len() == hops;
    if !fits {
        let expected = if form.is_repeat { format!("1 or {hops}") } else { "1".to_owned() };
        let text = format!("parameter [until] has {} entries, expected {expected}", items.len());
        return Err(fields.refused(text));
    }
    let condition = |item: &Value| {
        let map = walks::object(fields, "until", item)?;
        let own = fields.within(&map);
        let [vertex, edge] = [walks::filter(own, "vertex_filter")?, walks::filter(own, "edge_filter")?];
        Ok(UntilSpec { vertex, edge })
    };
    items.iter().map(condition).collect()
}

fn show(fields: Fields<'_>, form: &Form, hops: &[Hop], times: usize) -> Result<Show, ApiError> {
    let by = walks::by(fields)?;
    let select = fields.texts("select")?.filter(|names| !names.is_empty());
    let name = walks::either(fields, ["queryType", "query_type"]);
    let given = fields.text(name)?.unwrap_or_default();
    let first = || by.first().cloned().unwrap_or(Parts::ALL);
    let show = match (given.to_ascii_lowercase().as_str(), form.is_repeat) {
        ("" | "default", _) => Show::Elements(first()),
        ("tree", _) => Show::Tree(first()),
        ("simplesubgraph", true) => Show::Subgraph,
        ("simpleedges", true) => Show::Edges,
        ("path", true) => Show::Paths { full: walks::flag(fields, "full_path", false)? },
        (_, is_repeat) => {
            let all = "Default, Tree, SimpleSubgraph, SimpleEdges or Path";
            let expected = if is_repeat { all } else { "Default or Tree" };
            return Err(fields.wrong(name, &Value::from(&*given), expected));
        }
    };
    match (select, show) {
        (None, show) => Ok(show),
        (Some(names), Show::Elements(_)) => Ok(Show::Rows(select_fields(fields, names, by, hops, times)?)),
        (Some(_), _) => {
            Err(fields.refused(format!("parameter [select] is not supported with [{name}] [{given}]")))
        }
    }
}

fn select_fields(
    fields: Fields<'_>,
    names: Vec<String>,
    by: Vec<Parts>,
    hops: &[Hop],
    times: usize,
) -> Result<Vec<Field>, ApiError> {
    if !by.is_empty() && by.len() != names.len() {
        let text =
            format!("parameter [by] has {} entries, expected {}, as [select] has", by.len(), names.len());
        return Err(fields.refused(text));
    }
    let mut chosen: Vec<Field> = Vec::with_capacity(names.len());
    let mut by = by.into_iter();
    for name in names {
        let shown = Value::from(&*name);
        if chosen.iter().any(|field| field.name == name) {
            return Err(fields.wrong("select", &shown, "each name once"));
        }
        let layers = layers_of(&name, hops, times);
        if layers.is_empty() {
            return Err(fields.wrong("select", &shown, &format!("a name given by [as], or v0 to v{times}")));
        }
        chosen.push(Field { name, column: Column { layers }, parts: by.next().unwrap_or(Parts::ALL) });
    }
    Ok(chosen)
}

/// The hops that a name can stand for: those of the elements with that name, or the one with that number.
fn layers_of(name: &str, hops: &[Hop], times: usize) -> Vec<usize> {
    let named = hops.iter().cycle().take(times).enumerate();
    let named: Vec<usize> =
        named.filter(|(_, hop)| hop.name.as_deref() == Some(name)).map(|(i, _)| i + 1).collect();
    if !named.is_empty() {
        return named;
    }
    (0..=times).filter(|layer| name.strip_prefix('v') == Some(&layer.to_string())).collect()
}
