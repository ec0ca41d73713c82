//! Full-text searches over random graphs: through the index, by reading rows, and by a naive look at each
//! element, before and after writes, restarts and checkpoints. All give the same elements in the same order.

use gesso_core::rng::Rng;
use gesso_core::{Cardinality, DataType, JobContext, LabelId, PropId, Stop, Value, VertexIx};
use gesso_graph::index::text::TextPredicate;
use gesso_graph::snapshot::EdgePlace;
use gesso_graph::transaction::{EdgeProperties, VertexProperties};
use gesso_graph::{
    ApplyError, EdgeName, Graph, GraphInfo, IndexSpec, LabelDef, LabelKind, PropertyDef, Schema,
};
use gesso_query::{Compiled, OrderBy, Plan, Query, SortKey, Target, TextFilter, find_edges, find_vertices};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

const WORDS: [&str; 8] = ["harbour", "harbor", "light", "lights", "quiet", "hill", "über", "海"];
const LABELS: [LabelId; 2] = [LabelId(1), LabelId(2)];

/// What an element has: its title and its kind by label. Labels it does not have have neither.
type Row = BTreeMap<u16, (Option<String>, Option<i32>)>;

fn schema() -> Schema {
    let property = |name: &str, data_type| PropertyDef {
        name: name.into(),
        data_type,
        cardinality: Cardinality::Single,
    };
    ["a", "b"].iter().fold(Schema::default(), |s, name| {
        let properties = vec![property("title", DataType::String), property("kind", DataType::Int)];
        s.with_label(&LabelDef { name: (*name).into(), kind: LabelKind::All, properties }).unwrap()
    })
}

fn text(rng: &mut Rng) -> String {
    let words = (0..rng.below(6)).map(|_| WORDS[rng.below(8) as usize]).collect::<Vec<_>>();
    words.join(if rng.below(2) == 0 { " " } else { ", " })
}

fn values(rng: &mut Rng) -> (Option<String>, Option<i32>) {
    let title = (rng.below(5) > 0).then(|| text(rng));
    (title, (rng.below(3) > 0).then(|| rng.below(4) as i32))
}

fn row(rng: &mut Rng, is_vertex: bool) -> Row {
    let both = is_vertex && rng.below(4) == 0;
    let first = LABELS[rng.below(2) as usize];
    LABELS.iter().filter(|l| both || **l == first).map(|l| (l.0, values(rng))).collect()
}

fn edge_properties(of: &(Option<String>, Option<i32>)) -> EdgeProperties {
    let title = of.0.as_ref().map(|t| (PropId(0), Value::Text(t.as_str().into())));
    title.into_iter().chain(of.1.map(|k| (PropId(1), Value::Int(k)))).collect()
}

fn vertex_properties(row: &Row) -> VertexProperties {
    let of = |(label, values)| edge_properties(values).into_iter().map(move |(p, v)| (LabelId(label), p, v));
    row.iter().flat_map(|(label, values)| of((*label, values))).collect()
}

/// Vertices, and edges by source and index.
type Answer = (Vec<u32>, Vec<(u32, u32)>);

/// A graph and what is in it.
struct World {
    graph: Arc<Graph>,
    vertices: BTreeMap<u32, Row>,
    /// By source and index: the target and the row.
    edges: BTreeMap<(u32, u32), (u32, Row)>,
}

fn open(dir: &Path) -> Arc<Graph> {
    Arc::new(Graph::open(&dir.join("g"), 0).unwrap())
}

impl World {
    fn new(dir: &Path) -> World {
        let info = GraphInfo {
            uid: "u".into(),
            project: "p".into(),
            name: "g".into(),
            created_ms: 0,
            options: BTreeMap::new(),
        };
        let graph = Arc::new(Graph::create(&dir.join("g"), info, 0).unwrap());
        graph.write(|tx| tx.set_schema(schema())).unwrap();
        World { graph, vertices: BTreeMap::new(), edges: BTreeMap::new() }
    }

    fn change(&mut self, rng: &mut Rng, count: usize) {
        let World { graph, vertices, edges } = self;
        graph
            .write(|tx| {
                for _ in 0..count {
                    let any = |map: &BTreeMap<u32, Row>, rng: &mut Rng| {
                        map.keys().nth(rng.below(map.len().max(1) as u64) as usize).copied()
                    };
                    match (rng.below(10), any(vertices, rng)) {
                        (0..3, _) | (_, None) => {
                            let row = row(rng, true);
                            let labels = row.keys().map(|l| LabelId(*l)).collect();
                            let bound = tx.snapshot().vertex_bound();
                            let v = tx.new_vertex(&format!("v{bound}"), labels, vertex_properties(&row))?;
                            vertices.insert(v.0, row);
                        }
                        (3..5, Some(v)) => {
                            let row = row(rng, true);
                            let labels = row.keys().map(|l| LabelId(*l)).collect();
                            tx.set_vertex(VertexIx(v), labels, vertex_properties(&row))?;
                            vertices.insert(v, row);
                        }
                        (5, Some(v)) => {
                            tx.delete_vertex(VertexIx(v))?;
                            vertices.remove(&v);
                            edges.retain(|(source, _), (target, _)| *source != v && *target != v);
                        }
                        (6..8, Some(v)) => {
                            let target = any(vertices, rng).unwrap();
                            let row = row(rng, false);
                            let (label, values) = row.first_key_value().unwrap();
                            let (source, label) = (VertexIx(v), LabelId(*label));
                            let properties = edge_properties(values);
                            let index = tx.new_edge(source, VertexIx(target), label, properties)?;
                            edges.insert((v, index), (target, row));
                        }
                        (_, Some(_)) => {
                            let at = rng.below(edges.len().max(1) as u64) as usize;
                            let Some((key, (target, old))) = edges.iter().nth(at) else { continue };
                            let (key, target) = (*key, *target);
                            let label = LabelId(*old.first_key_value().unwrap().0);
                            let (source, to) = (VertexIx(key.0), VertexIx(target));
                            let name = EdgeName { source, target: to, label, index: key.1 };
                            if rng.below(3) == 0 {
                                tx.delete_edge(name)?;
                                edges.remove(&key);
                            } else {
                                let row = row(rng, false);
                                let (label, values) = row.first_key_value().unwrap();
                                tx.relabel_edge(name, LabelId(*label), edge_properties(values))?;
                                edges.insert(key, (target, row));
                            }
                        }
                    }
                }
                Ok::<_, ApplyError>(())
            })
            .unwrap();
    }

    fn make_index(&self) {
        let spec = IndexSpec {
            name: "words".into(),
            kind: "FullTextIndex".into(),
            properties: Some(vec!["title".into(), "kind".into()]),
            ..IndexSpec::default()
        };
        let reserved = self.graph.reserve_indices(vec![spec], 10).unwrap();
        reserved.build(&JobContext::detached(2, 1 << 30)).unwrap();
    }

    /// What each search finds, in order, and how. Every answer is compared with a naive look.
    fn answers(&self, threads: usize, access: &str) -> Vec<Answer> {
        let ctx = JobContext::detached(threads, 1 << 30);
        let snapshot = self.graph.snapshot();
        let run = |query: &Query| {
            let compiled = |target| Compiled::of(snapshot.schema(), target, query).unwrap();
            let (of_vertices, of_edges) = (compiled(Target::Vertices), compiled(Target::Edges));
            let plan = Plan::of(&snapshot, &of_vertices);
            assert_eq!(plan.name(), access);
            let vertices = find_vertices(&ctx, &snapshot, &of_vertices, &plan).unwrap();
            let plan = Plan::of(&snapshot, &of_edges);
            let edges = find_edges(&ctx, &snapshot, &of_edges, &plan).unwrap();
            let vertices: Vec<u32> = vertices.iter().map(|v| v.0).collect();
            (vertices, edges.iter().map(EdgePlace::by_source_and_index).collect::<Vec<_>>())
        };
        let mut answers = Vec::new();
        for (predicate, operands) in searches() {
            let filter = TextFilter { predicate, operands: operands.clone() };
            let query = Query { text: Some(filter), ..Query::default() };
            let (vertices, edges) = run(&query);
            let mut sorted = (vertices.clone(), edges.clone());
            sorted.0.sort_unstable();
            sorted.1.sort_unstable();
            assert_eq!(sorted, self.naive(predicate, &operands), "{predicate:?} {operands:?}");
            // A window is a part of the whole, and an order sorts it.
            let window = run(&Query { offset: 1, limit: Some(3), ..query.clone() });
            let part = |len: usize| 1.min(len)..4.min(len);
            assert_eq!(window.0, vertices[part(vertices.len())]);
            assert_eq!(window.1, edges[part(edges.len())]);
            let by_kind = OrderBy { key: SortKey::Property("kind".into()), is_falling: true };
            answers.push(run(&Query { sorts: vec![by_kind], ..query }));
            answers.push((vertices, edges));
        }
        drop(snapshot);
        assert_eq!(ctx.account().used(), 0);
        answers
    }

    fn naive(&self, predicate: TextPredicate, operands: &[(String, String)]) -> Answer {
        let holds = |row: &Row| {
            operands.iter().all(|(property, operand)| {
                let text = |of: &(Option<String>, Option<i32>)| {
                    if property == "title" { of.0.clone() } else { of.1.map(|k| k.to_string()) }
                };
                let texts: Vec<String> = row.values().filter_map(text).collect();
                let words = texts.iter().flat_map(|t| t.split([' ', ','])).filter(|w| !w.is_empty());
                words.into_iter().any(|word| passes(predicate, operand, word))
            })
        };
        let vertices = self.vertices.iter().filter(|(_, row)| holds(row)).map(|(v, _)| *v);
        let edges = self.edges.iter().filter(|(_, (_, row))| holds(row)).map(|(key, _)| *key);
        (vertices.collect(), edges.collect())
    }
}

fn passes(predicate: TextPredicate, operand: &str, word: &str) -> bool {
    match predicate {
        TextPredicate::Match | TextPredicate::Combination => {
            operand.to_lowercase().split(' ').any(|wanted| wanted == word)
        }
        TextPredicate::Prefix => word.starts_with(&operand.to_lowercase()),
        TextPredicate::Wildcard | TextPredicate::Regexp => match operand {
            "h*b?*r" | "harb(our|or)" => ["harbour", "harbor"].contains(&word),
            "l*" | "l[a-z]+" => ["light", "lights"].contains(&word),
            other => panic!("{other} is not known here"),
        },
        TextPredicate::Fuzzy => match operand {
            "Harbuor" => ["harbour", "harbor"].contains(&word),
            "lights" | "light" => ["light", "lights"].contains(&word),
            other => panic!("{other} is not known here"),
        },
    }
}

fn searches() -> Vec<(TextPredicate, Vec<(String, String)>)> {
    let one = |predicate, operand: &str| (predicate, vec![("title".to_owned(), operand.to_owned())]);
    let pair = |title: &str, kind: &str| {
        let pairs = vec![("title".to_owned(), title.to_owned()), ("kind".to_owned(), kind.to_owned())];
        (TextPredicate::Combination, pairs)
    };
    vec![
        one(TextPredicate::Match, "harbour"),
        one(TextPredicate::Match, "The HARBOUR lights Über"),
        one(TextPredicate::Match, "nowhere"),
        one(TextPredicate::Match, "海"),
        (TextPredicate::Match, vec![("kind".to_owned(), "2".to_owned())]),
        one(TextPredicate::Prefix, "Harb"),
        one(TextPredicate::Prefix, "li"),
        one(TextPredicate::Wildcard, "h*b?*r"),
        one(TextPredicate::Wildcard, "l*"),
        one(TextPredicate::Regexp, "harb(our|or)"),
        one(TextPredicate::Regexp, "l[a-z]+"),
        one(TextPredicate::Fuzzy, "Harbuor"),
        one(TextPredicate::Fuzzy, "light"),
        pair("harbour light", "1"),
        pair("quiet", "3"),
    ]
}

#[test]
fn index_rows_and_a_naive_look_agree_at_any_time() {
    for seed in 0..12 {
        let mut rng = Rng::new(seed, 0);
        let dir = tempfile::tempdir().unwrap();
        let mut world = World::new(dir.path());
        let first = rng.below(3);
        if first == 0 {
            world.make_index();
        }
        world.change(&mut rng, 120);
        if first == 1 {
            world.make_index();
        }
        world.graph.compact(&JobContext::detached(2, 1 << 30)).unwrap();
        world.change(&mut rng, 60);
        if first == 2 {
            world.make_index();
        }
        world.change(&mut rng, 60);
        let expected = world.answers(2, "index");
        assert_eq!(world.answers(1, "index"), expected);
        // A restart finds the definition, reads rows, and makes the data again.
        drop(std::mem::replace(&mut world.graph, Arc::new(open_elsewhere(dir.path()))));
        world.graph = open(dir.path());
        assert!(world.graph.lacks_indices());
        assert_eq!(world.answers(2, "full scan"), expected, "seed {seed}");
        world.graph.build_missing_indices(&JobContext::detached(2, 1 << 30)).unwrap();
        assert_eq!(world.answers(2, "index"), expected, "seed {seed}");
        // A checkpoint changes no score, so that it changes no order.
        world.graph.compact(&JobContext::detached(2, 1 << 30)).unwrap();
        assert!(world.graph.snapshot().is_base());
        assert_eq!(world.answers(2, "index"), expected, "seed {seed}");
    }
}

/// The stored data of the only index.
fn stored(dir: &Path) -> std::path::PathBuf {
    let files = walk(&dir.join("g"));
    files.into_iter().find(|f| f.ends_with("index-00000000.seg")).expect("a file of index data")
}

fn walk(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn data_are_read_back_after_a_restart_and_made_again_when_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let ctx = JobContext::detached(2, 1 << 30);
    // A checkpoint seals its job.
    let compact = |world: &World| world.graph.compact(&JobContext::detached(2, 1 << 30)).unwrap();
    let mut world = World::new(dir.path());
    let mut rng = Rng::new(3, 0);
    world.make_index();
    world.change(&mut rng, 150);
    compact(&world);
    world.change(&mut rng, 50);
    let expected = world.answers(2, "index");
    assert!(world.graph.has_unsaved_indices());
    world.graph.save_indices(&ctx).unwrap();
    assert!(!world.graph.has_unsaved_indices());
    let verified = || {
        let found = Graph::verify(&dir.path().join("g"), &ctx).unwrap().indices;
        (found.sound, found.damaged)
    };
    assert_eq!(verified(), (1, 0));
    let reopen = |world: &mut World| {
        world.graph = Arc::new(open_elsewhere(dir.path()));
        world.graph = open(dir.path());
        world.graph.build_missing_indices(&ctx).unwrap();
        assert_eq!(ctx.account().used(), 0);
        assert!(!world.graph.lacks_indices());
    };
    reopen(&mut world);
    assert!(!world.graph.has_unsaved_indices(), "the data were not read back");
    assert_eq!(world.answers(2, "index"), expected);
    let file = stored(dir.path());
    let whole = std::fs::read(&file).unwrap();
    for damage in [0, whole.len() / 3, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[damage] ^= 0x10;
        std::fs::write(&file, &bytes).unwrap();
        reopen(&mut world);
        assert_eq!(world.answers(2, "index"), expected);
        // A bit between two arrays says nothing.
        if world.graph.has_unsaved_indices() {
            assert!(!file.exists());
            world.graph.save_indices(&ctx).unwrap();
            assert_eq!(std::fs::read(&file).unwrap().len(), whole.len());
        }
    }
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(verified(), (0, 1));
    reopen(&mut world);
    assert!(world.graph.has_unsaved_indices());
    world.graph.save_indices(&ctx).unwrap();
    // The data of a base are of no use for another one.
    let old = std::fs::read(&file).unwrap();
    compact(&world);
    world.graph.save_indices(&ctx).unwrap();
    std::fs::write(stored(dir.path()), old).unwrap();
    reopen(&mut world);
    assert!(world.graph.has_unsaved_indices());
    assert_eq!(world.answers(2, "index"), expected);
    // What is dropped gives its file back.
    world.graph.save_indices(&ctx).unwrap();
    let file = stored(dir.path());
    let def = world.graph.drop_index("words").unwrap();
    world.graph.free_index(&def);
    assert!(!file.exists());
}

/// A graph to put in the place of one that is to be closed.
fn open_elsewhere(dir: &Path) -> Graph {
    let info = GraphInfo {
        uid: "x".into(),
        project: "p".into(),
        name: "x".into(),
        created_ms: 0,
        options: BTreeMap::new(),
    };
    let at = dir.join("x");
    _ = std::fs::remove_dir_all(&at);
    Graph::create(&at, info, 0).unwrap()
}

#[test]
fn a_build_stops_at_every_checkpoint_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = World::new(dir.path());
    world.change(&mut Rng::new(7, 0), 400);
    world.graph.compact(&JobContext::detached(2, 1 << 30)).unwrap();
    world.change(&mut Rng::new(8, 0), 40);
    let spec = IndexSpec {
        name: "words".into(),
        kind: "FullTextIndex".into(),
        properties: Some(vec!["title".into()]),
        ..IndexSpec::default()
    };
    let mut stopped = 0;
    for count in 1.. {
        let ctx = JobContext::detached(2, 1 << 30).stop_at_checkpoint(count);
        let reserved = world.graph.reserve_indices(vec![spec.clone()], 10).unwrap();
        let built = reserved.build(&ctx);
        assert_eq!(ctx.account().used(), 0);
        if built.is_ok() {
            break;
        }
        assert_eq!(ctx.gate().stopped(), Some(Stop::Cancelled));
        assert!(world.graph.snapshot().schema().indices().is_empty());
        stopped += 1;
    }
    assert!(stopped >= 5, "{stopped} checkpoints");
    // Without memory it is refused, too.
    world.graph.drop_index("words").unwrap();
    let ctx = JobContext::detached(2, 1 << 20);
    let reserved = world.graph.reserve_indices(vec![spec], 10).unwrap();
    assert!(reserved.build(&ctx).is_err());
    assert_eq!((ctx.gate().stopped(), ctx.account().used()), (Some(Stop::Memory), 0));
}
