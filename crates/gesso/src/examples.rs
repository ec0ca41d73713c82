//! Parameters with which an algorithm runs where nobody chose any.

use gesso_algo::{Info, Kind, Literal};
use serde_json::{Map, Value};

/// A value for every parameter that has to be given, or without which a run may take very long. Ids of vertices are taken from `vertices` in turn.
pub fn parameters(info: &Info, vertices: &[&str]) -> Map<String, Value> {
    let mut ids = vertices.iter().cycle();
    let mut given = Map::new();
    for param in info.params.iter().filter(|param| param.required || param.example.is_some()) {
        let value = match (param.kind, param.example.or(param.default)) {
            (Kind::Vertex | Kind::Vertices { .. }, _) => ids.next().copied().unwrap_or_default().into(),
            (_, Some(literal)) => json_of(literal),
            (_, None) => Value::Null,
        };
        given.insert(param.name.to_owned(), value);
    }
    given
}

/// A declared value as JSON.
pub fn json_of(literal: Literal) -> Value {
    match literal {
        Literal::Real(v) => v.into(),
        Literal::Int(v) => v.into(),
        Literal::Bool(v) => v.into(),
        Literal::Text(v) => v.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_accepts_its_example() {
        for entry in gesso_algo::registry::all() {
            let prepared = entry.prepare(&parameters(entry.info(), &["0", "1"]));
            assert!(prepared.is_ok(), "{}: {:?}", entry.info().name, prepared.err());
        }
    }
}
