//! `backup` and `restore`: extensions beside the documented actions of a graph.

use super::graphs::{check_name, new_info};
use super::submit::{self, Request};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::route::Answer;
use gesso_core::Code;
use gesso_core::date::parse_rfc3339_ms;
use gesso_jobs::GraphKey;
use gesso_jobs::kinds::backup;
use gesso_store::ObjectError;
use std::path::PathBuf;

/// `POST {G}/action?action_id=backup`
pub fn take(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = call.fields(Code::Malformed);
    let path = directory(&fields.required_text("backupPath")?);
    let dir = app.objects.resolve_output(&path).map_err(|e| refused("backupPath", &e))?;
    let earlier = match fields.text("earlierPath")?.filter(|path| !path.is_empty()) {
        Some(path) => Some(existing(app, "earlierPath", &path)?),
        None => None,
    };
    let request = Request::of(call, &graph, "backup");
    let job = submit::submit(app, call, request, 0, backup::backup(graph, dir, earlier))?;
    Ok(submit::accepted(&job))
}

/// `POST {G}/action?action_id=restore`: the graph of the path is made, and must not exist.
pub fn restore(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let fields = call.fields(Code::Malformed);
    let name = call.part("graph_name");
    check_name(name)?;
    if app.catalogue.get(call.project(), name).is_some() {
        return Err(ApiError::new(Code::ClearOrCreate, format!("graph [{name}] already exists")));
    }
    let dir = existing(app, "backupPath", &fields.required_text("backupPath")?)?;
    let until_ms = match fields.text("until")? {
        None => None,
        Some(text) => {
            let wrong = || {
                fields.wrong(
                    "until",
                    &text.clone().into_owned().into(),
                    "a time such as 2026-11-24T06:30:00Z",
                )
            };
            Some(parse_rfc3339_ms(&text).ok_or_else(wrong)?)
        }
    };
    let info = new_info(app, call.project(), name);
    let key = GraphKey { project: info.project.clone(), name: info.name.clone(), uid: info.uid.clone() };
    let own = app.clone();
    let work = backup::restore(move |ctx| own.catalogue.restore(ctx, &dir, info, until_ms));
    let job = submit::submit(app, call, Request::of_key(call, key, "restore"), 0, work)?;
    Ok(submit::accepted(&job))
}

/// A path that names a directory, however it is written.
fn directory(path: &str) -> String {
    format!("{}/", path.strip_suffix('/').unwrap_or(path))
}

fn existing(app: &App, field: &str, path: &str) -> Result<PathBuf, ApiError> {
    app.objects.resolve_input(&directory(path)).map_err(|e| refused(field, &e))
}

fn refused(field: &str, e: &ObjectError) -> ApiError {
    ApiError::new(Code::Malformed, format!("parameter [{field}]: {e}"))
}
