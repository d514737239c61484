//! CPU time and memory out of the process table.

use std::fs;

/// Clock ticks a second in `/proc`; fixed at 100 by the kernel's interface.
const TICKS: u64 = 100;

/// Places of fields in `/proc/*/stat` after the process's name.
const PARENT: usize = 1;
const OWN: [usize; 2] = [11, 12];
const ENDED_CHILDREN: [usize; 2] = [13, 14];

/// What a set of processes has used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) cpu_ms: u64,
    pub(crate) resident_kib: u64,
}

/// The fields of a process's line after its name, which may hold spaces.
fn fields(process: u32) -> Vec<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let rest = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
    rest.split_ascii_whitespace().map(|field| field.parse().unwrap_or_default()).collect()
}

fn cpu_ms(fields: &[u64], places: [usize; 2]) -> u64 {
    places.into_iter().filter_map(|place| fields.get(place)).sum::<u64>() * 1_000 / TICKS
}

/// The usage of one process.
pub(crate) fn of(process: u32) -> Usage {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).and_then(|rest| rest.trim().split(' ').next()?.parse().ok());
    Usage { cpu_ms: cpu_ms(&fields(process), OWN), resident_kib: resident.unwrap_or_default() }
}

/// The usage of a process and its children, ended ones included.
pub(crate) fn of_family(process: u32) -> Usage {
    let mut sum = of(process);
    sum.cpu_ms += cpu_ms(&fields(process), ENDED_CHILDREN);
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(child) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        if parent(child) == process {
            let usage = of(child);
            sum.cpu_ms += usage.cpu_ms;
            sum.resident_kib += usage.resident_kib;
        }
    }
    sum
}

/// The process that started this one.
pub(crate) fn parent(process: u32) -> u32 {
    fields(process).get(PARENT).and_then(|field| u32::try_from(*field).ok()).unwrap_or_default()
}
