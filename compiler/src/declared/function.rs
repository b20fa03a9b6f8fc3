//! Functions: values made of values, and nothing else.
//!
//! Kept true here: a function reads nothing outside and changes nothing, so a call of it becomes its body, with its
//! parameters named by `let`s of their own. A function never leads back to itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{
    Call, ElseBranch, Function, FunctionBody, If, Match, Return, Statement,
};
use sophia_plan::expression::{Expression as Code, Operator};
use sophia_plan::step::Pattern;
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use crate::checker::{Checker, Known};
use crate::names::Declared;
use crate::types::{Expected, Place, Scope, Typed, choice, facts_of};

/// What is known about a function.
#[derive(Debug)]
pub(crate) struct FunctionFacts {
    /// Its parameters, in order.
    pub(crate) parameters: Vec<(Arc<str>, Type)>,
    /// What it gives.
    pub(crate) result: Type,
    /// What its parameters are named after: its own name, behind that of its module.
    pub(crate) own: Arc<str>,
    /// Its value. It sees the parameter `x` of the function `f` as `f.x`, and in the module `m` as `m.f.x`.
    pub(crate) body: Code,
    /// Inputs of the playbook that it looks at.
    pub(crate) inputs: BTreeSet<String>,
}

/// The body of a function while it is written down.
struct Body<'f> {
    function: &'f str,
    own: &'f str,
    wanted: Expected,
}

impl Checker<'_> {
    /// The facts of a declared function. `None` where it has a mistake.
    pub(crate) fn function(&mut self, name: &str, span: Span) -> Option<Arc<FunctionFacts>> {
        match self.memory.functions.get(name) {
            Some(Known::Done(facts)) => return facts.clone(),
            Some(Known::Underway) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S220,
                        span,
                        format!("The function `{name}` leads back to itself."),
                    )
                    .with_label("called while it is being worked out")
                    .with_help(
                        "a function cannot call itself; go through a list with `| map` instead",
                    );
                self.push(diagnostic);
                return None;
            }
            None => {}
        }
        let Some(Declared::Function(function)) = self.names.get(name) else {
            return None;
        };
        self.memory
            .functions
            .insert(name.to_owned(), Known::Underway);
        let outer = self.pending.take_inputs();
        let facts = self.function_facts(function).map(Arc::new);
        self.pending.restore_inputs(outer);
        self.memory
            .functions
            .insert(name.to_owned(), Known::Done(facts.clone()));
        facts
    }

    fn function_facts(&mut self, function: &Function) -> Option<FunctionFacts> {
        let own: Arc<str> = match &self.module_path {
            Some(module) => inside(module, &function.name.text),
            None => Arc::from(function.name.text.as_str()),
        };
        let mut scope = Scope::new(Place::Declaration);
        let mut parameters = Vec::with_capacity(function.parameters.len());
        for parameter in &function.parameters {
            if parameter.name.text.is_empty() {
                continue;
            }
            self.check_new_name(&parameter.name, &scope);
            let of = self.resolve_type(&parameter.of);
            let seen = inside(&own, &parameter.name.text);
            scope.add_as(
                parameter.name.text.as_str(),
                seen,
                of.clone(),
                parameter.name.span,
            );
            parameters.push((Arc::from(parameter.name.text.as_str()), of));
        }
        let result = self.resolve_type(&function.result);
        let body = Body {
            function: &function.name.text,
            own: &own,
            wanted: Expected::plain(
                result.clone(),
                format!("The result of `{}`", function.name.text),
            ),
        };
        let before = self.errors();
        let code = match &function.body {
            FunctionBody::Value(value) => Some(self.check_expression(value, &scope, &body.wanted)),
            FunctionBody::Block(block) => {
                let statements: Vec<&Statement> = block.statements.iter().collect();
                let code = self.function_statements(&statements, &mut scope, &body);
                if code.is_none() && self.errors() == before {
                    let diagnostic = self
                        .diagnostic(
                            codes::S221,
                            function.name.span,
                            format!(
                                "`{}` does not give a value in every case.",
                                function.name.text
                            ),
                        )
                        .with_help("end it with `return …`");
                    self.push(diagnostic);
                }
                code
            }
        };
        let body = code.filter(|_| self.errors() == before)?;
        Some(FunctionFacts {
            parameters,
            result,
            own: own.clone(),
            body,
            inputs: self.pending.take_inputs(),
        })
    }

    /// The value that statements give, one after the other. `None` where some way through them gives none.
    fn function_statements(
        &mut self,
        statements: &[&Statement],
        scope: &mut Scope,
        body: &Body<'_>,
    ) -> Option<Code> {
        let (first, rest) = statements.split_first()?;
        match first {
            Statement::Return(Return { value, span, .. }) => {
                if let Some(next) = rest.first() {
                    self.report_never_reached(next.span(), *span);
                }
                let value = value.as_ref()?;
                Some(self.check_expression(value, scope, &body.wanted))
            }
            Statement::Let(binding) => {
                let sophia_language::syntax::LetValue::Value(written) = &binding.value else {
                    self.report_impure(binding.span, body);
                    return None;
                };
                let value = self.typed(written, scope, None);
                self.check_new_name(&binding.name, scope);
                let seen = inside(body.own, &binding.name.text);
                let choice = choice(written, scope);
                scope.add_as(
                    binding.name.text.as_str(),
                    seen.clone(),
                    value.of,
                    binding.name.span,
                );
                scope.choose(choice);
                let after = self.function_statements(rest, scope, body)?;
                Some(Code::Let {
                    name: seen,
                    value: Box::new(value.expression),
                    body: Box::new(after),
                })
            }
            Statement::If(branch) => self.function_branch(branch, rest, scope, body),
            Statement::Match(choice) => self.function_match(choice, rest, scope, body),
            Statement::Error(_) => None,
            other => {
                self.report_impure(other.span(), body);
                None
            }
        }
    }

    fn function_branch(
        &mut self,
        branch: &If,
        rest: &[&Statement],
        scope: &Scope,
        body: &Body<'_>,
    ) -> Option<Code> {
        let condition = self.check_condition(&branch.condition, scope);
        let (held, failed) = facts_of(&branch.condition, scope);
        let then: Vec<&Statement> = branch.then.statements.iter().collect();
        let then = self.continued(&then, rest, scope.knowing(&held), body);
        let mut outside = scope.knowing(&failed);
        let otherwise = match &branch.otherwise {
            None => self.function_statements(rest, &mut outside, body),
            Some(ElseBranch::Block(block)) => {
                let block: Vec<&Statement> = block.statements.iter().collect();
                self.continued(&block, rest, outside, body)
            }
            Some(ElseBranch::If(inner)) => self.function_branch(inner, rest, &outside, body),
        };
        Some(Code::If {
            condition: Box::new(condition),
            then: Box::new(then?),
            otherwise: Box::new(otherwise?),
        })
    }

    fn function_match(
        &mut self,
        choice: &Match,
        rest: &[&Statement],
        scope: &Scope,
        body: &Body<'_>,
    ) -> Option<Code> {
        let value = self.typed(&choice.value, scope, None);
        let patterns = self.match_patterns(choice, &value.of);
        let mut arms = Vec::with_capacity(choice.arms.len());
        for (arm, patterns) in choice.arms.iter().zip(patterns) {
            let block: Vec<&Statement> = arm.body.statements.iter().collect();
            arms.push((patterns, self.continued(&block, rest, scope.clone(), body)));
        }
        let last = match &choice.otherwise {
            Some(block) => {
                let block: Vec<&Statement> = block.statements.iter().collect();
                self.continued(&block, rest, scope.clone(), body)?
            }
            // The arms are exhaustive, so the last one needs no test.
            None => arms.pop()?.1?,
        };
        arms.into_iter()
            .rev()
            .try_fold(last, |otherwise, (patterns, then)| {
                Some(Code::If {
                    condition: Box::new(fits(&value.expression, &patterns)),
                    then: Box::new(then?),
                    otherwise: Box::new(otherwise),
                })
            })
    }

    /// A block, and what follows it where it does not return.
    fn continued(
        &mut self,
        block: &[&Statement],
        rest: &[&Statement],
        mut scope: Scope,
        body: &Body<'_>,
    ) -> Option<Code> {
        let returns = block.last().is_some_and(|last| gives(last));
        if returns || rest.is_empty() {
            return self.function_statements(block, &mut scope, body);
        }
        let all: Vec<&Statement> = block.iter().chain(rest).copied().collect();
        let before = self.diagnostics.len();
        let code = self.function_statements(&all, &mut scope, body);
        // What follows is looked at once for each way that leads to it, and told once.
        let mut seen = BTreeSet::new();
        let mut index = 0;
        self.diagnostics.retain(|diagnostic| {
            index += 1;
            index <= before || seen.insert((diagnostic.span, diagnostic.code.as_str()))
        });
        code
    }

    fn report_impure(&mut self, span: Span, body: &Body<'_>) {
        let diagnostic = self
            .diagnostic(
                codes::S222,
                span,
                format!(
                    "The function `{}` only calculates, and this does something else.",
                    body.function
                ),
            )
            .with_help("`let`, `if`, `match` and `return` stand in a function; an `action` holds everything else");
        self.push(diagnostic);
    }

    /// A call of a function: its body, with its parameters named.
    pub(crate) fn function_call(
        &mut self,
        shown: &str,
        facts: Option<Arc<FunctionFacts>>,
        call: &Call,
        scope: &Scope,
    ) -> Typed {
        let Some(facts) = facts else {
            self.look_at_arguments(call, &scope.lazily());
            return Typed::unknown();
        };
        for input in &facts.inputs {
            self.pending.note_input(input);
        }
        let before = self.errors();
        let arguments = self.arguments(shown, &facts.parameters, call, scope);
        if self.errors() > before {
            return Typed::new(Code::Name(Arc::from("")), facts.result.clone());
        }
        let mut body = facts.body.clone();
        self.keep_calendar(&mut body);
        let code = (arguments.into_iter().rev()).fold(body, |body, (parameter, value)| Code::Let {
            name: inside(&facts.own, &parameter),
            value: Box::new(value),
            body: Box::new(body),
        });
        Typed::new(code, facts.result.clone())
    }
}

/// A name of a function's own, which no name of a playbook equals.
fn inside(function: &str, name: &str) -> Arc<str> {
    Arc::from(format!("{function}.{name}"))
}

/// Whether a statement surely returns.
fn gives(statement: &Statement) -> bool {
    match statement {
        Statement::Return(_) => true,
        Statement::If(branch) => branch_gives(branch),
        Statement::Match(choice) => choice
            .arms
            .iter()
            .map(|arm| &arm.body)
            .chain(&choice.otherwise)
            .all(|block| block.statements.last().is_some_and(gives)),
        _ => false,
    }
}

fn branch_gives(branch: &If) -> bool {
    branch.then.statements.last().is_some_and(gives)
        && match &branch.otherwise {
            Some(ElseBranch::Block(block)) => block.statements.last().is_some_and(gives),
            Some(ElseBranch::If(inner)) => branch_gives(inner),
            None => false,
        }
}

/// Whether a value fits one of the patterns.
fn fits(value: &Code, patterns: &[Pattern]) -> Code {
    let compare = |operator: Operator, right: Value| Code::Binary {
        operator,
        left: Box::new(value.clone()),
        right: Box::new(Code::Constant(right)),
    };
    patterns
        .iter()
        .map(|pattern| match pattern {
            Pattern::Value(fixed) => compare(Operator::Equal, fixed.clone()),
            Pattern::Range { from, to } => Code::And(
                Box::new(compare(Operator::GreaterOrEqual, Value::Integer(*from))),
                Box::new(compare(Operator::LessOrEqual, Value::Integer(*to))),
            ),
        })
        .reduce(|one, other| Code::Or(Box::new(one), Box::new(other)))
        .unwrap_or(Code::Constant(Value::Boolean(true)))
}
