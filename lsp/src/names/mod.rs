//! Who makes a name and who uses it, in one file.
//!
//! The language has one namespace and nothing hides a name that can be seen, so what a word stands for follows from
//! the tree alone, whether the file checks or not. Kept true here: a name that cannot be seen from a place is never
//! said to be meant there.

mod expressions;
mod said;
mod statements;
mod tests;
mod walk;

use std::collections::BTreeMap;

use sophia_diagnostics::Span;
use sophia_language::Parsed;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Playbook,
    Module,
    /// A name in `use`: of a connection, a tool, a module, a playbook, knowledge.
    Grant,
    Input,
    Type,
    Query,
    Command,
    Model,
    Predictor,
    Metric,
    State,
    Function,
    Action,
    Policy,
    /// What a trigger or an event brings.
    Arriving,
    Parameter,
    Let,
    /// The item of a loop.
    Item,
    /// The failure of `otherwise as` and `on failure as`.
    Failure,
    /// A table that a pipeline joins.
    Joined,
}

impl Kind {
    /// What people call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Playbook => "playbook",
            Self::Module => "module",
            Self::Grant => "use",
            Self::Input => "input",
            Self::Type => "type",
            Self::Query => "query",
            Self::Command => "command",
            Self::Model => "model",
            Self::Predictor => "predictor",
            Self::Metric => "metric",
            Self::State => "state",
            Self::Function => "function",
            Self::Action => "action",
            Self::Policy => "policy",
            Self::Arriving => "brought by what happened",
            Self::Parameter => "parameter",
            Self::Let => "let",
            Self::Item => "item of a loop",
            Self::Failure => "failure",
            Self::Joined => "joined table",
        }
    }
}

/// A place that makes a name.
#[derive(Clone, Debug)]
pub(crate) struct Binder {
    /// The name as it is used: of a granted module its last word.
    pub(crate) name: String,
    /// The name as it is written here: of a granted module with its dots.
    pub(crate) written: String,
    pub(crate) span: Span,
    /// The whole declaration or statement.
    pub(crate) whole: Span,
    pub(crate) kind: Kind,
    pub(crate) documentation: String,
    /// Where it can be seen.
    pub(crate) visible: Span,
    /// Whether it stands at the top of the file, where declarations see it.
    pub(crate) declared: bool,
}

/// A place that uses a name.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) name: String,
    pub(crate) span: Span,
    /// The number of its binder; `None` for columns, built-in functions, and what nobody makes.
    pub(crate) binder: Option<usize>,
}

/// A name behind a dot.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) span: Span,
    /// What stands before the dot.
    pub(crate) of: Span,
    /// The binder of what stands before it, where that is a name.
    pub(crate) base: Option<usize>,
}

/// A name of the project's settings that a file says without being granted it.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) name: String,
    /// Without its quotes or its `@`.
    pub(crate) span: Span,
    pub(crate) of: Setting,
}

/// What such a name can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// A model that a `route` names.
    Model,
    /// A group that is asked.
    Group,
    Calendar,
    Label,
    /// What a rule of a policy and a `release` are about: a tool, a model or a connection.
    Destination,
}

/// A call, and the names of its arguments.
#[derive(Clone, Debug)]
pub(crate) struct CallSite {
    pub(crate) callee: Span,
    pub(crate) span: Span,
    pub(crate) arguments: Vec<(Option<Span>, Span)>,
}

/// Everything about the names of a file.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) binders: Vec<Binder>,
    /// In the order of the text, as far as the tree is.
    pub(crate) uses: Vec<Use>,
    pub(crate) members: Vec<Member>,
    pub(crate) calls: Vec<CallSite>,
    /// The names of events of the project: where they are emitted and heard.
    pub(crate) events: Vec<(String, Span)>,
    /// Names of the project's settings that need no grant.
    pub(crate) said: Vec<Said>,
    /// The playbooks that are run or started, and where.
    pub(crate) runs: Vec<(String, Span)>,
    /// Declarations whose bodies see no `let`.
    bodies: Vec<Span>,
    /// The declared names.
    declared: BTreeMap<String, usize>,
}

impl Index {
    /// Walks over a file once.
    pub(crate) fn of(parsed: &Parsed, length: usize) -> Self {
        walk::walk(&parsed.file, length)
    }

    /// The binder whose name stands at a byte.
    pub(crate) fn binder_at(&self, offset: usize) -> Option<usize> {
        self.binders
            .iter()
            .position(|binder| binder.span.touches(offset))
    }

    /// The use that stands at a byte.
    pub(crate) fn use_at(&self, offset: usize) -> Option<&Use> {
        self.uses.iter().find(|used| used.span.touches(offset))
    }

    /// The member that stands at a byte.
    pub(crate) fn member_at(&self, offset: usize) -> Option<&Member> {
        self.members
            .iter()
            .find(|member| member.span.touches(offset))
    }

    /// The name of the project's settings that stands at a byte.
    pub(crate) fn said_at(&self, offset: usize) -> Option<&Said> {
        self.said.iter().find(|said| said.span.touches(offset))
    }

    /// What a binder is.
    pub(crate) fn binder(&self, number: usize) -> Option<&Binder> {
        self.binders.get(number)
    }

    /// The declared name of a word.
    pub(crate) fn declared(&self, name: &str) -> Option<&Binder> {
        self.binder(*self.declared.get(name)?)
    }

    /// Every name that can be seen from a place, the innermost of each word.
    pub(crate) fn visible(&self, offset: usize) -> Vec<&Binder> {
        let body = self
            .bodies
            .iter()
            .find(|body| body.range().contains(&offset));
        let mut seen: BTreeMap<&str, &Binder> = BTreeMap::new();
        for binder in &self.binders {
            let of_body = body.is_none_or(|body| {
                binder.declared || body.range().contains(&(binder.span.start as usize))
            });
            let is_header = matches!(binder.kind, Kind::Playbook | Kind::Module | Kind::Policy);
            if is_header || binder.name.is_empty() || !binder.visible.touches(offset) || !of_body {
                continue;
            }
            let width = |binder: &Binder| binder.visible.end - binder.visible.start;
            let known = seen.get(binder.name.as_str());
            if known.is_none_or(|known| width(known) >= width(binder)) {
                seen.insert(&binder.name, binder);
            }
        }
        seen.into_values().collect()
    }

    /// Every use of a binder.
    pub(crate) fn uses_of(&self, binder: usize) -> impl Iterator<Item = &Use> {
        let uses = self.uses.iter();
        uses.filter(move |used| used.binder == Some(binder))
    }

    /// The call whose brackets hold a byte, the innermost.
    pub(crate) fn call_around(&self, offset: usize) -> Option<&CallSite> {
        let around = self.calls.iter().filter(|call| {
            call.callee.end as usize <= offset && call.span.range().contains(&offset)
        });
        around.min_by_key(|call| call.span.end - call.span.start)
    }
}
