//! The names that a module's source defines, imports or assigns, found without running it.
//! Good enough for "did you mean" and for listing; what is made at run time isn't seen, so
//! nothing may be refused because of what stands here.

use std::collections::BTreeSet;

use super::bindings::{after_word, bindings, leading_name};
use super::lines::{Line, logical_lines};

/// What a source says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The qualnames of functions, in the order of their definition.
    pub functions: Vec<String>,
    /// The qualnames of classes.
    pub classes: BTreeSet<String>,
    /// What the module or a class in it imports or assigns: may be anything.
    bound: BTreeSet<String>,
    /// There may be any name: a star import, or a `__getattr__` of the module.
    open: bool,
}

/// A definition whose body we are in.
struct Scope {
    indent: usize,
    qualname: String,
    is_class: bool,
}

impl Names {
    /// Reads a source.
    #[must_use]
    pub fn of(source: &[u8]) -> Self {
        let mut names = Self::default();
        let mut scopes: Vec<Scope> = Vec::new();
        let mut accessor = None;
        for line in logical_lines(source) {
            while scopes
                .last()
                .is_some_and(|scope| scope.indent >= line.indent)
            {
                scopes.pop();
            }
            if let Some(decorator) = line.text.strip_prefix('@') {
                accessor = accessor.or_else(|| accessor_of(decorator));
                continue;
            }
            let accessor = accessor.take();
            match definition(&line) {
                Some((name, is_class)) => {
                    let mut qualname = qualified(&scopes, name);
                    scopes.push(Scope {
                        indent: line.indent,
                        qualname: qualname.clone(),
                        is_class,
                    });
                    if is_class {
                        names.classes.insert(qualname);
                        continue;
                    }
                    names.open |= qualname == "__getattr__";
                    if let Some(kind) = accessor {
                        qualname = format!("{qualname}.{kind}");
                    }
                    if !names.functions.contains(&qualname) {
                        names.functions.push(qualname);
                    }
                }
                // What a function assigns is its own.
                None if scopes.iter().all(|scope| scope.is_class) => {
                    for bound in bindings(&line.text) {
                        if bound == "*" {
                            names.open = true;
                        } else {
                            names.bound.insert(qualified(&scopes, bound));
                        }
                    }
                }
                None => {}
            }
        }
        names
    }

    /// True where the qualname is there, or may be for all that can be seen.
    #[must_use]
    pub fn may_have(&self, qualname: &str) -> bool {
        if self.open || qualname.contains("<lambda>") || self.has(qualname) {
            return true;
        }
        // A class is given many of its special methods.
        let is_special = qualname.rsplit_once('.').is_some_and(|(class, method)| {
            method.starts_with("__") && self.classes.contains(class)
        });
        let mut parents = qualname.match_indices('.').map(|(at, _)| &qualname[..at]);
        // An attribute of something imported or assigned may be anything.
        is_special || parents.any(|parent| self.binds(parent))
    }

    /// True where the name is imported or assigned.
    #[must_use]
    pub fn binds(&self, qualname: &str) -> bool {
        self.bound.contains(qualname)
    }

    fn has(&self, qualname: &str) -> bool {
        self.classes.contains(qualname)
            || self.binds(qualname)
            || self.functions.iter().any(|function| function == qualname)
    }

    /// Functions, then classes.
    pub fn defined(&self) -> impl Iterator<Item = &str> {
        self.functions
            .iter()
            .chain(&self.classes)
            .map(String::as_str)
    }
}

fn qualified(scopes: &[Scope], name: &str) -> String {
    match scopes.last() {
        None => name.to_owned(),
        Some(scope) if scope.is_class => format!("{}.{name}", scope.qualname),
        Some(scope) => format!("{}.<locals>.{name}", scope.qualname),
    }
}

/// The name that a `def` or `class` defines, and whether it is a class.
fn definition(line: &Line) -> Option<(&str, bool)> {
    let text = line.text.as_str();
    let function = after_word(text, "async").unwrap_or(text);
    let (rest, is_class) = match (after_word(function, "def"), after_word(text, "class")) {
        (Some(rest), _) => (rest, false),
        (None, Some(rest)) => (rest, true),
        (None, None) => return None,
    };
    leading_name(rest).map(|name| (name, is_class))
}

/// `total.setter` gives `setter`.
fn accessor_of(decorator: &str) -> Option<&'static str> {
    let (_, kind) = decorator.trim().rsplit_once('.')?;
    ["setter", "deleter"]
        .into_iter()
        .find(|known| *known == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = r#"
"""A shop.

def not_this(): pass
"""
from __future__ import annotations
import os.path, json as j
from .db import (Session,
                 connect as open_db,  # a comment
                )
try: import fast
except ImportError: fast = None
if True:
    from x import y
    def conditional(): ...
LIMIT: int = 3
first, (second, *third) = pair = 1, (2, 3)
table['x'] = other.attribute = 5
check(LIMIT == 3, key=4)

@decorate(a.setter)
class Cart(Base,
           metaclass=Meta):
    kind = partial(f)
    def __init__(self): self.x = 1
    @property
    def total(self):
        text = """
def nor_this(): pass
"""
        def helper():
            return lambda: 1
        local = 2
        return helper()
    @total.setter
    def total(self, value): pass
    class Line:
        async def send(self): pass
	# a tab in a comment
    async  def  fetch(self): pass

def größe(): pass
class Empty: pass
def after(): pass
"#;

    #[test]
    fn definitions_have_their_qualnames() {
        let names = Names::of(SHOP.as_bytes());
        assert_eq!(
            names.functions,
            [
                "conditional",
                "Cart.__init__",
                "Cart.total",
                "Cart.total.<locals>.helper",
                "Cart.total.setter",
                "Cart.Line.send",
                "Cart.fetch",
                "größe",
                "after",
            ]
        );
        assert_eq!(
            names.classes.iter().collect::<Vec<_>>(),
            ["Cart", "Cart.Line", "Empty"]
        );
    }

    #[test]
    fn imports_and_assignments_bind() {
        let bound: Vec<String> = Names::of(SHOP.as_bytes()).bound.into_iter().collect();
        assert_eq!(
            bound,
            [
                "Cart.kind",
                "LIMIT",
                "Session",
                "annotations",
                "fast",
                "first",
                "j",
                "open_db",
                "os",
                "pair",
                "second",
                "third",
                "y"
            ]
        );
    }

    #[test]
    fn what_may_be_there_is_not_denied() {
        let names = Names::of(SHOP.as_bytes());
        for there in [
            "after",
            "Cart",
            "Session",
            "Session.commit",
            "Cart.kind",
            "Cart.kind.x",
            "Cart.__eq__",
            "Cart.total.<locals>.<lambda>",
        ] {
            assert!(names.may_have(there), "{there}");
        }
        for absent in [
            "afterwards",
            "Cart.totals",
            "total",
            "local",
            "not_this",
            "__eq__",
        ] {
            assert!(!names.may_have(absent), "{absent}");
        }
        assert!(Names::of(b"from x import *").may_have("anything"));
        assert!(Names::of(b"def __getattr__(name): ...").may_have("anything"));
    }

    /// Python's own parser on modules of the standard library says the same.
    #[test]
    fn python_sees_the_same_functions() {
        const ASK: &str = r#"
import ast, json, os, sys
def walk(node, prefix, found):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            walk(child, prefix + child.name + ".", found)
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            kinds = [d.attr for d in child.decorator_list if isinstance(d, ast.Attribute)]
            kinds = [kind for kind in kinds if kind in ("setter", "deleter")]
            found.add(".".join([prefix + child.name] + kinds))
            walk(child, prefix + child.name + ".<locals>.", found)
        else:
            walk(child, prefix, found)
    return found
folder = os.path.dirname(os.__file__)
answer = {}
for name in sorted(os.listdir(folder))[:90]:
    if name.endswith(".py"):
        path = os.path.join(folder, name)
        with open(path, "rb") as file:
            answer[path] = sorted(walk(ast.parse(file.read()), "", set()))
print(json.dumps(answer))
"#;
        let output = std::process::Command::new("python3")
            .args(["-I", "-c", ASK])
            .output()
            .unwrap();
        let answer: std::collections::BTreeMap<String, Vec<String>> =
            serde_json::from_slice(&output.stdout).unwrap();
        assert!(answer.len() > 30);
        for (path, expected) in answer {
            let mut functions = Names::of(&std::fs::read(&path).unwrap()).functions;
            functions.sort();
            assert_eq!(functions, expected, "{path}");
        }
    }
}
