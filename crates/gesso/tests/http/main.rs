//! The HTTP surface, one test per item of a conformance checklist, named after it: `v03_32_…` proves item 32
//! of chapter 03 (vertices and edges), `m04_…` chapter 04 (schema, statistics, graphs), `d10_…` chapter 10
//! (data formats), `p06_…` chapter 06 (path algorithms), `f07_…` chapter 07 (filtered queries), `j02_…` chapter
//! 02 (jobs), `c01_…` chapter 01 (conventions). Everything is asked over a
//! socket of a server in this process; see [`harness`].

mod fixture;
mod fixture_files;
mod harness;
mod jobs_stage;
mod path_fixture;
mod process;

mod algorithm_filters;
mod algorithm_pages;
mod backups;
mod clear;
mod conventions;
mod conventions_size;
mod crash;
mod disk;
mod durability;
mod dynamic_graphs;
mod edges_add;
mod edges_delete;
mod edges_properties;
mod edges_query;
mod edges_read;
mod export;
mod file_changes;
mod filtered_query;
mod filtered_query_filters;
mod full_text;
mod graphs;
mod ids;
mod import_columns;
mod import_elements;
mod import_lines;
mod import_log;
mod import_order;
mod import_packed;
mod import_paths;
mod import_schema;
mod indices;
mod indices_jobs;
mod jobs_admission;
mod jobs_cancel;
mod jobs_effects;
mod jobs_events;
mod jobs_export;
mod jobs_kills;
mod jobs_laws;
mod jobs_list;
mod jobs_remote;
mod jobs_restart;
mod jobs_status;
mod path_algorithms;
mod path_lists;
mod path_query;
mod paths;
mod query_tree;
mod reports;
mod requests;
mod schema;
mod schema_delete;
mod statistics;
mod subgraph_algorithms;
mod subgraph_matching;
mod unknown_graph;
mod values;
mod vectors;
mod vertices_properties;
mod vertices_query;
mod vertices_read;
mod vertices_write;
mod walk_stage;
mod walk_vectors;
