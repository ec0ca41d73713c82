//! The text of an object path, before any disk is asked: spec 10, section 1.1.

use super::ObjectError;
use std::path::PathBuf;

/// A path that is well formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPath {
    /// Where it begins.
    pub base: Base,
    /// Its segments joined.
    pub relative: PathBuf,
    /// True for a path that ends in `/`.
    pub is_directory: bool,
}

/// What the segments of a path are below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The object root: `bucket/key`.
    Root,
    /// The root of the file system: `file:///abs`.
    FileSystem,
}

/// Reads a path in any of its forms.
pub fn parse(text: &str) -> Result<ObjectPath, ObjectError> {
    let (base, rest) = if let Some(rest) = text.strip_prefix("file:///") {
        (Base::FileSystem, rest)
    } else {
        let bucket = ["obs://", "s3://", "s3a://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        (Base::Root, bucket.unwrap_or_else(|| text.strip_prefix('/').unwrap_or(text)))
    };
    if let Some(found) = rest.chars().find(|c| !is_allowed(*c)) {
        return Err(ObjectError::Character { path: text.to_owned(), found });
    }
    let is_directory = rest.ends_with('/');
    let mut relative = PathBuf::new();
    for segment in rest.strip_suffix('/').unwrap_or(rest).split('/') {
        if matches!(segment, "" | "." | "..") {
            return Err(ObjectError::Segment { path: text.to_owned(), segment: segment.to_owned() });
        }
        relative.push(segment);
    }
    Ok(ObjectPath { base, relative, is_directory })
}

fn is_allowed(c: char) -> bool {
    c.is_alphanumeric() || "!-_.*'()/".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn df10_12_all_forms_name_the_same_object() {
        for text in
            ["films/v.csv", "/films/v.csv", "obs://films/v.csv", "s3://films/v.csv", "s3a://films/v.csv"]
        {
            let path = parse(text).unwrap();
            assert_eq!((path.base, path.relative.to_str()), (Base::Root, Some("films/v.csv")), "{text}");
        }
        assert!(parse("films/").unwrap().is_directory);
        assert_eq!(parse("file:///a/b").unwrap().base, Base::FileSystem);
    }

    #[test]
    fn df10_11_forbidden_characters_are_named() {
        for c in " `\\{^}%]\">[~<#|&@:,$=+?;\u{0}\u{1f}\u{7f}".chars() {
            let text = format!("films/a{c}b.csv");
            assert!(
                matches!(parse(&text), Err(ObjectError::Character { found, .. }) if found == c),
                "{text:?}"
            );
        }
        for text in ["films/电影.csv", "films/!-_.*'()", "films/ä1.csv"] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn df10_10_dots_and_empty_segments_are_refused() {
        let texts = [
            "x/../../etc/passwd",
            "..",
            ".",
            "x/./y",
            "x//y",
            "//x",
            "",
            "/",
            "obs:///x",
            "x/..",
            "file:////x",
        ];
        for text in texts {
            assert!(matches!(parse(text), Err(ObjectError::Segment { .. })), "{text}");
        }
    }
}
