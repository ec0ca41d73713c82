//! Which edges a request means: by their ends, and by index, or by label and sort key (spec 03, 1.6).

use crate::error::ApiError;
use crate::http::fields::Fields;
use crate::http::given::Given;
use gesso_core::{Code, Value, VertexIx};
use gesso_graph::{EdgeRef, Schema, Snapshot, SortKeyType};
use std::borrow::Cow;

/// Which of the edges between two vertices are meant.
pub(super) struct Wanted {
    /// Its number; graphs of the database edition have none.
    pub index: Option<u64>,
    /// The label's name.
    pub label: Option<String>,
    /// Only in graphs of the database edition.
    pub key: WantedKey,
}

/// Which sort keys are meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum WantedKey {
    /// Whatever the edge has.
    #[default]
    Any,
    /// None.
    Missing,
    /// This one.
    Is(Value),
}

impl Wanted {
    /// All edges between two vertices.
    pub fn any() -> Wanted {
        Wanted { index: None, label: None, key: WantedKey::Any }
    }

    /// What an entry of a body names. The memory edition knows no sort keys, the database edition no index.
    pub fn of(schema: &Schema, fields: Fields<'_>) -> Result<Wanted, ApiError> {
        let label = fields.text("label")?.map(Into::into);
        let Some(of_type) = schema.sort_key() else {
            return Ok(Wanted { index: fields.count("index")?, label, key: WantedKey::Any });
        };
        let key = sort_key(of_type, fields.given("sortKey").as_ref())?.map_or(WantedKey::Any, WantedKey::Is);
        needs_label(&key, label.as_deref())?;
        Ok(Wanted { index: None, label, key })
    }

    /// What the parameters of a query name, which say the type of a sort key beside it.
    pub fn of_params(schema: &Schema, params: Fields<'_>) -> Result<Wanted, ApiError> {
        let Some(of_type) = schema.sort_key() else { return Wanted::of(schema, params) };
        let label: Option<String> = params.text("label")?.map(Into::into);
        let named = params.text("sortKeyType")?.filter(|t| !t.is_empty());
        let given = params.get("sortKey").is_some();
        let key = match named.as_deref() {
            None if given => return Err(malformed("parameter [sortKeyType] is required with [sortKey]")),
            None => WantedKey::Any,
            Some(null) if null.eq_ignore_ascii_case("null") => WantedKey::Missing,
            Some(name) if SortKeyType::parse(name) == Some(of_type) => {
                sort_key(of_type, params.given("sortKey").as_ref())?.map_or(WantedKey::Any, WantedKey::Is)
            }
            Some(name) => {
                let expected = format!("{} or null", of_type.name());
                return Err(params.code(Code::Malformed).wrong("sortKeyType", &name.into(), &expected));
            }
        };
        needs_label(&key, label.as_deref())?;
        Ok(Wanted { index: None, label, key })
    }

    /// The same where a label without a sort key means the edge that has none: changes of properties.
    pub fn or_without_key(mut self, schema: &Schema) -> Wanted {
        if schema.sort_key().is_some() && self.label.is_some() && self.key == WantedKey::Any {
            self.key = WantedKey::Missing;
        }
        self
    }

    /// The edges of a version that are meant, in order.
    pub fn among(&self, snapshot: &Snapshot, source: &str, target: &str) -> Vec<EdgeRef> {
        let (Some(s), Some(t)) = (snapshot.find(source), snapshot.find(target)) else { return Vec::new() };
        let label = self.label.as_ref().map(|name| snapshot.schema().get(name).map(|l| l.id));
        let has_key = |e: &EdgeRef| match &self.key {
            WantedKey::Any => true,
            WantedKey::Missing => snapshot.sort_key_of(e).is_none(),
            WantedKey::Is(key) => snapshot.sort_key_of(e).as_ref() == Some(key),
        };
        let mut edges = snapshot.edges_between(s, t);
        edges.retain(|e| {
            self.index.is_none_or(|i| u64::from(e.index) == i)
                && label.is_none_or(|l| l == Some(e.label))
                && has_key(e)
        });
        edges
    }

    /// How messages name an edge that is not there.
    pub fn missing(&self, code: Code, source: &str, target: &str) -> ApiError {
        let tail = match (&self.index, &self.label) {
            (Some(index), _) => format!("-{index}"),
            (None, Some(label)) if self.key != WantedKey::Any => format!("-{label}"),
            _ => String::new(),
        };
        ApiError::new(code, format!("edge [{source}-{target}{tail}] does not exist"))
    }
}

fn malformed(text: &str) -> ApiError {
    ApiError::new(Code::Malformed, text)
}

/// Labels are part of an edge's name where sort keys are.
fn needs_label(key: &WantedKey, label: Option<&str>) -> Result<(), ApiError> {
    if matches!(key, WantedKey::Is(_)) && label.is_none() {
        return Err(malformed("parameter [label] is required with [sortKey]"));
    }
    Ok(())
}

/// `sortKey`, which must be of the graph's type.
pub(super) fn sort_key(of_type: SortKeyType, given: Option<&Given<'_>>) -> Result<Option<Value>, ApiError> {
    let Some(given) = given else { return Ok(None) };
    let key = match given {
        Given::Text(text) => of_type.value(text),
        Given::Number(n) if of_type == SortKeyType::Int => of_type.value(&n.to_string()),
        _ => None,
    };
    key.map(Some).ok_or_else(|| {
        let (value, expected) = (given.shown(), of_type.expected());
        malformed(&format!("parameter [sortKey] value [{value}] is invalid, expected {expected}"))
    })
}

/// The two ids of an entry, which are among its texts.
pub(super) fn ends<'a>(
    text: impl Fn(&str) -> Result<Option<Cow<'a, str>>, ApiError>,
) -> Result<(Cow<'a, str>, Cow<'a, str>), ApiError> {
    let end = |name: &str| {
        let missing = || ApiError::new(Code::Malformed, format!("parameter does not contain '{name}'"));
        text(name)?.filter(|t| !t.is_empty()).ok_or_else(missing)
    };
    Ok((end("source")?, end("target")?))
}

/// The two vertices, or an error that names the one that does not exist.
pub(super) fn find_ends(
    snapshot: &Snapshot,
    source: &str,
    target: &str,
    word: &str,
    code: Code,
) -> Result<(VertexIx, VertexIx), ApiError> {
    let find = |id: &str, end: &str| {
        snapshot
            .find(id)
            .ok_or_else(|| ApiError::new(code, format!("{word} {end} vertex [{id}] does not exist")))
    };
    Ok((find(source, "source")?, find(target, "target")?))
}
