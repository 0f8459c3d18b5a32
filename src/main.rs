//! The program: everything is in the library.

fn main() -> std::process::ExitCode {
    rapport::memory::be_sparing();
    rapport::cli::main()
}
