//! What a key accepts, and the values that come of it.

use std::fmt;
use std::path::PathBuf;

/// What a key accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `host:port`.
    Address,
    /// A path of a file or directory.
    Path,
    /// Paths; an array in the file, joined by `:` elsewhere.
    Paths,
    /// True or false.
    Flag,
    /// A whole number.
    Count,
    /// A whole number of bytes, also with KiB, MiB, GiB or TiB.
    Bytes,
    /// Seconds, also parts of them.
    Seconds,
    /// Any text.
    Text,
    /// Any text that nobody is shown.
    Secret,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// What is shown of a secret.
const MASK: &str = "***";

/// A value of a key.
#[derive(Clone, PartialEq)]
pub enum Setting {
    /// Nothing.
    Unset,
    /// Of [`Kind::Address`], [`Kind::Text`], [`Kind::Choice`].
    Text(String),
    /// Of [`Kind::Secret`].
    Secret(String),
    /// Of [`Kind::Path`].
    Path(PathBuf),
    /// Of [`Kind::Paths`].
    Paths(Vec<PathBuf>),
    /// Of [`Kind::Flag`].
    Flag(bool),
    /// Of [`Kind::Count`], [`Kind::Bytes`].
    Count(u64),
    /// Of [`Kind::Seconds`].
    Seconds(f64),
}

impl Kind {
    /// Reads a text; none if it is no value of the kind.
    pub fn parse(self, text: &str) -> Option<Setting> {
        let text = text.trim();
        Some(match self {
            Kind::Address => {
                let (host, port) = text.rsplit_once(':')?;
                port.parse::<u16>().ok().filter(|_| !host.is_empty())?;
                Setting::Text(text.to_owned())
            }
            Kind::Path if text.is_empty() => return None,
            Kind::Path => Setting::Path(text.into()),
            Kind::Paths => {
                Setting::Paths(text.split(':').filter(|p| !p.is_empty()).map(PathBuf::from).collect())
            }
            Kind::Flag => Setting::Flag(gesso_core::value::parse_bool(text)?),
            Kind::Count => Setting::Count(text.parse().ok()?),
            Kind::Bytes => Setting::Count(bytes(text)?),
            Kind::Seconds => {
                Setting::Seconds(text.parse().ok().filter(|s: &f64| s.is_finite() && *s >= 0.0)?)
            }
            Kind::Text => Setting::Text(text.to_owned()),
            Kind::Secret => Setting::Secret(text.to_owned()),
            Kind::Choice(words) => {
                Setting::Text((*words.iter().find(|w| w.eq_ignore_ascii_case(text))?).to_owned())
            }
        })
    }
}

/// The form that is accepted, as messages write it.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Address => "host:port",
            Kind::Path => "a path",
            Kind::Paths => "paths",
            Kind::Flag => "true or false",
            Kind::Count => "a whole number",
            Kind::Bytes => "a whole number of bytes, or one with KiB, MiB, GiB or TiB",
            Kind::Seconds => "seconds, 0 or more",
            Kind::Text | Kind::Secret => "a text",
            Kind::Choice(words) => return f.write_str(&words.join(" or ")),
        })
    }
}

/// Asking a value for another kind than its key declares is a mistake that every start would show.
macro_rules! getter {
    ($(#[$doc:meta])* $name:ident -> $out:ty, $($pattern:pat => $value:expr),+) => {
        $(#[$doc])*
        pub fn $name(&self) -> $out {
            match self {
                $($pattern => $value,)+
                other => unreachable!("{other:?} is read as another kind than its key declares"),
            }
        }
    };
}

impl Setting {
    getter! {
        /// The text.
        text -> &str, Setting::Text(text) => text
    }
    getter! {
        /// The text, if it is set.
        optional_text -> Option<String>, Setting::Text(text) | Setting::Secret(text) => Some(text.clone()), Setting::Unset => None
    }
    getter! {
        /// The path, if it is set.
        path -> Option<PathBuf>, Setting::Path(path) => Some(path.clone()), Setting::Unset => None
    }
    getter! {
        /// The paths.
        paths -> Vec<PathBuf>, Setting::Paths(paths) => paths.clone()
    }
    getter! {
        /// The flag.
        flag -> bool, Setting::Flag(flag) => *flag
    }
    getter! {
        /// The number.
        count -> u64, Setting::Count(count) => *count
    }
    getter! {
        /// The number, if it is set.
        optional_count -> Option<u64>, Setting::Count(count) => Some(*count), Setting::Unset => None
    }
    getter! {
        /// The seconds.
        seconds -> f64, Setting::Seconds(seconds) => *seconds
    }

    /// The value as JSON; null if it is not set.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Setting::Unset => serde_json::Value::Null,
            Setting::Text(text) => text.as_str().into(),
            Setting::Secret(_) => MASK.into(),
            Setting::Path(path) => path.to_string_lossy().into(),
            Setting::Paths(paths) => paths.iter().map(|p| p.to_string_lossy().into_owned()).collect(),
            Setting::Flag(flag) => (*flag).into(),
            Setting::Count(count) => (*count).into(),
            Setting::Seconds(seconds) => (*seconds).into(),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::Unset => f.write_str("-"),
            Setting::Text(text) => f.write_str(text),
            Setting::Secret(_) => f.write_str(MASK),
            Setting::Path(path) => path.display().fmt(f),
            Setting::Paths(paths) => {
                let texts: Vec<_> = paths.iter().map(|p| p.to_string_lossy()).collect();
                f.write_str(&texts.join(":"))
            }
            Setting::Flag(flag) => flag.fmt(f),
            Setting::Count(count) => count.fmt(f),
            Setting::Seconds(seconds) => seconds.fmt(f),
        }
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Setting({self})")
    }
}

fn bytes(text: &str) -> Option<u64> {
    const UNITS: [(&str, u32); 4] = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];
    let unit = UNITS.iter().find_map(|(name, shift)| text.strip_suffix(name).map(|n| (n, *shift)));
    let (number, shift) = unit.unwrap_or((text, 0));
    number.trim().parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, text: &str, expected: Option<&str>) {
        let got = kind.parse(text).map(|s| s.to_string());
        assert_eq!(got.as_deref(), expected, "{kind:?} {text:?}");
    }

    #[test]
    fn each_kind_accepts_its_form_only() {
        check(Kind::Address, "localhost:8480", Some("localhost:8480"));
        check(Kind::Address, "[::1]:0", Some("[::1]:0"));
        check(Kind::Address, "8480", None);
        check(Kind::Address, ":8480", None);
        check(Kind::Address, "host:70000", None);
        check(Kind::Bytes, "2 GiB", Some("2147483648"));
        check(Kind::Bytes, "17", Some("17"));
        check(Kind::Bytes, "99999999999 TiB", None);
        check(Kind::Count, "-1", None);
        check(Kind::Seconds, "0.5", Some("0.5"));
        check(Kind::Seconds, "inf", None);
        check(Kind::Flag, "TRUE", Some("true"));
        check(Kind::Choice(&["text", "json"]), "JSON", Some("json"));
        check(Kind::Choice(&["text", "json"]), "xml", None);
        check(Kind::Path, "", None);
        check(Kind::Secret, "hidden", Some("***"));
        assert_eq!(Kind::Secret.parse("hidden").map(|s| s.to_json()), Some("***".into()));
    }
}
