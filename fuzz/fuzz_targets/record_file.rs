#![no_main]

use std::sync::Once;

static HOOK: Once = Once::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // The reader of Parquet panics on some damaged pages, which is caught and refuses the file. libFuzzer would end
    // at the panic itself.
    HOOK.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            if !info.location().is_some_and(|at| at.file().contains("/parquet-")) {
                eprintln!("{info}");
                std::process::abort();
            }
        }));
    });
    gesso_fuzz::record_file::run(bytes);
});
