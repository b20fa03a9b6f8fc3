//! What an expression can see where it stands.
//!
//! Kept true here: a scope is a value; what is learned in a branch is gone after it.

use std::sync::Arc;

use sophia_diagnostics::Span;
use sophia_plan::types::{RecordType, Type};

use super::narrowing::{Facts, Path};

/// Where an expression stands, which decides what it may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a statement: calls become steps before it.
    Statement,
    /// Where the statement may never look, such as one side of `if … then … else`.
    Lazy,
    /// In a stage of a pipeline.
    Stage,
    /// In a modifier of a step.
    Modifier,
    /// In the body of a declaration: a prompt, an `otherwise`, a place in SQL.
    Declaration,
    /// Where only a fixed value can stand: a default, the `given` of a test.
    Constant,
    /// Where a trigger fills the inputs.
    Arriving,
    /// In an `expect` of a test.
    Expectation,
}

/// A name that is no declaration: a `let`, a loop's item, a parameter.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    pub(crate) name: Arc<str>,
    /// The name under which a run sees it.
    pub(crate) seen: Arc<str>,
    pub(crate) of: Type,
    /// The fixed values that it is one of, where its `let` says.
    pub(crate) choice: Option<Type>,
    pub(crate) span: Span,
}

/// The row that a stage looks at.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The type of one row or item.
    pub(crate) item: Type,
    /// How a group is looked at.
    pub(crate) group: Grouping,
}

/// Whether the columns of a row may stand alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Grouping {
    /// No group: every column is a value.
    Single,
    /// The same, in `add`: a function may look at the rows around.
    Adding,
    /// Beside aggregates: only these columns have one value.
    Beside(Vec<String>),
    /// Inside an aggregate: every column is a value for each row of the group.
    Inside,
}

/// What can be seen. A clone shares the names until one of both adds another.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    locals: Arc<Vec<Arc<Local>>>,
    present: Arc<Vec<Path>>,
    pub(crate) row: Option<Row>,
    pub(crate) place: Place,
    /// Whether a comparison with a missing value is simply not true, as in `where`.
    pub(crate) missing_compares: bool,
}

impl Scope {
    /// An empty scope.
    pub(crate) fn new(place: Place) -> Self {
        Self {
            locals: Arc::default(),
            present: Arc::default(),
            row: None,
            place,
            missing_compares: false,
        }
    }

    /// The local of a name, the innermost first.
    pub(crate) fn local(&self, name: &str) -> Option<&Local> {
        let mut locals = self.innermost_first();
        locals.find(|local| &*local.name == name)
    }

    /// The locals, the innermost first.
    pub(crate) fn innermost_first(&self) -> impl Iterator<Item = &Local> {
        self.locals.iter().rev().map(|local| &**local)
    }

    /// Adds a name.
    pub(crate) fn add(&mut self, name: impl Into<Arc<str>>, of: Type, span: Span) {
        let name = name.into();
        self.add_as(name.clone(), name, of, span);
    }

    /// Adds a name that a run sees under another one.
    pub(crate) fn add_as(
        &mut self,
        name: impl Into<Arc<str>>,
        seen: Arc<str>,
        of: Type,
        span: Span,
    ) {
        let local = Local {
            name: name.into(),
            seen,
            of,
            choice: None,
            span,
        };
        Arc::make_mut(&mut self.locals).push(Arc::new(local));
    }

    /// Says what the name that was added last chooses between.
    pub(crate) fn choose(&mut self, choice: Option<Type>) {
        if let Some(local) = Arc::make_mut(&mut self.locals).last_mut() {
            Arc::make_mut(local).choice = choice;
        }
    }

    /// How many names there are, and how much is known to be present.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.locals.len(), self.present.len())
    }

    /// The names behind so many others, and what is known to be present behind so much else.
    pub(crate) fn since(&self, locals: usize, present: usize) -> (&[Arc<Local>], &[Path]) {
        let locals = self.locals.get(locals..).unwrap_or_default();
        let present = self.present.get(present..).unwrap_or_default();
        (locals, present)
    }

    /// Adds names, and what is known to be present.
    pub(crate) fn take_over(&mut self, locals: Vec<Arc<Local>>, present: &[Path]) {
        if !locals.is_empty() {
            Arc::make_mut(&mut self.locals).extend(locals);
        }
        if !present.is_empty() {
            Arc::make_mut(&mut self.present).extend(present.iter().cloned());
        }
    }

    /// This scope at another place.
    pub(crate) fn at(&self, place: Place) -> Self {
        Self {
            place,
            ..self.clone()
        }
    }

    /// This scope where something is never surely looked at. Stages and declarations stay what they are.
    pub(crate) fn lazily(&self) -> Self {
        match self.place {
            Place::Statement => self.at(Place::Lazy),
            _ => self.clone(),
        }
    }

    /// This scope with more that is known to be present.
    pub(crate) fn knowing(&self, facts: &Facts) -> Self {
        let mut scope = self.clone();
        scope.learn(facts);
        scope
    }

    /// Remembers what is known to be present from here on.
    pub(crate) fn learn(&mut self, facts: &Facts) {
        if !facts.present.is_empty() {
            Arc::make_mut(&mut self.present).extend(facts.present.iter().cloned());
        }
    }

    /// Whether a path is known to be present.
    pub(crate) fn knows_present(&self, path: &Path) -> bool {
        self.present.iter().any(|known| known.begins_with(path))
    }

    /// This scope inside a stage over rows of this type.
    pub(crate) fn stage(&self, item: Type, group: Grouping) -> Self {
        let mut scope = self.at(match self.place {
            Place::Statement | Place::Lazy => Place::Stage,
            other => other,
        });
        if scope.present.iter().any(Path::starts_with_row) {
            Arc::make_mut(&mut scope.present).retain(|path| !path.starts_with_row());
        }
        scope.row = Some(Row { item, group });
        scope
    }

    /// Whether this is `add`, where a function may look at the rows around.
    pub(crate) fn adds_columns(&self) -> bool {
        matches!(&self.row, Some(row) if row.group == Grouping::Adding)
    }

    /// The columns that can be named, if this is a stage over records.
    pub(crate) fn columns(&self) -> Option<&Arc<RecordType>> {
        match &self.row.as_ref()?.item {
            Type::Record(row) => Some(row),
            _ => None,
        }
    }

    /// The row type's name for messages, in a stage.
    pub(crate) fn row_name(&self) -> Option<String> {
        self.columns().map(ToString::to_string)
    }

    /// Every name that can be seen without declarations.
    pub(crate) fn names(&self) -> Vec<&str> {
        let columns = self
            .columns()
            .into_iter()
            .flat_map(|row| row.fields.iter().map(|field| &*field.name));
        self.locals
            .iter()
            .map(|local| &*local.name)
            .chain(columns)
            .collect()
    }
}
