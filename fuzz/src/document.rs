//! A JSON document of any bytes, such as a manifest.

use gesso_store::decode_json;
use std::path::Path;

/// One input.
pub fn run(bytes: &[u8]) {
    if let Ok(value) = decode_json::<serde_json::Value>(Path::new("manifest.json"), bytes) {
        let again = gesso_store::manifest::encode_json(Path::new("manifest.json"), &value).expect("JSON");
        assert_eq!(
            decode_json::<serde_json::Value>(Path::new("manifest.json"), &again).expect("ours"),
            value
        );
    }
}
