//! SIGINT, SIGTERM and SIGHUP end the work like the time limit: what is decided is written, the exit status is 3, and no temporary
//! file stays. One is enough, whenever it comes.
//!
//! - *At once*, with nothing to write: from the first line of the program until a command has its limits, and while a file or
//!   standard input is read, which may never end.
//! - *Heeded* by the work itself through [`Control`](crate::search::control::Control) from then on. A second Ctrl-C ends the
//!   program at once; schedulers and terminals that are closed send their signals more than once, so the others do not.
//! - *Put off* while a file is written: between its temporary name and its own nothing may end the program.
//!
//! A SIGHUP that whoever started the program has it ignore (`nohup`) stays ignored.

use super::Status;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

/// That an end was asked for.
static ASKED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
/// Whether a signal ends the program where it stands. False where no handler is installed, as in tests.
static AT_ONCE: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Installs the handlers; the first thing that the program does.
pub(super) fn install() {
    AT_ONCE.store(true, Ordering::SeqCst);
    let status = Status::Undecided as i32;
    let mut signals = vec![SIGINT, SIGTERM];
    #[cfg(unix)]
    if !is_ignored(signal_hook::consts::SIGHUP) {
        signals.push(signal_hook::consts::SIGHUP);
    }
    for signal in signals {
        // actions run in the order in which they were registered; without them the signal ends the program, as by default
        let _ = register_conditional_shutdown(signal, status, Arc::clone(&AT_ONCE));
        if signal == SIGINT {
            let _ = register_conditional_shutdown(signal, status, Arc::clone(&ASKED));
        }
        let _ = register(signal, Arc::clone(&ASKED));
    }
}

/// The flag that signals set, for work that looks at it.
pub(super) fn heeded() -> Arc<AtomicBool> {
    AT_ONCE.store(false, Ordering::SeqCst);
    Arc::clone(&ASKED)
}

/// Work that leaves nothing behind wherever it ends.
pub(super) fn at_once<T>(work: impl FnOnce() -> T) -> T {
    // where nothing is installed, a signal does what it does anyway
    let before = AT_ONCE.swap(true, Ordering::SeqCst);
    if ASKED.load(Ordering::SeqCst) {
        std::process::exit(Status::Undecided as i32);
    }
    let done = work();
    AT_ONCE.store(before, Ordering::SeqCst);
    done
}

/// Work that has to be finished once it was begun.
pub(super) fn unbroken<T>(work: impl FnOnce() -> T) -> T {
    let before = AT_ONCE.swap(false, Ordering::SeqCst);
    let done = work();
    AT_ONCE.store(before, Ordering::SeqCst);
    if before && ASKED.load(Ordering::SeqCst) {
        std::process::exit(Status::Undecided as i32);
    }
    done
}

/// Whether the program was started with this signal ignored; where the system does not say, it was not.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}
