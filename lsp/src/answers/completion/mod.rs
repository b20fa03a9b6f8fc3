//! What can be written at a place.
//!
//! Kept true here: a text that is only half there gets answers all the same, from its tokens and from what the reader
//! understood; nothing is offered that could not be reached from the place.

mod after;
mod arms;
mod around;
mod begun;
mod calls;
mod fields;
mod heard;
mod items;
mod manifest;
mod modifiers;
mod people;
mod phrases;
mod place;
mod repair;
mod resolve;
mod shape;
mod sql;
mod test_lines;
mod values;
mod words;

use crate::folders::MANIFEST;
use crate::project::{Spot, View};
use crate::protocol::{CompletionList, CompletionParams, CompletionResponse};
use crate::server::Refusal;
use items::Items;
use place::{Place, place};
use words::Block;

pub(crate) use calls::{head, parameters};
pub(super) use fields::compared;
pub(crate) use resolve::resolve;

/// What can be written at a place.
pub(crate) fn at(
    view: &View,
    params: CompletionParams,
) -> Result<Option<CompletionResponse>, Refusal> {
    let found = super::place::place_of(view, &params.text_document_position_params);
    let typed = params.context.and_then(|context| context.trigger_character);
    Ok(found.and_then(|(spot, offset)| {
        // A brace asks for something in a text alone: elsewhere a line ends behind it, or fields are asked for by a space.
        if typed.as_deref() == Some("{")
            && !matches!(place(&spot, offset), Some(Place::Value { .. }))
        {
            return None;
        }
        let mended = super::mended::mended(&spot, offset);
        let (spot, offset) = match &mended {
            Some((file, offset)) => (Spot { file, ..spot }, *offset),
            None => (spot, offset),
        };
        let repaired = repair::repaired(&spot, offset);
        let spot = Spot {
            file: repaired.as_ref().unwrap_or(spot.file),
            ..spot.clone()
        };
        let items = items(&spot, offset)?;
        Some(CompletionResponse::CompletionList(CompletionList {
            is_incomplete: false,
            items: items.into_sorted(),
            ..CompletionList::default()
        }))
    }))
}

fn items<'v>(spot: &Spot<'v>, offset: usize) -> Option<Items<'v>> {
    let mut items = Items::new(spot);
    if &*spot.file.name == MANIFEST {
        manifest::manifest(&mut items, offset);
        return Some(items);
    }
    match place(spot, offset)? {
        Place::Sql => sql::sql(&mut items, offset),
        Place::Label => values::labels(&mut items),
        Place::Member { dot, effect } => calls::members(&mut items, dot, effect),
        Place::Granted => values::grantable(&mut items, offset),
        Place::Effect => calls::effects(&mut items, offset),
        Place::Ruled { dot } => calls::ruled(&mut items, dot, offset),
        Place::Reached => calls::reached(&mut items),
        Place::Trigger { from } => words::schedules(&mut items, from, offset),
        Place::New => return None,
        Place::Words(words) => words::only(&mut items, words),
        Place::Predicted => sql::given(&mut items, offset),
        Place::Route => {
            values::models(&mut items);
            words::several(&mut items);
        }
        Place::Source => values::connections(&mut items),
        Place::Type => values::types(&mut items, offset),
        Place::RowOf => values::queries(&mut items),
        Place::Event => values::events(&mut items),
        Place::Playbook => values::playbooks(&mut items),
        Place::State => values::states(&mut items),
        Place::Group => values::groups(&mut items),
        Place::Whom => {
            values::quoted_groups(&mut items);
            values::visible(&mut items, offset);
        }
        Place::Quoted { start } => heard::texts(&mut items, start),
        Place::Calendar => values::calendars(&mut items),
        Place::Knowledge => values::knowledge(&mut items),
        Place::Unsure => words::unsure(&mut items),
        Place::Heard { named } => {
            heard::events(&mut items, if named { "" } else { " as ${1:came}" });
        }
        Place::Webhook => heard::sources(&mut items),
        Place::Rows => values::names(&mut items, offset),
        Place::Delivered { dot } => heard::deliveries(&mut items, dot),
        Place::Key => heard::key_columns(&mut items, offset),
        Place::Stage => words::stages(&mut items),
        Place::Begin(Block::Match) => arms::cases(&mut items, offset),
        Place::Begin(Block::First) => arms::first(&mut items),
        Place::Begin(block) => {
            if matches!(block, Block::Top | Block::Statements) {
                modifiers::modifiers(&mut items, offset);
            }
            words::beginnings(&mut items, block);
        }
        Place::Fields { brace } => fields::record(&mut items, brace, offset),
        Place::Otherwise { from } => {
            fields::value(&mut items, from, offset);
            words::ends(&mut items);
            values::visible(&mut items, offset);
            words::before_values(&mut items);
        }
        Place::Bound { from } => {
            fields::value(&mut items, from, offset);
            values::visible(&mut items, offset);
            words::bound(&mut items);
            words::before_values(&mut items);
        }
        Place::Fixed { from } => {
            fields::value(&mut items, from, offset);
            words::fixed(&mut items);
        }
        Place::Seen { from } => {
            fields::value(&mut items, from, offset);
            test_lines::seen(&mut items);
        }
        Place::Given => test_lines::given(&mut items, offset),
        Place::GivenAsk => people::given_ask(&mut items, offset),
        Place::Answer { from } => test_lines::answer(&mut items, from),
        Place::Expected => test_lines::expected(&mut items),
        Place::Count => test_lines::count(&mut items),
        Place::WaitedFor => test_lines::waited_for(&mut items),
        Place::Then => test_lines::happenings(&mut items),
        Place::Reply { from } => people::reply(&mut items, from),
        Place::Ran => test_lines::after_run(&mut items),
        Place::OfTool { dot, given } => {
            if !test_lines::of_tool(&mut items, dot, offset, given) {
                calls::members(&mut items, dot, false);
            }
        }
        Place::Argument => {
            calls::arguments(&mut items, offset);
            values::visible(&mut items, offset);
        }
        Place::Value { from } => {
            values::of_reply(&mut items, offset);
            fields::value(&mut items, from, offset);
            values::visible(&mut items, offset);
            words::before_values(&mut items);
        }
        Place::Counted => {
            words::units(&mut items, offset);
            words::after_values(&mut items);
            modifiers::modifiers(&mut items, offset);
        }
        Place::Modifier => {
            values::of_metric(&mut items, offset);
            if !modifiers::modifiers(&mut items, offset) {
                words::after_values(&mut items);
            }
        }
        Place::Either => {
            values::of_metric(&mut items, offset);
            values::visible(&mut items, offset);
            words::before_values(&mut items);
            words::after_values(&mut items);
            modifiers::modifiers(&mut items, offset);
        }
    }
    Some(items)
}
