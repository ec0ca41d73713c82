//! How a text becomes tokens: words as Unicode cuts them (UAX 29), in lower case. In Chinese, Japanese and
//! Korean text every character is a token of its own, with the marks that belong to it.
//!
//! Nothing else is done: no stems, no stop words, no normal forms. The index, the changes since, and whoever
//! looks at a row itself all read texts here, so that they agree.

use gesso_core::Gate;
use std::convert::Infallible;
use std::sync::Arc;
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use unicode_segmentation::UnicodeSegmentation;

/// Bytes of the longest token; longer words are left out. A little less than a term of the index may have.
const TOKEN_BYTES_MAX: usize = 65_000;
/// Bytes that are read between two looks at the gate: about half a millisecond.
const STRETCH_BYTES: usize = 64 << 10;

/// The tokens of a text or of several, one behind the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Tokens {
    text: String,
    ends: Vec<usize>,
}

impl Tokens {
    /// The tokens of a short text.
    pub fn of(text: &str) -> Tokens {
        let mut tokens = Tokens::default();
        match tokens.read(text, |_| Ok::<_, Infallible>(())) {
            Ok(()) => tokens,
        }
    }

    /// Appends the tokens of a text. `spend` counts the steps, and may end it.
    pub fn read<E>(&mut self, text: &str, mut spend: impl FnMut(u64) -> Result<(), E>) -> Result<(), E> {
        let mut rest = text;
        while !rest.is_empty() {
            let (stretch, next) = rest.split_at(stretch_end(rest));
            spend(stretch.len() as u64 / 8 + 1)?;
            for word in stretch.unicode_words() {
                self.push_word(word);
            }
            rest = next;
        }
        Ok(())
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.text[start..*end])
    }

    pub fn get(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)?;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        Some(&self.text[start..end])
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    fn push_word(&mut self, word: &str) {
        if word.is_ascii() {
            self.text.push_str(word);
            let start = self.ends.last().copied().unwrap_or(0);
            self.text[start..].make_ascii_lowercase();
            return self.end_token();
        }
        let mut is_character = false;
        for c in word.to_lowercase().chars() {
            if is_mark(c) {
                self.text.push(c);
                continue;
            }
            if is_character || is_cjk(c) {
                self.end_token();
            }
            is_character = is_cjk(c);
            if c.is_alphanumeric() || self.text.len() > self.ends.last().copied().unwrap_or(0) {
                self.text.push(c);
            }
        }
        self.end_token();
    }

    fn end_token(&mut self) {
        let start = self.ends.last().copied().unwrap_or(0);
        match self.text.len() - start {
            0 => {}
            1..=TOKEN_BYTES_MAX => self.ends.push(self.text.len()),
            _ => self.text.truncate(start),
        }
    }
}

/// Where to cut off a stretch: behind the last white space in it, over which no word goes.
fn stretch_end(text: &str) -> usize {
    if text.len() <= STRETCH_BYTES {
        return text.len();
    }
    let end = text.floor_char_boundary(STRETCH_BYTES);
    let space = text[..end].char_indices().rfind(|(_, c)| c.is_whitespace());
    space.map_or(end, |(at, c)| at + c.len_utf8())
}

/// Characters of scripts that write no spaces between words, and Korean syllables.
fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}'
        | '\u{3031}'..='\u{303c}' | '\u{3041}'..='\u{3096}' | '\u{309d}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9d}' | '\u{ffa0}'..='\u{ffdc}'
        | '\u{1b000}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}')
}

/// Marks that change the character before them.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{302a}'..='\u{302f}' | '\u{3099}'..='\u{309a}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{ff9e}'..='\u{ff9f}' | '\u{e0100}'..='\u{e01ef}')
}

/// The analysis as the index library asks for it. A stopped job gets no more tokens; whoever builds looks at
/// the gate after each document.
#[derive(Clone, Default)]
pub(super) struct Analysis {
    pub gate: Option<Arc<Gate>>,
    tokens: Tokens,
}

impl Analysis {
    pub fn of_job(gate: &Arc<Gate>) -> Analysis {
        Analysis { gate: Some(gate.clone()), tokens: Tokens::default() }
    }
}

impl Tokenizer for Analysis {
    type TokenStream<'a> = Stream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream<'a> {
        self.tokens.clear();
        let gate = self.gate.as_ref();
        // Stopped: what has been read is thrown away with the document.
        _ = self.tokens.read(text, |_| gate.map_or(Ok(()), |gate| gate.check()));
        Stream { tokens: &self.tokens, next: 0, token: Token::default() }
    }
}

/// One token after the other.
pub(super) struct Stream<'a> {
    tokens: &'a Tokens,
    next: usize,
    token: Token,
}

impl TokenStream for Stream<'_> {
    fn advance(&mut self) -> bool {
        let Some(text) = self.tokens.get(self.next) else { return false };
        self.token.text.clear();
        self.token.text.push_str(text);
        self.token.position = self.next;
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(Tokens::of(text).iter().collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn words_are_cut_as_unicode_says_and_lowered() {
        check("Harbour Lights", &["harbour", "lights"]);
        check(
            "Don't stop-me: 3.5 km, 2024-01-02!",
            &["don't", "stop", "me", "3.5", "km", "2024", "01", "02"],
        );
        check("ÉCOLE naïve Straße", &["école", "naïve", "straße"]);
        check("ΟΔΟΣ οδος", &["οδος", "οδος"]);
        check("  …—!  ", &[]);
        check("", &[]);
    }

    #[test]
    fn every_cjk_character_is_a_token() {
        check("海港之光 2046", &["海", "港", "之", "光", "2046"]);
        check("トトロとabc", &["ト", "ト", "ロ", "と", "abc"]);
        check("서울 city", &["서", "울", "city"]);
        check("か\u{3099}x", &["か\u{3099}", "x"]);
        check("K팝", &["k", "팝"]);
    }

    #[test]
    fn texts_longer_than_a_stretch_lose_no_word() {
        let words: Vec<String> = (0..60_000).map(|i| format!("w{i}")).collect();
        let tokens = Tokens::of(&words.join(" "));
        assert!(tokens.iter().eq(words.iter().map(String::as_str)));
        // A word that is longer than any token is left out.
        check(&format!("a {} b", "x".repeat(TOKEN_BYTES_MAX + 1)), &["a", "b"]);
        let han = "海".repeat(STRETCH_BYTES);
        assert_eq!(Tokens::of(&han).len(), STRETCH_BYTES);
    }
}
