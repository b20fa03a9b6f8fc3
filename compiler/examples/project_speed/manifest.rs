//! The manifest of the project that is measured, as it stands in memory.

use sophia_compiler::project::{ConnectionSettings, Manifest, ModelSettings, ToolSettings};

use crate::project::{CALLS, TOOLS};

/// A manifest that names everything.
pub fn manifest() -> Manifest {
    Manifest {
        name: "large".to_owned(),
        currency: "USD".to_owned(),
        zone: "UTC".to_owned(),
        connections: [(
            "warehouse".to_owned(),
            ConnectionSettings {
                kind: "postgres".to_owned(),
                ..ConnectionSettings::default()
            },
        )]
        .into(),
        tools: (0..TOOLS)
            .map(|tool| {
                let content =
                    (0..CALLS).map(|call| (format!("send_{call}"), vec!["text".to_owned()]));
                let settings = ToolSettings {
                    content: content.collect(),
                    ..ToolSettings::default()
                };
                (format!("tool_{tool}"), settings)
            })
            .collect(),
        models: [(
            "local".to_owned(),
            ModelSettings {
                kind: "gguf".to_owned(),
                ..ModelSettings::default()
            },
        )]
        .into(),
        ..Manifest::default()
    }
}
