//! Complaints as the protocol has them.

use sophia_diagnostics::{Diagnostic as Complaint, Severity};

use super::place::spot_of;
use crate::project::{Spot, View};
use crate::protocol::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity,
    DiagnosticTag, DocumentDiagnosticParams, DocumentDiagnosticReport,
    FullDocumentDiagnosticReport, Message, RelatedFullDocumentDiagnosticReport, Uri,
};
use crate::server::Refusal;

/// Codes of what is there and serves nothing: an editor shows it faded.
const UNNECESSARY: &[&str] = &["S205", "S830", "S898"];

/// The complaints about a document, for a client that asks for them.
pub(crate) fn of_document(
    view: &View,
    params: DocumentDiagnosticParams,
) -> Result<DocumentDiagnosticReport, Refusal> {
    let found = spot_of(view, &params.text_document.uri).map(|spot| of(&spot));
    let report = FullDocumentDiagnosticReport::new(None, found.unwrap_or_default());
    Ok(RelatedFullDocumentDiagnosticReport::new(None, report).into())
}

/// The complaints about a text.
pub(crate) fn of(spot: &Spot<'_>) -> Vec<Diagnostic> {
    let complaints = spot.file.diagnostics.iter();
    complaints.map(|complaint| shown(spot, complaint)).collect()
}

/// One complaint.
pub(crate) fn shown(spot: &Spot<'_>, complaint: &Complaint) -> Diagnostic {
    let related = complaint.related.iter().filter_map(|related| {
        let location = spot.location(&related.file, related.span)?;
        let message = related.message.clone();
        Some(DiagnosticRelatedInformation { location, message })
    });
    let related: Vec<_> = related.collect();
    let code = complaint.code.as_str();
    Diagnostic {
        range: spot.range(complaint.span),
        severity: Some(match complaint.severity() {
            Severity::Error => DiagnosticSeverity::Error,
            Severity::Warning => DiagnosticSeverity::Warning,
            Severity::Hint => DiagnosticSeverity::Hint,
        }),
        code: Some(Code::String(code.to_owned())),
        code_description: page_address(code).map(|href| CodeDescription { href }),
        source: Some("sophia".to_owned()),
        message: Message::String(words(complaint)),
        tags: UNNECESSARY
            .contains(&code)
            .then(|| vec![DiagnosticTag::Unnecessary]),
        related_information: (!related.is_empty()).then_some(related),
        data: None,
    }
}

/// Where the page of a code can be read: the client asks the server for its words.
pub(crate) fn page_address(code: &str) -> Option<Uri> {
    Uri::parse(&format!("sophia:///diagnostics/{code}.md")).ok()
}

/// The sentence, what stands beside the place, the facts, and what to do, a line each.
fn words(complaint: &Complaint) -> String {
    let mut words = complaint.message.clone();
    for note in &complaint.notes {
        words = format!("{words}\n{note}");
    }
    if let Some(fix) = &complaint.fix {
        words = format!("{words}\nFix: {}", fix.message);
    }
    words
}
