//! Answers against the strict schemas of providers: what a provider cannot be held to is found before a run.
//!
//! Kept true here: the limits are those that the provider documents for schemas that it enforces; a model
//! in our own process has none, since its grammar is made from the type itself.

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::Name;
use sophia_plan::types::{RecordType, Type};

use crate::checker::Checker;

/// The limits of the `openai` kind, as documented for strict schemas.
const MOST_LEVELS: usize = 10;
const MOST_FIELDS: usize = 5_000;
const MOST_VALUES: usize = 1_000;
const MOST_LETTERS: usize = 120_000;
/// Of one field with more than `MANY_VALUES` values.
const MANY_VALUES: usize = 250;
const MOST_LETTERS_OF_ONE: usize = 15_000;

/// What a type amounts to as a schema.
#[derive(Debug, Default)]
struct Size {
    levels: usize,
    fields: usize,
    values: usize,
    letters: usize,
    /// The most letters of one field that has many values.
    letters_of_one: usize,
    /// The path of the first part without a shape.
    free: Option<String>,
}

impl Size {
    fn of(of: &Type) -> Self {
        let mut size = Self::default();
        // An answer that is no record stands inside one.
        let level = usize::from(!matches!(of, Type::Record(_)));
        size.add(of, level, "");
        size
    }

    fn add(&mut self, of: &Type, level: usize, path: &str) {
        match of {
            Type::Json => {
                if self.free.is_none() {
                    self.free = Some(path.to_owned());
                }
            }
            Type::Literals(texts) => {
                let letters: usize = texts.iter().map(|text| text.chars().count()).sum();
                self.values = self.values.saturating_add(texts.len());
                self.letters = self.letters.saturating_add(letters);
                if texts.len() > MANY_VALUES {
                    self.letters_of_one = self.letters_of_one.max(letters);
                }
            }
            Type::Optional(inner) | Type::List(inner) => self.add(inner, level, path),
            Type::Record(row) | Type::Table(row) => {
                self.add_record(row, level.saturating_add(1), path);
            }
            _ => self.levels = self.levels.max(level),
        }
    }

    fn add_record(&mut self, row: &RecordType, level: usize, path: &str) {
        self.levels = self.levels.max(level);
        for field in &row.fields {
            self.fields = self.fields.saturating_add(1);
            self.letters = self.letters.saturating_add(field.name.chars().count());
            let inner = if path.is_empty() {
                field.name.to_string()
            } else {
                format!("{path}.{}", field.name)
            };
            self.add(&field.of, level, &inner);
        }
    }

    /// The first limit that is passed: what there is too much of, how much, and the limit.
    fn passed(&self) -> Option<(&'static str, usize, usize)> {
        [
            ("levels of records in records", self.levels, MOST_LEVELS),
            ("fields", self.fields, MOST_FIELDS),
            ("values to choose from", self.values, MOST_VALUES),
            (
                "letters in the values of one field",
                self.letters_of_one,
                MOST_LETTERS_OF_ONE,
            ),
            ("letters in names and values", self.letters, MOST_LETTERS),
        ]
        .into_iter()
        .find(|(_, found, most)| found > most)
    }
}

impl Checker<'_> {
    /// Whether the providers of a route can be held to the type of an answer.
    pub(super) fn check_strict(
        &mut self,
        name: &Name,
        result: &Type,
        place: Span,
        routes: &[Name],
    ) {
        let strict: Vec<&Name> = routes
            .iter()
            .filter(|route| {
                self.manifest
                    .models
                    .get(&route.text)
                    .is_some_and(|settings| settings.kind == "openai")
            })
            .collect();
        let Some(route) = strict.first() else { return };
        let size = Size::of(result);
        let diagnostic = if let Some(path) = &size.free {
            let what = if path.is_empty() {
                "The answer".to_owned()
            } else {
                format!("`{path}` in the answer")
            };
            self.diagnostic(
                codes::S569,
                place,
                format!(
                    "{what} of `{}` is `json`, and `{}` cannot be held to an answer without a shape.",
                    name.text, route.text
                ),
            )
            .with_help("write the fields out as a record, or ask models of our own only")
        } else if let Some((what, found, most)) = size.passed() {
            self.diagnostic(
                codes::S570,
                place,
                format!(
                    "The answer of `{}` has {} {what}, and `{}` takes at most {}.",
                    name.text,
                    grouped(found),
                    route.text,
                    grouped(most)
                ),
            )
            .with_help(
                "ask for less at once, in two models if need be, or ask models of our own only",
            )
        } else {
            return;
        };
        let diagnostic = diagnostic.with_related(route.span, "it is asked here");
        self.push(diagnostic);
    }
}

/// 12,000
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + 4);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
