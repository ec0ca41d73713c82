//! What a reader says about a file: counts, codes, the first errors (spec 10, section 6.2).

use std::fmt;

/// Errors of one file that its report keeps with their words.
pub const FIRST_ERRORS_MAX: usize = 20;

macro_rules! error_codes {
    ($($name:ident $text:literal $meaning:literal;)*) => {
        /// Why a line is rejected.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ErrorCode { $( #[doc = $meaning] $name, )* }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name),*];

            /// The text in logs and reports.
            pub fn text(self) -> &'static str {
                match self { $(ErrorCode::$name => $text,)* }
            }

            /// What it means.
            pub fn meaning(self) -> &'static str {
                match self { $(ErrorCode::$name => $meaning,)* }
            }
        }
    };
}

error_codes! {
    Utf8     "E01" "Invalid UTF-8";
    Quoting  "E02" "Malformed quoting";
    TooFew   "E03" "Too few columns";
    TooMany  "E04" "Too many columns";
    Id       "E05" "Empty or overlong id";
    Label    "E06" "Unknown label, or label of the wrong kind";
    Value    "E07" "Value does not fit its type or range";
    EnumName "E08" "Unknown enum name";
    TooLong  "E09" "Text longer than allowed";
    SortKey  "E10" "Bad sort key";
    LineSize "E11" "Line too long";
}

/// Rejected lines by code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeCounts([u64; ErrorCode::ALL.len()]);

/// Which files an import reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dataset {
    /// Vertex files.
    Vertex,
    /// Edge files.
    Edge,
}

/// Whether the lines of a file name their label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabelColumn {
    /// There is a label column.
    #[default]
    Present,
    /// The options say that there is none.
    Absent,
    /// The first line shows that there is none (spec 10, section 5.3).
    FoundAbsent,
}

/// A rejected line, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// The physical line where the rejected line begins, from 1.
    pub line: u64,
    /// The field, from 1; 0 is the whole line.
    pub column: u32,
    /// Why.
    pub code: ErrorCode,
    /// The field, the value and what was expected.
    pub message: String,
}

/// What became of one file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// The file, as reports show it.
    pub path: String,
    /// What it holds.
    pub dataset: Dataset,
    /// Lines that are not empty; a line with quoted line breaks counts once.
    pub total_lines: u64,
    /// Lines that became a row.
    pub successful_lines: u64,
    /// Lines that were rejected.
    pub failed_lines: u64,
    /// Rejected lines by code.
    pub codes: CodeCounts,
    /// The first 20 rejected lines.
    pub first_errors: Vec<LineError>,
    /// Whether its lines name their label.
    pub label_column: LabelColumn,
}

impl FileReport {
    /// A report of a file of which nothing has been read.
    pub fn new(dataset: Dataset, path: &str) -> FileReport {
        FileReport {
            path: path.to_owned(),
            dataset,
            total_lines: 0,
            successful_lines: 0,
            failed_lines: 0,
            codes: CodeCounts::default(),
            first_errors: Vec::new(),
            label_column: LabelColumn::Present,
        }
    }
}

impl CodeCounts {
    /// Rejected lines with this code.
    pub fn of(&self, code: ErrorCode) -> u64 {
        self.0.get(code as usize).copied().unwrap_or(0)
    }

    /// Counts one more.
    pub fn add(&mut self, code: ErrorCode) {
        if let Some(count) = self.0.get_mut(code as usize) {
            *count += 1;
        }
    }

    /// The codes that occurred, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (ErrorCode, u64)> {
        ErrorCode::ALL.iter().copied().zip(self.0).filter(|(_, count)| *count > 0)
    }
}

impl Dataset {
    /// The name in logs: a directory of the import log.
    pub fn name(self) -> &'static str {
        match self {
            Dataset::Vertex => "vertex",
            Dataset::Edge => "edge",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {} {}", self.line, self.column, self.code, self.message)
    }
}
