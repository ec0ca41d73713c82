#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gesso_fuzz::segment::run(bytes));
