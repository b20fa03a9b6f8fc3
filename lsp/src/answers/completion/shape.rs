//! A value as it would be written, from its type alone: a snippet with a place for the cursor at each part.
//!
//! Kept true here: what is written without being filled in is a value of the type; what may be left out is left out.

use sophia_plan::types::{FieldType, Type};

/// A longer line is broken at its rows.
const LINE: usize = 72;
/// Deeper parts are left to whoever writes.
const DEEPEST: usize = 4;

/// A value of a type.
pub(super) fn value(of: &Type) -> String {
    let mut shape = Shape::default();
    shape.value(of, 0);
    shape.text
}

/// Fields with their values, as they stand between braces.
pub(super) fn fields<'f>(fields: impl IntoIterator<Item = &'f FieldType>) -> String {
    let mut shape = Shape::default();
    shape.fields(fields, 0);
    shape.text
}

/// A text that stands in a snippet as it is.
pub(super) fn plain(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('$', "\\$")
        .replace('}', "\\}")
}

#[derive(Default)]
struct Shape {
    text: String,
    stops: usize,
}

impl Shape {
    fn stop(&mut self, written: &str) {
        self.stops += 1;
        let number = self.stops;
        if written.is_empty() {
            self.text.push_str(&format!("${number}"));
        } else {
            self.text.push_str(&format!("${{{number}:{written}}}"));
        }
    }

    fn choice<'c>(&mut self, choices: impl IntoIterator<Item = &'c str>) {
        self.stops += 1;
        let escaped = choices.into_iter().map(|choice| {
            choice
                .replace('\\', "\\\\")
                .replace(',', "\\,")
                .replace('|', "\\|")
        });
        let all: Vec<String> = escaped.collect();
        self.text
            .push_str(&format!("${{{}|{}|}}", self.stops, all.join(",")));
    }

    fn value(&mut self, of: &Type, depth: usize) {
        match of {
            Type::Text => {
                self.text.push('"');
                self.stop("");
                self.text.push('"');
            }
            Type::Boolean => self.choice(["true", "false"]),
            Type::Integer | Type::Number | Type::Decimal => self.stop("1"),
            Type::Money(currency) => {
                if &*currency.0 == "USD" {
                    self.text.push_str("\\$");
                    self.stop("1.00");
                } else {
                    self.stop("1.00");
                    self.text.push(' ');
                    self.text.push_str(&currency.0);
                }
            }
            Type::Percent => {
                self.stop("50");
                self.text.push('%');
            }
            Type::Date => self.stop("2026-01-31"),
            Type::Time => self.stop("08:00"),
            Type::Timestamp => self.stop("2026-01-31 08:00"),
            Type::Duration => self.stop("2 hours"),
            Type::Literals(texts) => {
                self.text.push('"');
                self.choice(texts.iter().map(|text| &**text));
                self.text.push('"');
            }
            Type::Range { from, .. } => self.stop(&from.to_string()),
            Type::Optional(of) => self.value(of, depth),
            Type::None => self.text.push_str("none"),
            Type::List(item) => self.items(item, depth),
            Type::Table(row) => self.items(&Type::Record(row.clone()), depth),
            Type::Record(record) if depth < DEEPEST && !record.fields.is_empty() => {
                self.text.push_str("{ ");
                self.fields(&record.fields, depth + 1);
                self.text.push_str(" }");
            }
            Type::Json | Type::Record(_) => {
                self.text.push_str("{ ");
                self.stop("");
                self.text.push_str(" }");
            }
            Type::Unknown => self.stop(""),
        }
    }

    fn items(&mut self, item: &Type, depth: usize) {
        let mut inner = Self {
            text: String::new(),
            stops: self.stops,
        };
        inner.value(item, depth);
        self.stops = inner.stops;
        let item = inner.text;
        if depth == 0 && item.len() > LINE {
            self.text.push_str(&format!("[\n  {item},\n]"));
        } else {
            self.text.push_str(&format!("[{item}]"));
        }
    }

    /// Those that must be given; of those that need not be, none.
    fn fields<'f>(&mut self, fields: impl IntoIterator<Item = &'f FieldType>, depth: usize) {
        let needed = fields.into_iter().filter(|field| !field.of.is_optional());
        for (place, field) in needed.enumerate() {
            if place > 0 {
                self.text.push_str(", ");
            }
            self.text.push_str(&field.name);
            self.text.push_str(": ");
            self.value(&field.of, depth);
        }
    }
}
