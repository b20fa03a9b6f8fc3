//! What the call around a place takes, and which argument is being written.

use std::collections::BTreeSet;

use super::completion::{head, parameters};
use super::hover::{markdown, quoted};
use super::meaning::{Meaning, meant};
use super::mended::mended;
use super::place::place_of;
use super::shaped;
use crate::project::{Spot, View};
use crate::protocol::{
    ActiveParameter, Documentation, ParameterInformation, ParameterInformationLabel, SignatureHelp,
    SignatureHelpParams, SignatureInformation,
};
use crate::server::Refusal;

/// A call that is being written.
pub(crate) struct Called {
    /// How it is shown: `slack.post_message(channel: text, text: text)`.
    pub(crate) label: String,
    pub(crate) documentation: String,
    pub(crate) parameters: Vec<Wanted>,
    /// The names that are written already.
    pub(crate) given: BTreeSet<String>,
    /// The parameter that the place belongs to.
    pub(crate) active: usize,
}

/// A parameter.
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) of: String,
    pub(crate) required: bool,
    pub(crate) documentation: String,
}

/// The call around a byte.
pub(crate) fn called(spot: &Spot<'_>, offset: usize) -> Option<Called> {
    let index = spot.file.index()?;
    let site = index.call_around(offset)?;
    let last = (site.callee.end as usize).checked_sub(1)?;
    let meaning = meant(spot, last).map(|meant| meant.meaning);
    let text = |span: sophia_diagnostics::Span| spot.file.text.at(span);
    let given: BTreeSet<String> = (site.arguments.iter())
        .filter_map(|(name, value)| name.filter(|_| !value.touches(offset)))
        .map(|name| text(name).to_owned())
        .collect();
    let (shown, documentation, parameters, result) = match meaning {
        Some(Meaning::Call {
            tool,
            call,
            offered,
        }) => {
            let wanted = offered.arguments.iter().map(|argument| Wanted {
                name: argument.name.to_string(),
                of: argument.of.to_string(),
                required: argument.required,
                documentation: argument.description.clone(),
            });
            let said = if offered.description.is_empty() {
                String::new()
            } else {
                format!("The server says: {}", quoted(&offered.description))
            };
            (
                format!("{tool}.{call}"),
                said,
                wanted.collect::<Vec<_>>(),
                format!(" -> {}", offered.result),
            )
        }
        Some(Meaning::Made { file, binder }) => {
            let written = parameters(&file, &binder)?;
            let wanted = written.iter().map(|parameter| Wanted {
                name: parameter.name.text.clone(),
                of: file.text.at(parameter.of.span()).to_owned(),
                required: true,
                documentation: String::new(),
            });
            let head = head(&file, &binder);
            let result = head
                .rsplit_once("->")
                .map_or_else(String::new, |(_, result)| format!(" ->{result}"));
            (
                binder.name.clone(),
                binder.documentation.clone(),
                wanted.collect(),
                result,
            )
        }
        Some(Meaning::BuiltIn(name)) => {
            let known = sophia_compiler::found::built_ins();
            let found = known.into_iter().find(|function| function.name == name)?;
            let (takes, optional) = found.takes?;
            let most = takes.len();
            let wanted = takes.into_iter().enumerate().map(|(place, takes)| Wanted {
                name: String::new(),
                of: takes.to_owned(),
                required: place + optional < most,
                documentation: String::new(),
            });
            (name, String::new(), wanted.collect(), String::new())
        }
        None => {
            let function = shaped::at(spot, last)?;
            let wanted = function.parameters.iter().map(|parameter| Wanted {
                name: parameter.name.to_owned(),
                of: parameter.of.to_owned(),
                required: parameter.required,
                documentation: String::new(),
            });
            let (name, gives) = (function.name.to_owned(), function.gives.to_owned());
            (name, gives, wanted.collect(), String::new())
        }
        Some(_) => return None,
    };
    let inside: Vec<String> = parameters.iter().map(Wanted::shown).collect();
    let label = format!("{shown}({}){result}", inside.join(", "));
    let active = active(spot, site, offset, &parameters);
    Some(Called {
        label,
        documentation,
        parameters,
        given,
        active,
    })
}

impl Wanted {
    fn shown(&self) -> String {
        shown(&self.name, &self.of, self.required)
    }
}

/// A parameter as a call shows it: `text: text`, `cursor?: text`; its type alone where it has no name, its name alone
/// where values of many shapes will do.
pub(super) fn shown(name: &str, of: &str, required: bool) -> String {
    let mark = if required { "" } else { "?" };
    match (name, of) {
        ("", only) | (only, "") => format!("{only}{mark}"),
        _ => format!("{name}{mark}: {of}"),
    }
}

/// The parameter that a byte belongs to: by its name where one is written, by its number otherwise.
fn active(
    spot: &Spot<'_>,
    site: &crate::names::CallSite,
    offset: usize,
    parameters: &[Wanted],
) -> usize {
    let around = site
        .arguments
        .iter()
        .enumerate()
        .find(|(_, (name, value))| {
            let start = name.map_or(value.start, |name| name.start);
            start as usize <= offset && offset <= value.end as usize
        });
    let Some((number, (name, _))) = around else {
        let before = site
            .arguments
            .iter()
            .filter(|(_, value)| (value.end as usize) < offset);
        return before.count();
    };
    let name = name.map(|name| spot.file.text.at(name));
    let named = name.and_then(|name| {
        parameters
            .iter()
            .position(|parameter| parameter.name == name)
    });
    named.unwrap_or(number)
}

/// The signature at a place.
pub(crate) fn help(
    view: &View,
    params: SignatureHelpParams,
) -> Result<Option<SignatureHelp>, Refusal> {
    let found = place_of(view, &params.text_document_position_params);
    Ok(found.and_then(|(spot, offset)| {
        let mended = mended(&spot, offset);
        let (spot, offset) = match &mended {
            Some((file, offset)) => (Spot { file, ..spot }, *offset),
            None => (spot, offset),
        };
        let called = called(&spot, offset)?;
        let parameters = called
            .parameters
            .iter()
            .map(|parameter| ParameterInformation {
                label: ParameterInformationLabel::String(parameter.shown()),
                documentation: (!parameter.documentation.is_empty()).then(|| {
                    Documentation::MarkupContent(markdown(quoted(&parameter.documentation)))
                }),
            });
        let signature = SignatureInformation {
            parameters: Some(parameters.collect()),
            documentation: (!called.documentation.is_empty())
                .then(|| Documentation::MarkupContent(markdown(called.documentation.clone()))),
            label: called.label,
            active_parameter: None,
        };
        let active = u32::try_from(called.active).ok()?;
        Some(SignatureHelp {
            signatures: vec![signature],
            active_signature: Some(0),
            active_parameter: Some(ActiveParameter::from(active)),
        })
    }))
}
