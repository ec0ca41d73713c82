//! Custom operations: another operation's request as a text. Spec 04, section 8.

use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::route::{Answer, Route};
use crate::routes::ROUTES;
use gesso_core::Code;
use serde_json::{Map, Value};

/// What each `api` stands for: the end of its path and its action.
const APIS: [(&str, &str, &str); 4] = [
    ("algorithm", "{graph_name}/action", "execute-algorithm"),
    ("cypher", "{graph_name}/action", "execute-cypher-query"),
    ("gremlin", "{graph_name}/action", "execute-gremlin-query"),
    ("path_query", "{graph_name}/paths/action", "query-detail"),
];

/// `POST {G}/action?action_id=execute-operation`
pub fn execute(app: &App, call: &Call) -> Result<Answer, ApiError> {
    call.graph(app)?;
    let fields = call.fields(Code::Malformed);
    let api = fields.required_text("api")?;
    let command = fields.object("command")?.ok_or_else(|| fields.missing("command"))?;
    let (route, action) =
        operation(&api).ok_or_else(|| ApiError::new(Code::CustomOperation, "Unsupported API."))?;
    let inner = Call {
        route,
        path: call.path.clone(),
        query: Map::from_iter([("action_id".to_owned(), Value::from(action))]),
        body: command.into_owned(),
        text: axum::body::Bytes::new(),
        url: call.url.clone(),
        headers: call.headers.clone(),
        peer: call.peer,
        may_wait: call.may_wait,
        replay: call.replay.clone(),
    };
    (route.handler)(app, &inner)
}

/// The endpoint of an `api`, as far as this server has it.
fn operation(api: &str) -> Option<(&'static Route, &'static str)> {
    let (_, path, action) = APIS.into_iter().find(|known| known.0.eq_ignore_ascii_case(api))?;
    let route = ROUTES.iter().find(|r| r.path.ends_with(path) && r.actions.contains(&action))?;
    Some((route, action))
}
