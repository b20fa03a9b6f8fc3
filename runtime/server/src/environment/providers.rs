//! The manifest's models as providers of the router.

use std::collections::BTreeMap;
use std::path::Path;

use sophia_compiler::project::ModelSettings;
use sophia_models::{GgufSettings, KeySource, OpenAiSettings, Price, Provider};

use super::secrets::Secrets;

/// One provider for each model that can answer prompts. Embedding models are not routes.
pub(super) fn providers(
    models: &BTreeMap<String, ModelSettings>,
    root: &Path,
    secrets: &Secrets,
) -> BTreeMap<String, Provider> {
    models
        .iter()
        .filter_map(|(name, settings)| Some((name.clone(), provider(settings, root, secrets)?)))
        .collect()
}

fn provider(settings: &ModelSettings, root: &Path, secrets: &Secrets) -> Option<Provider> {
    match settings.kind.as_str() {
        "gguf" => {
            let written = settings.file.as_deref()?;
            Some(Provider::Gguf(GgufSettings {
                shown_as: written.to_owned(),
                context: settings.context.map(|tokens| tokens as usize),
                ..GgufSettings::new(root.join(written))
            }))
        }
        "openai" => Some(Provider::OpenAi(OpenAiSettings {
            model: settings.model.clone()?,
            base_url: settings.base_url.clone(),
            key: settings
                .key_secret
                .as_deref()
                .map_or(KeySource::NotNeeded, |name| {
                    secrets.secret(name).map_or_else(
                        || KeySource::Missing {
                            secret_name: name.to_owned(),
                        },
                        KeySource::Present,
                    )
                }),
            price: settings.price.map(|(input, output)| Price {
                input_per_million: input,
                output_per_million: output,
            }),
        })),
        _ => None,
    }
}
