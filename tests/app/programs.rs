//! Programs that tests borrow from the machine: found, started so that they die with the test process, and left out with
//! one clear line where they are missing. What the programs are asked to do is not here.

#![allow(dead_code, reason = "a kit: not every test run uses every tool")]

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::{LazyLock, Mutex, PoisonError, mpsc};
use std::{env, thread};

/// Finds a program by name in `PATH`, as an absolute path with symbolic links followed.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|dir| dir.join(name))
        .filter(|file| file.is_file())
        .find_map(|file| file.canonicalize().ok())
}

/// Starts a program that receives `signal` when this process ends, however it ends; errors as [`Command::spawn`] does.
pub fn spawn(mut command: Command, signal: libc::c_int) -> io::Result<Child> {
    die_with_us(&mut command, signal);
    let (answer, started) = mpsc::sync_channel(1);
    let gone = || io::Error::other("the thread that starts programs has ended");
    STARTER.send((command, answer)).map_err(|_| gone())?;
    started.recv().map_err(|_| gone())?
}

/// Tells whether a missing program fails the tests that need it: in CI, or when `RAPPORT_REQUIRE_ALL` is set.
pub fn all_required() -> bool {
    ["CI", "RAPPORT_REQUIRE_ALL"].iter().any(|name| env::var(name).is_ok_and(|v| !matches!(&*v, "" | "0" | "false")))
}

/// Says once on stderr that `tests` are left out and why; panics instead where [`all_required`].
#[track_caller]
pub fn leave_out(tests: &str, why: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    assert!(!all_required(), "{tests} are required here but cannot run: {why}");
    if SAID.lock().unwrap_or_else(PoisonError::into_inner).insert(tests.to_owned()) {
        // Straight to stderr: the test harness swallows what `eprintln!` says in a test that passes.
        let _ = writeln!(io::stderr(), "left out: {tests} ({why})");
    }
}

type Order = (Command, mpsc::SyncSender<io::Result<Child>>);

/// One thread starts every program and never ends, because Linux sends the parent-death signal when the *thread* that
/// forked is gone, and the harness runs each test on a thread of its own.
static STARTER: LazyLock<mpsc::Sender<Order>> = LazyLock::new(|| {
    let (orders, inbox) = mpsc::channel::<Order>();
    thread::Builder::new()
        .name("programs".into())
        .spawn(move || {
            for (mut command, answer) in inbox {
                let _ = answer.send(command.spawn());
            }
        })
        .expect("a thread to start programs from");
    orders
});

#[cfg(target_os = "linux")]
fn die_with_us(command: &mut Command, signal: libc::c_int) {
    use std::os::unix::process::CommandExt;
    let ask = move || match unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, signal as libc::c_ulong) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed, and prctl is one.
    unsafe { command.pre_exec(ask) };
}

#[cfg(not(target_os = "linux"))]
fn die_with_us(_command: &mut Command, _signal: libc::c_int) {}
