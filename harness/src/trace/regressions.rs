//! Saved traces: what once showed a divergence, and is replayed first by every run.
//!
//! They lie in one folder, one trace a file that ends in `.jsonl`, named after its signature. Histories that no order
//! explains lie beside them, in files that end in `.history`; those in which a call failed or did not end, in `.case`.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::trace::history::History;
use crate::trace::{ParseTraceError, Trace};

/// A file that should hold a trace, and does not.
#[derive(Debug, thiserror::Error)]
pub enum ReadTraceError {
    /// The operating system will not read it.
    #[error("{path}: {reason}", path = path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What it says.
        reason: io::Error,
    },
    /// A line of it is not a call.
    #[error("{path}: {reason}", path = path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, and why not.
        reason: ParseTraceError,
    },
}

/// Reads the trace in a file.
///
/// # Errors
/// [`ReadTraceError`] names the file, and the line.
pub fn read(path: &Path) -> Result<Trace, ReadTraceError> {
    let io = |reason| ReadTraceError::Io { path: path.to_owned(), reason };
    let text = fs::read_to_string(path).map_err(io)?;
    Trace::parse(&text).map_err(|reason| ReadTraceError::Line { path: path.to_owned(), reason })
}

/// Reads all traces of a folder, by file name; none when there is no such folder.
///
/// # Errors
/// [`ReadTraceError`] names the first file that holds no trace.
pub fn read_all(folder: &Path) -> Result<Vec<(PathBuf, Trace)>, ReadTraceError> {
    let paths = files(folder, "jsonl")?;
    paths.into_iter().map(|path| Ok((path.clone(), read(&path)?))).collect()
}

/// The files of a folder that have that ending, by name; none when there is no such folder.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, ReadTraceError> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let io = |reason| ReadTraceError::Io { path: folder.to_owned(), reason };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.extension().is_some_and(|extension| extension == ending) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Reads the history in a file.
///
/// # Errors
/// [`ReadTraceError`] names the file, and the line.
pub fn read_history(path: &Path) -> Result<History, ReadTraceError> {
    let io = |reason| ReadTraceError::Io { path: path.to_owned(), reason };
    let text = fs::read_to_string(path).map_err(io)?;
    History::parse(&text).map_err(|reason| ReadTraceError::Line { path: path.to_owned(), reason })
}

/// A history that was saved because a store broke a promise in it.
#[derive(Clone, Debug)]
pub struct SavedHistory {
    /// The name of its file.
    pub name: String,
    /// The history.
    pub history: History,
    /// Whether it is itself the proof: no order of its calls explains all results. Otherwise a call failed or did not
    /// end, and only another run of its case can show that again.
    pub is_proof: bool,
}

/// Reads all histories of a folder, by file name; none when there is no such folder.
///
/// # Errors
/// [`ReadTraceError`] names the first file that holds no history.
pub fn read_histories(folder: &Path) -> Result<Vec<SavedHistory>, ReadTraceError> {
    let mut saved = Vec::new();
    for is_proof in [true, false] {
        for path in files(folder, ending(is_proof))? {
            let name = path.display().to_string();
            saved.push(SavedHistory { name, history: read_history(&path)?, is_proof });
        }
    }
    Ok(saved)
}

/// Saves a history, as text, in a folder, as [`save`] does a trace; [`SavedHistory`] says what a proof is.
///
/// # Errors
/// Why the operating system does not write it.
pub fn save_history(
    folder: &Path,
    stem: &str,
    title: &str,
    history: &str,
    is_proof: bool,
) -> io::Result<PathBuf> {
    write(folder, stem, title, history, ending(is_proof))
}

/// The ending of the files that hold histories.
fn ending(is_proof: bool) -> &'static str {
    if is_proof { "history" } else { "case" }
}

/// Saves the trace of a divergence in a folder, and returns the file, whose name begins with `stem` and whose
/// first line is the comment `title`. A trace that is already saved under this name keeps its file.
///
/// # Errors
/// Why the operating system does not write it.
pub fn save(folder: &Path, stem: &str, title: &str, trace: &Trace) -> io::Result<PathBuf> {
    write(folder, stem, title, &trace.to_lines(), "jsonl")
}

fn write(folder: &Path, stem: &str, title: &str, lines: &str, ending: &str) -> io::Result<PathBuf> {
    let digest = Sha256::digest(lines.as_bytes());
    let digest: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let path = folder.join(format!("{stem}-{digest}.{ending}"));
    fs::create_dir_all(folder)?;
    fs::write(&path, format!("# {title}\n{lines}"))?;
    Ok(path)
}

/// A folder of saved traces that each new one is written to once.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    /// The traces that are there, as text.
    there: BTreeSet<String>,
}

impl Folder {
    /// The folder of that path, which need not be there yet.
    ///
    /// # Errors
    /// [`ReadTraceError`] names the first file that holds no trace.
    pub fn open(path: &Path) -> Result<Self, ReadTraceError> {
        let there = read_all(path)?.into_iter().map(|(_, trace)| trace.to_lines()).collect();
        Ok(Self { path: path.to_owned(), there })
    }

    /// Saves the trace of a divergence, and returns the file; `None` when the trace is there already, under
    /// whatever name.
    ///
    /// # Errors
    /// What the operating system says that will not write it.
    pub fn save_once(
        &mut self,
        stem: &str,
        title: &str,
        trace: &Trace,
    ) -> io::Result<Option<PathBuf>> {
        if self.there.contains(&trace.to_lines()) {
            return Ok(None);
        }
        let path = save(&self.path, stem, title, trace)?;
        self.there.insert(trace.to_lines());
        Ok(Some(path))
    }
}
