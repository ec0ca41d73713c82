//! Parameters of a request, read by their declaration: spec 05, section 1.

use crate::condition::{self, Layer};
use crate::csv;
use crate::error::AlgoError;
use crate::info::{Info, Kind, Literal, Param};
use crate::window;
use gesso_core::json;
use gesso_core::value::parse_bool;
use gesso_graph::TimeWindow;
use serde_json::{Map, Value};

/// Parameters of one request: each known, readable and within its range.
#[derive(Debug)]
pub struct Args {
    values: Vec<(&'static str, Arg)>,
    mode: Mode,
}

/// Who waits for the answer. Some limits are lower where a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nobody: it is kept until it is asked for.
    Job,
    /// The client.
    Sync,
}

#[derive(Clone, Debug)]
enum Arg {
    Real(f64),
    Int(i64),
    Bool(bool),
    Text(String),
    Texts(Vec<String>),
    Pairs(Vec<(String, String)>),
    Window(Option<TimeWindow>),
    Filter(Value),
    Layers(Vec<Layer>),
}

impl Args {
    /// Reads the parameters that `info` declares. Numbers and booleans may come as text; null is as good as
    /// absent. Fails for names that are not declared, values out of range, and what is required and missing.
    pub fn read(info: &Info, given: &Map<String, Value>, mode: Mode) -> Result<Args, AlgoError> {
        let mut values = Vec::with_capacity(given.len());
        for (name, value) in given {
            let param = info.params.iter().find(|p| p.is_called(name));
            let param = param.ok_or_else(|| AlgoError::UnknownParameter { name: name.clone() })?;
            if let Some(arg) = read_one(param, value)? {
                values.push((param.name, arg));
            }
        }
        let args = Args { values, mode };
        match info.params.iter().find(|p| p.required && args.get(p).is_none()) {
            Some(missing) => Err(AlgoError::Required { name: missing.name }),
            None => Ok(args),
        }
    }

    /// The value of a [`Kind::Real`] parameter.
    pub fn real(&self, param: &Param) -> f64 {
        match (self.get(param), param.default) {
            (Some(Arg::Real(v)), _) => *v,
            (None, Some(Literal::Real(v))) => v,
            _ => misdeclared(param),
        }
    }

    /// The value of a [`Kind::Int`] parameter.
    pub fn int(&self, param: &Param) -> i64 {
        match (self.get(param), param.default) {
            (Some(Arg::Int(v)), _) => *v,
            (None, Some(Literal::Int(v))) => v,
            _ => misdeclared(param),
        }
    }

    /// The value of a [`Kind::Bool`] parameter.
    pub fn flag(&self, param: &Param) -> bool {
        match (self.get(param), param.default) {
            (Some(Arg::Bool(v)), _) => *v,
            (None, Some(Literal::Bool(v))) => v,
            _ => misdeclared(param),
        }
    }

    /// The value of a [`Kind::Vertex`] parameter or, in the case of its declaration, [`Kind::Choice`].
    pub fn text(&self, param: &Param) -> String {
        match (self.get(param), param.default) {
            (Some(Arg::Text(v)), _) => v.clone(),
            (None, Some(Literal::Text(v))) => v.to_owned(),
            _ => misdeclared(param),
        }
    }

    /// The value of a [`Kind::Property`] or [`Kind::Label`] parameter; none for the empty text.
    pub fn property(&self, param: &Param) -> Option<String> {
        match self.get(param) {
            Some(Arg::Text(v)) if !v.is_empty() => Some(v.clone()),
            None => match param.default {
                Some(Literal::Text(v)) if !v.is_empty() => Some(v.to_owned()),
                _ => None,
            },
            _ => None,
        }
    }

    /// The pairs of a [`Kind::Pairs`] parameter, if it was given.
    pub fn pairs(&self, param: &Param) -> Option<Vec<(String, String)>> {
        match self.get(param) {
            Some(Arg::Pairs(v)) => Some(v.clone()),
            _ => None,
        }
    }

    /// The value of an optional [`Kind::Vertex`] or [`Kind::Property`] parameter, if it was given.
    pub fn text_if(&self, param: &Param) -> Option<String> {
        match self.get(param) {
            Some(Arg::Text(v)) => Some(v.clone()),
            _ => None,
        }
    }

    /// The value of an optional [`Kind::Int`] parameter without default, if it was given.
    pub fn int_if(&self, param: &Param) -> Option<i64> {
        match self.get(param) {
            Some(Arg::Int(v)) => Some(*v),
            _ => None,
        }
    }

    /// The value of a [`Kind::Texts`], [`Kind::Vertices`] or [`Kind::Words`] parameter, if it was given.
    pub fn texts(&self, param: &Param) -> Option<Vec<String>> {
        match self.get(param) {
            Some(Arg::Texts(v)) => Some(v.clone()),
            _ => None,
        }
    }

    /// The value of a [`Kind::Window`] parameter: none if it was not given, the inner none if it has no
    /// effect.
    pub fn window(&self, param: &Param) -> Option<Option<TimeWindow>> {
        match self.get(param) {
            Some(Arg::Window(v)) => Some(v.clone()),
            _ => None,
        }
    }

    /// The value of a [`Kind::Filter`] parameter, if it was given and is not empty.
    pub fn filter(&self, param: &Param) -> Option<Value> {
        match self.get(param) {
            Some(Arg::Filter(v)) => Some(v.clone()),
            _ => None,
        }
    }

    /// The value of a [`Kind::Layers`] parameter, if it was given.
    pub fn layers(&self, param: &Param) -> Option<Vec<Layer>> {
        match self.get(param) {
            Some(Arg::Layers(v)) => Some(v.clone()),
            _ => None,
        }
    }

    /// Who waits for the answer.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    fn get(&self, param: &Param) -> Option<&Arg> {
        self.values.iter().rev().find(|(name, _)| *name == param.name).map(|(_, arg)| arg)
    }
}

/// Reading a parameter as something else than its declaration says is a mistake in an algorithm's file,
/// which the first run of its tests shows.
fn misdeclared(param: &Param) -> ! {
    unreachable!("parameter {} is read as another kind than it is declared", param.name)
}

fn read_one(param: &Param, value: &Value) -> Result<Option<Arg>, AlgoError> {
    if value.is_null() {
        return Ok(None);
    }
    let arg = match param.kind {
        Kind::Hint => return Ok(None),
        Kind::Window => return window::read(param.name, value).map(|w| Some(Arg::Window(w))),
        Kind::Filter => return condition::filter(param.name, Some(value)).map(|v| v.map(Arg::Filter)),
        Kind::Layers => return condition::layers(value).map(|v| Some(Arg::Layers(v))),
        Kind::Real(bounds) => real(value).filter(|v| bounds.contains(v)).map(Arg::Real),
        Kind::Int(bounds) => int(value).filter(|v| bounds.contains(v)).map(Arg::Int),
        Kind::Bool => flag(value).map(Arg::Bool),
        Kind::Vertex | Kind::Property | Kind::Label => value.as_str().map(|v| Arg::Text(v.to_owned())),
        Kind::Choice(words) => value.as_str().and_then(|v| word(words, v)).map(Arg::Text),
        Kind::Texts if value.as_str() == Some("") => return Ok(None),
        Kind::Texts => json::listed(value).and_then(|items| texts_of(&items)).map(Arg::Texts),
        Kind::Vertices { most, may_repeat } => csv::vertices(value, most, may_repeat).map(Arg::Texts),
        Kind::Pairs => csv::pairs(value).map(Arg::Pairs),
        Kind::Words(_) => csv::words(value).map(Arg::Texts),
    };
    match arg {
        Some(arg) => Ok(Some(arg)),
        None => Err(AlgoError::Invalid { name: param.name, expected: param.kind.to_string() }),
    }
}

fn real(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(s) => s.trim().parse().ok(),
        _ => None,
    }
}

/// Whole numbers also where they are written with a fraction of zero, as some clients do.
pub(crate) fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => n.as_i64().or_else(|| n.as_f64().and_then(whole)),
        Value::String(s) => s.trim().parse().ok(),
        _ => None,
    }
}

fn whole(value: f64) -> Option<i64> {
    // Beyond 2^53 not every whole number has a float of its own.
    (value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0).then_some(value as i64)
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(b) => Some(*b),
        Value::String(s) => parse_bool(s.trim()),
        _ => None,
    }
}

fn word(words: &[&str], given: &str) -> Option<String> {
    words.iter().find(|w| w.eq_ignore_ascii_case(given.trim())).map(|w| (*w).to_owned())
}

pub(crate) fn texts(value: &Value) -> Option<Vec<String>> {
    texts_of(value.as_array()?)
}

fn texts_of(items: &[Value]) -> Option<Vec<String>> {
    items.iter().map(|v| v.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::info::{Bounds, Demand, Family};
    use serde_json::json;

    const ALPHA: Param = Param::new("alpha", Kind::Real(Bounds::open(0.0, 1.0)), "").or(Literal::Real(0.85));
    const K: Param = Param::new("k", Kind::Int(Bounds::closed(1, 100)), "").required();
    const MODE: Param = Param::new("mode", Kind::Choice(&["OUT", "IN"]), "").or(Literal::Text("OUT"));
    const WEIGHT: Param = Param::new("weight", Kind::Property, "");
    const HINT: Param = Param::new("num_thread", Kind::Hint, "");
    const LABELS: Param = Param::new("labels", Kind::Texts, "");
    const INFO: Info = Info {
        name: "test",
        aliases: &[],
        family: Family::Path,
        demand: Demand::Any,
        summary: "",
        params: &[ALPHA, K, MODE, WEIGHT, HINT, LABELS],
        outputs: &[],
        source: "",
    };

    fn check(given: Value, expected: Result<(f64, i64, &str, Option<&str>), &str>) {
        let got = Args::read(&INFO, given.as_object().unwrap(), Mode::Job);
        let got = got.map(|a| (a.real(&ALPHA), a.int(&K), a.text(&MODE), a.property(&WEIGHT)));
        let expected = expected.map(|(a, k, m, w)| (a, k, m.to_owned(), w.map(str::to_owned)));
        assert_eq!(got.map_err(|e| e.to_string()), expected.map_err(str::to_owned));
    }

    #[test]
    fn numbers_may_be_texts_and_null_is_absent() {
        check(json!({"k": "5", "alpha": " 0.5 "}), Ok((0.5, 5, "OUT", None)));
        check(json!({"k": 5.0, "alpha": null, "mode": "in"}), Ok((0.85, 5, "IN", None)));
        check(json!({"k": 5, "weight": "", "num_thread": 99}), Ok((0.85, 5, "OUT", None)));
        check(json!({"k": 5, "weight": "w"}), Ok((0.85, 5, "OUT", Some("w"))));
    }

    #[test]
    fn lists_may_come_in_a_text() {
        let read = |labels: Value| {
            let given = json!({"k": 1, "labels": labels});
            let args = Args::read(&INFO, given.as_object().unwrap(), Mode::Job);
            args.map(|args| args.texts(&LABELS)).map_err(|e| e.to_string())
        };
        let some = |labels: &[&str]| Ok(Some(labels.iter().map(|l| (*l).to_owned()).collect()));
        assert_eq!(read(json!(["a", "b"])), some(&["a", "b"]));
        assert_eq!(read(json!("[\"a\", \"b\"]")), some(&["a", "b"]));
        assert_eq!(read(json!("a,b")), some(&["a,b"]));
        assert_eq!(read(json!("[a")), some(&["[a"]));
        assert_eq!((read(json!("")), read(Value::Null)), (Ok(None), Ok(None)));
        let refused = "parameter [labels] is invalid, expected an array of texts".to_owned();
        assert_eq!((read(json!("[1]")), read(json!(7))), (Err(refused.clone()), Err(refused)));
    }

    #[test]
    fn a05_002_values_out_of_range_are_refused_by_name() {
        check(json!({"k": 0}), Err("parameter [k] is invalid, expected [1,100]"));
        check(json!({"k": 1.5}), Err("parameter [k] is invalid, expected [1,100]"));
        check(json!({"k": 1, "alpha": 1}), Err("parameter [alpha] is invalid, expected (0,1)"));
        check(json!({"k": 1, "mode": "up"}), Err("parameter [mode] is invalid, expected OUT, IN"));
        check(
            json!({"k": 1, "weight": 3}),
            Err("parameter [weight] is invalid, expected the name of a property"),
        );
    }

    #[test]
    fn a05_003_and_005_missing_and_misspelt_parameters_are_named() {
        check(json!({}), Err("parameter [k] is required"));
        check(json!({"k": null}), Err("parameter [k] is required"));
        check(json!({"k": 1, "alhpa": 0.5}), Err("parameter [alhpa] is not supported"));
    }
}
