//! The command that makes a page, as the page says it.

use std::ffi::OsString;

/// The command as a shell takes it.
pub(super) fn command(arguments: impl Iterator<Item = OsString>) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_=./:,+@%".contains(c);
    let quoted = |argument: OsString| {
        let text = argument.to_string_lossy().into_owned();
        let plain = !text.is_empty() && text.chars().all(is_plain);
        if plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
    };
    std::iter::once("spikemesh".to_owned()).chain(arguments.map(quoted)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_written_as_a_shell_takes_it() {
        let text = |arguments: &[&str]| command(arguments.iter().map(OsString::from));
        assert_eq!(
            text(&["run", "--chip=loihi", "--set", "mesh.width=4"]),
            "spikemesh run --chip=loihi --set mesh.width=4"
        );
        assert_eq!(text(&["run", "--network", "my net"]), "spikemesh run --network 'my net'");
        assert_eq!(text(&["it's", ""]), "spikemesh 'it'\\''s' ''");
    }
}
