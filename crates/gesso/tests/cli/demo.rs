//! `gesso demo`, and the list of algorithms.

use crate::run;

#[test]
fn the_tour_ends_well_and_shows_what_it_promises() {
    let dir = tempfile::tempdir().unwrap();
    let tour = run(dir.path(), &["demo", "--exit", "--scale", "16"]);
    assert_eq!(tour.code, 0, "{}\n{}", tour.out, tour.err);
    for promised in [
        "http://127.0.0.1:",
        "botanic-park",
        "riders a day",
        "1 048 576 edges",
        "is now `cancelled`",
        "stopped after",
    ] {
        assert!(tour.out.contains(promised), "{promised} is missing:\n{}", tour.out);
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn algorithms_are_listed_without_a_server() {
    let dir = tempfile::tempdir().unwrap();
    let list = run(dir.path(), &["algo", "list", "--json", "--vertices", "1000", "--edges", "5000"]).json(0);
    let pagerank = list.as_array().unwrap().iter().find(|a| a["name"] == "pagerank").unwrap();
    let alpha = pagerank["parameters"].as_array().unwrap().iter().find(|p| p["name"] == "alpha").unwrap();
    assert_eq!((&alpha["accepts"], &alpha["default"]), (&"(0,1)".into(), &0.85.into()));
    assert!(pagerank["needBytes"].as_u64().unwrap() > 0);
    assert_eq!(run(dir.path(), &["algo", "list", "teleport"]).code, 2);
    let text = run(dir.path(), &["algo", "list", "PageRank"]);
    assert!(text.code == 0 && text.out.contains("max_iterations"), "{}", text.out);
}
