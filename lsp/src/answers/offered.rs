//! What the server says it can do.

use super::tokens;
use crate::protocol::{
    CallHierarchyProvider, CodeActionKind, CodeActionOptions, CodeActionProvider, CodeLensOptions,
    CompletionOptions, DefinitionProvider, DiagnosticOptions, DiagnosticProvider,
    DocumentFormattingProvider, DocumentHighlightProvider, DocumentLinkOptions,
    DocumentOnTypeFormattingOptions, DocumentRangeFormattingProvider, DocumentSymbolProvider,
    FoldingRangeProvider, Full, HoverProvider, InlayHintProvider, LinkedEditingRangeProvider,
    ReferencesProvider, RenameOptions, RenameProvider, SelectionRangeProvider,
    SemanticTokensOptions, SemanticTokensOptionsRange, SemanticTokensProvider, ServerCapabilities,
    SignatureHelpOptions, TextDocumentContent, TextDocumentContentOptions, TextDocumentSync,
    TextDocumentSyncKind, TextDocumentSyncOptions, WorkspaceOptions, WorkspaceSymbolProvider,
};
use crate::text::Encoding;

/// Everything that is served. A client that is told of complaints would show those that it asks for beside them, so
/// asking is offered to those alone that cannot be told.
pub(crate) fn capabilities(encoding: Encoding, asks_for_complaints: bool) -> ServerCapabilities {
    let letters =
        |letters: &[&str]| Some(letters.iter().map(|letter| (*letter).to_owned()).collect());
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSync::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::Incremental),
            ..TextDocumentSyncOptions::default()
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: letters(&[".", "|", "(", "{", "@", "\"", " "]),
            resolve_provider: Some(true),
            ..CompletionOptions::default()
        }),
        diagnostic_provider: asks_for_complaints.then(|| {
            DiagnosticProvider::DiagnosticOptions(DiagnosticOptions {
                inter_file_dependencies: true,
                ..DiagnosticOptions::default()
            })
        }),
        definition_provider: Some(DefinitionProvider::Bool(true)),
        document_highlight_provider: Some(DocumentHighlightProvider::Bool(true)),
        document_symbol_provider: Some(DocumentSymbolProvider::Bool(true)),
        hover_provider: Some(HoverProvider::Bool(true)),
        references_provider: Some(ReferencesProvider::Bool(true)),
        rename_provider: Some(RenameProvider::RenameOptions(RenameOptions {
            prepare_provider: Some(true),
            ..RenameOptions::default()
        })),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: letters(&["(", ","]),
            ..SignatureHelpOptions::default()
        }),
        call_hierarchy_provider: Some(CallHierarchyProvider::Bool(true)),
        code_action_provider: Some(CodeActionProvider::CodeActionOptions(CodeActionOptions {
            code_action_kinds: Some(vec![
                CodeActionKind::QuickFix,
                CodeActionKind::RefactorExtract,
                CodeActionKind::RefactorRewrite,
                CodeActionKind::SourceFixAll,
            ]),
            ..CodeActionOptions::default()
        })),
        code_lens_provider: Some(CodeLensOptions::default()),
        document_formatting_provider: Some(DocumentFormattingProvider::Bool(true)),
        document_link_provider: Some(DocumentLinkOptions::default()),
        document_on_type_formatting_provider: Some(DocumentOnTypeFormattingOptions {
            first_trigger_character: "}".to_owned(),
            more_trigger_character: letters(&["\n"]),
        }),
        document_range_formatting_provider: Some(DocumentRangeFormattingProvider::Bool(true)),
        folding_range_provider: Some(FoldingRangeProvider::Bool(true)),
        inlay_hint_provider: Some(InlayHintProvider::Bool(true)),
        linked_editing_range_provider: Some(LinkedEditingRangeProvider::Bool(true)),
        selection_range_provider: Some(SelectionRangeProvider::Bool(true)),
        semantic_tokens_provider: Some(SemanticTokensProvider::SemanticTokensOptions(
            SemanticTokensOptions {
                legend: tokens::legend(),
                range: Some(SemanticTokensOptionsRange::Bool(true)),
                full: Some(Full::Bool(true)),
                ..SemanticTokensOptions::default()
            },
        )),
        workspace_symbol_provider: Some(WorkspaceSymbolProvider::Bool(true)),
        workspace: Some(WorkspaceOptions {
            text_document_content: Some(TextDocumentContent::Options(TextDocumentContentOptions {
                schemes: vec!["sophia".to_owned()],
            })),
            ..WorkspaceOptions::default()
        }),
        ..ServerCapabilities::default()
    }
}
