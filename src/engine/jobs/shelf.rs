//! Files that people find: each is there as a whole or not at all. Under its name
//! only once it is on the disk; one of that name before stays until then.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Puts a file into a folder, which is made if it is not there.
///
/// # Errors
/// As the system says; nothing is left of the attempt then.
pub fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let (half, path) = (folder.join(format!(".{name}.half")), folder.join(name));
    let put = write(&half, bytes).and_then(|()| fs::rename(&half, &path));
    if put.is_err() {
        let _ = fs::remove_file(&half);
    }
    put?;
    File::open(folder)?.sync_all()?;
    Ok(path)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_what_cannot_be_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("berichte/monat");
        put(&place, "a.pdf", b"old").unwrap();
        let path = put(&place, "a.pdf", b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        // A folder of that name is in the way.
        fs::create_dir(place.join("b.pdf")).unwrap();
        assert!(put(&place, "b.pdf", b"new").is_err());
        let mut names: Vec<_> =
            fs::read_dir(&place).unwrap().map(|it| it.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["a.pdf", "b.pdf"]);
    }
}
