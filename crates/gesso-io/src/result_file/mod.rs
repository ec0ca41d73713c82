//! Results of jobs as files: CSV, JSON Lines and Parquet, in one layout of columns ([`Table`]).
//!
//! | list of the result | columns |
//! | --- | --- |
//! | per vertex | `id`, and one with the list's name |
//! | vertices | `id` |
//! | paths | one with the list's name: the ids of each path |
//! | sets of paths | `source`, `target`, `paths`: a JSON array of them |
//! | edges of paths | one with the list's name: a list of edge ids, or a JSON array of objects |
//! | edges and pairs | `source`, `target`, `index` where there is one (database edition: `label`), the value's name |
//! | JSON objects | their members, in the order in which they first occur |
//! | other JSON | one with the list's name |
//! | none | the single values, in one row; in CSV they are in the comment lines only |
//!
//! A result with several lists becomes several tables; each further one has its list only.
//!
//! CSV begins with lines `#name: value,` for the single values of the result and `#name:` for its list;
//! Parquet holds the single values as metadata of the file; JSON Lines has rows only.

mod csv;
mod json_lines;
mod parquet;
mod table;
mod write;

pub use table::{Cell, Column, ColumnKind, Table};
pub use write::{FILES_MAX, ResultFileError, Split, Written, write_result};

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values, `.csv`.
    Csv,
    /// One JSON object a line, `.jsonl`.
    JsonLines,
    /// Apache Parquet, `.parquet`.
    Parquet,
}

impl Format {
    /// Every form.
    pub const ALL: [Format; 3] = [Format::Csv, Format::JsonLines, Format::Parquet];

    /// The extension of file names, with its dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Csv => ".csv",
            Format::JsonLines => ".jsonl",
            Format::Parquet => ".parquet",
        }
    }

    /// The form that the extension of a file name asks for, in any case, and the name without it.
    pub fn of_name(name: &str) -> Option<(Format, &str)> {
        Format::ALL.into_iter().find_map(|format| {
            let at = name.len().checked_sub(format.extension().len())?;
            let (stem, extension) = (name.get(..at)?, name.get(at..)?);
            (!stem.is_empty() && extension.eq_ignore_ascii_case(format.extension())).then_some((format, stem))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_chooses_the_form() {
        assert_eq!(Format::of_name("a.b.CSV"), Some((Format::Csv, "a.b")));
        assert_eq!(Format::of_name("ä.jsonl"), Some((Format::JsonLines, "ä")));
        assert_eq!(Format::of_name("x.parquet"), Some((Format::Parquet, "x")));
        for name in ["x", ".csv", "csv", "x.csv.gz", "é"] {
            assert_eq!(Format::of_name(name), None, "{name}");
        }
    }
}
