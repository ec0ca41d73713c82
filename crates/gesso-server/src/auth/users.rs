//! The users of a data directory.
//!
//! ```text
//! <data-dir>/auth/users.json   all users, replaced as a whole   (gesso_store::save_json)
//! <data-dir>/auth/lock         held by whoever changes users, while it does
//! ```
//!
//! | crash here | this is found |
//! | --- | --- |
//! | anywhere in a change | the users before it or after it, never a mixture |
//!
//! A change reads the file again under the lock, so that a command line tool may add users while a server
//! runs; the server notices at the next login.

use super::AuthError;
use super::password::PasswordHash;
use super::secret::Secret;
use gesso_store::{DirLock, load_json, save_json};
use serde::{Deserialize, Serialize};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The roles that a user may have. All of them may do everything; roles that promise less join the list
/// together with the check that holds them to it.
pub const ROLES: [&str; 4] = ["admin", "Security Administrator", "GES Administrator", "GES Manager"];

/// The project that stands for every project.
pub const ALL_PROJECTS: &str = "*";

/// Longest user name. Characters.
pub const NAME_CHARS_MAX: usize = 64;

/// One user. Contains no password, only its hash, which `Debug` does not show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// A unique id that is never given to another user, also after this one is removed.
    pub id: String,
    /// The name to log in with; unique.
    pub name: String,
    /// Ids of the projects that the user may work on; `*` for all.
    pub projects: Vec<String>,
    /// Entries of [`ROLES`].
    pub roles: Vec<String>,
    /// Grows with each change of the password; tokens of an earlier one are void.
    pub password_version: u64,
    pub(super) password: PasswordHash,
}

impl User {
    /// True if the user may work on the project.
    pub fn may_use(&self, project: &str) -> bool {
        self.projects.iter().any(|p| p == ALL_PROJECTS || p == project)
    }
}

/// The users of a data directory, as last read.
#[derive(Debug)]
pub struct UserStore {
    dir: PathBuf,
    users: Vec<User>,
    stamp: Option<Stamp>,
}

/// What tells one version of the file from another: each is a new file.
type Stamp = (u64, i64, i64, u64);

#[derive(Default, Serialize, Deserialize)]
struct Document {
    users: Vec<User>,
}

impl UserStore {
    /// Reads the users kept in `dir` (`<data-dir>/auth`), which is made if there is none, readable by its
    /// owner alone.
    pub fn open(dir: &Path) -> Result<UserStore, AuthError> {
        let wrong = |source| AuthError::Dir { path: dir.to_owned(), source };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(wrong)?;
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)).map_err(wrong)?;
        let mut store = UserStore { dir: dir.to_owned(), users: Vec::new(), stamp: None };
        store.reload()?;
        Ok(store)
    }

    /// All users, by name.
    pub fn list(&self) -> &[User] {
        &self.users
    }

    /// The user of that name.
    pub fn get(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|u| u.name == name)
    }

    /// The user of that id.
    pub fn get_by_id(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|u| u.id == id)
    }

    /// Adds a user. `projects` are ids, `*` means all; `roles` are entries of [`ROLES`].
    pub fn add(
        &mut self,
        name: &str,
        password: &Secret,
        projects: &[String],
        roles: &[String],
    ) -> Result<(), AuthError> {
        check_name(name)?;
        check_projects(projects)?;
        check_roles(roles)?;
        let user = User {
            id: uuid::Uuid::new_v4().simple().to_string(),
            name: name.to_owned(),
            projects: projects.to_vec(),
            roles: roles.to_vec(),
            password_version: 0,
            password: PasswordHash::of(password)?,
        };
        self.change(|users| match users.binary_search_by(|u| u.name.as_str().cmp(name)) {
            Ok(_) => Err(AuthError::UserExists { name: name.to_owned() }),
            Err(at) => {
                users.insert(at, user);
                Ok(())
            }
        })
    }

    /// Changes a password. Tokens that were given for the old one become void.
    pub fn set_password(&mut self, name: &str, password: &Secret) -> Result<(), AuthError> {
        let hash = PasswordHash::of(password)?;
        self.change(|users| {
            let user = users.iter_mut().find(|u| u.name == name);
            let user = user.ok_or_else(|| AuthError::NoUser { name: name.to_owned() })?;
            user.password = hash;
            user.password_version += 1;
            Ok(())
        })
    }

    /// Removes a user. The user's tokens become void.
    pub fn remove(&mut self, name: &str) -> Result<(), AuthError> {
        self.change(|users| {
            let at = users.iter().position(|u| u.name == name);
            let at = at.ok_or_else(|| AuthError::NoUser { name: name.to_owned() })?;
            users.remove(at);
            Ok(())
        })
    }

    /// Reads the file again if it is not the one last read. True if it was read. Costs one `stat`.
    pub fn refresh(&mut self) -> Result<bool, AuthError> {
        if stamp(&self.path()) == self.stamp {
            return Ok(false);
        }
        self.reload()?;
        Ok(true)
    }

    fn change(
        &mut self,
        edit: impl FnOnce(&mut Vec<User>) -> Result<(), AuthError>,
    ) -> Result<(), AuthError> {
        let _lock = DirLock::acquire(&self.dir)?;
        self.reload()?;
        let mut document = Document { users: self.users.clone() };
        edit(&mut document.users)?;
        save_json(&self.path(), &document)?;
        self.reload()
    }

    fn reload(&mut self) -> Result<(), AuthError> {
        // The stamp comes first: a file that appears in between is then read once more, not missed.
        let stamp = stamp(&self.path());
        let document: Document = load_json(&self.path())?.unwrap_or_default();
        self.users = document.users;
        self.stamp = stamp;
        Ok(())
    }

    fn path(&self) -> PathBuf {
        self.dir.join("users.json")
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let found = std::fs::metadata(path).ok()?;
    Some((found.ino(), found.mtime(), found.mtime_nsec(), found.len()))
}

fn check_name(name: &str) -> Result<(), AuthError> {
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(AuthError::Name { name: shown(name) }) }
}

fn check_projects(projects: &[String]) -> Result<(), AuthError> {
    match projects.iter().find(|p| *p != ALL_PROJECTS && !is_project_id(p)) {
        None => Ok(()),
        Some(project) => Err(AuthError::Project { project: shown(project) }),
    }
}

fn check_roles(roles: &[String]) -> Result<(), AuthError> {
    match roles.iter().find(|r| !ROLES.contains(&r.as_str())) {
        None => Ok(()),
        Some(role) => Err(AuthError::Role { role: shown(role) }),
    }
}

/// 1 to 64 of `[A-Za-z0-9_-]`: spec 01, section 1.
pub(super) fn is_project_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::test_dir::TestDir;

    fn all() -> Vec<String> {
        vec![ALL_PROJECTS.to_owned()]
    }

    #[test]
    fn users_survive_and_changes_of_another_process_are_seen() {
        let dir = TestDir::new();
        let mut store = UserStore::open(dir.path()).unwrap();
        let mut other = UserStore::open(dir.path()).unwrap();
        store.add("zoe", &Secret::new("zoe's password"), &all(), &["admin".to_owned()]).unwrap();
        assert!(other.refresh().unwrap());
        assert!(!other.refresh().unwrap());
        other.add("ann", &Secret::new("ann's password"), &["p1".to_owned()], &[]).unwrap();
        store.set_password("zoe", &Secret::new("a newer password")).unwrap();
        let names: Vec<_> = store.list().iter().map(|u| u.name.as_str()).collect();
        assert_eq!(names, ["ann", "zoe"]);
        assert_eq!(store.get("zoe").unwrap().password_version, 1);
        assert!(!store.get("ann").unwrap().may_use("p2"));
        store.remove("ann").unwrap();
        assert!(matches!(store.remove("ann"), Err(AuthError::NoUser { .. })));
        let again = UserStore::open(dir.path()).unwrap();
        assert_eq!(again.list(), store.list());
        assert_eq!(std::fs::metadata(dir.path()).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        let dir = TestDir::new();
        let mut store = UserStore::open(dir.path()).unwrap();
        let good = Secret::new("long enough");
        let text = |s: &str| vec![s.to_owned()];
        for (name, projects, roles, expected) in [
            ("", all(), vec![], "user name"),
            ("a\nb", all(), vec![], "user name"),
            ("ann", text("a/b"), vec![], "project `a/b`"),
            ("ann", all(), text("Tenant Guest"), "role `Tenant Guest`"),
        ] {
            let refused = store.add(name, &good, &projects, &roles).unwrap_err().to_string();
            assert!(refused.contains(expected), "{refused}");
        }
        store.add("ann", &good, &all(), &[]).unwrap();
        assert!(matches!(store.add("ann", &good, &all(), &[]), Err(AuthError::UserExists { .. })));
        assert!(matches!(store.set_password("ann", &Secret::new("short")), Err(AuthError::Password)));
    }
}
