//! The program: everything is in the library.

/// The system's allocator keeps what each thread has freed, the memory of every password check among it: a server that did
/// nothing any more held four times as much.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    rapport::cli::main()
}
