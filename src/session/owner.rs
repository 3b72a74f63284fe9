//! Ownership of the cache: networks that other users can put there are not used.

use std::fs::DirBuilder;
use std::io;
use std::path::Path;

/// Makes a folder for this user alone, and the folders above it.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Reports which other user could have written a file or folder, if any; nothing for a missing file.
#[cfg(unix)]
pub fn stranger(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    // A link is checked itself, and so is its target.
    for meta in [std::fs::symlink_metadata(path), std::fs::metadata(path)].into_iter().flatten() {
        if meta.uid() != user {
            return Some(format!("{} belongs to another user", path.display()));
        }
        if !meta.is_symlink() && meta.mode() & 0o002 != 0 {
            return Some(format!("every user can write to {}", path.display()));
        }
    }
    None
}

/// On other systems a user's cache is in the user's profile.
#[cfg(not(unix))]
pub fn stranger(_: &Path) -> Option<String> {
    None
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_others_can_write_to_is_not_trusted() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("cache/spikemesh");
        assert_eq!(stranger(&folder), None, "it is not there");
        make_folder(&folder).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(stranger(&folder), None);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(stranger(&folder).unwrap().starts_with("every user can write to "));
        // The owner is another user, regardless of who runs the test.
        let owner = |path: &Path| std::os::unix::fs::MetadataExt::uid(&fs::metadata(path).unwrap());
        let root = Path::new("/");
        let others = owner(root) != owner(&folder);
        assert_eq!(stranger(root).is_some_and(|why| why.contains("another user")), others);
        let linked = scratch.path().join("link");
        std::os::unix::fs::symlink(&folder, &linked).unwrap();
        assert!(stranger(&linked).is_some(), "where a link leads counts");
    }
}
