//! Damaged files of every kind, by the thousand, through the readers of the library: no panic, and of processor time and
//! memory what the budget allows.
//!
//! A test program of its own, with one test: it counts the bytes that all threads hold. Inputs are drawn from good files of
//! each kind by a generator with a fixed seed, so that a run is the same every time; files that were once read wrongly
//! are kept in `tests/corpus/found/KIND` and come first. `SPIKEMESH_INPUTS` is how many inputs there are of each kind; CI
//! has 5,000. With `SPIKEMESH_SEEDS=FOLDER` the good files are written there, by kind, for libFuzzer.

mod budget;
mod damage;
mod good;
#[path = "../fuzz/readers.rs"]
mod readers;

use budget::{Spent, spent};
use damage::Damage;
use readers::{MOST_BYTES, MOST_SECONDS, READERS, Reader};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Inputs of each kind where nobody says how many.
const USUAL: u64 = 120;

fn inputs() -> u64 {
    std::env::var("SPIKEMESH_INPUTS").map_or(USUAL, |count| count.parse().expect("SPIKEMESH_INPUTS is a number"))
}

/// What became of the inputs of a kind.
#[derive(Default)]
struct Tally {
    taken: u64,
    worst: Spent,
    wrong: Vec<String>,
}

impl Tally {
    /// Reads an input, and notes what was wrong with how that went.
    fn judge(&mut self, kind: &str, reader: Reader, folder: &Path, bytes: &[u8], number: u64) {
        let (read, used) = spent(|| catch_unwind(AssertUnwindSafe(|| reader(folder, bytes))));
        self.worst.seconds = self.worst.seconds.max(used.seconds);
        self.worst.bytes = self.worst.bytes.max(used.bytes);
        let wrong = match read {
            Err(panic) => Some(format!("panicked: {}", text_of(&*panic))),
            Ok(taken) => {
                self.taken += u64::from(taken);
                let much = used.seconds > MOST_SECONDS || used.bytes > MOST_BYTES;
                much.then(|| format!("took {:.1} s of processor time and {} MB", used.seconds, used.bytes >> 20))
            }
        };
        if let Some(what) = wrong {
            let kept = keep(kind, bytes, number);
            self.wrong.push(format!("{kind}, input {number}, {} bytes: {what}; {kept}", bytes.len()));
        }
    }
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or(panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// Files of a kind that were once read wrongly.
fn found(kind: &str) -> Vec<Vec<u8>> {
    let folder = readers::repository().join("tests/corpus/found").join(kind);
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Keeps an input that was read wrongly, where a developer finds it.
fn keep(kind: &str, bytes: &[u8], number: u64) -> String {
    let folder = std::env::temp_dir().join("spikemesh-corpus");
    let path = folder.join(format!("{kind}-{number}"));
    let kept = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, bytes));
    kept.map_or_else(|error| error.to_string(), |()| path.display().to_string())
}

#[test]
fn no_damaged_file_panics_or_takes_more_than_its_budget() {
    let good = good::all();
    if let Some(folder) = std::env::var_os("SPIKEMESH_SEEDS") {
        good.iter().for_each(|(kind, files)| good::write(Path::new(&folder), kind, files));
    }
    // A panic is told by the test, not by every thread.
    std::panic::set_hook(Box::new(|_| {}));
    let wrong: Vec<String> = READERS.iter().flat_map(|(kind, reader)| of_kind(kind, *reader, &good[*kind])).collect();
    let _ = std::panic::take_hook();
    assert!(wrong.is_empty(), "{} inputs:\n{}", wrong.len(), wrong.join("\n"));
}

/// Everything wrong with a kind of file.
fn of_kind(kind: &str, reader: Reader, good: &[Vec<u8>]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (mut sound, mut tally, mut damage) = (Tally::default(), Tally::default(), Damage::new(kind, good));
    (0..).zip(good).for_each(|(number, bytes)| sound.judge(kind, reader, folder.path(), bytes, number));
    let damaged = std::iter::from_fn(|| Some(damage.draw())).take(inputs() as usize);
    for (number, bytes) in (0..).zip(found(kind).into_iter().chain(damaged)) {
        tally.judge(kind, reader, folder.path(), &bytes, number);
    }
    let Tally { taken, worst, wrong } = tally;
    println!("{kind}: {} inputs, {taken} taken, at most {:.2} s and {} MB", inputs(), worst.seconds, worst.bytes >> 20);
    if sound.taken < good.len() as u64 {
        sound.wrong.push(format!("{kind}: of {} good files only {} were taken", good.len(), sound.taken));
    }
    [sound.wrong, wrong].concat()
}
