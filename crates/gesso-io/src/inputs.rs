//! Which files of a directory an import reads: spec 10, section 1.2.

use gesso_store::objects::{Format, InputFile};
use std::io;
use std::path::{Path, PathBuf};

/// Why there is nothing to read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The path can not be looked at.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A directory without a usable file.
    #[error("directory `{}` has no usable file, expected names that end in .csv or .txt", .0.display())]
    Empty(PathBuf),
}

/// The files that a path names, in byte order of their names: the file itself, or the usable files of a
/// directory. Directories inside it are not entered.
pub fn list_inputs(path: &Path) -> Result<Vec<InputFile>, InputError> {
    let failed = |source| InputError::Io { path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(vec![InputFile::local(path.to_owned())]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        if file.file_name().is_some_and(|name| Format::Text.is_usable(&name.to_string_lossy()))
            && file.is_file()
        {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(InputError::Empty(path.to_owned()));
    }
    files.sort_unstable_by(|a: &PathBuf, b| a.file_name().cmp(&b.file_name()));
    Ok(files.into_iter().map(InputFile::local).collect())
}

/// The bytes of all files together: the total of a phase that reads them.
pub fn total_bytes<'a>(files: impl IntoIterator<Item = &'a InputFile>) -> u64 {
    files.into_iter().map(InputFile::size_bytes).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn df10_08_usable_files_in_order_of_name_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        for name in
            ["b.csv", "a.csv", "_SUCCESS", "notes.md", ".hidden.csv", "part-00000", "C.TXT", "d.csv.gz"]
        {
            std::fs::write(dir.path().join(name), "x").unwrap();
        }
        std::fs::create_dir(dir.path().join("sub.csv")).unwrap();
        let files = list_inputs(dir.path()).unwrap();
        let names: Vec<_> = files.iter().map(InputFile::name).collect();
        assert_eq!(names, ["C.TXT", "a.csv", "b.csv", "d.csv.gz", "part-00000"]);
        assert_eq!(total_bytes(&files), 5);
        assert_eq!(list_inputs(&dir.path().join("notes.md")).unwrap().len(), 1);
    }

    #[test]
    fn df10_09_a_directory_without_usable_file_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("notes.md"), "x").unwrap();
        let error = list_inputs(dir.path()).unwrap_err().to_string();
        assert!(error.contains(dir.path().to_str().unwrap()), "{error}");
    }
}
