//! The order of the source: who may use whom, who may grant passes and name tables, how long a file may be. Rustc and
//! clippy look after the rest.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The modules that use one below them in `src/lib.rs`, and why.
const UPWARDS: &[(&str, &str, &str)] =
    &[("access", "db", "its roles are stored as text: `db::text_enum!` makes them so; nothing of it is called")];

/// Who grants passes, and on what ground.
const GRANTS: &[(&str, &str)] = &[
    ("accounts/mod.rs", "after the membership was read: entering, work done later, the command line"),
    ("accounts/tokens.rs", "after the token and the membership behind it were read"),
    ("workspaces/mod.rs", "to the owner of the workspace that was founded in the same transaction"),
];

/// Who grants the worker's pass, and on what ground.
const WORKER_GRANTS: &[(&str, &str)] = &[
    ("worker/perform.rs", "to a due job, for the workspace that the job was written in"),
    ("reminders/clock.rs", "to work out every workspace's instants again when the rules of time zones change"),
];

/// Calls that end the program where they fail, and why nothing better can be done.
const ENDINGS: &[(&str, &str)] = &[
    ("secrets.rs", "a machine without random numbers can keep no secret"),
    ("mail/mailer.rs", "the address that stands in for a wrong one is written in the code, and sound"),
];

/// Longer files than people read, and why.
const LONG: &[(&str, &str)] = &[("db/schema.rs", "a list of tables and columns; nobody reads it from top to bottom")];

const LONGEST: usize = 450;

/// A source file.
struct Source {
    /// From `src` on, or from the root for what is elsewhere.
    path: String,
    text: String,
    /// The text without its tests and comments.
    code: String,
}

impl Source {
    fn is_tests(&self) -> bool {
        self.path.ends_with("/tests.rs")
    }

    /// The module of `src/lib.rs` that the file belongs to.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn sources(folder: &str) -> Vec<Source> {
    let (base, mut found) = (root().join(folder), Vec::new());
    files(&base, &mut found);
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a source file");
        let path = path.strip_prefix(&base).expect("a path inside").to_string_lossy().replace('\\', "/");
        let before_tests = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code: Vec<_> = before_tests.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        Source { path, code: code.join("\n"), text }
    };
    let found: Vec<_> = found.into_iter().map(read).collect();
    assert!(!found.is_empty(), "there is nothing in {folder}");
    found
}

/// The modules in the order of `src/lib.rs`.
fn order() -> Vec<String> {
    let text = fs::read_to_string(root().join("src/lib.rs")).expect("src/lib.rs");
    let name = |line: &str| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned());
    text.lines().filter_map(name).collect()
}

/// The first names after `crate::`, in paths and in the groups of `use crate::{…}`.
fn used(code: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            used.insert(name_at(rest));
            continue;
        };
        let (mut depth, mut at_start) = (0, true);
        for (place, letter) in group.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => at_start = true,
                letter if at_start && !letter.is_whitespace() => {
                    used.insert(name_at(&group[place..]));
                    at_start = false;
                }
                _ => {}
            }
        }
    }
    used
}

fn name_at(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

fn assert_none(found: &[String], words: &str) {
    assert!(found.is_empty(), "{words}:\n{}", found.join("\n"));
}

/// Fails for files that do what only the listed ones may, and for listed ones that no longer do it.
fn only(listed: &[(&str, &str)], found: &BTreeSet<String>, words: &str) {
    let allowed: BTreeSet<String> = listed.iter().map(|(path, _)| (*path).to_owned()).collect();
    let strangers: Vec<_> = found.difference(&allowed).cloned().collect();
    assert_none(&strangers, words);
    let idle: Vec<_> = allowed.difference(found).cloned().collect();
    assert_none(&idle, "take these off the list, they no longer need to be on it");
}

fn with(text: &str) -> BTreeSet<String> {
    let code = |source: &Source| source.code.contains(text) && !source.is_tests();
    sources("src").into_iter().filter(code).map(|source| source.path).collect()
}

#[test]
fn a_module_uses_only_those_above_it() {
    let order = order();
    let place = |name: &str| order.iter().position(|module| module == name);
    let mut upwards = BTreeSet::new();
    for source in sources("src").iter().filter(|source| !source.is_tests()) {
        let Some(own) = place(source.module()) else { continue };
        for other in used(&source.code) {
            if place(&other).is_some_and(|other| other > own) {
                upwards.insert(format!("{} uses {other} in {}", source.module(), source.path));
            }
        }
    }
    let allowed =
        |said: &String| UPWARDS.iter().any(|(one, other, _)| said.starts_with(&format!("{one} uses {other} ")));
    let found: Vec<_> = upwards.iter().filter(|said| !allowed(said)).cloned().collect();
    assert_none(&found, "these use a module below their own in src/lib.rs");
    for (one, other, _) in UPWARDS {
        let start = format!("{one} uses {other} ");
        assert!(upwards.iter().any(|said| said.starts_with(&start)), "“{start}” is no exception any more");
    }
}

#[test]
fn every_module_is_in_the_order_and_nothing_is_reached_around_it() {
    let order = order();
    for source in sources("src") {
        let module = source.module().to_owned();
        assert!(["lib", "main"].contains(&module.as_str()) || order.contains(&module), "{module} is not in src/lib.rs");
        // `super::super` and the crate's own name would lead around what the test above reads.
        assert!(!source.code.contains("use rapport::") || module == "main", "{} names its own crate", source.path);
    }
}

#[test]
fn the_names_after_crate_are_found_in_paths_and_groups() {
    let code = "use crate::{access::{Access, Right}, db,\n    error::Result};\n\
                fn f() { crate::mail::post() } pub(crate) fn g();";
    let found: Vec<_> = used(code).into_iter().collect();
    assert_eq!(found, ["access", "db", "error", "mail"]);
}

#[test]
fn passes_are_granted_only_where_the_membership_was_read() {
    only(GRANTS, &with("Access::grant("), "a pass is granted only by accounts and workspaces");
    let worker = with("grant_worker").into_iter().filter(|path| path != "access.rs").collect();
    only(WORKER_GRANTS, &worker, "the worker's pass is granted only to due work");
}

#[test]
fn tables_are_named_only_behind_the_doors() {
    let named = with("schema::").into_iter().filter(|path| !path.starts_with("db/")).collect::<Vec<_>>();
    assert_none(&named, "these name tables past the doors of db");
    let raw = with("diesel::table!").into_iter().filter(|path| path != "db/schema.rs").collect::<Vec<_>>();
    assert_none(&raw, "these declare tables of their own");
}

#[test]
fn a_failure_is_answered_and_never_ends_the_program() {
    let mut found = BTreeSet::new();
    for end in [".unwrap()", ".expect(", "panic!(", "unreachable!(", "todo!(", "unimplemented!("] {
        found.extend(with(end));
    }
    only(ENDINGS, &found, "these end the program where something fails; answer with an error that has words");
}

#[test]
fn a_file_has_one_purpose_and_an_opening_that_says_which() {
    let mut long = BTreeSet::new();
    for folder in ["src", "tests", "benches"] {
        for source in sources(folder) {
            if source.text.lines().count() > LONGEST {
                long.insert(source.path.clone());
            }
            assert!(source.text.starts_with("//!"), "{folder}/{} doesn't say what is in it", source.path);
        }
    }
    only(LONG, &long, &format!("these are longer than {LONGEST} lines"));
}

#[test]
fn nothing_is_left_for_later() {
    // Written apart, or this file would be found.
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:"), concat!("dbg", "!(")];
    let mut found = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for source in sources(folder) {
            let left = source.text.lines().filter(|line| marks.iter().any(|mark| line.contains(mark)));
            found.extend(left.map(|line| format!("{folder}/{}: {}", source.path, line.trim())));
        }
    }
    assert_none(&found, "finish these, or file an issue");
}

#[test]
fn both_databases_have_the_same_migrations_and_each_can_be_taken_back() {
    let names = |database: &str| {
        let folder = root().join("migrations").join(database);
        let entries = fs::read_dir(&folder).expect("migrations").flatten();
        let names: BTreeSet<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        for name in &names {
            for file in ["up.sql", "down.sql"] {
                let text = fs::read_to_string(folder.join(name).join(file)).unwrap_or_default();
                assert!(!text.trim().is_empty(), "{database}/{name}/{file} is missing");
            }
        }
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
