//! The first exchange: what the client can do, and what the server offers.

use std::path::PathBuf;

use lsp_server::Connection;

use crate::answers;
use crate::project::Hints;
use crate::protocol::{
    InitializeParams, InitializeResult, PositionEncodingKind, ServerInfo, WorkspaceFolders,
};
use crate::text::Encoding;

/// What matters of a client.
#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    pub(super) encoding: Encoding,
    /// Whether it takes texts with places for the cursor.
    pub(super) snippets: bool,
    /// Which hints a person wants to see.
    pub(super) hints: Hints,
    /// The folders that it works in.
    pub(super) folders: Vec<PathBuf>,
    /// Whether it shows how work goes on.
    pub(super) shows_progress: bool,
    /// Whether it watches files for a server that asks.
    pub(super) watches: bool,
    /// Whether it takes no complaints but those that it asks for.
    pub(super) asks_for_complaints: bool,
    /// Whether it asks for inlay hints anew when told.
    pub(super) refreshes: bool,
}

/// Exchanges capabilities. `None` where the client went away before it was done.
pub(super) fn begin(connection: &Connection) -> Result<Option<Client>, String> {
    let (id, params) = match connection.initialize_start() {
        Ok(first) => first,
        Err(error) if error.channel_is_disconnected() => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let params: InitializeParams =
        serde_json::from_value(params).map_err(|error| error.to_string())?;
    let client = client(&params);
    let result = InitializeResult {
        capabilities: answers::capabilities(client.encoding, client.asks_for_complaints),
        server_info: Some(ServerInfo {
            name: "sophia".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    };
    let result = serde_json::to_value(result).map_err(|error| error.to_string())?;
    match connection.initialize_finish(id, result) {
        Ok(()) => Ok(Some(client)),
        Err(error) if error.channel_is_disconnected() => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn client(params: &InitializeParams) -> Client {
    let capabilities = &params.capabilities;
    let general = capabilities.general.as_ref();
    let offered: &[PositionEncodingKind] = general
        .and_then(|general| general.position_encodings.as_deref())
        .unwrap_or_default();
    let window = capabilities.window.as_ref();
    let workspace = capabilities.workspace.as_ref();
    let watching = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
    let shown = workspace.and_then(|workspace| workspace.inlay_hint.as_ref());
    let documents = capabilities.text_document.as_ref();
    let told = documents.is_some_and(|documents| documents.publish_diagnostics.is_some());
    let asked = documents.is_some_and(|documents| documents.diagnostic.is_some());
    let completion = documents.and_then(|documents| documents.completion.as_ref());
    let item = completion.and_then(|completion| completion.completion_item.as_ref());
    let mut hints = Hints::default();
    if let Some(options) = &params.initialization_options {
        hints.set(options);
    }
    Client {
        hints,
        snippets: item.and_then(|item| item.snippet_support) == Some(true),
        encoding: Encoding::choose(offered),
        folders: folders(params),
        shows_progress: window.and_then(|window| window.work_done_progress) == Some(true),
        asks_for_complaints: asked && !told,
        watches: watching.and_then(|watching| watching.dynamic_registration) == Some(true),
        refreshes: shown.and_then(|shown| shown.refresh_support) == Some(true),
    }
}

/// The folders of the client; where it names none, the one it was started in.
fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    let named = &params.workspace_folders_initialize_params.workspace_folders;
    if let Some(WorkspaceFolders::WorkspaceFolderList(folders)) = named
        && !folders.is_empty()
    {
        let folders = folders.iter();
        return folders
            .filter_map(|folder| folder.uri.to_file_path().ok())
            .collect();
    }
    #[allow(deprecated, reason = "clients before 3.6 send nothing else")]
    let root = params.root_uri.as_ref();
    let root = root.and_then(|root| root.to_file_path().ok());
    root.into_iter().collect()
}
