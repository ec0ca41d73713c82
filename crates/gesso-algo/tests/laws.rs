//! What holds for every algorithm: a line in the registry is enough to be tested here.

mod support;

use gesso_algo::{AlgoError, Demand, Entry, Kind, Param, Prepared, View, registry};
use gesso_core::{JobContext, Outcome, Stop};
use serde_json::{Map, Value, json};
use support::{Graph, Input, PLENTY, example, json_of, run_in, run_on, variants};

/// Every algorithm in every way to run, on a graph that it has an answer for.
fn each_run(graph: &Graph, mut law: impl FnMut(&'static Entry, &Graph, &Map<String, Value>, &str)) {
    let acyclic = graph.acyclic();
    for entry in registry::all() {
        let graph = if needs_acyclic(entry) { &acyclic } else { graph };
        for params in variants(entry.info(), graph) {
            law(entry, graph, &params, &format!("{} {params:?}", entry.info().name));
        }
    }
}

fn needs_acyclic(entry: &Entry) -> bool {
    entry.info().demand == Demand::Acyclic
}

/// Large enough that chunks, levels and rounds are more than one.
fn large() -> Graph {
    Graph::random(20_000, 60_000, 1)
}

/// Runs up to the k-th checkpoint on one thread. Returns the progress there and what came of the run.
fn stopped_at(
    k: u32,
    entry: &Entry,
    params: &Map<String, Value>,
    input: &Input,
    threads: usize,
) -> (f64, Result<Outcome, AlgoError>) {
    let ctx = JobContext::detached(threads, PLENTY).stop_at_checkpoint(k);
    let outcome = entry.prepare(params).and_then(|prepared| run_on(&prepared, input, &ctx));
    assert_eq!(ctx.account().used(), 0, "{} at checkpoint {k}", entry.info().name);
    (ctx.progress().fraction().unwrap_or(0.0), outcome)
}

#[test]
fn a05_033_stopped_at_any_checkpoint_it_ends_and_gives_memory_back() {
    let graph = large();
    each_run(&graph, |entry, graph, params, what| {
        let input = graph.input(&entry.prepare(params).unwrap());
        for threads in [1, 3] {
            let mut before = 0.0;
            let mut k = 1;
            loop {
                let (progress, outcome) = stopped_at(k, entry, params, &input, threads);
                if threads == 1 {
                    assert!(progress >= before, "{what}: progress falls at checkpoint {k}");
                    before = progress;
                }
                match outcome {
                    Err(AlgoError::Stopped(Stop::Cancelled)) => {}
                    Err(e) => panic!("{what} at checkpoint {k}: {e}"),
                    Ok(_) => break,
                }
                k += 1 + k / 4;
            }
            assert!(k > 1, "{what} has no checkpoint");
        }
    });
}

#[test]
fn a05_033_progress_reaches_the_end() {
    let graph = large();
    each_run(&graph, |entry, graph, params, what| {
        let ctx = JobContext::detached(2, PLENTY);
        run_in(&ctx, entry, params, graph).unwrap();
        let end = ctx.progress().fraction().unwrap();
        assert!((0.9..1.0).contains(&end), "{what} ends at {end}");
    });
}

#[test]
fn a05_033_measured_peak_is_within_the_stated_need() {
    for graph in [large(), Graph::random(500, 40_000, 3), Graph::random(30_000, 10, 4), Graph::new(0, &[])] {
        each_run(&graph, |entry, graph, params, what| {
            for threads in [1, 4] {
                let ctx = JobContext::detached(threads, PLENTY);
                let outcome = run_in(&ctx, entry, params, graph).unwrap_or_default();
                let (peak, need) =
                    (ctx.account().peak(), entry.prepare(params).unwrap().need(graph.size(threads)));
                let need = need + on_top(entry.info().name, &outcome, graph);
                assert!(peak <= need, "{what}, {threads} threads: peak {peak}, need {need}");
            }
        });
    }
}

/// Algorithms that list what nobody can know the number of before: their need is that of the search, and what they
/// find comes on top as they find it.
const LISTING: [&str; 10] = [
    "all_pairs_shortest_paths",
    "all_shortest_paths",
    "all_shortest_paths_of_vertex_sets",
    "filtered_all_pairs_shortest_paths",
    "filtered_all_shortest_paths",
    "filtered_circle_detection",
    "filtered_n_paths",
    "n_paths",
    "single_vertex_circles_detection",
    "subgraph_matching",
];

/// Bytes that may come on top of the need: a list grows by half at a time, and what lies on paths is kept
/// with its arcs, once for each layer it is in.
fn on_top(name: &str, outcome: &Outcome, graph: &Graph) -> u64 {
    if !LISTING.contains(&name) {
        return 0;
    }
    let list = outcome.list.as_ref().map_or(0, |(_, rows)| rows.size_bytes());
    list * 3 / 2 + 4096 + 16 * 16 * (graph.edges.len() + graph.ids.len()) as u64
}

/// Algorithms whose peak depends on more than sizes, and why.
const LOOSE: [(&str, &str); 19] = [
    ("all_shortest_paths", "what lies between the ends"),
    ("all_shortest_paths_of_vertex_sets", "what lies between the ends"),
    ("cluster_coefficient", "the highest degree"),
    ("common_neighbors", "the two neighbourhoods"),
    ("common_neighbors_of_vertex_sets", "the number of common neighbours"),
    ("conductance", "the number of parts"),
    ("dag_longest_path", "the largest generation"),
    ("filtered_all_shortest_paths", "what lies between the ends"),
    ("filtered_shortest_path", "what lies between the ends"),
    ("influence_maximization", "the reach of chance"),
    ("leiden", "the size of the second level"),
    ("louvain", "the size of the second level"),
    ("modularity", "the number of parts"),
    ("node_similarity", "how many vertices are similar"),
    ("shortest_path", "what lies between the ends"),
    ("shortest_path_of_vertex_sets", "what lies between the ends"),
    ("topicrank", "how many vertices are listed"),
    ("topological_sort", "the largest generation"),
    ("triangle_count", "the highest degree"),
];

/// Algorithms whose peak depends, with weights, on how often vertices come nearer while they wait.
const WAITING: [&str; 6] =
    ["betweenness", "closeness", "edge_betweenness", "harmonic", "od_betweenness", "sssp"];

#[test]
fn a05_033_stated_need_is_close_to_the_measured_peak() {
    let graph = large();
    let mut far = Vec::new();
    each_run(&graph, |entry, graph, params, what| {
        let name = entry.info().name;
        for threads in [1, 2] {
            let ctx = JobContext::detached(threads, PLENTY);
            run_in(&ctx, entry, params, graph).unwrap();
            let need = entry.prepare(params).unwrap().need(graph.size(threads));
            let peak = ctx.account().peak();
            // Small things, such as the ends of 100,000 ids, do not count.
            let is_far = need as f64 > peak as f64 * 1.15 + 4096.0;
            let is_weighted = params.get("weight").is_some_and(|w| w == "w");
            let waits = is_weighted && WAITING.contains(&name);
            if is_far && !waits && !LOOSE.iter().any(|(loose, _)| *loose == name) {
                far.push(format!("{what}, {threads} threads: need {need}, peak {peak}"));
            }
        }
    });
    assert!(far.is_empty(), "{}", far.join("\n"));
}

#[test]
fn a05_033_any_number_of_threads_gives_the_same_answer() {
    let graph = large();
    each_run(&graph, |entry, graph, params, what| {
        let answers = [1, 2, 8].map(|threads| {
            let ctx = JobContext::detached(threads, PLENTY);
            json_of(&run_in(&ctx, entry, params, graph).unwrap(), graph)
        });
        assert!(answers[0] == answers[1] && answers[1] == answers[2], "{what}");
    });
}

#[test]
fn an_algorithm_that_can_do_without_a_projection_gives_the_same_answer() {
    let mut looked = 0;
    for graph in [Graph::random(300, 900, 8), Graph::random(2000, 3000, 9), Graph::new(0, &[])] {
        each_run(&graph, |entry, graph, params, what| {
            let prepared = entry.prepare(params).unwrap();
            let Prepared::OnProjection(algorithm) = &prepared else { return };
            let ctx = JobContext::detached(1, PLENTY);
            let stored = graph.stored();
            let view = View { snapshot: &stored.0, selection: None };
            let Some(outcome) = algorithm.look(&view, &ctx) else { return };
            let on_projection = run_in(&ctx, entry, params, graph);
            assert_eq!(
                outcome.map(|o| json_of(&o, graph)),
                on_projection.map(|o| json_of(&o, graph)),
                "{what}"
            );
            assert!(ctx.account().used() == 0, "{what}");
            looked += 1;
            let mut k = 1;
            while let Err(AlgoError::Stopped(stop)) =
                algorithm.look(&view, &JobContext::detached(1, PLENTY).stop_at_checkpoint(k)).unwrap()
            {
                assert_eq!(stop, Stop::Cancelled, "{what}");
                k += 1 + k / 4;
            }
        });
    }
    assert!(looked > 20, "only {looked} runs can do without");
}

#[test]
fn renaming_vertices_renames_the_answer() {
    let graph = Graph::random(300, 900, 5);
    let ctx = JobContext::detached(1, PLENTY);
    for entry in registry::all() {
        let graph = if needs_acyclic(entry) { graph.acyclic() } else { graph.clone() };
        let renamed = graph.renamed("x");
        for (a, b) in variants(entry.info(), &graph).iter().zip(&variants(entry.info(), &renamed)) {
            let a = json_of(&run_in(&ctx, entry, a, &graph).unwrap(), &graph).to_string();
            let b = json_of(&run_in(&ctx, entry, b, &renamed).unwrap(), &renamed).to_string();
            // Names of edges have ids inside.
            let back = b.replace("\"x", "\"").replace("-x", "-");
            assert_eq!(a, back, "{}", entry.info().name);
        }
    }
}

#[test]
fn a05_029_odd_graphs_are_accepted() {
    // More arcs at one vertex than steps between two looks at the gate.
    let hub: Vec<(u32, u32)> = (1..17_000).map(|v| (v % 2 * v, (v + 1) % 2 * v)).collect();
    let graphs = [
        Graph::new(0, &[]),
        Graph::new(1, &[]),
        Graph::new(1, &[(0, 0)]),
        Graph::new(2, &[(0, 0), (0, 0), (0, 1), (0, 1), (1, 0), (1, 1)]),
        Graph::new(5, &[(0, 1), (1, 0), (3, 4)]),
        Graph::new(17_000, &hub),
    ];
    for graph in &graphs {
        each_run(graph, |entry, graph, params, what| {
            let ctx = JobContext::detached(2, PLENTY);
            match run_in(&ctx, entry, params, graph) {
                Ok(outcome) => {
                    let listed = entry.info().outputs.iter().map(|o| o.name);
                    let got = json_of(&outcome, graph);
                    let unknown: Vec<_> = got
                        .as_object()
                        .unwrap()
                        .keys()
                        .filter(|k| !listed.clone().any(|n| n == *k))
                        .collect();
                    assert!(unknown.is_empty(), "{what} gives undeclared {unknown:?}");
                }
                // A graph without vertices has no source, one of a single vertex no other end.
                Err(AlgoError::NoVertex { .. } | AlgoError::SameEnds) if graph.ids.len() < 2 => {}
                Err(e) => panic!("{what} on {} vertices: {e}", graph.ids.len()),
            }
        });
    }
}

/// Values that a declaration excludes.
fn outside(param: &Param) -> Vec<Value> {
    match param.kind {
        Kind::Real(b) => {
            let (min, max) = (b.min - f64::from(!b.min_open), b.max + f64::from(!b.max_open));
            let above = (b.max < f64::MAX).then(|| json!(max));
            [Some(json!(min)), above, Some(json!("many"))].into_iter().flatten().collect()
        }
        Kind::Int(b) => {
            let above = b.max.checked_add(1).map(|v| json!(v));
            [Some(json!(b.min - 1)), above, Some(json!(1.5))].into_iter().flatten().collect()
        }
        Kind::Bool => vec![json!("maybe"), json!(2)],
        Kind::Vertex | Kind::Property | Kind::Label => vec![json!([1])],
        Kind::Choice(_) => vec![json!("sideways")],
        Kind::Texts => vec![json!(1), json!([1]), json!("[1]")],
        Kind::Vertices { .. } => vec![json!(""), json!([1]), json!("\"a")],
        Kind::Pairs => vec![json!("a"), json!("a,b,c"), json!(1)],
        Kind::Words(_) => vec![json!([1]), json!({})],
        Kind::Window => vec![json!(1), json!({"startTime": "soon"})],
        Kind::Filter => vec![json!(1), json!([])],
        Kind::Layers => vec![json!([]), json!(1), json!([{"times": 11}])],
        Kind::Hint => Vec::new(),
    }
}

#[test]
fn a05_002_values_outside_their_range_are_refused_by_name() {
    let graph = Graph::new(2, &[(0, 1)]);
    for info in registry::all().iter().map(Entry::info) {
        for param in info.params {
            for value in outside(param) {
                let mut params = example(info, &graph);
                params.insert(param.name.to_owned(), value.clone());
                let Err(error) = support::entry(info.name).prepare(&params) else {
                    panic!("{} accepts {} = {value}", info.name, param.name);
                };
                assert!(error.is_parameter());
                assert!(error.to_string().starts_with(&format!("parameter [{}", param.name)), "{error}");
            }
        }
    }
}

#[test]
fn a05_003_mandatory_parameters_are_missed_by_name() {
    let graph = Graph::new(2, &[(0, 1)]);
    for info in registry::all().iter().map(Entry::info) {
        for param in info.params.iter().filter(|p| p.required) {
            let mut params = example(info, &graph);
            params.remove(param.name);
            let got = support::entry(info.name).prepare(&params).map(|_| ());
            assert_eq!(got, Err(AlgoError::Required { name: param.name }), "{}", info.name);
        }
    }
}

#[test]
fn p06_039_num_thread_changes_nothing() {
    let graph = Graph::random(300, 900, 6).acyclic();
    let ctx = JobContext::detached(1, PLENTY);
    for entry in registry::all() {
        let mut params = example(entry.info(), &graph);
        let plain = json_of(&run_in(&ctx, entry, &params, &graph).unwrap(), &graph);
        for hint in [json!(0), json!(4), json!("99")] {
            params.insert("num_thread".into(), hint);
            assert_eq!(json_of(&run_in(&ctx, entry, &params, &graph).unwrap(), &graph), plain);
        }
    }
}
