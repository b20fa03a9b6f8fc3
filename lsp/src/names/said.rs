//! Names of the project's settings that a playbook says without being granted them: models, groups, calendars, labels,
//! and what the rules of policies are about.

use sophia_diagnostics::Span;
use sophia_language::syntax::{
    Demand, Expression, Label, Name, Policy, PolicyRule, Subject, TextPart, TextTemplate,
};

use super::walk::Walk;
use super::{Said, Setting};

impl Walk {
    fn say(&mut self, name: &str, span: Span, of: Setting) {
        if !name.is_empty() {
            let name = name.to_owned();
            self.index.said.push(Said { name, span, of });
        }
    }

    pub(super) fn models(&mut self, routes: &[Name]) {
        for name in routes {
            self.say(&name.text, name.span, Setting::Model);
        }
    }

    pub(super) fn calendar(&mut self, name: &Name) {
        self.say(&name.text, name.span, Setting::Calendar);
    }

    pub(super) fn labels(&mut self, labels: &[Label]) {
        for label in labels {
            let start = label.span.start as usize + 1;
            let span = Span::new(start, start + label.text.len());
            self.say(&label.text, span, Setting::Label);
        }
    }

    /// Whom an `ask` names: a group between quotes, or a person.
    pub(super) fn whom(&mut self, whom: &Expression) {
        match whom {
            Expression::Text(template) => self.group(template),
            whom => self.expression(whom),
        }
    }

    pub(super) fn group(&mut self, template: &TextTemplate) {
        if let [TextPart::Plain(name)] = template.parts.as_slice()
            && !template.block
        {
            let (start, end) = (template.span.start as usize, template.span.end as usize);
            // What is written with escapes is no plain name.
            if end == start + name.len() + 2 {
                self.say(name, Span::new(start + 1, end - 1), Setting::Group);
            }
        }
        self.template(template);
    }

    /// The value of `to` in a `release`, where nothing grants it.
    pub(super) fn destination(&mut self, name: &Name) {
        self.used(name);
        let is_made = (self.index.uses.last()).is_some_and(|used| used.binder.is_some());
        if !is_made {
            self.say(&name.text, name.span, Setting::Destination);
        }
    }

    /// What a rule is about: a tool or a connection that the module is granted, or a model.
    fn path_of_rule(&mut self, path: &[Name]) {
        let Some(first) = path.first() else { return };
        if self.meant(&first.text).is_some() {
            self.path(path);
        } else {
            self.say(&first.text, first.span, Setting::Destination);
        }
    }

    pub(super) fn policy(&mut self, policy: &Policy) {
        for rule in &policy.rules {
            match rule {
                PolicyRule::Every {
                    subject, demand, ..
                } => {
                    if let Subject::Effect(path) = subject {
                        self.path_of_rule(path);
                    }
                    if let Demand::FollowsAsk { groups } = demand {
                        for group in groups {
                            self.group(group);
                        }
                    }
                }
                PolicyRule::NoFlow {
                    label, destination, ..
                } => {
                    self.labels(std::slice::from_ref(label));
                    self.path_of_rule(destination);
                }
                PolicyRule::AtMost { effect, .. } => self.path_of_rule(effect),
                PolicyRule::Error(_) => {}
            }
        }
    }
}
