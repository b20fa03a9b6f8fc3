//! Which method is answered where.

use lsp_server::{ErrorCode, Request};
use serde_json::Value;

use crate::answers::{
    actions, completion, diagnostics, folding, formatting, hierarchy, hints, hover, lenses, links,
    navigation, rename, selection, signature, symbols, tokens,
};
use crate::project::View;

/// Why a request has no answer.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// As the protocol numbers it.
    pub(crate) code: i32,
    /// For a person.
    pub(crate) message: String,
}

impl Refusal {
    /// What was asked cannot be done, and this is why.
    pub(crate) fn because(message: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::RequestFailed as i32,
            message: message.into(),
        }
    }

    /// A mistake of ours ended the answer.
    pub(super) fn broke_off(method: &str) -> Self {
        Self {
            code: ErrorCode::InternalError as i32,
            message: format!("the answer to `{method}` broke off"),
        }
    }
}

/// Answers a request whose parameters and result are those of the protocol.
fn on<R: crate::protocol::Request>(
    view: &View,
    params: Value,
    answer: impl Fn(&View, R::Params) -> Result<R::Result, Refusal>,
) -> Result<Value, Refusal> {
    let params = serde_json::from_value(params).map_err(|error| Refusal {
        code: ErrorCode::InvalidParams as i32,
        message: error.to_string(),
    })?;
    let result = answer(view, params)?;
    serde_json::to_value(result).map_err(|error| Refusal {
        code: ErrorCode::InternalError as i32,
        message: error.to_string(),
    })
}

macro_rules! methods {
    ($($name:literal => $request:ident, $answer:expr;)*) => {
        /// Whether a method is served.
        pub(super) fn is_known(method: &str) -> bool {
            matches!(method, $($name)|*) || crate::shown::METHODS.contains(&method)
        }

        /// Answers a request.
        pub(super) fn answer(view: &View, request: Request) -> Result<Value, Refusal> {
            match request.method.as_str() {
                $($name => on::<crate::protocol::$request>(view, request.params, $answer),)*
                method => crate::shown::answer(view, method, request.params).unwrap_or_else(|| {
                    Err(Refusal {
                        code: ErrorCode::MethodNotFound as i32,
                        message: format!("`{method}` is not served"),
                    })
                }),
            }
        }
    };
}

methods! {
    "completionItem/resolve" => CompletionResolveRequest, completion::resolve;
    "callHierarchy/incomingCalls" => CallHierarchyIncomingCallsRequest, hierarchy::incoming;
    "callHierarchy/outgoingCalls" => CallHierarchyOutgoingCallsRequest, hierarchy::outgoing;
    "textDocument/codeAction" => CodeActionRequest, actions::at;
    "textDocument/codeLens" => CodeLensRequest, lenses::of_document;
    "textDocument/diagnostic" => DocumentDiagnosticRequest, diagnostics::of_document;
    "textDocument/documentLink" => DocumentLinkRequest, links::of_document;
    "textDocument/foldingRange" => FoldingRangeRequest, folding::folds;
    "textDocument/formatting" => DocumentFormattingRequest, formatting::whole;
    "textDocument/inlayHint" => InlayHintRequest, hints::of_document;
    "textDocument/linkedEditingRange" => LinkedEditingRangeRequest, links::edited_together;
    "textDocument/onTypeFormatting" => DocumentOnTypeFormattingRequest, formatting::on_type;
    "textDocument/prepareCallHierarchy" => CallHierarchyPrepareRequest, hierarchy::prepare;
    "textDocument/rangeFormatting" => DocumentRangeFormattingRequest, formatting::range;
    "textDocument/selectionRange" => SelectionRangeRequest, selection::selections;
    "textDocument/semanticTokens/full" => SemanticTokensRequest, tokens::full;
    "textDocument/semanticTokens/range" => SemanticTokensRangeRequest, tokens::range;
    "workspace/symbol" => WorkspaceSymbolRequest, symbols::of_everything;
    "workspace/textDocumentContent" => TextDocumentContentRequest, links::content;
    "textDocument/completion" => CompletionRequest, completion::at;
    "textDocument/definition" => DefinitionRequest, navigation::definition;
    "textDocument/documentHighlight" => DocumentHighlightRequest, navigation::highlight;
    "textDocument/documentSymbol" => DocumentSymbolRequest, symbols::of_document;
    "textDocument/hover" => HoverRequest, hover::at;
    "textDocument/prepareRename" => PrepareRenameRequest, rename::prepare;
    "textDocument/references" => ReferencesRequest, navigation::references;
    "textDocument/rename" => RenameRequest, rename::rename;
    "textDocument/signatureHelp" => SignatureHelpRequest, signature::help;
}
