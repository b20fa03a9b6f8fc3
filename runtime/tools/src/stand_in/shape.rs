//! Makes up the smallest value that fits a schema.
//!
//! Kept true here: the same schema gives the same value; a value that is given fits; a schema that
//! leads round in a circle, or for which no value is found, ends in a problem.

use serde_json::{Map, Number, Value, json};
use sophia_diagnostics::{Problem, codes};

use crate::limits;
use crate::schema::{self, Checker};

/// What may be tried for a pattern. No value is made from the pattern itself.
const TEXTS: [&str; 20] = [
    "stand-in",
    "stand_in",
    "standin",
    "STANDIN",
    "Stand in",
    "a",
    "A",
    "0",
    "1",
    "00",
    "000",
    "0000",
    "0.00",
    "#stand-in",
    "@stand-in",
    "C0STANDIN0",
    "2026-01-01",
    "2026-01",
    "12:00",
    "1.0.0",
];

/// Formats with an example each.
const FORMATS: [(&str, &str); 20] = [
    ("date-time", "2026-01-01T00:00:00Z"),
    ("date", "2026-01-01"),
    ("time", "00:00:00Z"),
    ("duration", "P1D"),
    ("email", "stand-in@example.com"),
    ("idn-email", "stand-in@example.com"),
    ("hostname", "stand-in.example.com"),
    ("idn-hostname", "stand-in.example.com"),
    ("ipv4", "192.0.2.1"),
    ("ipv6", "2001:db8::1"),
    ("uri", "https://example.com/stand-in"),
    ("url", "https://example.com/stand-in"),
    ("iri", "https://example.com/stand-in"),
    ("uri-reference", "/stand-in"),
    ("iri-reference", "/stand-in"),
    ("uri-template", "/stand-in"),
    ("uuid", "00000000-0000-4000-8000-000000000000"),
    ("json-pointer", "/stand-in"),
    ("relative-json-pointer", "0"),
    ("regex", "stand-in"),
];

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
            return (schema != &Value::Bool(false)).then(|| text(variant));
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
                merge(&mut whole, self.keywords(part)?);
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
            "integer" => number(keywords, variant, true),
            "number" => number(keywords, variant, false),
            "boolean" => Some(Value::Bool(variant % 2 == 0)),
            "null" => Some(Value::Null),
            _ => self.string(keywords, variant),
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

    fn string(&self, keywords: &Map<String, Value>, variant: usize) -> Option<Value> {
        let format = keywords.get("format").and_then(Value::as_str);
        let formatted = FORMATS
            .iter()
            .find(|(name, _)| Some(*name) == format)
            .map(|(_, example)| *example);
        let least = size(keywords, "minLength");
        let most = keywords
            .get("maxLength")
            .and_then(Value::as_u64)
            .map_or(usize::MAX, |most| {
                usize::try_from(most).unwrap_or(usize::MAX)
            });
        if least > limits::MESSAGE_BYTES / 16 {
            return None;
        }
        if formatted.is_none() && !keywords.contains_key("pattern") {
            return Some(Value::String(fitted(&plain(variant), least, most)));
        }
        let wanted = json!({
            "type": "string",
            "pattern": keywords.get("pattern").cloned().unwrap_or_else(|| json!("")),
            "minLength": least,
            "maxLength": most,
        });
        let checker = Checker::new(&wanted, "a pattern").ok()?;
        formatted
            .into_iter()
            .chain(
                TEXTS
                    .iter()
                    .cycle()
                    .skip(variant)
                    .take(TEXTS.len())
                    .copied(),
            )
            .chain(FORMATS.iter().map(|(_, example)| *example))
            .flat_map(|example| [example.to_owned(), fitted(example, least, most)])
            .map(Value::String)
            .find(|example| checker.fits(example))
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
        merge(&mut whole, branch);
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

/// Adds the keywords of `part`. Both hold where both can be kept; otherwise the part decides.
fn merge(whole: &mut Map<String, Value>, part: &Map<String, Value>) {
    for (keyword, value) in part {
        match (keyword.as_str(), whole.get_mut(keyword), value) {
            ("properties" | "$defs", Some(Value::Object(known)), Value::Object(more)) => {
                for (name, schema) in more {
                    let both = known.remove(name).map_or_else(
                        || schema.clone(),
                        |first| json!({ "allOf": [first, schema] }),
                    );
                    known.insert(name.clone(), both);
                }
            }
            ("required" | "allOf", Some(Value::Array(known)), Value::Array(more)) => {
                known.extend(more.iter().cloned());
            }
            ("minimum" | "minLength" | "minItems" | "minProperties", Some(known), _) => {
                if value.as_f64() > known.as_f64() {
                    *known = value.clone();
                }
            }
            ("maximum" | "maxLength" | "maxItems" | "maxProperties", Some(known), _) => {
                if value.as_f64() < known.as_f64() {
                    *known = value.clone();
                }
            }
            _ => {
                whole.insert(keyword.clone(), value.clone());
            }
        }
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

/// A number at its lower bound, or at its upper one where only that keeps it from zero.
#[allow(clippy::cast_precision_loss)] // Variants are small; they count the items of a list.
fn number(keywords: &Map<String, Value>, variant: usize, whole: bool) -> Option<Value> {
    let bound = |keyword| keywords.get(keyword).and_then(Value::as_f64);
    let step = bound("multipleOf").filter(|step| *step > 0.0);
    let grain = step.unwrap_or(1.0);
    let above = bound("exclusiveMinimum");
    let below = bound("exclusiveMaximum");
    let mut value = match (bound("minimum"), above) {
        (Some(least), Some(above)) => least.max(above),
        (least, above) => least.or(above).unwrap_or_else(|| {
            let most = bound("maximum").or(below).unwrap_or(0.0);
            most.min(0.0)
        }),
    };
    if whole || step.is_some() {
        value = (value / grain).ceil() * grain;
    }
    let ceiling = bound("maximum").unwrap_or(f64::INFINITY);
    if above.is_some_and(|above| value <= above) {
        // Half-way to the upper bound where a whole step would go past it.
        let limit = below.unwrap_or(ceiling);
        let stepped = value + grain;
        let fits = stepped < limit || (below.is_none() && stepped <= limit);
        value = if fits || whole || step.is_some() {
            stepped
        } else {
            f64::midpoint(value, limit)
        };
    }
    if below.is_some_and(|below| value >= below) {
        value = if whole || step.is_some() {
            value - grain
        } else {
            value - 1.0
        };
    }
    let next = value + grain * variant as f64;
    if next <= ceiling && below.is_none_or(|below| next < below) {
        value = next;
    }
    written(value)
}

/// A number as JSON, without a fraction where it has none.
fn written(value: f64) -> Option<Value> {
    /// Up to here every whole number has a double of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        #[allow(clippy::cast_possible_truncation)] // Whole and within the exact range.
        return Some(Value::from(value as i64));
    }
    Number::from_f64(value).map(Value::Number)
}

fn text(variant: usize) -> Value {
    Value::String(plain(variant))
}

fn plain(variant: usize) -> String {
    if variant == 0 {
        "stand-in".to_owned()
    } else {
        format!("{variant} stand-in")
    }
}

/// A text made as long as it must be and no longer than it may be.
fn fitted(text: &str, least: usize, most: usize) -> String {
    let length = text.chars().count();
    text.chars()
        .chain(std::iter::repeat_n('x', least.saturating_sub(length)))
        .take(most)
        .collect()
}
