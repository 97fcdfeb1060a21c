//! The command line; see `counterproof --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    counterproof::cli::main()
}
