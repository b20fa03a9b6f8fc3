//! What a playbook keeps between its runs.

use std::sync::Arc;

use sophia_diagnostics::codes;
use sophia_language::syntax::{Expression, Name};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{StateDefinition, Work};
use sophia_plan::types::Type;

use crate::checker::{Checker, Known};
use crate::names::Declared;
use crate::types::{Expected, Place, Scope, Typed, constant_value, with_article};

/// What is known about a state.
#[derive(Debug)]
pub(crate) struct StateFacts {
    pub(crate) definition: StateDefinition,
}

impl Checker<'_> {
    /// The facts of a declared state. `None` where it has a mistake.
    pub(crate) fn state(&mut self, name: &str) -> Option<Arc<StateFacts>> {
        if let Some(Known::Done(facts)) = self.memory.states.get(name) {
            return facts.clone();
        }
        let Some(Declared::State(state)) = self.names.get(name) else {
            return None;
        };
        let before = self.errors();
        let of = self.resolve_type(&state.of);
        let expected = Expected::plain(of.clone(), format!("`{}`", state.name.text));
        let code = self.check_expression(&state.value, &Scope::new(Place::Constant), &expected);
        let value = constant_value(&code);
        if value.is_none() && self.errors() == before {
            let diagnostic = self
                .diagnostic(
                    codes::S329,
                    state.value.span(),
                    format!("`{}` begins with no fixed value.", state.name.text),
                )
                .with_help("write the value out");
            self.push(diagnostic);
        }
        if let Some(per) = &state.per
            && key_word(per).is_none()
            && !matches!(per, Expression::Missing(_))
        {
            let diagnostic = self
                .diagnostic(
                    codes::S243,
                    per.span(),
                    format!(
                        "`{}` is kept apart by something that has no name.",
                        state.name.text
                    ),
                )
                .with_label("says what the key is")
                .with_help(
                    "write a name such as `per customer_id`; the key itself stands in `NAME[…]`",
                );
            self.push(diagnostic);
        }
        let facts = value.filter(|_| self.errors() == before).map(|value| {
            Arc::new(StateFacts {
                definition: StateDefinition {
                    of,
                    value,
                    per: state.per.as_ref().map(|_| Type::Text),
                    origin: self.origin(state.span),
                },
            })
        });
        self.memory
            .states
            .insert(name.to_owned(), Known::Done(facts.clone()));
        facts
    }

    /// `seen`, `seen[customer.id]`: a read of what is kept.
    pub(crate) fn state_value(
        &mut self,
        name: &Name,
        key: Option<&Expression>,
        scope: &Scope,
    ) -> Typed {
        let facts = self.state(&name.text);
        let key = key.map(|key| self.state_key(name, key, scope));
        let Some(facts) = facts else {
            return Typed::unknown();
        };
        if !self.state_is_asked_rightly(name, &facts, key.is_some()) {
            return Typed::unknown();
        }
        if !matches!(scope.place, Place::Statement | Place::Lazy)
            && self.refuses_call(&format!("A read of `{}`", name.text), name.span, scope)
        {
            return Typed::unknown();
        }
        let work = Work::State {
            state: Arc::from(name.text.as_str()),
            key: key.flatten(),
        };
        let of = facts.definition.of.clone();
        let code = self.hoist(&name.text, work, of.clone(), name.span);
        Typed::new(code, of)
    }

    /// Whether a key stands where one belongs, and nowhere else.
    pub(crate) fn state_is_asked_rightly(
        &mut self,
        name: &Name,
        facts: &StateFacts,
        keyed: bool,
    ) -> bool {
        let diagnostic = match (facts.definition.per.is_some(), keyed) {
            (true, true) | (false, false) => return true,
            (true, false) => self
                .diagnostic(
                    codes::S227,
                    name.span,
                    format!("`{}` keeps a value for each key.", name.text),
                )
                .with_help(format!("say which: `{}[…]`", name.text)),
            (false, true) => self
                .diagnostic(
                    codes::S227,
                    name.span,
                    format!("`{}` is one value, without a key.", name.text),
                )
                .with_help("leave `[…]` out, or declare it with `per …`"),
        };
        self.push(diagnostic);
        false
    }

    /// The key of a state. `None` where it has a mistake.
    pub(crate) fn state_key(
        &mut self,
        state: &Name,
        key: &Expression,
        scope: &Scope,
    ) -> Option<Code> {
        let value = self.typed(key, scope, None);
        if value.is_unknown() {
            return None;
        }
        if value.of.is_optional() {
            self.report_may_be_missing(key.span());
            return None;
        }
        if matches!(
            value.of,
            Type::Table(_) | Type::List(_) | Type::Record(_) | Type::Json
        ) {
            let diagnostic = self
                .diagnostic(
                    codes::S227,
                    key.span(),
                    format!(
                        "The key of `{}` is one value, and this is {}.",
                        state.text,
                        with_article(&value.of)
                    ),
                )
                .with_label(format!("{}", value.of));
            self.push(diagnostic);
            return None;
        }
        let kind = kind_of(&value.of);
        let known = self
            .memory
            .state_keys
            .entry(state.text.clone())
            .or_insert_with(|| kind.clone())
            .clone();
        if known != kind {
            let diagnostic = self
                .diagnostic(
                    codes::S227,
                    key.span(),
                    format!(
                        "The key of `{}` is {} elsewhere, and this is {}.",
                        state.text,
                        with_article(&known),
                        with_article(&value.of)
                    ),
                )
                .with_label(format!("{}", value.of));
            self.push(diagnostic);
            return None;
        }
        self.report_other_key(state, key);
        Some(value.expression)
    }

    /// Warns about a key that is named otherwise than the declaration says.
    fn report_other_key(&mut self, state: &Name, key: &Expression) {
        let Some(Declared::State(declared)) = self.names.get(&state.text) else {
            return;
        };
        let word = declared.per.as_ref().and_then(key_word);
        let (Some(word), Some(found)) = (word, key_word(key)) else {
            return;
        };
        // `customer.email`, `id` and `customer` may all be a `customer_id`; an `order_id` is none.
        let wanted: Vec<&str> = telling(word).collect();
        let means = |one: &String| telling(one).any(|part| wanted.contains(&part));
        if wanted.is_empty() || telling(found).next().is_none() || words(key).iter().any(means) {
            return;
        }
        let place = declared.per.as_ref().map(Expression::span);
        // Once for each word: the mistake is in the declaration as often as in the keys.
        if !(self.memory.other_keys).insert((state.text.clone(), found.to_owned())) {
            return;
        }
        let mut diagnostic = self
            .diagnostic(
                codes::S244,
                key.span(),
                format!(
                    "`{}` is kept per `{word}`, and this key is `{found}`.",
                    state.text
                ),
            )
            .with_label("another key")
            .with_help(format!(
                "give the `{word}`, or say in the declaration what the key is"
            ));
        if let Some(place) = place {
            diagnostic = diagnostic.with_related(place, "what the key is");
        }
        self.push(diagnostic);
    }
}

/// The name of a key: a name alone, or the last of a path.
fn key_word(key: &Expression) -> Option<&str> {
    match key {
        Expression::Name(name) => Some(name.text.as_str()),
        Expression::Field { of, name, .. } => key_word(of).map(|_| name.text.as_str()),
        _ => None,
    }
    .filter(|word| !word.is_empty())
}

/// The names of a path.
fn words(key: &Expression) -> Vec<String> {
    match key {
        Expression::Name(name) => vec![name.text.clone()],
        Expression::Field { of, name, .. } => {
            let mut words = words(of);
            words.push(name.text.clone());
            words
        }
        _ => Vec::new(),
    }
}

/// The words of a name that say what it is of, in the singular: `customer_ids` → `customer`.
fn telling(name: &str) -> impl Iterator<Item = &str> {
    name.split('_')
        .map(|word| word.strip_suffix('s').unwrap_or(word))
        .filter(|word| !["id", "key"].contains(word))
}

/// A type without what narrows it.
fn kind_of(of: &Type) -> Type {
    match of {
        Type::Literals(_) => Type::Text,
        Type::Range { .. } => Type::Integer,
        other => other.clone(),
    }
}
