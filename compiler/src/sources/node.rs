//! A node of the tree, and the parts of it that a plan knows by name or number.

use sophia_diagnostics::Span;
use sophia_language::syntax::{
    Argument, Ask, Call, Clause, Expression, LetValue, Modifier, Question, SqlText, Statement,
    TextPart, TextTemplate,
};

use super::Part;

/// A node of the tree.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node<'a> {
    Statement(&'a Statement),
    Call(&'a Call),
    Expression(&'a Expression),
    Template(&'a TextTemplate),
    /// A declaration with clauses.
    Clauses(&'a [Clause], Span),
    /// A declaration with SQL.
    Sql(&'a SqlText, Span),
    /// Something without parts.
    Place(Span),
}

impl<'a> Node<'a> {
    /// Where it stands.
    pub(super) fn span(self) -> Span {
        match self {
            Self::Statement(statement) => statement.span(),
            Self::Call(call) => call.span,
            Self::Expression(expression) => expression.span(),
            Self::Template(template) => template.span,
            Self::Clauses(_, span) | Self::Sql(_, span) | Self::Place(span) => span,
        }
    }

    /// A part of it.
    pub(super) fn part(self, part: &Part) -> Option<Self> {
        match self {
            Self::Statement(statement) => of_statement(statement, part),
            Self::Call(call) => of_call(call, part),
            Self::Expression(expression) => of_expression(expression, part),
            Self::Template(template) => of_template(template, part),
            Self::Clauses(clauses, _) => of_clauses(clauses, part),
            Self::Sql(sql, _) => of_sql(sql, part),
            Self::Place(_) => None,
        }
    }
}

fn of_statement<'a>(statement: &'a Statement, part: &Part) -> Option<Node<'a>> {
    match part {
        Part::Undo => modifiers(statement)
            .iter()
            .find_map(|modifier| match modifier {
                Modifier::Undo { call, .. } => Some(Node::Call(call)),
                _ => None,
            }),
        Part::Escalation(number) => {
            modifiers(statement)
                .iter()
                .find_map(|modifier| match modifier {
                    Modifier::Within { then, .. } => {
                        let escalation = then.get(*number)?;
                        Some(Node::Expression(&escalation.whom))
                    }
                    _ => None,
                })
        }
        Part::Deciding => match statement {
            Statement::If(written) => Some(Node::Expression(&written.condition)),
            Statement::ForEach(written) => Some(Node::Expression(&written.source)),
            Statement::Match(written) => Some(Node::Expression(&written.value)),
            Statement::Let(written) => match &written.value {
                LetValue::ForEach(each) => Some(Node::Expression(&each.source)),
                _ => None,
            },
            _ => None,
        },
        Part::Whom | Part::Shown | Part::StartingWith => {
            of_ask(asked(statement)?, part).map(Node::Expression)
        }
        Part::Value => match statement {
            Statement::Record(written) => Some(Node::Expression(&written.step.rows)),
            Statement::Emit(written) => written.step.value.as_ref().map(Node::Expression),
            Statement::Set(written) => Some(Node::Expression(&written.step.value)),
            Statement::Return(written) => written.value.as_ref().map(Node::Expression),
            Statement::Yield(written) => Some(Node::Expression(&written.value)),
            Statement::Let(written) => match &written.value {
                LetValue::Value(Expression::Search { text, .. }) => Some(Node::Expression(text)),
                _ => None,
            },
            _ => None,
        },
        _ => of_call(called(statement)?, part),
    }
}

/// The call that a statement makes.
fn called(statement: &Statement) -> Option<&Call> {
    match statement {
        Statement::Do(written) => Some(&written.call),
        Statement::Run(written) => Some(&written.step.call),
        Statement::Let(written) => match &written.value {
            LetValue::Do { call, .. } | LetValue::Value(Expression::Call(call)) => Some(call),
            LetValue::Run(run) => Some(&run.call),
            _ => None,
        },
        _ => None,
    }
}

fn asked(statement: &Statement) -> Option<&Ask> {
    match statement {
        Statement::Ask(written) => Some(&written.step),
        Statement::Let(written) => match &written.value {
            LetValue::Ask(ask) => Some(ask),
            _ => None,
        },
        _ => None,
    }
}

fn of_ask<'a>(ask: &'a Ask, part: &Part) -> Option<&'a Expression> {
    match (part, &ask.question) {
        (Part::Whom, _) => Some(&ask.whom),
        (Part::Shown, Question::Approve { text } | Question::Form { text, .. }) => Some(text),
        (Part::StartingWith, Question::Form { starting_with, .. }) => starting_with.as_ref(),
        _ => None,
    }
}

/// The modifiers behind a statement.
pub(super) fn modifiers(statement: &Statement) -> &[Modifier] {
    match statement {
        Statement::Let(written) => &written.modifiers,
        Statement::Do(written) => &written.modifiers,
        Statement::Record(written) => &written.modifiers,
        Statement::Emit(written) => &written.modifiers,
        Statement::Set(written) => &written.modifiers,
        Statement::Ask(written) => &written.modifiers,
        Statement::Wait(written) => &written.modifiers,
        Statement::Run(written) => &written.modifiers,
        _ => &[],
    }
}

fn of_call<'a>(call: &'a Call, part: &Part) -> Option<Node<'a>> {
    let Part::Argument(name, number) = part else {
        return None;
    };
    let named = |argument: &&Argument| {
        argument
            .name
            .as_ref()
            .is_some_and(|written| *written.text == **name)
    };
    let argument = call
        .arguments
        .iter()
        .find(named)
        .or_else(|| call.arguments.get(*number))?;
    Some(Node::Expression(&argument.value))
}

fn of_expression<'a>(expression: &'a Expression, part: &Part) -> Option<Node<'a>> {
    match (expression, part) {
        (Expression::Text(template), _) => of_template(template, part),
        (Expression::Call(call), _) => of_call(call, part),
        (Expression::Record { fields, .. }, Part::Field(name)) => fields
            .iter()
            .find(|field| *field.name.text == **name)
            .map(|field| Node::Expression(&field.value)),
        (Expression::List { items, .. }, Part::Item(number)) => {
            items.get(*number).map(Node::Expression)
        }
        (Expression::Search { text, .. }, Part::Value) => Some(Node::Expression(text)),
        _ => None,
    }
}

fn of_template<'a>(template: &'a TextTemplate, part: &Part) -> Option<Node<'a>> {
    let Part::Hole(number) = part else {
        return None;
    };
    match template.parts.get(*number)? {
        TextPart::Hole(expression) => Some(Node::Expression(expression)),
        TextPart::Plain(_) => None,
    }
}

fn of_clauses<'a>(clauses: &'a [Clause], part: &Part) -> Option<Node<'a>> {
    clauses.iter().find_map(|clause| match (clause, part) {
        (Clause::Prompt { text, .. }, Part::Prompt) => Some(Node::Template(text)),
        (Clause::Route { routes, .. }, Part::Route(name)) => routes
            .iter()
            .find(|route| *route.text == **name)
            .map(|route| Node::Place(route.span)),
        _ => None,
    })
}

fn of_sql<'a>(sql: &'a SqlText, part: &Part) -> Option<Node<'a>> {
    match part {
        Part::SqlHole(number) => {
            let (expression, _) = sql.holes.get(*number)?;
            Some(Node::Expression(expression))
        }
        Part::SqlColumn(name) => word(&sql.text, name).map(|start| {
            let start = sql.start as usize + start;
            Node::Place(Span::new(start, start + name.len()))
        }),
        _ => None,
    }
}

/// Where a word stands for the first time.
fn word(text: &str, wanted: &str) -> Option<usize> {
    let is_inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(wanted)
        .map(|(start, _)| start)
        .find(|start| {
            let before = text.get(..*start).and_then(|rest| rest.chars().next_back());
            let after = text
                .get(start + wanted.len()..)
                .and_then(|rest| rest.chars().next());
            !before.is_some_and(is_inside) && !after.is_some_and(is_inside)
        })
}
