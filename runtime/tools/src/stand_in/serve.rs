//! A stand-in as a real MCP server over stdio, for both handshakes.

use std::pin::Pin;
use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData,
    Implementation, ListToolsResult, MetaObject, PaginatedRequestParams, ServerCapabilities,
    ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler, ServiceExt};
use serde_json::{Map, Value};
use sophia_diagnostics::{Problem, codes};

use super::{OpenStandIn, StandIn};
use crate::{HONOURS_KEYS, IDEMPOTENCY_KEY, STAND_IN, ToolAnswer, ToolDescription, ToolFailure};

/// Serves a stand-in over stdin and stdout until its input ends. Nothing else may write to stdout.
///
/// # Errors
/// As [`StandIn::open`]; S953 where the client does not speak the protocol.
pub async fn serve(stand_in: StandIn) -> Result<(), Problem> {
    // Boxed, so that the SDK's code is compiled with this crate and not with each that serves.
    let serving: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(serve_stdio(stand_in));
    serving.await
}

async fn serve_stdio(stand_in: StandIn) -> Result<(), Problem> {
    let open = tokio::task::spawn_blocking(move || stand_in.open())
        .await
        .map_err(|_| broken("it was interrupted"))??;
    let server = Server(Arc::new(open));
    let running = server
        .serve(rmcp::transport::stdio_pipes())
        .await
        .map_err(|error| broken(&error.to_string()))?;
    let ended = running.waiting().await;
    ended.map_err(|error| broken(&error.to_string()))?;
    Ok(())
}

fn broken(cause: &str) -> Problem {
    Problem::new(codes::S953, "The stand-in could not be served.").because(cause)
}

struct Server(Arc<OpenStandIn>);

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let description = self.0.description();
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build()).with_server_info(
            Implementation::new(description.server.clone(), description.version.clone()),
        )
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.0.description().tools.iter().map(published).collect();
        let mut list = ListToolsResult::with_all_items(tools);
        let mut meta = Map::new();
        meta.insert(STAND_IN.to_owned(), Value::Bool(true));
        meta.insert(HONOURS_KEYS.to_owned(), Value::Bool(true));
        list.meta = Some(MetaObject(meta));
        Ok(list)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let key = context.meta.0.0.get(IDEMPOTENCY_KEY);
        let key = key.and_then(Value::as_str).map(str::to_owned);
        let arguments = request.arguments.unwrap_or_default();
        let open = Arc::clone(&self.0);
        let answered = tokio::task::spawn_blocking(move || {
            open.answer(&request.name, &arguments, key.as_deref())
        })
        .await
        .map_err(|_| ErrorData::internal_error("the call was interrupted", None))?;
        match answered {
            Ok(answer) => Ok(given(answer).into()),
            Err(failure) => Err(refused(&failure)),
        }
    }
}

fn given(answer: ToolAnswer) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(answer.text)]);
    result.structured_content = answer.structured;
    result
}

fn refused(failure: &ToolFailure) -> ErrorData {
    let problem = &failure.problem;
    let words = if problem.causes.is_empty() {
        problem.message.clone()
    } else {
        problem.causes.join("\n")
    };
    if problem.code == codes::S954 || problem.code == codes::S955 {
        ErrorData::invalid_params(words, None)
    } else {
        ErrorData::internal_error(words, None)
    }
}

fn published(tool: &ToolDescription) -> Tool {
    let input = tool.input_schema.as_object().cloned().unwrap_or_default();
    let mut published = Tool::new(tool.name.clone(), tool.description.clone(), input);
    if let Some(Value::Object(output)) = &tool.output_schema {
        published = published.with_raw_output_schema(Arc::new(output.clone()));
    }
    published.with_annotations(ToolAnnotations::from_raw(
        None,
        tool.read_only,
        tool.destructive,
        tool.idempotent,
        None,
    ))
}
