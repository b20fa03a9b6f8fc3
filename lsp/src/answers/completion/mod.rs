//! What can be written at a place.
//!
//! Kept true here: a text that is only half there gets answers all the same, from its tokens and from what the reader
//! understood; nothing is offered that could not be reached from the place.

mod after;
mod calls;
mod heard;
mod items;
mod place;
mod resolve;
mod sql;
mod values;
mod words;

use crate::project::{Spot, View};
use crate::protocol::{CompletionList, CompletionParams, CompletionResponse};
use crate::server::Refusal;
use items::Items;
use place::{Place, place};

pub(crate) use calls::{head, parameters};
pub(crate) use resolve::resolve;

/// What can be written at a place.
pub(crate) fn at(
    view: &View,
    params: CompletionParams,
) -> Result<Option<CompletionResponse>, Refusal> {
    let found = super::place::place_of(view, &params.text_document_position_params);
    Ok(found.and_then(|(spot, offset)| {
        let items = items(&spot, offset)?;
        Some(CompletionResponse::CompletionList(CompletionList {
            is_incomplete: false,
            items: items.into_sorted(),
            ..CompletionList::default()
        }))
    }))
}

fn items<'v>(spot: &Spot<'v>, offset: usize) -> Option<Items<'v>> {
    let place = place(spot, offset)?;
    let mut items = Items::new(spot);
    match place {
        Place::Sql => sql::sql(&mut items, offset),
        Place::Label => values::labels(&mut items),
        Place::Member { dot, effect } => calls::members(&mut items, dot, effect),
        Place::Granted => values::grantable(&mut items, offset),
        Place::Effect => calls::effects(&mut items, offset),
        Place::Trigger => words::schedules(&mut items),
        Place::Route => values::models(&mut items),
        Place::Source => values::connections(&mut items),
        Place::Type => values::types(&mut items),
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
        Place::Heard => {
            heard::sources(&mut items);
            values::events(&mut items);
        }
        Place::Webhook => heard::sources(&mut items),
        Place::Rows => values::names(&mut items, offset),
        Place::Delivered { dot } => heard::deliveries(&mut items, dot),
        Place::Key => heard::key_columns(&mut items, offset),
        Place::Stage => words::stages(&mut items),
        Place::Begin(block) => words::beginnings(&mut items, block),
        Place::Fields => {
            if !values::fields_of_reply(&mut items, offset) {
                values::visible(&mut items, offset);
            }
        }
        Place::Argument => {
            calls::arguments(&mut items, offset);
            values::visible(&mut items, offset);
        }
        Place::Value => {
            values::visible(&mut items, offset);
            words::before_values(&mut items);
        }
        Place::Counted => {
            words::units(&mut items);
            words::after_values(&mut items);
            words::modifiers(&mut items);
        }
        Place::Modifier => {
            words::after_values(&mut items);
            words::modifiers(&mut items);
        }
        Place::Either => {
            values::visible(&mut items, offset);
            words::before_values(&mut items);
            words::after_values(&mut items);
            words::modifiers(&mut items);
        }
    }
    Some(items)
}
