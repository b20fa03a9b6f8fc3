//! The walk over expressions.

use sophia_language::syntax::{Call, Expression, JoinOn, Name, Stage, TextPart, TextTemplate};

use super::walk::Walk;
use super::{CallSite, Kind, Member, Use};

impl Walk {
    pub(super) fn expression(&mut self, expression: &Expression) {
        match expression {
            Expression::Name(name) => self.used(name),
            Expression::Text(template) => self.template(template),
            Expression::List { items, .. } => {
                for item in items {
                    self.expression(item);
                }
            }
            Expression::Record { fields, .. } => {
                for field in fields {
                    self.expression(&field.value);
                }
            }
            Expression::Field { of, name, .. } => {
                self.expression(of);
                self.member(of, name);
            }
            Expression::Index { of, key, .. } => {
                self.expression(of);
                self.expression(key);
            }
            Expression::Call(call) => self.call(call),
            Expression::Unary { operand, .. } => self.expression(operand),
            Expression::Binary { left, right, .. } => {
                self.expression(left);
                self.expression(right);
            }
            Expression::Between {
                value, low, high, ..
            } => {
                self.expression(value);
                self.expression(low);
                self.expression(high);
            }
            Expression::In { value, set, .. } => {
                self.expression(value);
                self.expression(set);
            }
            Expression::Presence { value, .. } => self.expression(value),
            Expression::If {
                condition,
                then,
                otherwise,
                ..
            } => {
                self.expression(condition);
                self.expression(then);
                self.expression(otherwise);
            }
            Expression::As { value, to, .. } => {
                self.expression(value);
                self.type_of(to);
            }
            Expression::Range { from, to, .. } => {
                self.expression(from);
                self.expression(to);
            }
            Expression::KnownIn { value, column, .. } => {
                self.expression(value);
                self.expression(column);
            }
            Expression::Over { metric, window, .. } => {
                self.expression(metric);
                self.expression(window);
            }
            Expression::AtLeast { aggregate, .. } => self.expression(aggregate),
            Expression::Window { call, by, .. } => {
                self.expression(call);
                if let Some(key) = by {
                    self.expression(&key.value);
                }
            }
            Expression::Search {
                knowledge,
                text,
                take,
                condition,
                ..
            } => {
                self.used(knowledge);
                self.expression(text);
                for part in take.iter().chain(condition) {
                    self.expression(part);
                }
            }
            Expression::FindMetrics { text, take, .. } => {
                self.expression(text);
                if let Some(take) = take {
                    self.expression(take);
                }
            }
            Expression::Read { path, of, .. } => {
                self.expression(path);
                self.type_of(of);
            }
            Expression::Pipeline { source, stages, .. } => {
                self.expression(source);
                let seen = self.locals.len();
                for stage in stages {
                    self.stage(stage);
                }
                self.locals.truncate(seen);
            }
            Expression::Literal { .. } | Expression::Boundary { .. } | Expression::Missing(_) => {}
        }
    }

    fn stage(&mut self, stage: &Stage) {
        match stage {
            Stage::Where { condition, .. } => self.expression(condition),
            Stage::Add { columns, .. } => {
                for column in columns {
                    self.expression(&column.value);
                }
            }
            Stage::Sort { keys, .. } => {
                for key in keys {
                    self.expression(&key.value);
                }
            }
            Stage::Take { count, per, .. } => {
                self.expression(count);
                self.columns(per);
            }
            Stage::Map { value, .. } => self.expression(value),
            Stage::Group { by, columns, .. } => {
                self.columns(by);
                for column in columns {
                    self.expression(&column.value);
                }
            }
            Stage::Join {
                source,
                binding,
                on,
                span,
                ..
            } => {
                self.expression(source);
                if let Some(name) = binding {
                    self.bind(name, Kind::Joined, *span);
                }
                match on {
                    JoinOn::Condition(condition) => self.expression(condition),
                    JoinOn::Columns(names) => self.columns(names),
                    JoinOn::Missing(_) => {}
                }
            }
            Stage::Check { rule, .. } => self.expression(rule),
            Stage::Select { columns, .. } => self.columns(columns),
            Stage::First { .. } | Stage::Only { .. } | Stage::Error(_) => {}
        }
    }

    /// Names that only a column of the rows can have.
    fn columns(&mut self, names: &[Name]) {
        for name in names.iter().filter(|name| !name.text.is_empty()) {
            self.index.uses.push(Use {
                name: name.text.clone(),
                span: name.span,
                binder: None,
            });
        }
    }

    pub(super) fn template(&mut self, template: &TextTemplate) {
        for part in &template.parts {
            if let TextPart::Hole(expression) = part {
                self.expression(expression);
            }
        }
    }

    pub(super) fn call(&mut self, call: &Call) {
        self.expression(&call.callee);
        let arguments = call.arguments.iter();
        let arguments = arguments.map(|argument| {
            let name = argument.name.as_ref().map(|name| name.span);
            (name, argument.value.span())
        });
        self.index.calls.push(CallSite {
            callee: call.callee.span(),
            span: call.span,
            arguments: arguments.collect(),
        });
        let is_release = matches!(&*call.callee, Expression::Name(name) if name.text == "release");
        for argument in &call.arguments {
            let to = argument.name.as_ref();
            let is_place = is_release && to.is_some_and(|name| name.text == "to");
            match &argument.value {
                Expression::Name(name) if is_place => self.destination(name),
                value => self.expression(value),
            }
        }
    }

    fn member(&mut self, of: &Expression, name: &Name) {
        if name.text.is_empty() {
            return;
        }
        // The use of the name before the dot was noted just now.
        let base = match of {
            Expression::Name(_) => self.index.uses.last().and_then(|used| used.binder),
            _ => None,
        };
        self.index.members.push(Member {
            name: name.text.clone(),
            span: name.span,
            of: of.span(),
            base,
        });
    }
}
