//! The functions of the standard library that take series and values of many shapes: no text of it declares them.

use crate::project::Spot;

/// A function, what it takes, and what it gives.
pub(super) struct Function {
    pub(super) module: &'static str,
    pub(super) name: &'static str,
    pub(super) parameters: &'static [Parameter],
    pub(super) gives: &'static str,
}

/// What such a function takes; `of` is empty where values of many shapes will do.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) of: &'static str,
    pub(super) required: bool,
}

const SERIES: Parameter = Parameter::required("series", "");
const SENSITIVITY: Parameter = Parameter::optional("sensitivity", "percent");
const SEASON: Parameter = Parameter::optional("season", "duration");

/// Every such function.
pub(super) const FUNCTIONS: [Function; 4] = [
    Function {
        module: "std.documents",
        name: "markdown",
        parameters: &[Parameter::required("value", "")],
        gives: "A record, a list or rows as Markdown.",
    },
    Function {
        module: "std.stats",
        name: "anomalies",
        parameters: &[SERIES, SENSITIVITY, SEASON],
        gives: "The unusual rows of a series, with `expected` and `direction`, which is `\"up\"` or `\"down\"`.",
    },
    Function {
        module: "std.stats",
        name: "anomaly",
        parameters: &[SERIES, SENSITIVITY, SEASON],
        gives: "A record about the newest value of a series: `unusual`, `direction`, `at`, `expected`, `actual`.",
    },
    Function {
        module: "std.stats",
        name: "forecast",
        parameters: &[SERIES, Parameter::required("next", "duration"), SEASON],
        gives: "The rows that follow a series, with `low` and `high`, between which 95 of 100 values should lie.",
    },
];

impl Function {
    /// How it is called: `forecast(series, next: duration, season?: duration)`.
    pub(super) fn called(&self) -> String {
        let parameters: Vec<String> = self.parameters.iter().map(Parameter::shown).collect();
        format!("{}({})", self.name, parameters.join(", "))
    }
}

impl Parameter {
    const fn required(name: &'static str, of: &'static str) -> Self {
        Self {
            name,
            of,
            required: true,
        }
    }

    const fn optional(name: &'static str, of: &'static str) -> Self {
        Self {
            name,
            of,
            required: false,
        }
    }

    fn shown(&self) -> String {
        super::signature::shown(self.name, self.of, self.required)
    }
}

/// The function that is named behind the dot at a byte.
pub(super) fn at(spot: &Spot<'_>, offset: usize) -> Option<&'static Function> {
    let index = spot.file.index()?;
    let member = index.member_at(offset)?;
    let base = index.binder(member.base?)?;
    let mut all = FUNCTIONS.iter();
    all.find(|function| function.module == base.written && function.name == member.name)
}
