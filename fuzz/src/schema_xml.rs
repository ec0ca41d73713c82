//! A schema file of any bytes.

/// One input.
pub fn run(bytes: &[u8]) {
    if let Ok(file) = gesso_io::parse_schema(bytes) {
        _ = gesso_graph::Schema::default().merged(&file.labels);
    }
}
