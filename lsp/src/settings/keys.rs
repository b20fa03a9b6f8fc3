//! The tables of the manifest and their keys: what each says, and how it is begun.

/// A table of the manifest.
pub(crate) struct Table {
    /// The first words of its header.
    pub(crate) name: &'static str,
    /// Its header as it is begun, with `$1` where the cursor goes.
    pub(crate) header: &'static str,
    pub(crate) says: &'static str,
    pub(crate) keys: &'static [Key],
}

/// A key of a table.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// How it is begun, without its name.
    pub(crate) value: &'static str,
    pub(crate) says: &'static str,
    /// The texts that it can be, where they are few.
    pub(crate) choices: &'static [&'static str],
}

const fn key(name: &'static str, value: &'static str, says: &'static str) -> Key {
    Key {
        name,
        value,
        says,
        choices: &[],
    }
}

impl Key {
    const fn of(self, choices: &'static [&'static str]) -> Self {
        Self { choices, ..self }
    }
}

const TEXT: &str = "\"$1\"";
const TEXTS: &str = "[\"$1\"]";
const TABLE: &str = "{ $1 }";
const CLEARANCE: Key = key(
    "clearance",
    TEXT,
    "What may be sent there: a level, and categories of personal data. Without it `internal`, and no category.",
);
const AT_ONCE: Key = key("at_once", "${1:4}", "How much goes there at once.");
const LIMIT: Key = key("limit", "\"${1:60 per minute}\"", "How often it is asked.");

/// Every table, in the order in which a manifest has them.
const TABLES: &[Table] = &[
    Table {
        name: "project",
        header: "project",
        says: "What the project is called, and what holds for all its playbooks.",
        keys: &[
            key("name", TEXT, "What the project is called."),
            key("currency", "\"${1:USD}\"", "The currency of `money`."),
            key("zone", "\"${1:Europe/Berlin}\"", "Where the days and hours of its playbooks are meant, where they do not say."),
            key("description", TEXT, "What it is for."),
            key("edition", "\"${1:2026}\"", "The edition of the language."),
        ],
    },
    Table {
        name: "connections",
        header: "connections.${1:name}",
        says: "Where data is. Playbooks name it in `use`.",
        keys: &[
            key("kind", "\"${1|sqlite,postgres,snowflake,files,redis|}\"", "What kind of source it is; it fixes the dialect of SQL and the types.")
                .of(&["sqlite", "postgres", "snowflake", "files", "redis"]),
            key("path", TEXT, "The file of a SQLite database, relative to the project."),
            key("seed", "[\"${1:data/*.csv}\"]", "Files that become tables, each named after its file."),
            key("host", TEXT, "Where the server is."),
            key("database", TEXT, "The database on the server."),
            key("user", TEXT, "As whom it is asked."),
            key("password", "{ secret = \"$1\" }", "The name of a secret; the secret itself never stands here."),
            CLEARANCE,
            AT_ONCE,
            LIMIT,
        ],
    },
    Table {
        name: "tools",
        header: "tools.${1:name}",
        says: "A server of tools (MCP). Playbooks name it in `use` and call what it offers.",
        keys: &[
            key("command", "[\"$1\"]", "The program that is started, and its arguments: a list, never a shell line."),
            key("url", TEXT, "The address of a server that runs elsewhere."),
            key("auth", TABLE, "How the server is told who asks."),
            key("secrets", "{ ${1:VARIABLE} = \"${2:name}\" }", "The server's variables that hold secrets, by the names of the secrets."),
            key("variables", "{ ${1:VARIABLE} = \"$2\" }", "The server's other variables."),
            key("rename", "{ ${1:call} = { ${2:ours} = \"${3:theirs}\" } }", "Our names of arguments, and what the server calls them."),
            key("returns", "{ ${1:call} = \"{ ${2:field}: ${3:text} }\" }", "What calls give, where the server does not say. Each answer is held against it."),
            key("reads", TEXTS, "Calls that change nothing, although the server does not say so."),
            key("effects", TEXTS, "Calls that change the world, although the server says otherwise."),
            key("idempotent", TEXTS, "Calls that may be repeated with the same key without happening twice."),
            key("content", "{ ${1:call} = [\"${2:argument}\"] }", "Arguments that are only shown, sent or stored: outside text may stand there."),
            key("steers", "{ ${1:call} = [\"${2:argument}\"] }", "Arguments that decide what is done; so does every argument that nothing is said of."),
            CLEARANCE,
            AT_ONCE,
            LIMIT,
            key("timeout", "\"${1:30 seconds}\"", "How long an answer may take."),
        ],
    },
    Table {
        name: "models",
        header: "models.${1:name}",
        says: "A language model. A playbook's `route` names it.",
        keys: &[
            key("kind", "\"${1|gguf,openai,embedding|}\"", "`gguf` runs in the same process, `openai` is any endpoint that speaks its protocol.")
                .of(&["gguf", "openai", "embedding"]),
            key("file", TEXT, "`gguf`: the file of the model."),
            key("model", TEXT, "`openai`: what the provider calls the model."),
            key("base_url", TEXT, "`openai`: the address, where it is not OpenAI's own."),
            key("key", "{ secret = \"$1\" }", "The name of a secret; the secret itself never stands here."),
            key("price", "{ input = ${1:2.50}, output = ${2:10.00} }", "Dollars for a million tokens, for budgets and bounds."),
            key("context", "${1:8192}", "How many tokens it can look at."),
            key("folder", TEXT, "`embedding`: the folder of the model."),
            CLEARANCE,
            key("timeout", "\"${1:30 seconds}\"", "How long an answer may take."),
            AT_ONCE,
            LIMIT,
        ],
    },
    Table {
        name: "knowledge",
        header: "knowledge.${1:name}",
        says: "Texts that playbooks search.",
        keys: &[
            key("from", "{ connection = \"$1\", sql = \"$2\" }", "Where the texts are: rows of a query, or files."),
            key("embed", TEXT, "The model that puts texts near each other."),
            key("store", TEXT, "Where what was made of the texts is kept."),
            key("refresh", TEXT, "When they are read anew."),
        ],
    },
    Table {
        name: "units",
        header: "units",
        says: "What the numbers of columns and calls are: SQL and JSON know only numbers.",
        keys: &[],
    },
    Table {
        name: "columns",
        header: "columns",
        says: "What people know of columns that the database does not say.",
        keys: &[key("required", TEXTS, "Columns that are never missing, although the database allows it.")],
    },
    Table {
        name: "labels",
        header: "labels",
        says: "What is personal, and what a person has confirmed: labels of columns, calls and inputs.",
        keys: &[],
    },
    Table {
        name: "clearance",
        header: "clearance",
        says: "What may reach groups of people and other places.",
        keys: &[],
    },
    Table {
        name: "groups",
        header: "groups",
        says: "Who may be asked, by the names that `ask` says.",
        keys: &[],
    },
    Table {
        name: "people",
        header: "people",
        says: "Who is who, by their addresses.",
        keys: &[],
    },
    Table {
        name: "calendars",
        header: "calendars.${1:name}",
        says: "Whose holidays and hours count as business days.",
        keys: &[
            key("hours", "\"${1:Mon-Fri 09:00-17:00}\"", "When work is done."),
            key("holidays", "\"${1:calendars/holidays.ics}\"", "Days, or a file that names them."),
            key("year_starts", "\"${1:january}\"", "The first month of the year.").of(&[
                "january", "february", "march", "april", "may", "june", "july", "august", "september",
                "october", "november", "december",
            ]),
        ],
    },
    Table {
        name: "webhooks",
        header: "webhooks.${1:source}.${2:event}",
        says: "What a source delivers.",
        keys: &[
            key("type", "\"{ ${1:id}: ${2:text} }\"", "What a delivery holds."),
            key("signature", "\"${1|github,stripe,slack,hubspot-v3,standard-webhooks|}\"", "How a delivery is signed; what is not signed is not trusted.")
                .of(&["github", "stripe", "slack", "hubspot-v3", "standard-webhooks"]),
            key("key", TEXT, "The field that makes two deliveries the same."),
            key("secret", TEXT, "The name of the secret that deliveries are signed with."),
            key("path", TEXT, "Where deliveries come in."),
        ],
    },
    Table {
        name: "policies",
        header: "policies",
        says: "The modules whose policies bind every playbook.",
        keys: &[key("modules", TEXTS, "Their files.")],
    },
    Table {
        name: "limits",
        header: "limits",
        says: "How much goes on at once, and who goes first.",
        keys: &[
            key("runs_in_memory", "${1:1000}", "How many runs are held in memory at once."),
            key("steps_at_once", "${1:64}", "How many steps are taken at once."),
            key("playbooks", TABLE, "What holds for single playbooks: `at_once`, `at_once_per`, `priority`."),
        ],
    },
    Table {
        name: "env",
        header: "env.${1:dev}",
        says: "What differs from place to place. `dev` is the default and needs nothing.",
        keys: &[
            key("connections", TABLE, "Other settings of connections."),
            key("tools", "\"${1:stand-in}\"", "`stand-in` answers for every server of tools, from what it offers; nothing leaves.")
                .of(&["stand-in"]),
            key("models", TABLE, "Other settings of models."),
            key("store", TEXT, "Where runs are kept."),
            key("knowledge", TABLE, "Other settings of knowledge."),
            key("webhooks", TABLE, "Other settings of webhooks."),
            key("inputs", TABLE, "Values of inputs, by playbook."),
            key("groups", TABLE, "Other people in groups."),
            key("zone", TEXT, "Another zone."),
        ],
    },
];

/// The table of a name.
pub(crate) fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

/// Every table, in the order in which a manifest has them.
pub(crate) fn tables() -> &'static [Table] {
    TABLES
}
