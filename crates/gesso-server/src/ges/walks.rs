//! What the requests for walks have in common: spec 07, sections 2 to 5.

use super::page::{Page, write_outputs};
use super::submit::{self, Request};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::Fields;
use crate::http::route::Answer;
use gesso_core::{Code, json};
use gesso_graph::{Graph, Snapshot};
use gesso_io::elements::{Parts, Properties};
use gesso_jobs::kinds::Work;
use gesso_query::PropertyFilter;
use gesso_query::walk::{EdgeId, Walk};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// Most results, and most start elements, of a synchronous query.
pub(super) const SYNC_MAX: u64 = 100_000;
/// Most start elements of a job.
const START_MAX: u64 = 1_000_000;
/// Most layers.
pub(super) const LAYERS_MAX: usize = 1_000;

/// Whether a request waits for its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Sync,
    Async,
}

impl Mode {
    /// What the request asks for; `default` if it does not say.
    pub(super) fn of(fields: Fields<'_>, default: Mode) -> Result<Mode, ApiError> {
        match fields.text("executionMode")?.map(|mode| mode.to_ascii_lowercase()).as_deref() {
            None => Ok(default),
            Some("sync") => Ok(Mode::Sync),
            Some("async") => Ok(Mode::Async),
            Some(_) => Err(fields.refused("executionMode is not correct, it should be sync or async")),
        }
    }
}

/// The fields of the body under the code of these operations.
pub(super) fn fields(call: &Call) -> Fields<'_> {
    call.fields(Code::FilteredQuery)
}

/// Submits work, and answers with its job or with `{"data": …}`.
pub(super) fn answer(
    app: &App,
    call: &Call,
    graph: &Arc<Graph>,
    command: &str,
    mode: Mode,
    work: Work,
) -> Result<Answer, ApiError> {
    let request = Request::of(call, graph, command);
    if mode == Mode::Async {
        return Ok(submit::accepted(&submit::submit(app, call, request, 0, work)?));
    }
    let graph = graph.clone();
    submit::answered(app, call, request, work, move |outcome| {
        let mut body = br#"{"data":"#.to_vec();
        write_outputs(&mut body, &graph.snapshot(), outcome, Page { offset: 0, limit: u64::MAX });
        body.push(b'}');
        Answer::Json(body)
    })
}

/// The filter of a field; none passes everything.
pub(super) fn filter(fields: Fields<'_>, name: &str) -> Result<PropertyFilter, ApiError> {
    let Some(given) = fields.get(name) else { return Ok(PropertyFilter::default()) };
    PropertyFilter::parse(given).map_err(|e| fields.refused(e.to_string()))
}

/// Finds what the graph says against a walk before a job is made of it.
pub(super) fn check(fields: Fields<'_>, snapshot: &Snapshot, walk: &Walk) -> Result<(), ApiError> {
    walk.check(snapshot).map_err(|e| fields.refused(e.to_string()))
}

/// Refuses more start elements than a mode takes.
pub(super) fn check_starts(fields: Fields<'_>, name: &str, count: usize, mode: Mode) -> Result<(), ApiError> {
    let most = if mode == Mode::Sync { SYNC_MAX } else { START_MAX };
    if count as u64 > most {
        return Err(
            fields.refused(format!("parameter [{name}] has {count} entries, expected at most {most}"))
        );
    }
    Ok(())
}

/// An entry of an array that must be an object, also as text.
pub(super) fn object<'a>(
    fields: Fields<'_>,
    name: &str,
    item: &'a Value,
) -> Result<Cow<'a, Map<String, Value>>, ApiError> {
    let wrong = || fields.wrong(name, item, "an array of objects");
    match item {
        Value::Object(map) => Ok(Cow::Borrowed(map)),
        Value::String(text) => match json::received(text.as_bytes()) {
            Ok(Value::Object(map)) => Ok(Cow::Owned(map)),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

/// The start edges; none if the field is missing.
pub(super) fn edges(fields: Fields<'_>) -> Result<Option<Vec<EdgeId>>, ApiError> {
    let Some(items) = fields.list("edges")? else { return Ok(None) };
    let edge = |item: &Value| {
        let map = object(fields, "edges", item)?;
        let own = fields.within(&map);
        // No edge has a number that does not fit.
        let index = own.count("index")?.map(|index| u32::try_from(index).unwrap_or(u32::MAX));
        let [source, target] = [own.required_text("source")?, own.required_text("target")?];
        Ok(EdgeId { source: source.into_owned(), target: target.into_owned(), index })
    };
    items.iter().map(edge).collect::<Result<_, _>>().map(Some)
}

/// The parts that the entries of `by` ask for.
pub(super) fn by(fields: Fields<'_>) -> Result<Vec<Parts>, ApiError> {
    let items = fields.list("by")?.unwrap_or_default();
    let parts = |item: &Value| {
        let map = object(fields, "by", item)?;
        let own = fields.within(&map);
        let names = own.texts("selectedProperties")?.filter(|names| !names.is_empty());
        let properties = match (own.boolean("properties")?.unwrap_or(false), names) {
            (false, _) => Properties::None,
            (true, None) => Properties::All,
            (true, Some(names)) => Properties::Named(names),
        };
        let [id, label] = [own.boolean("id")?, own.boolean("label")?].map(|flag| flag.unwrap_or(false));
        Ok(Parts { id, label, properties })
    };
    items.iter().map(parts).collect()
}

/// A flag with a default.
pub(super) fn flag(fields: Fields<'_>, name: &str, default: bool) -> Result<bool, ApiError> {
    Ok(fields.boolean(name)?.unwrap_or(default))
}

/// The first field of two names, such as `query_type` and `queryType`.
pub(super) fn either<'a>(fields: Fields<'_>, names: [&'a str; 2]) -> &'a str {
    if fields.get(names[0]).is_none() && fields.get(names[1]).is_some() { names[1] } else { names[0] }
}

/// A whole number between two bounds.
pub(super) fn within(fields: Fields<'_>, name: &str, least: u64, most: u64) -> Result<Option<u64>, ApiError> {
    match fields.count(name)? {
        Some(given) if !(least..=most).contains(&given) => {
            let expected =
                if most == u64::MAX { format!("at least {least}") } else { format!("{least} to {most}") };
            Err(fields.wrong(name, &given.into(), &expected))
        }
        given => Ok(given),
    }
}
