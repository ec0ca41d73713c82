//! `backup` and `restore`: extensions beside the documented actions of a graph.

use super::graphs::{check_name, new_info};
use super::object_keys;
use super::submit::{self, Request};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::route::Answer;
use gesso_core::Code;
use gesso_core::date::parse_rfc3339_ms;
use gesso_graph::{CreateError, FindError};
use gesso_jobs::GraphKey;
use gesso_jobs::kinds::backup;
use gesso_store::backup::BackupPlace;
use gesso_store::{Disk, Keys, ObjectError};

/// `POST {G}/action?action_id=backup`
pub fn take(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = call.fields(Code::Malformed);
    let keys = object_keys::read(fields)?;
    let path = fields.required_text("backupPath")?;
    let place = if let Some(place) = bucket(app, "backupPath", &path, keys.clone())? {
        place
    } else {
        let dir = app.objects.resolve_output(&directory(&path)).map_err(|e| refused("backupPath", &e))?;
        BackupPlace::Dir(Disk::default(), dir)
    };
    let earlier = match fields.text("earlierPath")?.filter(|path| !path.is_empty()) {
        Some(path) => Some(existing(app, "earlierPath", &path, keys)?),
        None => None,
    };
    let request = Request::of(call, &graph, "backup");
    let job = submit::submit(app, call, request, 0, backup::backup(graph, place, earlier))?;
    Ok(submit::accepted(&job))
}

/// `POST {G}/action?action_id=restore`: the graph of the path is made, and must not exist.
pub fn restore(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let fields = call.fields(Code::Malformed);
    let name = call.part("graph_name");
    check_name(name)?;
    match app.catalogue.find(call.project(), name) {
        Err(FindError::Unknown(_)) => {}
        Err(FindError::SetAside(graph)) => {
            return Err(ApiError::new(Code::ClearOrCreate, CreateError::SetAside(graph).to_string()));
        }
        _ => return Err(ApiError::new(Code::ClearOrCreate, format!("graph [{name}] already exists"))),
    }
    let keys = object_keys::read(fields)?;
    let place = existing(app, "backupPath", &fields.required_text("backupPath")?, keys)?;
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
    let work = backup::restore(move |ctx| own.catalogue.restore(ctx, &place, info, until_ms));
    let job = submit::submit(app, call, Request::of_key(call, key, "restore"), 0, work)?;
    Ok(submit::accepted(&job))
}

/// A path that names a directory, however it is written.
fn directory(path: &str) -> String {
    format!("{}/", path.strip_suffix('/').unwrap_or(path))
}

/// The prefix of a bucket that a path names, where a remote store is configured and the path is not `file:`.
fn bucket(app: &App, field: &str, path: &str, keys: Option<Keys>) -> Result<Option<BackupPlace>, ApiError> {
    let dir = app.objects.remote_dir(path, keys).transpose().map_err(|e| refused(field, &e))?;
    Ok(dir.map(BackupPlace::Bucket))
}

fn existing(app: &App, field: &str, path: &str, keys: Option<Keys>) -> Result<BackupPlace, ApiError> {
    if let Some(place) = bucket(app, field, path, keys)? {
        return Ok(place);
    }
    let dir = app.objects.resolve_input(&directory(path)).map_err(|e| refused(field, &e))?;
    Ok(BackupPlace::Dir(Disk::default(), dir))
}

fn refused(field: &str, e: &ObjectError) -> ApiError {
    ApiError::new(Code::Malformed, format!("parameter [{field}]: {e}"))
}
