//! The predicates by name: spec 07, section 2.1.

use crate::spec;

/// A predicate of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Predicate {
    /// The name in documents.
    pub name: &'static str,
    /// What is tested.
    pub test: TestKind,
    /// True if elements pass whose values all fail the test.
    pub is_negated: bool,
}

/// What a predicate tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TestKind {
    /// Both conditions.
    And,
    /// One of the conditions.
    Or,
    /// Whether there is a value.
    Has,
    /// A comparison of some value with the operand.
    Compare(spec::Predicate),
    /// Whether the operand is among the values.
    Contain,
    /// Whether all operands are among the values.
    Subset,
    /// Whether an operand is among the values.
    In,
    /// Whether the text of some value fits.
    Text(TextKind),
}

/// How a text is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextKind {
    Prefix,
    Suffix,
    Substring,
    /// As `Substring`, ignoring case.
    CiSubstring,
    Fuzzy,
    Regex,
}

/// The predicates in the order of the documents; a second name is an alias.
const TABLE: [(&[&str], TestKind, bool); 27] = {
    use TestKind::{And, Compare, Contain, Has, In, Or, Subset, Text};
    use TextKind::{CiSubstring, Fuzzy, Prefix, Regex, Substring, Suffix};
    [
        (&["&", "&&", "AND"], And, false),
        (&["|", "||", "OR"], Or, false),
        (&["HAS"], Has, false),
        (&["HASNOT"], Has, true),
        (&["=", "=="], Compare(spec::Predicate::Equal), false),
        (&["!=", "<>"], Compare(spec::Predicate::Equal), true),
        (&["<"], Compare(spec::Predicate::Less), false),
        (&["<="], Compare(spec::Predicate::AtMost), false),
        (&[">"], Compare(spec::Predicate::Greater), false),
        (&[">="], Compare(spec::Predicate::AtLeast), false),
        (&["CONTAIN"], Contain, false),
        (&["NOTCONTAIN"], Contain, true),
        (&["SUBSET"], Subset, false),
        (&["IN"], In, false),
        (&["NOTIN"], In, true),
        (&["PREFIX"], Text(Prefix), false),
        (&["SUFFIX"], Text(Suffix), false),
        (&["SUBSTRING"], Text(Substring), false),
        (&["CISUBSTRING"], Text(CiSubstring), false),
        (&["FUZZY"], Text(Fuzzy), false),
        (&["REGEX"], Text(Regex), false),
        (&["NOTPREFIX"], Text(Prefix), true),
        (&["NOTSUFFIX"], Text(Suffix), true),
        (&["NOTSUBSTRING"], Text(Substring), true),
        (&["NOTCISUBSTRING"], Text(CiSubstring), true),
        (&["NOTFUZZY"], Text(Fuzzy), true),
        (&["NOTREGEX"], Text(Regex), true),
    ]
};

impl Predicate {
    /// The predicate of a name in any case.
    pub(super) fn parse(text: &str) -> Option<Predicate> {
        let text = text.trim();
        let row = TABLE.iter().find(|(names, ..)| names.iter().any(|n| n.eq_ignore_ascii_case(text)))?;
        Some(Predicate { name: row.0[0], test: row.1, is_negated: row.2 })
    }

    /// True if it joins two conditions.
    pub(super) fn is_join(self) -> bool {
        matches!(self.test, TestKind::And | TestKind::Or)
    }

    /// True if it is about properties alone, not about labels and ids.
    pub(super) fn is_of_properties(self) -> bool {
        matches!(self.test, TestKind::Has | TestKind::Contain | TestKind::Subset)
    }

    /// True if an array on its right side is a set.
    pub(super) fn takes_set(self) -> bool {
        matches!(self.test, TestKind::Subset | TestKind::In)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_by_their_aliases() {
        for (names, test, is_negated) in TABLE {
            for name in names {
                let expected = Predicate { name: names[0], test, is_negated };
                assert_eq!(Predicate::parse(&name.to_lowercase()), Some(expected));
            }
        }
        assert_eq!(Predicate::parse("~"), None);
        assert_eq!(Predicate::parse(""), None);
    }
}
