//! The `spikemesh` program; everything is in [`spikemesh::cli`].

fn main() -> std::process::ExitCode {
    spikemesh::cli::main()
}
