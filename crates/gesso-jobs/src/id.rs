//! Job ids: spec 02, section 1.2.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// A lower-case UUID followed by decimal digits; opaque to clients.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct JobId(Arc<str>);

impl JobId {
    /// A new id for the submission `seq`.
    pub(crate) fn new(seq: u64) -> JobId {
        JobId(format!("{}{seq:06}", Uuid::new_v4()).into())
    }

    /// Reads an id; none for texts that no job can have, which are safe as no file name comes of them.
    pub fn parse(text: &str) -> Option<JobId> {
        let (uuid, digits) = text.split_at_checked(36)?;
        let is_id = text.len() <= 64
            && Uuid::try_parse(uuid).is_ok_and(|parsed| parsed.hyphenated().to_string() == uuid)
            && digits.bytes().all(|b| b.is_ascii_digit());
        is_id.then(|| JobId(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<JobId> for String {
    fn from(id: JobId) -> String {
        id.0.as_ref().to_owned()
    }
}

impl TryFrom<String> for JobId {
    type Error = String;

    fn try_from(text: String) -> Result<JobId, String> {
        JobId::parse(&text).ok_or_else(|| format!("`{text}` is not a job id"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_and_other_texts_are_no_ids() {
        let id = JobId::new(42);
        assert!(id.as_str().ends_with("000042") && id.as_str().len() <= 64);
        assert_eq!(JobId::parse(id.as_str()), Some(id.clone()));
        let upper = id.as_str().to_uppercase();
        let long = format!("{id}{}", "1".repeat(40));
        for text in ["", "x", "../../etc/passwd", &upper, &long, "00000000-0000-0000-0000-00000000000é1"] {
            assert_eq!(JobId::parse(text), None, "{text}");
        }
    }
}
