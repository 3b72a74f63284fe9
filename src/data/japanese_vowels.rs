//! JapaneseVowels: who speaks, by sequences of linear prediction coefficients, in the files of aeon and sktime.

use super::error::DataError;
use super::{Dataset, Registered, Wanted, ts};
use std::path::PathBuf;

const NAME: &str = "japanese-vowels";
/// Names of the folder in the packages that carry it.
const FOLDERS: [&str; 2] = [NAME, "JapaneseVowels"];
const FILES: [&str; 2] = ["JapaneseVowels_TRAIN.ts", "JapaneseVowels_TEST.ts"];
const SIZES: [usize; 3] = [248, 22, 370];
const GET: &str = "pip download --no-deps aeon==1.6.0, unzip it, and pass aeon/datasets/data in it as --data-dir; of the files that \
                   begin with JapaneseVowels_, those with _eq_ in their names are not read";
const SOURCE: &str = "Japanese Vowels, M. Kudo, J. Toyama, M. Shimbo, 1999, UCI Machine Learning Repository, doi:10.24432/C5NS47, \
                      CC BY 4.0; as in the package aeon";

pub(super) const ENTRY: Registered = Registered {
    name: NAME,
    about: "two vowels by nine speakers as sequences of 7 to 29 frames of 12 coefficients; the class is the speaker",
    sizes: SIZES,
    get: GET,
    source: SOURCE,
    locate: |folders| find(folders).map(|folder| folder.display().to_string()),
    load: |folders, (_, wanted)| load(folders, wanted),
    moves: false,
};

fn find(folders: &[PathBuf]) -> Result<PathBuf, DataError> {
    let inside = || folders.iter().flat_map(|folder| FOLDERS.map(|name| folder.join(name)));
    let candidates = || inside().chain(folders.iter().cloned());
    candidates().find(|folder| FILES.iter().all(|file| folder.join(file).is_file())).ok_or_else(|| {
        let looked: Vec<String> = candidates().map(|folder| folder.display().to_string()).collect();
        let looked = if looked.is_empty() { "no folder: none is given".into() } else { looked.join(", ") };
        DataError::Missing { name: NAME.into(), looked, advice: GET.into() }
    })
}

fn load(folders: &[PathBuf], wanted: Wanted) -> Result<Dataset, DataError> {
    let folder = find(folders)?;
    let all = ts::load_files(FILES.map(|file| folder.join(file)), (&folder, NAME), Wanted::All)?;
    let sizes = [all.train.len(), all.validation.len(), all.test.len()];
    if sizes != SIZES {
        let message = format!(
            "{} sequences; the data set has {}; to use your own data, name the folder instead",
            sizes.iter().sum::<usize>(),
            SIZES.iter().sum::<usize>()
        );
        return Err(DataError::file(&folder, message));
    }
    Ok(Dataset { source: SOURCE.into(), ..all.kept(wanted) })
}
