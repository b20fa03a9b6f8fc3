//! What can be typed. The texts here are the help that people read.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Automation playbooks that are proven before they run.
#[derive(Debug, Parser)]
#[command(
    name = "sophia",
    version,
    about = "Automation playbooks that are proven before they run",
    long_about = "Sophia checks a playbook against the company's own tables, tools and models before anything \
                  runs, and then runs it without losing a step.",
    after_help = "Start with:\n  sophia new my-project      a small project that runs as it stands\n  \
                  sophia run my-project      run it\n  sophia check my-project    prove it, touching nothing\n\n\
                  Exit codes: 0 all is well · 1 problems found, or the run failed · 2 it could not be done · \
                  3 the run waits for a person"
)]
pub(crate) struct Arguments {
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The shape of what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: one JSON document on standard output.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a small project that runs as it stands.
    New(New),
    /// Prove every playbook against the catalogue, touching nothing.
    Check(Check),
    /// Lay playbooks out in the one way there is.
    Fmt(Fmt),
    /// Run the tests that stand in the playbooks, touching nothing outside.
    Test(Test),
    /// Run a playbook now, or go on with its run that was interrupted.
    Run(Run),
    /// Go on with runs that were interrupted, or settle a step that nobody is sure of.
    Resume(Resume),
    /// Stay and run playbooks when their triggers say so: schedules, webhooks, requests, files.
    Serve(Serve),
    /// See the runs that were and what each step did; answer, pause, end them.
    Runs(Runs),
    /// Do a run again from its record, touching nothing; or see what another version would have done.
    Replay(Replay),
    /// See what playbooks would do, cost and send, and what has changed.
    Plan(Plan),
    /// Draw a playbook's steps.
    Graph(Graph),
    /// Look after the file that keeps the runs: back it up, check it, give its room back.
    Store(Store),
    /// Ask the live systems what they offer and pin it in sophia.lock.
    Sync(Sync),
    /// Tell the long story of a code such as S402.
    Explain(Explain),
    /// Help an editor while somebody writes: the language server, over standard input and output.
    Lsp(Lsp),
    /// Answer as an MCP server of the lock would, over standard input and output.
    #[command(name = "stand-in")]
    StandIn(StandIn),
}

/// Where runs are kept.
#[derive(Args, Debug)]
pub(crate) struct Place {
    /// A project's folder.
    #[arg(long, default_value = ".")]
    pub(crate) project: PathBuf,
    /// The environment of sophia.toml.
    #[arg(long, default_value = "dev")]
    pub(crate) env: String,
}

#[derive(Args, Debug)]
pub(crate) struct New {
    /// The folder to make.
    pub(crate) path: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// A project's folder, or one playbook in it.
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// The shape of what is printed.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) format: CheckFormat,
}

/// The shape of what `check` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people.
    Text,
    /// For screen readers and plain logs: the same without drawings.
    Narrated,
    /// For programs: one JSON document on standard output.
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct Fmt {
    /// A project's folder, or one playbook in it.
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Change nothing; say which files would change, and exit with 1 if any would.
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Test {
    /// A project's folder, or one playbook in it.
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// List the steps that no test reaches, with their places.
    #[arg(long)]
    pub(crate) coverage: bool,
    /// The shape of what is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct Run {
    /// A project's folder, or one playbook in it.
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// The playbook's name, where the project has several.
    pub(crate) playbook: Option<String>,
    /// An input, as in `--input threshold=80%`. May be repeated.
    #[arg(long = "input", value_name = "NAME=VALUE")]
    pub(crate) inputs: Vec<String>,
    /// The environment of sophia.toml.
    #[arg(long, default_value = "dev")]
    pub(crate) env: String,
    /// Start a new run even if an interrupted one could go on.
    #[arg(long)]
    pub(crate) new: bool,
    /// The shape of what is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct Resume {
    /// The run, by its id or the end or beginning of it; without one, every interrupted run.
    pub(crate) run: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
    /// What to do with a step of which nobody knows whether it happened.
    #[arg(long, value_enum)]
    pub(crate) unsure: Option<UnsureChoice>,
    /// The shape of what is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// What to do with a step of which nobody knows whether it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnsureChoice {
    /// It did not happen: do it again.
    Retry,
    /// It happened: go on.
    Skip,
}

#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// A project's folder.
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// The environment of sophia.toml.
    #[arg(long, default_value = "dev")]
    pub(crate) env: String,
    /// Where webhooks, requests and people come in; where it is not said, 127.0.0.1:7474 for playbooks that
    /// start so. Another address than one of this machine needs an access token.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<std::net::SocketAddr>,
    /// How senders of webhooks reach this place, for signatures that cover the address.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Serve nothing: say what would be armed, and end.
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Runs {
    #[command(subcommand)]
    pub(crate) action: RunsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsAction {
    /// The newest runs first.
    List(RunsList),
    /// One run: its steps, what they took, and what waits.
    Show(RunsShow),
    /// Say yes to what a run asks.
    Approve(RunsReply),
    /// Say no to what a run asks.
    Refuse(RunsReply),
    /// Fill in the form that a run asks for.
    Answer(RunsAnswer),
    /// End a run: nothing new starts, what has left is waited for.
    Cancel(RunsAct),
    /// Hold a run: nothing new starts until it is resumed.
    Pause(RunsAct),
    /// Let a paused run go on.
    Resume(RunsAct),
    /// Have an ended run go on: from what failed, or from a step.
    Retry(RunsRetry),
    /// Have a value stand in for what a step would have come to.
    Skip(RunsSkip),
}

/// Which run, and who does something with it.
#[derive(Args, Debug)]
pub(crate) struct RunsAct {
    /// The run, by its id or the beginning of it.
    pub(crate) run: String,
    /// Who does this, by address; without it as `SOPHIA_PERSON` says, or git's user.email.
    #[arg(long = "as", value_name = "PERSON")]
    pub(crate) by: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args, Debug)]
pub(crate) struct RunsReply {
    #[command(flatten)]
    pub(crate) act: RunsAct,
    /// The step that asks, where the run asks several things.
    pub(crate) step: Option<String>,
    /// What is said besides.
    #[arg(long)]
    pub(crate) comment: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct RunsRetry {
    #[command(flatten)]
    pub(crate) act: RunsAct,
    /// The step that runs again with everything that rests on it: `advise`, `send[3]`, `send[3]/post`.
    #[arg(long, value_name = "STEP")]
    pub(crate) from: Option<String>,
    /// A finished effect that is done a second time. May be repeated.
    #[arg(long, value_name = "STEP")]
    pub(crate) again: Vec<String>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct RunsSkip {
    #[command(flatten)]
    pub(crate) act: RunsAct,
    /// The step, as `sophia runs show` names it.
    pub(crate) step: String,
    /// The value, as JSON of the step's type; a step that gives nothing needs none.
    #[arg(long, value_name = "JSON")]
    pub(crate) with: Option<String>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct RunsAnswer {
    #[command(flatten)]
    pub(crate) act: RunsAct,
    /// The step that asks, where the run asks several things.
    pub(crate) step: Option<String>,
    /// The whole form as a JSON object.
    #[arg(long, conflicts_with = "fields")]
    pub(crate) json: Option<String>,
    /// A field of the form, as in `--field cause=price`. May be repeated.
    #[arg(long = "field", value_name = "NAME=VALUE")]
    pub(crate) fields: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct RunsList {
    #[command(flatten)]
    pub(crate) place: Place,
    /// At most this many.
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: u32,
    /// The shape of what is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct RunsShow {
    /// The run, by its id or the end or beginning of it; without one, the newest.
    pub(crate) run: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
    /// Show every item of loops, and what each step gave.
    #[arg(long)]
    pub(crate) all: bool,
    /// The shape of what is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct Replay {
    /// The run, by its id or the beginning of it.
    pub(crate) run: String,
    /// Another version of the playbook: a file.
    #[arg(long, value_name = "FILE", conflicts_with = "at")]
    pub(crate) playbook: Option<PathBuf>,
    /// Another version of the playbook: as it stood at a revision of git.
    #[arg(long, value_name = "REVISION")]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
    /// The shape of what is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct Store {
    #[command(subcommand)]
    pub(crate) action: StoreAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreAction {
    /// Copy the store into a file as it stands now, also while a daemon runs.
    Backup(StoreFile),
    /// Make a store from a backup, where there is none.
    Restore(StoreFile),
    /// Look at every record, every large value, every plan and every run; exit with 1 if one is damaged.
    Verify(StoreOf),
    /// Delete runs that were kept long enough and what nothing needs, and give the room back.
    Compact(StoreOf),
}

/// Which store, and how what it comes to is printed.
#[derive(Args, Debug)]
pub(crate) struct StoreOf {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The shape of what is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct StoreFile {
    /// The backup.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) of: StoreOf,
}

#[derive(Args, Debug)]
pub(crate) struct Plan {
    /// A project's folder, or one playbook in it.
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// The playbook's name; without one, all of them.
    pub(crate) playbook: Option<String>,
    /// A revision of git to compare with: a branch, a tag, a commit.
    #[arg(long, value_name = "REVISION")]
    pub(crate) against: Option<String>,
    /// The environment whose runs in flight are counted, where it is compared.
    #[arg(long, value_name = "NAME", default_value = "dev")]
    pub(crate) env: String,
    /// The shape of what is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct Graph {
    /// A project's folder, or one playbook in it.
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// The playbook's name, where the project has several.
    pub(crate) playbook: Option<String>,
    /// The drawing: Mermaid and DOT are texts for other programs, SVG is a picture.
    #[arg(long = "as", value_enum, default_value_t = Drawing::Mermaid)]
    pub(crate) drawing: Drawing,
}

/// The kind of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Drawing {
    /// For Markdown pages.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// A picture.
    Svg,
}

#[derive(Args, Debug)]
pub(crate) struct Sync {
    /// A project's folder.
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Ask only these connections, tools or models; the rest of the lock stays. May be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,
    /// The environment of sophia.toml in which databases are reached.
    #[arg(long, default_value = "dev")]
    pub(crate) env: String,
    /// Change nothing; say what differs and which playbooks it breaks, and exit with 1 if anything does.
    #[arg(long)]
    pub(crate) check: bool,
    /// Write the statements that make the tables and columns which playbooks record into and which are not there, into
    /// create/CONNECTION.sql; in `dev` make them too.
    #[arg(long, conflicts_with = "check")]
    pub(crate) create: bool,
    /// Call a tool that only reads, infer the type of its answer, and propose it; without a call, list those whose
    /// answers have no type. Nothing of an answer is shown or kept but its type.
    #[arg(long, value_name = "TOOL.CALL", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["check", "create", "only"])]
    pub(crate) sample: Option<String>,
    /// An argument of the call, as in `--with query=late`, or all arguments of one call as a JSON object; several objects
    /// are several calls, whose answers are taken together.
    #[arg(long = "with", value_name = "NAME=VALUE|JSON", requires = "sample")]
    pub(crate) with: Vec<String>,
    /// Write the proposed type into sophia.toml.
    #[arg(long, requires = "sample")]
    pub(crate) confirm: bool,
    /// The shape of what is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// A code such as S402; without one, all codes with their titles.
    pub(crate) code: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Lsp {
    /// Speak over standard input and output, which it does in any case; editors say so.
    #[arg(long)]
    stdio: bool,
}

#[derive(Args, Debug)]
pub(crate) struct StandIn {
    /// The tool's name in sophia.toml.
    pub(crate) tool: String,
    /// A project's folder.
    #[arg(long, default_value = ".")]
    pub(crate) project: PathBuf,
    /// The file that keeps the calls it takes, one JSON document a line.
    #[arg(long)]
    pub(crate) record: Option<PathBuf>,
}
