//! What is known about one call of a tool: the pinned schema, seen through the manifest.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Item, Name};
use sophia_plan::step::Role;
use sophia_plan::types::Type;

use super::schema::{required, type_of};
use crate::catalogue::ToolCall;
use crate::checker::Checker;
use crate::declared::Neighbours;
use crate::names::{nearest, with_nearest};
use crate::project::{ToolSettings, Unit};
use crate::snapshot::Snapshot;
use crate::units;

/// One call of a tool.
#[derive(Debug)]
pub(crate) struct ToolFacts {
    pub(crate) wire_name: Arc<str>,
    pub(crate) arguments: Vec<ToolParameter>,
    /// Whether the schema says that it takes arguments that it does not name.
    pub(crate) open: bool,
    /// What a call gives; `json` where nobody has said.
    pub(crate) result: Type,
    pub(crate) effect: bool,
    /// The whole input schema, for references inside it.
    pub(crate) schema: Json,
    /// The arguments that the manifest marks as content, by our names.
    content: Vec<String>,
}

/// One argument of a call.
#[derive(Debug)]
pub(crate) struct ToolParameter {
    pub(crate) name: Arc<str>,
    pub(crate) wire_name: Arc<str>,
    pub(crate) of: Type,
    /// The type that the manifest's unit gives it.
    pub(crate) unit: Option<Type>,
    /// The unit that the manifest gives it, where that unit is not read yet.
    pub(crate) unread: Option<Unit>,
    pub(crate) required: bool,
    /// What the manifest says that it does in the call.
    pub(crate) role: Role,
}

impl ToolFacts {
    /// The argument of a name.
    pub(crate) fn argument(&self, name: &str) -> Option<&ToolParameter> {
        self.arguments
            .iter()
            .find(|argument| &*argument.name == name)
    }

    /// What an argument does in the call. Unmarked ones steer.
    pub(crate) fn role(&self, name: &str) -> Role {
        if self.content.iter().any(|known| known == name) {
            Role::Content
        } else {
            Role::Steers
        }
    }

    /// What the schema says about an argument.
    pub(crate) fn property(&self, parameter: &ToolParameter) -> Option<&Json> {
        self.schema.get("properties")?.get(&*parameter.wire_name)
    }
}

impl Checker<'_> {
    /// The facts of a call, once the tool itself is granted. What is wrong is reported.
    pub(crate) fn tool(&mut self, tool: &Name, call: &Name) -> Option<Arc<ToolFacts>> {
        if call.text.is_empty() {
            return None;
        }
        let key = (tool.text.clone(), call.text.clone());
        if let Some(known) = self.memory.tools.get(&key) {
            return known.clone();
        }
        let Some(server) = self.catalogue.tools.get(&tool.text) else {
            self.report_unpinned(tool, "tool");
            return None;
        };
        let Some(pinned) = server.calls.get(&call.text) else {
            self.report_unknown_call(tool, call, server.calls.keys().map(String::as_str));
            return None;
        };
        let facts = self.read_tool(tool, call, pinned).map(Arc::new);
        self.memory.tools.insert(key, facts.clone());
        facts
    }

    fn report_unknown_call<'n>(
        &mut self,
        tool: &Name,
        call: &Name,
        known: impl Iterator<Item = &'n str> + Clone,
    ) {
        let near = nearest(&call.text, known.clone());
        let mut diagnostic = self
            .diagnostic(
                codes::S501,
                call.span,
                format!("The tool `{}` has no call `{}`.", tool.text, call.text),
            )
            .with_label("not in sophia.lock");
        if near.is_none() {
            let names: Vec<String> = known.take(12).map(|name| format!("`{name}`")).collect();
            diagnostic = diagnostic.with_note(format!("its calls: {}", names.join(", ")));
        }
        self.push(with_nearest(diagnostic, near, call.span));
    }

    fn read_tool(&mut self, tool: &Name, call: &Name, pinned: &ToolCall) -> Option<ToolFacts> {
        let Ok(schema) = serde_json::from_str::<Json>(&pinned.input_schema) else {
            let diagnostic = self
                .diagnostic(
                    codes::S509,
                    call.span,
                    format!(
                        "What `{}.{}` takes cannot be read from sophia.lock.",
                        tool.text, call.text
                    ),
                )
                .with_help("run `sophia sync`");
            self.push(diagnostic);
            return None;
        };
        let settings = self.manifest.tools.get(&tool.text);
        let reads = settings.is_some_and(|settings| settings.reads.contains(&call.text));
        if reads && pinned.destructive {
            self.report_dangerous_read(tool, call);
            return None;
        }
        let content = settings
            .and_then(|settings| settings.content.get(&call.text))
            .cloned()
            .unwrap_or_default();
        let needed = required(&schema);
        let properties = schema.get("properties").and_then(Json::as_object);
        let arguments = properties
            .into_iter()
            .flatten()
            .map(|(wire_name, property)| {
                let name = self.our_name(tool, call, pinned, wire_name);
                let unit = self.manifest.argument_unit(&tool.text, &call.text, &name);
                let read = units::type_of(unit.clone());
                let of = read.clone().unwrap_or_else(|| type_of(property, &schema));
                ToolParameter {
                    wire_name: Arc::from(wire_name.as_str()),
                    of,
                    unit: read,
                    unread: unit.filter(|unit| !unit.is_read()),
                    required: needed.contains(&wire_name.as_str()),
                    role: if content.iter().any(|known| **known == *name) {
                        Role::Content
                    } else {
                        Role::Steers
                    },
                    name,
                }
            })
            .collect();
        let open = match schema.get("additionalProperties") {
            Some(Json::Bool(open)) => *open,
            Some(_) => true,
            None => properties.is_none(),
        };
        let result = self.tool_result(tool, call, pinned)?;
        let facts = ToolFacts {
            wire_name: Arc::from(pinned.wire_name.as_str()),
            arguments,
            open,
            result,
            effect: changes_world(settings, &call.text, pinned),
            schema,
            content,
        };
        self.check_marks(tool, call, &facts);
        Some(facts)
    }

    /// Nobody but the server's own owner takes the danger out of a call.
    fn report_dangerous_read(&mut self, tool: &Name, call: &Name) {
        let label = format!("{}.{}", tool.text, call.text);
        let diagnostic = self
            .diagnostic(
                codes::S517,
                call.span,
                format!("`{label}` destroys, says its server, so `reads` in sophia.toml cannot make it a read."),
            )
            .with_label("destructive, says sophia.lock")
            .with_help(format!(
                "take `{}` out of `reads` of `[tools.{}]`, and call it with `do`",
                call.text, tool.text
            ));
        self.push(diagnostic);
    }

    /// `steers` and `content` of the manifest name arguments that there are, and each once.
    fn check_marks(&mut self, tool: &Name, call: &Name, facts: &ToolFacts) {
        let settings = self.manifest.tools.get(&tool.text);
        let marked = |marks: &BTreeMap<String, Vec<String>>| -> Vec<String> {
            marks.get(&call.text).cloned().unwrap_or_default()
        };
        let content = settings.map(|settings| marked(&settings.content));
        let steers = settings.map(|settings| marked(&settings.steers));
        let (content, steers) = (content.unwrap_or_default(), steers.unwrap_or_default());
        let label = format!("{}.{}", tool.text, call.text);
        for name in content.iter().chain(&steers) {
            if facts.argument(name).is_none() && !facts.open {
                let near = nearest(name, facts.arguments.iter().map(|argument| &*argument.name));
                let mut diagnostic = self
                    .diagnostic(
                        codes::S518,
                        call.span,
                        format!("sophia.toml marks the argument `{name}` of `{label}`, which has no such argument."),
                    );
                diagnostic = match near {
                    Some(near) => diagnostic.with_help(format!("write `{near}` in sophia.toml")),
                    None => diagnostic.with_help("take the mark out of sophia.toml"),
                };
                self.push(diagnostic);
            }
        }
        if let Some(both) = content.iter().find(|name| steers.contains(name)) {
            let diagnostic = self
                .diagnostic(
                    codes::S518,
                    call.span,
                    format!("sophia.toml marks the argument `{both}` of `{label}` as `steers` and as `content`."),
                )
                .with_help("keep one of the marks; an argument without a mark steers");
            self.push(diagnostic);
        }
    }

    /// Our name of an argument: the manifest's, else the lock's, else the server's own.
    fn our_name(&self, tool: &Name, call: &Name, pinned: &ToolCall, wire_name: &str) -> Arc<str> {
        let renamed = self
            .manifest
            .tools
            .get(&tool.text)
            .and_then(|settings| settings.rename.get(&call.text))
            .and_then(|names| names.iter().find(|(_, wire)| *wire == wire_name));
        let pinned = pinned.arguments.iter().find(|(_, wire)| *wire == wire_name);
        renamed.or(pinned).map_or_else(
            || Arc::from(wire_name),
            |(ours, _)| Arc::from(ours.as_str()),
        )
    }

    /// What a call gives, its fields in the units of the manifest.
    fn tool_result(&mut self, tool: &Name, call: &Name, pinned: &ToolCall) -> Option<Type> {
        let of = self.pinned_result(tool, call, pinned)?;
        let Type::Record(record) = &of else {
            return Some(of);
        };
        let mut record = (**record).clone();
        for field in &mut record.fields {
            let unit = self
                .manifest
                .argument_unit(&tool.text, &call.text, &field.name);
            if let Some(unit) = units::type_of(unit) {
                field.of = if field.of.is_optional() {
                    unit.optional()
                } else {
                    unit
                };
            }
        }
        Some(Type::Record(std::sync::Arc::new(record)))
    }

    fn pinned_result(&mut self, tool: &Name, call: &Name, pinned: &ToolCall) -> Option<Type> {
        if let Some(text) = &pinned.output_schema {
            return match serde_json::from_str::<Json>(text) {
                Ok(schema) => Some(type_of(&schema, &schema)),
                Err(_) => Some(Type::Json),
            };
        }
        let returns = self
            .manifest
            .tools
            .get(&tool.text)
            .and_then(|settings| settings.returns.get(&call.text));
        match (returns, &pinned.sampled) {
            (Some(written), _) => self.stated_type(written, call.span),
            // What was seen once is a proposal that a person has confirmed; a broken one is no type.
            (None, Some(sampled)) => Some(self.read_type(sampled).unwrap_or(Type::Json)),
            (None, None) => Some(Type::Json),
        }
    }

    /// The type that the manifest states.
    fn stated_type(&mut self, written: &str, span: Span) -> Option<Type> {
        if let Some(of) = self.read_type(written) {
            return Some(of);
        }
        let diagnostic = self
            .diagnostic(
                codes::S508,
                span,
                "What this call `returns` in sophia.toml is not a type.",
            )
            .with_note(format!("sophia.toml says: {written}"))
            .with_help("write a type such as `{ ok: boolean, ts: text }`");
        self.push(diagnostic);
        None
    }

    /// Reads a type with the language's own grammar; nothing is reported.
    pub(crate) fn read_type(&mut self, written: &str) -> Option<Type> {
        let text = format!("playbook stated\n\ntype Stated = {written}\n");
        let parsed = sophia_language::parse(&text, Arc::from("sophia.toml"));
        let declared = parsed.file.items.iter().find_map(|item| match item {
            Item::Type(declaration) => Some(&declaration.of),
            _ => None,
        });
        let before = self.diagnostics.len();
        let of = declared.map(|declared| self.resolve_type(declared));
        let clean = parsed.diagnostics.is_empty() && self.diagnostics.len() == before;
        self.diagnostics.truncate(before);
        of.filter(|_| clean)
    }
}

/// Whether a call changes the world: unless the lock or a person says that it only reads.
#[must_use]
pub fn changes_world(settings: Option<&ToolSettings>, call: &str, pinned: &ToolCall) -> bool {
    let says = |list: fn(&ToolSettings) -> &Vec<String>| {
        settings.is_some_and(|settings| list(settings).iter().any(|known| known == call))
    };
    // A server that calls one thing read-only and destructive has said nothing.
    let reads = says(|settings| &settings.reads) || pinned.read_only && !pinned.destructive;
    says(|settings| &settings.effects) || !reads
}

/// The type that a manifest states with `returns`, seen without any playbook's own types. `None` where it
/// is not a type.
#[must_use]
pub fn stated_type(snapshot: &Snapshot, written: &str) -> Option<Type> {
    let file = Arc::from("sophia.toml");
    let (manifest, catalogue) = (&snapshot.manifest, &snapshot.catalogue);
    Checker::new(manifest, catalogue, Neighbours::none(), file, "").read_type(written)
}
