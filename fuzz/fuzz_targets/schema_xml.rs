//! A schema file of any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(file) = gesso_io::parse_schema(bytes) {
        _ = gesso_graph::Schema::default().merged(&file.labels);
    }
});
