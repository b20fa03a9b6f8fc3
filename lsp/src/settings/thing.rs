//! What the settings of a project can name.

use sophia_compiler::project::Manifest;

/// A kind of entry that the manifest declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Connections,
    Tools,
    Models,
    Knowledge,
    Calendars,
    Groups,
    Environments,
}

impl Section {
    /// The table of the manifest that holds its entries.
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Tools => "tools",
            Self::Models => "models",
            Self::Knowledge => "knowledge",
            Self::Calendars => "calendars",
            Self::Groups => "groups",
            Self::Environments => "env",
        }
    }

    /// What people call an entry.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Connections => "connection",
            Self::Tools => "tool",
            Self::Models => "model",
            Self::Knowledge => "knowledge",
            Self::Calendars => "calendar",
            Self::Groups => "group",
            Self::Environments => "environment",
        }
    }

    /// Those whose entries other tables of the manifest and of its environments may name by a key.
    pub(super) fn of_table(name: &str) -> Option<Self> {
        let all = [
            Self::Connections,
            Self::Tools,
            Self::Models,
            Self::Knowledge,
            Self::Calendars,
            Self::Groups,
        ];
        all.into_iter().find(|section| section.table() == name)
    }

    /// Whether the manifest declares an entry of this name.
    pub(crate) fn has(self, manifest: &Manifest, name: &str) -> bool {
        match self {
            Self::Connections => manifest.connections.contains_key(name),
            Self::Tools => manifest.tools.contains_key(name),
            Self::Models => manifest.models.contains_key(name),
            Self::Knowledge => manifest.knowledge.contains(name),
            Self::Calendars => manifest.calendars.contains(name),
            Self::Groups => manifest.groups.contains_key(name),
            Self::Environments => manifest.environments.contains_key(name),
        }
    }
}

/// What a word of the settings names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    Entry {
        section: Section,
        name: String,
    },
    Table {
        connection: String,
        table: String,
    },
    Column {
        connection: String,
        table: String,
        column: String,
    },
    /// A call of a tool.
    Call {
        tool: String,
        call: String,
    },
    /// An event that a source delivers.
    Delivery {
        source: String,
        event: String,
    },
    /// A label, without its `@`.
    Label(String),
    Playbook(String),
    Input {
        playbook: String,
        input: String,
    },
    /// The file of a module.
    Module(String),
    /// A secret, by the name under which it is looked up.
    Secret(String),
}

impl Thing {
    /// An entry of the manifest.
    pub(crate) fn entry(section: Section, name: &str) -> Self {
        Self::Entry {
            section,
            name: name.to_owned(),
        }
    }
}
