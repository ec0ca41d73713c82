//! The name that a misspelt one was probably meant to be.

/// The candidate with the fewest edits, if they are few for the name's length.
pub(super) fn nearest(name: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    let best = candidates.map(|candidate| (distance(name, &candidate), candidate)).min()?;
    (best.0 <= name.chars().count().div_ceil(2)).then_some(best.1)
}

/// Insertions, deletions and replacements that lead from one text to the other (Wagner, Fischer: "The
/// String-to-String Correction Problem", 1974).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (a, b, expected) in [("", "abc", 3), ("jobs.treads", "jobs.threads", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(a, b), expected);
            assert_eq!(distance(b, a), expected);
        }
        assert_eq!(nearest("xyz", ["listen".to_owned()].into_iter()), None);
    }
}
