//! Summary and version of a graph: spec 04, section 5.

use super::reports::label_details;
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::put;
use crate::http::route::Answer;
use gesso_core::Code;
use serde_json::json;

/// `GET {G}/summary?label_details=`
pub fn summary(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let params = call.params(Code::Statistics);
    let wants_details = params.boolean("label_details")?.or(params.boolean("labelDetails")?).unwrap_or(false);
    let snapshot = call.graph(app)?.snapshot();
    let mut data = json!({"vertexNum": snapshot.vertex_count(), "edgeNum": snapshot.edge_count()});
    if wants_details {
        put(&mut data, "labelDetails", label_details(app, &snapshot));
    }
    Ok(Answer::json(&json!({"data": data})))
}

/// `GET {G}/version`
pub fn version(app: &App, call: &Call) -> Result<Answer, ApiError> {
    call.graph(app)?;
    Ok(Answer::json(&json!({"version": app.config.api_version})))
}
