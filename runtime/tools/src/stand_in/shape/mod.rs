//! Makes up the smallest value that fits a schema.
//!
//! Kept true here: the same schema gives the same value; a value that is given fits; a schema that
//! leads round in a circle, or for which no value is found, ends in a problem.

mod merge;
mod number;
mod text;

use serde_json::{Map, Value};
use sophia_diagnostics::{Problem, codes};

use crate::limits;
use crate::schema::{self, Checker};

/// A value that fits `shape`. `owner` is what the shape belongs to, for the problem.
pub(super) fn example(shape: &Value, owner: &str) -> Result<Value, Problem> {
    let checker = Checker::new(shape, owner)?;
    let maker = Maker { root: shape };
    maker
        .value(shape, 0, 0)
        .filter(|value| checker.fits(value))
        .ok_or_else(|| {
            Problem::new(
                codes::S959,
                format!("The stand-in cannot make up {owner} from its schema."),
            )
            .with_help("state a simpler shape as `returns` in the tool's entry in sophia.toml")
        })
}

struct Maker<'a> {
    root: &'a Value,
}

impl Maker<'_> {
    /// A value for `schema`. `variant` makes items of a list differ; `depth` ends circles: `None`
    /// where there is no way out of one.
    fn value(&self, schema: &Value, variant: usize, depth: usize) -> Option<Value> {
        if depth > limits::SCHEMA_DEPTH / 2 {
            return None;
        }
        let Value::Object(keywords) = schema else {
            return (schema != &Value::Bool(false)).then(|| text::any(variant));
        };
        if let Some(constant) = keywords.get("const") {
            return Some(constant.clone());
        }
        if let Some(options) = keywords.get("enum").and_then(Value::as_array) {
            let fitting: Vec<_> = options
                .iter()
                .filter(|option| fits_type(option, keywords))
                .collect();
            let index = variant.checked_rem(fitting.len())?;
            return fitting.get(index).map(|option| (*option).clone());
        }
        if let Some(reference) = keywords.get("$ref").and_then(Value::as_str) {
            let target = schema::resolve(self.root, reference)?;
            return self.merged(keywords, "$ref", target, variant, depth);
        }
        if let Some(Value::Array(parts)) = keywords.get("allOf") {
            let mut whole = without(keywords, "allOf");
            for part in parts {
                merge::merge(&mut whole, self.keywords(part)?);
            }
            return self.value(&Value::Object(whole), variant, depth + 1);
        }
        for choice in ["anyOf", "oneOf"] {
            if let Some(Value::Array(options)) = keywords.get(choice) {
                return options.iter().find_map(|option| {
                    let value = self.merged(keywords, choice, option, variant, depth)?;
                    let kept = self.checks(schema, &value);
                    kept.then_some(value)
                });
            }
        }
        self.typed(keywords, variant, depth)
    }

    fn typed(&self, keywords: &Map<String, Value>, variant: usize, depth: usize) -> Option<Value> {
        match kind(keywords) {
            "object" => self.object(keywords, variant, depth),
            "array" => self.array(keywords, variant, depth),
            "integer" => number::number(keywords, variant, true),
            "number" => number::number(keywords, variant, false),
            "boolean" => Some(Value::Bool(variant.is_multiple_of(2))),
            "null" => Some(Value::Null),
            _ => text::string(keywords, variant),
        }
    }

    /// The required fields, and as many others as `minProperties` asks for.
    fn object(&self, keywords: &Map<String, Value>, variant: usize, depth: usize) -> Option<Value> {
        let empty = Map::new();
        let declared = fields(keywords, "properties").unwrap_or(&empty);
        let required: Vec<&str> = keywords
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let other = keywords
            .get("additionalProperties")
            .unwrap_or(&Value::Bool(true));
        let mut made = Map::new();
        for name in required {
            let schema = declared.get(name).unwrap_or(other);
            made.insert(name.to_owned(), self.value(schema, variant, depth + 1)?);
        }
        let least = size(keywords, "minProperties");
        for (name, schema) in declared {
            if made.len() >= least {
                break;
            }
            if !made.contains_key(name)
                && let Some(value) = self.value(schema, variant, depth + 1)
            {
                made.insert(name.clone(), value);
            }
        }
        for number in 0.. {
            if made.len() >= least {
                break;
            }
            let value = self.value(other, variant, depth + 1)?;
            made.insert(format!("stand_in_{number}"), value);
        }
        Some(Value::Object(made))
    }

    fn array(&self, keywords: &Map<String, Value>, variant: usize, depth: usize) -> Option<Value> {
        let least = size(keywords, "minItems").max(usize::from(keywords.contains_key("contains")));
        if least > limits::TOOLS {
            return None;
        }
        let empty = Vec::new();
        let first = keywords
            .get("prefixItems")
            .and_then(Value::as_array)
            .unwrap_or(&empty);
        let rest = keywords
            .get("items")
            .or_else(|| keywords.get("contains"))
            .unwrap_or(&Value::Bool(true));
        let items = (0..least).map(|index| {
            let schema = first.get(index).unwrap_or(rest);
            self.value(schema, variant + index, depth + 1)
        });
        items.collect::<Option<Vec<_>>>().map(Value::Array)
    }

    /// What `schema` says together with one of its branches.
    fn merged(
        &self,
        keywords: &Map<String, Value>,
        without_keyword: &str,
        branch: &Value,
        variant: usize,
        depth: usize,
    ) -> Option<Value> {
        let mut whole = without(keywords, without_keyword);
        let Value::Object(branch) = branch else {
            return (branch != &Value::Bool(false))
                .then(|| self.value(&Value::Object(whole), variant, depth + 1))?;
        };
        merge::merge(&mut whole, branch);
        self.value(&Value::Object(whole), variant, depth + 1)
    }

    /// The keywords of a part, its reference followed.
    fn keywords<'b>(&'b self, part: &'b Value) -> Option<&'b Map<String, Value>> {
        let mut part = part.as_object()?;
        for _ in 0..limits::SCHEMA_DEPTH {
            let Some(reference) = part.get("$ref").and_then(Value::as_str) else {
                return Some(part);
            };
            part = schema::resolve(self.root, reference)?.as_object()?;
        }
        None
    }

    /// Whether a value fits a part of the schema, its references seen from the root.
    fn checks(&self, part: &Value, value: &Value) -> bool {
        let mut whole = part.clone();
        if let (Some(whole), Some(root)) = (whole.as_object_mut(), self.root.as_object()) {
            for definitions in ["$defs", "definitions"] {
                if let Some(shared) = root.get(definitions) {
                    whole.insert(definitions.to_owned(), shared.clone());
                }
            }
        }
        // A part that refers to something else than definitions cannot be read alone; the whole
        // value is checked at the end in any case.
        Checker::new(&whole, "a part").map_or(true, |checker| checker.fits(value))
    }
}

fn without(keywords: &Map<String, Value>, keyword: &str) -> Map<String, Value> {
    let mut rest = keywords.clone();
    rest.remove(keyword);
    rest
}

/// The type to make: the one declared, the first of several, or the one that the keywords speak of.
fn kind(keywords: &Map<String, Value>) -> &str {
    match keywords.get("type") {
        Some(Value::String(one)) => return one,
        Some(Value::Array(several)) => {
            return several.first().and_then(Value::as_str).unwrap_or("string");
        }
        _ => {}
    }
    let tells = [
        ("properties", "object"),
        ("required", "object"),
        ("additionalProperties", "object"),
        ("minProperties", "object"),
        ("items", "array"),
        ("prefixItems", "array"),
        ("minItems", "array"),
        ("minimum", "number"),
        ("maximum", "number"),
        ("exclusiveMinimum", "number"),
        ("exclusiveMaximum", "number"),
        ("multipleOf", "number"),
    ];
    tells
        .iter()
        .find(|(keyword, _)| keywords.contains_key(*keyword))
        .map_or("string", |(_, kind)| kind)
}

fn fits_type(value: &Value, keywords: &Map<String, Value>) -> bool {
    let named = |name: &str| match name {
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    };
    match keywords.get("type") {
        Some(Value::String(one)) => named(one),
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).any(named),
        _ => true,
    }
}

fn fields<'a>(keywords: &'a Map<String, Value>, keyword: &str) -> Option<&'a Map<String, Value>> {
    keywords.get(keyword).and_then(Value::as_object)
}

fn size(keywords: &Map<String, Value>, keyword: &str) -> usize {
    let size = keywords.get(keyword).and_then(Value::as_u64);
    size.map_or(0, |size| usize::try_from(size).unwrap_or(usize::MAX))
}
