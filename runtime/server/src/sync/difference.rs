//! How two catalogues differ, in words for a person.

use std::collections::{BTreeMap, BTreeSet};

use sophia_compiler::catalogue::{Catalogue, Connection, Server, Table};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// What it is about: `warehouse.customers.tenure`, `slack.post_message`.
    pub subject: String,
    /// What happened: `new`, `gone`, `was INTEGER, is TEXT`.
    pub change: String,
}

/// Everything that differs, in the order connections, tools, models.
#[must_use]
pub fn differences(before: &Catalogue, after: &Catalogue) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(
        "",
        &before.connections,
        &after.connections,
        &mut found,
        connection,
    );
    walk("", &before.tools, &after.tools, &mut found, server);
    walk(
        "",
        &before.models,
        &after.models,
        &mut found,
        |subject, before, after, found| {
            if before != after {
                let text = |pin: &sophia_compiler::catalogue::ModelPin| {
                    pin.digest.as_ref().map_or_else(
                        || pin.model.clone(),
                        |digest| format!("{} ({})", pin.model, digest.get(..8).unwrap_or(digest)),
                    )
                };
                push(
                    found,
                    subject,
                    format!("was {}, is {}", text(before), text(after)),
                );
            }
        },
    );
    found
}

type Compare<T> = fn(&str, &T, &T, &mut Vec<Difference>);

/// Compares two maps by name; what stands in both is compared by `compare`.
fn walk<T>(
    prefix: &str,
    before: &BTreeMap<String, T>,
    after: &BTreeMap<String, T>,
    found: &mut Vec<Difference>,
    compare: Compare<T>,
) {
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for name in names {
        let subject = format!("{prefix}{name}");
        match (before.get(name), after.get(name)) {
            (Some(before), Some(after)) => compare(&subject, before, after, found),
            (None, Some(_)) => push(found, &subject, "new".to_owned()),
            (Some(_), None) => push(found, &subject, "gone".to_owned()),
            (None, None) => {}
        }
    }
}

fn connection(subject: &str, before: &Connection, after: &Connection, found: &mut Vec<Difference>) {
    if before.kind != after.kind {
        push(
            found,
            subject,
            format!("was of the kind {}, is {}", before.kind, after.kind),
        );
    }
    walk(
        &format!("{subject}."),
        &before.tables,
        &after.tables,
        found,
        table,
    );
}

fn table(subject: &str, before: &Table, after: &Table, found: &mut Vec<Difference>) {
    // A lock that was written before keys were noted says nothing of them.
    if let (Some(was), Some(is)) = (&before.key, &after.key) {
        if was != is {
            let text = |key: &[String]| match key {
                [] => "no key".to_owned(),
                columns => format!("the key {}", columns.join(", ")),
            };
            push(
                found,
                subject,
                format!("had {}; has {}", text(was), text(is)),
            );
        }
        for columns in &before.unique {
            if !after.unique.contains(columns) && columns != is {
                let columns = columns.join(", ");
                push(found, subject, format!("{columns} is unique no more"));
            }
        }
        for columns in &after.unique {
            if !before.unique.contains(columns) && columns != was {
                push(found, subject, format!("{} is unique", columns.join(", ")));
            }
        }
    }
    let columns = |table: &Table| {
        table
            .columns
            .iter()
            .map(|column| {
                let missing = if column.nullable {
                    "may be missing"
                } else {
                    "never missing"
                };
                (
                    column.name.clone(),
                    format!("{}, {missing}", column.declared),
                )
            })
            .collect::<BTreeMap<_, _>>()
    };
    walk(
        &format!("{subject}."),
        &columns(before),
        &columns(after),
        found,
        |subject, before, after, found| {
            if before != after {
                push(found, subject, format!("was {before}; is {after}"));
            }
        },
    );
}

fn server(subject: &str, before: &Server, after: &Server, found: &mut Vec<Difference>) {
    if before.version != after.version {
        push(
            found,
            subject,
            format!("was version {}, is {}", before.version, after.version),
        );
    }
    walk(
        &format!("{subject}."),
        &before.calls,
        &after.calls,
        found,
        |subject, before, after, found| {
            if before.digest != after.digest {
                let what = if before.input_schema != after.input_schema {
                    "its arguments changed"
                } else if before.output_schema != after.output_schema {
                    "its answer changed"
                } else {
                    "its description or hints changed"
                };
                push(found, subject, what.to_owned());
            } else if before.arguments != after.arguments {
                push(
                    found,
                    subject,
                    "the names of its arguments in the manifest changed".to_owned(),
                );
            }
        },
    );
}

fn push(found: &mut Vec<Difference>, subject: &str, change: String) {
    found.push(Difference {
        subject: subject.to_owned(),
        change,
    });
}
