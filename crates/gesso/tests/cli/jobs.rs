//! `gesso job` and `gesso algo run` against a server.

use crate::run;
use crate::serving::Serving;

#[test]
fn a_job_is_run_listed_looked_at_and_not_cancelled_twice() {
    let dir = tempfile::tempdir().unwrap();
    let server = Serving::start(dir.path(), &["serve", "--listen", "127.0.0.1:0", "--demo"]);
    let url = server.url.clone();
    let ask = |args: &[&str]| run(dir.path(), &[args, &["--url", &url, "--graph", "metro"]].concat());

    let ranked = ask(&["algo", "run", "pagerank", "--param", "alpha=0.9", "--limit", "3", "--json"]).json(0);
    let id = ranked["jobId"].as_str().unwrap();
    assert_eq!(ranked["data"]["outputs"]["pagerank"].as_array().unwrap().len(), 3);

    let refused = ask(&["algo", "run", "pagerank", "--param", "alpha=7"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("alpha"), "{}", refused.err);
    assert_eq!(ask(&["algo", "run", "pagerank", "--param", "alpha"]).code, 2);

    let listed = ask(&["job", "list", "--state", "complete", "--json"]).json(0);
    assert_eq!(listed["jobs"][0]["jobId"], id);
    assert_eq!(ask(&["job", "status", id, "--json"]).json(0)["state"], "complete");
    let watched = ask(&["job", "watch", id]);
    assert!(watched.code == 0 && watched.out.contains("  complete  100 %"), "{}", watched.out);
    assert_eq!(ask(&["job", "wait", id]).code, 0);
    let late = ask(&["job", "cancel", id]);
    assert!(late.code == 1 && late.err.contains("GES.8303"), "{}", late.err);
    server.end();
    let gone = ask(&["job", "list"]);
    assert!(gone.code == 1 && gone.err.contains("cannot reach"), "{}", gone.err);
}
