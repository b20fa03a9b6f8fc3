//! Calls that name what they give: `worded(who: "Ana")`, `run refund_desk(ticket_id: id)`.

use sophia_diagnostics::Span;
use sophia_language::syntax::Header;

use crate::names::{Binder, CallSite, Index, Kind};
use crate::project::File;

/// Where the calls of a file name a parameter or an input of something that another file, or the same, declares.
pub(super) fn named(home: &File, given: &Binder, file: &File) -> Vec<Span> {
    let (Some(index), Some(own)) = (file.index(), home.index()) else {
        return Vec::new();
    };
    let owner = own.binders.iter().position(|binder| {
        if given.kind == Kind::Input {
            binder.kind == Kind::Playbook
        } else {
            binder.declared && binder.whole == given.whole
        }
    });
    let Some(owner) = owner else {
        return Vec::new();
    };
    let is_home = file.name == home.name;
    let calls = index.calls.iter().filter(|call| {
        if is_home {
            calls_own(index, call, owner)
        } else {
            own.binder(owner)
                .is_some_and(|owner| calls_other(index, call, home, owner))
        }
    });
    let names = calls.flat_map(|call| call.arguments.iter().filter_map(|(name, _)| *name));
    names
        .filter(|name| file.text.at(*name) == given.name)
        .collect()
}

fn calls_own(index: &Index, call: &CallSite, owner: usize) -> bool {
    let mut uses = index.uses.iter();
    uses.any(|used| used.span == call.callee && used.binder == Some(owner))
}

/// Whether a call is of what another file declares: `words.worded(…)`, or of the playbook that it is.
fn calls_other(index: &Index, call: &CallSite, home: &File, owner: &Binder) -> bool {
    let header = home.parsed.as_ref().map(|parsed| &parsed.file.header);
    let Some(Header::Module(name) | Header::Playbook(name)) = header else {
        return false;
    };
    let grants = |number: Option<usize>| {
        let binder = number.and_then(|number| index.binder(number));
        binder.is_some_and(|binder| binder.kind == Kind::Grant && binder.written == name.text)
    };
    if owner.kind == Kind::Playbook {
        let mut uses = index.uses.iter();
        return uses.any(|used| used.span == call.callee && grants(used.binder));
    }
    let mut members = index.members.iter();
    members.any(|member| {
        member.span.end == call.callee.end && member.name == owner.name && grants(member.base)
    })
}
