//! Tests of texts: ends, parts, similarity, and regular expressions.

use super::predicate::TextKind;
use super::{FilterError, cut};
use regex::{Regex, RegexBuilder};

/// What a text must look like.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    Prefix(Box<str>),
    Suffix(Box<str>),
    Substring(Box<str>),
    Regex(Regex),
    Fuzzy(Similar),
}

/// Most bytes of a compiled expression, and of the states that one search keeps. With the first, a value
/// costs at most a few thousand steps a byte whatever the expression; usually it is one.
const REGEX_BYTES_MAX: usize = 1 << 20;

impl Pattern {
    /// The pattern that a right value is for a predicate.
    pub(super) fn of(kind: TextKind, text: &str) -> Result<Pattern, FilterError> {
        Ok(match kind {
            TextKind::Prefix => Pattern::Prefix(text.into()),
            TextKind::Suffix => Pattern::Suffix(text.into()),
            TextKind::Substring => Pattern::Substring(text.into()),
            // Expressions ignore case by simple folding, which is what the predicate wants.
            TextKind::CiSubstring => Pattern::Regex(regex(&format!("(?i){}", regex::escape(text)), text)?),
            TextKind::Regex => {
                // Looked at alone first: `a)|(b` is wrong, and wrapping would hide it.
                regex(text, text)?;
                Pattern::Regex(regex(&format!(r"\A(?:{text})\z"), text)?)
            }
            TextKind::Fuzzy => Pattern::Fuzzy(Similar::to(text)),
        })
    }

    /// Whether a text fits. One pass over the text.
    pub(super) fn fits(&self, text: &str) -> bool {
        match self {
            Pattern::Prefix(part) => text.starts_with(&**part),
            Pattern::Suffix(part) => text.ends_with(&**part),
            Pattern::Substring(part) => text.contains(&**part),
            Pattern::Regex(regex) => regex.is_match(text),
            Pattern::Fuzzy(similar) => similar.fits(text),
        }
    }
}

fn regex(pattern: &str, given: &str) -> Result<Regex, FilterError> {
    let built =
        RegexBuilder::new(pattern).size_limit(REGEX_BYTES_MAX).dfa_size_limit(REGEX_BYTES_MAX).build();
    built.map_err(|e| {
        // The parser draws the place below the pattern; the last line says what is wrong.
        let text = e.to_string();
        let last = text.lines().last().unwrap_or_default().trim().trim_start_matches("error: ");
        FilterError::Regex { pattern: cut(given), reason: cut(last) }
    })
}

/// Texts within a small edit distance of a given one.
#[derive(Clone, Debug)]
pub(super) struct Similar {
    wanted: Box<[char]>,
    /// Most insertions, deletions and replacements of characters together.
    edits_max: usize,
}

/// Largest `edits_max`.
const EDITS: usize = 2;
/// Cells of a row of the edit matrix that can hold a distance of at most [`EDITS`].
const BAND: usize = 2 * EDITS + 1;
/// More than any distance that matters.
const FAR: usize = EDITS + 1;

impl Similar {
    fn to(text: &str) -> Similar {
        let wanted: Box<[char]> = text.chars().collect();
        let edits_max = match wanted.len() {
            0..=2 => 0,
            3..=5 => 1,
            _ => EDITS,
        };
        Similar { wanted, edits_max }
    }

    fn fits(&self, text: &str) -> bool {
        let given: Vec<char> = text.chars().take(self.wanted.len() + self.edits_max + 1).collect();
        given.len().abs_diff(self.wanted.len()) <= self.edits_max && self.distance(&given) <= self.edits_max
    }

    /// The edit distance, or [`FAR`] if it is more than [`EDITS`]. Only the diagonals that are at most that
    /// far from the main one are looked at: cell k of row i stands for column i + k - EDITS.
    fn distance(&self, given: &[char]) -> usize {
        let column = |i: usize, k: usize| (i + k).checked_sub(EDITS).filter(|j| *j <= given.len());
        let mut row = [FAR; BAND];
        for (k, cell) in row.iter_mut().enumerate() {
            *cell = column(0, k).unwrap_or(FAR);
        }
        for (above, wanted) in self.wanted.iter().enumerate() {
            let mut next = [FAR; BAND];
            for k in 0..BAND {
                let Some(j) = column(above + 1, k) else { continue };
                let replaced = j.checked_sub(1).map(|j| row[k] + usize::from(given[j] != *wanted));
                let deleted = row.get(k + 1).map(|cell| cell + 1);
                let inserted = k.checked_sub(1).map(|k| next[k] + 1);
                let best = [replaced, deleted, inserted].into_iter().flatten().min();
                next[k] = best.unwrap_or(FAR).min(FAR);
            }
            row = next;
        }
        (given.len() + EDITS).checked_sub(self.wanted.len()).and_then(|k| row.get(k)).copied().unwrap_or(FAR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fits(kind: TextKind, pattern: &str, text: &str) -> bool {
        Pattern::of(kind, pattern).unwrap().fits(text)
    }

    /// The whole matrix.
    fn levenshtein(a: &[char], b: &[char]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut diagonal = std::mem::replace(&mut row[0], i + 1);
            for (j, y) in b.iter().enumerate() {
                let best = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
                diagonal = std::mem::replace(&mut row[j + 1], best);
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn the_band_knows_small_distances(a in "[ab]{0,9}", b in "[abc]{0,9}") {
            let (similar, given) = (Similar::to(&a), b.chars().collect::<Vec<_>>());
            let expected = levenshtein(&similar.wanted, &given);
            prop_assert_eq!(similar.distance(&given), expected.min(FAR));
            prop_assert_eq!(similar.fits(&b), expected <= similar.edits_max);
        }
    }

    #[test]
    fn fuzzy_allows_more_edits_in_longer_texts() {
        assert!(fits(TextKind::Fuzzy, "bo", "bo") && !fits(TextKind::Fuzzy, "bo", "bob"));
        assert!(fits(TextKind::Fuzzy, "Lyon", "Lion") && !fits(TextKind::Fuzzy, "Lyon", "Lions"));
        assert!(fits(TextKind::Fuzzy, "Turins", "Turn") && fits(TextKind::Fuzzy, "größer", "großes"));
        assert!(!fits(TextKind::Fuzzy, "Turins", "Tn"));
        assert!(fits(TextKind::Fuzzy, "", "") && !fits(TextKind::Fuzzy, "", "a"));
    }

    #[test]
    fn case_is_ignored_by_simple_folding() {
        assert!(fits(TextKind::CiSubstring, "oRT", "Porto"));
        assert!(fits(TextKind::CiSubstring, "ΣΑΣ", "μσας"));
        assert!(fits(TextKind::CiSubstring, "STRASSE", "Strasse") && !fits(TextKind::CiSubstring, "SS", "ß"));
        assert!(fits(TextKind::CiSubstring, "a.c", "xA.C") && !fits(TextKind::CiSubstring, "a.c", "abc"));
    }

    #[test]
    fn f07_27_an_expression_matches_the_whole_value() {
        assert!(fits(TextKind::Regex, "P.rto", "Porto") && !fits(TextKind::Regex, "P.r", "Porto"));
        // The shorter alternative comes first.
        assert!(fits(TextKind::Regex, "a|ab", "ab") && !fits(TextKind::Regex, "a|b", "ab"));
        assert!(fits(TextKind::Regex, r"\d{3}-\w+", "123-é") && fits(TextKind::Regex, r"\p{Lu}.*", "Éa"));
        assert!(!fits(TextKind::Regex, "a.b", "a\nb") && fits(TextKind::Regex, "(?s)a.b", "a\nb"));
    }

    #[test]
    fn f07_27_expressions_without_linear_time_are_refused() {
        for wrong in ["a)|(b", "(", "(a)\\1", "(?=a)b", "(?:a{1000}){1000}"] {
            let refused = Pattern::of(TextKind::Regex, wrong).unwrap_err();
            assert!(matches!(&refused, FilterError::Regex { pattern, .. } if pattern == wrong), "{wrong}");
            assert!(!refused.to_string().contains('\n'), "{refused}");
        }
    }

    #[test]
    fn f07_27_a_pathological_expression_takes_linear_time() {
        // With backtracking, this would not end.
        let text = "a".repeat(1 << 20);
        assert!(!fits(TextKind::Regex, "(a|a)*(a|aa)*b", &text));
        assert!(!fits(TextKind::Regex, "(x+x+)+y", &"x".repeat(1 << 16)));
    }
}
