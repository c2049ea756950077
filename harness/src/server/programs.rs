//! Finds the programs of servers.

use std::cmp::Reverse;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Engine, ServerError};

/// Where packages install PostgreSQL's programs; `*` stands for a version.
const POSTGRES_FOLDERS: [&str; 7] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Library/PostgreSQL/*/bin",
    "/Applications/Postgres.app/Contents/Versions/latest/bin",
];

/// The folder of the project's own programs, relative to its root.
const TOOLS: &str = ".tools/bin";

/// The folders in which to look for programs: those of `PATH`, the project's tools, and where packages
/// install PostgreSQL, the newest version first.
pub fn usual_folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> =
        env::split_paths(&path).filter(|folder| folder.is_absolute()).collect();
    folders.extend(tools());
    folders.extend(POSTGRES_FOLDERS.iter().flat_map(|folder| versions(folder)));
    folders
}

/// The tool folder of the project around the current folder, or else around the executable.
fn tools() -> Option<PathBuf> {
    let starts = [env::current_dir(), env::current_exe()];
    let find = |start: PathBuf| {
        start.ancestors().map(|folder| folder.join(TOOLS)).find(|folder| folder.is_dir())
    };
    starts.into_iter().flatten().find_map(find)
}

/// All folders that match the pattern, the highest version first.
fn versions(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else { return vec![pattern.into()] };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let name = |entry: fs::DirEntry| entry.file_name().into_string().ok();
    let names = fs::read_dir(parent).into_iter().flatten().flatten().filter_map(name);
    let version = |name: String| {
        let version = name.strip_prefix(prefix)?;
        let number = version.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u32>>>();
        Some((number?, format!("{parent}/{name}{after}").into()))
    };
    let mut found: Vec<(Vec<u32>, PathBuf)> = names.filter_map(version).collect();
    found.sort_by_key(|(version, _)| Reverse(version.clone()));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// The first folder that has all programs of the server.
pub(super) fn find(engine: Engine, folders: &[PathBuf]) -> Result<PathBuf, ServerError> {
    let has = |folder: &Path, program: &&str| which::which_in(program, Some(folder), "/").is_ok();
    let has_all = |folder: &&PathBuf| engine.programs().iter().all(|program| has(folder, program));
    folders.iter().find(has_all).cloned().ok_or_else(|| {
        let programs = engine.programs().join(" and ");
        let places = match engine {
            Engine::Postgres => "PATH or /usr/lib/postgresql",
            Engine::Mongo => "PATH or .tools/bin",
        };
        ServerError::new(format!("there is no {programs} in {places}"))
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn versions_are_listed_newest_first_and_other_folders_are_ignored() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["9.6", "17", "15", "common", "8"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let found = versions(&format!("{}/*/bin", folder.path().display()));
        let expected = ["17", "15", "9.6", "8"].map(|name| folder.path().join(name).join("bin"));
        assert_eq!(found, expected);
    }

    #[test]
    fn the_first_folder_with_all_executable_programs_is_found() {
        let (none, some, all) = (tempfile::tempdir(), tempfile::tempdir(), tempfile::tempdir());
        let (none, some, all) = (none.unwrap(), some.unwrap(), all.unwrap());
        for (folder, program, mode) in [
            (&none, "initdb", 0o644),
            (&none, "postgres", 0o755),
            (&some, "initdb", 0o755),
            (&all, "initdb", 0o755),
            (&all, "postgres", 0o755),
        ] {
            let path = folder.path().join(program);
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        }
        let folders = [&none, &some, &all].map(|folder| folder.path().to_owned());
        assert_eq!(find(Engine::Postgres, &folders).unwrap(), folders[2]);
        let missing = find(Engine::Mongo, &folders).unwrap_err().to_string();
        assert_eq!(missing, "there is no mongod in PATH or .tools/bin");
    }
}
