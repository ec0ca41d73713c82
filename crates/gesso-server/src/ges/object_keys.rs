//! `obsParameters`: the keys of a remote object store, as requests bring them.

use crate::error::ApiError;
use crate::http::fields::Fields;
use gesso_store::Keys;

/// Reads the keys; none if the request brings none. They are used for a remote store only, but must have the
/// documented form in any case.
pub fn read(fields: Fields<'_>) -> Result<Option<Keys>, ApiError> {
    let Some(given) = fields.object("obsParameters")? else { return Ok(None) };
    let inner = fields.within(&given);
    // The values are secrets: the message does not show them.
    let malformed = || {
        fields.refused("parameter [obsParameters] is invalid, expected accessKey and secretKey as strings")
    };
    let text = |name: &str| inner.text(name).map(|text| text.map(std::borrow::Cow::into_owned));
    let access = text("accessKey").map_err(|_| malformed())?.filter(|key| !key.is_empty());
    let secret = text("secretKey").map_err(|_| malformed())?.filter(|key| !key.is_empty());
    match (access, secret) {
        (Some(access), Some(secret)) => Ok(Some(Keys { access, secret })),
        (None, None) => Ok(None),
        _ => Err(malformed()),
    }
}
