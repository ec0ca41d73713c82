//! `export-result`: spec 02, section 6.

use super::object_keys;
use super::submit::{self, Request};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::Fields;
use crate::http::route::Answer;
use gesso_core::Code;
use gesso_io::result_file::{Format, Split};
use gesso_jobs::kinds::export_result::{self, Export};
use std::sync::Arc;

/// Rows of a file where `paginate` gives no number.
const ROWS_DEFAULT: u64 = 10_000_000;
/// Threads where `paginate` gives no number.
const THREADS_DEFAULT: u64 = 8;

/// `POST {G}/jobs/{job_id}/action?action_id=export-result`
pub fn result(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let refused = |text: String| ApiError::new(Code::Export, text);
    let fields = call.fields(Code::Export);
    let job = app.jobs.find(&submit::key(&graph), call.part("job_id")).map_err(|e| refused(e.to_string()))?;
    if !job.kind().has_exportable_result() {
        return Err(refused(format!(
            "the result of a job of kind {} can not be exported",
            job.kind().name()
        )));
    }
    let path = fields.required_text("exportPath")?;
    let name = fields.text("fileName")?.filter(|name| !name.is_empty());
    let name = name.map_or_else(|| job.id().as_str().to_owned(), std::borrow::Cow::into_owned);
    let (stem, format) = named(fields, &name)?;
    let (split, threads) = split(fields)?;
    let is_erasing = fields.boolean("erase")?.unwrap_or(true);
    let keys = object_keys::read(fields)?;
    let dir = app.objects.output_dir(&path, keys);
    let dir = dir.map_err(|e| refused(format!("parameter [exportPath]: {e}")))?;
    let id = job.id().clone();
    let export = Export { job, dir, stem, format, split, threads, is_erasing };
    let work = export_result::work(Arc::clone(&graph), export)
        .map_err(|e| refused(format!("the result of job {id} can not be exported: {e}")))?;
    let request = Request::of(call, &graph, "export_result");
    Ok(submit::accepted(&submit::submit(app, call, request, 0, work)?))
}

/// A file name without its extension, and the form that the extension asks for; CSV without one.
fn named(fields: Fields<'_>, name: &str) -> Result<(String, Format), ApiError> {
    let wrong = |expected| fields.wrong("fileName", &name.into(), expected);
    if !gesso_store::objects::is_file_name(name) {
        return Err(wrong("a name without /, spaces and special characters"));
    }
    match Format::of_name(name) {
        Some((format, stem)) => Ok((stem.to_owned(), format)),
        None if !name.contains('.') => Ok((name.to_owned(), Format::Csv)),
        None => Err(wrong("a name that ends in .csv, .jsonl or .parquet, or has no extension")),
    }
}

/// Where files end, and with how many threads they are written.
fn split(fields: Fields<'_>) -> Result<(Option<Split>, usize), ApiError> {
    let paginate = fields.object("paginate")?.map(std::borrow::Cow::into_owned).unwrap_or_default();
    let inner = fields.within(&paginate);
    let count = |name: &str, default: u64| -> Result<u64, ApiError> {
        match inner.count(name)? {
            Some(0) => Err(inner.wrong(name, &0.into(), "a number greater than 0")),
            given => Ok(given.unwrap_or(default)),
        }
    };
    let is_split = inner.boolean("enable")?.unwrap_or(false);
    let split =
        Split { rows: count("rowCountPerFile", ROWS_DEFAULT)?, bytes: count("maxSizePerFile", u64::MAX)? };
    let threads = usize::try_from(count("numThread", THREADS_DEFAULT)?).unwrap_or(usize::MAX);
    Ok((is_split.then_some(split), threads))
}
