//! The measurements of the documentation, for commands that name files from the top of the repository.

use std::path::Path;

/// Copies `docs/data/` to the same place in a folder.
pub fn copy_to(folder: &Path) {
    let place = folder.join("docs/data");
    std::fs::create_dir_all(&place).unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/data");
    for entry in std::fs::read_dir(data).unwrap().map(Result::unwrap) {
        std::fs::copy(entry.path(), place.join(entry.file_name())).unwrap();
    }
}
