//! A social network as CSV files: persons who know each other, write messages and like them.
//!
//! Degrees are skewed, friends are often near each other, ids are scattered. Files have Gesso's own
//! form: id, label, properties.

use gesso_core::rng::Rng;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Schema of the files.
pub const SCHEMA: &str = include_str!("../../assets/bench/social.xml");
/// Vertex files, each named after its label.
pub const VERTICES: [&str; 2] = ["person", "message"];
/// Edge files, each named after its label.
pub const EDGES: [&str; 3] = ["knows", "likes", "has_creator"];

/// Friendships, messages and likes of a person, on average.
const KNOWS: u64 = 20;
const MESSAGES: u64 = 6;
const LIKES: u64 = 20;

const NAMES: [&str; 12] =
    ["Amal", "Birte", "Cosmo", "Dilara", "Enno", "Farah", "Gil", "Hedda", "Ilias", "Jory", "Kaya", "Lorin"];
const WORDS: [&str; 12] = [
    "harbour", "lantern", "meadow", "orbit", "pepper", "quarry", "ribbon", "saddle", "tunnel", "umbrella",
    "violin", "walnut",
];
const BROWSERS: [&str; 4] = ["Chrome", "Firefox", "Opera", "Safari"];
const LANGUAGES: [&str; 6] = ["de", "en", "es", "fr", "ja", "zh"];

/// 2012-01-01 and three years, in milliseconds.
const EPOCH_MS: u64 = 1_325_376_000_000;
const SPAN_MS: u64 = 3 * YEAR_MS;
const YEAR_MS: u64 = 365 * 86_400_000;

/// Writes all files for so many persons. Equal seeds write equal bytes.
pub fn generate(dir: &Path, persons: u32, seed: u64) -> io::Result<()> {
    let persons = u64::from(persons.max(2));
    std::fs::write(dir.join("social.xml"), SCHEMA)?;
    let rng = |part| Rng::new(seed, part);
    write(dir, "person", |out| (0..persons).try_for_each(|p| person(out, p, &mut rng(p))))?;
    let messages = persons * MESSAGES;
    write(dir, "message", |out| (0..messages).try_for_each(|m| message(out, m, &mut rng(m ^ 1 << 40))))?;
    write(dir, "knows", |out| knows(out, persons, &mut rng(1 << 41)))?;
    write(dir, "likes", |out| likes(out, persons, messages, &mut rng(1 << 42)))?;
    write(dir, "has_creator", |out| creators(out, persons, messages, &mut rng(1 << 43)))
}

fn write(
    dir: &Path,
    name: &str,
    rows: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(dir.join(format!("{name}.csv")))?);
    rows(&mut out)?;
    out.flush()
}

/// Multiplying by an odd number permutes the numbers below 2^40.
fn scattered(i: u64, odd: u64) -> u64 {
    i.wrapping_mul(odd) & ((1 << 40) - 1)
}

fn person_id(p: u64) -> u64 {
    scattered(p + 1, 0x9E37_79B9)
}

/// Above 2^40, so that no message has a person's id.
fn message_id(m: u64) -> u64 {
    (1 << 40) + scattered(m + 1, 0x85EB_CA6B)
}

fn pick<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    from[rng.below(from.len() as u64) as usize]
}

/// Small numbers more often: the square of an even distribution.
fn skewed(rng: &mut Rng, bound: u64) -> u64 {
    let unit = rng.unit();
    ((unit * unit * bound as f64) as u64).min(bound - 1)
}

fn person(out: &mut impl Write, p: u64, rng: &mut Rng) -> io::Result<()> {
    let age = 18 + rng.below(60);
    // Before 1970 for the older ones.
    let birthday = EPOCH_MS as i64 - (age * YEAR_MS + rng.below(YEAR_MS)) as i64;
    writeln!(
        out,
        "{},person,{},{},{},{age},{birthday},{},{},City-{}",
        person_id(p),
        pick(rng, &NAMES),
        pick(rng, &NAMES),
        pick(rng, &["female", "male"]),
        EPOCH_MS + rng.below(SPAN_MS),
        pick(rng, &BROWSERS),
        skewed(rng, 1200),
    )
}

fn message(out: &mut impl Write, m: u64, rng: &mut Rng) -> io::Result<()> {
    writeln!(
        out,
        "{},message,{},{},{},{},{} {} {}",
        message_id(m),
        pick(rng, &["Post", "Comment"]),
        EPOCH_MS + rng.below(SPAN_MS),
        1 + skewed(rng, 400),
        pick(rng, &LANGUAGES),
        pick(rng, &WORDS),
        pick(rng, &WORDS),
        pick(rng, &WORDS),
    )
}

/// Half of the friends are near by, the other half anywhere, the first persons most of all.
fn knows(out: &mut impl Write, persons: u64, rng: &mut Rng) -> io::Result<()> {
    for p in 0..persons {
        for _ in 0..=skewed(rng, KNOWS * 3) {
            let other = match rng.below(2) {
                0 => (p + 1 + skewed(rng, KNOWS * 4)) % persons,
                _ => skewed(rng, persons),
            };
            if other != p {
                let (date, weight) = (EPOCH_MS + rng.below(SPAN_MS), 1 + rng.below(100));
                writeln!(out, "{},{},knows,{date},{weight}", person_id(p), person_id(other))?;
            }
        }
    }
    Ok(())
}

fn likes(out: &mut impl Write, persons: u64, messages: u64, rng: &mut Rng) -> io::Result<()> {
    for _ in 0..persons * LIKES {
        let (who, what) = (rng.below(persons), skewed(rng, messages));
        let date = EPOCH_MS + rng.below(SPAN_MS);
        writeln!(out, "{},{},likes,{date}", person_id(who), message_id(what))?;
    }
    Ok(())
}

fn creators(out: &mut impl Write, persons: u64, messages: u64, rng: &mut Rng) -> io::Result<()> {
    for m in 0..messages {
        writeln!(out, "{},{},has_creator", message_id(m), person_id(skewed(rng, persons)))?;
    }
    Ok(())
}
