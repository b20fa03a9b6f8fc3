//! What the manifest limits, as the engine keeps to it.

use std::sync::Arc;

use jiff::SignedDuration;
use sophia_compiler::project::{Environment, PrioritySetting, RoomSettings};
use sophia_engine::{Limits, PlaybookLimits, Priority, Rate, Room, model_place};

/// The limits of an environment.
#[must_use]
pub fn limits(settings: &Environment) -> Limits {
    let connections = settings.connections.iter();
    let connections = connections.map(|(name, settings)| (name, settings.room));
    let tools = settings.tools.iter();
    let tools = tools.map(|(name, settings)| (name, settings.room));
    let named = connections
        .chain(tools)
        .map(|(name, settings)| (Arc::from(name.as_str()), settings));
    let models = settings.models.iter();
    let models = models.map(|(name, settings)| (model_place(name), settings.room));
    let none = RoomSettings::default();
    let places = named
        .chain(models)
        .filter(|(_, settings)| *settings != none)
        .map(|(name, settings)| (name, room(settings)));
    let playbooks = settings.limits.playbooks.iter().map(|(name, limits)| {
        let per = limits.at_once_per.iter();
        let limits = PlaybookLimits {
            at_once: limits.at_once,
            at_once_per: per
                .map(|(input, most)| (input.as_str().into(), *most))
                .collect(),
            priority: match limits.priority {
                PrioritySetting::Low => Priority::Low,
                PrioritySetting::Normal => Priority::Normal,
                PrioritySetting::High => Priority::High,
            },
        };
        (name.as_str().into(), limits)
    });
    let mut limits = Limits {
        places: places.collect(),
        playbooks: playbooks.collect(),
        steps_at_once: settings.limits.steps_at_once,
        ..Limits::default()
    };
    if let Some(most) = settings.limits.runs_in_memory {
        limits.runs_in_memory = most as usize;
    }
    limits
}

fn room(settings: RoomSettings) -> Room {
    Room {
        at_once: settings.at_once,
        rate: settings.limit.map(|(most, seconds)| Rate {
            most,
            within: SignedDuration::from_secs(i64::from(seconds)),
        }),
    }
}
