//! Facts about the machine and this process, as the system tells them.

use serde_json::{Value, json};
use std::fs;

/// The part of the machine's memory that jobs may hold by default, in percent.
const MEMORY_SHARE_PERCENT: u64 = 60;

/// Cores that the process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Bytes of memory of the machine; 4 GiB where the system does not tell.
pub fn memory_bytes() -> u64 {
    field_kib("/proc/meminfo", "MemTotal:").unwrap_or(4 << 30)
}

/// Bytes that jobs may hold by default.
pub fn memory_share_bytes() -> u64 {
    memory_bytes() / 100 * MEMORY_SHARE_PERCENT
}

/// Bytes of memory that this process has resident; 0 where the system does not tell.
pub fn resident_bytes() -> u64 {
    field_kib("/proc/self/status", "VmRSS:").unwrap_or(0)
}

/// What a measurement depends on: processor, cores, memory, kernel.
pub fn facts() -> Value {
    json!({
        "cpu": cpu_model(),
        "cores": cores(),
        "memoryBytes": memory_bytes(),
        "kernel": fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim(),
    })
}

fn cpu_model() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find(|line| line.starts_with("model name")).and_then(|l| l.split(": ").nth(1));
    model.unwrap_or(std::env::consts::ARCH).to_owned()
}

fn field_kib(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib << 10)
}
