//! How input files are read: the options of an import, as the API spells them.

use super::rows::ID_BYTES_MAX;
use gesso_core::Cardinality;
use gesso_graph::Schema;
use gesso_store::objects::Format;

/// Options of input files. Delimiter, quote and escapes are those of delimited text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvOptions {
    /// What the files hold.
    pub format: Format,
    /// Stands between fields.
    pub delimiter: char,
    /// Encloses fields that hold delimiters, quotes or line breaks; none switches quoting off.
    pub quote: Option<char>,
    /// The label of lines whose label field is empty or missing; none means `__DEFAULT__`.
    pub default_label: Option<String>,
    /// Whether lines have a label column; none decides by the first line of each file.
    pub has_label: Option<bool>,
    /// True if a backslash keeps a `;` inside an element of a list.
    pub list_escape: bool,
    /// Longest id of a vertex. Bytes.
    pub id_bytes_max: usize,
    /// True if edge lines end in a sort key after all properties. Where edges have none, it is dropped.
    pub sort_key_column: bool,
}

/// Why options are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// Not one character.
    #[error("{field} [{given}] is invalid, expected one character, \\t or \\uXXXX")]
    NotOneCharacter {
        /// `delimiter` or `trimQuote`.
        field: &'static str,
        /// The text given.
        given: String,
    },
    /// A character with another meaning.
    #[error("{field} [{given}] is invalid, expected {expected}")]
    Taken {
        /// `delimiter` or `trimQuote`.
        field: &'static str,
        /// The character given, escaped where it is not visible.
        given: String,
        /// What is allowed.
        expected: &'static str,
    },
    /// No label column and no default label either.
    #[error("default label is missing, expected a label of the schema for files without a label column")]
    NoDefaultLabel,
    /// The default label is not in the schema.
    #[error("default label [{0}] does not exist")]
    UnknownDefaultLabel(String),
    /// The default label can not be put on the elements of the file.
    #[error("default label [{label}] is of type {kind}, expected {expected} or all")]
    DefaultLabelKind {
        /// The label.
        label: String,
        /// Its type.
        kind: &'static str,
        /// The type that the files hold.
        expected: &'static str,
    },
}

impl Default for CsvOptions {
    fn default() -> CsvOptions {
        CsvOptions {
            format: Format::Text,
            delimiter: ',',
            quote: Some('"'),
            default_label: None,
            has_label: None,
            list_escape: false,
            id_bytes_max: ID_BYTES_MAX,
            sort_key_column: false,
        }
    }
}

impl CsvOptions {
    /// Options from the API's `delimiter` and `trimQuote`; what is missing has its default, and an empty
    /// `trimQuote` switches quoting off. The other fields are left for the caller to set.
    pub fn parse(delimiter: Option<&str>, trim_quote: Option<&str>) -> Result<CsvOptions, OptionsError> {
        let mut options = CsvOptions::default();
        if let Some(text) = delimiter {
            options.delimiter = one_character("delimiter", text)?;
        }
        match trim_quote {
            None => {}
            Some("") => options.quote = None,
            Some(text) => options.quote = Some(one_character("trimQuote", text)?),
        }
        options.check_characters()?;
        Ok(options)
    }

    /// Refuses characters that would mean two things, also in lists of this schema.
    pub fn check(&self, schema: &Schema) -> Result<(), OptionsError> {
        self.check_characters()?;
        let lists =
            || schema.labels().flat_map(|l| &l.properties).any(|p| p.cardinality != Cardinality::Single);
        if self.delimiter == ';' && lists() {
            return Err(taken("delimiter", ';', "another character, as list properties use it"));
        }
        Ok(())
    }

    /// The default label, unless it is missing or empty.
    pub(crate) fn named_default_label(&self) -> Option<&str> {
        self.default_label.as_deref().filter(|name| !name.is_empty())
    }

    fn check_characters(&self) -> Result<(), OptionsError> {
        let breaks_lines = |c: char| matches!(c, '\r' | '\n');
        if breaks_lines(self.delimiter) {
            return Err(taken("delimiter", self.delimiter, "a character that does not end a line"));
        }
        if let Some(quote) = self.quote.filter(|q| breaks_lines(*q)) {
            return Err(taken("trimQuote", quote, "a character that does not end a line"));
        }
        if self.quote == Some(self.delimiter) {
            return Err(taken("delimiter", self.delimiter, "a character other than trimQuote"));
        }
        Ok(())
    }
}

fn taken(field: &'static str, given: char, expected: &'static str) -> OptionsError {
    OptionsError::Taken { field, given: given.escape_default().to_string(), expected }
}

/// One character, or an escape that stands for one.
fn one_character(field: &'static str, text: &str) -> Result<char, OptionsError> {
    let mut chars = text.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return Ok(c);
    }
    let escaped = match text {
        "\\t" => Some('\t'),
        _ => text
            .strip_prefix("\\u")
            .filter(|hex| hex.len() == 4 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .and_then(char::from_u32),
    };
    escaped.ok_or_else(|| OptionsError::NotOneCharacter { field, given: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesso_core::DataType;
    use gesso_graph::{LabelDef, LabelKind, PropertyDef};

    fn check(delimiter: &str, quote: &str, expected: Option<(char, Option<char>)>) {
        let got = CsvOptions::parse(Some(delimiter), Some(quote)).map(|o| (o.delimiter, o.quote));
        assert_eq!(got.ok(), expected, "{delimiter:?} {quote:?}");
    }

    #[test]
    fn df10_17_delimiter_and_quote_are_one_character_each() {
        check("|", "'", Some(('|', Some('\''))));
        check("\\t", "", Some(('\t', None)));
        check("\\u0001", "\"", Some(('\u{1}', Some('"'))));
        check("，", "“", Some(('，', Some('“'))));
        for (delimiter, quote) in [
            (",,", "\""),
            ("", "\""),
            (",", "''"),
            (",", ","),
            ("\n", "\""),
            ("\\u000d", "\""),
            ("\\ud800", "\""),
        ] {
            check(delimiter, quote, None);
        }
        let error = CsvOptions::parse(Some(",,"), None).unwrap_err().to_string();
        assert_eq!(error, "delimiter [,,] is invalid, expected one character, \\t or \\uXXXX");
    }

    #[test]
    fn a_semicolon_delimits_only_where_no_list_needs_it() {
        let options = CsvOptions::parse(Some(";"), None).unwrap();
        assert_eq!(options.check(&Schema::default()), Ok(()));
        let tags =
            PropertyDef { name: "tags".into(), data_type: DataType::String, cardinality: Cardinality::Set };
        let label = LabelDef { name: "a".into(), kind: LabelKind::All, properties: vec![tags] };
        assert!(options.check(&Schema::default().with_label(&label).unwrap()).is_err());
    }
}
