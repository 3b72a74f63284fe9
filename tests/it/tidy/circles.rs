//! Files that import each other in a circle: there are none.
//!
//! A file imports the file that defines what it names, whichever module it is re-exported by. Methods are not seen: an
//! `impl` may stand in a child of the file that calls it. Nor does it count that a module names its children: it is their
//! face, and they implement its traits.

use super::sources::{Source, all_sources, binding_sources};
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use std::collections::{HashMap, HashSet};

/// A path of modules, from the root of the crate.
type Names = Vec<String>;

/// What names in a file stand for.
#[derive(Default)]
struct Module {
    /// Name of the file; modules that are written out in another file have none.
    file: String,
    defined: HashSet<String>,
    /// Names that `use` brings, with their paths.
    used: HashMap<String, Names>,
    /// Modules all of whose names `use` brings.
    globs: Vec<Names>,
    /// Paths in the code, as written.
    named: Vec<Names>,
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn module_of(file: &str) -> Names {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if matches!(path, "lib" | "main") { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

/// A path as written in a module, from the root of the crate. Paths into other crates stay as they are.
fn absolute(at: &Names, path: &[&str]) -> Names {
    let mut base = at.clone();
    let mut rest = path;
    match rest.first() {
        Some(&"crate") => (base, rest) = (Vec::new(), &rest[1..]),
        Some(&"self") => rest = &rest[1..],
        _ => {}
    }
    while let Some(&"super") = rest.first() {
        base.pop();
        rest = &rest[1..];
    }
    base.into_iter().chain(rest.iter().map(|name| (*name).to_owned())).collect()
}

/// The paths of a `use`, with the names that they bring.
fn leaves(tree: &str, before: &[&str], found: &mut Vec<(String, Names)>) {
    let tree = tree.trim();
    if let Some(at) = tree.find('{') {
        let path: Vec<&str> =
            before.iter().copied().chain(tree[..at].split("::").map(str::trim)).filter(|n| !n.is_empty()).collect();
        let inside = &tree[at + 1..tree.rfind('}').unwrap_or(tree.len())];
        let (mut depth, mut start) = (0, 0);
        for (i, c) in inside.char_indices().chain([(inside.len(), ',')]) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    leaves(&inside[start..i], &path, found);
                    start = i + 1;
                }
                _ => {}
            }
        }
    } else if !tree.is_empty() {
        let (path, name) = tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name.trim())));
        let mut path: Vec<&str> = before.iter().copied().chain(path.split("::").map(str::trim)).collect();
        if path.last() == Some(&"self") && path.len() > 1 {
            path.pop();
        }
        let name = name.or(path.last().copied()).unwrap_or_default();
        found.push((name.to_owned(), path.iter().map(|n| (*n).to_owned()).collect()));
    }
}

/// Reads what a file defines, uses and names.
fn read(source: &Source) -> (Names, Module) {
    let at = module_of(&source.name);
    let mut module = Module { file: source.name.clone(), ..Module::default() };
    let mut code = source.code.as_str();
    let mut plain = String::new();
    // A `use` begins a line.
    while let Some(start) = code.match_indices("use ").map(|(i, _)| i).find(|i| begins_item(&code[..*i])) {
        plain.push_str(&code[..start]);
        let end = code[start..].find(';').map_or(code.len(), |end| start + end);
        let mut found = Vec::new();
        leaves(&code[start + "use ".len()..end], &[], &mut found);
        for (name, path) in found {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let path = absolute_of_use(&at, &path);
            if name == "*" {
                module.globs.push(path[..path.len() - 1].to_vec());
            } else {
                module.used.insert(name, path);
            }
        }
        code = &code[end..];
    }
    plain.push_str(code);
    let words: Vec<&str> = plain.split(|c| !is_of_name(c)).filter(|word| !word.is_empty()).collect();
    for pair in words.windows(2) {
        if ["struct", "enum", "trait", "type", "union", "fn", "const", "static", "macro_rules"].contains(&pair[0]) {
            module.defined.insert(pair[1].to_owned());
        }
    }
    module.named = paths(&plain);
    (at, module)
}

/// A `use` may begin with a child of the module; otherwise a first name that is no keyword is a crate.
fn absolute_of_use(at: &Names, path: &[&str]) -> Names {
    match path.first() {
        Some(&("crate" | "self" | "super")) => absolute(at, path),
        _ => [vec!["?".to_owned()], at.clone(), path.iter().map(|n| (*n).to_owned()).collect()].concat(),
    }
}

/// Whether code may end here so that an item begins: after a line's blanks and `pub`.
fn begins_item(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default().trim();
    line.is_empty() || line.starts_with("pub")
}

/// The paths of at least two names in code.
fn paths(code: &str) -> Vec<Names> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find("::") {
        let first =
            rest[..at].rfind(|c| !is_of_name(c)).map_or(0, |i| i + rest[i..].chars().next().map_or(1, char::len_utf8));
        let mut path = vec![rest[first..at].to_owned()];
        let mut after = &rest[at..];
        while let Some(next) = after.strip_prefix("::") {
            let name: String = next.chars().take_while(|c| is_of_name(*c)).collect();
            if name.is_empty() {
                break;
            }
            after = &next[name.len()..];
            path.push(name);
        }
        if path.len() > 1 && !path[0].is_empty() {
            found.push(path);
        }
        rest = after.strip_prefix("::").unwrap_or(after);
    }
    found
}

/// The modules of the program, by their paths.
struct Program {
    modules: HashMap<Names, Module>,
}

impl Program {
    fn of(sources: &[Source]) -> Self {
        let mut modules: HashMap<Names, Module> = sources.iter().filter(|s| s.name != "main.rs").map(read).collect();
        let all: HashSet<Names> = modules.keys().cloned().collect();
        // Paths that begin with a child of the module.
        for (at, module) in &mut modules {
            let own = |path: &mut Names| {
                if path.first().is_some_and(|name| name == "?") {
                    path.remove(0);
                    if !all.contains(&path[..at.len() + 1]) {
                        *path = vec!["?".to_owned()];
                    }
                }
            };
            module.used.values_mut().for_each(own);
            module.globs.iter_mut().for_each(own);
        }
        Self { modules }
    }

    /// The file that defines what a path from the root names.
    fn find(&self, path: &[String], depth: u32) -> Option<&str> {
        let most = (0..=path.len()).rev().find(|len| self.modules.contains_key(&path[..*len]))?;
        let module = &self.modules[&path[..most]];
        let name = path.get(most).filter(|_| depth < 16)?;
        if module.defined.contains(name) {
            return Some(&module.file);
        }
        if let Some(used) = module.used.get(name) {
            return self.find(&[used, &path[most + 1..]].concat(), depth + 1);
        }
        module.globs.iter().find_map(|glob| self.find(&[glob, &path[most..]].concat(), depth + 1))
    }

    /// The files that a module names things of.
    fn imports(&self, at: &Names) -> HashSet<&str> {
        let module = &self.modules[at];
        let mut found: HashSet<&str> = module.used.values().filter_map(|path| self.find(path, 0)).collect();
        for path in &module.named {
            let names: Vec<&str> = path.iter().map(String::as_str).collect();
            let from_here = || absolute(at, &names);
            let path = match module.used.get(&path[0]) {
                Some(used) => [used, &path[1..]].concat(),
                None => from_here(),
            };
            found.extend(self.find(&path, 0));
        }
        found.remove(module.file.as_str());
        found.retain(|file| !module_of(file).starts_with(at));
        found
    }
}

/// Which files import which.
fn graph_of(program: &Program) -> DiGraph<&str, ()> {
    let mut graph: DiGraph<&str, ()> = DiGraph::new();
    let nodes: HashMap<&str, _> =
        program.modules.values().map(|m| (m.file.as_str(), graph.add_node(&m.file))).collect();
    for (at, module) in &program.modules {
        for import in program.imports(at) {
            graph.update_edge(nodes[module.file.as_str()], nodes[import], ());
        }
    }
    graph
}

/// What is wrong with a graph of imports: the circles, and the arrows in each.
pub fn circles(graph: &DiGraph<&str, ()>) -> String {
    let mut wrong = Vec::new();
    for circle in tarjan_scc(graph).iter().filter(|circle| circle.len() > 1) {
        let arrows = graph.edge_indices().filter_map(|edge| graph.edge_endpoints(edge));
        let arrows = arrows.filter(|(from, to)| circle.contains(from) && circle.contains(to));
        let mut arrows: Vec<String> = arrows.map(|(from, to)| format!("  {} -> {}", graph[from], graph[to])).collect();
        arrows.sort();
        wrong.push(format!("{} files import each other:\n{}", circle.len(), arrows.join("\n")));
    }
    wrong.sort();
    wrong.join("\n")
}

#[test]
fn files_import_each_other_in_no_circle() {
    let program = Program::of(&all_sources());
    let graph = graph_of(&program);
    assert!(graph.edge_count() > 1_000, "only {} imports were found", graph.edge_count());
    assert_eq!(circles(&graph), "");
    assert_eq!(circles(&graph_of(&Program::of(&binding_sources()))), "");
}

#[test]
fn imports_are_found() {
    let source = |name: &str, code: &str| Source { name: name.to_owned(), code: code.to_owned() };
    let program = Program::of(&[
        source("lib.rs", "pub mod a;\npub mod d;\n"),
        source("a/mod.rs", "mod b;\nmod c;\npub use b::{B, self as other};\npub fn f() { c::g::<u8>(); }\n"),
        source("a/b.rs", "use super::c::{C, h};\npub struct B;\n"),
        source("a/c.rs", "use std::fmt::{Debug, self};\npub struct C;\nfn g() {}\nfn h() {}\n"),
        source("d.rs", "use crate::a;\nfn x() -> a::B { crate::a::f() }\n"),
    ]);
    let imports = |name: &str| {
        let mut found: Vec<&str> = program.imports(&module_of(name)).into_iter().collect();
        found.sort_unstable();
        found
    };
    assert_eq!(imports("a/mod.rs"), [""; 0]);
    assert_eq!(imports("a/b.rs"), ["a/c.rs"]);
    assert_eq!(imports("a/c.rs"), [""; 0]);
    assert_eq!(imports("d.rs"), ["a/b.rs", "a/mod.rs"]);
    assert_eq!(imports("lib.rs"), [""; 0]);
    assert_eq!(circles(&graph_of(&program)), "");
}

#[test]
fn a_circle_is_found() {
    let source = |name: &str, code: &str| Source { name: name.to_owned(), code: code.to_owned() };
    let program = Program::of(&[
        source("lib.rs", "mod a;\nmod b;\n"),
        source("a.rs", "use crate::b::B;\npub struct A;\n"),
        source("b.rs", "use crate::a::A;\npub struct B;\n"),
    ]);
    assert_eq!(circles(&graph_of(&program)), "2 files import each other:\n  a.rs -> b.rs\n  b.rs -> a.rs");
}
