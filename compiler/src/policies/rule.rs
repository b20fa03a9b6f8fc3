//! Reading the rules of a module: what they are about, and what they ask for.
//!
//! Kept true here: a rule that comes out of here names things that exist; anything else was told.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Span, codes};
use sophia_language::syntax::{
    Demand as WrittenDemand, Expression, File, Item, Label, Name, Policy, PolicyRule,
    Subject as WrittenSubject, TextPart, TextTemplate,
};

use crate::checker::Checker;
use crate::facts::reach::{Condition, Knowledge, Names};
use crate::names::{nearest, with_nearest};
use crate::types::{Place, Scope};

/// A rule that every playbook keeps.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// The policy that it stands in.
    pub(crate) policy: Arc<str>,
    /// The module's file.
    pub(crate) file: Arc<str>,
    /// The whole line.
    pub(crate) span: Span,
    pub(crate) demand: Demand,
}

/// What a rule asks for.
#[derive(Clone, Debug)]
pub(crate) enum Demand {
    /// `every do stripe.create_refund where amount > $500 follows ask ["finance"]`
    FollowsAsk {
        effect: Subject,
        /// Over the arguments of the call; without it every call is meant.
        condition: Option<Condition>,
        groups: Vec<Arc<str>>,
    },
    /// `every do hubspot has undo`
    EffectHas {
        effect: Subject,
        condition: Option<Condition>,
        what: Arc<str>,
    },
    /// `every model has budget`
    KindHas { kind: Arc<str>, what: Arc<str> },
    /// `no @pii reaches slack`
    NoFlow {
        label: Arc<str>,
        destination: Subject,
    },
    /// `at most 100 of do slack per run`
    AtMost { times: u64, effect: Subject },
}

/// A tool, a model or a connection, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    /// With its dots: `slack`, `stripe.create_refund`.
    pub(crate) path: Arc<str>,
}

impl Subject {
    /// Whether an effect of this name is meant, or what it writes: `stripe.create_refund`, `record warehouse.moments`,
    /// `warehouse.payments`.
    pub(crate) fn means(&self, effect: &str) -> bool {
        let own = effect.strip_prefix("record ").unwrap_or(effect);
        own.strip_prefix(&*self.path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

/// What can be asked of each kind of thing.
const KINDS: &[(&str, &[&str])] = &[
    ("model", &["budget", "otherwise"]),
    ("query", &["bound"]),
    ("command", &["bound"]),
    ("loop", &["bound"]),
    ("ask", &["timeout"]),
    ("wait", &["timeout"]),
];

/// What can be asked of an effect.
const OF_EFFECTS: &[&str] = &["undo", "retry", "timeout", "otherwise"];

impl Checker<'_> {
    /// The rules of a module. What is wrong with one is told, and leaves it out.
    pub(crate) fn rules(&mut self, file: &File) -> Vec<Rule> {
        let mut rules = Vec::new();
        for item in &file.items {
            let Item::Policy(policy) = item else { continue };
            for rule in &policy.rules {
                if let Some((demand, span)) = self.policy_rule(rule) {
                    rules.push(Rule {
                        policy: Arc::from(policy.name.text.as_str()),
                        file: self.file.clone(),
                        span,
                        demand,
                    });
                }
            }
            self.report_unlisted(policy);
        }
        rules
    }

    /// A module that the manifest does not list binds nobody.
    fn report_unlisted(&mut self, policy: &Policy) {
        if self.manifest.policy_modules.contains(&*self.file) {
            return;
        }
        let diagnostic = self
            .diagnostic(
                codes::S821,
                policy.name.span,
                format!("The policy `{}` binds no playbook.", policy.name.text),
            )
            .with_label("its file is not listed under `[policies]`")
            .with_help(format!(
                "write `modules = [\"{}\"]` under `[policies]` in sophia.toml",
                self.file
            ));
        self.push(diagnostic);
    }

    fn policy_rule(&mut self, rule: &PolicyRule) -> Option<(Demand, Span)> {
        match rule {
            PolicyRule::Every {
                subject,
                condition,
                demand,
                span,
            } => Some((self.every(subject, condition.as_ref(), demand)?, *span)),
            PolicyRule::NoFlow {
                label,
                destination,
                span,
            } => {
                let destination = self.destination(destination)?;
                let label = known_label(label)?;
                Some((Demand::NoFlow { label, destination }, *span))
            }
            PolicyRule::AtMost {
                times,
                effect,
                span,
            } => {
                let effect = self.ruled_effect(effect)?;
                let times = *times;
                Some((Demand::AtMost { times, effect }, *span))
            }
            PolicyRule::Error(_) => None,
        }
    }

    fn every(
        &mut self,
        subject: &WrittenSubject,
        condition: Option<&Expression>,
        demand: &WrittenDemand,
    ) -> Option<Demand> {
        match (subject, demand) {
            (_, WrittenDemand::Missing(_)) => None,
            (WrittenSubject::Effect(path), demand) => {
                let effect = self.ruled_effect(path)?;
                let condition = match condition {
                    Some(condition) => Some(self.of_arguments(path, condition)?),
                    None => None,
                };
                match demand {
                    WrittenDemand::FollowsAsk { groups } => Some(Demand::FollowsAsk {
                        effect,
                        condition,
                        groups: self.groups(groups)?,
                    }),
                    WrittenDemand::Has(what) => {
                        self.known_word(what, OF_EFFECTS, "an effect can have")?;
                        Some(Demand::EffectHas {
                            effect,
                            condition,
                            what: Arc::from(what.text.as_str()),
                        })
                    }
                    WrittenDemand::Missing(_) => None,
                }
            }
            (WrittenSubject::Kind(kind), WrittenDemand::Has(what)) => {
                let kinds: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
                self.known_word(kind, &kinds, "a rule can be about")?;
                if let Some(condition) = condition {
                    self.report_condition(condition.span(), "A condition is over the arguments of a call, so it follows `do TOOL.CALL`.");
                    return None;
                }
                let (_, possible) = KINDS.iter().find(|(known, _)| *known == kind.text)?;
                let can = format!("a {} can have", kind.text);
                self.known_word(what, possible, &can)?;
                Some(Demand::KindHas {
                    kind: Arc::from(kind.text.as_str()),
                    what: Arc::from(what.text.as_str()),
                })
            }
            (WrittenSubject::Kind(kind), WrittenDemand::FollowsAsk { .. }) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S819,
                        kind.span,
                        "Only an effect can follow a question to a person.",
                    )
                    .with_help("write `every do TOOL.CALL follows ask`");
                self.push(diagnostic);
                None
            }
        }
    }

    /// The groups that may answer. Every one is in the manifest.
    fn groups(&mut self, written: &[TextTemplate]) -> Option<Vec<Arc<str>>> {
        let mut groups = Vec::new();
        for text in written {
            let name: String = (text.parts.iter())
                .map(|part| match part {
                    TextPart::Plain(text) => text.as_str(),
                    TextPart::Hole(_) => "",
                })
                .collect();
            if !self.manifest.groups.is_empty() && !self.manifest.groups.contains_key(&name) {
                let near = nearest(&name, self.manifest.groups.keys().map(String::as_str))
                    .map(|near| format!("\"{near}\""));
                let diagnostic = self
                    .diagnostic(
                        codes::S824,
                        text.span,
                        format!("The project has no group \"{name}\"."),
                    )
                    .with_label("not under `[groups]` in sophia.toml");
                self.push(with_nearest(diagnostic, near.as_deref(), text.span));
                return None;
            }
            groups.push(Arc::from(name));
        }
        Some(groups)
    }

    /// The effects that a path names: those of a tool or a connection, or one of them.
    fn ruled_effect(&mut self, path: &[Name]) -> Option<Subject> {
        let (first, rest) = path.split_first()?;
        if first.text.is_empty() {
            return None;
        }
        if self.manifest.tools.contains_key(&first.text) {
            if !self.granted_tool(first) {
                return None;
            }
            if let [call] = rest {
                self.tool(first, call)?;
            }
        } else if self.manifest.connections.contains_key(&first.text) {
            self.granted_connection(first)?;
        } else {
            let known = (self.manifest.tools.keys()).chain(self.manifest.connections.keys());
            self.report_unknown(first, known.map(String::as_str).collect());
            return None;
        }
        Some(joined(path))
    }

    /// Where values may go: a tool, a model, a connection or a group.
    fn destination(&mut self, path: &[Name]) -> Option<Subject> {
        let first = path.first()?;
        let manifest = self.manifest;
        if manifest.models.contains_key(&first.text)
            || manifest.groups.contains_key(&first.text)
            || manifest.knowledge.contains(&first.text)
        {
            return Some(joined(path));
        }
        if manifest.tools.contains_key(&first.text)
            || manifest.connections.contains_key(&first.text)
        {
            return self.ruled_effect(path);
        }
        let known = (manifest.tools.keys())
            .chain(manifest.connections.keys())
            .chain(manifest.models.keys())
            .chain(manifest.groups.keys());
        self.report_unknown(first, known.map(String::as_str).collect());
        None
    }

    fn report_unknown(&mut self, name: &Name, known: Vec<&str>) {
        let near = nearest(&name.text, known);
        let diagnostic = self
            .diagnostic(
                codes::S819,
                name.span,
                format!("The project has nothing named `{}`.", name.text),
            )
            .with_label("not in sophia.toml");
        self.push(with_nearest(diagnostic, near, name.span));
    }

    fn known_word(&mut self, word: &Name, known: &[&str], can: &str) -> Option<()> {
        if known.contains(&&*word.text) {
            return Some(());
        }
        if word.text.is_empty() {
            return None;
        }
        let near = nearest(&word.text, known.iter().copied());
        let all: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
        let diagnostic = self
            .diagnostic(
                codes::S819,
                word.span,
                format!("`{}` is nothing that {can}.", word.text),
            )
            .with_note(format!("known: {}", all.join(", ")));
        self.push(with_nearest(diagnostic, near, word.span));
        None
    }

    /// A condition over the arguments of a call.
    fn of_arguments(&mut self, path: &[Name], written: &Expression) -> Option<Condition> {
        let [tool, call] = path else {
            self.report_condition(
                written.span(),
                "A condition is over the arguments of one call, so the rule names the call.",
            );
            return None;
        };
        let facts = self.tool(tool, call)?;
        let mut scope = Scope::new(Place::Declaration);
        let mut names = Names::default();
        for argument in &facts.arguments {
            let of = argument.unit.clone().unwrap_or_else(|| argument.of.clone());
            let of = of.present().clone();
            names.bind(&argument.name, of.clone());
            scope.add(argument.name.clone(), of, call.span);
        }
        let before = self.diagnostics.len();
        let code = self.check_condition(written, &scope);
        if self.diagnostics.len() > before {
            return None;
        }
        let condition = names.condition(&code);
        if condition.is_open() {
            self.report_condition(
                written.span(),
                "This condition cannot be decided before a run: it compares arguments with fixed values only.",
            );
            return None;
        }
        if !condition.is_constant() && !condition.learn(&mut Knowledge::new(), true) {
            let diagnostic = self
                .diagnostic(
                    codes::S831,
                    written.span(),
                    "This condition can never hold.",
                )
                .with_label("the rule binds nothing")
                .with_note("it contradicts itself, or the types of the arguments")
                .with_help("correct the condition");
            self.push(diagnostic);
            return None;
        }
        Some(condition)
    }

    fn report_condition(&mut self, span: Span, sentence: &str) {
        let diagnostic: Diagnostic = self
            .diagnostic(codes::S820, span, sentence)
            .with_help("write a condition such as `amount > $500`");
        self.push(diagnostic);
    }
}

fn joined(path: &[Name]) -> Subject {
    let words: Vec<&str> = path.iter().map(|name| name.text.as_str()).collect();
    Subject {
        path: Arc::from(words.join(".")),
    }
}

fn known_label(label: &Label) -> Option<Arc<str>> {
    let word = label.text.trim_start_matches('@');
    (!word.is_empty()).then(|| Arc::from(word))
}

/// The arguments of a call that are not given: a comparison with them does not hold.
pub(crate) fn given(
    arguments: &[(Arc<str>, crate::facts::reach::Term)],
    condition: &Condition,
) -> Condition {
    let terms: BTreeMap<_, _> = arguments.iter().cloned().collect();
    condition.with(&terms)
}
