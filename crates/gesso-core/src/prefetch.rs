//! Asking for memory before it is needed.
//!
//! Loops over vertices in no order of memory wait for the first arcs of each; asked for some vertices ahead, they
//! come while others are worked on.
//!
//! `unsafe` is the processor's instruction for it, which reads nothing into the program and can not fail.
#![expect(unsafe_code, reason = "an instruction that is a hint only")]

/// Asks for the cache line of an item; for nothing beyond the end.
#[inline]
pub fn prefetch<T>(items: &[T], at: usize) {
    let Some(item) = items.get(at) else { return };
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE is part of x86-64, and a hint changes no state that a program sees, whatever the address.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(
            std::ptr::from_ref(item).cast(),
        );
    }
    // Elsewhere stable Rust has no such instruction.
    #[cfg(not(target_arch = "x86_64"))]
    let _ = item;
}

#[cfg(test)]
mod tests {
    use super::prefetch;

    #[test]
    fn any_place_may_be_asked_for() {
        let items = vec![7u32; 100];
        for at in [0, 99, 100, usize::MAX] {
            prefetch(&items, at);
        }
        prefetch::<u64>(&[], 0);
        assert!(items.iter().all(|item| *item == 7));
    }
}
