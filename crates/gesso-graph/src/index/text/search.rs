//! What a full-text predicate asks of the tokens of a property: spec 03, 2.4.

use super::analysis::Tokens;
use crate::index::IndexDef;
use crate::schema::Schema;
use gesso_core::{Stop, Tick};
use levenshtein_automata::{DFA as EditAutomaton, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use regex_automata::dfa::{Automaton as _, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};
use tantivy_fst::Automaton;

/// Bytes that a pattern's automaton may take, and half of what making it may take.
const AUTOMATON_BYTES_MAX: usize = 1 << 20;
/// Tokens of the longest operand that is searched for token by token. Each of them takes 2 kB in every thread.
const WANTED_MAX: usize = 1024;
/// Characters of the longest text for a search by edit distance. Its automaton takes some 30 kB for each.
const FUZZY_CHARS_MAX: usize = 256;

/// The full-text predicates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextPredicate {
    /// Shares a token with the operand.
    Match,
    /// Has a token that begins with the operand.
    Prefix,
    /// Has a token that is as the operand, in which `*` is any run and `?` any character.
    Wildcard,
    /// Has a token that the operand describes as a whole.
    Regexp,
    /// Has a token that is like the operand but for a few letters.
    Fuzzy,
    /// Several properties, each of which matches an operand of its own.
    Combination,
}

/// Why a text search is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// No index covers the property.
    #[error("full text index on property [{0}] is not found")]
    NoIndex(String),
    /// An operand that the predicate can not use.
    #[error("filter on property [{property}]: value [{value}] is invalid, {reason}")]
    Operand {
        /// The property.
        property: String,
        /// The operand, or its beginning.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// What to search for: every part must match.
#[derive(Clone, Debug)]
pub struct TextSearch {
    pub(super) parts: Vec<Part>,
}

/// One condition on the tokens of one property.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The index that covers the property.
    pub def: Arc<IndexDef>,
    /// The property's place in the index.
    pub field: u16,
    pub test: Test,
}

/// What some token must be.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// One of these. Matches are ranked.
    AnyOf(Wanted),
    /// What an automaton takes.
    Passing(Arc<TokenTest>),
}

/// Tokens that are looked for, each once.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// In the order of the operand, in which scores are added.
    pub tokens: Vec<Box<str>>,
    /// Their places, by token.
    sorted: Vec<usize>,
}

/// An automaton over the bytes of a token.
pub(super) enum TokenTest {
    Prefix(Box<str>),
    Pattern { dfa: Box<dense::DFA<Vec<u32>>>, start: StateID },
    Near(EditAutomaton),
}

impl TextPredicate {
    const TABLE: [(TextPredicate, &'static str); 6] = [
        (TextPredicate::Match, "full_text_match"),
        (TextPredicate::Prefix, "full_text_prefix"),
        (TextPredicate::Wildcard, "full_text_wildcard"),
        (TextPredicate::Regexp, "full_text_regexp"),
        (TextPredicate::Fuzzy, "full_text_fuzzy"),
        (TextPredicate::Combination, "full_text_combination"),
    ];

    /// The predicate of a name as printed in the documents; case matters.
    pub fn parse(text: &str) -> Option<TextPredicate> {
        TextPredicate::TABLE.iter().find(|p| p.1 == text).map(|p| p.0)
    }

    fn test(self, property: &str, operand: &str) -> Result<Test, TextError> {
        let refused = |reason: String| TextError::Operand {
            property: property.to_owned(),
            value: operand.chars().take(80).collect(),
            reason,
        };
        let test = match self {
            TextPredicate::Match | TextPredicate::Combination => {
                return Wanted::of(operand).map(Test::AnyOf).map_err(refused);
            }
            TextPredicate::Prefix => TokenTest::Prefix(operand.to_lowercase().into()),
            TextPredicate::Wildcard => {
                TokenTest::pattern(&of_wildcard(&operand.to_lowercase())).map_err(refused)?
            }
            TextPredicate::Regexp => TokenTest::pattern(operand).map_err(refused)?,
            TextPredicate::Fuzzy => TokenTest::near(&operand.to_lowercase()).map_err(refused)?,
        };
        Ok(Test::Passing(Arc::new(test)))
    }
}

impl TextSearch {
    /// A search for (property, operand) pairs, all of which must match. Where one index covers all
    /// properties, it is used for all.
    pub fn of(
        schema: &Schema,
        predicate: TextPredicate,
        operands: &[(String, String)],
    ) -> Result<TextSearch, TextError> {
        let defs = || schema.indices().iter().filter(|def| def.kind.is_full_text());
        let covers = |def: &Arc<IndexDef>, property: &str| def.properties.iter().any(|p| **p == *property);
        let of_all = defs().find(|def| operands.iter().all(|(property, _)| covers(def, property)));
        let parts = operands.iter().map(|(property, operand)| {
            let def = of_all.or_else(|| defs().find(|def| covers(def, property)));
            let def = def.ok_or_else(|| TextError::NoIndex(property.clone()))?;
            let field = def.properties.iter().position(|p| **p == **property).unwrap_or(0) as u16;
            Ok(Part { def: def.clone(), field, test: predicate.test(property, operand)? })
        });
        let mut parts: Vec<Part> = parts.collect::<Result<_, _>>()?;
        // Scores are added in this order wherever a row is found.
        let first = parts.first().map(|part| part.def.id);
        parts.sort_by_key(|part| Some(part.def.id) != first);
        Ok(TextSearch { parts })
    }

    /// The index that is asked first.
    pub fn index(&self) -> Option<&Arc<IndexDef>> {
        self.parts.first().map(|part| &part.def)
    }

    /// True if matches differ in relevance.
    pub fn is_ranked(&self) -> bool {
        self.parts.iter().any(|part| matches!(part.test, Test::AnyOf(_)))
    }
}

impl Wanted {
    /// The tokens of an operand.
    fn of(operand: &str) -> Result<Wanted, String> {
        let all = Tokens::of(operand);
        let mut seen = std::collections::HashSet::new();
        let tokens: Vec<Box<str>> = all.iter().filter(|token| seen.insert(*token)).map(Into::into).collect();
        if tokens.len() > WANTED_MAX {
            return Err(format!("expected at most {WANTED_MAX} different words"));
        }
        let mut sorted: Vec<usize> = (0..tokens.len()).collect();
        sorted.sort_unstable_by_key(|place| &tokens[*place]);
        Ok(Wanted { tokens, sorted })
    }

    /// How often each of them is among others.
    pub fn frequencies(&self, among: &Tokens, tick: &mut Tick<'_>) -> Result<Vec<u32>, Stop> {
        let mut frequencies = vec![0; self.tokens.len()];
        for token in among.iter() {
            tick.spend(2)?;
            if let Ok(at) = self.sorted.binary_search_by(|place| (*self.tokens[*place]).cmp(token)) {
                frequencies[self.sorted[at]] += 1;
            }
        }
        Ok(frequencies)
    }
}

/// The regular expression of a pattern with `*` and `?`.
fn of_wildcard(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() * 2);
    for c in pattern.chars() {
        match c {
            '*' => out.push_str("(?s:.)*"),
            '?' => out.push_str("(?s:.)"),
            c if c.is_alphanumeric() => out.push(c),
            c => {
                // Writing to a text does not fail.
                _ = write!(out, r"\x{{{:x}}}", u32::from(c));
            }
        }
    }
    out
}

impl TokenTest {
    fn pattern(pattern: &str) -> Result<TokenTest, String> {
        let automaton = || {
            let nfa = thompson::Compiler::new()
                .configure(thompson::Config::new().nfa_size_limit(Some(AUTOMATON_BYTES_MAX)))
                .build(pattern)
                .map_err(|e| reason(&e))?;
            let config = dense::Config::new()
                // Every match counts, so that one of the whole token is not hidden by one of its beginning.
                .match_kind(MatchKind::All)
                .start_kind(regex_automata::dfa::StartKind::Anchored)
                .dfa_size_limit(Some(AUTOMATON_BYTES_MAX))
                .determinize_size_limit(Some(2 * AUTOMATON_BYTES_MAX));
            dense::Builder::new().configure(config).build_from_nfa(&nfa).map_err(|e| reason(&e))
        };
        let dfa = automaton()?;
        let start = dfa.start_state(&start::Config::new().anchored(Anchored::Yes));
        Ok(TokenTest::Pattern { start: start.map_err(|e| e.to_string())?, dfa: Box::new(dfa) })
    }

    fn near(operand: &str) -> Result<TokenTest, String> {
        static BUILDERS: [LazyLock<LevenshteinAutomatonBuilder>; 3] = [
            LazyLock::new(|| LevenshteinAutomatonBuilder::new(0, false)),
            LazyLock::new(|| LevenshteinAutomatonBuilder::new(1, false)),
            LazyLock::new(|| LevenshteinAutomatonBuilder::new(2, false)),
        ];
        let builder = match operand.chars().count() {
            0..=2 => &BUILDERS[0],
            3..=5 => &BUILDERS[1],
            6..=FUZZY_CHARS_MAX => &BUILDERS[2],
            _ => return Err(format!("expected at most {FUZZY_CHARS_MAX} characters")),
        };
        Ok(TokenTest::Near(builder.build_dfa(operand)))
    }

    /// No token before this one passes.
    pub fn least(&self) -> &str {
        match self {
            TokenTest::Prefix(prefix) => prefix,
            _ => "",
        }
    }

    /// True if the test takes the token.
    pub fn passes(&self, token: &str) -> bool {
        if let TokenTest::Prefix(prefix) = self {
            return token.starts_with(&**prefix);
        }
        let state = token.bytes().try_fold(self.start(), |state, byte| {
            let next = self.accept(&state, byte);
            if self.can_match(&next) { Ok(next) } else { Err(()) }
        });
        state.is_ok_and(|state| self.is_match(&state))
    }
}

/// The innermost cause, in one line: what a regular expression's error says first is only that it is one.
fn reason(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let text = cause.to_string();
    let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    format!("it is no regular expression that can be used: {}", last.trim().trim_start_matches("error: "))
}

/// States are those of the automaton inside; of a prefix, the bytes that have matched, or one more than it
/// has.
impl Automaton for TokenTest {
    type State = u32;

    fn start(&self) -> u32 {
        match self {
            TokenTest::Prefix(_) => 0,
            TokenTest::Pattern { start, .. } => start.as_u32(),
            TokenTest::Near(dfa) => dfa.initial_state(),
        }
    }

    fn is_match(&self, state: &u32) -> bool {
        match self {
            TokenTest::Prefix(prefix) => *state as usize == prefix.len(),
            TokenTest::Pattern { dfa, .. } => dfa.is_match_state(dfa.next_eoi_state(of_bits(*state))),
            TokenTest::Near(dfa) => matches!(dfa.distance(*state), Distance::Exact(_)),
        }
    }

    fn can_match(&self, state: &u32) -> bool {
        match self {
            TokenTest::Prefix(prefix) => *state as usize <= prefix.len(),
            TokenTest::Pattern { dfa, .. } => !dfa.is_dead_state(of_bits(*state)),
            TokenTest::Near(_) => *state != SINK_STATE,
        }
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        match self {
            TokenTest::Prefix(prefix) => match prefix.as_bytes().get(*state as usize) {
                Some(wanted) if *wanted == byte => state + 1,
                Some(_) => prefix.len() as u32 + 1,
                // Whatever comes behind the prefix.
                None => *state,
            },
            TokenTest::Pattern { dfa, .. } => dfa.next_state(of_bits(*state), byte).as_u32(),
            TokenTest::Near(dfa) => dfa.transition(*state, byte),
        }
    }
}

/// A state that came out of the automaton.
fn of_bits(state: u32) -> StateID {
    StateID::new(state as usize).unwrap_or(StateID::ZERO)
}

impl std::fmt::Debug for TokenTest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            TokenTest::Prefix(_) => "Prefix",
            TokenTest::Pattern { .. } => "Pattern",
            TokenTest::Near(_) => "Near",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(predicate: TextPredicate, operand: &str, yes: &[&str], no: &[&str]) {
        let Test::Passing(test) = predicate.test("p", operand).unwrap() else { panic!("no automaton") };
        for (tokens, expected) in [(yes, true), (no, false)] {
            for token in tokens {
                assert_eq!(test.passes(token), expected, "{operand}: {token}");
            }
        }
    }

    #[test]
    fn prefixes_are_lowered_and_begin_a_token() {
        check(TextPredicate::Prefix, "Harb", &["harb", "harbour"], &["har", "unharb", ""]);
        check(TextPredicate::Prefix, "", &["", "x"], &[]);
        // The end of a prefix is not the state after a wrong byte.
        check(TextPredicate::Prefix, "ab", &["abx"], &["aab", "xab", "a"]);
    }

    #[test]
    fn wildcards_take_the_whole_token() {
        check(
            TextPredicate::Wildcard,
            "h*r?",
            &["harb", "hérx", "hr海"],
            &["har", "harby", "hars t", "xharb"],
        );
        check(TextPredicate::Wildcard, "a.b+", &["a.b+"], &["axb+", "a.bb"]);
        check(TextPredicate::Wildcard, "?", &["海", "a"], &["", "ab"]);
        check(TextPredicate::Wildcard, "*", &["", "ab"], &[]);
    }

    #[test]
    fn regular_expressions_take_the_whole_token() {
        check(TextPredicate::Regexp, "a|ab", &["a", "ab"], &["abc", "b"]);
        check(TextPredicate::Regexp, r"\d{4}", &["2024"], &["20245", "x2024"]);
        check(TextPredicate::Regexp, r"(?i)HARB.*", &["harbour"], &["arb"]);
        check(TextPredicate::Regexp, "", &[""], &["a"]);
        for (operand, part) in [("(", "unclosed group"), ("a{2000}{2000}", "limit"), (r"\bx", "word boundar")]
        {
            let error = TextPredicate::Regexp.test("p", operand).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn near_tokens_are_as_near_as_the_operand_is_long() {
        check(TextPredicate::Fuzzy, "ab", &["ab"], &["abc", "a"]);
        check(TextPredicate::Fuzzy, "Light", &["light", "lights", "ligt", "l海ght"], &["lihgt", "lightss"]);
        check(TextPredicate::Fuzzy, "harbour", &["harbor", "harbuor", "arbou"], &["harb", "rbor"]);
        assert!(TextPredicate::Fuzzy.test("p", &"x".repeat(257)).is_err());
    }

    #[test]
    fn an_operand_is_searched_for_by_each_of_its_tokens_once() {
        let wanted = Wanted::of("The harbour, the LIGHTS").expect("few words");
        assert_eq!(wanted.tokens, ["the", "harbour", "lights"].map(Box::from));
        let ctx = gesso_core::JobContext::detached(1, 1 << 20);
        let text = Tokens::of("lights of the harbour: the lights, the night");
        assert_eq!(wanted.frequencies(&text, &mut ctx.tick()), Ok(vec![3, 1, 2]));
    }

    #[test]
    fn an_operand_of_too_many_words_is_refused() {
        let words = |count: usize| (0..count).map(|i| format!("w{i}")).collect::<Vec<_>>().join(" ");
        assert!(TextPredicate::Match.test("p", &words(WANTED_MAX)).is_ok());
        assert!(TextPredicate::Match.test("p", &"w ".repeat(2 * WANTED_MAX)).is_ok());
        let error = TextPredicate::Combination.test("p", &words(WANTED_MAX + 1)).unwrap_err().to_string();
        assert!(error.contains("expected at most 1024 different words"), "{error}");
    }

    #[test]
    fn looking_for_words_in_a_long_text_can_be_stopped() {
        let text = Tokens::of(&"word ".repeat(100_000));
        let ctx = gesso_core::JobContext::detached(1, 1 << 20).stop_at_checkpoint(2);
        let wanted = Wanted::of("some word").expect("few words");
        assert_eq!(wanted.frequencies(&text, &mut ctx.tick()), Err(Stop::Cancelled));
    }
}
