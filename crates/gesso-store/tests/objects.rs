//! Object paths on a real directory tree: spec 10, section 1.

use gesso_core::JobContext;
use gesso_store::objects::{Format, InputFile};
use gesso_store::{AtomicFile, ObjectError, ObjectRoot};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::PathBuf;

struct Tree {
    _dir: tempfile::TempDir,
    base: PathBuf,
    objects: ObjectRoot,
}

/// `<base>/objects` is the root, `<base>/allowed` is on the list, `<base>/outside` is neither.
fn tree() -> Tree {
    // The default prefix begins with a dot, which is fine, but its parent may be a link.
    let dir = tempfile::Builder::new().prefix("objects-").tempdir().unwrap();
    let base = dir.path().canonicalize().unwrap();
    for sub in ["objects/films/raw", "allowed", "outside"] {
        fs::create_dir_all(base.join(sub)).unwrap();
    }
    for file in ["objects/films/v.csv", "allowed/a.csv", "outside/secret.csv"] {
        fs::write(base.join(file), file).unwrap();
    }
    let objects = ObjectRoot::new(base.join("objects"), vec![base.join("allowed")]);
    Tree { _dir: dir, base, objects }
}

fn list(objects: &ObjectRoot, text: &str) -> Result<Vec<InputFile>, ObjectError> {
    objects.list_input(&JobContext::detached(1, 1 << 20), text, Format::Text, None)
}

#[test]
fn df10_12_every_form_names_the_same_object() {
    let t = tree();
    let wanted = t.base.join("objects/films/v.csv");
    let file_form = format!("file://{}", wanted.display());
    for text in [
        "films/v.csv",
        "/films/v.csv",
        "obs://films/v.csv",
        "s3://films/v.csv",
        "s3a://films/v.csv",
        &file_form,
    ] {
        assert_eq!(t.objects.resolve_input(text).unwrap(), wanted, "{text}");
    }
    let allowed = format!("file://{}/allowed/a.csv", t.base.display());
    assert_eq!(t.objects.resolve_input(&allowed).unwrap(), t.base.join("allowed/a.csv"));
}

#[test]
fn df10_10_nothing_outside_the_root_is_reached_or_revealed() {
    let t = tree();
    symlink(t.base.join("outside"), t.base.join("objects/films/link")).unwrap();
    symlink(t.base.join("outside/secret.csv"), t.base.join("objects/films/s.csv")).unwrap();
    symlink(t.base.join("outside/nothing"), t.base.join("objects/films/dangling.csv")).unwrap();
    symlink("v.csv", t.base.join("objects/films/inside.csv")).unwrap();
    let secret = format!("file://{}/outside/secret.csv", t.base.display());
    let nothing = format!("file://{}/outside/nothing.csv", t.base.display());
    let texts = [
        "films/link/secret.csv",
        "films/link/nothing.csv",
        "films/link",
        "films/s.csv",
        "films/dangling.csv",
        "file:///etc/passwd",
        &secret,
        &nothing,
    ];
    for text in texts {
        assert!(matches!(t.objects.resolve_input(text), Err(ObjectError::Outside { .. })), "{text}");
        assert!(matches!(t.objects.resolve_output(text), Err(ObjectError::Outside { .. })), "{text}");
    }
    assert!(matches!(t.objects.resolve_input("x/../../etc/passwd"), Err(ObjectError::Segment { .. })));
    assert_eq!(t.objects.resolve_input("films/inside.csv").unwrap(), t.base.join("objects/films/v.csv"));
    assert!(matches!(list(&t.objects, "films/"), Err(ObjectError::Outside { .. })), "links are checked too");
    assert!(!t.base.join("outside/nothing.csv").exists());
}

#[test]
fn df10_11_a_space_is_refused_and_chinese_accepted() {
    let t = tree();
    fs::write(t.base.join("objects/films/电影.csv"), "").unwrap();
    t.objects.resolve_input("films/电影.csv").unwrap();
    for text in ["films/a b.csv", "films/$a.csv"] {
        let refused = t.objects.resolve_input(text).unwrap_err();
        assert!(matches!(refused, ObjectError::Character { .. }));
        assert!(refused.to_string().contains(text), "{refused}");
    }
}

#[test]
fn df10_08_a_directory_stands_for_its_usable_files_in_byte_order() {
    let t = tree();
    let dir = t.base.join("objects/films/raw");
    let names = [
        "b.csv",
        "a.csv",
        "_SUCCESS",
        "notes.md",
        "part-00000",
        ".hidden.csv",
        "C.CSV.gz",
        "d.txt.zst",
        "e.gz",
    ];
    for name in names {
        fs::write(dir.join(name), "").unwrap();
    }
    fs::create_dir(dir.join("sub")).unwrap();
    for text in ["films/raw", "films/raw/"] {
        let found = list(&t.objects, text).unwrap();
        let names: Vec<_> = found.iter().map(InputFile::name).collect();
        assert_eq!(names, ["C.CSV.gz", "a.csv", "b.csv", "d.txt.zst", "e.gz", "part-00000"], "{text}");
    }
    assert_eq!(list(&t.objects, "films/raw/notes.md").unwrap().len(), 1, "a file may have any name");
}

#[test]
fn df10_09_a_directory_without_usable_file_is_named() {
    let t = tree();
    fs::write(t.base.join("objects/films/raw/x.md"), "").unwrap();
    let refused = list(&t.objects, "films/raw").unwrap_err();
    assert!(matches!(&refused, ObjectError::NoUsableFile { path, .. } if path == "films/raw"));
    assert!(matches!(list(&t.objects, "films/nope"), Err(ObjectError::Missing { .. })));
    assert!(matches!(list(&t.objects, "films/v.csv/"), Err(ObjectError::NotA { .. })));
    assert!(matches!(list(&t.objects, "films/v.csv/x"), Err(ObjectError::Missing { .. })));
    let empty = ObjectRoot::new(t.base.join("not-yet"), vec![]);
    assert!(matches!(list(&empty, "films/v.csv"), Err(ObjectError::Missing { .. })));
}

#[test]
fn output_directories_are_made_and_files_appear_whole() {
    let t = tree();
    let place = t.objects.resolve_output("obs://films/new/deep/out.csv").unwrap();
    assert_eq!(place, t.base.join("objects/films/new/deep/out.csv"));
    let mut file = AtomicFile::create(&place).unwrap();
    file.write_all(b"a,1\n").unwrap();
    assert!(!place.exists());
    file.commit().unwrap();
    assert_eq!(fs::read(&place).unwrap(), b"a,1\n");
    assert_eq!(
        t.objects.resolve_output("films/new/deep/out.csv").unwrap(),
        place,
        "an old file may be replaced"
    );
    assert!(t.objects.resolve_output("films/other/").unwrap().is_dir());
    assert!(matches!(t.objects.resolve_output("films/raw"), Err(ObjectError::NotA { .. })));
    assert!(t.objects.resolve_output("films/v.csv/x").is_err());
    let fresh = ObjectRoot::new(t.base.join("not-yet"), vec![]);
    assert_eq!(fresh.resolve_output("b/o.csv").unwrap(), t.base.join("not-yet/b/o.csv"));
}

#[test]
fn a_link_swapped_in_after_the_check_is_not_followed() {
    let t = tree();
    let ctx = JobContext::detached(1, 1 << 20);
    let found = t.objects.find_input(&ctx, "films/v.csv", None).unwrap();
    let mut text = String::new();
    found.open(&ctx).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "objects/films/v.csv");
    fs::rename(t.base.join("objects/films"), t.base.join("objects/moved")).unwrap();
    fs::write(t.base.join("outside/v.csv"), "").unwrap();
    symlink(t.base.join("outside"), t.base.join("objects/films")).unwrap();
    assert!(found.open(&ctx).is_err());
    assert!(found.read_range(&ctx, 0..4).is_err());
}
