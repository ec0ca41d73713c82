//! Calendar dates as GES writes them: `YYYY-MM-DD` or `YYYY-MM-DD HH:MM:SS`, kept in the form written.

use std::cmp::Ordering;
use std::fmt;

/// An instant in UTC with the form it was written in, in one `i64`: seconds since 1970 shifted left
/// by three, form in the low bits. Order and equality are those of the instant.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Date(i64);

/// How a date was written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    DateOnly = 0,
    Space = 1,
    T = 2,
    SpaceMidnight24 = 3,
    TMidnight24 = 4,
}

impl Date {
    /// Reads `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SS` or the same with `T`; years 0001–9999, `24:00:00` allowed.
    pub fn parse(text: &str) -> Option<Date> {
        let b = text.as_bytes();
        if !matches!(b.len(), 10 | 19) || b[4] != b'-' || b[7] != b'-' {
            return None;
        }
        let (year, month, day) = (digits(&b[0..4])?, digits(&b[5..7])?, digits(&b[8..10])?);
        if year == 0 || !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
            return None;
        }
        let midnight = days_from_civil(year, month, day) * 86_400;
        if b.len() == 10 {
            return Some(Date::pack(midnight, Form::DateOnly));
        }
        let t = match b[10] {
            b' ' => false,
            b'T' => true,
            _ => return None,
        };
        if b[13] != b':' || b[16] != b':' {
            return None;
        }
        let (h, m, s) = (digits(&b[11..13])?, digits(&b[14..16])?, digits(&b[17..19])?);
        let midnight24 = (h, m, s) == (24, 0, 0);
        if !midnight24 && (h > 23 || m > 59 || s > 59) {
            return None;
        }
        let form = match (t, midnight24) {
            (false, false) => Form::Space,
            (true, false) => Form::T,
            (false, true) => Form::SpaceMidnight24,
            (true, true) => Form::TMidnight24,
        };
        Some(Date::pack(midnight + h * 3600 + m * 60 + s, form))
    }

    /// The date of an instant, or its day alone; none outside of the years 0001–9999.
    pub fn at(seconds: i64, has_time: bool) -> Option<Date> {
        let days = seconds.div_euclid(86_400);
        let is_in_range = (days_from_civil(1, 1, 1)..days_from_civil(10_000, 1, 1)).contains(&days);
        let (seconds, form) = if has_time { (seconds, Form::Space) } else { (days * 86_400, Form::DateOnly) };
        is_in_range.then(|| Date::pack(seconds, form))
    }

    /// Seconds since 1970-01-01 00:00:00 UTC.
    #[inline]
    pub fn seconds(self) -> i64 {
        self.0 >> 3
    }

    /// The packed number, for storage.
    #[inline]
    pub fn bits(self) -> i64 {
        self.0
    }

    /// The date that [`Date::bits`] gave.
    #[inline]
    pub fn from_bits(bits: i64) -> Date {
        Date(bits)
    }

    fn pack(seconds: i64, form: Form) -> Date {
        Date((seconds << 3) | form as i64)
    }
}

impl PartialEq for Date {
    fn eq(&self, other: &Date) -> bool {
        self.seconds() == other.seconds()
    }
}
impl Eq for Date {}
impl PartialOrd for Date {
    fn partial_cmp(&self, other: &Date) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Date {
    fn cmp(&self, other: &Date) -> Ordering {
        self.seconds().cmp(&other.seconds())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = self.0 & 7;
        let ends_day = form >= Form::SpaceMidnight24 as i64;
        let seconds = self.seconds() - if ends_day { 86_400 } else { 0 };
        let (y, m, d) = civil_from_days(seconds.div_euclid(86_400));
        write!(f, "{y:04}-{m:02}-{d:02}")?;
        if form == Form::DateOnly as i64 {
            return Ok(());
        }
        let s = seconds.rem_euclid(86_400);
        let h = if ends_day { 24 } else { s / 3600 };
        let sep = if form == Form::T as i64 || form == Form::TMidnight24 as i64 { 'T' } else { ' ' };
        write!(f, "{sep}{h:02}:{:02}:{:02}", s / 60 % 60, s % 60)
    }
}

fn digits(b: &[u8]) -> Option<i64> {
    b.iter().try_fold(0, |n, c| c.is_ascii_digit().then(|| n * 10 + i64::from(c - b'0')))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a proleptic Gregorian date, by counting from 1 March of year 0.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// A point in time as RFC 3339 with milliseconds, e.g. `2026-11-23T10:00:00.123Z`.
pub fn rfc3339_ms(unix_ms: u64) -> String {
    let seconds = (unix_ms / 1000) as i64;
    let (y, m, d) = civil_from_days(seconds.div_euclid(86_400));
    let s = seconds.rem_euclid(86_400);
    format!("{y:04}-{m:02}-{d:02}T{:02}:{:02}:{:02}.{:03}Z", s / 3600, s / 60 % 60, s % 60, unix_ms % 1000)
}

/// Reads an RFC 3339 time in UTC (`…Z`, fraction optional) as milliseconds since 1970.
pub fn parse_rfc3339_ms(text: &str) -> Option<u64> {
    let body = text.strip_suffix('Z')?;
    let (whole, fraction) = body.split_once('.').unwrap_or((body, "0"));
    let date = Date::parse(whole).filter(|_| whole.len() == 19)?;
    let digits: String = fraction.chars().chain("00".chars()).take(3).collect();
    let ms: u64 = digits.parse().ok()?;
    u64::try_from(date.seconds()).ok().map(|s| s * 1000 + ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_echoed_as_written() {
        for text in
            ["2024-02-29", "0001-01-01", "9999-12-31 24:00:00", "2021-03-04T05:06:07", "2021-03-04 05:06:07"]
        {
            assert_eq!(Date::parse(text).map(|d| d.to_string()).as_deref(), Some(text));
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in [
            "2023-02-29",
            "2024-2-9",
            "2024-13-01",
            "2024-01-01 25:00:00",
            "0000-01-01",
            "2024-01-01 24:00:01",
            "x",
        ] {
            assert!(Date::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn order_is_by_instant_whatever_the_form() {
        assert_eq!(Date::parse("2024-01-02"), Date::parse("2024-01-02 00:00:00"));
        assert_eq!(Date::parse("2024-01-01 24:00:00"), Date::parse("2024-01-02T00:00:00"));
        assert!(Date::parse("1969-12-31") < Date::parse("1970-01-01"));
    }

    #[test]
    fn rfc3339_round_trips() {
        assert_eq!(rfc3339_ms(1_795_428_000_123), "2026-11-23T10:00:00.123Z");
        assert_eq!(parse_rfc3339_ms("2026-11-23T10:00:00.123Z"), Some(1_795_428_000_123));
    }
}
